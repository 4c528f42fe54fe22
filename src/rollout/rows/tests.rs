//! Row counts of single runs, and of seeded worlds of tenants that the limits
//! were not chosen on.

use super::*;
use fastrand::Rng;
use jiff::ToSpan;

fn start(run: usize) -> Timestamp {
    let hours = i64::try_from(run).unwrap() * 24;
    let first: Timestamp = "2026-09-07T06:00:00Z".parse().unwrap();
    first.checked_add(hours.hours()).unwrap()
}

fn total(rows: u64) -> RowCounts {
    RowCounts {
        total: Some(rows),
        ..RowCounts::default()
    }
}

fn streams<const N: usize>(streams: [(&str, u64); N]) -> RowCounts {
    let stream = |(name, rows): &(&str, u64)| {
        let counts = StreamRows {
            read: Some(*rows),
            ..StreamRows::default()
        };
        (Text::new(name), counts)
    };
    RowCounts {
        total: Some(streams.iter().map(|(_, rows)| rows).sum()),
        streams: streams.iter().map(stream).collect(),
    }
}

fn written(success: u64, fail: u64) -> StreamRows {
    StreamRows {
        success: Some(success),
        fail: Some(fail),
        ..StreamRows::default()
    }
}

fn past(runs: impl IntoIterator<Item = RowCounts>) -> Vec<PastRows> {
    let runs = runs.into_iter().enumerate();
    runs.map(|(run, rows)| PastRows {
        started: start(run),
        rows,
    })
    .collect()
}

fn judge(rows: &RowCounts, past: &[PastRows]) -> Option<RowsAnomaly> {
    judge_rows(rows, start(past.len()), past)
}

#[test]
fn thin_history_and_small_counts_are_not_judged() {
    let same = |rows, runs| past(vec![total(rows); runs]);
    assert_eq!(judge(&total(0), &same(1_000, 4)), None);
    assert_eq!(judge(&total(0), &same(3, 9)), None);
    let anomaly = judge(&total(0), &same(8_100, 5)).unwrap();
    assert_eq!((anomaly.value, anomaly.baseline), (0, Some(8_100)));
    assert_eq!(
        anomaly.description(),
        "completed with 0 rows (baseline 8.1k)"
    );
    let unknown = RowCounts::default();
    assert_eq!(judge(&unknown, &same(8_100, 5)), None);
}

#[test]
fn a_later_run_is_no_baseline() {
    let runs = past(vec![total(8_100); 9]);
    assert_eq!(judge_rows(&total(0), start(3), &runs), None);
    assert!(judge_rows(&total(0), start(7), &runs).is_some());
}

#[test]
fn a_tenant_that_moves_nothing_at_times_is_not_judged_for_it() {
    let mut runs = vec![total(900); 12];
    runs[3] = total(0);
    let runs = past(runs);
    assert_eq!(judge(&total(0), &runs), None);
    assert!(judge(&total(20), &runs).is_some());
}

#[test]
fn an_incident_does_not_become_the_baseline_until_it_lasts() {
    let mut runs = vec![total(900); 12];
    for _ in 0..4 {
        runs.push(total(0));
        assert!(
            judge(&total(0), &past(runs.clone())).is_some(),
            "{}",
            runs.len()
        );
    }
    runs.push(total(0));
    assert_eq!(judge(&total(0), &past(runs)), None);
}

#[test]
fn days_of_the_week_are_compared_with_each_other() {
    let day = |run: usize| if run % 7 >= 5 { 100 } else { 40_000 };
    let runs = past((0..28).map(|run| total(day(run))));
    let on = |run, rows| judge_rows(&total(rows), start(run), &runs);
    assert_eq!(on(33, 100), None);
    assert_eq!(on(30, 40_000), None);
    // What is typical of a Saturday is not of a Monday.
    assert_eq!(on(28, 100).unwrap().baseline, Some(40_000));
    assert_eq!(on(33, 40_000).unwrap().baseline, Some(100));
}

#[test]
fn a_stream_is_found_although_the_total_fits() {
    let runs = past(vec![streams([("orders", 90_000), ("items", 4_000)]); 8]);
    let rows = streams([("orders", 91_000), ("items", 0)]);
    let anomaly = judge(&rows, &runs).unwrap();
    let text = "completed with 0 rows of items (baseline 4k)";
    assert_eq!(anomaly.description(), text);
    let missing = judge(&streams([("orders", 91_000)]), &runs);
    assert_eq!(missing, Some(anomaly));
    assert_eq!(judge(&total(91_000), &runs), None);
}

