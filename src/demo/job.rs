//! One job of a simulated rollout: its identity and the statuses it goes
//! through.

use fastrand::Rng;

use super::fixtures::Integration;

/// A status that a job takes.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// When, in seconds of simulated time since the start of the rollout.
    pub(super) at: f64,
    pub(super) status: &'static str,
    /// The message of a failure, else empty.
    pub(super) message: String,
}

impl Step {
    pub(super) fn new(at: f64, status: &'static str) -> Self {
        Self {
            at,
            status,
            message: String::new(),
        }
    }
}

/// One job of a simulated rollout.
#[derive(Debug, Clone)]
pub struct SimulatedJob {
    /// The flow it belongs to.
    pub(crate) flow: &'static str,
    /// The tenant it runs for.
    pub tenant: String,
    /// The root that identifies it.
    pub job_root: String,
    /// The name that a user would give it.
    pub(crate) name: String,
    pub(super) id: String,
    pub(super) integration: &'static Integration,
    pub(super) scheduled: bool,
    /// The version of the tap, where the service reports it.
    pub(super) tap_version: Option<&'static str>,
    pub(super) rows: u32,
    /// Seconds of simulated time between two events within a stage; `None` for
    /// a job that is silent until its stage has finished.
    pub(super) event_interval: Option<f64>,
    /// The statuses it takes, in the order of time. Never empty.
    pub(super) steps: Vec<Step>,
}

impl SimulatedJob {
    /// A job with these statuses that moves no rows.
    pub(super) fn new(
        rng: &mut Rng,
        tenant: String,
        integration: &'static Integration,
        scheduled: bool,
        steps: Vec<Step>,
    ) -> Self {
        let id: String = std::iter::repeat_with(|| rng.alphanumeric())
            .take(6)
            .collect();
        let flow = integration.flow;
        let job_root = if scheduled {
            let (hour, minute) = (rng.u8(0..24), rng.u8(0..60));
            format!("{tenant}/flows/{flow}/jobs/2026/11/23/{hour}/{minute}/{id}")
        } else {
            format!("{tenant}/flows/{flow}/jobs/{id}")
        };
        Self {
            flow,
            name: format!("{tenant} {}", integration.name),
            tenant,
            job_root,
            id,
            integration,
            scheduled,
            tap_version: None,
            rows: 0,
            event_interval: None,
            steps,
        }
    }

    pub(super) fn created(&self) -> f64 {
        self.steps[0].at
    }

    pub(super) fn finished(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.at)
    }

    /// Moves all its steps by some seconds.
    pub(super) fn shift(&mut self, seconds: f64) {
        for step in &mut self.steps {
            step.at += seconds;
        }
    }
}
