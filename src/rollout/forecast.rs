//! The forecast: when running jobs should finish, and when they count as slow
//! or silent, according to the baseline of their flow and tap.
//!
//! A job is evaluated when it changes and not as time passes: the end it is
//! expected at and the time of its next check are kept in order, so that the
//! latest end and the earliest check are found without a search.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::anomaly::{Anomaly, RunningStage, add, judge};
use crate::history::Baseline;
use crate::hotglue::{FlowId, Text};
use crate::watch::{EnvironmentId, JobId};

/// An ETA below this is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_secs(5);

/// What the forecast reads of a job.
#[derive(Debug, Clone, Copy)]
pub struct ForecastJob<'a> {
    /// The job.
    pub id: JobId,
    /// Its environment.
    pub environment: EnvironmentId,
    /// Its flow.
    pub flow: &'a FlowId,
    /// Its tap, once a poll has succeeded; empty where the service names none.
    pub tap: Option<&'a str>,
}

/// When a job should finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ExpectedEnd {
    p50: Timestamp,
    p90: Timestamp,
}

/// The baselines by environment and flow, one for each tap of the flow.
#[derive(Debug, Default)]
struct Baselines(HashMap<EnvironmentId, HashMap<FlowId, Vec<(Text, Baseline)>>>);

impl Baselines {
    fn get(&self, job: &ForecastJob<'_>) -> Option<&Baseline> {
        let taps = self.0.get(&job.environment)?.get(job.flow)?;
        let wanted = job.tap?;
        let (_, baseline) = taps.iter().find(|(tap, _)| tap.as_str() == wanted)?;
        Some(baseline)
    }

    fn set(&mut self, environment: EnvironmentId, flow: FlowId, tap: Text, baseline: Baseline) {
        let flows = self.0.entry(environment).or_default();
        let taps = flows.entry(flow).or_default();
        match taps.iter_mut().find(|(known, _)| *known == tap) {
            Some((_, known)) => *known = baseline,
            None => taps.push((tap, baseline)),
        }
    }
}

/// The forecast of all running jobs. See the module's documentation.
#[derive(Debug, Default)]
pub struct Forecast {
    baselines: Baselines,
    ends: HashMap<JobId, ExpectedEnd>,
    by_p50: BTreeSet<(Timestamp, JobId)>,
    by_p90: BTreeSet<(Timestamp, JobId)>,
    checks: HashMap<JobId, Timestamp>,
    by_check: BTreeSet<(Timestamp, JobId)>,
}

impl Forecast {
    /// Sets the baseline of a flow and tap. Jobs are evaluated against it from
    /// their next [`update`](Self::update) on.
    pub fn set_baseline(
        &mut self,
        environment: EnvironmentId,
        flow: FlowId,
        tap: Text,
        baseline: Baseline,
    ) {
        self.baselines.set(environment, flow, tap, baseline);
    }

    /// The baseline of a job's flow and tap.
    pub fn baseline(&self, job: &ForecastJob<'_>) -> Option<&Baseline> {
        self.baselines.get(job)
    }

    /// Evaluates a job that changed or whose check is due. `stage` returns the
    /// stage it is in, and `None` unless it is running; it is called only for
    /// jobs with a baseline. Returns the job's anomaly, if it has one.
    pub fn update(
        &mut self,
        job: &ForecastJob<'_>,
        stage: impl FnOnce() -> Option<RunningStage>,
        now: Timestamp,
    ) -> Option<Anomaly> {
        self.remove(job.id);
        let baseline = self.baselines.get(job)?;
        let running = stage()?;
        let of_stage = *baseline.stage(running.stage)?;
        let later_stages = baseline.after(running.stage);
        let end = ExpectedEnd {
            p50: add(running.since, of_stage.duration.p50 + later_stages),
            p90: add(running.since, of_stage.duration.p90 + later_stages * 3 / 2),
        };
        self.ends.insert(job.id, end);
        self.by_p50.insert((end.p50, job.id));
        self.by_p90.insert((end.p90, job.id));
        let judgment = judge(running, &of_stage, now);
        if let Some(check) = judgment.next_check {
            self.checks.insert(job.id, check);
            self.by_check.insert((check, job.id));
        }
        judgment.anomaly
    }

