//! Rows: how often a planted deviation is found, and how often a healthy job is
//! called an anomaly.

use fastrand::Rng;
use hgtop::hotglue::{RowCounts, StreamRows, Text};
use hgtop::rollout::{PastRows, judge_rows};
use jiff::{SignedDuration, Timestamp};

use super::table::{Effort, Measurement};
use super::world::{normal, start, student_divisor};

const JOBS: usize = 5_000;
const SEED: u64 = 7_103;
const RECALL: f64 = 0.95;
const FALSE_ALARMS: f64 = 1.0 / 500.0;
/// What a job's rows are multiplied with.
const PLANTED: [(&str, f64); 3] = [
    ("rows: zero found", 0.0),
    ("rows: a twentieth found", 0.05),
    ("rows: twenty times found", 20.0),
];

/// A kind of tenant. Spreads are standard deviations of logarithms.
#[derive(Debug, Clone, Copy)]
struct Rows {
    name: &'static str,
    /// The fewest and most rows of typical runs, as logarithms.
    typical: (f64, f64),
    /// The least and largest spread of runs.
    noise: (f64, f64),
    /// The degrees of freedom of Student's t; `None` for normal noise.
    tails: Option<u8>,
    /// By how much runs grow or shrink a day at most, as a logarithm.
    drift: f64,
    /// By what factor the rows of two days of the week are smaller.
    weekend: f64,
    streams: usize,
    /// The share of runs that move nothing.
    empty: f64,
    runs: (i64, i64),
    /// Whether the rules are known to miss a target.
    is_weak: bool,
}

const PLAIN: Rows = Rows {
    name: "plain",
    typical: (5.0, 13.0),
    noise: (0.05, 0.4),
    tails: None,
    drift: 0.0,
    weekend: 1.0,
    streams: 0,
    empty: 0.0,
    runs: (10, 50),
    is_weak: false,
};

const WORLDS: [Rows; 9] = [
    PLAIN,
    Rows {
        name: "up to six streams",
        streams: 6,
        ..PLAIN
    },
    Rows {
        name: "weekly rhythm",
        weekend: 0.1,
        runs: (21, 50),
        ..PLAIN
    },
    Rows {
        name: "weekly rhythm, up to three weeks of history",
        weekend: 0.1,
        runs: (5, 21),
        is_weak: true,
        ..PLAIN
    },
    Rows {
        name: "thin history",
        runs: (5, 9),
        ..PLAIN
    },
    Rows {
        name: "small tenants",
        typical: (3.0, 5.0),
        ..PLAIN
    },
    Rows {
        name: "drift of up to 3 % a day",
        drift: 0.03,
        ..PLAIN
    },
    Rows {
        name: "heavy tails and drift",
        tails: Some(3),
        drift: 0.03,
        noise: (0.2, 0.6),
        is_weak: true,
        ..PLAIN
    },
    Rows {
        name: "a tenth of the runs empty",
        empty: 0.1,
        is_weak: true,
        ..PLAIN
    },
];

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let jobs = effort.repetitions(JOBS);
    let mut measured = Vec::new();
    let mut all = [0; 4];
    for world in WORLDS {
        let counts = counts(&world, jobs);
        let lines = lines(world.name, counts, jobs).into_iter();
        measured.extend(lines.map(|line| line.in_world(world.is_weak)));
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let lines = lines("all worlds", all, jobs * WORLDS.len()).into_iter();
    measured.extend(lines.map(|line| line.in_world(true)));
    measured
}

fn lines(name: &str, counts: [usize; 4], jobs: usize) -> Vec<Measurement> {
    let [found @ .., alarms] = counts;
    let planted = PLANTED.iter().zip(found);
    let mut lines: Vec<Measurement> = planted
        .map(|((conclusion, _), found)| {
            Measurement::at_least(RECALL, conclusion, name, SEED, (found, jobs))
        })
        .collect();
    let conclusion = "rows: false alarm";
    let counts = (alarms, jobs);
    lines.push(Measurement::at_most(
        FALSE_ALARMS,
        conclusion,
        name,
        SEED,
        counts,
    ));
    lines
}

