//! Making up the runs of a story: tenants, stages, failures.

use fastrand::Rng;

use super::fixtures::{
    DISCOVER_FAILURES, ETL_FAILURES, EXPORT_FAILURES, FOLLOWED, INTEGRATIONS, Integration,
    SYNC_FAILURES, TENANTS,
};
use super::scenario::ScenarioJob;

/// How many earlier runs there are of a tenant in a flow.
const EARLIER_RUNS: u32 = 5;

/// What a rollout shows within its first minute, whatever chance brings: jobs
/// of the new flow fail with the same message, one after the other, and one
/// job takes longer than usual.
pub(super) fn first_minute(jobs: &mut [ScenarioJob]) {
    let is_under_way = |job: &ScenarioJob| job.created() < 0.0 && job.ended() > 40.0;
    let mut of_new_flow: Vec<&mut ScenarioJob> = jobs
        .iter_mut()
        .filter(|job| job.flow == INTEGRATIONS[0].flow && is_under_way(job))
        .collect();
    for (job, at) in of_new_flow.iter_mut().take(3).zip([9.0, 21.0, 38.0]) {
        job.steps.retain(|(begin, ..)| *begin <= 0.0);
        let stage = job.steps.last().map_or("", |(_, status, _)| status);
        for (status, before) in [
            ("SYNC_STARTED", 6.0),
            ("SYNC_SUCCESS", 4.0),
            ("ETL_STARTED", 3.0),
        ] {
            let is_past = match stage {
                "SYNC_STARTED" => status == "SYNC_STARTED",
                "SYNC_SUCCESS" => status != "ETL_STARTED",
                "JOB_CREATED" | "DISCOVER_STARTED" => false,
                _ => true,
            };
            if !is_past {
                job.steps.push((at - before, status, String::new()));
            }
        }
        job.steps
            .push((at, "ETL_FAILED", ETL_FAILURES[0].to_owned()));
    }
    // The one that is longest in its stage stays in it.
    let longest = jobs
        .iter_mut()
        .filter(|job| is_under_way(job) && job.beat.is_some())
        .filter_map(|job| {
            let reached = job.steps.partition_point(|(at, ..)| *at <= 0.0);
            let (since, status, _) = job.steps.get(reached.checked_sub(1)?)?;
            (*status == "SYNC_STARTED").then_some((*since, reached, job))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, reached, job)) = longest {
        for (at, ..) in &mut job.steps[..reached] {
            *at -= 50.0;
        }
        for (at, ..) in &mut job.steps[reached..] {
            *at += 150.0;
        }
    }
}