    /// Removes a job from the forecast.
    pub fn remove(&mut self, id: JobId) {
        if let Some(end) = self.ends.remove(&id) {
            self.by_p50.remove(&(end.p50, id));
            self.by_p90.remove(&(end.p90, id));
        }
        if let Some(check) = self.checks.remove(&id) {
            self.by_check.remove(&(check, id));
        }
    }

    /// The jobs to evaluate again by `now` although they did not change.
    pub fn due(&self, now: Timestamp) -> Vec<JobId> {
        self.by_check
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| *id)
            .collect()
    }

    /// When the next job is due.
    pub fn next_check(&self) -> Option<Timestamp> {
        self.by_check.first().map(|(at, _)| *at)
    }

    /// The time until all jobs have finished, of which `unfinished` have not;
    /// `None` where fewer than four of five have a baseline.
    pub fn eta(&self, unfinished: usize, now: Timestamp) -> Option<Eta> {
        if unfinished == 0 || self.ends.len() * 5 < unfinished * 4 {
            return None;
        }
        let (p50, _) = *self.by_p50.last()?;
        let (p90, _) = *self.by_p90.last()?;
        Some(Eta::until(ExpectedEnd { p50, p90 }, now))
    }

    /// The running jobs with the time at which each should have finished, the
    /// last one first.
    pub fn last_expected(&self) -> impl Iterator<Item = (JobId, Timestamp)> {
        self.by_p50.iter().rev().map(|(time, id)| (*id, *time))
    }

    /// The time until a job has finished.
    pub fn eta_of(&self, id: JobId, now: Timestamp) -> Option<Eta> {
        Some(Eta::until(*self.ends.get(&id)?, now))
    }
}

/// The time until one or more jobs have finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eta {
    /// The median.
    pub p50: SignedDuration,
    /// The 90th percentile.
    pub p90: SignedDuration,
}

impl Eta {
    fn until(end: ExpectedEnd, now: Timestamp) -> Self {
        let until = |end: Timestamp| end.duration_since(now).max(SignedDuration::ZERO);
        Self {
            p50: until(end.p50),
            p90: until(end.p90),
        }
    }

