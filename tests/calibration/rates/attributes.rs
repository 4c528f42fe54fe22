//! Distinguishing attributes: how often chance is called a cause, and how often
//! a planted cause is found.

use fastrand::Rng;
use hgtop::hotglue::Job;
use hgtop::rollout::{JobFacts, failure_groups};
use hgtop::watch::JobId;

use super::table::{Effort, Measurement};

const ROLLOUTS: usize = 1_000;
const SEED: u64 = 43;
const TAPS: [&str; 6] = [
    "shopify",
    "quickbooks",
    "xero",
    "netsuite",
    "stripe",
    "hubspot",
];
const TARGETS: [&str; 3] = ["intacct", "snowflake", "bigquery"];
const FLOWS: [&str; 4] = ["invoices", "orders", "deals", "tickets"];
const MESSAGES: [&str; 3] = ["KeyError: 'id'", "disk full", "HTTP 503 from the tap"];

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let rollouts = effort.repetitions(ROLLOUTS);
    let mut measured = Vec::new();
    for (jobs, rate) in [(40, 0.1), (40, 0.3), (200, 0.05), (200, 0.2)] {
        let wrong = false_attributions(jobs, rate, rollouts);
        let world = format!("{jobs} jobs, {:.0} % fail by chance", rate * 100.0);
        let conclusion = "distinguishing attribute: false";
        measured.push(Measurement::at_most(
            0.05,
            conclusion,
            world,
            SEED,
            (wrong, rollouts),
        ));
    }
    let found = planted_causes_found(rollouts);
    let world = "6 of 6 with the cause fail, 40 jobs";
    let conclusion = "distinguishing attribute: found";
    measured.push(Measurement::at_least(
        0.95,
        conclusion,
        world,
        SEED,
        (found, rollouts),
    ));
    measured
}

struct Finished {
    job: Job,
    flow: &'static str,
    tenant: String,
}

fn finished(number: usize, tap: &str, failure: Option<&str>, rng: &mut Rng) -> Finished {
    let status = if failure.is_some() {
        "ETL_FAILED"
    } else {
        "JOB_COMPLETED"
    };
    let body = serde_json::json!({
        "status": status, "tap": tap, "target": TARGETS[rng.usize(..TARGETS.len())],
        "message": failure, "sync_type": if rng.bool() { "full_sync" } else { "incremental_sync" },
        "start_time": format!("2026-11-24T09:{:02}:00Z", rng.u32(..20)),
        "last_updated": format!("2026-11-24T10:{:02}:00Z", rng.u32(..60)),
    });
    Finished {
        job: Job::decode(&body.to_string()).unwrap(),
        flow: FLOWS[rng.usize(..FLOWS.len())],
        tenant: format!("tenant{number}"),
    }
}

/// The distinguishing attributes of all groups.
fn attributes(jobs: &[Finished]) -> Vec<String> {
    let facts = jobs.iter().zip(0..).map(|(one, number)| JobFacts {
        id: JobId(number),
        job: &one.job,
        tenant: &one.tenant,
        flow: one.flow,
        environment: "prod",
    });
    let groups = failure_groups(facts).into_iter();
    groups.flat_map(|group| group.distinguishing).collect()
}

fn false_attributions(count: usize, rate: f64, rollouts: usize) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let wrong = (0..rollouts).filter(|_| {
        let jobs: Vec<_> = (0..count)
            .map(|number| {
                let message = MESSAGES[rng.usize(..MESSAGES.len())];
                let failure = (rng.f64() < rate).then_some(message);
                let tap = TAPS[rng.usize(..TAPS.len())];
                finished(number, tap, failure, &mut rng)
            })
            .collect();
        !attributes(&jobs).is_empty()
    });
    wrong.count()
}

fn planted_causes_found(rollouts: usize) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let found = (0..rollouts).filter(|_| {
        let jobs: Vec<_> = (0..40)
            .map(|number| {
                let has_cause = number < 6;
                let tap = if has_cause {
                    "sandbox"
                } else {
                    TAPS[rng.usize(..TAPS.len())]
                };
                finished(number, tap, has_cause.then_some(MESSAGES[0]), &mut rng)
            })
            .collect();
        attributes(&jobs)
            .iter()
            .any(|text| text.starts_with("tap sandbox"))
    });
    found.count()
}
