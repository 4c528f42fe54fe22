//! A simulated rollout: its jobs, and the status of each at any time. Pure, so
//! that the same seed gives the same rollout.

use std::collections::HashMap;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::fixtures::{FOLLOWED, INTEGRATIONS};
use super::generator::{earlier_runs, job, tenant};
use super::job::SimulatedJob;
use super::rollout::{GATE, ROLLOUT_START, rollout};

/// The kind of rollout to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The number of jobs.
    pub(crate) jobs: usize,
    /// The number of tenants; `None` for a number that suits the jobs.
    pub(crate) tenants: Option<usize>,
    /// Seconds of simulated time in a second.
    pub(crate) speed: f64,
    /// The seed of all random values.
    pub(crate) seed: u64,
    /// The share of jobs that fail, 0 to 1.
    pub(crate) fail_rate: f64,
    /// Whether the service misbehaves.
    pub(crate) faults: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 48,
            tenants: None,
            speed: 1.0,
            seed: 6,
            fail_rate: 0.15,
            faults: false,
        }
    }
}

/// Jobs whose tenants have earlier runs; more would only cost memory.
const JOBS_WITH_EARLIER_RUNS: usize = 2_000;
/// The most tenants of the followed flow.
const MAX_FOLLOWED: usize = 60;

/// A simulated rollout. Times in seconds count from its start; jobs from before
/// it have negative ones.
#[derive(Debug)]
pub struct Scenario {
    /// The environment of its jobs.
    pub env_id: &'static str,
    /// The jobs that are watched one by one.
    pub jobs: Vec<SimulatedJob>,
    /// The followed flow and its tenants.
    pub(crate) followed: (&'static str, Vec<String>),
    /// Every run: those from before the rollout, too, and those that have not
    /// started.
    runs: Vec<SimulatedJob>,
    by_root: HashMap<String, usize>,
    by_tenant: HashMap<String, Vec<usize>>,
    speed: f64,
}

impl Scenario {
    /// Generates a rollout.
    pub fn new(options: &Options) -> Self {
        let mut rng = Rng::with_seed(options.seed);
        let followed = match options.jobs {
            0..12 => 0,
            jobs @ 12..24 => jobs / 4,
            jobs => (jobs * 3 / 4).min(MAX_FOLLOWED),
        };
        let tenants = options.tenants.map(|tenants| tenants.max(1));
        let followed = followed.min(tenants.unwrap_or(followed));
        let watched = options.jobs - followed;
        let tenants = tenants.unwrap_or_else(|| (watched * 2).div_ceil(3).max(followed + 1));
        let jobs: Vec<SimulatedJob> = (0..watched)
            .map(|number| {
                // The followed flow has the first tenants, these jobs the last.
                let tenant_number = tenants - 1 - number % tenants;
                let mut of_tenant = Rng::with_seed(options.seed ^ tenant_number as u64);
                let first = of_tenant.usize(0..INTEGRATIONS.len());
                let flow = (first + number / tenants) % INTEGRATIONS.len();
                let tenant = tenant(tenant_number);
                job(&mut rng, tenant, &INTEGRATIONS[flow], options.fail_rate)
            })
            .collect();
        let followed: Vec<String> = (0..followed).map(tenant).collect();
        let mut runs = jobs.clone();
        for job in jobs.iter().take(JOBS_WITH_EARLIER_RUNS) {
            runs.extend(earlier_runs(&mut rng, job));
        }
        runs.extend(rollout(&mut rng, &followed, options.fail_rate));
        let by_root = runs.iter().map(|run| run.job_root.clone()).zip(0..);
        let by_root = by_root.collect();
        let mut by_tenant: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, run) in runs.iter().enumerate() {
            by_tenant.entry(run.tenant.clone()).or_default().push(index);
        }
        Self {
            env_id: "demo.hgtop.example",
            jobs,
            followed: (FOLLOWED.flow, followed),
            runs,
            by_root,
            by_tenant,
            speed: options.speed,
        }
    }

    /// When the rollout of the followed flow started, in a simulation that
    /// started at `start`.
    pub(crate) fn rollout_start(&self, start: Timestamp) -> Timestamp {
        self.wall_time(start, ROLLOUT_START)
    }