/// How many jobs of each planted kind are found, and how many healthy ones.
fn counts(world: &Rows, jobs: usize) -> [usize; 4] {
    let mut rng = Rng::with_seed(SEED);
    let mut counts = [0; 4];
    let planted = PLANTED.map(|(_, factor)| Some(factor));
    for _ in 0..jobs {
        let first = start(rng.i64(0..7));
        let tenant = Tenant::new(*world, first, &mut rng);
        let runs = rng.i64(world.runs.0..=world.runs.1);
        let past: Vec<PastRows> = (0..runs)
            .map(|day| PastRows {
                started: tenant.started(day),
                rows: tenant.run(day, None, &mut rng),
            })
            .collect();
        for (count, factor) in counts.iter_mut().zip(planted.into_iter().chain([None])) {
            let rows = tenant.run(runs, factor, &mut rng);
            let anomaly = judge_rows(&rows, tenant.started(runs), &past);
            *count += usize::from(anomaly.is_some());
        }
    }
    counts
}

/// A tenant's lasting traits.
struct Tenant {
    world: Rows,
    first: Timestamp,
    ln_rows: f64,
    noise: f64,
    drift: f64,
    /// The shares of its streams.
    streams: Vec<f64>,
}

impl Tenant {
    fn new(world: Rows, first: Timestamp, rng: &mut Rng) -> Self {
        let mut within = |(low, high): (f64, f64)| low + (high - low) * rng.f64();
        let ln_rows = within(world.typical);
        let noise = within(world.noise);
        let drift = within((-world.drift, world.drift));
        let streams = match world.streams {
            0 => 0,
            most => rng.usize(1..=most),
        };
        Self {
            world,
            first,
            ln_rows,
            noise,
            drift,
            streams: (0..streams).map(|_| (0.8 * normal(rng)).exp()).collect(),
        }
    }

    fn started(&self, day: i64) -> Timestamp {
        self.first + SignedDuration::from_hours(24 * day)
    }

    fn deviation(&self, rng: &mut Rng) -> f64 {
        let deviation = self.noise * normal(rng);
        match self.world.tails {
            Some(degrees) => deviation / student_divisor(degrees, rng),
            None => deviation,
        }
    }

    /// The rows of a run, of which `planted` is the deviation. A healthy run may
    /// be empty.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a simulation"
    )]
    fn run(&self, day: i64, planted: Option<f64>, rng: &mut Rng) -> RowCounts {
        let is_weekend = self
            .started(day)
            .as_second()
            .div_euclid(86_400)
            .rem_euclid(7)
            >= 5;
        let weekend = if is_weekend { self.world.weekend } else { 1.0 };
        let is_empty = rng.f64() < self.world.empty;
        let healthy = if is_empty { 0.0 } else { 1.0 };
        let factor = planted.unwrap_or(healthy);
        let rows = (self.ln_rows + self.drift * day as f64).exp() * weekend * factor;
        let common = self.deviation(rng);
        if self.streams.is_empty() {
            let total = (rows * common.exp()).round() as u64;
            return RowCounts {
                total: Some(total),
                ..RowCounts::default()
            };
        }
        let all: f64 = self.streams.iter().sum();
        let mut counts = RowCounts::default();
        for (number, share) in self.streams.iter().enumerate() {
            let read = rows * share / all * (0.7 * (common + self.deviation(rng))).exp();
            let read = read.round() as u64;
            counts.total = Some(counts.total.unwrap_or(0) + read);
            let stream = StreamRows {
                read: Some(read),
                ..StreamRows::default()
            };
            counts
                .streams
                .insert(Text::new(&format!("s{number}")), stream);
        }
        counts
    }
}
