//! `hgtop demo`: the dashboard on a simulated rollout, or the simulation alone.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{CliError, Exit, dashboard, output};
use crate::app::{ConfigSource, KeyMap};
use crate::cli::{Demo, Global};
use crate::config::{self, Config, Overrides};
use crate::demo::{self, Options, Service};
use crate::history::Observation;
use crate::hotglue::{Job, JobAddress, JobRoot, STAGES};
use crate::runtime::dashboard::Dashboard;
use crate::runtime::history::HistoryStore;
use crate::runtime::{executor, signals};

pub(super) fn run(global: &Global, options: &Demo) -> Result<Exit, CliError> {
    let jobs = options
        .jobs
        .unwrap_or_else(|| options.tenants.unwrap_or(0).max(24));
    let scenario = Options {
        jobs: jobs as usize,
        tenants: options.tenants.map(|tenants| tenants as usize),
        speed: options.speed,
        seed: options.seed,
        fail_rate: options.fail_rate,
        faults: options.faults,
    };
    let executor = executor::build()?;
    let exit = executor.block_on(async {
        match options.serve {
            Some(address) => serve(address, &scenario).await,
            None => watch(global, &scenario).await,
        }
    });
    executor.shutdown_background();
    exit
}

async fn watch(global: &Global, scenario: &Options) -> Result<Exit, CliError> {
    let service = demo::serve(SocketAddr::from(([127, 0, 0, 1], 0)), scenario).await?;
    let config = config::parse(&service.config(), Path::new("demo"), &Overrides::default())?;
    let history = HistoryStore::InMemory(earlier_runs(&service, &config));
    dashboard::show(Dashboard {
        keymap: KeyMap::default(),
        history,
        config,
        source: ConfigSource::Demo,
        overrides: Overrides::default(),
        colors: output::colors(global.color),
    })
    .await
}

/// What would have been seen of the days before, had hgtop been there.
fn earlier_runs(service: &Service, config: &Config) -> Vec<Observation> {
    let Some(environment) = config.environments.first() else {
        return Vec::new();
    };
    let observation = |(answer, beat): (String, f64)| {
        let job = Job::decode(&answer).ok()?;
        let root = JobRoot::parse(job.s3_root.as_ref()?.as_str()).ok()?;
        let address = JobAddress::from_root(root)?;
        let seen = job.last_updated.as_ref()?.at?;
        let silence = SignedDuration::try_from_secs_f64(beat).ok()?;
        let observation =
            Observation::new(environment.env_id.clone(), Arc::new(address), &job, seen);
        Some(STAGES.into_iter().fold(observation, |observation, stage| {
            observation.with_silence(stage, silence)
        }))
    };
    service
        .run_history()
        .into_iter()
        .filter_map(observation)
        .collect()
}

async fn serve(address: SocketAddr, scenario: &Options) -> Result<Exit, CliError> {
    let service = demo::serve(address, scenario)
        .await
        .map_err(|error| CliError::Usage(format!("--serve {address}: {error}")))?;
    let mut stdout = io::stdout();
    let text = format!(
        "# base URL: {}\n{}# end\n",
        service.base_url(),
        service.config()
    );
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(CliError::Output)?;
    signals::termination().await;
    Ok(Exit::Success)
}
