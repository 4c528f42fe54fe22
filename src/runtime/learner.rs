//! Listing calls for many tenants, within the limits of an environment: each
//! answer is handed on as it comes, so that memory does not grow with them.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::hotglue::{Client, FetchError, FlowId, ListedJob, TenantId};
use crate::watch::{Limits, RateLimiter};

/// Listing calls at the same time, at most.
const MAX_CONCURRENT: usize = 4;
/// How often a listing is requested before its tenant counts as failed.
const MAX_ATTEMPTS: u32 = 3;
/// The failures in a row after which no further call is made.
const MAX_FAILURES: u32 = 10;
/// The wait after a refusal for its rate, where the service names none; it
/// doubles with each one in a row.
const RATE_LIMIT_WAIT: Duration = Duration::from_secs(2);
/// The refusals for their rate in a row after which no further call is made.
const MAX_RATE_LIMITS: u32 = 6;
/// The wait after a failed call.
const FAILURE_WAIT: Duration = Duration::from_secs(1);

/// What became of a tenant, or of the calls.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The jobs of a tenant in a flow, newest first; none where the tenant
    /// does not use the flow.
    Listed {
        flow: FlowId,
        tenant: TenantId,
        jobs: Vec<ListedJob>,
        is_linked: bool,
    },
    /// The jobs of a tenant could not be listed.
    Failed { tenant: TenantId, error: FetchError },
    /// The service limits the rate; the calls resume after this time.
    RateLimited(Duration),
}

/// A client with the limits of its environment, which all calls share.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Client,
    concurrent: usize,
    rate_limiter: RateLimiter,
}

impl Connection {
    pub(crate) fn new(client: Client, limits: Limits) -> Self {
        Self {
            client,
            concurrent: MAX_CONCURRENT.min(limits.concurrent_requests).max(1),
            rate_limiter: RateLimiter::new(limits.requests_per_second),
        }
    }

    /// Returns the client for one more call, once the rate permits it.
    pub(crate) async fn client(&mut self) -> &Client {
        if let Some(ready_at) = self.rate_limiter.ready_at() {
            sleep_until(ready_at).await;
        }
        self.rate_limiter.record(Instant::now());
        &self.client
    }
}

/// A listing to request.
#[derive(Debug, Clone)]
struct Request {
    flow: FlowId,
    tenant: TenantId,
    attempts: u32,
}

/// Lists the jobs of tenants in flows. It stops when the API key is refused,
/// when the service keeps limiting the rate, and when ten calls in a row fail;
/// an error of `publish` ends it too. Returns why it stopped before the last
/// tenant.
pub(crate) async fn list<E>(
    connection: &mut Connection,
    listings: impl IntoIterator<Item = (FlowId, TenantId)>,
    calls: &mut usize,
    mut publish: impl FnMut(Progress) -> Result<(), E>,
) -> Result<Option<FetchError>, E> {
    let Connection {
        client,
        concurrent,
        rate_limiter,
    } = connection;
    let (client, concurrent) = (&*client, *concurrent);
    let mut queue: VecDeque<_> = listings
        .into_iter()
        .map(|(flow, tenant)| Request {
            flow,
            tenant,
            attempts: 0,
        })
        .collect();
    let mut in_flight = FuturesUnordered::new();
    let mut paused_until: Option<Instant> = None;
    let (mut failures, mut rate_limits) = (0, 0);
    while !(queue.is_empty() && in_flight.is_empty()) {
        let ready_at = rate_limiter.ready_at().max(paused_until);
        let now = Instant::now();
        let may_send = in_flight.len() < concurrent && !queue.is_empty();
        if may_send && ready_at.is_none_or(|ready_at| ready_at <= now) {
            if let Some(request) = queue.pop_front() {
                rate_limiter.record(now);
                *calls += 1;
                in_flight.push(async move {
                    let jobs = client.jobs(&request.flow, &request.tenant).await;
                    (request, jobs)
                });
            }
            continue;
        }
        let finished = tokio::select! {
            finished = in_flight.next(), if !in_flight.is_empty() => finished,
            () = sleep_until(ready_at.unwrap_or(now)), if may_send => None,
        };
        let Some((mut request, jobs)) = finished else {
            continue;
        };
        request.attempts += 1;
        let error = match jobs {
            Ok(jobs) => {
                (failures, rate_limits) = (0, 0);
                publish(listed(request, jobs, true))?;
                continue;
            }
            Err(error) => error,
        };
        let wait = match error {
            FetchError::RateLimited { retry_after, .. } if rate_limits < MAX_RATE_LIMITS => {
                let wait = retry_after.unwrap_or(RATE_LIMIT_WAIT * 2_u32.pow(rate_limits));
                rate_limits += 1;
                request.attempts -= 1;
                queue.push_front(request);
                publish(Progress::RateLimited(wait))?;
                wait
            }
            error if is_unlinked(&error) => {
                (failures, rate_limits) = (0, 0);
                publish(listed(request, Vec::new(), false))?;
                continue;
            }
            error if is_final(&error) || failures + 1 >= MAX_FAILURES => {
                return Ok(Some(error));
            }
            error => {
                failures += 1;
                if error.is_outage() && request.attempts < MAX_ATTEMPTS {
                    queue.push_back(request);
                } else {
                    let tenant = request.tenant;
                    publish(Progress::Failed { tenant, error })?;
                }
                FAILURE_WAIT
            }
        };
        let resumed = Instant::now() + wait;
        paused_until = paused_until.max(Some(resumed));
    }
    Ok(None)
}

fn listed(request: Request, jobs: Vec<ListedJob>, is_linked: bool) -> Progress {
    Progress::Listed {
        flow: request.flow,
        tenant: request.tenant,
        jobs,
        is_linked,
    }
}

/// Whether the tenant does not use the flow.
fn is_unlinked(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }
    )
}

/// Whether no further call can succeed.
fn is_final(error: &FetchError) -> bool {
    error.is_unauthorized() || matches!(error, FetchError::RateLimited { .. })
}
