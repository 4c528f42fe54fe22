//! The story of a rollout: which jobs there are, and where each stands at any
//! moment. Pure, so that the same seed tells the same story.

use std::collections::HashMap;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::fixtures::{FOLLOWED, INTEGRATIONS, Integration};
use super::generator::{coming_runs, earlier_runs, first_minute, job, tenant};

/// What kind of rollout to tell of.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How many jobs.
    pub jobs: usize,
    /// Of how many tenants; `None` for as many as suit the jobs.
    pub tenants: Option<usize>,
    /// How fast time passes: 2 is twice as fast.
    pub speed: f64,
    /// What all chance is drawn from.
    pub seed: u64,
    /// The share of jobs that fail, 0 to 1.
    pub fail_rate: f64,
    /// Whether the service misbehaves.
    pub faults: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 24,
            tenants: None,
            speed: 1.0,
            seed: 6,
            fail_rate: 0.15,
            faults: false,
        }
    }
}

/// The most jobs of which earlier runs are told.
const MOST_WITH_PAST: usize = 2_000;

/// A rollout.
#[derive(Debug)]
pub struct Scenario {
    /// The environment it takes place in.
    pub env_id: &'static str,
    /// The jobs that are watched one by one.
    pub jobs: Vec<ScenarioJob>,
    /// The flow that is followed, and the tenants it is followed for.
    pub followed: (&'static str, Vec<String>),
    /// Every run, also those from before and those to come.
    runs: Vec<ScenarioJob>,
    by_root: HashMap<String, usize>,
    by_tenant: HashMap<String, Vec<usize>>,
    /// How fast time passes.
    speed: f64,
}

/// One job of the rollout.
#[derive(Debug, Clone)]
pub struct ScenarioJob {
    /// The flow it belongs to.
    pub flow: &'static str,
    /// The tenant it runs for.
    pub tenant: String,
    /// Its root.
    pub job_root: String,
    /// What a person would call it.
    pub name: String,
    pub(super) id: String,
    pub(super) integration: &'static Integration,
    pub(super) scheduled: bool,
    pub(super) rows: u32,
    /// Seconds between two events within a stage; `None` for a job that says
    /// nothing until its stage is over.
    pub(super) beat: Option<f64>,
    /// Seconds of the story at which each status begins, ascending.
    pub(super) steps: Vec<(f64, &'static str, String)>,
}

impl ScenarioJob {
    pub(super) fn created(&self) -> f64 {
        self.steps[0].0
    }

    pub(super) fn ended(&self) -> f64 {
        self.steps.last().map_or(0.0, |(at, ..)| *at)
    }

