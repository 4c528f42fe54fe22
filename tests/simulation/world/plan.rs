//! What a seed stands for: the environments and jobs of a world, the faults
//! of its service and network, and what happens to the machine and by its
//! user during 24 hours.

mod attacks;

use std::time::Duration;

use fastrand::Rng;
use jiff::SignedDuration;

use super::life::Life;

/// The simulated time of a seed.
pub(crate) const LENGTH: Duration = Duration::from_hours(24);
const HOUR: i64 = 3_600_000;
/// About how many polls a seed may cost.
const MOST_POLLS: i64 = 5_000;
/// The poll intervals to choose from, in seconds; those that the config allows.
const INTERVALS: [u64; 9] = [1, 2, 5, 10, 30, 60, 120, 300, 600];

/// Everything that a seed decides in advance.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) environments: usize,
    pub(crate) interval: Duration,
    pub(crate) rate: u32,
    pub(crate) concurrency: usize,
    /// About how long a request takes.
    pub(crate) latency: Duration,
    /// The watched jobs, by environment.
    pub(crate) jobs: Vec<(usize, Life)>,
    /// The followed tenants of each environment; the runs of each, oldest
    /// first.
    pub(crate) follows: Vec<(usize, Vec<Life>)>,
    pub(crate) faults: Vec<Fault>,
    /// What happens when, on the monotonic clock; ascending.
    pub(crate) events: Vec<(Duration, Event)>,
}

/// A fault of the service or the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fault {
    pub(crate) environment: usize,
    /// The job it affects, by its place in [`Plan::jobs`]; `None` for all of
    /// the environment.
    pub(crate) job: Option<usize>,
    pub(crate) kind: FaultKind,
    /// Which part of the requests it hits.
    pub(crate) share: f64,
    pub(crate) from: Duration,
    pub(crate) length: Duration,
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// No response within the timeout.
    Timeout,
    /// The connection is refused.
    Unreachable,
    /// The connection breaks in mid response.
    Interrupted,
    /// 5xx.
    ServerError,
    /// 429, with or without Retry-After.
    RateLimited(Option<Duration>),
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// A response that is not JSON.
    Garbage,
    /// A response for another job.
    WrongJob,
}

/// Something that happens to the machine, the config, or by the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    /// The process is stopped for this long (SIGSTOP).
    StopProcess(Duration),
    /// The machine sleeps for this long.
    Sleep(Duration),
    /// The wall clock is set wrong by this much.
    SetClock(SignedDuration),
    /// The screen is not served for this long, as by a terminal that blocks.
    BlockScreen(Duration),
    /// The program is quit and started again.
    Restart,
    Pause,
    /// Polling is paused for this long.
    PauseFor(Duration),
    Freeze,
    RefreshAll,
    RefreshMarked,
    /// Random keys, with this seed.
    Keys(u64),
    Remove,
    Undo,
    /// A job is refreshed, removed while the request is in flight, and restored.
    RemoveAndUndo,
    /// References are pasted, and added.
    Paste,
    /// The config file is edited by hand.
    Edit(Edit),
    /// For this long, nothing can be saved.
    BreakSaving(Duration),
    Resize(u16, u16),
    Focus(bool),
    Draw,
    Tick,
}

/// An edit of the config file by hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Edit {
    AddJobs,
    RemoveJobs,
    /// Another poll interval, of one job or of all.
    Interval(Duration, bool),
    /// Requests a second, and at the same time.
    Limits(u32, u32),
    /// An environment gets another name.
    Rename,
    /// An environment gets another API key.
    ApiKey,
    /// The tenant of a followed flow is removed, added again, or gets a start.
    Follow,
    /// A mistake, corrected after this long.
    Break(Duration),
}

impl Plan {
    /// The plan of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        // From one tenant to thousands, small worlds being as likely as large.
        let magnitude = rng.u32(0..13);
        let size = rng.u32(1..=1 << magnitude) as usize;
        let environments = rng.usize(1..=size.min(3));
        let rate = *pick(rng, &[1, 2, 5, 20, 20, 20, 50]);
        let concurrency = *pick(rng, &[1, 2, 4, 16, 16]);
        let (jobs, follows) = lives(rng, size, environments);
        let interval = interval(rng, &jobs, &follows, environments, rate);
        let latency = length(rng, Duration::from_millis(5), Duration::from_secs(1));
        let faults = faults(rng, environments, &jobs);
        let events = events(rng, size, !follows.is_empty());
        let mut plan = Self {
            environments,
            interval,
            rate,
            concurrency,
            latency,
            jobs,
            follows,
            faults,
            events,
        };
        attacks::add(&mut plan, seed);
        plan
    }
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(..choices.len())]
}

