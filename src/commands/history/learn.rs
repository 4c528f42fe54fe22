//! `hgtop history learn`: records the earlier runs of flows from the listing
//! calls. A listing is requested when it was never recorded, or longer ago than
//! `--max-age`: everything that finished before is in it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::open::{flow_ids, history_error, open};
use crate::cli::{Global, Learn, Output};
use crate::commands::discover::unknown_flow;
use crate::commands::output::ProgressLine;
use crate::commands::{CliError, Exit, output, selection};
use crate::config::{Config, Follow};
use crate::history::Store;
use crate::hotglue::{TenantId, elapsed};
use crate::report::Table;
use crate::runtime::learner::{self, Connection, Progress};
use crate::runtime::listings::{FlowCheck, check_flow};
use crate::runtime::{connector, executor, signals};

/// The result of learning a flow.
#[derive(Debug, Serialize)]
struct Learned {
    environment: String,
    flow: String,
    name: String,
    /// Tenants whose jobs were listed, or would be.
    tenants: usize,
    /// Tenants whose listing is recent enough.
    up_to_date: usize,
    /// Tenants that do not use the flow.
    unlinked: usize,
    /// Tenants whose jobs could not be listed.
    failed: usize,
    /// Runs that were not known before.
    new_runs: usize,
    /// Calls that were made, or would be.
    calls: usize,
    dry_run: bool,
}

pub(super) fn run(global: &Global, options: &Learn) -> Result<Exit, CliError> {
    let mut config = selection::load(global, &[])?;
    output::warn(&config.warnings);
    if !config.settings.history {
        return Err(CliError::Usage(
            "history = false in the config: set it to true to learn".to_owned(),
        ));
    }
    config.follows = follows(global, &config, options)?;
    let mut learner = Learner {
        config: &config,
        options,
        store: open()?,
        connections: HashMap::new(),
        progress: ProgressLine::default(),
        problems: Vec::new(),
        stopped: None,
    };
    let executor = executor::build()?;
    let learned: Result<_, CliError> = executor.block_on(async {
        let mut interrupted = std::pin::pin!(signals::termination());
        let mut learned = Vec::new();
        for follow in &config.follows {
            let mut entry = entry(&config, follow, options);
            let ended = tokio::select! {
                code = &mut interrupted => Ok(Some(Exit::Code(code))),
                ended = learner.learn(follow, &mut entry) => ended.map(|()| None),
            };
            learned.push(entry);
            let exit = ended?;
            if exit.is_some() || learner.stopped.is_some() {
                return Ok((learned, exit));
            }
        }
        Ok((learned, None))
    });
    executor.shutdown_background();
    learner.progress.update("");
    let (learned, interrupted) = learned?;
    learner.conclude(&learned, interrupted)
}

/// The follows that the options name: those of the config, else flows of all
/// tenants in the chosen environment.
fn follows(global: &Global, config: &Config, options: &Learn) -> Result<Vec<Follow>, CliError> {
    let flows = flow_ids(config, &options.flow)?;
    let mut seen = HashSet::new();
    let mut chosen: Vec<Follow> = config
        .follows
        .iter()
        .filter(|follow| flows.is_empty() || flows.contains(&follow.flow))
        .filter(|follow| {
            seen.insert((
                follow.environment,
                follow.flow.clone(),
                follow.tenants.clone(),
            ))
        })
        .cloned()
        .collect();
    for flow in &flows {
        if !chosen.iter().any(|follow| follow.flow == *flow) {
            let follow = selection::follow(global, config, flow.as_str(), &[], None);
            chosen.push(follow.map_err(CliError::Usage)?);
        }
    }
    if chosen.is_empty() {
        return Err(CliError::Usage(
            "no followed flow in the config: name a flow with --flow".to_owned(),
        ));
    }
    Ok(chosen)
}

fn entry(config: &Config, follow: &Follow, options: &Learn) -> Learned {
    Learned {
        environment: config.environments[follow.environment].name.to_string(),
        flow: follow.flow.to_string(),
        name: follow.name.to_string(),
        tenants: 0,
        up_to_date: 0,
        unlinked: 0,
        failed: 0,
        new_runs: 0,
        calls: 0,
        dry_run: options.dry_run,
    }
}

