//! Forecasts: how often a rollout has finished by the median and by the 90th
//! percentile of its ETA, and how often the job named as the last one is it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use hgtop::history::PastRun;
use hgtop::hotglue::{State, TenantId};
use hgtop::rollout::{FlowBaseline, FlowSnapshot, JobEnd, RolloutSnapshot, StartedJob};
use hgtop::watch::JobId;
use jiff::{SignedDuration, Timestamp};

use super::oracle::{Oracle, RunningRun};
use super::table::{Effort, Measurement};
use super::world::{HEAVY_TAILS, HELD_OUT, PLAIN, WORLDS, World};

const ROLLOUTS: usize = 500;
const SEED: u64 = 7_101;
/// The seed of the worlds that no rule was changed for.
const HELD_OUT_SEED: u64 = 9_001;
/// The shares of finished jobs at which a forecast is read, in percent.
const FINISHED: [usize; 4] = [25, 50, 75, 90];
/// The index of the reading in which the last job is judged.
const LATE: usize = 2;
const MEDIAN: (f64, f64) = (0.4, 0.6);
const NINETIETH: (f64, f64) = (0.85, 0.95);
/// The usual time between two polls of a job, in seconds.
const POLLS: f64 = 5.0;

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let rollouts = match effort {
        Effort::Small => 2,
        Effort::Full => ROLLOUTS,
    };
    let slower = World {
        name: "rollout slower by half",
        factor: 1.5,
        ..PLAIN
    };
    let seldom = World {
        name: "plain, polls of 60 s",
        ..PLAIN
    };
    let usual = WORLDS.iter().chain([&HEAVY_TAILS, &slower]);
    let known = usual.map(|world| (world, POLLS, SEED));
    let known = known.chain([(&seldom, 60.0, SEED)]);
    let held_out = HELD_OUT.iter().map(|world| (world, POLLS, HELD_OUT_SEED));
    let mut measured = Vec::new();
    for (group, worlds) in [
        ("all worlds", known.collect::<Vec<_>>()),
        ("all held out worlds", held_out.collect()),
    ] {
        measured.extend(measure_group(group, &worlds, rollouts, effort));
    }
    // All of a conclusion follow each other.
    measured.sort_by_key(Measurement::conclusion);
    measured
}

/// The rates in some worlds and in all of them.
fn measure_group(
    group: &str,
    worlds: &[(&World, f64, u64)],
    rollouts: usize,
    effort: Effort,
) -> Vec<Measurement> {
    let mut measured = Vec::new();
    let mut all = [Tally::default(); 4];
    let seed = worlds[0].2;
    for (world, polls, seed) in worlds {
        let tallies = tallies(world, *polls, rollouts, *seed);
        // Two rollouts say nothing about one world.
        if effort == Effort::Full {
            measured.extend(coverage(world.name, &tallies, rollouts, *seed));
            measured.push(last_named(world.name, &tallies[LATE], *seed));
        }
        for (sum, tally) in all.iter_mut().zip(&tallies) {
            sum.add(tally);
        }
    }
    let rollouts = rollouts * worlds.len();
    for (percent, tally) in FINISHED.iter().zip(&all) {
        let name = format!("{group}, {percent} % finished");
        let tally = std::slice::from_ref(tally);
        measured.extend(coverage(&name, tally, rollouts, seed));
    }
    measured.extend(coverage(group, &all, rollouts, seed));
    measured.push(last_named(group, &all[LATE], seed));
    measured
}

/// How often the last job is named right, beside how often it could be.
fn last_named(world: &str, tally: &Tally, seed: u64) -> Measurement {
    let counts = (tally.last_right, tally.readings);
    let conclusion = "last job named right, 75 % finished";
    let measurement = Measurement::at_least(0.6, conclusion, world, seed, counts);
    measurement.at_best(tally.last_possible)
}

/// How often the two statements of an ETA hold.
fn coverage(name: &str, tallies: &[Tally], rollouts: usize, seed: u64) -> [Measurement; 2] {
    let mut sum = Tally::default();
    for tally in tallies {
        sum.add(tally);
    }
    let measurement = |range, conclusion, hits| {
        let counts = (hits, sum.readings);
        Measurement::between(range, conclusion, name, seed, counts).of_rollouts(rollouts)
    };
    [
        measurement(MEDIAN, "ETA: finished by p50", sum.within_p50),
        measurement(NINETIETH, "ETA: finished by p90", sum.within_p90),
    ]
}

/// What came of the forecasts that were read.
#[derive(Default, Clone, Copy)]
struct Tally {
    readings: usize,
    within_p50: usize,
    within_p90: usize,
    last_right: usize,
    /// How often an oracle names the last job right.
    last_possible: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.readings += other.readings;
        self.within_p50 += other.within_p50;
        self.within_p90 += other.within_p90;
        self.last_right += other.last_right;
        self.last_possible += other.last_possible;
    }
}

