//! Simulated rollouts with a past: who runs, how long, how it ends.

use std::collections::BTreeMap;
use std::f64::consts::LN_2;

use fastrand::Rng;
use hgtop::history::PastRun;
use hgtop::hotglue::{JobRoot, RowCounts, Stage, State, TenantId, Text};
use jiff::{SignedDuration, Timestamp};

/// A kind of rollout. Spreads are standard deviations of logarithms.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// What the table calls it.
    pub name: &'static str,
    pub tenants: usize,
    /// The duration of a typical tenant's runs, in seconds.
    pub seconds: f64,
    /// The spread of the tenants' sizes.
    pub sizes: f64,
    /// The spread of the runs of a tenant.
    pub noise: f64,
    /// The distribution of that noise.
    pub shape: Shape,
    /// The share of runs that take much longer than others.
    pub stragglers: f64,
    /// The share of runs that fail.
    pub failing: f64,
    /// The fewest and most runs of a tenant before the start, one on each day.
    pub runs: (usize, usize),
    /// The spread of what the runs of a day have in common.
    pub days: f64,
    /// By how much runs grow from day to day, as a logarithm.
    pub drift: f64,
    /// By what factor runs on two days of the week are smaller.
    pub weekend: f64,
    /// How much longer the runs of this rollout take.
    pub factor: f64,
    /// How many seconds after the start the last run begins.
    pub window: f64,
    /// The share of tenants with a new version of the tap.
    pub new_version: f64,
}

/// How the logarithms of a tenant's durations are distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Normal,
    /// Student's t with three degrees of freedom: some runs take extremely long.
    HeavyTails,
    /// Durations of a gamma distribution with this whole shape.
    Gamma(u8),
    /// Durations of a Weibull distribution with this shape.
    Weibull(u8),
    /// Three of ten runs take twice as long, such as full instead of incremental
    /// ones.
    TwoModes,
}

/// The world that the others differ from.
pub const PLAIN: World = World {
    name: "plain",
    tenants: 60,
    seconds: 90.0,
    sizes: 0.8,
    noise: 0.25,
    shape: Shape::Normal,
    stragglers: 0.03,
    failing: 0.05,
    runs: (5, 20),
    days: 0.0,
    drift: 0.0,
    weekend: 1.0,
    factor: 1.0,
    window: 120.0,
    new_version: 0.0,
};

/// All worlds.
pub const WORLDS: [World; 10] = [
    PLAIN,
    World {
        name: "equal tenants",
        sizes: 0.05,
        window: 0.0,
        ..PLAIN
    },
    World {
        name: "very unequal tenants",
        sizes: 1.5,
        ..PLAIN
    },
    World {
        name: "stragglers",
        stragglers: 0.15,
        ..PLAIN
    },
    World {
        name: "many failures",
        failing: 0.25,
        ..PLAIN
    },
    World {
        name: "thin history",
        runs: (1, 3),
        ..PLAIN
    },
    World {
        name: "days differ",
        days: 0.2,
        runs: (8, 20),
        ..PLAIN
    },
    World {
        name: "drift",
        drift: 0.01,
        runs: (15, 30),
        ..PLAIN
    },
    World {
        name: "weekly rhythm",
        weekend: 0.3,
        runs: (28, 42),
        ..PLAIN
    },
    World {
        name: "changed version",
        new_version: 0.5,
        ..PLAIN
    },
];

/// Runs of which some take extremely long.
pub const HEAVY_TAILS: World = World {
    name: "heavy tails",
    stragglers: 0.0,
    shape: Shape::HeavyTails,
    ..PLAIN
};

/// Worlds that no rule was changed for.
pub const HELD_OUT: [World; 10] = [
    World {
        name: "gamma durations",
        shape: Shape::Gamma(6),
        stragglers: 0.0,
        ..PLAIN
    },
    World {
        name: "Weibull durations",
        shape: Shape::Weibull(2),
        stragglers: 0.0,
        ..PLAIN
    },
    World {
        name: "two modes",
        shape: Shape::TwoModes,
        noise: 0.15,
        ..PLAIN
    },
    World {
        name: "started over ten minutes",
        window: 600.0,
        ..PLAIN
    },
    World {
        name: "drift of 2 % a day",
        drift: 0.02,
        runs: (15, 30),
        ..PLAIN
    },
    World {
        name: "erratic tenants",
        noise: 0.5,
        stragglers: 0.0,
        ..PLAIN
    },
    World {
        name: "faster by a third",
        factor: 0.67,
        stragglers: 0.01,
        ..PLAIN
    },
    World {
        name: "20 small tenants, twice as slow",
        tenants: 20,
        seconds: 30.0,
        factor: 2.0,
        window: 20.0,
        ..PLAIN
    },
    World {
        name: "200 nearly equal tenants",
        tenants: 200,
        sizes: 0.2,
        ..PLAIN
    },
    World {
        name: "thin history, days differ",
        runs: (1, 3),
        days: 0.2,
        ..PLAIN
    },
];

/// A simulated rollout.
pub struct Simulated {
    pub before: Vec<PastRun>,
    pub after: Vec<PastRun>,
    /// The typical duration of each tenant's runs in this rollout, in seconds.
    pub typical: BTreeMap<TenantId, f64>,
}

const DAY: i64 = 86_400;

/// The start of the rollouts; the weekday differs by seed.
pub fn start(seed_day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seed_day * DAY).unwrap()
}

