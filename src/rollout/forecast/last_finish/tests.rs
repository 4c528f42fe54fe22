use super::*;
use crate::rollout::baseline::Expectation;
use crate::rollout::forecast::flow_jobs::Finished;
use crate::rollout::statistics::tail::Tail;

fn expected(median: f64, scale: f64) -> Expectation {
    Expectation {
        ln_median: median.ln(),
        scale,
        is_guess: false,
    }
}

fn tails() -> Arc<Tails> {
    Arc::new(Tails {
        runs: Tail::prior(),
        sizes: Tail::prior(),
        shared: 0.15,
    })
}

fn running(median: f64, seconds: f64) -> Unfinished {
    Unfinished {
        expected: expected(median, 0.2),
        seconds,
        until_now: seconds,
    }
}

fn distribution(unfinished: Vec<Unfinished>, finished: Vec<Finished>) -> LastFinish {
    let flow = FlowJobs {
        tails: tails(),
        unfinished,
        finished,
        failing: 0.0,
    };
    LastFinish::new(vec![flow]).unwrap()
}

#[test]
fn a_new_job_is_expected_after_its_median() {
    let alone = distribution(vec![running(100.0, 0.0)], Vec::new());
    assert!(
        (alone.quantile(0.5) - 100.0).abs() < 3.0,
        "{}",
        alone.quantile(0.5)
    );
    assert!(alone.quantile(0.9) > 125.0 && alone.quantile(0.9) < 180.0);
    assert!((alone.all_finished(alone.quantile(0.8)) - 0.8).abs() < 0.01);
    assert!(LastFinish::new(Vec::new()).is_none());
}

#[test]
fn time_already_spent_counts() {
    let fresh = distribution(vec![running(100.0, 10.0)], Vec::new());
    assert!((fresh.quantile(0.5) - 90.0).abs() < 3.0);
    // Far beyond its expected end, the longer it took, the longer it takes.
    let late = distribution(vec![running(100.0, 300.0)], Vec::new());
    assert!(late.quantile(0.5) > 10.0, "{}", late.quantile(0.5));
}

#[test]
fn a_job_that_was_polled_long_ago_may_have_finished() {
    let job = Unfinished {
        seconds: 90.0,
        until_now: 200.0,
        ..running(100.0, 0.0)
    };
    assert!(distribution(vec![job], Vec::new()).all_finished(0.0) > 0.9);
}

#[test]
fn finished_jobs_show_what_all_have_in_common() {
    let twice = |completed| {
        vec![
            Finished {
                expected: expected(50.0, 0.2),
                seconds: 100.0,
                completed,
            };
            20
        ]
    };
    let slower = distribution(vec![running(100.0, 10.0)], twice(true));
    assert!(slower.quantile(0.5) > 170.0, "{}", slower.quantile(0.5));
    // Jobs that failed after twice their time would have taken longer.
    let failed = distribution(vec![running(100.0, 10.0)], twice(false));
    assert!(failed.quantile(0.5) > slower.quantile(0.5));
}

#[test]
fn the_last_of_many_is_later_than_each_and_the_largest_is_named() {
    let mut jobs = vec![running(100.0, 10.0); 50];
    let many = distribution(jobs.clone(), Vec::new());
    let one = distribution(vec![running(100.0, 10.0)], Vec::new());
    assert!(many.quantile(0.5) > one.quantile(0.9));
    jobs.insert(7, running(800.0, 10.0));
    let largest = distribution(jobs, Vec::new());
    let last = largest.last_jobs();
    assert_eq!(last[0].index, 7);
    assert!(
        last[0].probability > 0.9 && last[0].probability < 1.1,
        "{:?}",
        last[0]
    );
    assert_eq!(largest.jobs(), 51);
}

#[test]
fn failing_jobs_finish_sooner() {
    let distribution = |failing| {
        let flow = FlowJobs {
            tails: tails(),
            unfinished: vec![running(100.0, 1.0)],
            finished: Vec::new(),
            failing,
        };
        LastFinish::new(vec![flow]).unwrap().quantile(0.5)
    };
    assert!(distribution(0.5) < 0.9 * distribution(0.0));
}

proptest::proptest! {
    #[test]
    fn quantiles_rise_and_are_never_negative(
        jobs in proptest::collection::vec((1.0_f64..5_000.0, 0.0_f64..9_000.0), 1..30)
    ) {
        let jobs = jobs.into_iter().map(|(median, seconds)| running(median, seconds));
        let distribution = distribution(jobs.collect(), Vec::new());
        let quantiles = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95].map(|p| distribution.quantile(p));
        proptest::prop_assert!(quantiles.is_sorted(), "{quantiles:?}");
        proptest::prop_assert!(quantiles[0] >= 0.0 && quantiles[5].is_finite());
    }
}