#[test]
fn records_that_all_failed_need_no_history() {
    let mut rows = total(0);
    rows.streams.insert(Text::new("orders"), written(0, 120));
    let text = |rows: &RowCounts, past: &[PastRows]| judge(rows, past).map(|it| it.description());
    let expected = "completed, but all 120 records failed";
    assert_eq!(text(&rows, &[]).unwrap(), expected);
    let runs = past(vec![total(8_100); 6]);
    let expected = format!("{expected} (baseline 8.1k)");
    assert_eq!(text(&rows, &runs).unwrap(), expected);
    rows.streams.insert(Text::new("items"), written(50, 0));
    let expected = "completed, but all 120 records of orders failed";
    assert_eq!(text(&rows, &[]).unwrap(), expected);
    rows.streams.insert(Text::new("orders"), written(0, 2));
    assert_eq!(text(&rows, &[]), None);
}

/// How the rows of a tenant vary.
struct Tenant {
    typical: f64,
    /// The standard deviation of the logarithm.
    noise: f64,
    by_weekday: [f64; 7],
    growth: f64,
    /// The shares of its streams.
    streams: Vec<f64>,
    runs: usize,
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// Noise with heavier tails than a normal distribution: Student's t with six
/// degrees of freedom, scaled to a standard deviation of one.
fn heavy(rng: &mut Rng) -> f64 {
    let squares: f64 = (0..6).map(|_| normal(rng).powi(2)).sum();
    normal(rng) / (squares / 6.0).sqrt() * (4.0_f64 / 6.0).sqrt()
}

impl Tenant {
    fn new(rng: &mut Rng) -> Self {
        let mut by_weekday = [1.0; 7];
        match rng.u8(0..4) {
            0 => by_weekday[5..].fill(0.08 + 0.3 * rng.f64()),
            1 => by_weekday[rng.usize(0..7)] = 10.0,
            2 => by_weekday.fill_with(|| (0.5 * normal(rng)).exp()),
            _ => {}
        }
        let streams = rng.usize(1..7);
        Self {
            typical: (4.0 + 9.0 * rng.f64()).exp(),
            noise: 0.05 + 0.3 * rng.f64(),
            by_weekday,
            growth: 0.01 * normal(rng),
            streams: (0..streams).map(|_| (0.8 * normal(rng)).exp()).collect(),
            runs: rng.usize(10..60),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a test are small"
    )]
    fn run(&self, run: usize, factor: f64, rng: &mut Rng) -> RowCounts {
        let day = self.by_weekday[run % 7] * (self.growth * run as f64).exp();
        let common = 0.7 * self.noise * heavy(rng);
        let all: f64 = self.streams.iter().sum();
        let mut rows = total(0);
        for (stream, share) in self.streams.iter().enumerate() {
            let noise = common + 0.7 * self.noise * heavy(rng);
            let count = self.typical * day * factor * noise.exp() * share / all;
            let count = count as u64;
            rows.total = rows.total.map(|total| total + count);
            let counts = StreamRows {
                read: Some(count),
                ..StreamRows::default()
            };
            rows.streams
                .insert(Text::new(&format!("stream {stream}")), counts);
        }
        rows
    }
}

#[test]
fn planted_deviations_are_found_and_healthy_jobs_are_not() {
    let mut rng = Rng::with_seed(20_261_124);
    let factors = [0.0, 0.05, 20.0];
    let (mut found, mut alarms, jobs) = ([0; 3], 0, 4_000);
    for _ in 0..jobs {
        let tenant = Tenant::new(&mut rng);
        let past = past((0..tenant.runs).map(|run| tenant.run(run, 1.0, &mut rng)));
        let healthy = tenant.run(tenant.runs, 1.0, &mut rng);
        alarms += usize::from(judge(&healthy, &past).is_some());
        for (found, factor) in found.iter_mut().zip(factors) {
            let planted = tenant.run(tenant.runs, factor, &mut rng);
            *found += usize::from(judge(&planted, &past).is_some());
        }
    }
    println!("found {found:?} of {jobs} each, {alarms} false alarms");
    let all: usize = found.iter().sum();
    assert!(all * 100 >= 3 * jobs * 95, "{found:?} of {jobs} each");
    assert!(alarms * 500 <= jobs, "{alarms} of {jobs}");
}

#[test]
fn runs_without_any_deviation_are_judged_by_factors() {
    let runs = past(vec![total(1_000); 10]);
    for fits in [400, 1_000, 2_400] {
        assert_eq!(judge(&total(fits), &runs), None, "{fits}");
    }
    for deviates in [0, 50, 300, 3_500, 20_000] {
        assert!(judge(&total(deviates), &runs).is_some(), "{deviates}");
    }
}
