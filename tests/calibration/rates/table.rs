//! Measured rates as a page.

use std::fmt::Write;

/// How many rollouts are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Enough for a test.
    Small,
    /// Enough for the documentation.
    Full,
}

impl Effort {
    /// The number of repetitions: `full`, or a tenth of it.
    pub fn repetitions(self, full: usize) -> usize {
        match self {
            Self::Small => full.div_ceil(10),
            Self::Full => full,
        }
    }
}

/// What a rate should be.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
}

/// A measured rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    conclusion: &'static str,
    world: String,
    seed: u64,
    hits: usize,
    of: usize,
    /// How many of the observations are independent of each other.
    independent: usize,
    target: Target,
    is_known_to_miss: bool,
}

impl Measurement {
    /// A rate of errors, at most `limit`.
    pub fn at_most(
        limit: f64,
        conclusion: &'static str,
        world: impl Into<String>,
        seed: u64,
        (hits, of): (usize, usize),
    ) -> Self {
        let target = Target::AtMost(limit);
        Self {
            conclusion,
            world: world.into(),
            seed,
            hits,
            of,
            independent: of,
            target,
            is_known_to_miss: false,
        }
    }

    /// A rate of successes, at least `limit`.
    pub fn at_least(
        limit: f64,
        conclusion: &'static str,
        world: impl Into<String>,
        seed: u64,
        counts: (usize, usize),
    ) -> Self {
        Self {
            target: Target::AtLeast(limit),
            ..Self::at_most(limit, conclusion, world, seed, counts)
        }
    }

    /// A rate of statements that should hold as often as they claim.
    pub fn between(
        (low, high): (f64, f64),
        conclusion: &'static str,
        world: impl Into<String>,
        seed: u64,
        counts: (usize, usize),
    ) -> Self {
        Self {
            target: Target::Between(low, high),
            ..Self::at_most(high, conclusion, world, seed, counts)
        }
    }

    /// The same rate, whose observations come from a number of simulated
    /// rollouts. Those of one rollout depend on each other.
    pub fn of_rollouts(self, rollouts: usize) -> Self {
        Self {
            independent: rollouts,
            ..self
        }
    }

    /// The same rate; `is_weak` where the rules are known to miss the target in
    /// this world.
    pub fn in_world(self, is_weak: bool) -> Self {
        Self {
            is_known_to_miss: is_weak,
            ..self
        }
    }

    /// Whether the rules are known to miss the target.
    pub fn is_known_to_miss(&self) -> bool {
        self.is_known_to_miss
    }

    /// What is concluded.
    pub fn conclusion(&self) -> &'static str {
        self.conclusion
    }

    fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let (hits, of) = (self.hits as f64, self.of.max(1) as f64);
        hits / of
    }

    /// Whether the rate is what it should be.
    pub fn is_reached(&self) -> bool {
        self.is_within(0.0)
    }

    /// Whether the rate is what it should be within a number of standard errors
    /// of a rate at the target.
    pub fn is_within(&self, standard_errors: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let independent = self.independent.max(1) as f64;
        let tolerance = |limit: f64| standard_errors * (limit * (1.0 - limit) / independent).sqrt();
        let is_at_most = |limit: f64| self.rate() <= limit + tolerance(limit);
        let is_at_least = |limit: f64| self.rate() >= limit - tolerance(limit);
        match self.target {
            Target::AtMost(limit) => is_at_most(limit),
            Target::AtLeast(limit) => is_at_least(limit),
            Target::Between(low, high) => is_at_least(low) && is_at_most(high),
        }
    }

    /// The line of the table.
    pub fn line(&self) -> String {
        let target = match self.target {
            Target::AtMost(limit) => format!("≤ {:.3} %", limit * 100.0),
            Target::AtLeast(limit) => format!("≥ {:.0} %", limit * 100.0),
            Target::Between(low, high) => format!("{:.0}–{:.0} %", low * 100.0, high * 100.0),
        };
        let target = target.replace(".000", "").replace("00 %", " %");
        let reached = if self.is_reached() { "yes" } else { "no" };
        let digits = match self.target {
            Target::AtMost(limit) if limit < 0.01 => 2,
            Target::AtMost(_) | Target::AtLeast(_) | Target::Between(..) => 1,
        };
        format!(
            "| {} | {} | {} | {} of {} ({:.digits$} %) | {target} | {reached} |",
            self.conclusion,
            self.world,
            self.seed,
            self.hits,
            self.of,
            self.rate() * 100.0
        )
    }
}

/// The page with the table of measurements.
pub fn page(measured: &[Measurement]) -> String {
    let mut page = String::from(
        "# Calibration\n\n\
         How often hgtop's conclusions are right, measured on simulated rollouts whose truth\n\
         is known. The page is written by the program that measures; no number is typed:\n\n\
         ```sh\n\
         cargo run --release --example calibration -- --write docs/calibration.md\n\
         ```\n\n\
         The same seeds give the same table. The worlds are in `tests/calibration/`; nothing\n\
         in `src/` uses them. `tests/calibration/main.rs` runs a part of each measurement with\n\
         every `cargo test`. [rollouts.md](rollouts.md) describes the rules.\n\n\
         - Forecasts are read when 25, 50, 75 and 90 % of the jobs have finished, from the code\n  \
           that the dashboard runs, with polls of 5 s unless the world says otherwise. They are\n  \
           not corrected by earlier forecasts.\n\
         - A healthy job is one that completes, stragglers included. A job of four times the\n  \
           typical duration counts as found if the last poll of a stage finds it. No target was\n  \
           set for that in advance; 90 % is assumed.\n\
         - Stragglers are healthy jobs that take up to 4.5 times as long as is typical. Where\n  \
           they occur, a limit low enough to find jobs of four times would mark them too.\n\
         - A tenant with an earlier empty run is not judged for another one. Its first\n  \
           empty run is a false alarm.\n\
         - Where tenants are of equal size, chance decides which job is the last.\n\
         - A slower rollout is not looked for where days differ or the history is thin. The rule\n  \
           for weekdays was changed after the world with a weekly rhythm, with this seed, had\n  \
           missed its target; the other rules were not.\n\n\
         | conclusion | world | seed | measured | target | reached |\n\
         |---|---|---|---|---|---|\n",
    );
    for measurement in measured {
        let _ = writeln!(page, "{}", measurement.line());
    }
    let missed = measured.iter().filter(|one| !one.is_reached()).count();
    let _ = writeln!(page, "\n{missed} of {} targets are missed.", measured.len());
    page
}
