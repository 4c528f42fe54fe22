//! Slow and silent jobs: how many healthy jobs are called one of them at
//! several polling rates, and how many jobs that take several times as long as
//! is typical of their tenant are found before they finish.

use fastrand::Rng;
use hgtop::history::PastRun;
use hgtop::hotglue::{Stage, State};
use hgtop::rollout::{FlowBaseline, RunningJob, RunningStage, judge_running};
use jiff::{SignedDuration, Timestamp};

use super::table::{Effort, Measurement};
use super::world::{HEAVY_TAILS, PLAIN, Shape, WORLDS, World, normal};

const ROLLOUTS: usize = 40;
const SEED: u64 = 7_102;
/// Seconds between two polls.
const POLLS: [f64; 3] = [5.0, 60.0, 100.0];
/// The typical duration of a run: several polls at each rate.
const SECONDS: f64 = 300.0;
const FALSE_ALARMS: f64 = 1.0 / 200.0;
/// How many times the typical duration a planted job takes, and how many of
/// those should be found.
const TIMES: [f64; 2] = [4.0, 8.0];
const RECALL: f64 = 0.9;
/// The typical time between two events, in seconds, and its spreads as
/// logarithms: of the tenants, and of the events.
const EVENTS: f64 = 12.0;
const SPREADS: (f64, f64) = (0.4, 0.5);

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let rollouts = match effort {
        Effort::Small => 1,
        Effort::Full => ROLLOUTS,
    };
    let none_straggles = World {
        name: "no stragglers",
        stragglers: 0.0,
        ..PLAIN
    };
    let worlds = WORLDS.iter().chain([&HEAVY_TAILS, &none_straggles]);
    let mut lines = Vec::new();
    let mut all = [Counts::default(); 3];
    for world in worlds {
        let world = World {
            seconds: SECONDS,
            ..*world
        };
        let counts = POLLS.map(|polls| counts(&world, polls, rollouts));
        let has_stragglers = world.stragglers > 0.0 || world.shape == Shape::HeavyTails;
        lines.extend(rates(world.name, POLLS[0], counts[0], has_stragglers));
        for (sum, counts) in all.iter_mut().zip(counts) {
            sum.healthy += counts.healthy;
            sum.false_alarms += counts.false_alarms;
            sum.slow += counts.slow;
            for (sum, found) in sum.found.iter_mut().zip(counts.found) {
                *sum += found;
            }
        }
    }
    for (polls, counts) in POLLS.into_iter().zip(all) {
        lines.extend(rates("all worlds", polls, counts, true));
    }
    // All of a conclusion follow each other.
    lines.sort_by_key(Measurement::conclusion);
    lines
}

/// The rates of one world: false alarms, and found jobs for each of [`TIMES`],
/// many of which are missed where some healthy jobs take as long.
fn rates(name: &str, polls: f64, counts: Counts, has_stragglers: bool) -> [Measurement; 3] {
    let world = format!("{name}, polls of {polls} s");
    let found = |conclusion, found| {
        let counts = (found, counts.slow);
        Measurement::at_least(RECALL, conclusion, &world, SEED, counts).in_world(has_stragglers)
    };
    let [four, eight] = counts.found;
    [
        Measurement::at_most(
            FALSE_ALARMS,
            "slow, silent: false alarm",
            &world,
            SEED,
            (counts.false_alarms, counts.healthy),
        ),
        found("slow: found at 4 × the typical duration", four),
        found("slow: found at 8 × the typical duration", eight),
    ]
}

#[derive(Default, Clone, Copy)]
struct Counts {
    healthy: usize,
    false_alarms: usize,
    slow: usize,
    found: [usize; 2],
}

fn counts(world: &World, polls: f64, rollouts: usize) -> Counts {
    let mut rng = Rng::with_seed(SEED);
    let mut counts = Counts::default();
    for _ in 0..rollouts {
        let (_, simulated) = world.simulate(&mut rng);
        let spread = SPREADS.0;
        let paces: Vec<f64> = (0..world.tenants)
            .map(|_| EVENTS.ln() + spread * normal(&mut rng))
            .collect();
        let pace = |run: &PastRun| {
            let tenant = run.tenant.to_string();
            paces[tenant.trim_start_matches('t').parse::<usize>().unwrap()]
        };
        let mut past = simulated.before;
        for run in &mut past {
            let watched = Watched::new(run, pace(run), polls, &mut rng);
            run.silences = watched.recorded_silences();
        }
        let Some(baseline) = FlowBaseline::new(&past) else {
            continue;
        };
        for run in &simulated.after {
            if run.state == State::Completed {
                let watched = Watched::new(run, pace(run), polls, &mut rng);
                counts.healthy += 1;
                counts.false_alarms += usize::from(watched.is_anomalous(&baseline));
            }
            let typical = simulated.typical[&run.tenant];
            counts.slow += 1;
            for (found, times) in counts.found.iter_mut().zip(TIMES) {
                let slow = lasting(run, times * typical);
                let watched = Watched::new(&slow, pace(run), polls, &mut rng);
                *found += usize::from(watched.is_slow(&baseline));
            }
        }
    }
    counts
}

