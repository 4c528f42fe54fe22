//! The effects that put a new model into operation.

use crate::app::message::Effect;
use crate::app::model::Model;

/// Connects the environments, watches the jobs, discovers tenants, and queries
/// the history.
pub fn start(model: &Model) -> Vec<Effect> {
    if let Some(effects) = model.start_replay() {
        return effects;
    }
    let mut effects = Vec::new();
    let connections: Vec<_> = model
        .environments
        .iter()
        .map(|entry| (entry.id, entry.config.clone()))
        .collect();
    if !connections.is_empty() {
        effects.push(Effect::Connect(connections, model.settings.limits()));
    }
    let targets: Vec<_> = model.jobs.all().map(|row| model.target(row)).collect();
    if !targets.is_empty() {
        effects.push(Effect::Watch(targets));
    }
    effects.extend(model.follows.discoveries().map(Effect::AddTenantDiscovery));
    effects.push(model.list_effect(true));
    effects.extend(model.query_history());
    effects
}
