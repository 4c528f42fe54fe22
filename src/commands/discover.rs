//! `hgtop discover`: the flows, tenants and newest jobs of an environment, from
//! its listing calls.

use jiff::Timestamp;
use serde::Serialize;

use super::{CliError, Exit, output, selection};
use crate::cli::{Discover, Global, Output};
use crate::config::{self, Config, ConfigError, config_path};
use crate::hotglue::{Client, FetchError, FlowId, ListedJob, TenantId, Text};
use crate::report::{JobIdentity, Polled, Table, status_table};
use crate::runtime::listings::{FlowCheck, check_flow, newest_jobs};
use crate::runtime::{connector, executor};

/// The most jobs of a tenant that are listed.
const MAX_JOBS: usize = 50;

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
        Err(ConfigError::Missing { .. })
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
    let exit = executor.block_on(async {
        let limits = connector::limits(&config);
        let client = connector::client(&config.environments[environment], limits)
            .await
            .map_err(CliError::Undetermined)?;
        let browser = Browser {
            config: &config,
            environment,
            client: &client,
            output: options.output,
            colors: output::colors(global.color),
        };
        if let Some(flow) = &flow {
            browser.check(flow).await?;
        }
        match (&flow, &tenant) {
            (None, None) => browser.overview().await,
            (None, Some(tenant)) => browser.flows(Some(tenant)).await,
            (Some(_), None) if options.tenants => browser.tenants().await,
            (Some(flow), None) => browser.newest(flow).await,
            (Some(flow), Some(tenant)) => browser.jobs(flow, tenant).await,
        }
    });
    executor.shutdown_background();
    exit
}

fn parse<T, E: std::fmt::Display>(
    text: Option<&str>,
    flag: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, CliError> {
    let parsed = text.map(|text| parse(text).map_err(|error| format!("{flag}: {error}")));
    parsed.transpose().map_err(CliError::Usage)
}

/// The error of a listing call that failed.
fn listing_error(what: &str, error: &FetchError) -> CliError {
    CliError::Undetermined(format!(
        "cannot list the {what}: {error}. Listing calls are not part of hotglue's documented \
         API; jobs can still be watched by their job_root"
    ))
}

struct Browser<'a> {
    config: &'a Config,
    environment: usize,
    client: &'a Client,
    output: Output,
    colors: bool,
}

impl Browser<'_> {
    /// Refuses a flow that does not exist; one that cannot be verified passes.
    async fn check(&self, flow: &FlowId) -> Result<(), CliError> {
        match check_flow(self.client, flow).await {
            FlowCheck::Exists | FlowCheck::Unverified(_) => Ok(()),
            FlowCheck::Unknown(suggestion) => {
                let environment = &self.config.environments[self.environment].name;
                Err(unknown_flow(flow, environment, &suggestion))
            }
        }
    }

    /// The flows, and how many tenants there are.
    async fn overview(&self) -> Result<Exit, CliError> {
        let exit = self.flows(None).await?;
        match self.client.tenants().await {
            Ok(tenants) if self.output == Output::Table => output::note(&format!(
                "{} tenants; --flow FLOW lists the newest job of each",
                tenants.len()
            )),
            Ok(_) => {}
            Err(error) => output::note(&listing_error("tenants", &error).to_string()),
        }
        Ok(exit)
    }

    async fn flows(&self, tenant: Option<&TenantId>) -> Result<Exit, CliError> {
        let flows = self.client.flows(tenant).await;
        let flows = flows.map_err(|error| listing_error("flows", &error))?;
        let found: Vec<_> = flows
            .into_iter()
            .map(|flow| FoundFlow {
                id: flow.id.to_string(),
                name: flow.name.as_ref().map(Text::one_line),
            })
            .collect();
        let mut table = Table::new(&["FLOW", "NAME"]);
        for flow in &found {
            table.row(vec![flow.id.clone(), flow.name.clone().unwrap_or_default()]);
        }
        output::records(self.output, "flows", &found, &table, false)
    }

    async fn all_tenants(&self) -> Result<Vec<TenantId>, CliError> {
        let tenants = self.client.tenants().await;
        tenants.map_err(|error| listing_error("tenants", &error))
    }

    async fn tenants(&self) -> Result<Exit, CliError> {
        let tenants = self.all_tenants().await?.into_iter();
        let found = tenants.map(|tenant| FoundTenant {
            id: tenant.to_string(),
        });
        let found: Vec<_> = found.collect();
        let mut table = Table::new(&["TENANT"]);
        for tenant in &found {
            table.row(vec![tenant.id.clone()]);
        }
        output::records(self.output, "tenants", &found, &table, false)
    }

    /// The newest job of each tenant in a flow.
    async fn newest(&self, flow: &FlowId) -> Result<Exit, CliError> {
        let tenants = self.all_tenants().await?;
        let total = tenants.len();
        let limits = connector::limits(self.config);
        let found = newest_jobs(self.client, limits, flow, tenants, |count| {
            output::note(&format!("{count} of {total} tenants listed"));
        })
        .await;
        if let Some(error) = found.stopped.as_ref().filter(|_| found.jobs.is_empty()) {
            return Err(listing_error("jobs", error));
        }
        for (tenant, error) in &found.failed {
            output::note(&format!("{tenant}: {error}"));
        }
        if found.unlinked > 0 {
            let count = found.unlinked;
            output::note(&format!("{count} of {total} tenants do not use this flow"));
        }
        self.print(&found.jobs)?;
        if let Some(error) = &found.stopped {
            return Err(listing_error("other jobs", error));
        }
        Ok(if found.failed.is_empty() {
            Exit::Success
        } else {
            Exit::Undetermined
        })
    }

    /// A tenant's jobs in a flow, newest first.
    async fn jobs(&self, flow: &FlowId, tenant: &TenantId) -> Result<Exit, CliError> {
        let jobs = self.client.jobs(flow, tenant).await;
        let jobs = jobs.map_err(|error| listing_error("jobs", &error))?;
        self.print(&jobs[..jobs.len().min(MAX_JOBS)])
    }

    fn print(&self, jobs: &[ListedJob]) -> Result<Exit, CliError> {
        let records: Vec<_> = jobs.iter().map(|job| self.record(job)).collect();
        let table = status_table(&records);
        output::records(self.output, "jobs", &records, &table, self.colors)
    }

    fn record(&self, listed: &ListedJob) -> Polled {
        let environment = &self.config.environments[self.environment];
        let address = &listed.address;
        let job = JobIdentity {
            name: address.job_root.job_id().to_owned(),
            names: Vec::new(),
            environment: environment.name.to_string(),
            env_id: environment.env_id.to_string(),
            tenant: address.tenant.to_string(),
            flow: address.flow.to_string(),
            job_root: Some(address.job_root.to_string()),
            tags: Vec::new(),
        };
        Polled::new(job, Some(&listed.job), None, Timestamp::now())
    }
}

/// The error for a flow that its environment does not list.
pub(super) fn unknown_flow(flow: &FlowId, environment: &Text, suggestion: &str) -> CliError {
    CliError::Usage(format!(
        "no flow \"{flow}\" in environment {environment}{suggestion}; list flows with: hgtop \
         discover"
    ))
}
