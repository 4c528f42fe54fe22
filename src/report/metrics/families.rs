//! The metrics as Prometheus sees them: names, help texts, types, buckets.

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{
    EnvironmentLabels, ForecastLabels, OverflowLabels, PollLabels, RunLabels, StageLabels,
    StateLabels, TenantLabels,
};

/// Buckets of the durations of stages and jobs, in seconds: five seconds to
/// four hours.
const RUN_BUCKETS: [f64; 12] = [
    5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0,
];
/// Buckets of the durations of polls, in seconds, up to the request timeout.
const POLL_BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

type Histograms<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

fn run_histogram() -> Histogram {
    Histogram::new(RUN_BUCKETS)
}

fn poll_histogram() -> Histogram {
    Histogram::new(POLL_BUCKETS)
}

/// The current metrics, to be encoded at any time.
#[derive(Debug, Clone)]
pub(crate) struct Exposition(Arc<Registry>);

impl Exposition {
    /// The media type of the text.
    pub(crate) const CONTENT_TYPE: &str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Encodes the metrics as text.
    ///
    /// # Errors
    /// When a metric cannot be encoded.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// Every metric that changes.
pub(super) struct Families {
    pub(super) jobs: Family<StateLabels, Gauge>,
    pub(super) finished: Family<StateLabels, Counter>,
    pub(super) rows: Family<TenantLabels, Gauge>,
    pub(super) unreachable: Family<EnvironmentLabels, Gauge>,
    pub(super) up: Family<EnvironmentLabels, Gauge>,
    pub(super) last_answer: Family<EnvironmentLabels, Gauge>,
    pub(super) polls: Family<PollLabels, Counter>,
    pub(super) latency: Histograms<EnvironmentLabels>,
    pub(super) stages: Histograms<StageLabels>,
    pub(super) runs: Histograms<RunLabels>,
    pub(super) forecasts: Family<ForecastLabels, Gauge>,
    pub(super) overflow: Family<OverflowLabels, Counter>,
}

impl Families {
    pub(super) fn new() -> Self {
        Self {
            jobs: Family::default(),
            finished: Family::default(),
            rows: Family::default(),
            unreachable: Family::default(),
            up: Family::default(),
            last_answer: Family::default(),
            polls: Family::default(),
            latency: Family::new_with_constructor(poll_histogram),
            stages: Family::new_with_constructor(run_histogram),
            runs: Family::new_with_constructor(run_histogram),
            forecasts: Family::default(),
            overflow: Family::default(),
        }
    }

    /// Registers all metrics, with the environments by name and `env_id`.
    pub(super) fn register(&self, environments: &[(String, String)]) -> Exposition {
        let mut registry = Registry::with_prefix("hgtop");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of hgtop", version);
        let names: Family<Vec<(&str, String)>, Gauge> = Family::default();
        for (name, env_id) in environments {
            let labels = vec![("environment", name.clone()), ("env_id", env_id.clone())];
            names.get_or_create(&labels).set(1);
        }
        registry.register("environment", "The environments with their env_id", names);
        registry.register(
            "environment_up",
            "1 while the service answers; 0 while it refuses the API key or cannot be reached",
            self.up.clone(),
        );
        registry.register(
            "jobs",
            "Watched jobs by state; of a followed flow the newest job of each tenant, not started without a run since the start of the rollout",
            self.jobs.clone(),
        );
        registry.register(
            "jobs_ended",
            "Jobs that finished while they were watched, by state",
            self.finished.clone(),
        );
        registry.register(
            "job_rows",
            "Rows that the watched jobs moved so far, where they count them",
            self.rows.clone(),
        );
        registry.register(
            "jobs_unreachable",
            "Watched jobs whose last three polls failed",
            self.unreachable.clone(),
        );
        registry.register(
            "polls",
            "Polls by outcome: answered or failed",
            self.polls.clone(),
        );
        registry.register_with_unit(
            "poll_duration",
            "Duration of polls",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry.register_with_unit(
            "last_answer_timestamp",
            "Time of the last successful poll",
            Unit::Seconds,
            self.last_answer.clone(),
        );
        registry.register_with_unit(
            "stage_duration",
            "Duration of stages that started and finished while they were watched",
            Unit::Seconds,
            self.stages.clone(),
        );
        registry.register_with_unit(
            "job_duration",
            "Duration of jobs that finished while they were watched",
            Unit::Seconds,
            self.runs.clone(),
        );
        registry.register_with_unit(
            "forecast_finish_timestamp",
            "Time at which the last started job of a flow is forecast to finish, by quantile",
            Unit::Seconds,
            self.forecasts.clone(),
        );
        registry.register(
            "series_overflow",
            "Updates recorded with an empty tenant or tap, and forecasts left out, because the limit on series was reached",
            self.overflow.clone(),
        );
        Exposition(Arc::new(registry))
    }
}