    /// The condition that the rollout of the followed flow has to meet.
    pub(crate) const fn gate() -> &'static str {
        GATE
    }

    /// The tenants, sorted.
    pub(crate) fn tenants(&self) -> Vec<&str> {
        let mut tenants: Vec<_> = self.by_tenant.keys().map(String::as_str).collect();
        tenants.sort_unstable();
        tenants
    }

    /// The flows by id and name, limited to those of `tenant` where one is
    /// given.
    pub(crate) fn flows(&self, tenant: Option<&str>) -> Vec<(&'static str, &'static str)> {
        let all = INTEGRATIONS.iter().chain([&FOLLOWED]);
        all.map(|integration| (integration.flow, integration.name))
            .filter(|(flow, _)| {
                tenant.is_none_or(|tenant| self.runs_of(tenant).any(|run| run.flow == *flow))
            })
            .collect()
    }

    /// The runs of a tenant in a flow that were created by `now`, as in the
    /// response of the listing call; `None` where the tenant does not have the
    /// flow.
    pub(crate) fn runs(
        &self,
        flow: &str,
        tenant: &str,
        start: Timestamp,
        now: Timestamp,
    ) -> Option<Vec<serde_json::Value>> {
        let mut of_flow = self
            .runs_of(tenant)
            .filter(|run| run.flow == flow)
            .peekable();
        of_flow.peek()?;
        let time = self.simulated_time(start, now);
        let created = of_flow.filter(|run| run.created() <= time);
        Some(created.map(|run| self.status(run, start, now)).collect())
    }

    /// The runs from before the rollout, each with its seconds between two
    /// events.
    pub(crate) fn run_history(
        &self,
        start: Timestamp,
    ) -> impl Iterator<Item = (serde_json::Value, f64)> {
        let earlier = self.runs.iter().filter(|run| run.finished() < -3_600.0);
        earlier.map(move |run| {
            let event_interval = run.event_interval.unwrap_or(5.0) / self.speed;
            (self.status(run, start, start), event_interval)
        })
    }

    /// The job of a tenant and flow with a root.
    pub(crate) fn find(&self, flow: &str, tenant: &str, job_root: &str) -> Option<&SimulatedJob> {
        let run = &self.runs[*self.by_root.get(job_root)?];
        (run.flow == flow && run.tenant == tenant).then_some(run)
    }

    fn runs_of(&self, tenant: &str) -> impl Iterator<Item = &SimulatedJob> {
        let indices = self.by_tenant.get(tenant).into_iter().flatten();
        indices.map(|index| &self.runs[*index])
    }

    /// Seconds of simulated time since the start.
    fn simulated_time(&self, start: Timestamp, now: Timestamp) -> f64 {
        now.duration_since(start).as_secs_f64() * self.speed
    }

    /// The time after a number of seconds of simulated time.
    fn wall_time(&self, start: Timestamp, seconds: f64) -> Timestamp {
        let offset = SignedDuration::try_from_secs_f64(seconds / self.speed);
        start
            .checked_add(offset.unwrap_or_default())
            .unwrap_or(start)
    }

    /// The response of the status call for a job at `now`, in a rollout that
    /// started at `start`.
    pub(crate) fn status(
        &self,
        job: &SimulatedJob,
        start: Timestamp,
        now: Timestamp,
    ) -> serde_json::Value {
        let time = self.simulated_time(start, now);
        let taken = job.steps.partition_point(|step| step.at <= time).max(1);
        let step = &job.steps[taken - 1];
        let is_finished = taken == job.steps.len();
        // Events occur within a stage, too, without a new status.
        let last_event = match job.event_interval {
            Some(interval) if !is_finished && time > step.at => {
                step.at + ((time - step.at) / interval).floor() * interval
            }
            _ => step.at,
        };
        let wall = |seconds: f64| {
            let time = self.wall_time(start, seconds);
            format!("{time:.6}").replace('Z', "+00:00")
        };
        let times: serde_json::Map<_, _> = job.steps[..taken]
            .iter()
            .map(|step| (step.status.to_owned(), wall(step.at).into()))
            .collect();
        let mut answer = json!({
            "job_id": job.id,
            "env_id": self.env_id,
            "job_name": format!("{}:{}", job.integration.name, job.id),
            "tenant": job.tenant,
            "started_by": if job.scheduled { "schedule" } else { "rollout" },
            "flow": job.flow,
            "s3_root": job.job_root,
            "start_time": wall(job.created()),
            "state": {"bookmarks": {"invoices": {"replication_key": "updated_at"}}},
            "tap": job.integration.tap,
            "target": job.integration.target,
            "status": step.status,
            "message": step.message,
            "last_updated": wall(last_event),
            "status_timestamp": times,
            "scheduled_job": job.scheduled,
            "sync_type": if job.scheduled { "incremental_sync" } else { "full_sync" },
            "processed_rows": if taken >= 4 { job.rows } else { 0 },
        });
        if let Some(version) = job.tap_version {
            let tap = job.integration.tap;
            answer["tap_install_uri"] =
                format!("git+https://github.com/hotgluexyz/tap-{tap}.git@{version}").into();
        }
        if taken >= 4 {
            answer["metrics"] = json!({"recordCount": {job.integration.name: job.rows}});
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{NEW_VERSION, OTHER_SOURCE, PLANTED_FAILURE};
    use super::*;
    use std::collections::HashSet;

    fn statuses(options: &Options, seconds: i64) -> Vec<String> {
        let scenario = Scenario::new(options);
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let now = start + SignedDuration::from_secs(seconds);
        let status = |job| {
            scenario.status(job, start, now)["status"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        scenario.jobs.iter().map(status).collect()
    }

    #[test]
    fn same_seed_gives_the_same_rollout() {
        let options = Options {
            jobs: 200,
            ..Options::default()
        };
        assert_eq!(statuses(&options, 40), statuses(&options, 40));
        let other = Options {
            seed: 7,
            ..options.clone()
        };
        assert_ne!(statuses(&options, 40), statuses(&other, 40));
    }

    #[test]
    fn rollout_has_every_status_and_finishes() {
        let options = Options {
            jobs: 400,
            ..Options::default()
        };
        let mut seen: HashSet<_> = HashSet::new();
        for seconds in (0..=200).step_by(2) {
            seen.extend(statuses(&options, seconds));
        }
        assert_eq!(seen.len(), 12, "{seen:?}");
        let finished = statuses(&options, 1_000);
        assert!(
            finished
                .iter()
                .all(|status| status == "JOB_COMPLETED" || status.ends_with("FAILED"))
        );
        let failed = finished
            .iter()
            .filter(|status| status.ends_with("FAILED"))
            .count();
        assert!((30..=90).contains(&failed), "{failed}");
        let none = Options {
            fail_rate: 0.0,
            ..options
        };
        assert!(
            statuses(&none, 1_000)
                .iter()
                .all(|status| status == "JOB_COMPLETED")
        );
    }

    #[test]
    fn rollout_fails_for_one_source_completes_once_without_rows_and_is_slower() {
        let scenario = Scenario::new(&Options::default());
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let since = scenario.rollout_start(start).to_string();
        let answers = |seconds| {
            let now = start + SignedDuration::from_secs(seconds);
            let (flow, tenants) = &scenario.followed;
            let runs = tenants.iter().map(|tenant| {
                let runs = scenario.runs(flow, tenant, start, now).unwrap();
                let (before, since): (Vec<_>, Vec<_>) = runs
                    .into_iter()
                    .partition(|run| run["start_time"].as_str().unwrap() < since.as_str());
                (before, since)
            });
            runs.collect::<Vec<_>>()
        };
        let minute = answers(60);
        let failed: Vec<_> = minute
            .iter()
            .flat_map(|(_, since)| since)
            .filter(|run| run["status"] == "ETL_FAILED")
            .collect();
        assert_eq!(failed.len(), 5);
        assert!(
            failed
                .iter()
                .all(|run| { run["tap"] == OTHER_SOURCE.tap && run["message"] == PLANTED_FAILURE })
        );
        let (before, since) = &minute[1];
        assert_eq!(before.len(), 11);
        let mut completed = before.iter().filter(|run| run["status"] == "JOB_COMPLETED");
        assert!(completed.all(|run| run["processed_rows"].as_u64() > Some(6_000)));
        assert_eq!(
            (&since[0]["status"], &since[0]["processed_rows"]),
            (&json!("JOB_COMPLETED"), &json!(0))
        );
        let not_started = answers(0)
            .iter()
            .filter(|(_, since)| since.is_empty())
            .count();
        assert_eq!(not_started, 3);
        let end = answers(400);
        assert!(end.iter().all(|(_, since)| since.len() == 1));
        let seconds = |run: &serde_json::Value| {
            let time = |name| run[name].as_str().unwrap().parse::<Timestamp>().unwrap();
            time("last_updated")
                .duration_since(time("start_time"))
                .as_secs_f64()
        };
        let mut with_new_version = 0;
        for (before, since) in end {
            if since[0]["tap_install_uri"]
                .as_str()
                .unwrap()
                .ends_with(NEW_VERSION)
                && since[0]["status"] == "JOB_COMPLETED"
                && !before.is_empty()
            {
                let typical = before.iter().map(seconds).sum::<f64>() / 11.0;
                assert!(seconds(&since[0]) > 1.1 * typical);
                with_new_version += 1;
            }
        }
        assert!(with_new_version >= 20, "{with_new_version}");
    }

    #[test]
    fn roots_are_unique_and_a_higher_speed_finishes_earlier() {
        let scenario = Scenario::new(&Options {
            jobs: 2_000,
            tenants: Some(300),
            ..Options::default()
        });
        let roots: HashSet<_> = scenario.jobs.iter().map(|job| &job.job_root).collect();
        assert_eq!(roots.len(), 1_940);
        assert_eq!(scenario.followed.1.len(), 60);
        let tenants: HashSet<_> = scenario.jobs.iter().map(|job| &job.tenant).collect();
        assert_eq!(tenants.len(), 300);
        let fast = Options {
            speed: 20.0,
            ..Options::default()
        };
        assert!(
            statuses(&fast, 50)
                .iter()
                .all(|status| status != "SYNC_STARTED")
        );
    }
}
