//! What the watcher learned: recorded in the history immediately, and shown
//! unless the dashboard is frozen.

use std::sync::Arc;

use crate::app::insights::Event;
use crate::app::message::Effect;
use crate::app::model::{Freeze, Model};
use crate::app::overlay::Change;
use crate::history::Observation;
use crate::hotglue::JobStatus;
use crate::watch::{Batch, JobId, Transition};

impl Model {
    /// Records a batch and shows it.
    pub(super) fn watched(&mut self, batch: Batch) -> Vec<Effect> {
        let mut effects = Vec::new();
        let observations = self.observations(&batch);
        if !observations.is_empty() {
            effects.push(Effect::Record(observations));
            self.is_baseline_outdated |= !batch.earlier_jobs.is_empty();
        }
        let updates = self.job_updates(&batch);
        if !updates.is_empty() {
            effects.push(Effect::RecordUpdates(updates));
        }
        self.show_learning(&batch);
        effects.extend(self.refresh_baselines());
        let environments = &self.environments;
        let env_id = |id| Some(environments.get(id)?.env_id().clone());
        let statuses = &batch.environment_statuses;
        let events = self.circuit_log.changes(statuses, env_id, self.now);
        if !events.is_empty() {
            effects.push(Effect::RecordEvents(events));
        }
        for (environment, listed) in &batch.earlier_jobs {
            let address = &listed.address;
            self.run_changed(*environment, &address.flow, &address.tenant);
        }
        match &mut self.freeze {
            Some(freeze) => hold(&mut freeze.held, batch),
            None => effects.extend(self.show(batch)),
        }
        effects
    }

    /// Freezes what is shown, or shows what was held back meanwhile.
    pub(super) fn toggle_freeze(&mut self) -> Vec<Effect> {
        if let Some(freeze) = self.freeze.take() {
            return self.show(freeze.held);
        }
        self.freeze = Some(Freeze {
            at: self.now,
            held: Batch::default(),
        });
        Vec::new()
    }

    /// Shows what was held back of these jobs. They are about to be removed, and
    /// a removal that is undone brings back what was known.
    pub(super) fn show_held(&mut self, ids: &[JobId]) {
        let Some(Freeze { held, .. }) = &mut self.freeze else {
            return;
        };
        let mut batch = Batch::default();
        for id in ids {
            if let Some(snapshot) = held.snapshots.remove(id) {
                batch.snapshots.insert(*id, snapshot);
            }
        }
        let transitions = held.transitions.iter();
        let of_these = transitions.filter(|it| batch.snapshots.contains_key(&it.id));
        batch.transitions = of_these.cloned().collect();
        self.jobs.apply(batch);
    }

    /// Evaluates jobs that were polled or changed against their baselines.
    pub(super) fn evaluate(&mut self, ids: &[JobId]) {
        let mut changed = Vec::new();
        for row in ids.iter().filter_map(|id| self.jobs.get(*id)) {
            let running = || row.running_job();
            let anomaly = self.forecast.update(&row.forecast_job(), running);
            if anomaly != row.anomaly {
                changed.push((row.id, anomaly));
            }
        }
        self.jobs.set_anomalies(changed);
    }

    fn show(&mut self, mut batch: Batch) -> Vec<Effect> {
        for (environment, status) in std::mem::take(&mut batch.environment_statuses) {
            self.environments.set_status(environment, status);
        }
        let mut effects = self.discovered(std::mem::take(&mut batch.discoveries));
        let changed: Vec<_> = batch.snapshots.keys().copied().collect();
        let transitions = batch.transitions.clone();
        self.jobs.apply(batch);
        for transition in &transitions {
            effects.extend(self.show_transition(transition));
        }
        effects.extend(self.judge_rows(&transitions));
        self.evaluate(&changed);
        effects.extend(self.skip_unlinked_tenants(&changed));
        if !transitions.is_empty() {
            self.refresh_overlay(Change::Statuses);
        }
        effects
    }

    fn show_transition(&mut self, transition: &Transition) -> Option<Effect> {
        let row = self.jobs.get(transition.id)?;
        if row.shown_by().is_some() {
            return None;
        }
        let environment = row.environment;
        self.events.push(Event {
            seen: transition.seen,
            job: row.id,
            name: row.name.clone(),
            from: transition.from.clone(),
            to: transition.to.clone(),
        });
        if transition.from.as_ref().and_then(JobStatus::stage) != transition.to.stage() {
            self.jobs.restart_silence(transition.id);
        }
        let address = &transition.address;
        self.run_changed(environment, &address.flow, &address.tenant);
        self.record_transition(transition)
    }

    /// What the history records of a batch.
    fn observations(&self, batch: &Batch) -> Vec<Observation> {
        let env_id = |id| Some(self.environments.get(id)?.env_id().clone());
        let earlier = batch
            .earlier_jobs
            .iter()
            .filter_map(|(environment, listed)| {
                let address = Arc::new(listed.address.clone());
                let env_id = env_id(*environment)?;
                Some(Observation::new(env_id, address, &listed.job, self.now))
            });
        let transitions = batch.transitions.iter().filter_map(|transition| {
            let row = self.jobs.get(transition.id)?;
            let observation = transition.observation(env_id(row.environment)?);
            let left = transition.from.as_ref().and_then(JobStatus::stage);
            Some(
                match left.filter(|left| Some(*left) != transition.to.stage()) {
                    Some(stage) if row.steps.len() > 1 => {
                        let last = transition.updated.zip(row.updated());
                        let last = last.map(|(now, before)| now.duration_since(before));
                        let longest = row.longest_silence.max(last.unwrap_or_default());
                        observation.with_silence(stage, longest)
                    }
                    Some(_) | None => observation,
                },
            )
        });
        earlier.chain(transitions).collect()
    }
}

/// Adds a batch to those held back while the dashboard is frozen.
fn hold(held: &mut Batch, batch: Batch) {
    let Batch {
        snapshots,
        transitions,
        environment_statuses,
        earlier_jobs: _,
        listed: _,
        discoveries,
    } = batch;
    held.snapshots.extend(snapshots);
    held.transitions.extend(transitions);
    held.environment_statuses.extend(environment_statuses);
    held.discoveries.extend(discoveries);
}
