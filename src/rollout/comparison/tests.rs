use super::*;
use crate::history::PastRun;
use crate::hotglue::{JobRoot, Stage, State, TenantId};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

const DAY: i64 = 24 * 60 * 60;
/// The start of the rollout.
const START: i64 = 1_795_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn tenant(index: usize) -> TenantId {
    TenantId::parse(&format!("t{index:03}")).unwrap()
}

fn run(index: usize, started: i64, seconds: f64, state: State) -> PastRun {
    let started = at(started);
    let took = SignedDuration::from_secs_f64(seconds);
    PastRun {
        tenant: tenant(index),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("t{index}/flows/f/jobs/{started}")).unwrap(),
        started,
        finished: started + took,
        state,
        stages: vec![(Stage::Sync, took / 2), (Stage::Etl, took / 4)],
        silences: Vec::new(),
        rows: None,
        message: None,
    }
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// Tenants of very different sizes with a run each day, and their first runs
/// since the start.
struct Example {
    before: Vec<PastRun>,
    after: Vec<PastRun>,
}

fn example(tenants: usize, factor: f64, day_to_day: f64, rng: &mut Rng) -> Example {
    let days: Vec<f64> = (0..12).map(|_| day_to_day * normal(rng)).collect();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for index in 0..tenants {
        let size = 4.0 + 0.8 * normal(rng);
        let mut seconds = |day: f64| (size + day + 0.25 * normal(rng)).exp();
        for (number, day) in (1..).zip(&days) {
            before.push(run(
                index,
                START - number * DAY,
                seconds(*day),
                State::Completed,
            ));
        }
        let took = factor * seconds(day_to_day);
        after.push(run(index, START, took, State::Completed));
    }
    Example { before, after }
}

impl Example {
    /// What is known of the rollout a number of seconds after its start.
    fn compare(&self, seconds: i64) -> Vec<ComparedMetric> {
        let now = at(START + seconds);
        let (after, running): (Vec<_>, Vec<_>) = self
            .after
            .iter()
            .cloned()
            .partition(|run| run.finished <= now);
        let running = running.into_iter().map(|run| UnfinishedRun {
            tenant: run.tenant,
            tap_version: None,
            started: run.started,
        });
        compare(ComparedRuns {
            before: &self.before,
            after: &after,
            unfinished: &running.collect::<Vec<_>>(),
            now,
        })
    }
}

fn of(metric: Metric, compared: &[ComparedMetric]) -> &ComparedMetric {
    compared.iter().find(|one| one.metric == metric).unwrap()
}

fn is_finding(compared: &[ComparedMetric]) -> bool {
    compared.iter().any(|one| match one.result {
        ComparisonResult::Slower
        | ComparisonResult::Faster
        | ComparisonResult::Higher
        | ComparisonResult::Lower => true,
        ComparisonResult::NoDifference | ComparisonResult::Inconclusive => false,
    })
}

#[test]
fn half_as_long_again_is_slower_in_every_duration() {
    let example = example(60, 1.5, 0.0, &mut Rng::with_seed(1));
    let compared = example.compare(10_000);
    let duration = of(Metric::Duration, &compared);
    assert_eq!(duration.result, ComparisonResult::Slower);
    assert!(duration.low < 1.5 && 1.5 < duration.high, "{duration:?}");
    assert!((1.35..1.65).contains(&duration.shift), "{duration:?}");
    assert_eq!(duration.pairs, 60);
    assert_eq!(duration.worst.len(), MOST_WORST);
    let ratio = |index: usize| duration.worst[index].after / duration.worst[index].before;
    assert!(ratio(0) >= ratio(1) && ratio(4) > 1.5);
    let sync = of(Metric::Stage(Stage::Sync), &compared);
    assert_eq!(sync.result, ComparisonResult::Slower);
    assert_eq!(sync.metric.name(), "sync duration");
    assert_eq!(
        of(Metric::FailureRate, &compared).result,
        ComparisonResult::Inconclusive
    );
    assert!(compared.iter().all(|one| one.metric != Metric::Rows));
}

#[test]
fn quick_runs_that_finish_first_are_not_called_faster() {
    // Tenants of one size: halfway, all that have finished are below their
    // median.
    let mut rng = Rng::with_seed(2);
    let rollouts = 40;
    let wrong = (0..rollouts).filter(|_| {
        let example = example(30, 1.0, 0.0, &mut rng);
        (0..12).any(|step| is_finding(&example.compare(step * 30)))
    });
    assert!(wrong.count() * 20 <= rollouts);
}

