//! `hgtop demo`: the dashboard on a simulated rollout, or the simulation alone.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use super::{Exit, Failure, dashboard, runtime};
use crate::app::Origin;
use crate::cli::{Demo, Global};
use crate::config::{self, Overrides};
use crate::demo::{self, Options};

pub(super) fn run(global: &Global, options: &Demo) -> Result<Exit, Failure> {
    let story = Options {
        jobs: options.jobs as usize,
        tenants: options.tenants.map(|tenants| tenants as usize),
        speed: options.speed,
        seed: options.seed,
        fail_rate: options.fail_rate,
        faults: options.faults,
    };
    let runtime = runtime()?;
    let exit = runtime.block_on(async {
        match options.serve {
            Some(address) => serve(address, &story).await,
            None => watch(global, &story).await,
        }
    });
    runtime.shutdown_background();
    exit
}

async fn watch(global: &Global, story: &Options) -> Result<Exit, Failure> {
    let service = demo::serve(SocketAddr::from(([127, 0, 0, 1], 0)), story).await?;
    let config = config::parse(&service.config(), Path::new("demo"), &Overrides::default())?;
    dashboard::show(global, config, Origin::Demo).await
}

async fn serve(address: SocketAddr, story: &Options) -> Result<Exit, Failure> {
    let service = demo::serve(address, story)
        .await
        .map_err(|error| Failure::Usage(format!("--serve {address}: {error}")))?;
    let mut stdout = io::stdout();
    let text = format!("# base URL: {}\n{}", service.base_url(), service.config());
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Failure::Output)?;
    tokio::signal::ctrl_c().await?;
    Ok(Exit::Well)
}
