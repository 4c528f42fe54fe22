//! The earlier runs of jobs, for commands that conclude something from them.

use jiff::Timestamp;

use super::history::HistoryStore;
use crate::config::Config;
use crate::history::{HistoryError, MAX_PAST_RUNS, PastRun, Store, history_path};
use crate::hotglue::{EnvId, FlowId, TenantId};

/// The recorded runs; none where nothing is recorded.
#[derive(Default)]
pub(crate) struct PastRuns(Option<Store>);

impl PastRuns {
    /// Opens the history, unless the config turns it off. Does not create it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn open(config: &Config) -> Result<Self, HistoryError> {
        if !config.settings.history || !history_path()?.exists() {
            return Ok(Self(None));
        }
        Ok(Self(Some(HistoryStore::OnDisk.open()?.store)))
    }

    /// The finished runs of a tenant in a flow that started before a time,
    /// newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn of_tenant(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<Vec<PastRun>, HistoryError> {
        match &self.0 {
            Some(store) => store.past_runs_of_tenant(env_id, flow, tenant, before, MAX_PAST_RUNS),
            None => Ok(Vec::new()),
        }
    }
}
