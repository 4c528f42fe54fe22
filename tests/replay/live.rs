//! A live dashboard on simulated time, whose effects are performed on a history
//! in memory.
#![allow(unreachable_pub, reason = "shared within this test")]

use std::path::Path;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fastrand::Rng;
use hgtop::app::{ConfigSource, Effect, Message, Model, ModelConfig, start, update};
use hgtop::config::{self, Config, Overrides};
use hgtop::history::Store;
use hgtop::hotglue::{FetchError, Job, JobAddress, JobRoot};
use hgtop::ui;
use hgtop::watch::{
    Batch, EnvironmentId, EnvironmentStatus, FailureStreak, Health, JobId, JobSelector, Snapshot,
    Transition,
};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::earlier::{earlier_runs, old_run};

const CONFIG: &str = r#"
[environments.prod]
env_id = "prod.example.xyz"
accent = "red"

[[jobs]]
name = "nightly"
job_root = "acme/flows/orders/jobs/n1"
tags = ["team-a"]

[[jobs]]
job_root = "globex/flows/orders/jobs/n2"

[[follow]]
name = "invoices v2"
flow = "invoices"
tenants = ["acme", "globex", "initech", "umbrella", "hooli", "wonka", "tyrell"]
since = 2026-11-24T03:00:00Z
gate = ["failed<=10%"]
"#;
const STAGES: [&str; 7] = [
    "JOB_CREATED",
    "DISCOVER_STARTED",
    "SYNC_STARTED",
    "SYNC_SUCCESS",
    "ETL_STARTED",
    "EXPORT_STARTED",
    "JOB_COMPLETED",
];
const FAILURES: [&str; 3] = [
    "KeyError: 'invoice_id' in etl.py line 42\n\nTraceback (most recent call last):\n  File \
     \"etl.py\", line 42\nKeyError: 'invoice_id'",
    "429 Too Many Requests after 8 retries on page 349",
    "",
];

