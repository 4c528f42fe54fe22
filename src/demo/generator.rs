//! Generates the jobs of a scenario: tenants, stages, durations, failures.

use fastrand::Rng;

use super::fixtures::{
    DISCOVER_FAILURES, ETL_FAILURES, EXPORT_FAILURES, FOLLOWED, INTEGRATIONS, Integration,
    SYNC_FAILURES, TENANTS,
};
use super::job::{SimulatedJob, Step};

/// Finished runs of each tenant and flow from before the rollout.
const EARLIER_RUNS: u32 = 5;

/// Arranges the first minute of a rollout, whatever the seed: three jobs of the
/// new flow fail with the same message, one after the other, and one job takes
/// longer than its baseline.
pub(super) fn arrange_first_minute(jobs: &mut [SimulatedJob]) {
    let is_running = |job: &SimulatedJob| job.created() < 0.0 && job.finished() > 40.0;
    let of_new_flow = jobs
        .iter_mut()
        .filter(|job| job.flow == INTEGRATIONS[0].flow && is_running(job));
    for (job, time) in of_new_flow.zip([9.0, 21.0, 38.0]) {
        fail_at(job, time);
    }
    let longest_sync = jobs
        .iter_mut()
        .filter(|job| is_running(job) && job.event_interval.is_some())
        .filter_map(|job| {
            let reached = job.steps.partition_point(|step| step.at <= 0.0);
            let step = job.steps.get(reached.checked_sub(1)?)?;
            (step.status == "SYNC_STARTED").then_some((step.at, reached, job))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, reached, job)) = longest_sync {
        for step in &mut job.steps[..reached] {
            step.at -= 50.0;
        }
        for step in &mut job.steps[reached..] {
            step.at += 150.0;
        }
    }
}

/// Lets a running job fail in its ETL stage at `time`, after the stages that it
/// has not reached yet.
fn fail_at(job: &mut SimulatedJob, time: f64) {
    const STATUSES: [(&str, f64); 3] = [
        ("SYNC_STARTED", 6.0),
        ("SYNC_SUCCESS", 4.0),
        ("ETL_STARTED", 3.0),
    ];
    job.steps.retain(|step| step.at <= 0.0);
    let reached = job.steps.last().map_or("", |step| step.status);
    let skipped = match reached {
        "JOB_CREATED" | "DISCOVER_STARTED" => 0,
        "SYNC_STARTED" => 1,
        "SYNC_SUCCESS" => 2,
        _ => 3,
    };
    let missing = STATUSES.into_iter().skip(skipped);
    job.steps
        .extend(missing.map(|(status, before)| Step::new(time - before, status)));
    job.steps.push(Step {
        message: ETL_FAILURES[0].to_owned(),
        ..Step::new(time, "ETL_FAILED")
    });
}