    pub(super) fn shift(&mut self, by: f64) {
        for (at, ..) in &mut self.steps {
            *at += by;
        }
    }
}

impl Scenario {
    /// Makes up a rollout. Times count from the story's start; jobs from
    /// before it have negative ones.
    pub fn new(options: &Options) -> Self {
        let mut rng = Rng::with_seed(options.seed);
        // A small rollout is watched job by job; of a larger one, a flow is
        // followed.
        let followed = if options.jobs >= 12 {
            (options.jobs / 4).min(6)
        } else {
            0
        };
        let watched = options.jobs - followed;
        let tenants = options.tenants.unwrap_or((watched * 2).div_ceil(3)).max(1);
        let mut jobs: Vec<ScenarioJob> = (0..watched)
            .map(|number| {
                let tenant = tenant(number % tenants);
                // A rollout is mostly about one flow; the second job of a
                // tenant belongs to another.
                let mut of_tenant = Rng::with_seed(options.seed ^ (number % tenants) as u64);
                let first = if of_tenant.f64() < 0.65 {
                    0
                } else {
                    of_tenant.usize(1..5)
                };
                let flow = (first + number / tenants) % INTEGRATIONS.len();
                job(&mut rng, tenant, &INTEGRATIONS[flow], options.fail_rate)
            })
            .collect();
        if watched >= 12 && options.fail_rate > 0.0 {
            first_minute(&mut jobs);
        }
        let followed: Vec<String> = (0..followed)
            .map(|number| tenant(number % tenants))
            .collect();
        let mut runs = jobs.clone();
        for job in jobs.iter().take(MOST_WITH_PAST) {
            runs.extend(earlier_runs(&mut rng, &job.tenant, job.integration));
        }
        for (number, tenant) in followed.iter().enumerate() {
            // The first of them is new to the flow, and has not begun.
            if number > 0 {
                runs.extend(earlier_runs(&mut rng, tenant, &FOLLOWED));
            }
            runs.extend(coming_runs(
                &mut rng,
                tenant,
                number == 0,
                options.fail_rate,
            ));
        }
        let by_root = runs.iter().map(|run| run.job_root.clone()).zip(0..);
        let by_root = by_root.collect();
        let mut by_tenant: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, run) in runs.iter().enumerate() {
            by_tenant.entry(run.tenant.clone()).or_default().push(at);
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

    /// Its tenants.
    pub fn tenants(&self) -> Vec<&str> {
        let mut tenants: Vec<_> = self.by_tenant.keys().map(String::as_str).collect();
        tenants.sort_unstable();
        tenants
    }

    /// Its flows, by id and name; those that a tenant has, where one is given.
    pub fn flows(&self, tenant: Option<&str>) -> Vec<(&'static str, &'static str)> {
        let all = INTEGRATIONS.iter().chain([&FOLLOWED]);
        all.map(|each| (each.flow, each.name))
            .filter(|(flow, _)| {
                tenant.is_none_or(|tenant| self.runs_of(tenant).any(|run| run.flow == *flow))
            })
            .collect()
    }

    /// The runs of a tenant in a flow that began by `now`, as a listing call
    /// answers them; `None` where the tenant does not have the flow.
    pub fn runs(
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
        let moment = self.moment(start, now);
        let begun = of_flow.filter(|run| run.created() <= moment);
        Some(begun.map(|run| self.status(run, start, now)).collect())
    }

    /// The runs from before the rollout, with the seconds between two events
    /// of each.
    pub fn run_history(&self, start: Timestamp) -> impl Iterator<Item = (serde_json::Value, f64)> {
        let over = self.runs.iter().filter(|run| run.ended() < -3_600.0);
        over.map(move |run| {
            (
                self.status(run, start, start),
                run.beat.unwrap_or(5.0) / self.speed,
            )
        })
    }

    /// The job of a root, if it exists.
    pub fn find(&self, flow: &str, tenant: &str, job_root: &str) -> Option<&ScenarioJob> {
        let run = &self.runs[*self.by_root.get(job_root)?];
        (run.flow == flow && run.tenant == tenant).then_some(run)
    }

    fn runs_of(&self, tenant: &str) -> impl Iterator<Item = &ScenarioJob> {
        let places = self.by_tenant.get(tenant).into_iter().flatten();
        places.map(|at| &self.runs[*at])
    }

    /// The seconds of the story at `now`.
    fn moment(&self, start: Timestamp, now: Timestamp) -> f64 {
        now.duration_since(start).as_secs_f64() * self.speed
    }

    /// The answer of the status call for a job at `now`, of a story that
    /// began at `start`.
    pub fn status(&self, job: &ScenarioJob, start: Timestamp, now: Timestamp) -> serde_json::Value {
        let moment = self.moment(start, now);
        let reached = job.steps.partition_point(|(at, ..)| *at <= moment).max(1);
        let (at, status, message) = &job.steps[reached - 1];
        let is_over = reached == job.steps.len();
        // Within a stage, too, things happen from time to time.
        let event = match job.beat {
            Some(beat) if !is_over && moment > *at => at + ((moment - at) / beat).floor() * beat,
            _ => *at,
        };
        let wall = |scenario: f64| {
            let offset =
                SignedDuration::try_from_secs_f64(scenario / self.speed).unwrap_or_default();
            let at = start.checked_add(offset).unwrap_or(start);
            format!("{at:.6}").replace('Z', "+00:00")
        };
        let times: serde_json::Map<_, _> = job.steps[..reached]
            .iter()
            .map(|(at, status, _)| ((*status).to_owned(), wall(*at).into()))
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
            "status": status,
            "message": message,
            "last_updated": wall(event),
            "status_timestamp": times,
            "scheduled_job": job.scheduled,
            "sync_type": if job.scheduled { "incremental_sync" } else { "full_sync" },
            "processed_rows": if reached >= 4 { job.rows } else { 0 },
        });
        if reached >= 4 {
            answer["metrics"] = json!({"recordCount": {job.integration.name: job.rows}});
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn statuses(options: &Options, after: i64) -> Vec<String> {
        let scenario = Scenario::new(options);
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let now = start + SignedDuration::from_secs(after);
        let status = |job| {
            scenario.status(job, start, now)["status"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        scenario.jobs.iter().map(status).collect()
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
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
    fn a_rollout_has_everything_in_it_and_comes_to_an_end() {
        let options = Options {
            jobs: 400,
            ..Options::default()
        };
        let mut seen: HashSet<_> = HashSet::new();
        for after in (0..=200).step_by(2) {
            seen.extend(statuses(&options, after));
        }
        assert_eq!(seen.len(), 12, "{seen:?}");
        let ended = statuses(&options, 1_000);
        assert!(
            ended
                .iter()
                .all(|status| status == "JOB_COMPLETED" || status.ends_with("FAILED"))
        );
        let failed = ended
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
    fn roots_are_unique_and_speed_shortens_the_story() {
        let scenario = Scenario::new(&Options {
            jobs: 2_000,
            tenants: Some(300),
            ..Options::default()
        });
        let roots: HashSet<_> = scenario.jobs.iter().map(|job| &job.job_root).collect();
        assert_eq!(roots.len(), 1_994);
        assert_eq!(scenario.followed.1.len(), 6);
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
