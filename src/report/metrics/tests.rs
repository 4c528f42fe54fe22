//! Metrics as they appear in the exposition.

use std::sync::Arc;

use super::*;
use crate::hotglue::{FetchError, Job, JobAddress, JobRoot, JobStatus};
use crate::watch::Health;

const ID: JobId = JobId(0);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn listed() -> JobIdentity {
    JobIdentity {
        name: "acme nightly".to_owned(),
        names: Vec::new(),
        environment: "dev".to_owned(),
        env_id: "dev.hotglue.xyz".to_owned(),
        tenant: "a\"c\\me".to_owned(),
        flow: "f1".to_owned(),
        job_root: None,
        tags: Vec::new(),
    }
}

fn metrics() -> (Metrics, Exposition) {
    let environments = [("dev".to_owned(), "dev.hotglue.xyz".to_owned())];
    let (mut metrics, exposition) = Metrics::new(&environments, at(100));
    metrics.add(ID, &listed());
    (metrics, exposition)
}

fn transition(job_id: &str, from: Option<&str>, to: &str, updated: i64) -> Transition {
    let root = JobRoot::parse(&format!("acme/flows/f1/jobs/{job_id}")).unwrap();
    let address = Arc::new(JobAddress::from_root(root).unwrap());
    let answer = serde_json::json!({
        "status": to,
        "tap": "stripe",
        "start_time": at(90).to_string(),
        "last_updated": at(updated).to_string(),
    });
    let job = Arc::new(Job::decode(&answer.to_string()).unwrap());
    Transition::new(ID, address, from.map(JobStatus::parse), job, at(updated))
}

