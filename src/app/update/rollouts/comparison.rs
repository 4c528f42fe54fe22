//! The comparison of a rollout: its runs are read from the history, then
//! compared off the UI thread.

use crate::app::detail::Severity;
use crate::app::message::{ComparisonTask, Effect};
use crate::app::model::Model;
use crate::app::overlay::{ComparedRollout, ComparisonOverlay, Overlay};
use crate::history::{HistoryQuery, RolloutRuns};
use crate::hotglue::Job;
use crate::rollout::{ComparedMetric, UnfinishedRun};

/// Opens the comparison of the selected row's rollout, else of the one that the
/// header shows.
pub(in crate::app::update) fn open(model: &mut Model) -> Vec<Effect> {
    match selected_rollout(model) {
        Ok(rollout) => request(model, rollout),
        Err(text) => {
            model.notify(Severity::Plain, text);
            Vec::new()
        }
    }
}

/// The rollout that the selected row belongs to, else the one that the header
/// shows; or why there is none.
fn selected_rollout(model: &Model) -> Result<ComparedRollout, &'static str> {
    let row = model.jobs.selected().ok_or("no job is selected")?;
    let flows = model.follows.iter().map(|(_, followed)| &followed.flow);
    let mut of_row = flows
        .filter(|follow| {
            let tenants = follow.tenants.as_ref();
            follow.environment == row.environment
                && follow.flow == *row.selector.flow()
                && tenants.is_none_or(|tenants| tenants.contains(row.selector.tenant()))
        })
        .peekable();
    let started = if of_row.peek().is_some() {
        of_row.find_map(|follow| Some((follow, follow.since?)))
    } else {
        let shown = model
            .shown_rollout()
            .ok_or("this job belongs to no followed flow, so there is no rollout to compare")?;
        shown.flow.since.map(|since| (shown.flow, since))
    };
    let (follow, since) =
        started.ok_or("the rollout has no start: set since for the followed flow")?;
    Ok(ComparedRollout {
        name: follow.name.clone(),
        environment: follow.environment,
        flow: follow.flow.clone(),
        tenants: follow.tenants.clone(),
        since,
        by_version: false,
    })
}

/// Requests a comparison, which replaces the one that is shown.
pub(in crate::app::update) fn request(model: &mut Model, rollout: ComparedRollout) -> Vec<Effect> {
    let Some(environment) = model.environments.get(rollout.environment) else {
        return Vec::new();
    };
    let query = HistoryQuery::RolloutRuns {
        env_id: environment.env_id().clone(),
        flow: rollout.flow.clone(),
        since: rollout.since,
    };
    model.overlay = Some(ComparisonOverlay::new(rollout, model.now).into());
    vec![Effect::HistoryQuery(query)]
}

/// Requests the computation once the history has been read.
pub(in crate::app::update) fn runs_read(model: &Model, runs: RolloutRuns) -> Vec<Effect> {
    let Some(Overlay::Comparison(shown)) = &model.overlay else {
        return Vec::new();
    };
    let rollout = &shown.rollout;
    if rollout.flow != runs.flow || rollout.since != runs.since {
        return Vec::new();
    }
    let unfinished = model.jobs.all().filter_map(|row| {
        let created = row.job()?.start_time.as_ref()?.at?;
        let is_of = row.environment == rollout.environment && *row.selector.flow() == rollout.flow;
        let is_unfinished = created >= rollout.since && !row.state().is_finished();
        (is_of && is_unfinished).then(|| UnfinishedRun {
            tenant: row.selector.tenant().clone(),
            tap_version: row.job().and_then(Job::tap_version),
            started: created,
        })
    });
    let task = ComparisonTask {
        requested: shown.requested,
        unfinished: unfinished.collect(),
        tenants: rollout.tenants.clone(),
        by_version: rollout.by_version,
        runs,
        now: model.now,
    };
    vec![Effect::Compare(Box::new(task))]
}

/// Shows a comparison that was computed, unless another one was requested
/// since.
pub(in crate::app::update) fn compared(
    model: &mut Model,
    requested: jiff::Timestamp,
    metrics: Vec<ComparedMetric>,
) {
    if let Some(Overlay::Comparison(shown)) = &mut model.overlay
        && shown.requested == requested
    {
        shown.selected = shown.selected.min(metrics.len().saturating_sub(1));
        shown.metrics = Some(metrics);
    }
}