pub fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// What a normal value is divided by to make it one of Student's t
/// distribution.
pub fn student_divisor(degrees: u8, rng: &mut Rng) -> f64 {
    let squares: f64 = (0..degrees).map(|_| normal(rng).powi(2)).sum();
    (squares / f64::from(degrees)).sqrt()
}

/// A tenant's lasting traits.
struct Tenant {
    number: usize,
    size: f64,
    rows: f64,
}

impl World {
    /// Simulates a rollout with its past.
    pub fn simulate(&self, rng: &mut Rng) -> (Timestamp, Simulated) {
        let weekday = rng.i64(0..7);
        let start = start(weekday);
        let days: Vec<f64> = (0..=self.runs.1).map(|_| self.days * normal(rng)).collect();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut typical = BTreeMap::new();
        for number in 0..self.tenants {
            let tenant = Tenant {
                number,
                size: self.seconds.ln() + self.sizes * normal(rng),
                rows: 6.0 + self.sizes * normal(rng),
            };
            let runs = rng.usize(self.runs.0..=self.runs.1);
            for day in (1_i64..).take(runs) {
                let began = start - SignedDuration::from_secs(day * DAY - rng.i64(0..600));
                let common = days[usize::try_from(day).unwrap()] + self.trend(weekday - day, day);
                before.push(self.run(&tenant, day, began, common, rng));
            }
            let delay = SignedDuration::from_secs_f64(rng.f64() * self.window);
            let common = days[0] + self.trend(weekday, 0) + self.factor.ln();
            let mut run = self.run(&tenant, 0, start + delay, common, rng);
            if let Some(rows) = run.rows.as_mut().and_then(|rows| rows.total.as_mut()) {
                // Rows follow the days, not the speed of the rollout.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a count"
                )]
                let fewer = (*rows as f64 / self.factor) as u64;
                *rows = fewer;
            }
            typical.insert(run.tenant.clone(), (tenant.size + common).exp());
            after.push(run);
        }
        if self.new_version > 0.0 {
            for run in &mut after {
                let version = if rng.f64() < self.new_version {
                    "v2"
                } else {
                    "v1"
                };
                run.tap_version = Some(Text::new(version));
            }
        }
        let simulated = Simulated {
            before,
            after,
            typical,
        };
        (start, simulated)
    }

    /// What the runs of a day have in common apart from chance.
    fn trend(&self, weekday: i64, days_ago: i64) -> f64 {
        let weekend = if weekday.rem_euclid(7) >= 5 {
            self.weekend.ln()
        } else {
            0.0
        };
        #[expect(clippy::cast_precision_loss, reason = "a few weeks")]
        let age = days_ago as f64;
        weekend - self.drift * age
    }

    /// How far the duration of a run is from the typical one, as a logarithm,
    /// before it fails.
    fn deviation(&self, rng: &mut Rng) -> f64 {
        let exponential = |rng: &mut Rng| -(1.0 - rng.f64()).ln();
        match self.shape {
            Shape::Normal => self.noise * normal(rng),
            Shape::HeavyTails => self.noise * normal(rng) / student_divisor(3, rng),
            Shape::Gamma(shape) => {
                let sum: f64 = (0..shape).map(|_| exponential(rng)).sum();
                // The median is close to a third below the mean.
                (sum / (f64::from(shape) - 1.0 / 3.0)).ln()
            }
            Shape::Weibull(shape) => (exponential(rng) / LN_2).ln() / f64::from(shape),
            Shape::TwoModes => {
                let longer = if rng.f64() < 0.3 { LN_2 } else { 0.0 };
                longer + self.noise * normal(rng)
            }
        }
    }

    /// How long a run takes, as the logarithm of a multiple of the typical
    /// duration, and whether it fails.
    pub fn outcome(&self, rng: &mut Rng) -> (f64, bool) {
        let straggles = rng.f64() < self.stragglers;
        let late = if straggles { 0.5 + rng.f64() } else { 0.0 };
        let multiple = late + self.deviation(rng);
        let fails = rng.f64() < self.failing;
        // A failure comes at any time of the run.
        let part = if fails { (1.0 - rng.f64()).ln() } else { 0.0 };
        (multiple + part, fails)
    }

    fn run(
        &self,
        tenant: &Tenant,
        day: i64,
        began: Timestamp,
        common: f64,
        rng: &mut Rng,
    ) -> PastRun {
        let (multiple, fails) = self.outcome(rng);
        let seconds = (tenant.size + common + multiple).exp();
        let sync = 0.5 + 0.2 * rng.f64();
        let etl = 0.8 - sync;
        let rows = (tenant.rows + common + self.noise * normal(rng)).exp();
        let part = |share: f64| SignedDuration::from_secs_f64(seconds * share);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count"
        )]
        let total = rows as u64;
        PastRun {
            tenant: TenantId::parse(&format!("t{}", tenant.number)).unwrap(),
            tap: Text::new("shopify"),
            tap_version: Some(Text::new("v1")),
            job_root: JobRoot::parse(&format!("t{}/flows/f/jobs/{day}", tenant.number)).unwrap(),
            started: began,
            finished: began + part(1.0),
            state: if fails {
                State::Failed
            } else {
                State::Completed
            },
            stages: vec![
                (Stage::Sync, part(sync)),
                (Stage::Etl, part(etl)),
                (Stage::Export, part(0.2)),
            ],
            rows: (!fails).then(|| RowCounts {
                total: Some(total),
                ..RowCounts::default()
            }),
            silences: Vec::new(),
            message: None,
        }
    }
}
