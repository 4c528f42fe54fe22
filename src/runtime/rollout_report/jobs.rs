//! The expected jobs of a report: what each came to, and its stages over time.

use std::borrow::Borrow;
use std::collections::HashMap;

use jiff::Timestamp;

use super::PolledRollout;
use crate::history::{Run, RunStep, Store};
use crate::hotglue::{Job, JobAddress, JobRoot, JobStatus, Stage, State, TenantId, stage_spans};
use crate::report::{JobOutcome, JobRecord, StageRecord};
use crate::rollout::{FlowBaseline, JobProgress, error_line};
use crate::runtime::poll_once::PollResult;
use crate::watch::JobId;

/// The longest error line of a job, in characters.
const LONGEST_MESSAGE: usize = 240;
/// The most recorded runs that are searched for the steps of the jobs.
const MOST_RUNS: u32 = 20_000;

impl<S: Borrow<Store>> PolledRollout<'_, S> {
    /// The expected jobs, with their stages where their times are known.
    pub(super) fn jobs(&self) -> Vec<JobRecord> {
        let baseline = self.baseline();
        let groups: HashMap<JobId, usize> = (1..)
            .zip(self.groups())
            .flat_map(|(number, group)| group.jobs.into_iter().map(move |id| (id, number)))
            .collect();
        let mut steps = self.recorded_steps();
        let jobs = self.list.entries.iter().filter_map(|entry| {
            let tenant = entry.target.selector.tenant();
            Some(match self.results.get(&entry.target.id)? {
                PollResult::Run(address, job, polled) => {
                    let recorded = steps.remove(&address.job_root).unwrap_or_default();
                    let record = job_record(tenant, baseline.as_ref(), (address, job, *polled));
                    JobRecord {
                        group: groups.get(&entry.target.id).copied(),
                        stages: stages(job, recorded, *polled),
                        ..record
                    }
                }
                PollResult::NotStarted => without_run(tenant, JobProgress::NotStarted, None),
                PollResult::Failed(error) => {
                    without_run(tenant, JobProgress::Undetermined, Some(error.clone()))
                }
                PollResult::Unlinked => return None,
            })
        });
        jobs.collect()
    }

    /// The steps of the recorded runs of the flow.
    fn recorded_steps(&self) -> HashMap<JobRoot, Vec<RunStep>> {
        let read = |store: &Store| store.runs(self.env_id, &self.follow.flow, None, MOST_RUNS);
        let runs = self.past.query(read).unwrap_or_default();
        let since = self.follow.since;
        runs.into_iter()
            .filter(|run: &Run| since.is_none_or(|since| run.started >= Some(since)))
            .map(|run| (run.job_root, run.steps))
            .collect()
    }
}

/// A job with a run, without its failure group and its stages.
fn job_record(
    tenant: &TenantId,
    baseline: Option<&FlowBaseline>,
    (address, job, polled): (&JobAddress, &Job, Timestamp),
) -> JobRecord {
    let started = job.start_time.as_ref().and_then(|start| start.at);
    let updated = job.last_updated.as_ref().and_then(|updated| updated.at);
    let state = job.status.state();
    let finished = updated.filter(|_| state.is_finished());
    let end = if state.is_finished() {
        finished
    } else {
        Some(polled)
    };
    let elapsed = started.zip(end);
    let elapsed = elapsed.map(|(start, end)| end.duration_since(start).as_secs().max(0));
    let typical = baseline.map(|baseline| baseline.total(tenant, job.tap.as_ref()));
    let has_failed = matches!(state, State::Failed | State::Cancelled);
    let message = job.message.as_ref().filter(|_| has_failed);
    JobRecord {
        tenant: tenant.to_string(),
        state: JobProgress::from(state).label(),
        status: Some(job.status.to_string()),
        job_root: Some(address.job_root.to_string()),
        started,
        finished,
        elapsed_seconds: elapsed,
        baseline_seconds: typical.map(|typical| typical.p50.as_secs()),
        rows: job.total_rows,
        message: message
            .map(|message| error_line(message.as_str()))
            .filter(|line| !line.is_empty())
            .map(|line| line.chars().take(LONGEST_MESSAGE).collect()),
        group: None,
        stages: Vec::new(),
        outcome: match state {
            State::Completed => JobOutcome::Completed,
            State::Failed | State::Cancelled => JobOutcome::Failed,
            State::Running | State::Queued | State::Unknown => JobOutcome::Running,
        },
    }
}

