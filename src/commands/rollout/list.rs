//! `hgtop rollout list`: lists the rollouts of the config file.

use serde::Serialize;

use super::super::{CliError, Exit, output};
use crate::cli::{Global, RolloutList};
use crate::config::{self, Condition, config_path};
use crate::hotglue::TenantId;
use crate::report::Table;

/// A rollout of the config file.
#[derive(Serialize)]
struct ListedRollout {
    name: String,
    flow: String,
    environment: String,
    since: String,
    tenants: Tenants,
    gate: Vec<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tenants {
    All(&'static str),
    Named(Vec<String>),
}

impl Tenants {
    fn label(&self) -> String {
        match self {
            Self::All(_) => "all".to_owned(),
            Self::Named(names) => names.len().to_string(),
        }
    }
}

pub(super) fn run(global: &Global, options: &RolloutList) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let rollouts = config.follows.iter().filter_map(|follow| {
        Some(ListedRollout {
            name: follow.name.to_string(),
            flow: follow.flow.to_string(),
            environment: config.environments[follow.environment].name.to_string(),
            since: follow.since?.to_string(),
            tenants: match &follow.tenants {
                None => Tenants::All("*"),
                Some(names) => Tenants::Named(names.iter().map(TenantId::to_string).collect()),
            },
            gate: follow.gate.iter().map(Condition::to_string).collect(),
        })
    });
    let rollouts: Vec<_> = rollouts.collect();
    let mut table = Table::new(&["NAME", "ENVIRONMENT", "FLOW", "SINCE", "TENANTS", "GATE"]);
    for rollout in &rollouts {
        table.row(vec![
            rollout.name.clone(),
            rollout.environment.clone(),
            rollout.flow.clone(),
            rollout.since.clone(),
            rollout.tenants.label(),
            rollout.gate.join(" "),
        ]);
    }
    if rollouts.is_empty() {
        output::note("no rollouts: start one with hgtop rollout start NAME");
    }
    output::records(options.output, "rollouts", &rollouts, &table, false)
}
