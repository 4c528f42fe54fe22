use super::*;
use crate::watch::FailureStreak;
mod failed_polls;

use crate::hotglue::{FlowId, JobRoot, TenantId, Text};
use crate::watch::Health;

const ENVIRONMENT: EnvironmentId = EnvironmentId(0);
const NOW: Duration = Duration::from_secs(1);

/// A wait together with what was polled so far.
struct Scene {
    wait: Wait,
    health: BTreeMap<JobId, Health>,
}

impl Scene {
    fn new(jobs: u32, rules: WaitRules) -> Self {
        let job = |number| ExpectedJob {
            id: JobId(number),
            environment: ENVIRONMENT,
            job_root: None,
            since: None,
            may_be_unlinked: false,
        };
        Self {
            wait: Wait::new(rules, (0..jobs).map(job)),
            health: BTreeMap::new(),
        }
    }

    /// A successful poll with a run in this status, created at `created`.
    fn run(&mut self, id: u32, status: &str, created: &str, now: Duration) {
        let answer = format!(r#"{{"status":"{status}","start_time":"{created}"}}"#);
        let snapshot = Snapshot {
            job: Some(Arc::new(Job::decode(&answer).unwrap())),
            address: Some(Arc::new(JobAddress {
                flow: FlowId::parse("f").unwrap(),
                tenant: TenantId::parse("t").unwrap(),
                job_root: JobRoot::parse(&format!("t/flows/f/jobs/{id}")).unwrap(),
            })),
            health: self.succeed(id),
        };
        self.wait.take_snapshot(JobId(id), snapshot, now);
    }

    fn poll(&mut self, id: u32, status: &str) {
        self.run(id, status, "2026-11-24T09:00:00Z", NOW);
    }

    fn succeed(&mut self, id: u32) -> Health {
        let health = self.health.entry(JobId(id)).or_default();
        health.polls += 1;
        health.last_success = Some(Timestamp::UNIX_EPOCH);
        health.failure_streak = None;
        health.clone()
    }

    fn fail(&mut self, id: u32, error: FetchError, now: Duration) {
        let health = self.health.entry(JobId(id)).or_default();
        health.polls += 1;
        health.errors += 1;
        health.failure_streak = Some(FailureStreak {
            since: Timestamp::UNIX_EPOCH,
            count: health
                .failure_streak
                .as_ref()
                .map_or(1, |streak| streak.count + 1),
            error: Arc::new(error),
        });
        let known = self.wait.jobs[&JobId(id)].snapshot.clone();
        let snapshot = Snapshot {
            health: health.clone(),
            ..known.unwrap_or_default()
        };
        self.wait.take_snapshot(JobId(id), snapshot, now);
    }

    fn status(&mut self, status: &EnvironmentStatus, now: Duration) {
        self.wait.take_environment_status(ENVIRONMENT, status, now);
    }

    fn end(&mut self) -> Option<WaitEnd> {
        self.wait.end(NOW)
    }

    fn summary(&self) -> String {
        self.wait.counts(NOW).to_string()
    }
}

fn refused() -> FetchError {
    FetchError::Unauthorized {
        status: 403,
        message: None,
    }
}

fn gone() -> FetchError {
    FetchError::NotFound {
        message: Some(Text::new("job does not exist")),
    }
}

fn gate(condition: &str) -> WaitRules {
    WaitRules {
        conditions: vec![condition.parse().unwrap()],
        ..WaitRules::default()
    }
}

fn outage() -> EnvironmentStatus {
    EnvironmentStatus::Outage {
        since: Timestamp::UNIX_EPOCH,
        error: Arc::new(FetchError::TimedOut),
        next: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn wait_ends_when_all_jobs_have_finished() {
    let mut scene = Scene::new(2, WaitRules::default());
    scene.poll(0, "JOB_COMPLETED");
    assert_eq!(scene.end(), None);
    scene.poll(1, "SYNC_STARTED");
    assert_eq!(scene.end(), None);
    scene.poll(1, "JOB_COMPLETED");
    assert_eq!(scene.end(), Some(WaitEnd::Completed));
    scene.poll(1, "ETL_FAILED");
    assert_eq!(scene.end(), Some(WaitEnd::Failed));
}

#[test]
fn fail_fast_ends_with_the_first_failure() {
    for (fail_fast, wanted) in [(true, Some(WaitEnd::Failed)), (false, None)] {
        let mut scene = Scene::new(
            3,
            WaitRules {
                fail_fast,
                ..WaitRules::default()
            },
        );
        scene.poll(0, "JOB_COMPLETED");
        scene.poll(1, "SYNC_FAILED");
        assert_eq!(scene.end(), wanted);
    }
}

#[test]
fn min_finished_is_enough_and_never_more_than_all() {
    for min_finished in [1, 100] {
        let mut scene = Scene::new(
            2,
            WaitRules {
                min_finished: Some(min_finished),
                ..WaitRules::default()
            },
        );
        assert_eq!(scene.end(), None);
        scene.poll(0, "JOB_COMPLETED");
        assert_eq!(scene.end().is_some(), min_finished == 1);
        scene.poll(1, "JOB_COMPLETED");
        assert_eq!(scene.end(), Some(WaitEnd::Completed));
    }
}

#[test]
fn gate_decides_instead_of_any_failure() {
    let mut scene = Scene::new(4, gate("failed<=25%"));
    scene.poll(0, "SYNC_FAILED");
    for id in 1..4 {
        assert_eq!(scene.end(), None);
        scene.poll(id, "JOB_COMPLETED");
    }
    assert_eq!(scene.end(), Some(WaitEnd::Gate(GateResult::Pass)));
    scene.poll(3, "SYNC_FAILED");
    assert_eq!(scene.end(), Some(WaitEnd::Gate(GateResult::Hold)));
}

#[test]
fn undecided_gate_is_inconclusive_when_the_minimum_has_finished() {
    let mut scene = Scene::new(
        4,
        WaitRules {
            min_finished: Some(2),
            ..gate("failed<=25%")
        },
    );
    scene.poll(0, "JOB_COMPLETED");
    assert_eq!(scene.end(), None);
    scene.poll(1, "JOB_COMPLETED");
    assert_eq!(scene.end(), Some(WaitEnd::Gate(GateResult::Inconclusive)));
    scene.poll(2, "JOB_COMPLETED");
    assert_eq!(scene.end(), Some(WaitEnd::Gate(GateResult::Pass)));
}

#[test]
fn gate_with_confidence_looks_from_the_minimum_on_and_ends_with_the_last_job() {
    let mut scene = Scene::new(
        4,
        WaitRules {
            min_finished: Some(2),
            confidence: Some("95".parse().unwrap()),
            ..gate("failed<=25%")
        },
    );
    for id in 0..4 {
        scene.poll(id, "JOB_COMPLETED");
        let wanted = (id == 3).then_some(WaitEnd::Gate(GateResult::Inconclusive));
        assert_eq!(scene.end(), wanted);
    }
}

#[test]
fn timeout_ends_the_wait_and_leaves_a_gate_inconclusive() {
    for has_gate in [false, true] {
        let mut rules = WaitRules {
            timeout: Some(Duration::from_secs(30)),
            ..WaitRules::default()
        };
        if has_gate {
            rules.conditions = gate("failed<=1%").conditions;
        }
        let mut scene = Scene::new(2, rules);
        scene.poll(0, "JOB_COMPLETED");
        assert_eq!(
            scene.wait.wakes_at(NOW),
            Some(Duration::from_secs(30)),
            "no earlier change by time alone"
        );
        assert_eq!(scene.wait.end(Duration::from_secs(29)), None);
        let end = scene.wait.end(Duration::from_secs(30));
        assert_eq!(end, Some(WaitEnd::TimedOut { has_gate }));
        scene.poll(1, "JOB_COMPLETED");
        let end = scene.wait.end(Duration::from_secs(30)).unwrap();
        assert_eq!(end.exit_code(), 0, "a result counts more than the timeout");
    }
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    for (end, code) in [
        (WaitEnd::Completed, 0),
        (WaitEnd::Failed, 1),
        (WaitEnd::Undetermined, 3),
        (WaitEnd::NothingExpected, 3),
        (WaitEnd::Gate(GateResult::Pass), 0),
        (WaitEnd::Gate(GateResult::Hold), 1),
        (WaitEnd::Gate(GateResult::Inconclusive), 4),
        (WaitEnd::TimedOut { has_gate: false }, 124),
        (WaitEnd::TimedOut { has_gate: true }, 4),
    ] {
        assert_eq!(end.exit_code(), code, "{end:?}");
    }
}

#[test]
fn runs_that_are_not_newer_count_as_not_started() {
    let job = |number| ExpectedJob {
        id: JobId(number),
        environment: ENVIRONMENT,
        job_root: None,
        since: Some("2026-11-24T09:00:00.000000001Z".parse().unwrap()),
        may_be_unlinked: false,
    };
    let mut scene = Scene::new(0, WaitRules::default());
    scene.wait = Wait::new(WaitRules::default(), (0..2).map(job));
    scene.run(0, "JOB_COMPLETED", "2026-11-24T09:00:00Z", NOW);
    scene.run(1, "JOB_COMPLETED", "2026-11-24T09:00:01Z", NOW);
    assert_eq!(scene.end(), None);
    assert_eq!(
        scene.summary(),
        "2 jobs: 1 completed, 0 failed, 1 not started"
    );
}

#[test]
fn tenants_that_do_not_use_the_flow_do_not_count() {
    let job = |number| ExpectedJob {
        id: JobId(number),
        environment: ENVIRONMENT,
        job_root: None,
        since: None,
        may_be_unlinked: true,
    };
    let mut scene = Scene::new(0, WaitRules::default());
    scene.wait = Wait::new(WaitRules::default(), (0..2).map(job));
    scene.fail(0, gone(), NOW);
    scene.poll(1, "JOB_COMPLETED");
    assert_eq!(scene.end(), Some(WaitEnd::Completed));
    assert_eq!(scene.summary(), "1 job: 1 completed, 0 failed");
    scene.fail(1, gone(), NOW);
    assert_eq!(scene.end(), Some(WaitEnd::NothingExpected));
}

#[test]
fn given_job_that_is_the_newest_of_a_tenant_counts_once() {
    let root = |number| JobRoot::parse(&format!("t/flows/f/jobs/{number}")).unwrap();
    let job = |number, job_root| ExpectedJob {
        id: JobId(number),
        environment: ENVIRONMENT,
        job_root,
        since: None,
        may_be_unlinked: false,
    };
    let mut scene = Scene::new(0, WaitRules::default());
    // The second one follows a tenant, whose newest run is job 1 at first.
    scene.wait = Wait::new(WaitRules::default(), [job(0, Some(root(1))), job(1, None)]);
    scene.run(1, "SYNC_STARTED", "2026-11-24T09:00:00Z", NOW);
    assert_eq!(
        scene.summary(),
        "1 job: 0 completed, 0 failed, 1 running",
        "whether or not the given job was polled"
    );
    scene.wait = Wait::new(WaitRules::default(), [job(0, Some(root(0))), job(1, None)]);
    scene.run(0, "SYNC_STARTED", "2026-11-24T09:00:00Z", NOW);
    scene.run(1, "JOB_COMPLETED", "2026-11-24T09:00:00Z", NOW);
    assert_eq!(scene.summary(), "2 jobs: 1 completed, 0 failed, 1 running");
}

#[test]
fn run_from_before_the_start_of_the_rollout_is_not_started() {
    let job = |number| ExpectedJob {
        id: JobId(number),
        environment: ENVIRONMENT,
        job_root: None,
        since: Some("2026-11-24T09:00:00Z".parse().unwrap()),
        may_be_unlinked: false,
    };
    let mut scene = Scene::new(0, WaitRules::default());
    scene.wait = Wait::new(WaitRules::default(), (0..2).map(job));
    scene.run(0, "ETL_FAILED", "2026-11-24T08:59:59Z", NOW);
    scene.run(1, "JOB_COMPLETED", "2026-11-24T09:00:00Z", NOW);
    assert_eq!(scene.end(), None);
    assert_eq!(
        scene.summary(),
        "2 jobs: 1 completed, 0 failed, 1 not started"
    );
}

#[test]
fn every_job_is_counted_once() {
    let mut scene = Scene::new(9, WaitRules::default());
    for (id, status) in [
        "JOB_COMPLETED",
        "ETL_FAILED",
        "JOB_CANCELLED",
        "SYNC_STARTED",
        "JOB_CREATED",
        "SOMETHING_NEW",
    ]
    .into_iter()
    .enumerate()
    {
        scene.poll(u32::try_from(id).unwrap(), status);
    }
    let health = scene.succeed(6);
    let no_run = Snapshot {
        health,
        ..Snapshot::default()
    };
    scene.wait.take_snapshot(JobId(6), no_run, NOW);
    for _ in 0..3 {
        scene.fail(7, gone(), NOW);
    }
    assert_eq!(
        scene.summary(),
        "9 jobs: 1 completed, 1 failed, 1 canceled, 1 running, 1 queued, 1 not started, \
         1 unknown status, 1 pending first poll, 1 undetermined"
    );
}