#[test]
fn days_that_differ_are_not_called_a_difference() {
    let mut rng = Rng::with_seed(3);
    let rollouts = 60;
    let wrong = (0..rollouts).filter(|_| {
        let mut example = example(60, 1.0, 0.3, &mut rng);
        let today = (0.3 * normal(&mut rng)).exp();
        for run in &mut example.after {
            let took = run.finished.duration_since(run.started).as_secs_f64() * today;
            run.finished = run.started + SignedDuration::from_secs_f64(took);
        }
        is_finding(&example.compare(100_000))
    });
    assert!(wrong.count() * 20 <= rollouts);
}

#[test]
fn new_failures_are_found_and_named() {
    let mut example = example(60, 1.0, 0.0, &mut Rng::with_seed(4));
    for run in example.after.iter_mut().take(9) {
        run.state = State::Failed;
    }
    let compared = example.compare(10_000);
    let failures = of(Metric::FailureRate, &compared);
    assert_eq!(failures.result, ComparisonResult::Higher);
    assert!((failures.shift - 0.15).abs() < 1e-9);
    assert!(failures.low >= 0.0 && failures.low <= failures.shift);
    assert_eq!(failures.worst[0].tenant, tenant(0));
    assert_eq!(of(Metric::Duration, &compared).pairs, 51);
}

#[test]
fn many_equal_tenants_are_no_difference_and_few_are_inconclusive() {
    let mut rng = Rng::with_seed(5);
    let many = example(400, 1.0, 0.0, &mut rng).compare(100_000);
    assert_eq!(
        of(Metric::Duration, &many).result,
        ComparisonResult::NoDifference
    );
    assert_eq!(
        of(Metric::FailureRate, &many).result,
        ComparisonResult::NoDifference
    );
    let few = example(5, 1.0, 0.0, &mut rng).compare(100_000);
    let duration = of(Metric::Duration, &few);
    assert_eq!(duration.result, ComparisonResult::Inconclusive);
    assert_eq!((duration.low, duration.high), (0.0, f64::INFINITY));
}

#[test]
fn only_tenants_on_both_sides_are_pairs() {
    let before = [run(1, START - DAY, 60.0, State::Completed)];
    let after = [
        run(1, START, 60.0, State::Completed),
        run(2, START, 60.0, State::Completed),
    ];
    let runs = ComparedRuns {
        before: &before,
        after: &after,
        unfinished: &[],
        now: at(START + 600),
    };
    assert!(compare(runs).iter().all(|one| one.pairs == 1));
    let nothing = ComparedRuns {
        before: &[],
        ..runs
    };
    assert_eq!(compare(nothing), Vec::new());
}

#[test]
fn cohorts_are_compared_with_their_own_past() {
    let mut example = example(120, 1.0, 0.0, &mut Rng::with_seed(6));
    for (index, run) in example.after.iter_mut().enumerate() {
        let is_new = index % 2 == 0;
        run.tap_version = Some(Text::new(if is_new { "v2" } else { "v1" }));
        if is_new {
            let took = run.finished.duration_since(run.started);
            run.finished = run.started + took * 2;
        }
    }
    let runs = ComparedRuns {
        before: &example.before,
        after: &example.after,
        unfinished: &[],
        now: at(START + DAY),
    };
    let compared = compare_by(runs, |_, version| version.cloned().into_iter().collect());
    let result = |cohort: &str| {
        let mut of_cohort = compared.iter().filter(|one| {
            one.cohort
                .as_ref()
                .is_some_and(|name| name.as_str() == cohort)
        });
        of_cohort
            .find(|one| one.metric == Metric::Duration)
            .unwrap()
            .result
    };
    assert_eq!(result("v2"), ComparisonResult::Slower);
    assert_eq!(result("v1"), ComparisonResult::Inconclusive);
}

#[test]
fn busy_weekdays_are_compared_with_each_other() {
    let mut rng = Rng::with_seed(7);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for index in 0..60 {
        let mut seconds = |busy: bool| {
            let factor = if busy { 6.0 } else { 1.0 };
            factor * (4.0 + 0.2 * normal(&mut rng)).exp()
        };
        for day in 1..=35 {
            let took = seconds(day % 7 == 0);
            before.push(run(index, START - day * DAY, took, State::Completed));
        }
        after.push(run(index, START, seconds(true), State::Completed));
    }
    let compared = Example { before, after }.compare(10_000);
    let duration = of(Metric::Duration, &compared);
    assert!(!is_finding(&compared), "{duration:?}");
    assert!((0.9..1.1).contains(&duration.shift), "{duration:?}");
}
