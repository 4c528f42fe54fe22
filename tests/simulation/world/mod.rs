//! A simulated world: the watcher and the model of the dashboard, a history in
//! memory and a config file, on simulated time, against a service with
//! faults, on a machine that sleeps and whose clock jumps, with a user who
//! presses keys and edits the file.
//!
//! A seed decides everything, so that a failure can be repeated.

mod checks;
mod clock;
mod edits;
mod effects;
mod ledger;
mod life;
pub(crate) mod plan;
pub(crate) mod run;
mod service;
mod totals;
mod user;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use hgtop::app::{self, ConfigSource, Message, Model, ModelConfig};
use hgtop::config::{self, Config, Overrides};
use hgtop::history::{HistoryQuery, Observation, Store};
use hgtop::ui;
use hgtop::watch::{self, Batch, JobId, Updates, Watcher};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tokio::time::{self, Instant};

use self::clock::Clock;
use self::ledger::Ledger;
use self::plan::{Event, FaultKind, LENGTH, Plan};
use self::service::{Service, Shared};
use self::totals::Totals;

/// What a fault leaves behind when it ends: back-off, and a circuit breaker
/// that tries again once a minute.
const AFTER_FAULT: Duration = Duration::from_secs(140);

/// A world that runs.
pub(crate) struct World {
    plan: Plan,
    clock: Clock,
    rng: Rng,
    shared: Arc<Shared>,
    process: Process,
    store: Store,
    /// What is to be recorded; the history is written in batches.
    observations: Vec<Observation>,
    /// What happens next, by time and then in the order of scheduling.
    agenda: BTreeMap<(Instant, u64), Item>,
    scheduled: u64,
    /// The folder of the config file.
    folder: tempfile::TempDir,
    /// Whether the config file can be written.
    can_save: bool,
    /// The name under which each row is found in the ledgers.
    names: BTreeMap<JobId, (usize, String)>,
    /// The number of a new job.
    next_job: usize,
    pub(crate) totals: Totals,
}

/// The program under test.
struct Process {
    watcher: Watcher<Service>,
    updates: Updates,
    model: Model,
}

/// Something that is to happen.
#[derive(Debug)]
enum Item {
    Event(Event),
    BeginFault(usize),
    EndFault(usize),
    /// The environment has recovered from a fault.
    EndExcuse(usize),
    /// It has recovered from a short one.
    EndBlip(usize),
    /// No job waits any longer because another one hung.
    EndHang(usize),
    Message(Box<Message>),
    /// The history answers.
    Query(HistoryQuery),
    /// The pasted text is submitted.
    AcceptPaste,
    /// The file watcher saw a change.
    Reload,
    RepairFile(String),
    AllowSaving,
    Resume,
    Unfreeze,
}

/// Runs the world of a seed for 24 hours.
///
/// # Errors
/// What was violated, and when.
pub(crate) fn run(seed: u64) -> Result<Totals, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut world = World::new(seed);
        match world.live().await {
            Ok(()) => Ok(world.totals),
            Err(problem) => Err(format!("after {:?}: {problem}", world.clock.elapsed())),
        }
    })
}