/// The name of the tenant with a number.
pub(super) fn tenant(number: usize) -> String {
    let name = TENANTS[number % TENANTS.len()];
    match number / TENANTS.len() {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// The runs of a tenant in a flow on the days before the rollout.
pub(super) fn earlier_runs(
    rng: &mut Rng,
    tenant: &str,
    integration: &'static Integration,
) -> Vec<SimulatedJob> {
    (1..=EARLIER_RUNS)
        .map(|days| {
            let mut run = run(rng, tenant.to_owned(), integration, 0.12, Kind::Earlier);
            let jitter = rng.f64() * 1_800.0;
            run.shift(-24.0 * 3_600.0 * f64::from(days) - jitter);
            run
        })
        .collect()
}

/// The runs of a tenant of the followed flow: one that is running, unless it
/// starts `late`, and a few that start during the rollout.
pub(super) fn followed_runs(
    rng: &mut Rng,
    tenant: &str,
    late: bool,
    fail_rate: f64,
) -> Vec<SimulatedJob> {
    let mut start = if late { 20.0 } else { -rng.f64() * 50.0 };
    (0..4)
        .map(|_| {
            let mut run = run(rng, tenant.to_owned(), &FOLLOWED, fail_rate, Kind::Rollout);
            run.shift(start);
            start = run.finished() + 20.0 + rng.f64() * 40.0;
            run
        })
        .collect()
}

/// Whether a run belongs to the rollout.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rollout,
    Earlier,
}

/// A job of the rollout. At the start, about a third have finished, half are
/// running, and the rest wait for an executor.
pub(super) fn job(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
) -> SimulatedJob {
    let mut job = run(rng, tenant, integration, fail_rate, Kind::Rollout);
    let length = job.finished();
    let start = match rng.f64() {
        part if part < 0.30 => -length - 30.0 - rng.f64() * 2_400.0,
        part if part < 0.75 => -length * rng.f64() * 0.8,
        _ => {
            let wait = rng.f64() * 8.0;
            for step in &mut job.steps[1..] {
                step.at += wait;
            }
            -rng.f64() * 10.0
        }
    };
    job.shift(start);
    job
}

/// A run that is created at 0.
fn run(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
    kind: Kind,
) -> SimulatedJob {
    let id: String = std::iter::repeat_with(|| rng.alphanumeric())
        .take(6)
        .collect();
    let scheduled = kind == Kind::Earlier || rng.f64() < 0.4;
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
    // The new flow has a bug; jobs of the other flows fail less often and for
    // different reasons.
    let is_new = kind == Kind::Rollout && integration.flow == INTEGRATIONS[0].flow;
    let chance = if is_new {
        1.0 - (1.0 - fail_rate).powf(1.8)
    } else {
        fail_rate.powf(1.4)
    };
    let failure = (rng.f64() < chance).then(|| {
        if is_new && rng.f64() < 0.7 {
            Failure::Bug
        } else {
            Failure::Any
        }
    });
    let steps = steps(rng, integration, failure, kind);
    let event_interval = 3.0 + rng.f64() * 4.0;
    let is_silent = kind == Kind::Rollout && rng.f64() < 0.07;
    SimulatedJob {
        flow: integration.flow,
        name: format!("{tenant} {}", integration.name),
        tenant,
        job_root,
        id,
        integration,
        scheduled,
        rows: rng.u32(40..90_000),
        event_interval: (!is_silent).then_some(event_interval),
        steps,
    }
}

/// Why a run fails.
#[derive(Clone, Copy, PartialEq)]
enum Failure {
    /// The bug of the new flow, in its ETL stage.
    Bug,
    /// Any message of any stage.
    Any,
}

/// A stage of a run as it is generated.
struct Stage {
    name: &'static str,
    messages: &'static [&'static str],
    /// Its typical duration in seconds.
    duration: f64,
    started: &'static str,
    failed: &'static str,
    /// `None` where the next stage starts without it.
    succeeded: Option<&'static str>,
}

const STAGES: [Stage; 4] = [
    Stage {
        name: "discover",
        messages: &DISCOVER_FAILURES,
        duration: 8.0,
        started: "DISCOVER_STARTED",
        failed: "DISCOVER_FAILED",
        succeeded: None,
    },
    Stage {
        name: "sync",
        messages: &SYNC_FAILURES,
        duration: 45.0,
        started: "SYNC_STARTED",
        failed: "SYNC_FAILED",
        succeeded: Some("SYNC_SUCCESS"),
    },
    Stage {
        name: "etl",
        messages: &ETL_FAILURES,
        duration: 25.0,
        started: "ETL_STARTED",
        failed: "ETL_FAILED",
        succeeded: Some("ETL_SUCCESS"),
    },
    Stage {
        name: "export",
        messages: &EXPORT_FAILURES,
        duration: 20.0,
        started: "EXPORT_STARTED",
        failed: "EXPORT_FAILED",
        succeeded: Some("JOB_COMPLETED"),
    },
];

/// The statuses that a run takes, from its creation at 0.
fn steps(
    rng: &mut Rng,
    integration: &Integration,
    failure: Option<Failure>,
    kind: Kind,
) -> Vec<Step> {
    let discovers = rng.f64() < 0.5;
    // ETL scripts fail more often than the other stages.
    let failing_stage = match rng.u8(0..10) {
        _ if failure == Some(Failure::Bug) => "etl",
        0 if discovers => "discover",
        0..=3 => "sync",
        4..=7 => "etl",
        _ => "export",
    };
    let mut steps = vec![Step::new(0.0, "JOB_CREATED")];
    let mut time = 3.0 + rng.f64() * 12.0;
    for stage in STAGES {
        if stage.name == "discover" && !discovers {
            continue;
        }
        steps.push(Step::new(time, stage.started));
        let is_slow = kind == Kind::Rollout && rng.f64() < 0.08;
        let factor = if is_slow { 4.0 } else { 1.0 };
        time += stage.duration * factor * (0.4 + rng.f64() * 1.2);
        if let Some(failure) = failure.filter(|_| stage.name == failing_stage) {
            let message = match failure {
                Failure::Bug => ETL_FAILURES[0],
                Failure::Any => stage.messages[rng.usize(0..stage.messages.len())],
            };
            let message = message
                .replace("{tap}", integration.tap)
                .replace("{target}", integration.target)
                .replace("{n}", &rng.u32(2..400).to_string());
            steps.push(Step {
                message,
                ..Step::new(time, stage.failed)
            });
            return steps;
        }
        if let Some(succeeded) = stage.succeeded {
            steps.push(Step::new(time, succeeded));
            time += 1.0 + rng.f64() * 3.0;
        }
    }
    steps
}