/// A run that completes after a number of seconds.
fn lasting(run: &PastRun, seconds: f64) -> PastRun {
    let factor = seconds / run.duration().as_secs_f64();
    let longer =
        |duration: SignedDuration| SignedDuration::from_secs_f64(duration.as_secs_f64() * factor);
    let stages = run.stages.iter();
    PastRun {
        finished: run.started + longer(run.duration()),
        state: State::Completed,
        stages: stages
            .map(|(stage, duration)| (*stage, longer(*duration)))
            .collect(),
        ..run.clone()
    }
}

/// A run with its events and polls, in seconds since its start.
struct Watched<'a> {
    run: &'a PastRun,
    /// The stages with their beginnings and ends.
    stages: Vec<(Stage, f64, f64)>,
    /// In order; the first event of a stage is its beginning, and the last
    /// event of the run its end.
    events: Vec<f64>,
    polls: Vec<f64>,
}

impl<'a> Watched<'a> {
    fn new(run: &'a PastRun, pace: f64, polls: f64, rng: &mut Rng) -> Self {
        let mut began = 0.0;
        let (mut stages, mut events) = (Vec::new(), Vec::new());
        for (stage, duration) in &run.stages {
            let ended = began + duration.as_secs_f64();
            stages.push((*stage, began, ended));
            let mut event = began;
            while event < ended {
                events.push(event);
                event += (pace + SPREADS.1 * normal(rng)).exp();
            }
            began = ended;
        }
        events.push(began);
        let first = rng.f64() * polls;
        let times = std::iter::successors(Some(first), |time| Some(time + polls));
        Self {
            run,
            stages,
            events,
            polls: times.take_while(|time| *time < began).collect(),
        }
    }

    fn last_event(&self, time: f64) -> f64 {
        let after = self.events.partition_point(|event| *event <= time);
        self.events[after - 1]
    }

    /// The longest time between two events in each stage, as polls see them.
    fn recorded_silences(&self) -> Vec<(Stage, SignedDuration)> {
        let recorded = |(stage, began, ended): &(Stage, f64, f64)| {
            let within = |time: &&f64| (*began..*ended).contains(*time);
            let polls: Vec<f64> = self.polls.iter().filter(within).copied().collect();
            let last = polls.last()?;
            let next = self.polls.iter().find(|time| *time > last);
            let end = self.events[self.events.len() - 1];
            let seen = polls.iter().map(|time| self.last_event(*time));
            let after = next.map_or(end, |time| self.last_event(*time));
            let seen: Vec<f64> = seen.chain([after]).collect();
            let gaps = seen.windows(2).map(|pair| pair[1] - pair[0]);
            let longest = gaps.fold(0.0, f64::max);
            Some((*stage, SignedDuration::from_secs_f64(longest)))
        };
        self.stages.iter().filter_map(recorded).collect()
    }

    /// Whether any poll finds the run slow or silent.
    fn is_anomalous(&self, baseline: &FlowBaseline) -> bool {
        self.polls.iter().any(|time| self.is_found(*time, baseline))
    }

    /// The same by the last poll in each stage, which finds every slow run that
    /// an earlier one finds.
    fn is_slow(&self, baseline: &FlowBaseline) -> bool {
        self.stages.iter().any(|(.., ended)| {
            let before = self.polls.iter().rfind(|time| *time < ended);
            before.is_some_and(|time| self.is_found(*time, baseline))
        })
    }

    fn is_found(&self, time: f64, baseline: &FlowBaseline) -> bool {
        let time_after = |seconds: f64| -> Timestamp {
            self.run.started + SignedDuration::from_secs_f64(seconds)
        };
        let stage = self.stages.iter().find(|(.., ended)| time < *ended);
        let job = RunningJob {
            started: Some(self.run.started),
            stage: stage.map(|(stage, began, _)| RunningStage {
                stage: *stage,
                since: time_after(*began),
                has_finished: false,
            }),
            last_event: Some(time_after(self.last_event(time))),
            polled: time_after(time),
        };
        let tap = Some(&self.run.tap);
        judge_running(job, &self.run.tenant, tap, baseline).is_some()
    }
}
