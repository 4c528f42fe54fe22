//! The result of a rollout so far: the one source of its counts and its gate
//! for every place that shows them.

use super::gate::{ConditionReport, Evidence, Gate, GateInput, GateResult};
use super::progress::{JobProgress, ProgressCounts};
use crate::config::Condition;

/// The counts of the expected set, and what the gate came to.
///
/// The expected jobs are those that have not started, are running, have
/// finished, or are undetermined; the finished ones completed or failed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RolloutSummary {
    counts: ProgressCounts,
    gate: Vec<ConditionReport>,
}

impl RolloutSummary {
    /// Summarizes the expected jobs, and evaluates the conditions on them;
    /// those on rows and durations by the evidence of each condition.
    pub(crate) fn new(
        counts: ProgressCounts,
        conditions: &[Condition],
        evidence: &[Evidence],
    ) -> Self {
        let input = GateInput::of(&counts);
        let mut gate = Gate::new(conditions.to_vec(), None, 0);
        gate.set_evidence(evidence);
        gate.observe(input);
        let gate = gate.report(input);
        Self { counts, gate }
    }

    /// The expected jobs.
    pub(crate) fn expected(&self) -> usize {
        self.counts.total()
    }

    /// The expected jobs without a run since the start.
    pub(crate) fn not_started(&self) -> usize {
        self.counts.of(JobProgress::NotStarted)
    }

    /// The jobs that have started and not finished, queued ones included.
    pub(crate) fn running(&self) -> usize {
        let started = [
            JobProgress::Running,
            JobProgress::Queued,
            JobProgress::Unknown,
        ];
        started
            .map(|progress| self.counts.of(progress))
            .iter()
            .sum()
    }

    /// The jobs that completed or failed.
    pub(crate) fn finished(&self) -> usize {
        self.counts.finished()
    }

    /// The jobs that completed.
    pub(crate) fn completed(&self) -> usize {
        self.counts.of(JobProgress::Completed)
    }

    /// The jobs that failed. A canceled one is among them: its tenant has not
    /// got what the rollout was to bring.
    pub(crate) fn failed(&self) -> usize {
        self.counts.failures()
    }

    /// The canceled jobs among the failed ones.
    pub(crate) fn canceled(&self) -> usize {
        self.counts.of(JobProgress::Canceled)
    }

    /// The jobs whose state is not known.
    pub(crate) fn undetermined(&self) -> usize {
        self.counts.of(JobProgress::Pending) + self.counts.of(JobProgress::Undetermined)
    }

    /// What each condition of the gate came to.
    pub(crate) fn conditions(&self) -> &[ConditionReport] {
        &self.gate
    }

    /// The condition that decides the gate, if there is a gate: one that holds,
    /// else one that is inconclusive and needs the most, else one that passes.
    pub(crate) fn decisive(&self) -> Option<&ConditionReport> {
        let rank = |report: &&ConditionReport| match report.result {
            GateResult::Hold => (2, 0),
            GateResult::Inconclusive => (1, report.needed.unwrap_or(u64::MAX)),
            GateResult::Pass => (0, 0),
        };
        // Of equal ones the first.
        self.gate.iter().rev().max_by_key(rank)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn summary(jobs: &[(JobProgress, usize)], gate: &[&str]) -> RolloutSummary {
        let jobs = jobs
            .iter()
            .flat_map(|(progress, count)| std::iter::repeat_n(*progress, *count));
        let conditions: Vec<Condition> = gate.iter().map(|it| it.parse().unwrap()).collect();
        RolloutSummary::new(jobs.collect(), &conditions, &[])
    }

    #[test]
    fn canceled_jobs_count_as_failed_and_decide_the_gate() {
        let jobs = [
            (JobProgress::Completed, 90),
            (JobProgress::Canceled, 3),
            (JobProgress::NotStarted, 7),
        ];
        let summary = summary(&jobs, &["failed<20", "failed<=2%", "failed<=5%"]);
        assert_eq!((summary.failed(), summary.canceled()), (3, 3));
        let decisive = summary.decisive().unwrap();
        assert_eq!(decisive.condition.to_string(), "failed<=2%");
        assert_eq!(decisive.result, GateResult::Hold);
    }

    #[test]
    fn condition_that_needs_the_most_decides_while_none_holds() {
        let jobs = [(JobProgress::Completed, 50), (JobProgress::Running, 50)];
        let summary = summary(&jobs, &["failed<=40%", "failed<=2%", "failed<=60%"]);
        let decisive = summary.decisive().unwrap();
        assert_eq!(decisive.condition.to_string(), "failed<=2%");
        assert_eq!(
            (decisive.result, decisive.needed),
            (GateResult::Inconclusive, Some(48))
        );
        let needs_less = summary.conditions()[0];
        assert_eq!(needs_less.needed, Some(10));
    }

    #[test]
    fn without_conditions_there_is_no_gate() {
        assert_eq!(summary(&[(JobProgress::Failed, 1)], &[]).decisive(), None);
    }

    proptest! {
        #[test]
        fn counts_add_up_to_the_expected_set(counts in prop::array::uniform9(0_usize..20)) {
            let jobs: Vec<_> = JobProgress::ALL.into_iter().zip(counts).collect();
            let summary = summary(&jobs, &["failed<=2%"]);
            let parts = summary.not_started()
                + summary.running()
                + summary.finished()
                + summary.undetermined();
            prop_assert_eq!(parts, summary.expected());
            prop_assert_eq!(summary.completed() + summary.failed(), summary.finished());
            prop_assert!(summary.canceled() <= summary.failed());
        }
    }
}
