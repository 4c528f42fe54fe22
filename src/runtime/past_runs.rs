//! The earlier runs of jobs, for commands that conclude something from them.

use std::cell::Cell;

use jiff::Timestamp;

use super::history::HistoryStore;
use crate::config::Config;
use crate::history::{HistoryError, MAX_PAST_RUNS, PastRun, Store, history_path};
use crate::hotglue::{EnvId, FlowId, TenantId};

/// The recorded runs; none where nothing is recorded or readable.
pub(crate) struct PastRuns {
    store: Option<Store>,
    notify: fn(&str),
    has_failed: Cell<bool>,
}

impl PastRuns {
    /// Opens the history, unless the config turns it off. Does not create it.
    /// Reports once, through `notify`, that it cannot be read.
    pub(crate) fn of(config: &Config, notify: fn(&str)) -> Self {
        let mut past = Self {
            store: None,
            notify,
            has_failed: Cell::new(false),
        };
        past.store = open(config).unwrap_or_else(|error| {
            past.give_up(&error);
            None
        });
        past
    }

    /// The finished runs of a tenant in a flow that started before a time,
    /// newest first.
    pub(crate) fn of_tenant(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Vec<PastRun> {
        let Some(store) = self.store.as_ref().filter(|_| !self.has_failed.get()) else {
            return Vec::new();
        };
        let runs = store.past_runs_of_tenant(env_id, flow, tenant, before, MAX_PAST_RUNS);
        runs.unwrap_or_else(|error| {
            self.give_up(&error);
            Vec::new()
        })
    }

    fn give_up(&self, error: &HistoryError) {
        self.has_failed.set(true);
        (self.notify)(&format!("jobs are not compared with earlier runs: {error}"));
    }
}

fn open(config: &Config) -> Result<Option<Store>, HistoryError> {
    if !config.settings.history || !history_path()?.exists() {
        return Ok(None);
    }
    Ok(Some(HistoryStore::OnDisk.open()?.store))
}
