//! Learning baselines from the listings of followed flows.

use std::collections::HashSet;

use crate::app::detail::Severity;
use crate::app::input::{Action, Polling};
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::watch::{Batch, FollowId, JobId};

impl Model {
    /// Lists the jobs of the followed flows without a baseline again; of the
    /// selected row's flow where all have one.
    pub(in crate::app::update) fn learn(&mut self) -> Vec<Effect> {
        let without: HashSet<FollowId> = self
            .follows
            .iter()
            .filter(|(_, followed)| {
                let flow = &followed.flow;
                !self.learning.has_baseline(flow.environment, &flow.flow)
            })
            .map(|(id, _)| id)
            .collect();
        let selected = self.jobs.selected().and_then(Row::latest_follow);
        let is_chosen = |follow: FollowId| {
            without.contains(&follow) || (without.is_empty() && selected == Some(follow))
        };
        let rows = self
            .jobs
            .all()
            .filter(|row| row.follows.iter().any(|follow| is_chosen(follow.id)));
        let rows: Vec<JobId> = rows.map(|row| row.id).collect();
        if rows.is_empty() {
            let text = "nothing to learn: select a row of a followed flow";
            self.notify(Severity::Plain, text);
            return Vec::new();
        }
        let chosen = self.follows.iter().map(|(id, _)| id);
        self.learning
            .begin(chosen.filter(|id| is_chosen(*id)).collect(), &rows);
        self.notify(
            Severity::Plain,
            format!("learning: 0 of {} tenants", rows.len()),
        );
        vec![Effect::Learn(rows)]
    }

    /// Shows the progress of learning. Each listing may change the baselines.
    pub(in crate::app::update) fn show_learning(&mut self, batch: &Batch) {
        let failed = batch
            .snapshots
            .iter()
            .filter_map(|(id, snapshot)| snapshot.health.failure_streak.as_ref().map(|_| *id));
        let rows = batch.listed.iter().copied().chain(failed);
        match self.learning.listed(rows) {
            Some((count, total)) if count == total => {
                let text = format!("learning finished: {total} tenants");
                self.notify(Severity::Plain, text);
            }
            Some((count, total)) => {
                self.notify(
                    Severity::Plain,
                    format!("learning: {count} of {total} tenants"),
                );
            }
            None => {}
        }
        self.is_baseline_outdated |= !batch.listed.is_empty();
    }

    /// Offers to learn the baseline of a followed flow that has none although
    /// its tenants were polled.
    pub(in crate::app::update) fn offer_learning(&mut self) {
        let mut pending: HashSet<FollowId> = HashSet::new();
        let mut polled: HashSet<FollowId> = HashSet::new();
        for row in self.jobs.all() {
            let is_polled = row.snapshot.health.last_poll.is_some();
            for follow in &row.follows {
                if is_polled { &mut polled } else { &mut pending }.insert(follow.id);
            }
        }
        let follows = self.follows.iter().filter(|(id, followed)| {
            let flow = &followed.flow;
            polled.contains(id)
                && !pending.contains(id)
                && !self.learning.has_baseline(flow.environment, &flow.flow)
        });
        let follows: Vec<_> = follows
            .map(|(id, followed)| (id, followed.flow.name.one_line()))
            .collect();
        for (id, name) in follows {
            if self.learning.offer(id) {
                let text = format!("no baseline for {name}: {} learns it", self.learn_key());
                self.notify(Severity::Plain, text);
            }
        }
    }

    /// What stays in place of the ETA of a rollout while learning its baseline
    /// is offered: until the user begins it, or there is one.
    pub(crate) fn learning_offer(&self, follow: FollowId) -> Option<String> {
        let flow = &self.follows.get(follow)?.flow;
        let is_missing = !self.learning.has_baseline(flow.environment, &flow.flow);
        (is_missing && self.learning.is_offered(follow))
            .then(|| format!("no baseline: {} learns it", self.learn_key()))
    }

    /// The key, or the command without one, that learns baselines.
    fn learn_key(&self) -> String {
        let action = Action::Poll(Polling::Learn);
        match self.keymap.keys(action).first() {
            Some(key) => key.clone(),
            None => format!(":{}", action.name()),
        }
    }
}
