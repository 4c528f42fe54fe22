//! `hgtop discover`: what an environment has, as the listing calls tell.
//!
//! Those calls are observed, not promised: where one is refused, that is said,
//! and jobs can still be watched by their roots.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use super::{CliError, Exit, output, selection};
use crate::cli::{Discover, Global};
use crate::config::{self, Config, config_path};
use crate::hotglue::{Client, FetchError, FlowId, ListedJob, TenantId, Text};
use crate::report::{Listed, Polled, Table, status_table};
use crate::runtime::{connector, executor};

/// The most of a tenant's jobs that are told.
const MOST: usize = 50;
/// Listing calls under way at once, at most.
const AT_ONCE: usize = 4;

#[derive(Serialize)]
struct FoundFlow {
    id: String,
    name: Option<String>,
}

#[derive(Serialize)]
struct FoundTenant {
    id: String,
}

pub(super) fn run(global: &Global, options: &Discover) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let overrides = global.overrides();
    let config = match config::load(&path, &overrides) {
        Err(config::ConfigError::Missing { .. })
            if global.config.is_none() && overrides.env_id.is_some() =>
        {
            config::parse("", &path, &overrides)?
        }
        other => other?,
    };
    output::warn(&config.warnings);
    let environment = selection::environment(global, &config).map_err(CliError::Usage)?;
    let flow = parse(options.flow.as_deref(), "--flow", FlowId::parse)?;
    let tenant = parse(options.tenant.as_deref(), "--tenant", TenantId::parse)?;
    let executor = executor::build()?;
    let found = executor.block_on(async {
        let limits = connector::limits(&config);
        let client = connector::client(&config.environments[environment], limits)
            .await
            .map_err(CliError::Undetermined)?;
        let context = Context {
            config: &config,
            environment,
            client: &client,
        };
        match (&flow, &tenant) {
            (None, None) => context.overview(options).await,
            (None, Some(tenant)) => context.flows(options, Some(tenant)).await,
            (Some(flow), None) => context.newest(global, options, flow).await,
            (Some(flow), Some(tenant)) => context.jobs(global, options, flow, tenant).await,
        }
    });
    executor.shutdown_background();
    found
}

fn parse<T, E: std::fmt::Display>(
    text: Option<&str>,
    flag: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, CliError> {
    let parsed = text.map(|text| parse(text).map_err(|error| format!("{flag}: {error}")));
    parsed.transpose().map_err(CliError::Usage)
}

/// What a listing call that did not work comes to.
fn refused(what: &str, error: &FetchError) -> CliError {
    CliError::Undetermined(format!(
        "{what} cannot be listed: {error}. Listing calls are not part of hotglue's documented \
         API; jobs can still be watched by their job_root"
    ))
}

struct Context<'a> {
    config: &'a Config,
    environment: usize,
    client: &'a Client,
}

