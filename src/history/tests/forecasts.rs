//! Recorded forecasts and their outcome.

use jiff::{SignedDuration, Timestamp};

use super::support::{env, flow, observation, time};
use crate::history::forecasts::RecordedForecast;
use crate::history::store::Store;

/// A forecast that is made a number of seconds after the start of the runs.
fn forecast(made: i64) -> RecordedForecast {
    RecordedForecast {
        env_id: env(),
        flow: flow(),
        made: time(made),
        since: time(0),
        finished: 1,
        expected: 4,
        p50: time(made + 30),
        p90: time(made + 60),
        quantiles: (1..=7).map(|step| time(made + 10 * step)).collect(),
        finish: None,
    }
}

fn finishes(store: &Store) -> Vec<(Timestamp, Timestamp)> {
    let forecasts = store.past_forecasts().unwrap().into_iter();
    forecasts
        .map(|forecast| (forecast.made, forecast.finish.unwrap()))
        .collect()
}

#[test]
fn finish_of_a_forecast_is_entered_with_its_last_run() {
    let mut store = Store::in_memory().unwrap();
    let begun = ["1", "2"].map(|id| observation(id, "SYNC_STARTED", 5));
    store.record(&begun).unwrap();
    store
        .record(&[observation("0", "JOB_COMPLETED", 10)])
        .unwrap();
    store.record_forecasts(&[forecast(20)]).unwrap();
    store.record(&[observation("1", "ETL_FAILED", 40)]).unwrap();
    assert_eq!(finishes(&store), [], "a run is unfinished");
    store
        .record(&[observation("2", "JOB_COMPLETED", 70)])
        .unwrap();
    let expected = RecordedForecast {
        finish: Some(time(70)),
        ..forecast(20)
    };
    assert_eq!(store.past_forecasts().unwrap(), [expected]);
    // One that is recorded when its last run is known to have finished.
    store.record_forecasts(&[forecast(69)]).unwrap();
    let last = time(70);
    assert_eq!(finishes(&store), [(time(69), last), (time(20), last)]);
}

#[test]
fn runs_of_other_rollouts_do_not_count_for_a_forecast() {
    let mut store = Store::in_memory().unwrap();
    // Its last status is unknown forever, and it began before the rollout.
    store
        .record(&[observation("0", "SYNC_STARTED", 5)])
        .unwrap();
    let rollout = RecordedForecast {
        since: time(1),
        ..forecast(20)
    };
    store.record_forecasts(&[rollout]).unwrap();
    store
        .record(&[observation("0", "JOB_COMPLETED", 90)])
        .unwrap();
    assert_eq!(finishes(&store), []);
}

#[test]
fn three_forecasts_of_a_rollout_are_read_however_many_there_are() {
    let mut store = Store::in_memory().unwrap();
    let many: Vec<_> = (0..99).map(|minute| forecast(60 * minute + 1)).collect();
    store.record_forecasts(&many).unwrap();
    store
        .record(&[observation("1", "JOB_COMPLETED", 6_000)])
        .unwrap();
    let read = finishes(&store);
    let made: Vec<_> = read.iter().map(|(made, _)| *made).collect();
    assert_eq!(made, [74, 49, 24].map(|minute| time(60 * minute + 1)));
}

#[test]
fn old_forecasts_are_removed() {
    let mut store = Store::in_memory().unwrap();
    store
        .record(&[observation("1", "JOB_COMPLETED", 100)])
        .unwrap();
    store
        .record_forecasts(&[forecast(20), forecast(60)])
        .unwrap();
    let count = |store: &Store| finishes(store).len();
    assert_eq!(count(&store), 2);
    store.remove_before(time(30)).unwrap();
    assert_eq!(count(&store), 1);
    let days = SignedDuration::from_hours(24 * 91).as_secs();
    store
        .record(&[observation("2", "JOB_COMPLETED", days)])
        .unwrap();
    store.prune(time(days)).unwrap();
    assert_eq!(count(&store), 0);
}