pub fn begin() -> Timestamp {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

/// A time, in seconds after the start of the dashboard.
pub fn at(second: i64) -> Timestamp {
    begin() + SignedDuration::from_secs(second)
}

/// What happens to a job.
struct Plan {
    address: Arc<JobAddress>,
    row: JobId,
    /// When each status is reached, in seconds.
    steps: Vec<(i64, &'static str)>,
    failure: &'static str,
    /// Seconds between two events within a stage.
    beat: i64,
    rows: u64,
    known: Snapshot,
    /// The newest run of the tenant before.
    old: Option<(Arc<JobAddress>, Arc<Job>)>,
    is_followed: bool,
}

impl Plan {
    /// The answer of the service at a time; `None` before the job is created.
    fn answer(&self, second: i64) -> Option<Job> {
        let reached = self.steps.iter().rev().find(|(at, _)| *at <= second);
        let (since, status) = *reached?;
        let is_finished = status.ends_with("FAILED") || status == "JOB_COMPLETED";
        let events = if is_finished {
            0
        } else {
            (second - since) / self.beat
        };
        let mut fields = serde_json::json!({
            "status": status, "tap": "shopify", "target": "intacct",
            "start_time": at(self.steps[0].0).to_string(),
            "last_updated": at(since + events * self.beat).to_string(),
            "state": {"token": "hush"},
        });
        if status == "SYNC_STARTED" {
            fields["message"] = format!("page {events}\nof many").into();
            fields["processed_rows"] = (u64::try_from(events).unwrap() * 100).into();
        } else if is_finished {
            fields["processed_rows"] = self.rows.into();
            fields["message"] = self.failure.into();
        }
        Some(Job::decode(&fields.to_string()).unwrap())
    }

    fn is_finished(&self) -> bool {
        let job = self.known.job.as_ref();
        let is_current = self.known.address.as_ref() == Some(&self.address);
        is_current && job.is_some_and(|job| job.status.is_finished())
    }
}

/// A dashboard with its history.
pub struct World {
    pub model: Model,
    pub store: Store,
    pub now: Timestamp,
}

impl World {
    pub fn new(
        config: Config,
        source: ConfigSource,
        now: Timestamp,
        size: Size,
        store: Store,
    ) -> Self {
        Self {
            model: Model::new(ModelConfig::new(config, source, now, size)),
            store,
            now,
        }
    }

    pub fn start(&mut self) {
        let effects = start(&self.model);
        self.perform(effects);
    }

    /// Applies a message and performs what it leads to. Returns the other
    /// effects.
    pub fn apply(&mut self, message: Message) -> Vec<Effect> {
        let effects = update(&mut self.model, self.now, message);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut others = Vec::new();
        for effect in effects {
            match effect {
                Effect::Record(observations) => self.store.record(&observations).unwrap(),
                Effect::RecordEvents(events) => self.store.record_events(&events).unwrap(),
                Effect::RecordForecasts(made) => self.store.record_forecasts(&made).unwrap(),
                Effect::RecordUpdates(updates) => self.store.record_updates(&updates).unwrap(),
                Effect::RecordList(list) => self.store.record_list(&list).unwrap(),
                Effect::HistoryQuery(query) => {
                    let answer = self.store.answer(&query).unwrap();
                    others.extend(self.apply(Message::of_history(answer)));
                }
                Effect::Forecast(request) => {
                    others.extend(self.apply(Message::Forecast(request.compute())));
                }
                Effect::OfMoment(number, effect) => {
                    let Effect::Forecast(request) = *effect else {
                        panic!("{effect:?}");
                    };
                    let answer = Box::new(Message::Forecast(request.compute()));
                    others.extend(self.apply(Message::OfMoment(number, answer)));
                }
                other => others.push(other),
            }
        }
        others
    }

    pub fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.apply(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub fn go_to(&mut self, time: Timestamp) {
        let effects = self.model.go_to(time);
        self.perform(effects);
    }

    /// The most room that messages took so far is no part of the record.
    pub fn forget_heights(&mut self) {
        let Size { width, height } = self.model.size;
        self.apply(Message::Resize { width, height: 12 });
        self.apply(Message::Resize { width, height });
    }

    pub fn screen(&self) -> Buffer {
        let Size { width, height } = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| drop(ui::view(&self.model, frame)))
            .unwrap();
        terminal.backend().buffer().clone()
    }
}

/// A rollout that is watched.
pub struct Live {
    pub world: World,
    plans: Vec<Plan>,
    rng: Rng,
    second: i64,
    outage: Option<i64>,
}

impl Live {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let config = config::parse(CONFIG, Path::new("config.toml"), &Overrides::default());
        let source = ConfigSource::File("config.toml".to_owned());
        let sizes = [(120, 36), (80, 24), (200, 50), (100, 30)];
        let (width, height) = sizes[rng.usize(..sizes.len())];
        let mut store = Store::in_memory().unwrap();
        earlier_runs(&mut store);
        let size = Size::new(width, height);
        let mut world = World::new(config.unwrap(), source, at(-30), size, store);
        world.start();
        let mut plans = Vec::new();
        for row in world.model.jobs.all() {
            let (address, is_new) = match &row.selector {
                JobSelector::Job(address) => (Arc::clone(address), rng.bool()),
                JobSelector::Newest { flow, tenant } => {
                    let root = format!("{tenant}/flows/{flow}/jobs/r{}", rng.u8(..));
                    let job_root = JobRoot::parse(&root).unwrap();
                    (Arc::new(JobAddress::from_root(job_root).unwrap()), true)
                }
            };
            let mut plan = plan(row.id, address, is_new, &mut rng);
            if let JobSelector::Newest { tenant, .. } = &row.selector {
                plan.is_followed = true;
                plan.old = old_run(tenant.as_str());
            }
            plans.push(plan);
        }
        // Something is always recorded at the last moment.
        plans[0].steps.truncate(3);
        plans[0].beat = 1;
        Self {
            world,
            plans,
            rng,
            second: 0,
            outage: None,
        }
    }

    /// Watches for some seconds, in which not every job is polled.
    pub fn run(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.second += 1;
            self.world.now = at(self.second);
            match self.outage {
                None if self.rng.u8(..) < 2 => self.begin_outage(),
                Some(end) if end <= self.second => self.end_outage(),
                Some(_) => {}
                None => {
                    let share = self.rng.f64();
                    self.poll(share);
                }
            }
        }
    }

    /// Waits until every forecast is old, and polls every unfinished job, so that
    /// everything on the screen is as of this moment.
    pub fn settle(&mut self) -> Timestamp {
        if self.outage.is_some() {
            self.end_outage();
        }
        self.second += 11;
        self.world.now = at(self.second);
        self.poll(1.0);
        // What the user has seen, and where the cursor is, is not recorded.
        self.world.press(KeyCode::Char('F'));
        self.world.press(KeyCode::Esc);
        self.world.press(KeyCode::Char('g'));
        self.world.forget_heights();
        self.world.now
    }

    fn poll(&mut self, share: f64) {
        let (now, second) = (self.world.now, self.second);
        let mut batch = Batch::default();
        for plan in &mut self.plans {
            if plan.is_finished() || (share < 1.0 && self.rng.f64() >= share) {
                continue;
            }
            let health = Health {
                last_poll: Some(now),
                last_success: Some(now),
                polls: 1,
                ..Health::default()
            };
            let answer = plan.answer(second).map(Arc::new);
            let (address, job) = match (answer, &plan.old) {
                (Some(job), _) => (Arc::clone(&plan.address), job),
                (None, Some((address, job))) => (Arc::clone(address), Arc::clone(job)),
                (None, None) if plan.is_followed => {
                    plan.known.health = health;
                    batch.snapshots.insert(plan.row, plan.known.clone());
                    continue;
                }
                (None, None) => continue,
            };
            let is_other = plan.known.address.as_ref() != Some(&address);
            let from = plan.known.job.as_ref().filter(|_| !is_other);
            let from = from.map(|job| job.status.clone());
            if from.as_ref() != Some(&job.status) {
                let to = Arc::clone(&job);
                let mut transition = Transition::new(plan.row, Arc::clone(&address), from, to, now);
                transition.is_new_run = is_other && plan.known.job.is_some();
                batch.transitions.push(transition);
            }
            plan.known = Snapshot {
                job: Some(job),
                address: Some(address),
                health,
            };
            batch.snapshots.insert(plan.row, plan.known.clone());
        }
        self.world.apply(Message::Watched(batch));
    }

    /// Everything is polled once more, then the service is down.
    fn begin_outage(&mut self) {
        self.poll(1.0);
        let (now, second) = (self.world.now, self.second);
        self.outage = Some(second + 5 + self.rng.i64(0..40));
        self.publish(EnvironmentStatus::Outage {
            since: now,
            error: Arc::new(FetchError::Server {
                status: 503,
                message: None,
            }),
            next: now,
        });
        // The probe is a poll of one job, which becomes stale.
        let error = Arc::new(FetchError::TimedOut);
        let is_failing = |plan: &&mut Plan| plan.known.job.is_some() && !plan.is_finished();
        if let Some(plan) = self.plans.iter_mut().find(is_failing) {
            plan.known.health.failure_streak = Some(FailureStreak {
                since: now,
                count: 1,
                error,
            });
            let mut batch = Batch::default();
            batch.snapshots.insert(plan.row, plan.known.clone());
            self.world.apply(Message::Watched(batch));
        }
    }

    fn end_outage(&mut self) {
        self.outage = None;
        self.publish(EnvironmentStatus::Closed);
        self.poll(1.0);
    }

    fn publish(&mut self, status: EnvironmentStatus) {
        let mut batch = Batch::default();
        batch.environment_statuses.insert(EnvironmentId(0), status);
        self.world.apply(Message::Watched(batch));
    }
}

fn plan(row: JobId, address: Arc<JobAddress>, is_new: bool, rng: &mut Rng) -> Plan {
    let mut time = if is_new {
        rng.i64(1..120)
    } else {
        -rng.i64(20..60)
    };
    let fails_at = rng.bool().then(|| rng.usize(2..6));
    let mut steps = Vec::new();
    for (number, stage) in STAGES.iter().enumerate() {
        if fails_at == Some(number) {
            steps.push((
                time,
                if number > 4 {
                    "EXPORT_FAILED"
                } else {
                    "SYNC_FAILED"
                },
            ));
            break;
        }
        steps.push((time, *stage));
        time += rng.i64(2..90);
    }
    let has_failed = fails_at.is_some();
    Plan {
        address,
        row,
        steps,
        failure: if has_failed {
            FAILURES[rng.usize(..3)]
        } else {
            ""
        },
        beat: rng.i64(3..20),
        rows: if rng.u8(..10) == 0 {
            0
        } else {
            rng.u64(900..1_100)
        },
        known: Snapshot::default(),
        old: None,
        is_followed: false,
    }
}
