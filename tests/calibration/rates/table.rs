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
    /// The hits of an oracle, where one was asked.
    best: Option<usize>,
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
            best: None,
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

    /// The same rate beside the hits of an oracle on the same observations.
    pub fn at_best(self, hits: usize) -> Self {
        Self {
            best: Some(hits),
            ..self
        }
    }

    /// Whether several worlds are summed up.
    fn is_sum(&self) -> bool {
        self.world.starts_with("all ")
    }

    /// Whether the rules are known to miss the target.
    pub fn is_known_to_miss(&self) -> bool {
        self.is_known_to_miss
    }

    /// What is concluded.
    pub fn conclusion(&self) -> &'static str {
        self.conclusion
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn share(&self, hits: usize) -> f64 {
        hits as f64 / self.of.max(1) as f64
    }

    fn rate(&self) -> f64 {
        self.share(self.hits)
    }

    /// How far the rate is beyond what it should be; negative within it.
    fn excess(&self) -> f64 {
        match self.target {
            Target::AtMost(limit) => self.rate() - limit,
            Target::AtLeast(limit) => limit - self.rate(),
            Target::Between(low, high) => (low - self.rate()).max(self.rate() - high),
        }
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

    fn target(&self) -> String {
        let target = match self.target {
            Target::AtMost(limit) => format!("≤ {:.3} %", limit * 100.0),
            Target::AtLeast(limit) => format!("≥ {:.0} %", limit * 100.0),
            Target::Between(low, high) => format!("{:.0}–{:.0} %", low * 100.0, high * 100.0),
        };
        target.replace(".000", "").replace("00 %", " %")
    }

    fn percent(&self, hits: usize) -> String {
        let digits = match self.target {
            Target::AtMost(limit) if limit < 0.01 => 2,
            Target::AtMost(_) | Target::AtLeast(_) | Target::Between(..) => 1,
        };
        format!("{:.digits$} %", self.share(hits) * 100.0)
    }

    /// The line of the table.
    pub fn line(&self) -> String {
        let reached = match (self.is_reached(), self.best) {
            (true, _) => "yes".to_owned(),
            (false, Some(best)) => format!("no; {} at best", self.percent(best)),
            (false, None) => "no".to_owned(),
        };
        format!(
            "| {} | {} | {} of {} | {} | {reached} |",
            self.world,
            self.seed,
            self.hits,
            self.of,
            self.percent(self.hits),
        )
    }
}

/// The line of the summary for the measurements of one conclusion.
fn summary(measured: &[&Measurement]) -> Option<String> {
    let worlds: Vec<&&Measurement> = measured.iter().filter(|one| !one.is_sum()).collect();
    // A small measurement has sums alone.
    let worlds = if worlds.is_empty() {
        measured.iter().collect()
    } else {
        worlds
    };
    let worst = worlds
        .iter()
        .max_by(|one, other| one.excess().total_cmp(&other.excess()))?;
    let sum = Measurement {
        hits: worlds.iter().map(|one| one.hits).sum(),
        of: worlds.iter().map(|one| one.of).sum(),
        ..(**worst).clone()
    };
    let best: Option<usize> = worlds.iter().map(|one| one.best).sum();
    let best = best.map_or_else(String::new, |best| {
        format!(" (at best {})", sum.percent(best))
    });
    let reached = worlds.iter().filter(|one| one.is_reached()).count();
    Some(format!(
        "| {} | {} | {}{best} | {reached} of {} | {}: {} |",
        worst.conclusion,
        worst.target(),
        sum.percent(sum.hits),
        worlds.len(),
        worst.world,
        worst.percent(worst.hits),
    ))
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
         ## Summary\n\n\
         The rate over all worlds, in how many of them the target is reached, and the world in\n\
         which the rate is farthest from it.\n\n\
         | conclusion | target | all worlds | worlds that reach it | worst world |\n\
         |---|---|---|---|---|\n",
    );
    let mut conclusions: Vec<&str> = Vec::new();
    for measurement in measured {
        if !conclusions.contains(&measurement.conclusion) {
            conclusions.push(measurement.conclusion);
        }
    }
    let of = |conclusion: &str| -> Vec<&Measurement> {
        let measured = measured.iter();
        measured
            .filter(|one| one.conclusion == conclusion)
            .collect()
    };
    for conclusion in &conclusions {
        let _ = writeln!(page, "{}", summary(&of(conclusion)).unwrap_or_default());
    }
    let missed = measured.iter().filter(|one| !one.is_reached()).count();
    let _ = writeln!(
        page,
        "\n{missed} of the {} rates below miss their target.\n",
        measured.len()
    );
    page.push_str(NOTES);
    for conclusion in &conclusions {
        let measured = of(conclusion);
        let target = measured
            .first()
            .map_or_else(String::new, |one| one.target());
        let _ = write!(
            page,
            "\n## {conclusion}\n\nTarget: {target}\n\n\
             | world | seed | counts | rate | reached |\n|---|---|---|---|---|\n"
        );
        for measurement in measured {
            let _ = writeln!(page, "{}", measurement.line());
        }
    }
    page
}

/// How to read the page.
const NOTES: &str = "\
## How it is measured

- Forecasts are read when 25, 50, 75 and 90 % of the jobs have finished, from the code
  that the dashboard runs, with polls of 5 s unless the world says otherwise. They are
  not corrected by earlier forecasts. No rule was changed for the worlds with seed 9001
  after they were measured; similar ones with other parameters and seeds had been seen.
- Chance decides which of several similar jobs is the last. \"At best\" is how often an
  oracle names it that knows the world, and the typical duration of every tenant in this
  rollout, but not the future.
- A healthy job is one that completes, stragglers included. A job of four times the
  typical duration counts as found if the last poll of a stage finds it. No target was
  set for that in advance; 90 % is assumed.
- Stragglers are healthy jobs that take up to 4.5 times as long as is typical. Where
  they occur, a limit low enough to find jobs of four times would mark them too.
- Rows: with less than three weeks of history, a tenant that moves a tenth on two
  days of the week has runs of a tenth without a second one of that day. A run of
  a twentieth is then like them, and the first one of a tenth like an error. With heavy
  tails of a large spread, 1.5 % of the healthy runs deviate as far as a factor of 20
  does, so that no limit reaches both targets.
- A tenant with an earlier empty run is not judged for another one. Its first
  empty run is a false alarm.
- A slower rollout is not looked for where days differ or the history is thin. The rule
  for weekdays was changed after the world with a weekly rhythm, with this seed, had
  missed its target; the other rules were not.
";
