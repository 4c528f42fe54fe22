//! Listing calls of the commands: whether a flow exists, and the newest job of
//! each tenant. These calls are not part of hotglue's documented API.

use futures_util::{StreamExt, stream};
use tokio::time::sleep_until;

use crate::config::did_you_mean;
use crate::hotglue::{Client, FetchError, Flow, FlowId, ListedJob, TenantId};
use crate::watch::{Limits, RateLimiter};

/// Listing calls at the same time, at most.
const MAX_CONCURRENT: usize = 4;
/// How often progress is reported, in tenants.
const PROGRESS_EVERY: usize = 100;

/// Whether a flow exists.
#[derive(Debug)]
pub(crate) enum FlowCheck {
    /// It is listed.
    Exists,
    /// It is not listed; flows with a similar id or name, as a suggestion.
    Unknown(String),
    /// The listing failed.
    Unverified(FetchError),
}

/// Checks whether a flow exists in the client's environment.
pub(crate) async fn check_flow(client: &Client, flow: &FlowId) -> FlowCheck {
    match client.flows(None).await {
        Ok(flows) if flows.iter().any(|known| known.id == *flow) => FlowCheck::Exists,
        Ok(flows) => FlowCheck::Unknown(suggestion(flow, &flows)),
        Err(error) => FlowCheck::Unverified(error),
    }
}

/// `(did you mean …?)` where a flow has a similar id or name.
fn suggestion(flow: &FlowId, flows: &[Flow]) -> String {
    let ids = flows.iter().map(|known| known.id.as_str());
    let by_id = did_you_mean(flow.as_str(), ids);
    if !by_id.is_empty() {
        return by_id;
    }
    let mut named = flows
        .iter()
        .filter_map(|known| Some((&known.id, known.name.as_ref()?)));
    let named = named.find(|(_, name)| !did_you_mean(flow.as_str(), [name.as_str()]).is_empty());
    named.map_or_else(String::new, |(id, name)| {
        format!(" (did you mean \"{id}\", which is named \"{name}\"?)")
    })
}

/// The newest jobs of a flow.
#[derive(Debug, Default)]
pub(crate) struct NewestJobs {
    /// One of each tenant that has one, in the order of the tenants.
    pub(crate) jobs: Vec<ListedJob>,
    /// Tenants that do not use the flow.
    pub(crate) unlinked: usize,
    /// Tenants whose jobs could not be listed.
    pub(crate) failed: Vec<(TenantId, FetchError)>,
    /// Why listing stopped early.
    pub(crate) stopped: Option<FetchError>,
}

/// Lists the newest job of each tenant in a flow, within the limits of the
/// environment. It stops when the API key is refused or hotglue asks to wait.
/// `on_progress` is called with the number of tenants so far.
pub(crate) async fn newest_jobs(
    client: &Client,
    limits: Limits,
    flow: &FlowId,
    tenants: Vec<TenantId>,
    on_progress: impl Fn(usize),
) -> NewestJobs {
    let rate_limiter = RateLimiter::new(limits.requests_per_second);
    let paced = stream::unfold(
        (tenants.into_iter(), rate_limiter),
        |(mut tenants, mut rate_limiter)| async move {
            let tenant = tenants.next()?;
            if let Some(ready_at) = rate_limiter.ready_at() {
                sleep_until(ready_at).await;
            }
            rate_limiter.record(tokio::time::Instant::now());
            Some((tenant, (tenants, rate_limiter)))
        },
    );
    let listed = paced
        .map(|tenant| async move {
            let jobs = client.jobs(flow, &tenant).await;
            (tenant, jobs)
        })
        .buffered(MAX_CONCURRENT.min(limits.concurrent_requests));
    let mut listed = std::pin::pin!(listed);
    let mut found = NewestJobs::default();
    let mut count = 0;
    while let Some((tenant, jobs)) = listed.next().await {
        count += 1;
        if count % PROGRESS_EVERY == 0 {
            on_progress(count);
        }
        match jobs {
            Ok(jobs) => found.jobs.extend(jobs.into_iter().next()),
            Err(FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }) => {
                found.unlinked += 1;
            }
            Err(error @ (FetchError::RateLimited { .. } | FetchError::Unauthorized { .. })) => {
                found.stopped = Some(error);
                break;
            }
            Err(error) => found.failed.push((tenant, error)),
        }
    }
    found
}
