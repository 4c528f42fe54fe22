//! What the gates of followed flows compare with the baseline, as of the last
//! change: the header only reads it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::jobs::Row;
use crate::config::Condition;
use crate::hotglue::{FlowId, Job, TenantId};
use crate::rollout::{Evidence, PairedJob, RunOutcome, TenantMedians, TenantRuns};
use crate::watch::{EnvironmentId, FollowId, JobId};

/// The earlier runs of tenants, and what gates conclude from them.
#[derive(Debug, Default)]
pub(crate) struct GateBaselines {
    runs: BTreeMap<(EnvironmentId, FlowId), HashMap<TenantId, TenantRuns>>,
    /// The medians of the runs of each row's tenant before a time.
    medians: HashMap<JobId, (Option<Timestamp>, TenantMedians)>,
    evidence: BTreeMap<FollowId, Vec<Evidence>>,
}

impl GateBaselines {
    /// The evidence of each condition of a followed flow, in their order.
    pub(super) fn evidence(&self, follow: FollowId) -> &[Evidence] {
        self.evidence.get(&follow).map_or(&[], Vec::as_slice)
    }

    /// Takes the earlier runs of the tenants of a flow.
    pub(super) fn set_runs(
        &mut self,
        environment: EnvironmentId,
        flow: FlowId,
        runs: HashMap<TenantId, TenantRuns>,
    ) {
        self.medians.clear();
        self.runs.insert((environment, flow), runs);
    }

    /// Takes the evidence of the conditions of a followed flow from its rows.
    pub(super) fn compare<'a>(
        &mut self,
        follow: FollowId,
        since: Option<Timestamp>,
        conditions: &[Condition],
        rows: impl Iterator<Item = &'a Row>,
    ) {
        let paired: Vec<PairedJob> = rows.map(|row| self.paired(row, since)).collect();
        let of = |condition: &Condition| Evidence::of(*condition, paired.iter().copied());
        self.evidence
            .insert(follow, conditions.iter().map(of).collect());
    }

    fn paired(&mut self, row: &Row, since: Option<Timestamp>) -> PairedJob {
        let is_current = |job: &&Job| since.is_none_or(|since| job.has_begun_since(since));
        let (outcome, started) = match row.job().filter(is_current) {
            Some(job) => {
                let polled = row.snapshot.health.last_success;
                (RunOutcome::of(job, polled), row.started())
            }
            None => (RunOutcome::NOT_STARTED, None),
        };
        let before = since.or(started);
        let known = self.medians.get(&row.id);
        if let Some((_, medians)) = known.filter(|(time, _)| *time == before) {
            let medians = *medians;
            return PairedJob { outcome, medians };
        }
        let flow = (row.environment, row.selector.flow().clone());
        let runs = self.runs.get(&flow);
        let runs = runs.and_then(|runs| runs.get(row.selector.tenant()));
        let medians = runs.map_or_else(TenantMedians::default, |it| it.medians(before));
        self.medians.insert(row.id, (before, medians));
        PairedJob { outcome, medians }
    }
}
