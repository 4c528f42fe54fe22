//! Comparisons: false findings while a rollout is looked at again and again,
//! and how often a slower one is found.

use fastrand::Rng;
use hgtop::history::PastRun;
use hgtop::rollout::{
    ComparedMetric, ComparedRuns, ComparisonResult, Metric, UnfinishedRun, compare,
    compare_by_version,
};
use jiff::{SignedDuration, Timestamp};

use super::table::{Effort, Measurement};
use super::world::{PLAIN, Simulated, WORLDS, World};

/// Rollouts for each world.
const ROLLOUTS: usize = 200;
/// Looks at each rollout, from its start to after its end.
const LOOKS: i64 = 12;
const SEED: u64 = 41;

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let rollouts = effort.repetitions(ROLLOUTS);
    let mut measured = Vec::new();
    let (mut all, mut wrong) = (0, 0);
    for world in WORLDS {
        let found = false_findings(&world, rollouts);
        (all, wrong) = (all + rollouts, wrong + found);
        let name = format!("{}, {LOOKS} looks", world.name);
        measured.push(Measurement::at_most(
            0.05,
            "comparison: false finding in any metric",
            name,
            SEED,
            (found, rollouts),
        ));
    }
    let total = "comparison: false finding in any metric";
    measured.push(Measurement::at_most(
        0.05,
        total,
        "all worlds",
        SEED,
        (wrong, all),
    ));
    let slower = WORLDS
        .iter()
        .filter(|world| world.days == 0.0 && world.runs.0 > 3);
    for world in slower {
        let world = World {
            factor: 1.5,
            ..*world
        };
        let counts = (found_slower(&world, rollouts), rollouts);
        let name = format!("{}, 60 tenants, duration ×1.5", world.name);
        measured.push(Measurement::at_least(
            0.9,
            "comparison: found slower",
            name,
            SEED,
            counts,
        ));
    }
    measured.push(Measurement::at_least(
        0.9,
        "comparison: interval holds the true ratio",
        "plain, duration ×1.5",
        SEED,
        (intervals_that_hold(rollouts), rollouts),
    ));
    measured
}

impl Simulated {
    /// What is known of the rollout at a time.
    fn compare_at(&self, now: Timestamp, by_version: bool) -> Vec<ComparedMetric> {
        let has_finished = |run: &PastRun| run.finished <= now;
        let (after, rest): (Vec<_>, Vec<_>) = self.after.iter().cloned().partition(has_finished);
        let running = rest.into_iter().filter(|run| run.started <= now);
        let unfinished: Vec<_> = running
            .map(|run| UnfinishedRun {
                tenant: run.tenant,
                tap_version: run.tap_version,
                started: run.started,
            })
            .collect();
        let runs = ComparedRuns {
            before: &self.before,
            after: &after,
            unfinished: &unfinished,
            now,
        };
        if by_version {
            compare_by_version(runs)
        } else {
            compare(runs)
        }
    }

    fn end(&self) -> Timestamp {
        self.after.iter().map(|run| run.finished).max().unwrap()
    }
}

fn is_finding(compared: &ComparedMetric) -> bool {
    match compared.result {
        ComparisonResult::Slower
        | ComparisonResult::Faster
        | ComparisonResult::Higher
        | ComparisonResult::Lower => true,
        ComparisonResult::NoDifference | ComparisonResult::Inconclusive => false,
    }
}

fn false_findings(world: &World, rollouts: usize) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let wrong = (0..rollouts).filter(|_| {
        let (start, simulated) = world.simulate(&mut rng);
        let whole = simulated.end().duration_since(start).as_secs() + 1;
        (1..=LOOKS).any(|look| {
            // Half of the looks are in the first third, where few have finished.
            let share = look * look * 100 / (LOOKS * LOOKS);
            let now = start + SignedDuration::from_secs(whole * share / 100 + look);
            let compared = simulated.compare_at(now, world.new_version > 0.0);
            compared.iter().any(is_finding)
        })
    });
    wrong.count()
}

fn final_duration(world: &World, rng: &mut Rng) -> ComparedMetric {
    let (_, simulated) = world.simulate(rng);
    let now = simulated.end() + SignedDuration::from_secs(60);
    let mut compared = simulated.compare_at(now, false).into_iter();
    compared.find(|one| one.metric == Metric::Duration).unwrap()
}

fn found_slower(world: &World, rollouts: usize) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let is_slower = |_: &usize| final_duration(world, &mut rng).result == ComparisonResult::Slower;
    (0..rollouts).filter(is_slower).count()
}

fn intervals_that_hold(rollouts: usize) -> usize {
    let world = World {
        factor: 1.5,
        ..PLAIN
    };
    let mut rng = Rng::with_seed(SEED);
    let holds = |_: &usize| {
        let duration = final_duration(&world, &mut rng);
        duration.low <= 1.5 && 1.5 <= duration.high
    };
    (0..rollouts).filter(holds).count()
}
