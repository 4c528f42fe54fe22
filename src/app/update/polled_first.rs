//! Which jobs are polled first: those that the user looks at.

use crate::app::message::Effect;
use crate::app::model::Model;
use crate::watch::JobId;

impl Model {
    /// Requests that the jobs in the window and the selected one are polled
    /// first, where they have changed. Costs as much as the window has lines,
    /// and nothing while the rate limit delays no poll.
    pub(super) fn poll_first(&mut self) -> Option<Effect> {
        let first = if self.stretched_interval().is_some() {
            self.jobs_in_view()
        } else {
            Vec::new()
        };
        if first == self.polled_first {
            return None;
        }
        self.polled_first.clone_from(&first);
        Some(Effect::PollFirst(first))
    }

    fn jobs_in_view(&self) -> Vec<JobId> {
        let selected = self.jobs.selected().map(|row| row.id);
        // The matrix shows all jobs, so that none of them comes first.
        let shown = (!self.matrix).then(|| self.jobs.windowed().map(|row| row.id));
        let mut jobs: Vec<JobId> = shown.into_iter().flatten().chain(selected).collect();
        // In another order they are the same jobs.
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }
}