fn snapshot(status: Option<&str>, polls: u32, failures: u32) -> Snapshot {
    let decode = |status| Job::decode(&format!(r#"{{"status":"{status}"}}"#)).unwrap();
    Snapshot {
        job: status.map(decode).map(Arc::new),
        address: None,
        health: Health {
            polls,
            errors: failures,
            last_success: (polls > failures).then_some(at(105)),
            failure_streak: (failures > 0).then(|| FailureStreak {
                since: at(101),
                count: failures,
                error: Arc::new(FetchError::NoSuchPath),
            }),
            ..Health::default()
        },
    }
}

/// The value of the first series that starts with `series`.
fn value(exposition: &Exposition, series: &str) -> Option<String> {
    let text = exposition.text().unwrap();
    let line = text.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next().map(str::to_owned)
}

fn jobs(state: &str) -> String {
    format!(r#"hgtop_jobs{{environment="dev",flow="f1",tenant="a\"c\\me",state="{state}"}}"#)
}

#[test]
fn job_is_counted_in_one_state_at_a_time() {
    let (mut metrics, exposition) = metrics();
    let count = |state| value(&exposition, &jobs(state));
    assert_eq!(count("unknown").as_deref(), Some("1"));
    metrics.record_snapshot(ID, &listed(), &snapshot(None, 1, 0), true);
    assert_eq!(count("not started").as_deref(), Some("1"));
    metrics.record_snapshot(ID, &listed(), &snapshot(Some("ETL_STARTED"), 5, 1), true);
    metrics.add(ID, &listed());
    assert_eq!(count("running").as_deref(), Some("1"));
    assert_eq!(count("unknown").as_deref(), Some("0"));
    assert_eq!(count("not started").as_deref(), Some("0"));
    let old = snapshot(Some("ETL_FAILED"), 6, 1);
    metrics.record_snapshot(ID, &listed(), &old, false);
    assert_eq!(count("not started").as_deref(), Some("1"));
    assert_eq!(
        count("failed").as_deref(),
        Some("0"),
        "it began before the start"
    );
    metrics.record_snapshot(ID, &listed(), &snapshot(Some("ETL_STARTED"), 7, 1), true);
    metrics.remove(ID, &listed());
    assert_eq!(count("running"), None);
}

#[test]
fn rows_of_a_tenant_follow_its_jobs() {
    let (mut metrics, exposition) = metrics();
    let series = r#"hgtop_job_rows{environment="dev",flow="f1",tenant="a\"c\\me"}"#;
    let rows = || value(&exposition, series);
    let record = |metrics: &mut Metrics, rows: &str| {
        let job = Job::decode(&format!(r#"{{"status":"ETL_STARTED"{rows}}}"#)).unwrap();
        let snapshot = Snapshot {
            job: Some(Arc::new(job)),
            ..snapshot(None, 1, 0)
        };
        metrics.record_snapshot(ID, &listed(), &snapshot, true);
    };
    record(&mut metrics, "");
    assert_eq!(rows(), None);
    record(&mut metrics, r#","processed_rows":8100"#);
    assert_eq!(rows().as_deref(), Some("8100"));
    // The next run starts to count again.
    record(&mut metrics, r#","processed_rows":12"#);
    assert_eq!(rows().as_deref(), Some("12"));
    metrics.remove(ID, &listed());
    assert_eq!(rows(), None);
}

#[test]
fn polls_are_counted_when_a_batch_holds_several() {
    let (mut metrics, exposition) = metrics();
    metrics.record_snapshot(ID, &listed(), &snapshot(Some("ETL_STARTED"), 5, 1), true);
    metrics.record_snapshot(ID, &listed(), &snapshot(Some("ETL_STARTED"), 8, 4), true);
    let polls = |outcome| {
        let series = format!(r#"hgtop_polls_total{{environment="dev",outcome="{outcome}"}}"#);
        value(&exposition, &series).unwrap()
    };
    assert_eq!(
        (polls("answered"), polls("failed")),
        ("4".into(), "4".into())
    );
    let of_environment =
        |name: &str| value(&exposition, &format!(r#"{name}{{environment="dev"}}"#)).unwrap();
    assert_eq!(of_environment("hgtop_jobs_unreachable"), "1");
    assert_eq!(of_environment("hgtop_last_answer_timestamp_seconds"), "105");
    assert_eq!(of_environment("hgtop_environment_up"), "1");
    let outage = EnvironmentStatus::Outage {
        since: at(1),
        error: Arc::new(FetchError::NoSuchPath),
        next: at(2),
    };
    metrics.record_environment_status("dev", &outage);
    assert_eq!(of_environment("hgtop_environment_up"), "0");
}

#[test]
fn stage_is_measured_only_when_its_start_and_end_were_observed() {
    let (mut metrics, exposition) = metrics();
    let scenario = [
        (None, "SYNC_STARTED", 120),
        (Some("SYNC_STARTED"), "SYNC_SUCCESS", 130),
        (Some("SYNC_SUCCESS"), "ETL_STARTED", 140),
        (Some("ETL_STARTED"), "EXPORT_STARTED", 160),
        (Some("EXPORT_STARTED"), "JOB_COMPLETED", 190),
    ];
    for (from, to, updated) in scenario {
        metrics.record_transition(&listed(), &transition("j1", from, to, updated));
    }
    let stage = |stage, what| {
        let labels = format!(r#"environment="dev",flow="f1",tap="stripe",stage="{stage}""#);
        value(
            &exposition,
            &format!("hgtop_stage_duration_seconds_{what}{{{labels}}}"),
        )
    };
    assert_eq!(stage("sync", "count"), None, "its start was not observed");
    assert_eq!(stage("etl", "sum").as_deref(), Some("20.0"));
    assert_eq!(stage("export", "sum").as_deref(), Some("30.0"));
    let run = r#"{environment="dev",flow="f1",tap="stripe",state="completed"}"#;
    let sum = value(&exposition, &format!("hgtop_job_duration_seconds_sum{run}"));
    assert_eq!(sum.as_deref(), Some("100.0"));
    // A job that finished before the export started is not counted.
    metrics.record_transition(&listed(), &transition("j2", None, "JOB_FAILED", 95));
    let finished = |state| {
        value(
            &exposition,
            &jobs(state).replace("_jobs", "_jobs_ended_total"),
        )
    };
    assert_eq!(finished("completed").as_deref(), Some("1"));
    assert_eq!(finished("failed").as_deref(), Some("0"));
}

/// The number of series of a metric, and the sum of their values.
fn series(exposition: &Exposition, metric: &str) -> (usize, u64) {
    let text = exposition.text().unwrap();
    let prefix = format!("{metric}{{");
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with(&prefix))
        .collect();
    let values = lines.iter().filter_map(|line| line.rsplit(' ').next());
    (
        lines.len(),
        values.map(|value| value.parse::<u64>().unwrap()).sum(),
    )
}

#[test]
fn number_of_series_is_bounded_when_tenants_keep_appearing() {
    let environments = [("dev".to_owned(), "dev.hotglue.xyz".to_owned())];
    let (mut metrics, exposition) = Metrics::with_limits(&environments, at(100), 10, 10);
    let tenant = |number: u32| JobIdentity {
        tenant: format!("t{number}"),
        ..listed()
    };
    for number in 0..1_000 {
        metrics.add(JobId(number), &tenant(number));
        let running = snapshot(Some("ETL_STARTED"), 1, 0);
        metrics.record_snapshot(JobId(number), &tenant(number), &running, true);
    }
    // Ten tenants, and one series for all others; the total stays right.
    assert_eq!(series(&exposition, "hgtop_jobs"), (77, 1_000));
    assert_eq!(series(&exposition, "hgtop_series_overflow_total"), (3, 990));
    // A tenant that leaves makes room for another.
    metrics.remove(JobId(0), &tenant(0));
    metrics.add(JobId(2_000), &tenant(2_000));
    assert_eq!(series(&exposition, "hgtop_jobs"), (77, 1_000));
    assert_eq!(series(&exposition, "hgtop_series_overflow_total").1, 990);
}

#[test]
fn number_of_series_is_bounded_when_taps_keep_appearing() {
    let environments = [("dev".to_owned(), "dev.hotglue.xyz".to_owned())];
    let (mut metrics, exposition) = Metrics::with_limits(&environments, at(100), 10, 10);
    metrics.add(ID, &listed());
    for number in 0..1_000 {
        let answer = serde_json::json!({
            "status": "JOB_COMPLETED",
            "tap": format!("tap-{number}"),
            "start_time": at(110).to_string(),
            "last_updated": at(120).to_string(),
        });
        let job = Arc::new(Job::decode(&answer.to_string()).unwrap());
        let from = Some(JobStatus::ExportStarted);
        let address = transition("j1", None, "JOB_CREATED", 1).address;
        let transition = Transition::new(ID, address, from, job, at(120));
        metrics.record_transition(&listed(), &transition);
    }
    let runs = series(&exposition, "hgtop_job_duration_seconds_count");
    assert_eq!(runs, (11, 1_000));
    assert_eq!(series(&exposition, "hgtop_series_overflow_total").1, 990);
}

#[test]
fn flow_has_forecast_series_only_while_it_has_a_forecast() {
    let (mut metrics, exposition) = metrics();
    let flow = |number: usize| FlowId::parse(&format!("f{number}")).unwrap();
    let finish_times = FinishTimes {
        p50: at(500),
        p90: at(900),
    };
    let finish = |flow: usize, quantile| {
        let labels = format!(r#"environment="dev",flow="f{flow}",quantile="{quantile}""#);
        let series = format!("hgtop_forecast_finish_timestamp_seconds{{{labels}}}");
        value(&exposition, &series)
    };
    assert_eq!(finish(1, "0.5"), None);
    metrics.record_forecasts([
        ("dev", &flow(1), finish_times),
        ("dev", &flow(2), finish_times),
    ]);
    assert_eq!(finish(1, "0.5").as_deref(), Some("500"));
    assert_eq!(finish(1, "0.9").as_deref(), Some("900"));
    let later = FinishTimes {
        p90: at(901),
        ..finish_times
    };
    metrics.record_forecasts([("dev", &flow(2), later)]);
    assert_eq!((finish(1, "0.5"), finish(1, "0.9")), (None, None));
    assert_eq!(finish(2, "0.9").as_deref(), Some("901"));
    // The number of series is bounded, and what is left out is counted.
    let flows: Vec<FlowId> = (0..MAX_FLOWS + 7).map(flow).collect();
    metrics.record_forecasts(flows.iter().map(|flow| ("dev", flow, later)));
    let name = "hgtop_forecast_finish_timestamp_seconds";
    assert_eq!(series(&exposition, name).0, 2 * MAX_FLOWS);
    let left_out = r#"hgtop_series_overflow_total{label="flow"}"#;
    assert_eq!(value(&exposition, left_out).as_deref(), Some("7"));
    metrics.record_forecasts([]);
    assert_eq!(series(&exposition, name).0, 0);
}
