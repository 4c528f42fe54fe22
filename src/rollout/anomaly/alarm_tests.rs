//! How often healthy jobs are marked and slow ones found, in simulated rollouts.

use fastrand::Rng;

use super::*;
use crate::history::PastRun;
use crate::hotglue::{JobRoot, State};

/// The stages of a job with their shares of its duration.
const STAGES: [(Stage, f64); 3] = [(Stage::Sync, 0.6), (Stage::Etl, 0.3), (Stage::Export, 0.1)];
const TENANTS: usize = 40;
const RUNS: usize = 12;

/// A kind of rollout.
#[derive(Clone, Copy)]
struct World {
    /// The noise of a stage, as a logarithm.
    noise: f64,
    /// Whether the noise has the tails of Student's t with three degrees of
    /// freedom.
    heavy: bool,
    /// Seconds between two polls of a job.
    polls: f64,
    /// How much longer one of each tenant's past runs took.
    outlier: f64,
}

const PLAIN: World = World {
    noise: 0.2,
    heavy: false,
    polls: 5.0,
    outlier: 1.0,
};

/// A stage of a job: when it began, and the events in it.
struct Span {
    stage: Stage,
    from: f64,
    to: f64,
    events: Vec<f64>,
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

fn at(seconds: f64) -> Timestamp {
    let offset = SignedDuration::from_secs_f64(seconds);
    Timestamp::from_second(1_700_000_000).unwrap() + offset
}

fn tenant(number: usize) -> TenantId {
    TenantId::parse(&format!("t{number}")).unwrap()
}

impl World {
    fn noise(&self, rng: &mut Rng) -> f64 {
        let value = self.noise * normal(rng);
        let chi: f64 = (0..3).map(|_| normal(rng).powi(2)).sum::<f64>() / 3.0;
        if self.heavy {
            value / chi.sqrt()
        } else {
            value
        }
    }

    /// A run of a tenant of a size, in seconds, times a factor.
    fn run(&self, size: f64, factor: f64, rng: &mut Rng) -> Vec<Span> {
        let mut from = 0.0;
        STAGES
            .map(|(stage, share)| {
                let to = from + (size * share * factor).max(1.0) * self.noise(rng).exp();
                let mut events = vec![from];
                loop {
                    let gap = 8.0 * (0.5 * normal(rng)).exp();
                    match events.last().map(|event| event + gap) {
                        Some(event) if event < to => events.push(event),
                        _ => break,
                    }
                }
                let span = Span {
                    stage,
                    from,
                    to,
                    events,
                };
                from = to;
                span
            })
            .into()
    }

    /// The baseline of a flow, and the sizes of its tenants.
    fn baseline(&self, rng: &mut Rng) -> (FlowBaseline, Vec<f64>) {
        let sizes: Vec<f64> = (0..TENANTS)
            .map(|_| 600.0 * (0.8 * normal(rng)).exp())
            .collect();
        let mut past = Vec::new();
        for (number, size) in sizes.iter().enumerate() {
            for day in 0..RUNS {
                let factor = if day == 5 { self.outlier } else { 1.0 };
                let spans = self.run(*size, factor, rng);
                past.push(past_run(number, day, &spans));
            }
        }
        (FlowBaseline::new(&past).unwrap(), sizes)
    }

    /// Whether a job is marked at any of its polls. Durations only grow within
    /// a stage, so that the last poll of each stage and the one with the
    /// longest silence decide.
    fn is_marked(
        &self,
        spans: &[Span],
        number: usize,
        baseline: &FlowBaseline,
        phase: f64,
    ) -> bool {
        let tap = Text::new("shopify");
        let judged = |span: &Span, time: f64| {
            let event = span.events.iter().rev().find(|event| **event <= time);
            let job = RunningJob {
                started: Some(at(0.0)),
                stage: Some(RunningStage {
                    stage: span.stage,
                    since: at(span.from),
                    has_finished: false,
                }),
                last_event: event.map(|event| at(*event)),
                polled: at(time),
            };
            judge(job, &tenant(number), Some(&tap), baseline).is_some()
        };
        spans.iter().any(|span| {
            let mut polls = Vec::new();
            let mut time = ((span.from - phase) / self.polls).ceil() * self.polls + phase;
            while time < span.to {
                polls.push(time);
                time += self.polls;
            }
            let silence = |time: f64| {
                let event = span.events.iter().rev().find(|event| **event <= time);
                time - event.unwrap_or(&span.from)
            };
            let silent = polls
                .iter()
                .max_by(|one, other| silence(**one).total_cmp(&silence(**other)));
            [polls.last(), silent]
                .into_iter()
                .flatten()
                .any(|time| judged(span, *time))
        })
    }

    /// How many of how many jobs are marked that take a multiple of their usual
    /// time.
    fn marked(&self, factor: f64, rollouts: usize, seed: u64) -> (usize, usize) {
        let mut rng = Rng::with_seed(seed);
        let (mut marked, mut jobs) = (0, 0);
        for _ in 0..rollouts {
            let (baseline, sizes) = self.baseline(&mut rng);
            for (number, size) in sizes.iter().enumerate() {
                let spans = self.run(*size, factor, &mut rng);
                let phase = rng.f64() * self.polls;
                jobs += 1;
                marked += usize::from(self.is_marked(&spans, number, &baseline, phase));
            }
        }
        (marked, jobs)
    }
}

fn past_run(number: usize, day: usize, spans: &[Span]) -> PastRun {
    let started = at(-86_400.0 * (1.0 + f64::from(u32::try_from(day).unwrap())));
    let duration = SignedDuration::from_secs_f64;
    let silence = |span: &Span| {
        let ends = span.events.iter().skip(1).chain([&span.to]);
        let gaps = span.events.iter().zip(ends).map(|(from, to)| to - from);
        gaps.fold(0.0, f64::max)
    };
    let spans = || spans.iter();
    PastRun {
        tenant: tenant(number),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("t{number}/flows/f/jobs/{day}")).unwrap(),
        started,
        finished: started + duration(spans().map(|span| span.to).fold(0.0, f64::max)),
        state: State::Completed,
        stages: spans()
            .map(|span| (span.stage, duration(span.to - span.from)))
            .collect(),
        silences: spans()
            .map(|span| (span.stage, duration(silence(span))))
            .collect(),
        rows: None,
        message: None,
    }
}

#[test]
fn at_most_one_of_200_healthy_jobs_is_marked() {
    let polled = |polls| World { polls, ..PLAIN };
    let worlds = [
        PLAIN,
        polled(60.0),
        polled(100.0),
        // 2,000 jobs at ten requests a second.
        polled(200.0),
        World {
            heavy: true,
            ..PLAIN
        },
    ];
    let counts = worlds.iter().zip(50..);
    let counts: Vec<_> = counts
        .map(|(world, seed)| world.marked(1.0, 12, seed))
        .collect();
    let marked: usize = counts.iter().map(|(marked, _)| marked).sum();
    let jobs: usize = counts.iter().map(|(_, jobs)| jobs).sum();
    assert!(jobs >= 2_000);
    assert!(marked * 200 <= jobs, "marked, jobs: {counts:?}");
}

#[test]
fn job_that_takes_four_times_as_long_is_found_despite_an_outlier_before() {
    for (world, seed) in [
        PLAIN,
        World {
            polls: 100.0,
            ..PLAIN
        },
        World {
            outlier: 20.0,
            ..PLAIN
        },
    ]
    .iter()
    .zip(80..)
    {
        let (marked, jobs) = world.marked(4.0, 3, seed);
        assert!(marked * 100 >= jobs * 95, "{marked} of {jobs}");
    }
}
