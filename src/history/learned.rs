//! Runs from listings, and up to when the listings were read, so that a second
//! reading requests only what may have changed.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::HistoryError;
use super::observation::Observation;
use super::prune::MAX_AGE;
use super::rows::timestamp;
use super::store::Store;
use super::texts::{find, intern};
use super::write::write;
use crate::hotglue::{EnvId, FlowId, ListedJob, TenantId};

/// The most finished runs that are recorded of a listing, newest first.
const MAX_RUNS: usize = 50;
/// The flow of the rows that hold the tenants of an environment.
const NO_FLOW: &str = "";

impl Store {
    /// When the listing of a tenant's jobs in a flow was last recorded; `None`
    /// for never.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn listed_at(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Option<Timestamp>, HistoryError> {
        self.listing_time([env_id.as_str(), flow.as_str(), tenant.as_str()])
    }

    /// The tenants of an environment and when they were listed; `None` for
    /// never.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn listed_tenants(
        &self,
        env_id: &EnvId,
    ) -> Result<Option<(Timestamp, Vec<TenantId>)>, HistoryError> {
        let Some(time) = self.listing_time([env_id.as_str(), NO_FLOW, NO_FLOW])? else {
            return Ok(None);
        };
        let mut tenants = self.connection.prepare_cached(
            "SELECT texts.text FROM learned JOIN texts ON texts.id = learned.tenant \
             WHERE env = (SELECT id FROM texts WHERE text = ?1) \
               AND flow = (SELECT id FROM texts WHERE text = ?2)",
        )?;
        let tenants = tenants
            .query_map(params![env_id.as_str(), NO_FLOW], |row| {
                Ok(TenantId::parse(row.get_ref(0)?.as_str()?).ok())
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut tenants: Vec<_> = tenants.into_iter().flatten().collect();
        tenants.sort_unstable();
        Ok(Some((time, tenants)))
    }

    fn listing_time(&self, key: [&str; 3]) -> Result<Option<Timestamp>, HistoryError> {
        let mut ids = [0; 3];
        for (id, text) in ids.iter_mut().zip(key) {
            match find(&self.connection, text)? {
                Some(found) => *id = found,
                None => return Ok(None),
            }
        }
        let time = self
            .connection
            .prepare_cached(
                "SELECT time FROM learned WHERE env = ?1 AND flow = ?2 AND tenant = ?3",
            )?
            .query_row(ids, |row| row.get(0))
            .optional()?;
        Ok(time.map(timestamp))
    }

    /// Records the tenants of an environment, in place of those known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn record_tenants(
        &mut self,
        env_id: &EnvId,
        tenants: &[TenantId],
        now: Timestamp,
    ) -> Result<(), HistoryError> {
        self.write(|transaction| {
            let (env, no_flow) = (
                intern(transaction, env_id.as_str())?,
                intern(transaction, NO_FLOW)?,
            );
            transaction
                .prepare_cached("DELETE FROM learned WHERE env = ?1 AND flow = ?2")?
                .execute([env, no_flow])?;
            let names = tenants.iter().map(TenantId::as_str);
            for name in std::iter::once(NO_FLOW).chain(names) {
                let tenant = intern(transaction, name)?;
                set_listing_time(transaction, [env, no_flow, tenant], now)?;
            }
            Ok(())
        })
    }

    /// Records the newest finished runs of a tenant's listing, at most 50 and
    /// none that is too old to be kept, and the time of the listing. Returns
    /// how many of them were not known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn record_listing(
        &mut self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
        jobs: &[ListedJob],
        now: Timestamp,
    ) -> Result<usize, HistoryError> {
        let finished = jobs.iter().filter(|listed| listed.job.status.is_finished());
        let finished: Vec<Observation> = finished
            .take(MAX_RUNS)
            .map(|listed| {
                let address = Arc::new(listed.address.clone());
                Observation::new(env_id.clone(), address, &listed.job, now)
            })
            .collect();
        let service_time = self.service_time()?.unwrap_or(i64::MIN);
        let newest = finished.iter().map(|run| run.last().as_millisecond()).max();
        let newest = newest.unwrap_or(i64::MIN).max(service_time);
        let oldest = newest.min(now.as_millisecond()).saturating_sub(MAX_AGE);
        self.write(|transaction| {
            let mut new = 0;
            for run in &finished {
                let last = run.last().as_millisecond();
                let known = known_last(transaction, run)?;
                // A listing may lag behind what polls saw.
                if last < oldest || known.is_some_and(|known| known > last) {
                    continue;
                }
                write(transaction, run)?;
                new += usize::from(known.is_none());
            }
            let ids = [env_id.as_str(), flow.as_str(), tenant.as_str()];
            let [env, flow, tenant] = ids.map(|text| intern(transaction, text));
            set_listing_time(transaction, [env?, flow?, tenant?], now)?;
            Ok(new)
        })
    }
}

/// The time of the last status of a known run.
fn known_last(transaction: &Transaction<'_>, run: &Observation) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT last FROM runs WHERE job_root = ?2 \
               AND env = (SELECT id FROM texts WHERE text = ?1)",
        )?
        .query_row(
            params![run.env_id.as_str(), run.address.job_root.as_str()],
            |row| row.get(0),
        )
        .optional()
}

fn set_listing_time(
    transaction: &Transaction<'_>,
    [env, flow, tenant]: [i64; 3],
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO learned (env, flow, tenant, time) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![env, flow, tenant, now.as_millisecond()])?;
    Ok(())
}