impl World {
    fn new(seed: u64) -> Self {
        let plan = Plan::new(seed);
        let clock = Clock::start();
        let shared = Shared::new(&plan, &clock);
        let folder = memory_folder();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, user::config_text(&plan)).expect("a file in memory");
        let process = Process::start(&path, seed, &clock);
        let mut world = Self {
            rng: Rng::with_seed(seed),
            next_job: plan.jobs.len() + plan.follows.len(),
            clock,
            shared,
            process,
            store: Store::in_memory().expect("a database in memory"),
            observations: Vec::new(),
            agenda: BTreeMap::new(),
            scheduled: 0,
            folder,
            can_save: true,
            names: BTreeMap::new(),
            totals: Totals::default(),
            plan,
        };
        for (at, event) in world.plan.events.clone() {
            world.schedule_at(world.clock.at(at), Item::Event(event));
        }
        for (number, fault) in world.plan.faults.clone().into_iter().enumerate() {
            let from = world.clock.at(fault.from);
            world.schedule_at(from, Item::BeginFault(number));
            world.schedule_at(from + fault.length, Item::EndFault(number));
        }
        world
    }

    /// Lives for 24 hours.
    async fn live(&mut self) -> Result<(), String> {
        self.begin()?;
        let end = self.clock.at(LENGTH);
        loop {
            let next = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let next = next.unwrap_or(end).min(end);
            tokio::select! {
                biased;
                () = time::sleep_until(next) => {
                    if Instant::now() >= end {
                        break;
                    }
                    let Some((_, item)) = self.agenda.pop_first() else { break };
                    self.happen(item).await?;
                }
                batch = self.process.updates.recv() => {
                    let batch = batch.ok_or("the watcher ended")?;
                    self.receive(batch)?;
                }
            }
        }
        self.finish().await
    }

    /// Puts the program into operation.
    fn begin(&mut self) -> Result<(), String> {
        let effects = app::start(&self.process.model);
        self.perform_all(effects)
    }

    fn schedule_at(&mut self, at: Instant, item: Item) {
        self.agenda.insert((at, self.scheduled), item);
        self.scheduled += 1;
    }

    fn schedule(&mut self, after: Duration, item: Item) {
        self.schedule_at(Instant::now() + after, item);
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    async fn happen(&mut self, item: Item) -> Result<(), String> {
        match item {
            Item::Event(event) => {
                self.event(event).await?;
                self.check_all()?;
            }
            Item::BeginFault(number) => self.begin_fault(number),
            Item::EndFault(number) => self.end_fault(number),
            Item::EndExcuse(environment) => {
                self.shared.lock().ledger(environment).end_excuse();
            }
            Item::EndBlip(environment) => self.shared.lock().ledger(environment).end_blip(),
            Item::EndHang(environment) => self.shared.lock().ledger(environment).end_hang(),
            Item::Message(message) => self.send(*message)?,
            Item::AcceptPaste => self.accept_paste()?,
            Item::Query(query) => {
                self.record()?;
                let answer = self.store.answer(&query);
                let answer = answer.map_err(|error| error.to_string())?;
                self.send(Message::HistoryAnswer(answer))?;
            }
            Item::Reload => self.reload()?,
            Item::RepairFile(text) => {
                std::fs::write(self.path(), text).map_err(|error| error.to_string())?;
                self.reload()?;
            }
            Item::AllowSaving => {
                self.can_save = true;
                self.press("ctrl-s")?;
            }
            Item::Resume if self.process.model.paused => self.press("p")?,
            Item::Unfreeze if self.process.model.freeze.is_some() => {
                self.press("f")?;
                self.check_all()?;
            }
            Item::Resume | Item::Unfreeze => {}
        }
        Ok(())
    }

    fn begin_fault(&mut self, number: usize) {
        let fault = self.plan.faults[number];
        let mut state = self.shared.lock();
        state.begin_fault(&self.plan, number);
        let ledger = state.ledger(fault.environment);
        if fault.is_blip() {
            ledger.begin_blip();
        } else if fault.job.is_none() {
            ledger.excuse();
        } else if fault.kind == FaultKind::Timeout {
            ledger.begin_hang();
        }
    }

    fn end_fault(&mut self, number: usize) {
        let fault = self.plan.faults[number];
        self.shared.lock().end_fault(number);
        let retry_after = match fault.kind {
            FaultKind::RateLimited(after) => after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let after = AFTER_FAULT.max(self.plan.interval) + retry_after;
        if fault.is_blip() {
            self.schedule(after, Item::EndBlip(fault.environment));
        } else if fault.job.is_none() {
            self.schedule(after, Item::EndExcuse(fault.environment));
        } else if fault.kind == FaultKind::Timeout {
            self.schedule(after, Item::EndHang(fault.environment));
        }
    }

    /// Every environment has a reason not to poll as usual for a while.
    fn excuse_all(&mut self) {
        self.shared.lock().ledgers().for_each(Ledger::excuse);
        for environment in 0..self.plan.environments {
            let after = AFTER_FAULT.max(self.plan.interval);
            self.schedule(after, Item::EndExcuse(environment));
        }
    }

    fn receive(&mut self, batch: Batch) -> Result<(), String> {
        self.totals.batches += 1;
        self.digest(&batch);
        self.totals.transitions += batch.transitions.len() as u64;
        for status in batch.environment_statuses.values() {
            match status {
                watch::EnvironmentStatus::Closed => {}
                watch::EnvironmentStatus::RateLimited { .. } => self.totals.rate_limits += 1,
                watch::EnvironmentStatus::Unauthorized { .. } => self.totals.refusals += 1,
                watch::EnvironmentStatus::Outage { .. } => self.totals.outages += 1,
            }
        }
        self.check_batch(&batch)?;
        let rows: Vec<_> = batch.snapshots.keys().copied().collect();
        self.send(Message::Watched(batch))?;
        self.check_rows(&rows)
    }

    fn digest(&mut self, batch: &Batch) {
        let mut hasher = DefaultHasher::new();
        self.totals.digest.hash(&mut hasher);
        self.clock.elapsed().hash(&mut hasher);
        for (id, snapshot) in &batch.snapshots {
            let status = snapshot.job.as_ref().map(|job| job.status.as_str());
            (id, status, snapshot.health.errors).hash(&mut hasher);
        }
        self.totals.digest = hasher.finish();
    }

    /// Applies a message to the model, and performs what it asks for.
    fn send(&mut self, message: Message) -> Result<(), String> {
        let effects = app::update(&mut self.process.model, self.clock.wall(), message);
        self.perform_all(effects)
    }

    /// Quits the program and starts it again.
    async fn restart(&mut self) -> Result<(), String> {
        self.totals.restarts += 1;
        self.drain().await?;
        self.check_events()?;
        self.record()?;
        let seed = self.rng.u64(..);
        // The old one ends when its handle is dropped.
        let process = Process::start(&self.path(), seed, &self.clock);
        drop(std::mem::replace(&mut self.process, process));
        time::sleep(Duration::from_millis(1)).await;
        self.names.clear();
        for ledger in self.shared.lock().ledgers() {
            ledger.restart();
        }
        let pruned = self.store.prune(self.clock.wall());
        pruned.map_err(|error| error.to_string())?;
        // What was queued for the old process does not reach the new one.
        self.agenda
            .retain(|_, item| !matches!(item, Item::Message(_) | Item::Query(_)));
        self.begin()
    }

    /// Receives what the watcher has published by now.
    async fn drain(&mut self) -> Result<(), String> {
        while let Ok(batch) = time::timeout(Duration::ZERO, self.process.updates.recv()).await {
            self.receive(batch.ok_or("the watcher ended")?)?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), String> {
        self.drain().await?;
        if self.process.model.freeze.is_some() {
            self.press("f")?;
        }
        self.record()?;
        self.check_all()?;
        self.check_events()?;
        self.check_history()?;
        let mut state = self.shared.lock();
        self.totals.requests = state.ledgers().map(|ledger| ledger.requests).sum();
        Ok(())
    }

    fn draw(&mut self) -> Result<(), String> {
        let size = self.process.model.size;
        let mut terminal = Terminal::new(TestBackend::new(size.width, size.height))
            .map_err(|error| error.to_string())?;
        let drawn = terminal.draw(|frame| {
            ui::view(&self.process.model, frame);
        });
        drawn.map_err(|error| error.to_string())?;
        self.totals.frames += 1;
        Ok(())
    }
}

impl Process {
    fn start(path: &std::path::Path, seed: u64, clock: &Clock) -> Self {
        let config = load(path).expect("the config is read at the start");
        let wall = clock.clone();
        let (watcher, updates) = watch::start_with_clock(seed, move || wall.wall());
        let source = ConfigSource::File(path.display().to_string());
        let setup = ModelConfig::new(config, source, clock.wall(), Size::new(120, 40));
        Self {
            watcher,
            updates,
            model: Model::new(setup),
        }
    }
}

fn load(path: &std::path::Path) -> Result<Config, String> {
    config::load(path, &Overrides::default()).map_err(|error| error.to_string())
}

/// A folder in memory, where there is such a thing, since files are synced.
fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}
