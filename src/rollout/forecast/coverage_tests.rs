//! How often forecasts hold, in simulated rollouts.

use std::sync::Arc;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::history::PastRun;
use crate::hotglue::{JobRoot, State, TenantId, Text};
use crate::rollout::FlowBaseline;
use crate::watch::JobId;

/// A kind of rollout.
#[derive(Clone, Copy)]
struct World {
    tenants: usize,
    /// The spread of the tenants' sizes, as a logarithm.
    sizes: f64,
    /// The noise of a run, as a logarithm.
    noise: f64,
    heavy: bool,
    stragglers: f64,
    failing: f64,
    runs: (usize, usize),
    /// By how much this rollout is slower.
    factor: f64,
    /// The spread of what the runs of a day have in common.
    days: f64,
    window: f64,
    /// Seconds between two polls.
    polls: f64,
}

const PLAIN: World = World {
    tenants: 40,
    sizes: 1.0,
    noise: 0.2,
    heavy: false,
    stragglers: 0.03,
    failing: 0.05,
    runs: (4, 14),
    factor: 1.0,
    days: 0.1,
    window: 60.0,
    polls: 5.0,
};

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

struct Job {
    started: f64,
    finished: f64,
    completed: bool,
}

impl World {
    fn noise(&self, rng: &mut Rng) -> f64 {
        let value = self.noise * normal(rng);
        // Student's t with three degrees of freedom.
        let chi: f64 = (0..3).map(|_| normal(rng).powi(2)).sum::<f64>() / 3.0;
        let value = if self.heavy {
            value / chi.sqrt()
        } else {
            value
        };
        let late = rng.f64() < self.stragglers;
        value + if late { 0.5 + rng.f64() } else { 0.0 }
    }

    /// The runs before, and the jobs of the rollout by tenant.
    fn make(&self, rng: &mut Rng) -> (Vec<PastRun>, Vec<Job>) {
        let mut past = Vec::new();
        let shared = self.factor.ln() + self.days * normal(rng);
        let days: Vec<f64> = (0..self.runs.1).map(|_| self.days * normal(rng)).collect();
        let jobs = (0..self.tenants).map(|number| {
            let size = 120_f64.ln() + self.sizes * normal(rng);
            let runs = rng.usize(self.runs.0..=self.runs.1);
            for (day, common) in days.iter().enumerate().take(runs) {
                let seconds = (size + common + self.noise(rng)).exp();
                let failed = rng.f64() < self.failing;
                let seconds = if failed { seconds * rng.f64() } else { seconds };
                past.push(past_run(number, day, seconds, failed));
            }
            let started = rng.f64() * self.window;
            let mut seconds = (size + shared + self.noise(rng)).exp();
            let completed = rng.f64() >= self.failing;
            if !completed {
                seconds *= rng.f64();
            }
            Job {
                started,
                finished: started + seconds,
                completed,
            }
        });
        let jobs = jobs.collect();
        (past, jobs)
    }
}

fn at(seconds: f64) -> Timestamp {
    let offset = SignedDuration::from_secs_f64(seconds);
    Timestamp::from_second(1_700_000_000).unwrap() + offset
}

fn tenant(number: usize) -> TenantId {
    TenantId::parse(&format!("t{number}")).unwrap()
}

fn past_run(number: usize, day: usize, seconds: f64, failed: bool) -> PastRun {
    let started = at(-86_400.0 * (1.0 + f64::from(u32::try_from(day).unwrap())));
    PastRun {
        tenant: tenant(number),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("t{number}/flows/f/jobs/{day}")).unwrap(),
        started,
        finished: started + SignedDuration::from_secs_f64(seconds),
        state: if failed {
            State::Failed
        } else {
            State::Completed
        },
        stages: Vec::new(),
        silences: Vec::new(),
        rows: None,
        message: None,
    }
}

/// What came of the forecasts at one share of finished jobs.
#[derive(Default, Clone, Copy)]
struct Tally {
    readings: u32,
    within_p50: u32,
    within_p90: u32,
    within_interval: u32,
    last_right: u32,
}

