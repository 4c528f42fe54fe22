//! The label sets of the metrics, and the limit on how many there may be.

use std::collections::HashSet;

use prometheus_client::encoding::EncodeLabelSet;

use crate::hotglue::State;
use crate::report::JobIdentity;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EnvironmentLabels {
    pub(super) environment: String,
}

impl EnvironmentLabels {
    pub(super) fn new(environment: &str) -> Self {
        Self {
            environment: environment.to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PollLabels {
    pub(super) environment: String,
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StateLabels {
    pub(super) environment: String,
    pub(super) flow: String,
    pub(super) tenant: String,
    pub(super) state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TenantLabels {
    pub(super) environment: String,
    pub(super) flow: String,
    pub(super) tenant: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StageLabels {
    pub(super) environment: String,
    pub(super) flow: String,
    pub(super) tap: String,
    pub(super) stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RunLabels {
    pub(super) environment: String,
    pub(super) flow: String,
    pub(super) tap: String,
    pub(super) state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ForecastLabels {
    pub(super) environment: String,
    pub(super) flow: String,
    pub(super) quantile: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OverflowLabels {
    pub(super) label: &'static str,
}

/// The labels that the series of a tenant or a tap have in common: environment,
/// flow, and the tenant or tap itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    environment: String,
    flow: String,
    /// The tenant or tap; empty where it is one of those beyond the limit.
    name: String,
}

impl Subject {
    pub(super) fn new(job: &JobIdentity, name: &str) -> Self {
        Self {
            environment: job.environment.clone(),
            flow: job.flow.clone(),
            name: name.to_owned(),
        }
    }

    /// A flow without a tenant or tap.
    pub(super) fn flow(environment: &str, flow: &str) -> Self {
        Self {
            environment: environment.to_owned(),
            flow: flow.to_owned(),
            name: String::new(),
        }
    }

    /// The labels of a tenant's jobs in a state, by its name.
    pub(super) fn in_state(&self, state: &'static str) -> StateLabels {
        StateLabels {
            environment: self.environment.clone(),
            flow: self.flow.clone(),
            tenant: self.name.clone(),
            state,
        }
    }

    /// The labels of a tenant's jobs.
    pub(super) fn of_tenant(&self) -> TenantLabels {
        TenantLabels {
            environment: self.environment.clone(),
            flow: self.flow.clone(),
            tenant: self.name.clone(),
        }
    }

    /// The labels of a quantile of a flow's forecast.
    pub(super) fn of_forecast(&self, quantile: &'static str) -> ForecastLabels {
        ForecastLabels {
            environment: self.environment.clone(),
            flow: self.flow.clone(),
            quantile,
        }
    }

    /// The labels of a stage of a tap's jobs.
    pub(super) fn of_stage(&self, stage: &'static str) -> StageLabels {
        StageLabels {
            environment: self.environment.clone(),
            flow: self.flow.clone(),
            tap: self.name.clone(),
            stage,
        }
    }

    /// The labels of a tap's jobs that finished in a state.
    pub(super) fn of_run(&self, state: State) -> RunLabels {
        RunLabels {
            environment: self.environment.clone(),
            flow: self.flow.clone(),
            tap: self.name.clone(),
            state: state.name(),
        }
    }
}

/// A limit on the number of subjects that have separate series.
pub(super) struct SeriesLimit {
    limit: usize,
    admitted: HashSet<Subject>,
}

impl SeriesLimit {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            admitted: HashSet::new(),
        }
    }

    /// Returns the subject itself within the limit. Beyond it, returns the
    /// subject without its name, so that totals stay right, and `true`.
    pub(super) fn admit(&mut self, subject: Subject) -> (Subject, bool) {
        if self.admitted.contains(&subject) {
            return (subject, false);
        }
        if self.admitted.len() < self.limit {
            self.admitted.insert(subject.clone());
            return (subject, false);
        }
        let name = String::new();
        (Subject { name, ..subject }, true)
    }

    /// The subjects that have separate series.
    pub(super) fn all(&self) -> HashSet<Subject> {
        self.admitted.clone()
    }

    /// Frees the place of a subject whose series are gone.
    pub(super) fn release(&mut self, subject: &Subject) {
        self.admitted.remove(subject);
    }
}