impl Context<'_> {
    /// Flows, and how many tenants there are.
    async fn overview(&self, options: &Discover) -> Result<Exit, CliError> {
        let exit = self.flows(options, None).await?;
        match self.client.tenants().await {
            Ok(tenants) if matches!(options.output, crate::cli::Output::Table) => {
                output::note(&format!(
                    "{} tenants; --flow FLOW lists the newest job of each",
                    tenants.len()
                ));
            }
            Ok(_) => {}
            Err(error) => output::note(&refused("the tenants", &error).to_string()),
        }
        Ok(exit)
    }

    async fn flows(&self, options: &Discover, tenant: Option<&TenantId>) -> Result<Exit, CliError> {
        let flows = self.client.flows(tenant).await;
        let flows = flows.map_err(|error| refused("the flows", &error))?;
        let mut table = Table::new(&["FLOW", "NAME"]);
        let found: Vec<_> = flows
            .into_iter()
            .map(|flow| FoundFlow {
                id: flow.id.to_string(),
                name: flow.name.as_ref().map(Text::one_line),
            })
            .collect();
        for flow in &found {
            table.row(vec![flow.id.clone(), flow.name.clone().unwrap_or_default()]);
        }
        output::records(options.output, "flows", &found, &table, false)
    }

    /// The newest job of each tenant in a flow, as they come.
    async fn newest(
        &self,
        global: &Global,
        options: &Discover,
        flow: &FlowId,
    ) -> Result<Exit, CliError> {
        let tenants = self.client.tenants().await;
        let tenants = tenants.map_err(|error| refused("the tenants", &error))?;
        if options.tenants {
            let mut table = Table::new(&["TENANT"]);
            let found: Vec<_> = tenants
                .iter()
                .map(|tenant| FoundTenant {
                    id: tenant.to_string(),
                })
                .collect();
            for tenant in &found {
                table.row(vec![tenant.id.clone()]);
            }
            return output::records(options.output, "tenants", &found, &table, false);
        }
        let all = tenants.len();
        let mut pace = self.pace();
        let asked = stream::iter(tenants)
            .then(|tenant| {
                let turn = pace.next();
                async move {
                    tokio::time::sleep_until(turn).await;
                    tenant
                }
            })
            .map(|tenant| async move {
                let jobs = self.client.jobs(flow, &tenant).await;
                (tenant, jobs)
            })
            .buffered(AT_ONCE);
        let mut asked = std::pin::pin!(asked);
        let (mut polled, mut skipped, mut done) = (Vec::new(), 0, 0);
        while let Some((tenant, jobs)) = asked.next().await {
            done += 1;
            if done % 100 == 0 {
                output::note(&format!("{done} of {all} tenants asked"));
            }
            match jobs {
                Ok(jobs) => polled.extend(jobs.first().map(|listed| self.polled(listed))),
                // A tenant that has nothing to do with the flow.
                Err(FetchError::NotFound { .. } | FetchError::Rejected { .. }) => skipped += 1,
                Err(error) if error.is_unauthorized() => {
                    return Err(refused("the jobs", &error));
                }
                Err(error) => output::note(&format!("{tenant}: {error}")),
            }
        }
        if skipped > 0 {
            output::note(&format!(
                "{skipped} of {all} tenants have nothing to do with this flow"
            ));
        }
        print(global, options, &polled)
    }

    async fn jobs(
        &self,
        global: &Global,
        options: &Discover,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Exit, CliError> {
        let jobs = self.client.jobs(flow, tenant).await;
        let jobs = jobs.map_err(|error| refused("the jobs", &error))?;
        let polled: Vec<_> = jobs
            .iter()
            .take(MOST)
            .map(|listed| self.polled(listed))
            .collect();
        print(global, options, &polled)
    }

    fn polled(&self, listed: &ListedJob) -> Polled {
        let environment = &self.config.environments[self.environment];
        let address = &listed.address;
        let job = Listed {
            name: address.job_root.job_id().to_owned(),
            environment: environment.name.to_string(),
            env_id: environment.env_id.to_string(),
            tenant: address.tenant.to_string(),
            flow: address.flow.to_string(),
            job_root: Some(address.job_root.to_string()),
            tags: Vec::new(),
        };
        Polled::new(job, Some(&listed.job), None, Timestamp::now())
    }

    /// The turns of requests within the environment's rate.
    fn pace(&self) -> Turns {
        let rate = self.config.settings.max_requests_per_second.max(1);
        Turns {
            next: tokio::time::Instant::now(),
            spacing: std::time::Duration::from_secs(1) / rate,
        }
    }
}

fn print(global: &Global, options: &Discover, polled: &[Polled]) -> Result<Exit, CliError> {
    let colors = output::colors(global.color);
    output::records(
        options.output,
        "jobs",
        polled,
        &status_table(polled),
        colors,
    )
}

/// Moments that lie so far apart.
struct Turns {
    next: tokio::time::Instant,
    spacing: std::time::Duration,
}

impl Turns {
    fn next(&mut self) -> tokio::time::Instant {
        let turn = self.next;
        self.next += self.spacing;
        turn
    }
}