/// Reads the forecast of a rollout when a share of it is known to have
/// finished.
fn read(
    world: &World,
    jobs: &[Job],
    baseline: &Arc<FlowBaseline>,
    percent: usize,
    tally: &mut Tally,
    rng: &mut Rng,
) {
    let mut known: Vec<f64> = Vec::new();
    let phases: Vec<f64> = jobs.iter().map(|_| rng.f64() * world.polls).collect();
    // When the first poll after its end learns that a job finished.
    for (job, phase) in jobs.iter().zip(&phases) {
        known.push(((job.finished - phase) / world.polls).ceil() * world.polls + phase);
    }
    let mut order = known.clone();
    order.sort_by(f64::total_cmp);
    let now = order[(jobs.len() * percent).div_ceil(100) - 1];
    let mut started = Vec::new();
    let mut truth: Option<(f64, JobId)> = None;
    for (number, job) in jobs.iter().enumerate() {
        let polled = ((now - phases[number]) / world.polls).floor() * world.polls + phases[number];
        if job.started > polled {
            continue;
        }
        let id = JobId(u32::try_from(number).unwrap());
        let is_finished = known[number] <= now;
        let end = is_finished.then(|| JobEnd {
            at: at(job.finished),
            completed: job.completed,
        });
        let expected = baseline.expectation(&tenant(number), None);
        started.push(StartedJob::new(
            id,
            expected,
            at(job.started),
            at(polled),
            end,
        ));
        if !is_finished && truth.is_none_or(|(last, _)| job.finished > last) {
            truth = Some((job.finished, id));
        }
    }
    let snapshot = RolloutSnapshot {
        flows: vec![FlowSnapshot {
            baseline: Arc::clone(baseline),
            jobs: started,
        }],
        ..RolloutSnapshot::default()
    };
    let Some((finish, last)) = truth else { return };
    let eta = snapshot.forecast(at(now)).unwrap().eta;
    tally.readings += 1;
    tally.within_p50 += u32::from(at(finish) <= eta.p50);
    tally.within_p90 += u32::from(at(finish) <= eta.p90);
    tally.within_interval += u32::from((eta.from..=eta.to).contains(&at(finish)));
    tally.last_right += u32::from(eta.last_job() == Some(last));
}

/// Tallies at 25, 50, 75 and 90 % finished.
fn tallies(world: &World, rollouts: u32, seed: u64) -> [Tally; 4] {
    let mut rng = Rng::with_seed(seed);
    let mut tallies = [Tally::default(); 4];
    for _ in 0..rollouts {
        let (past, jobs) = world.make(&mut rng);
        let Some(baseline) = FlowBaseline::new(&past).map(Arc::new) else {
            continue;
        };
        for (percent, tally) in [25, 50, 75, 90].into_iter().zip(&mut tallies) {
            read(world, &jobs, &baseline, percent, tally, &mut rng);
        }
    }
    tallies
}

#[test]
fn forecasts_hold_as_often_as_they_say() {
    let unequal = World {
        sizes: 1.5,
        ..PLAIN
    };
    let worlds = [
        PLAIN,
        unequal,
        World {
            stragglers: 0.0,
            heavy: true,
            ..PLAIN
        },
        World {
            failing: 0.25,
            ..PLAIN
        },
        World {
            factor: 1.5,
            days: 0.3,
            ..PLAIN
        },
        World {
            runs: (0, 3),
            ..PLAIN
        },
        World {
            polls: 60.0,
            stragglers: 0.1,
            ..PLAIN
        },
    ];
    let mut all = Tally::default();
    for (world, seed) in worlds.iter().zip(0..) {
        for tally in tallies(world, 16, seed) {
            all.readings += tally.readings;
            all.within_p50 += tally.within_p50;
            all.within_p90 += tally.within_p90;
            all.within_interval += tally.within_interval;
        }
    }
    let percent = |part: u32| part * 100 / all.readings;
    let (p50, p90) = (percent(all.within_p50), percent(all.within_p90));
    let interval = percent(all.within_interval);
    assert!(all.readings > 400);
    assert!((40..=60).contains(&p50), "{p50} % within the median");
    assert!(
        (85..=95).contains(&p90),
        "{p90} % within the 90th percentile"
    );
    assert!(
        (83..=96).contains(&interval),
        "{interval} % within the interval"
    );

    let [.., late, _] = tallies(&unequal, 16, 3);
    let right = late.last_right * 100 / late.readings;
    assert!(right >= 60, "{right} % of the last jobs are named");
}
