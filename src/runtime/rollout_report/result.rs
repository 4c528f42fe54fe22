//! The result of a rollout whose jobs were polled: counts, gate, failure
//! groups, anomalies and ETA.

use std::borrow::Borrow;
use std::sync::Arc;

use jiff::Timestamp;

use super::PolledRollout;
use crate::config::Condition;
use crate::history::Store;
use crate::hotglue::{ErrorClass, Job, Text};
use crate::report::{
    BaselineRecord, ConditionRecord, EtaRecord, GroupRecord, RolloutRecord, RolloutResult,
};
use crate::rollout::{
    ConditionReport, Eta, Evidence, FailureGroup, FlowBaseline, JobFacts, JobProgress, PairedJob,
    RolloutSummary, RunOutcome, TenantRuns, failure_groups,
};
use crate::runtime::forecaster::eta_of_results;
use crate::runtime::poll_once::PollResult;
use crate::watch::EnvironmentId;

impl<S: Borrow<Store>> PolledRollout<'_, S> {
    /// The result so far.
    pub(crate) fn result(&self) -> RolloutResult {
        let follow = self.follow;
        let counts = self.results.values().filter_map(|result| match result {
            PollResult::Run(_, job, _) => Some(JobProgress::from(job.status.state())),
            PollResult::NotStarted => Some(JobProgress::NotStarted),
            PollResult::Failed(_) => Some(JobProgress::Undetermined),
            PollResult::Unlinked => None,
        });
        let paired = self.paired();
        let evidence = |condition: &Condition| Evidence::of(*condition, paired.iter().copied());
        let evidence: Vec<Evidence> = follow.gate.iter().map(evidence).collect();
        let summary = RolloutSummary::new(counts.collect(), &follow.gate, &evidence);
        let anomalies = self.results.values().filter_map(|result| match result {
            PollResult::Run(address, job, polled) => {
                self.past.anomalies(self.env_id, address, job, *polled)
            }
            PollResult::NotStarted | PollResult::Failed(_) | PollResult::Unlinked => None,
        });
        let baseline = self.baseline();
        let failures = baseline.as_ref().map(FlowBaseline::failures);
        let conditions = summary.conditions();
        RolloutResult {
            rollout: RolloutRecord {
                name: follow.name.to_string(),
                flow: follow.flow.to_string(),
                environment: self.environment.to_owned(),
                since: follow.since.map(|since| since.to_string()),
                expected: summary.expected(),
                not_started: summary.not_started(),
                running: summary.running(),
                finished: summary.finished(),
                completed: summary.completed(),
                failed: summary.failed(),
                canceled: summary.canceled(),
                undetermined: summary.undetermined(),
                baseline: failures.map(|(failed, runs)| BaselineRecord { failed, runs }),
            },
            eta: baseline.and_then(|baseline| self.eta(baseline)),
            gate: summary.decisive().map(condition_record),
            gates: match conditions {
                [] | [_] => Vec::new(),
                several => several.iter().map(condition_record).collect(),
            },
            groups: self.groups().iter().map(group_record).collect(),
            anomalies: anomalies.flatten().collect(),
        }
    }

    /// What is typical of the runs before the start.
    pub(super) fn baseline(&self) -> Option<FlowBaseline> {
        let start = self.follow.since.unwrap_or(self.now);
        FlowBaseline::new(&self.past.of_flow(self.env_id, &self.follow.flow, start))
    }

    /// The failure groups of the polled jobs.
    pub(super) fn groups(&self) -> Vec<FailureGroup> {
        failure_groups(self.list.entries.iter().filter_map(|entry| {
            let job: &Arc<Job> = match self.results.get(&entry.target.id)? {
                PollResult::Run(_, job, _) => job,
                PollResult::NotStarted | PollResult::Failed(_) | PollResult::Unlinked => {
                    return None;
                }
            };
            Some(JobFacts {
                id: entry.target.id,
                job,
                tenant: &entry.listed.tenant,
                flow: &entry.listed.flow,
                environment: self.environment,
            })
        }))
    }

    fn eta(&self, baseline: FlowBaseline) -> Option<EtaRecord> {
        let follow = self.follow;
        let flow = (EnvironmentId(follow.environment), &follow.flow, baseline);
        let eta = eta_of_results(self.list, flow, self.results, self.now)?;
        let last = eta.last_job().and_then(|id| self.list.entry(id));
        let last = last.map(|entry| entry.listed.name.clone());
        Some(eta_record(&eta, last, self.now))
    }

    /// The expected jobs beside the runs before the start, where the gate
    /// compares them.
    fn paired(&self) -> Vec<PairedJob> {
        let follow = self.follow;
        if !follow.gate.iter().any(|it| it.needs_baseline()) {
            return Vec::new();
        }
        let before = follow.since.unwrap_or(self.now);
        let paired = self.list.entries.iter().filter_map(|entry| {
            let (outcome, started) = match self.results.get(&entry.target.id)? {
                PollResult::Run(_, job, polled) => (
                    RunOutcome::of(job, Some(*polled)),
                    job.start_time.as_ref().and_then(|start| start.at),
                ),
                PollResult::NotStarted | PollResult::Failed(_) => (RunOutcome::NOT_STARTED, None),
                PollResult::Unlinked => return None,
            };
            let tenant = entry.target.selector.tenant();
            let runs = self
                .past
                .of_tenant(self.env_id, &follow.flow, tenant, before);
            Some(PairedJob {
                outcome,
                medians: TenantRuns::of(&runs).medians(started),
            })
        });
        paired.collect()
    }
}

fn condition_record(report: &ConditionReport) -> ConditionRecord {
    ConditionRecord {
        condition: report.condition.to_string(),
        result: report.result.name(),
        needed: report.needed,
        text: report.to_string(),
    }
}

fn group_record(group: &FailureGroup) -> GroupRecord {
    GroupRecord {
        fingerprint: group.fingerprint.clone(),
        count: group.jobs.len(),
        tenants: group.tenants.iter().map(Text::to_string).collect(),
        example: group.example.clone(),
        remedy: group.error_class.map(ErrorClass::remedy),
        distinguishing: group.distinguishing.clone(),
    }
}

fn eta_record(eta: &Eta, last_job: Option<String>, now: Timestamp) -> EtaRecord {
    // A tenth of a second suggests no precision that it lacks.
    let time = |time: Timestamp| format!("{time:.1}");
    let mut text = eta.label(now, true);
    if let Some(job) = &last_job {
        text.push_str(&format!(", {job} probably last"));
    }
    EtaRecord {
        p50: time(eta.p50),
        p90: time(eta.p90),
        times: (eta.p50, eta.p90),
        last_job,
        started: eta.started,
        not_started: eta.not_started,
        text,
    }
}
