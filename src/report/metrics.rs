//! Jobs as metrics in the `OpenMetrics` text format
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): how many are in
//! which state, how long stages take, how polling goes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::Listed;
use crate::hotglue::{JobStatus, State, Text, stage_spans};
use crate::watch::{EnvironmentStatus, FailureStreak, JobId, Snapshot, Transition};

/// Bounds of the histograms of stages and jobs, in seconds: five seconds to
/// four hours.
const RUN_BOUNDS: [f64; 12] = [
    5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0,
];
/// Bounds of the histogram of polls, in seconds, up to the longest a poll may
/// take.
const POLL_BOUNDS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEnvironment {
    environment: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPoll {
    environment: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    environment: String,
    flow: String,
    tenant: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStage {
    environment: String,
    flow: String,
    tap: String,
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRun {
    environment: String,
    flow: String,
    tap: String,
    state: &'static str,
}

type Histograms<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

fn of_run() -> Histogram {
    Histogram::new(RUN_BOUNDS)
}

fn of_poll() -> Histogram {
    Histogram::new(POLL_BOUNDS)
}

/// The metrics as they stand, for whoever asks at any time.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// The type of the text.
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// The text.
    ///
    /// # Errors
    /// When a metric cannot be written as text.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// What is counted of a job.
struct Counted {
    state: State,
    is_unreachable: bool,
    polls: u32,
    errors: u32,
}

/// Where a job stood before.
struct Before {
    job_root: String,
    status: JobStatus,
    at: Timestamp,
    /// Whether `at` is when it came to that status, not merely an event.
    is_exact: bool,
    /// The end of the last stage that was counted.
    counted_until: Timestamp,
}

/// Keeps the metrics right with what the watcher tells.
pub struct Metrics {
    began: Timestamp,
    jobs: Family<OfState, Gauge>,
    ended: Family<OfState, Counter>,
    unreachable: Family<OfEnvironment, Gauge>,
    up: Family<OfEnvironment, Gauge>,
    answered: Family<OfEnvironment, Gauge>,
    polls: Family<OfPoll, Counter>,
    latency: Histograms<OfEnvironment>,
    stages: Histograms<OfStage>,
    runs: Histograms<OfRun>,
    counted: BTreeMap<JobId, Counted>,
    before: BTreeMap<JobId, Before>,
}

impl Metrics {
    /// Metrics of environments, by name and `env_id`, from `began` on.
    pub fn new(environments: &[(String, String)], began: Timestamp) -> (Self, Exposition) {
        let metrics = Self {
            began,
            jobs: Family::default(),
            ended: Family::default(),
            unreachable: Family::default(),
            up: Family::default(),
            answered: Family::default(),
            polls: Family::default(),
            latency: Family::new_with_constructor(of_poll),
            stages: Family::new_with_constructor(of_run),
            runs: Family::new_with_constructor(of_run),
            counted: BTreeMap::new(),
            before: BTreeMap::new(),
        };
        let names: Family<Vec<(String, String)>, Gauge> = Family::default();
        for (name, env_id) in environments {
            let labels = [("environment", name), ("env_id", env_id)];
            let labels = labels.map(|(label, value)| (label.to_owned(), value.clone()));
            names.get_or_create(&labels.to_vec()).set(1);
            let labels = OfEnvironment {
                environment: name.clone(),
            };
            metrics.up.get_or_create(&labels).set(1);
            metrics.unreachable.get_or_create(&labels).set(0);
        }
        let exposition = metrics.register(names);
        (metrics, exposition)
    }

    fn register(&self, names: Family<Vec<(String, String)>, Gauge>) -> Exposition {
        let mut registry = Registry::with_prefix("hgtop");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        registry.register("environment", "The environments and their env_id", names);
        registry.register(
            "environment_up",
            "1 while answers come; 0 while the key is refused or nothing gets through",
            self.up.clone(),
        );
        registry.register(
            "jobs",
            "Watched jobs by state; a followed flow counts the newest job of each tenant, and one that has none yet as queued",
            self.jobs.clone(),
        );
        registry.register(
            "jobs_ended",
            "Jobs that were seen to end, by what they came to",
            self.ended.clone(),
        );
        registry.register(
            "jobs_unreachable",
            "Watched jobs whose last three polls or more failed",
            self.unreachable.clone(),
        );
        registry.register(
            "polls",
            "Requests for a job, by whether a good answer came",
            self.polls.clone(),
        );
        registry.register_with_unit(
            "poll_duration",
            "How long requests for a job took",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry.register_with_unit(
            "last_answer_timestamp",
            "When the last good answer came",
            Unit::Seconds,
            self.answered.clone(),
        );
        registry.register_with_unit(
            "stage_duration",
            "How long stages took whose begin and end were seen",
            Unit::Seconds,
            self.stages.clone(),
        );
        registry.register_with_unit(
            "job_duration",
            "How long jobs took that were seen to end",
            Unit::Seconds,
            self.runs.clone(),
        );
        Exposition(Arc::new(registry))
    }

    /// A watched job, before anything is known of it; nothing if it is there.
    pub fn add(&mut self, key: JobId, job: &Listed) {
        if self.counted.contains_key(&key) {
            return;
        }
        for state in State::ALL {
            // Only what was 0 before can be seen to increase.
            let labels = of_state(job, state);
            drop(self.jobs.get_or_create(&labels));
            if state.is_finished() {
                drop(self.ended.get_or_create(&labels));
            }
        }
        self.jobs
            .get_or_create(&of_state(job, State::Unknown))
            .inc();
        self.counted.insert(
            key,
            Counted {
                state: State::Unknown,
                is_unreachable: false,
                polls: 0,
                errors: 0,
            },
        );
    }

    /// A job that turned out to be none.
    pub fn forget(&mut self, key: JobId, job: &Listed) {
        let Some(counted) = self.counted.remove(&key) else {
            return;
        };
        self.jobs.get_or_create(&of_state(job, counted.state)).dec();
        let is_empty = |state| self.jobs.get_or_create(&of_state(job, state)).get() == 0;
        if State::ALL.into_iter().all(is_empty) {
            for labels in State::ALL.map(|state| of_state(job, state)) {
                self.jobs.remove(&labels);
                self.ended.remove(&labels);
            }
        }
        if counted.is_unreachable {
            self.unreachable.get_or_create(&of_environment(job)).dec();
        }
    }

    /// The latest word on a job.
    pub fn take_snapshot(&mut self, key: JobId, job: &Listed, snapshot: &Snapshot) {
        let Some(counted) = self.counted.get_mut(&key) else {
            return;
        };
        let environment = of_environment(job);
        let health = &snapshot.health;
        let state = match &snapshot.job {
            Some(job) => job.status.state(),
            None if health.last_success.is_some() => State::Queued,
            None => State::Unknown,
        };
        let trouble = health.failure_streak.as_ref();
        let is_unreachable =
            trouble.is_some_and(|trouble| trouble.count >= FailureStreak::UNREACHABLE);
        if state != counted.state {
            self.jobs.get_or_create(&of_state(job, counted.state)).dec();
            self.jobs.get_or_create(&of_state(job, state)).inc();
        }
        if is_unreachable != counted.is_unreachable {
            let change = if is_unreachable { 1 } else { -1 };
            self.unreachable.get_or_create(&environment).inc_by(change);
        }
        let polls = health.polls.saturating_sub(counted.polls);
        let failed = health.errors.saturating_sub(counted.errors);
        for (outcome, count) in [
            ("answered", polls.saturating_sub(failed)),
            ("failed", failed),
        ] {
            let labels = OfPoll {
                environment: environment.environment.clone(),
                outcome,
            };
            self.polls.get_or_create(&labels).inc_by(count.into());
        }
        if let Some(latency) = health.latency.filter(|_| polls > 0) {
            let latency = latency.as_secs_f64();
            self.latency.get_or_create(&environment).observe(latency);
        }
        if let Some(last) = health.last_success {
            let answered = self.answered.get_or_create(&environment);
            answered.set(answered.get().max(last.as_second()));
        }
        *counted = Counted {
            state,
            is_unreachable,
            polls: health.polls,
            errors: health.errors,
        };
    }

    /// A job's status changed.
    pub fn take_transition(&mut self, job: &Listed, news: &Transition) {
        let at = news.updated.unwrap_or(news.seen);
        let job_root = news.address.job_root.as_str();
        let before = self.before.remove(&news.id);
        let before = before.filter(|before| before.job_root == job_root);
        let counted_until = before.as_ref().map_or(self.began, |it| it.counted_until);
        let tap = news.job.tap.as_ref().map_or("", Text::as_str);

        let mut steps = news.job.status_times();
        if steps.is_empty() {
            let begun = before.as_ref().filter(|before| before.is_exact);
            steps.extend(begun.map(|before| (before.status.clone(), before.at)));
            steps.push((news.to.clone(), at));
        }
        let mut latest = counted_until;
        for span in stage_spans(steps) {
            let Some(to) = span.to.filter(|to| *to > counted_until) else {
                continue;
            };
            let labels = OfStage {
                environment: job.environment.clone(),
                flow: job.flow.clone(),
                tap: tap.to_owned(),
                stage: span.stage.name(),
            };
            let took = to.duration_since(span.from);
            self.stages
                .get_or_create(&labels)
                .observe(took.as_secs_f64());
            latest = latest.max(to);
        }
        let was_under_way = before.as_ref().is_some_and(|it| !it.status.is_finished());
        if news.to.is_finished() && (was_under_way || at > self.began) {
            let started = news.job.start_time.as_ref().and_then(|start| start.at);
            self.count_end(
                job,
                tap,
                &news.to,
                started.map(|start| at.duration_since(start)),
            );
        }
        self.before.insert(
            news.id,
            Before {
                job_root: job_root.to_owned(),
                status: news.to.clone(),
                at,
                is_exact: before.is_some() || news.to == JobStatus::JobCreated,
                counted_until: latest,
            },
        );
    }

    fn count_end(&self, job: &Listed, tap: &str, end: &JobStatus, took: Option<SignedDuration>) {
        self.ended.get_or_create(&of_state(job, end.state())).inc();
        if let Some(took) = took.filter(|took| !took.is_negative()) {
            let labels = OfRun {
                environment: job.environment.clone(),
                flow: job.flow.clone(),
                tap: tap.to_owned(),
                state: end.state().name(),
            };
            self.runs.get_or_create(&labels).observe(took.as_secs_f64());
        }
    }

    /// How an environment as a whole is doing.
    pub fn take_environment_status(&self, environment: &str, status: &EnvironmentStatus) {
        let is_up = matches!(
            status,
            EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. }
        );
        let labels = OfEnvironment {
            environment: environment.to_owned(),
        };
        self.up.get_or_create(&labels).set(is_up.into());
    }
}

fn of_environment(job: &Listed) -> OfEnvironment {
    OfEnvironment {
        environment: job.environment.clone(),
    }
}

fn of_state(job: &Listed, state: State) -> OfState {
    OfState {
        environment: job.environment.clone(),
        flow: job.flow.clone(),
        tenant: job.tenant.clone(),
        state: state.name(),
    }
}

#[cfg(test)]
mod tests;