/// A length between two bounds, short ones being as likely as long ones.
fn length(rng: &mut Rng, from: Duration, to: Duration) -> Duration {
    from.mul_f64((to.as_secs_f64() / from.as_secs_f64()).powf(rng.f64()))
}

type Lives = (Vec<(usize, Life)>, Vec<(usize, Vec<Life>)>);

fn lives(rng: &mut Rng, size: usize, environments: usize) -> Lives {
    let pace = length(rng, Duration::from_secs(5), Duration::from_hours(1));
    let pace = i64::try_from(pace.as_millis()).unwrap_or(HOUR);
    let fail_rate = *pick(rng, &[0.0, 0.02, 0.1, 0.3, 0.9]);
    // A job that does not exist yet is polled once a minute, so in a large
    // world all exist soon.
    let each = i64::try_from(size).unwrap_or(i64::MAX);
    let latest = (MOST_POLLS * 60_000 / each).min(24 * HOUR);
    // A rollout begins within half an hour; otherwise jobs begin all day.
    let rollout = rng.bool().then(|| rng.i64(-HOUR..latest));
    let followed = if rng.u8(..4) == 0 { size.min(20) } else { 0 };
    let start = |rng: &mut Rng| match rollout {
        Some(begin) => begin + rng.i64(0..latest.min(HOUR / 2)),
        None => rng.i64(-2 * HOUR..latest),
    };
    let mut jobs = Vec::new();
    let mut follows = Vec::new();
    for number in 0..size {
        let environment = rng.usize(..environments);
        let tenant = format!("t{number}");
        if number < followed {
            let names = |run| {
                let root = format!("{tenant}/flows/followed/jobs/run{run}");
                [tenant.clone(), "followed".to_owned(), root]
            };
            let mut starts: Vec<_> = (0..rng.usize(0..4)).map(|_| start(rng)).collect();
            starts.sort_unstable();
            let runs = starts.into_iter().enumerate();
            let runs = runs.map(|(run, at)| Life::new(rng, names(run), at, pace, fail_rate));
            follows.push((environment, runs.collect()));
        } else {
            let flow = format!("f{}", number % 5);
            let root = format!("{tenant}/flows/{flow}/jobs/j{number}");
            let begin = start(rng);
            let life = Life::new(rng, [tenant, flow, root], begin, pace, fail_rate);
            jobs.push((environment, life));
        }
    }
    (jobs, follows)
}

/// The shortest interval that does not cost too many polls, or a longer one.
fn interval(
    rng: &mut Rng,
    jobs: &[(usize, Life)],
    follows: &[(usize, Vec<Life>)],
    environments: usize,
    rate: u32,
) -> Duration {
    let runs = follows.iter().flat_map(|(_, runs)| runs);
    let lives = jobs.iter().map(|(_, life)| life).chain(runs);
    let running: i64 = lives.map(|life| life.running().min(24 * HOUR)).sum();
    let listed = i64::try_from(follows.len()).unwrap_or(i64::MAX) * 24 * HOUR;
    let environments = i64::try_from(environments).unwrap_or(i64::MAX);
    let ceiling = 24 * HOUR / 1_000 * i64::from(rate) * environments;
    let cost = |seconds: u64| {
        let millis = i64::try_from(seconds * 1_000).unwrap_or(i64::MAX);
        (running / millis + listed / millis.max(30_000)).min(ceiling)
    };
    let cheap = INTERVALS
        .iter()
        .position(|seconds| cost(*seconds) < MOST_POLLS);
    let cheap = cheap.unwrap_or(INTERVALS.len() - 1);
    let longer = rng.usize(0..3);
    Duration::from_secs(INTERVALS[(cheap + longer).min(INTERVALS.len() - 1)])
}