/// The name of a tenant, by number.
pub(super) fn tenant(number: usize) -> String {
    let name = TENANTS[number % TENANTS.len()];
    match number / TENANTS.len() {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// The runs of a tenant in a flow from the days before the rollout.
pub(super) fn earlier_runs(
    rng: &mut Rng,
    tenant: &str,
    integration: &'static Integration,
) -> Vec<ScenarioJob> {
    (1..=EARLIER_RUNS)
        .map(|days| {
            let mut run = run(rng, tenant.to_owned(), integration, 0.12, Kind::RunHistory);
            let jitter = rng.f64() * 1_800.0;
            run.shift(-24.0 * 3_600.0 * f64::from(days) - jitter);
            run
        })
        .collect()
}

/// The runs of a followed tenant: one under way, unless it is `late`, and a
/// few that begin as the rollout goes on.
pub(super) fn coming_runs(
    rng: &mut Rng,
    tenant: &str,
    late: bool,
    fail_rate: f64,
) -> Vec<ScenarioJob> {
    let mut begin = if late { 20.0 } else { -rng.f64() * 50.0 };
    (0..4)
        .map(|_| {
            let mut run = run(rng, tenant.to_owned(), &FOLLOWED, fail_rate, Kind::Now);
            run.shift(begin);
            begin = run.ended() + 20.0 + rng.f64() * 40.0;
            run
        })
        .collect()
}

/// Whether a run belongs to the rollout.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Now,
    RunHistory,
}

/// A job of the rollout: a third is over when the story begins, half is under
/// way, and the rest waits for an executor.
pub(super) fn job(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
) -> ScenarioJob {
    let mut job = run(rng, tenant, integration, fail_rate, Kind::Now);
    let length = job.ended();
    let start = match rng.f64() {
        part if part < 0.30 => -length - 30.0 - rng.f64() * 2_400.0,
        part if part < 0.75 => -length * rng.f64() * 0.8,
        _ => {
            let wait = rng.f64() * 8.0;
            for (at, ..) in &mut job.steps[1..] {
                *at += wait;
            }
            -rng.f64() * 10.0
        }
    };
    job.shift(start);
    job
}

/// A run, created at 0.
fn run(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
    kind: Kind,
) -> ScenarioJob {
    let id: String = std::iter::repeat_with(|| rng.alphanumeric())
        .take(6)
        .collect();
    let scheduled = kind == Kind::RunHistory || rng.f64() < 0.4;
    let job_root = if scheduled {
        format!(
            "{tenant}/flows/{}/jobs/2026/11/23/{}/{}/{id}",
            integration.flow,
            rng.u8(0..24),
            rng.u8(0..60)
        )
    } else {
        format!("{tenant}/flows/{}/jobs/{id}", integration.flow)
    };
    // The flow that is rolled out has a flaw; the others have bad luck.
    let is_new = kind == Kind::Now && integration.flow == INTEGRATIONS[0].flow;
    let chance = if is_new {
        1.0 - (1.0 - fail_rate).powf(1.8)
    } else {
        fail_rate.powf(1.4)
    };
    let fails = rng.f64() < chance;
    let flaw = fails && is_new && rng.f64() < 0.7;
    let steps = steps(rng, integration, (fails, flaw), kind);
    // A few fall silent.
    let beat = 3.0 + rng.f64() * 4.0;
    let silent = kind == Kind::Now && rng.f64() < 0.07;
    ScenarioJob {
        flow: integration.flow,
        name: format!("{tenant} {}", integration.name),
        tenant,
        job_root,
        id,
        integration,
        scheduled,
        rows: rng.u32(40..90_000),
        beat: (!silent).then_some(beat),
        steps,
    }
}

/// The statuses a job goes through, from its creation at 0.
fn steps(
    rng: &mut Rng,
    integration: &Integration,
    (fails, flaw): (bool, bool),
    kind: Kind,
) -> Vec<(f64, &'static str, String)> {
    let discovers = rng.f64() < 0.5;
    // Scripts fail more often than the rest.
    let failing_stage = match rng.u8(0..10) {
        _ if flaw => "etl",
        0 if discovers => "discover",
        0..=3 => "sync",
        4..=7 => "etl",
        _ => "export",
    };
    let mut steps = vec![(0.0, "JOB_CREATED", String::new())];
    let mut at = 3.0 + rng.f64() * 12.0;
    let stages: [(&str, &[&str], f64, [&'static str; 3]); 4] = [
        (
            "discover",
            &DISCOVER_FAILURES,
            8.0,
            ["DISCOVER_STARTED", "DISCOVER_FAILED", ""],
        ),
        (
            "sync",
            &SYNC_FAILURES,
            45.0,
            ["SYNC_STARTED", "SYNC_FAILED", "SYNC_SUCCESS"],
        ),
        (
            "etl",
            &ETL_FAILURES,
            25.0,
            ["ETL_STARTED", "ETL_FAILED", "ETL_SUCCESS"],
        ),
        (
            "export",
            &EXPORT_FAILURES,
            20.0,
            ["EXPORT_STARTED", "EXPORT_FAILED", "JOB_COMPLETED"],
        ),
    ];
    for (stage, failures, baseline, [started, failed, succeeded]) in stages {
        if stage == "discover" && !discovers {
            continue;
        }
        steps.push((at, started, String::new()));
        // Most take about as long as usual, some much longer.
        let slow = if kind == Kind::Now && rng.f64() < 0.08 {
            4.0
        } else {
            1.0
        };
        at += baseline * slow * (0.4 + rng.f64() * 1.2);
        if fails && stage == failing_stage {
            let message = if flaw {
                ETL_FAILURES[0]
            } else {
                failures[rng.usize(0..failures.len())]
            };
            let message = message
                .replace("{tap}", integration.tap)
                .replace("{target}", integration.target)
                .replace("{n}", &rng.u32(2..400).to_string());
            steps.push((at, failed, message));
            return steps;
        }
        if !succeeded.is_empty() {
            steps.push((at, succeeded, String::new()));
            at += 1.0 + rng.f64() * 3.0;
        }
    }
    steps
}