struct Learner<'a> {
    config: &'a Config,
    options: &'a Learn,
    store: Store,
    /// By the index of their environment.
    connections: HashMap<usize, Connection>,
    progress: ProgressLine,
    /// What could not be listed, in sentences.
    problems: Vec<String>,
    /// Why learning ended early.
    stopped: Option<String>,
}

impl Learner<'_> {
    async fn learn(&mut self, follow: &Follow, learned: &mut Learned) -> Result<(), CliError> {
        let tenants = match &follow.tenants {
            Some(tenants) => tenants.clone(),
            None => match self.all_tenants(follow, learned).await? {
                Some(tenants) => tenants,
                None => return Ok(()),
            },
        };
        let environment = &self.config.environments[follow.environment];
        let mut due = Vec::new();
        for tenant in tenants {
            let listed_at = self
                .store
                .listed_at(&environment.env_id, &follow.flow, &tenant);
            if self.is_recent(listed_at.map_err(history_error)?) {
                learned.up_to_date += 1;
            } else {
                due.push(tenant);
            }
        }
        if self.options.dry_run || due.is_empty() {
            learned.tenants = due.len();
            learned.calls += due.len();
            return Ok(());
        }
        self.list(follow, due, learned).await?;
        let is_unknown = learned.unlinked > 0 && learned.unlinked == learned.tenants;
        if is_unknown && learned.up_to_date == 0 {
            learned.calls += 1;
            let client = self.connection(follow).await?.client().await;
            let FlowCheck::Unknown(suggestion) = check_flow(client, &follow.flow).await else {
                return Ok(());
            };
            return Err(unknown_flow(&follow.flow, &environment.name, &suggestion));
        }
        Ok(())
    }

    /// The tenants of the environment: those of a recent listing, else as
    /// listed now; `None` where they cannot be listed.
    async fn all_tenants(
        &mut self,
        follow: &Follow,
        learned: &mut Learned,
    ) -> Result<Option<Vec<TenantId>>, CliError> {
        let environment = &self.config.environments[follow.environment];
        let known = self
            .store
            .listed_tenants(&environment.env_id)
            .map_err(history_error)?;
        if let Some((time, tenants)) = known
            && self.is_recent(Some(time))
        {
            return Ok(Some(tenants));
        }
        if self.options.dry_run {
            output::note(&format!(
                "{}: listing the tenants with 1 call",
                environment.name
            ));
        } else {
            learned.calls += 1;
        }
        let client = self.connection(follow).await?.client().await;
        match client.tenants().await {
            Ok(tenants) => {
                let now = Timestamp::now();
                let recorded = self
                    .store
                    .record_tenants(&environment.env_id, &tenants, now);
                recorded.map_err(history_error)?;
                Ok(Some(tenants))
            }
            Err(error) => {
                let name = &environment.name;
                self.problems
                    .push(format!("{name}: cannot list the tenants: {error}"));
                Ok(None)
            }
        }
    }

    async fn list(
        &mut self,
        follow: &Follow,
        tenants: Vec<TenantId>,
        learned: &mut Learned,
    ) -> Result<(), CliError> {
        let env_id = &self.config.environments[follow.environment].env_id;
        let total = tenants.len();
        let line = format!("learning {}: {total} tenants", follow.name);
        self.progress.start(&line);
        let requests = tenants
            .into_iter()
            .map(|tenant| (follow.flow.clone(), tenant));
        self.connection(follow).await?;
        let Self {
            store,
            connections,
            progress,
            problems,
            ..
        } = self;
        let Some(connection) = connections.get_mut(&follow.environment) else {
            return Ok(());
        };
        let stopped = learner::list(connection, requests, &mut learned.calls, |update| {
            match update {
                Progress::Listed {
                    flow,
                    tenant,
                    jobs,
                    is_linked,
                } => {
                    let now = Timestamp::now();
                    learned.new_runs += store.record_listing(env_id, &flow, &tenant, &jobs, now)?;
                    learned.tenants += 1;
                    learned.unlinked += usize::from(!is_linked);
                }
                Progress::Failed { tenant, error } => {
                    learned.failed += 1;
                    problems.push(format!("{tenant}: {error}"));
                }
                Progress::RateLimited(wait) => {
                    let wait = elapsed(SignedDuration::try_from(wait).unwrap_or_default());
                    progress.update(&format!("rate limited by hotglue, resuming in {wait}"));
                    return Ok(());
                }
            }
            let name = &follow.name;
            let (count, runs) = (learned.tenants + learned.failed, learned.new_runs);
            progress.update(&format!(
                "learning {name}: {count} of {total} tenants, {runs} new runs"
            ));
            Ok(())
        })
        .await
        .map_err(history_error)?;
        if let Some(error) = stopped {
            self.stopped = Some(format!("stopped: {error}; run it again to continue"));
        }
        Ok(())
    }

    /// The connection of a follow's environment.
    async fn connection(&mut self, follow: &Follow) -> Result<&mut Connection, CliError> {
        match self.connections.entry(follow.environment) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(vacant) => {
                let environment = &self.config.environments[follow.environment];
                let limits = connector::limits(self.config);
                let client = connector::client(environment, limits).await;
                let client = client.map_err(|problem| {
                    CliError::Undetermined(format!("{}: {problem}", environment.name))
                })?;
                Ok(vacant.insert(Connection::new(client, limits)))
            }
        }
    }

    fn is_recent(&self, listed_at: Option<Timestamp>) -> bool {
        let age = listed_at.map(|time| Timestamp::now().duration_since(time));
        age.is_some_and(|age| age.unsigned_abs() <= self.options.max_age)
    }

    fn conclude(self, learned: &[Learned], interrupted: Option<Exit>) -> Result<Exit, CliError> {
        let title = if self.options.dry_run {
            "CALLS TO MAKE"
        } else {
            "CALLS"
        };
        let mut table = Table::new(&[
            "FLOW",
            "ENVIRONMENT",
            "TENANTS",
            "UP TO DATE",
            "UNLINKED",
            "FAILED",
            "NEW RUNS",
            title,
        ]);
        for entry in learned {
            let counts = [
                entry.tenants,
                entry.up_to_date,
                entry.unlinked,
                entry.failed,
                entry.new_runs,
                entry.calls,
            ];
            let names = [&entry.name, &entry.environment].map(String::clone);
            table.row(
                names
                    .into_iter()
                    .chain(counts.map(|count| count.to_string()))
                    .collect(),
            );
        }
        output::records(self.options.output, "learned", learned, &table, false)?;
        for problem in &self.problems {
            output::note(problem);
        }
        if self.options.output == Output::Table {
            output::note(&summary(learned));
        }
        if interrupted.is_some() {
            output::note("interrupted; run it again to continue");
        }
        if let Some(stopped) = &self.stopped {
            output::note(stopped);
        }
        let has_failed = self.stopped.is_some() || !self.problems.is_empty();
        Ok(interrupted.unwrap_or(if has_failed {
            Exit::Undetermined
        } else {
            Exit::Success
        }))
    }
}

fn summary(learned: &[Learned]) -> String {
    let sum = |count: fn(&Learned) -> usize| learned.iter().map(count).sum::<usize>();
    let (calls, runs) = (sum(|entry| entry.calls), sum(|entry| entry.new_runs));
    let (tenants, up_to_date) = (sum(|entry| entry.tenants), sum(|entry| entry.up_to_date));
    if learned.iter().any(|entry| entry.dry_run) {
        return match calls {
            0 => "nothing to learn: no calls would be made".to_owned(),
            1 => "1 call would be made".to_owned(),
            calls => format!("{calls} calls would be made"),
        };
    }
    if calls == 0 {
        return format!("nothing to learn: {up_to_date} tenants are up to date");
    }
    format!("learned {runs} runs of {tenants} tenants with {calls} calls")
}
