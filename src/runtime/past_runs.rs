//! The earlier runs of jobs, for commands that conclude something from them.

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::history::HistoryStore;
use crate::config::Config;
use crate::history::{BASELINE_RUNS, COMPARED_RUNS, HistoryError, PastRun, Store, history_path};
use crate::hotglue::{EnvId, FlowId, TenantId};
use crate::rollout::FlowBaseline;

type Baselines = HashMap<(EnvId, FlowId), Option<Rc<FlowBaseline>>>;

/// The recorded runs; none where nothing is recorded or readable.
pub(crate) struct PastRuns<S = Store> {
    store: Option<S>,
    notify: fn(&str),
    has_failed: Cell<bool>,
    /// The baselines of the flows that were needed.
    baselines: RefCell<Baselines>,
}

impl PastRuns {
    /// Opens the history, unless the config turns it off. Does not create it.
    /// Reports once, through `notify`, that it cannot be read.
    pub(crate) fn of(config: &Config, notify: fn(&str)) -> Self {
        let mut past = Self::new(None, notify);
        past.store = open(config).unwrap_or_else(|error| {
            past.give_up(&error);
            None
        });
        past
    }
}

impl<S: Borrow<Store>> PastRuns<S> {
    /// The runs of an opened history.
    pub(crate) fn new(store: Option<S>, notify: fn(&str)) -> Self {
        Self {
            store,
            notify,
            has_failed: Cell::new(false),
            baselines: RefCell::default(),
        }
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
        let newest =
            |store: &Store| store.past_runs_of_tenant(env_id, flow, tenant, before, COMPARED_RUNS);
        self.query(newest).unwrap_or_default()
    }

    /// The baseline of a flow, where enough of its runs are known.
    pub(super) fn baseline(&self, env_id: &EnvId, flow: &FlowId) -> Option<Rc<FlowBaseline>> {
        let flow_of = (env_id.clone(), flow.clone());
        if let Some(known) = self.baselines.borrow().get(&flow_of) {
            return known.clone();
        }
        let runs = self.query(|store| store.past_runs(env_id, flow, None, BASELINE_RUNS));
        let baseline = runs.and_then(|runs| FlowBaseline::new(&runs)).map(Rc::new);
        let mut baselines = self.baselines.borrow_mut();
        baselines.insert(flow_of, baseline.clone());
        baseline
    }

    /// Queries the history; `None` without one, or once it failed.
    pub(super) fn query<T>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, HistoryError>,
    ) -> Option<T> {
        let store = self.store.as_ref().filter(|_| !self.has_failed.get())?;
        query(store.borrow())
            .inspect_err(|error| self.give_up(error))
            .ok()
    }

    /// The finished runs of a flow that started before a time, newest first for
    /// each tenant, as many as the dashboard's baseline is made from.
    pub(crate) fn of_flow(&self, env_id: &EnvId, flow: &FlowId, before: Timestamp) -> Vec<PastRun> {
        let newest = |store: &Store| store.past_runs(env_id, flow, Some(before), BASELINE_RUNS);
        self.query(newest).unwrap_or_default()
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
