//! The followed flows: for which tenants each is watched, and why its tenants
//! could not be listed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Follow;
use crate::hotglue::{FetchError, TenantId};
use crate::watch::{EnvironmentId, FollowId, TenantDiscovery};

/// A followed flow.
#[derive(Debug)]
pub(crate) struct Followed {
    /// The flow and its tenants.
    pub(crate) flow: Follow<EnvironmentId>,
    /// Tenants of the environment that do not use the flow.
    pub(in crate::app) skipped: BTreeSet<TenantId>,
    /// Why the tenants could not be listed, if the last attempt failed.
    pub(crate) problem: Option<Arc<FetchError>>,
}

impl Followed {
    /// Whether the flow is followed for all tenants of the environment.
    pub(in crate::app) fn is_for_all_tenants(&self) -> bool {
        self.flow.tenants.is_none()
    }

    /// The discovery of tenants that the flow needs, if it needs one.
    pub(in crate::app) fn discovery(&self, id: FollowId) -> Option<TenantDiscovery> {
        self.is_for_all_tenants().then_some(TenantDiscovery {
            id,
            environment: self.flow.environment,
        })
    }
}

/// All followed flows. An id is not used again.
#[derive(Debug, Default)]
pub(crate) struct Follows {
    flows: BTreeMap<FollowId, Followed>,
    next: u32,
}

impl Follows {
    /// The followed flows, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (FollowId, &Followed)> {
        self.flows.iter().map(|(id, followed)| (*id, followed))
    }

    pub(in crate::app) fn get(&self, id: FollowId) -> Option<&Followed> {
        self.flows.get(&id)
    }

    pub(in crate::app) fn get_mut(&mut self, id: FollowId) -> Option<&mut Followed> {
        self.flows.get_mut(&id)
    }

    /// Adds a flow under a new id.
    pub(in crate::app) fn add(&mut self, flow: Follow<EnvironmentId>) -> FollowId {
        let id = FollowId(self.next);
        self.next += 1;
        let followed = Followed {
            flow,
            skipped: BTreeSet::new(),
            problem: None,
        };
        self.flows.insert(id, followed);
        id
    }

    pub(in crate::app) fn remove(&mut self, id: FollowId) -> Option<Followed> {
        self.flows.remove(&id)
    }

    /// The discoveries of tenants that the flows need.
    pub(in crate::app) fn discoveries(&self) -> impl Iterator<Item = TenantDiscovery> {
        self.iter()
            .filter_map(|(id, followed)| followed.discovery(id))
    }
}
