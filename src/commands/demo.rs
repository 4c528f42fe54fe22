//! `hgtop demo`: the dashboard on a simulated rollout, or the simulation alone.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::runtime::Runtime;

use super::{CliError, Exit, dashboard, output};
use crate::app::{ConfigSource, KeyMap};
use crate::cli::{Demo, Global};
use crate::config::{self, Config, CustomCommand, Glyphs, Overrides, SavedView, ThemeName};
use crate::demo::{self, Options, Service};
use crate::history::Observation;
use crate::hotglue::{Job, JobAddress, JobRoot, STAGES};
use crate::runtime::dashboard::Dashboard;
use crate::runtime::history::HistoryStore;
use crate::runtime::{executor, signals};

pub(super) fn run(global: &Global, options: &Demo) -> Result<Exit, CliError> {
    let jobs = options
        .jobs
        .unwrap_or_else(|| options.tenants.unwrap_or(0).max(48));
    let scenario = Options {
        jobs: jobs as usize,
        tenants: options.tenants.map(|tenants| tenants as usize),
        speed: options.speed,
        seed: options.seed,
        fail_rate: options.fail_rate,
        faults: options.faults,
    };
    let appearance = match options.serve {
        Some(_) => Appearance::default(),
        None => Appearance::load(global)?,
    };
    let executor = executor::build()?;
    let exit = match options.serve {
        Some(address) => executor.block_on(serve(address, &scenario)),
        None => watch(global, &scenario, appearance, &executor),
    };
    executor.shutdown_background();
    exit
}

/// What the demo takes from the user's config: how the dashboard looks, its keys,
/// views and custom commands. Jobs, environments and everything else are simulated.
#[derive(Default)]
struct Appearance {
    theme: ThemeName,
    glyphs: Glyphs,
    keymap: KeyMap,
    views: Vec<SavedView>,
    commands: Vec<CustomCommand>,
}

impl Appearance {
    /// Takes it from the file that `--config` names, if it does.
    fn load(global: &Global) -> Result<Self, CliError> {
        let Some(path) = &global.config else {
            return Ok(Self::default());
        };
        let config = config::load(path, &Overrides::default())?;
        Ok(Self {
            theme: config.settings.theme,
            glyphs: config.settings.glyphs,
            keymap: dashboard::keymap(&config)?,
            views: config.views,
            commands: config.commands,
        })
    }

    fn apply(self, config: &mut Config) -> KeyMap {
        config.settings.theme = self.theme;
        config.settings.glyphs = self.glyphs;
        config.views = self.views;
        config.commands = self.commands;
        self.keymap
    }
}

fn watch(
    global: &Global,
    scenario: &Options,
    appearance: Appearance,
    executor: &Runtime,
) -> Result<Exit, CliError> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let service = executor.block_on(demo::serve(address, scenario))?;
    let mut config = config::parse(&service.config(), Path::new("demo"), &Overrides::default())?;
    let keymap = appearance.apply(&mut config);
    let history = HistoryStore::InMemory(earlier_runs(&service, &config));
    let dashboard = Dashboard {
        keymap,
        history,
        config,
        source: ConfigSource::Demo,
        overrides: Overrides::default(),
        colors: output::colors(global.color),
        replay: None,
    };
    dashboard::show(dashboard, executor)
}

/// The history of the days before, as if hgtop had recorded it.
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
    let (base_url, config) = (service.base_url(), service.config());
    let hint = "# With history = true, `hgtop history learn` gives the rollout its baseline.";
    output::text(&format!("# base URL: {base_url}\n{hint}\n{config}# end\n"))?;
    signals::termination().await;
    Ok(Exit::Success)
}
