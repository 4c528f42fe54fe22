//! The story of a rollout: which jobs there are, and where each stands at any
//! moment. Pure, so that the same seed tells the same story.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::vocabulary::{
    DISCOVER_FAILURES, ETL_FAILURES, EXPORT_FAILURES, INTEGRATIONS, Integration, SYNC_FAILURES,
    TENANTS,
};

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
            seed: 4,
            fail_rate: 0.15,
            faults: false,
        }
    }
}

/// A rollout.
#[derive(Debug)]
pub struct Story {
    /// The environment it takes place in.
    pub env_id: &'static str,
    /// Its jobs.
    pub jobs: Vec<StoryJob>,
    /// How fast time passes.
    speed: f64,
}

/// One job of the rollout.
#[derive(Debug)]
pub struct StoryJob {
    /// The flow it belongs to.
    pub flow: &'static str,
    /// The tenant it runs for.
    pub tenant: String,
    /// Its root.
    pub job_root: String,
    /// What a person would call it.
    pub name: String,
    id: String,
    integration: &'static Integration,
    scheduled: bool,
    rows: u32,
    /// Seconds of the story at which each status begins, ascending.
    steps: Vec<(f64, &'static str, String)>,
}

impl Story {
    /// Makes up a rollout. Times count from the story's start; jobs from
    /// before it have negative ones.
    pub fn new(options: &Options) -> Self {
        let mut rng = Rng::with_seed(options.seed);
        let tenants = options
            .tenants
            .unwrap_or((options.jobs * 2).div_ceil(3))
            .max(1);
        let jobs = (0..options.jobs)
            .map(|number| {
                let tenant = TENANTS[number % tenants % TENANTS.len()];
                let round = (number % tenants) / TENANTS.len();
                let tenant = if round == 0 {
                    tenant.to_owned()
                } else {
                    format!("{tenant}-{}", round + 1)
                };
                // A rollout is mostly about one flow; the second job of a
                // tenant belongs to another.
                let mut of_tenant = Rng::with_seed(options.seed ^ (number % tenants) as u64);
                let first = if of_tenant.f64() < 0.65 {
                    0
                } else {
                    of_tenant.usize(1..5)
                };
                let flow = (first + number / tenants) % INTEGRATIONS.len();
                job(&mut rng, tenant, &INTEGRATIONS[flow], options)
            })
            .collect();
        Self {
            env_id: "demo.hgtop.example",
            jobs,
            speed: options.speed,
        }
    }

    /// The job of a root, if it exists.
    pub fn find(&self, flow: &str, tenant: &str, job_root: &str) -> Option<&StoryJob> {
        self.jobs
            .iter()
            .find(|job| job.job_root == job_root && job.flow == flow && job.tenant == tenant)
    }

    /// The answer of the status call for a job at `now`, of a story that
    /// began at `start`.
    pub fn status(&self, job: &StoryJob, start: Timestamp, now: Timestamp) -> serde_json::Value {
        let moment = now.duration_since(start).as_secs_f64() * self.speed;
        let reached = job.steps.partition_point(|(at, ..)| *at <= moment).max(1);
        let (at, status, message) = &job.steps[reached - 1];
        let wall = |story: f64| {
            let offset = SignedDuration::try_from_secs_f64(story / self.speed).unwrap_or_default();
            let at = start.checked_add(offset).unwrap_or(start);
            format!("{at:.6}").replace('Z', "+00:00")
        };
        let mut answer = json!({
            "job_id": job.id,
            "env_id": self.env_id,
            "job_name": format!("{}:{}", job.integration.name, job.id),
            "tenant": job.tenant,
            "started_by": if job.scheduled { "schedule" } else { "rollout" },
            "flow": job.flow,
            "s3_root": job.job_root,
            "start_time": wall(job.steps[0].0),
            "state": {"bookmarks": {"invoices": {"replication_key": "updated_at"}}},
            "tap": job.integration.tap,
            "target": job.integration.target,
            "status": status,
            "message": message,
            "last_updated": wall(*at),
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

fn job(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    options: &Options,
) -> StoryJob {
    let id: String = std::iter::repeat_with(|| rng.alphanumeric())
        .take(6)
        .collect();
    let scheduled = rng.f64() < 0.4;
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
    let fails = rng.f64() < options.fail_rate;
    let mut steps = steps(rng, integration, fails);
    let length = steps.last().map_or(0.0, |(at, ..)| *at);
    // A third is over when the story begins, half is under way, and the rest
    // waits for an executor.
    let start = match rng.f64() {
        part if part < 0.30 => -length - 30.0 - rng.f64() * 2_400.0,
        part if part < 0.75 => -length * rng.f64() * 0.8,
        _ => {
            let wait = rng.f64() * 40.0;
            for (at, ..) in &mut steps[1..] {
                *at += wait;
            }
            -rng.f64() * 10.0
        }
    };
    for (at, ..) in &mut steps {
        *at += start;
    }
    let rows = rng.u32(40..90_000);
    StoryJob {
        flow: integration.flow,
        name: format!("{tenant} {}", integration.name),
        tenant,
        job_root,
        id,
        integration,
        scheduled,
        rows,
        steps,
    }
}

/// The statuses a job goes through, from its creation at 0.
fn steps(
    rng: &mut Rng,
    integration: &Integration,
    fails: bool,
) -> Vec<(f64, &'static str, String)> {
    let discovers = rng.f64() < 0.5;
    // Scripts fail more often than the rest.
    let failing_stage = match rng.u8(0..10) {
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
    for (stage, failures, usual, [started, failed, succeeded]) in stages {
        if stage == "discover" && !discovers {
            continue;
        }
        steps.push((at, started, String::new()));
        // Most take about as long as usual, some much longer.
        let slow = if rng.f64() < 0.08 { 4.0 } else { 1.0 };
        at += usual * slow * (0.4 + rng.f64() * 1.2);
        if fails && stage == failing_stage {
            let message = failures[rng.usize(0..failures.len())]
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn statuses(options: &Options, after: i64) -> Vec<String> {
        let story = Story::new(options);
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let now = start + SignedDuration::from_secs(after);
        let status = |job| {
            story.status(job, start, now)["status"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        story.jobs.iter().map(status).collect()
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
        let story = Story::new(&Options {
            jobs: 2_000,
            tenants: Some(300),
            ..Options::default()
        });
        let roots: HashSet<_> = story.jobs.iter().map(|job| &job.job_root).collect();
        assert_eq!(roots.len(), 2_000);
        let tenants: HashSet<_> = story.jobs.iter().map(|job| &job.tenant).collect();
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
