//! Judges polled jobs by the earlier runs of their tenants and flows.

use std::borrow::Borrow;
use std::rc::Rc;

use jiff::Timestamp;

use super::past_runs::PastRuns;
use crate::history::Store;
use crate::hotglue::{EnvId, Job, JobAddress, State};
use crate::report::AnomalyRecord;
use crate::rollout::{
    FlowBaseline, PastRows, RunningJob, can_judge_rows, judge_rows, judge_running,
};

impl<S: Borrow<Store>> PastRuns<S> {
    /// The deviations of a job from earlier runs at the time of its poll; `None`
    /// where too few of those are known.
    pub(crate) fn anomalies(
        &self,
        env_id: &EnvId,
        address: &JobAddress,
        job: &Job,
        polled: Timestamp,
    ) -> Option<Vec<AnomalyRecord>> {
        let JobAddress { flow, tenant, .. } = address;
        if let Some(running) = RunningJob::of(job, polled) {
            let baseline: Rc<FlowBaseline> = self.baseline(env_id, flow)?;
            let anomaly = judge_running(running, tenant, job.tap.as_ref(), &baseline);
            return Some(anomaly.iter().map(|it| it.record(tenant)).collect());
        }
        let is_completed = job.status.state() == State::Completed;
        let rows = job.rows().filter(|_| is_completed)?;
        let started = job.start_time.as_ref().and_then(|start| start.at);
        let started = started.unwrap_or(polled);
        let past = PastRows::of(&self.of_tenant(env_id, flow, tenant, started));
        let anomaly = judge_rows(&rows, started, &past);
        let is_judged = anomaly.is_some() || can_judge_rows(&past);
        is_judged.then(|| anomaly.iter().map(|it| it.record(tenant)).collect())
    }
}
