//! Tests of polls that fail during a wait.

use super::super::job::{OUTAGE_LIMIT, RETRY_AFTER, START_LIMIT};
use super::*;

#[test]
fn rejected_job_is_given_up_after_three_polls_in_a_row() {
    for error in [refused(), gone(), FetchError::NoSuchPath] {
        let mut scene = Scene::new(1, WaitRules::default());
        scene.poll(0, "SYNC_STARTED");
        for _ in 0..2 {
            scene.fail(0, error.clone(), NOW);
            assert_eq!(scene.end(), None);
            assert_eq!(scene.wait.take_retries(NOW), []);
            let retry_at = scene.wait.wakes_at(NOW).unwrap();
            assert_eq!(retry_at, NOW + RETRY_AFTER);
            assert_eq!(scene.wait.take_retries(retry_at), [JobId(0)]);
            assert_eq!(scene.wait.take_retries(retry_at), []);
        }
        scene.fail(0, error, NOW);
        assert_eq!(scene.end(), Some(WaitEnd::Undetermined));
        assert_eq!(scene.wait.wakes_at(NOW), None, "no further retry");
    }
}

#[test]
fn rejections_must_be_in_a_row() {
    let mut scene = Scene::new(1, WaitRules::default());
    scene.fail(0, refused(), NOW);
    scene.fail(0, refused(), NOW);
    scene.fail(0, FetchError::Interrupted, NOW);
    scene.fail(0, refused(), NOW);
    scene.poll(0, "SYNC_STARTED");
    scene.fail(0, refused(), NOW);
    scene.fail(0, refused(), NOW);
    assert_eq!(scene.end(), None);
}

#[test]
fn successful_poll_takes_a_job_back() {
    let mut scene = Scene::new(2, WaitRules::default());
    scene.poll(1, "SYNC_STARTED");
    for _ in 0..4 {
        scene.fail(0, refused(), NOW);
    }
    assert_eq!(scene.end(), None, "the other job is still running");
    assert_eq!(scene.wait.counts(NOW).of(JobProgress::Undetermined), 1);
    scene.poll(0, "SYNC_STARTED");
    assert_eq!(scene.wait.counts(NOW).of(JobProgress::Running), 2);
    scene.poll(0, "JOB_COMPLETED");
    scene.poll(1, "JOB_COMPLETED");
    assert_eq!(scene.end(), Some(WaitEnd::Completed));
}

#[test]
fn undetermined_job_does_not_end_the_wait_for_the_others() {
    for (status, wanted) in [
        ("JOB_COMPLETED", WaitEnd::Undetermined),
        ("ETL_FAILED", WaitEnd::Failed),
    ] {
        let mut scene = Scene::new(2, WaitRules::default());
        for _ in 0..3 {
            scene.fail(0, gone(), NOW);
        }
        assert_eq!(scene.end(), None);
        scene.poll(1, status);
        assert_eq!(scene.end(), Some(wanted));
    }
}

#[test]
fn one_refusal_does_not_stop_a_wait_although_it_stops_the_environment() {
    let mut scene = Scene::new(3, WaitRules::default());
    let status = EnvironmentStatus::Unauthorized {
        since: Timestamp::UNIX_EPOCH,
        error: Arc::new(refused()),
        next: Timestamp::UNIX_EPOCH,
    };
    scene.fail(0, refused(), NOW);
    scene.status(&status, NOW);
    assert_eq!(scene.end(), None);
    scene.fail(0, refused(), NOW);
    scene.fail(0, refused(), NOW);
    assert_eq!(scene.end(), Some(WaitEnd::Undetermined));
    let jobs: Vec<_> = scene.wait.jobs(NOW).collect();
    assert!(
        jobs.iter().all(|(_, job)| job.error == Some(&refused())),
        "jobs that were not polled share the environment's error"
    );
    scene.poll(0, "SYNC_STARTED");
    scene.status(&EnvironmentStatus::Closed, NOW);
    assert_eq!(scene.end(), None, "the environment is taken back");
}

#[test]
fn finished_jobs_stay_finished_whatever_later_polls_meet() {
    let mut scene = Scene::new(1, WaitRules::default());
    scene.poll(0, "JOB_COMPLETED");
    for _ in 0..5 {
        scene.fail(0, refused(), NOW);
    }
    assert_eq!(scene.end(), Some(WaitEnd::Completed));
    let (_, job) = scene.wait.jobs(NOW).next().unwrap();
    assert_eq!(job.error, None);
}

#[test]
fn job_that_answered_is_given_up_after_five_minutes_without_an_answer() {
    let mut scene = Scene::new(1, WaitRules::default());
    scene.poll(0, "SYNC_STARTED");
    for second in 2..5 {
        scene.fail(0, FetchError::TimedOut, Duration::from_secs(second));
    }
    let limit = NOW + OUTAGE_LIMIT;
    assert_eq!(scene.wait.wakes_at(NOW), Some(limit));
    assert_eq!(scene.wait.end(limit / 2), None);
    assert_eq!(scene.wait.end(limit), Some(WaitEnd::Undetermined));
}

#[test]
fn job_that_never_answered_is_given_up_after_three_failures() {
    let mut scene = Scene::new(1, WaitRules::default());
    scene.fail(0, FetchError::TimedOut, NOW);
    scene.fail(0, FetchError::TimedOut, NOW);
    assert_eq!(scene.end(), None);
    scene.fail(0, FetchError::TimedOut, NOW);
    assert_eq!(scene.end(), Some(WaitEnd::Undetermined));
}

#[test]
fn outage_gives_up_all_jobs_soon_at_the_start_and_late_afterwards() {
    for (has_answered, limit) in [(false, START_LIMIT), (true, OUTAGE_LIMIT)] {
        let mut scene = Scene::new(50, WaitRules::default());
        if has_answered {
            scene.poll(0, "SYNC_STARTED");
        }
        scene.fail(1, FetchError::TimedOut, NOW);
        scene.status(&outage(), NOW);
        assert_eq!(scene.wait.wakes_at(NOW), Some(NOW + limit));
        assert_eq!(scene.wait.end(NOW + limit / 2), None);
        scene.status(&outage(), NOW + limit / 2);
        assert_eq!(scene.wait.end(NOW + limit), Some(WaitEnd::Undetermined));
        scene.status(&EnvironmentStatus::Closed, NOW + limit);
        assert_eq!(scene.wait.end(NOW + limit), None);
    }
}