fn without_run(tenant: &TenantId, progress: JobProgress, message: Option<String>) -> JobRecord {
    JobRecord {
        tenant: tenant.to_string(),
        state: progress.label(),
        status: None,
        job_root: None,
        started: None,
        finished: None,
        elapsed_seconds: None,
        baseline_seconds: None,
        rows: None,
        message,
        group: None,
        stages: Vec::new(),
        outcome: match progress {
            JobProgress::NotStarted => JobOutcome::NotStarted,
            _ => JobOutcome::Undetermined,
        },
    }
}

/// The stages of a job, from the recorded steps, the times in the response, and
/// the status of the poll.
fn stages(job: &Job, recorded: Vec<RunStep>, polled: Timestamp) -> Vec<StageRecord> {
    let mut steps: Vec<(JobStatus, Timestamp)> = recorded
        .into_iter()
        .map(|step| (step.status.clone(), step.time()))
        .collect();
    let started = job.start_time.as_ref().and_then(|start| start.at);
    let updated = job.last_updated.as_ref().and_then(|updated| updated.at);
    let created = started.map(|started| (JobStatus::JobCreated, started));
    // The time of the last event is that of the status for a finished job only.
    let reached = updated.filter(|_| job.status.is_finished());
    let current = (job.status.clone(), reached.unwrap_or(polled));
    let reported = job.status_times().into_iter();
    for (status, time) in created.into_iter().chain(reported).chain([current]) {
        if !steps.iter().any(|(known, _)| *known == status) {
            steps.push((status, time));
        }
    }
    steps.sort_by_key(|(status, time)| (*time, status.order()));
    let spans = stage_spans(steps);
    // A stage of which only the end is known is none.
    let spans = spans.into_iter().filter(|span| span.stage != Stage::Done);
    spans
        .map(|span| StageRecord {
            stage: span.stage.name(),
            from: span.from,
            to: span.to,
            failed: span.failed,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn shown(stages: &[StageRecord]) -> Vec<(&'static str, i64, Option<i64>, bool)> {
        let second = |time: Timestamp| time.as_second() - 1_800_000_000;
        let stages = stages.iter();
        stages
            .map(|it| (it.stage, second(it.from), it.to.map(second), it.failed))
            .collect()
    }

    fn job(status: &str, started: i64, updated: i64) -> Job {
        let (started, updated) = (time(started), time(updated));
        let body = format!(
            r#"{{"status":"{status}","start_time":"{started}","last_updated":"{updated}"}}"#
        );
        Job::decode(&body).unwrap()
    }

    fn step(status: &str, second: i64) -> RunStep {
        RunStep {
            status: JobStatus::parse(status),
            seen: time(second + 1),
            updated: Some(time(second)),
        }
    }

    #[test]
    fn stages_join_what_was_recorded_with_the_last_poll() {
        let recorded = vec![
            step("JOB_CREATED", 0),
            step("SYNC_STARTED", 5),
            step("ETL_STARTED", 30),
        ];
        let failed = stages(&job("ETL_FAILED", 0, 42), recorded.clone(), time(50));
        let before = [("queued", 0, Some(5), false), ("sync", 5, Some(30), false)];
        assert_eq!(shown(&failed)[..2], before);
        assert_eq!(shown(&failed)[2..], [("etl", 30, Some(42), true)]);
        let running = stages(&job("ETL_STARTED", 0, 42), recorded, time(50));
        assert_eq!(shown(&running)[2..], [("etl", 30, None, false)]);
    }

    #[test]
    fn job_that_was_never_recorded_has_the_stages_that_its_response_names() {
        let body = format!(
            r#"{{"status":"JOB_COMPLETED","start_time":"{}","last_updated":"{}",
                "status_timestamp":{{"SYNC_STARTED":"{}","EXPORT_STARTED":"{}"}}}}"#,
            time(0),
            time(40),
            time(10),
            time(30)
        );
        let known = stages(&Job::decode(&body).unwrap(), Vec::new(), time(50));
        assert_eq!(
            shown(&known),
            [
                ("queued", 0, Some(10), false),
                ("sync", 10, Some(30), false),
                ("export", 30, Some(40), false)
            ]
        );
    }

    #[test]
    fn without_times_the_whole_job_is_one_span() {
        let failed = stages(&job("SYNC_FAILED", 0, 9), Vec::new(), time(50));
        assert_eq!(shown(&failed), [("queued", 0, Some(9), true)]);
    }
}