    /// The ETA as a range with its confidence, such as "ETA 4–7 min (90 %)",
    /// in whole minutes since seconds would suggest a precision it lacks.
    pub fn label(self, unicode: bool) -> String {
        let minutes = |time: SignedDuration| match time.as_secs() {
            ..60 => 0,
            seconds => (seconds + 30) / 60,
        };
        let with_unit = |minutes: i64| match minutes {
            ..60 => format!("{minutes} min"),
            _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
        };
        let dash = if unicode { "–" } else { "-" };
        match (minutes(self.p50), minutes(self.p90)) {
            _ if self.p90 < OVERDUE => "overdue".to_owned(),
            (_, 0) => "ETA < 1 min".to_owned(),
            (0, p90) => format!("ETA < {} (90 %)", with_unit(p90)),
            (p50, p90) if p50 == p90 => format!("ETA {} (90 %)", with_unit(p90)),
            (p50, p90 @ ..60) => format!("ETA {p50}{dash}{p90} min (90 %)"),
            (p50, p90) => format!("ETA {} {dash} {} (90 %)", with_unit(p50), with_unit(p90)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Percentiles, StageBaseline};
    use crate::hotglue::Stage;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn baseline() -> Baseline {
        let stage = |seconds: i64| StageBaseline {
            duration: Percentiles {
                count: 20,
                p50: SignedDuration::from_secs(seconds),
                p90: SignedDuration::from_secs(seconds * 2),
                p95: SignedDuration::from_secs(seconds * 3),
            },
            silence: None,
            share: 100,
        };
        Baseline {
            stages: [(Stage::Sync, stage(60)), (Stage::Etl, stage(30))].into(),
            total: None,
        }
    }

    fn job<'a>(id: u32, flow: &'a FlowId, tap: &'a Text) -> ForecastJob<'a> {
        ForecastJob {
            id: JobId(id),
            environment: EnvironmentId(0),
            flow,
            tap: Some(tap.as_str()),
        }
    }

    fn sync_since(since: i64) -> impl FnOnce() -> Option<RunningStage> {
        move || {
            Some(RunningStage {
                stage: Stage::Sync,
                since: at(since),
                last_event: None,
                has_finished: false,
            })
        }
    }

    fn forecast(flow: &FlowId, tap: &Text) -> Forecast {
        let mut forecast = Forecast::default();
        forecast.set_baseline(EnvironmentId(0), flow.clone(), tap.clone(), baseline());
        forecast
    }

    #[test]
    fn eta_is_that_of_the_job_that_finishes_last() {
        let (flow, tap) = (FlowId::parse("f").unwrap(), Text::new("shopify"));
        let mut forecast = forecast(&flow, &tap);
        forecast.update(&job(0, &flow, &tap), sync_since(0), at(0));
        forecast.update(&job(1, &flow, &tap), sync_since(20), at(20));
        let eta = forecast.eta(2, at(20)).unwrap();
        assert_eq!((eta.p50.as_secs(), eta.p90.as_secs()), (90, 165));
        let first = forecast.eta_of(JobId(0), at(20)).unwrap();
        assert_eq!(first.p50.as_secs(), 70);
        forecast.remove(JobId(1));
        assert_eq!(forecast.eta(1, at(20)), Some(first));
    }

    #[test]
    fn there_is_no_eta_without_a_baseline_for_four_of_five_jobs() {
        let (flow, tap) = (FlowId::parse("f").unwrap(), Text::new("shopify"));
        let mut forecast = forecast(&flow, &tap);
        for id in 0..3 {
            forecast.update(&job(id, &flow, &tap), sync_since(0), at(0));
        }
        assert_eq!(forecast.eta(4, at(0)), None);
        forecast.update(&job(3, &flow, &tap), sync_since(0), at(0));
        assert!(forecast.eta(5, at(0)).is_some());
        let other = Text::new("quickbooks");
        forecast.update(&job(3, &flow, &other), sync_since(0), at(0));
        assert_eq!(forecast.eta(5, at(0)), None);
    }

    #[test]
    fn checks_are_due_in_order() {
        let (flow, tap) = (FlowId::parse("f").unwrap(), Text::new("shopify"));
        let mut forecast = forecast(&flow, &tap);
        assert_eq!(
            forecast.update(&job(0, &flow, &tap), sync_since(10), at(10)),
            None
        );
        assert_eq!(
            forecast.update(&job(1, &flow, &tap), sync_since(0), at(10)),
            None
        );
        assert_eq!(forecast.next_check(), Some(at(185)));
        assert_eq!(forecast.due(at(184)), []);
        assert_eq!(forecast.due(at(195)), [JobId(1), JobId(0)]);
        let anomaly = forecast.update(&job(1, &flow, &tap), sync_since(0), at(190));
        assert!(matches!(anomaly, Some(Anomaly::Slow { .. })), "{anomaly:?}");
        assert_eq!(forecast.next_check(), Some(at(195)));
    }

    #[test]
    fn label_is_a_range_with_its_confidence() {
        let label = |p50, p90| {
            let eta = Eta {
                p50: SignedDuration::from_secs(p50),
                p90: SignedDuration::from_secs(p90),
            };
            eta.label(true)
        };
        assert_eq!(label(0, 4), "overdue");
        assert_eq!(label(0, 59), "ETA < 1 min");
        assert_eq!(label(30, 180), "ETA < 3 min (90 %)");
        assert_eq!(label(240, 420), "ETA 4–7 min (90 %)");
        assert_eq!(label(240, 245), "ETA 4 min (90 %)");
        assert_eq!(label(3_000, 4_200), "ETA 50 min – 1 h 10 min (90 %)");
    }
}
