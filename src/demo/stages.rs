//! The stages of a run: how long each takes, and where the run fails.

use fastrand::Rng;

use super::fixtures::{
    DISCOVER_FAILURES, ETL_FAILURES, EXPORT_FAILURES, Integration, SYNC_FAILURES,
};
use super::job::Step;

/// Where and why a run fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failure {
    /// The name of the stage.
    pub(super) stage: &'static str,
    /// The message, in which `{tap}`, `{target}` and `{n}` are replaced.
    pub(super) message: &'static str,
}

impl Failure {
    /// Any failure of any stage.
    pub(super) fn any(rng: &mut Rng, discovers: bool) -> Self {
        // ETL scripts fail more often than the other stages.
        let (stage, messages) = match rng.u8(0..10) {
            0 if discovers => ("discover", &DISCOVER_FAILURES[..]),
            0..=3 => ("sync", &SYNC_FAILURES[..]),
            4..=7 => ("etl", &ETL_FAILURES[..]),
            _ => ("export", &EXPORT_FAILURES[..]),
        };
        Self {
            stage,
            message: messages[rng.usize(0..messages.len())],
        }
    }
}

/// A stage of a run as it is generated.
pub(super) struct Stage {
    pub(super) name: &'static str,
    /// Its typical duration in seconds.
    pub(super) duration: f64,
    started: &'static str,
    failed: &'static str,
    /// `None` where the next stage starts without it.
    succeeded: Option<&'static str>,
}

const STAGES: [Stage; 4] = [
    Stage {
        name: "discover",
        duration: 8.0,
        started: "DISCOVER_STARTED",
        failed: "DISCOVER_FAILED",
        succeeded: None,
    },
    Stage {
        name: "sync",
        duration: 45.0,
        started: "SYNC_STARTED",
        failed: "SYNC_FAILED",
        succeeded: Some("SYNC_SUCCESS"),
    },
    Stage {
        name: "etl",
        duration: 25.0,
        started: "ETL_STARTED",
        failed: "ETL_FAILED",
        succeeded: Some("ETL_SUCCESS"),
    },
    Stage {
        name: "export",
        duration: 20.0,
        started: "EXPORT_STARTED",
        failed: "EXPORT_FAILED",
        succeeded: Some("JOB_COMPLETED"),
    },
];

/// The statuses that a run takes, from its creation at 0. `duration` returns
/// the seconds that a stage takes.
pub(super) fn steps(
    rng: &mut Rng,
    integration: &Integration,
    discovers: bool,
    failure: Option<Failure>,
    duration: impl Fn(&mut Rng, &Stage) -> f64,
) -> Vec<Step> {
    let mut steps = vec![Step::new(0.0, "JOB_CREATED")];
    let mut time = 3.0 + rng.f64() * 12.0;
    for stage in STAGES {
        if stage.name == "discover" && !discovers {
            continue;
        }
        steps.push(Step::new(time, stage.started));
        time += duration(rng, &stage);
        if let Some(failure) = failure.filter(|failure| failure.stage == stage.name) {
            let message = failure
                .message
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