fn faults(rng: &mut Rng, environments: usize, jobs: &[(usize, Life)]) -> Vec<Fault> {
    use FaultKind::{
        Forbidden, Garbage, Interrupted, NotFound, RateLimited, ServerError, Timeout, Unauthorized,
        Unreachable, WrongJob,
    };
    let mut faults = Vec::new();
    let count = *pick(rng, &[0, 1, 3, 10]);
    for _ in 0..count {
        let retry_after = rng
            .bool()
            .then(|| length(rng, Duration::from_secs(1), Duration::from_mins(10)));
        let for_all = [
            Timeout,
            Unreachable,
            Interrupted,
            ServerError,
            RateLimited(retry_after),
            Unauthorized,
            Garbage,
        ];
        let for_one = [
            Timeout,
            ServerError,
            Unauthorized,
            Forbidden,
            NotFound,
            Garbage,
            WrongJob,
        ];
        let job = (!jobs.is_empty() && rng.bool()).then(|| rng.usize(..jobs.len()));
        let kind = match job {
            Some(_) => *pick(rng, &for_one),
            None => *pick(rng, &for_all),
        };
        faults.push(Fault {
            environment: job.map_or_else(|| rng.usize(..environments), |job| jobs[job].0),
            job,
            kind,
            share: *pick(rng, &[1.0, 1.0, 0.5, 0.1]),
            from: LENGTH.mul_f64(rng.f64()),
            length: length(rng, Duration::from_secs(5), Duration::from_hours(2)),
        });
    }
    faults
}

fn events(rng: &mut Rng, size: usize, has_follows: bool) -> Vec<(Duration, Event)> {
    let mut events = Vec::new();
    // Each event costs a check of every row.
    let count = rng.usize(0..100.min(4 + 20_000 / size));
    for _ in 0..count {
        events.push((LENGTH.mul_f64(rng.f64()), event(rng, size, has_follows)));
    }
    for minute in (0..24 * 60).step_by(20) {
        events.push((Duration::from_mins(minute), Event::Tick));
    }
    // Stable, so that the same seed gives the same order.
    events.sort_by_key(|(at, _)| *at);
    events
}

fn event(rng: &mut Rng, size: usize, has_follows: bool) -> Event {
    let short = length(rng, Duration::from_secs(1), Duration::from_mins(20));
    let long = length(rng, Duration::from_secs(1), Duration::from_hours(4));
    match rng.u8(..20) {
        0 => Event::StopProcess(long),
        1 => Event::Sleep(long),
        2 => {
            let seconds = *pick(rng, &[1, 60, 3_600, 86_400, 40 * 86_400]);
            Event::SetClock(SignedDuration::from_secs(rng.i64(-seconds..=seconds)))
        }
        3 => Event::BlockScreen(short),
        4 => Event::Restart,
        5 => Event::Pause,
        6 => Event::Freeze,
        7 if size < 500 => Event::RefreshAll,
        8 => Event::RefreshMarked,
        9 | 10 => Event::Keys(rng.u64(..)),
        11 => Event::Remove,
        12 => Event::Undo,
        13 => Event::Paste,
        14 | 15 => Event::Edit(edit(rng, has_follows)),
        16 => Event::BreakSaving(short),
        17 => Event::Resize(rng.u16(20..220), rng.u16(5..70)),
        18 => Event::Focus(rng.bool()),
        _ => Event::Draw,
    }
}

fn edit(rng: &mut Rng, has_follows: bool) -> Edit {
    match rng.u8(..8) {
        0 => Edit::RemoveJobs,
        1 => {
            // An interval for all must not cost too many polls.
            let all = rng.bool() && !has_follows;
            let seconds = *pick(
                rng,
                if all {
                    &INTERVALS[6..]
                } else {
                    &INTERVALS[4..]
                },
            );
            Edit::Interval(Duration::from_secs(seconds), all)
        }
        2 => Edit::Limits(*pick(rng, &[1, 5, 20]), *pick(rng, &[1, 4, 16])),
        3 => Edit::Rename,
        4 => Edit::ApiKey,
        5 => Edit::Break(length(rng, Duration::from_secs(1), Duration::from_mins(5))),
        _ => Edit::AddJobs,
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} environments, {} jobs, {} followed tenants; every {:?}, {} requests/s, {} at \
             the same time, {:?} each",
            self.environments,
            self.jobs.len(),
            self.follows.len(),
            self.interval,
            self.rate,
            self.concurrency,
            self.latency
        )?;
        for fault in &self.faults {
            writeln!(f, "{fault:?}")?;
        }
        for (at, event) in &self.events {
            if *event != Event::Tick {
                writeln!(f, "{at:?}: {event:?}")?;
            }
        }
        Ok(())
    }
}