fn tallies(world: &World, polls: f64, rollouts: usize, seed: u64) -> [Tally; 4] {
    let mut rng = Rng::with_seed(seed);
    let mut oracle = Oracle::new(world, seed);
    let mut tallies = [Tally::default(); 4];
    for _ in 0..rollouts {
        let (_, simulated) = world.simulate(&mut rng);
        let Some(baseline) = FlowBaseline::new(&simulated.before) else {
            continue;
        };
        let watched = Watched::new(&simulated.after, baseline, polls, &mut rng);
        for (percent, tally) in FINISHED.into_iter().zip(&mut tallies) {
            watched.read(percent, tally);
        }
        let (jobs, last) = watched.unfinished(FINISHED[LATE], &simulated.typical);
        let is_right = last.is_some() && oracle.last(&jobs) == last;
        tallies[LATE].last_possible += usize::from(is_right);
    }
    tallies
}

/// The runs of a rollout, each polled at a fixed interval from its own phase.
struct Watched<'a> {
    runs: &'a [PastRun],
    baseline: Arc<FlowBaseline>,
    polls: f64,
    phases: Vec<f64>,
    /// When a poll finds that a run has finished, in seconds since the origin.
    known: Vec<f64>,
    origin: Timestamp,
}

impl<'a> Watched<'a> {
    fn new(runs: &'a [PastRun], baseline: FlowBaseline, polls: f64, rng: &mut Rng) -> Self {
        let origin = runs.iter().map(|run| run.started).min().unwrap();
        let phases: Vec<f64> = runs.iter().map(|_| rng.f64() * polls).collect();
        let found = |(run, phase): (&PastRun, &f64)| {
            let finished = run.finished.duration_since(origin).as_secs_f64();
            ((finished - phase) / polls).ceil() * polls + phase
        };
        let known = runs.iter().zip(&phases).map(found).collect();
        Self {
            runs,
            baseline: Arc::new(baseline),
            polls,
            phases,
            known,
            origin,
        }
    }

    /// When a share of the runs is known to have finished.
    fn time_of(&self, percent: usize) -> f64 {
        let mut order = self.known.clone();
        order.sort_by(f64::total_cmp);
        order[(order.len() * percent).div_ceil(100) - 1]
    }

    /// The runs that are not known to have finished then, as an oracle knows
    /// them, and the index of the last of them.
    fn unfinished(
        &self,
        percent: usize,
        typical: &BTreeMap<TenantId, f64>,
    ) -> (Vec<RunningRun>, Option<usize>) {
        let now = self.time_of(percent);
        let mut last: Option<(Timestamp, usize)> = None;
        let mut runs = Vec::new();
        for (index, run) in self.runs.iter().enumerate() {
            let phase = self.phases[index];
            let polled = ((now - phase) / self.polls).floor() * self.polls + phase;
            let started = run.started.duration_since(self.origin).as_secs_f64();
            if started > polled || self.known[index] <= now {
                continue;
            }
            if last.is_none_or(|(finished, _)| run.finished > finished) {
                last = Some((run.finished, runs.len()));
            }
            runs.push(RunningRun {
                started,
                ln_typical: typical[&run.tenant].ln(),
                elapsed: polled - started,
            });
        }
        (runs, last.map(|(_, index)| index))
    }

    /// Reads the forecast when a share of the runs is known to have finished.
    fn read(&self, percent: usize, tally: &mut Tally) {
        let now = self.time_of(percent);
        let time_after = |seconds| self.origin + SignedDuration::from_secs_f64(seconds);
        let mut jobs = Vec::new();
        let mut last: Option<(Timestamp, JobId)> = None;
        for (index, run) in self.runs.iter().enumerate() {
            let phase = self.phases[index];
            let polled = time_after(((now - phase) / self.polls).floor() * self.polls + phase);
            if run.started > polled {
                continue;
            }
            let id = JobId(u32::try_from(index).unwrap());
            let end = (self.known[index] <= now).then_some(JobEnd {
                at: run.finished,
                completed: run.state == State::Completed,
            });
            if end.is_none() && last.is_none_or(|(finished, _)| run.finished > finished) {
                last = Some((run.finished, id));
            }
            let expected = self.baseline.expectation(&run.tenant, Some(&run.tap));
            jobs.push(StartedJob::new(id, expected, run.started, polled, end));
        }
        let rollout = RolloutSnapshot {
            flows: vec![FlowSnapshot {
                baseline: Arc::clone(&self.baseline),
                jobs,
            }],
            ..RolloutSnapshot::default()
        };
        let Some((finished, id)) = last else { return };
        let eta = rollout.forecast(time_after(now)).unwrap().eta;
        tally.readings += 1;
        tally.within_p50 += usize::from(finished <= eta.p50);
        tally.within_p90 += usize::from(finished <= eta.p90);
        tally.last_right += usize::from(eta.last_job() == Some(id));
    }
}
