//! `hgtop rollout compare`: the history and the service together.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::sync::Arc;

use hgtop::history::{Observation, Store};
use hgtop::hotglue::{EnvId, FlowId, Job, JobAddress, JobRoot, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

mod support;

use support::Home;

const TENANTS: i64 = 30;
const HISTORY: &str = ".local/state/hgtop/history.db";

fn start() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(2)
}

/// How long a tenant's runs take, in seconds: from one to ten minutes.
fn typical(tenant: i64) -> i64 {
    60 + tenant * 18
}

fn name(tenant: i64) -> String {
    format!("tenant{tenant}")
}

/// A finished job as the listing returns it.
fn job(tenant: i64, number: i64, began: Timestamp, seconds: i64, status: &str) -> Value {
    json!({
        "job_id": format!("j{number}"),
        "s3_root": format!("{}/flows/f/jobs/j{number}", name(tenant)),
        "flow_id": "f", "tenant": name(tenant), "tap": "shopify",
        "tap_install_uri": format!("git+https://h/tap.git@v{}", 1 + tenant % 2),
        "status": status, "processed_rows": 1_000 + tenant,
        "start_time": began.to_string(),
        "last_updated": (began + SignedDuration::from_secs(seconds)).to_string(),
    })
}

/// Eight days of runs in the history.
fn record_past(home: &Home) {
    let file = home.path(HISTORY);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut store = Store::open(&file).unwrap().store;
    let mut observations = Vec::new();
    for tenant in 0..TENANTS {
        for day in 1..=8 {
            let began = start() - SignedDuration::from_hours(24 * day);
            let body = job(
                tenant,
                -day,
                began,
                typical(tenant) + day % 3,
                "JOB_COMPLETED",
            );
            let address = JobAddress {
                flow: FlowId::parse("f").unwrap(),
                tenant: TenantId::parse(&name(tenant)).unwrap(),
                job_root: JobRoot::parse(body["s3_root"].as_str().unwrap()).unwrap(),
            };
            let env_id = EnvId::parse("dev.x.xyz").unwrap();
            let job = Job::decode(&body.to_string()).unwrap();
            observations.push(Observation::new(env_id, Arc::new(address), &job, began));
        }
    }
    store.record(&observations).unwrap();
}

/// A service that lists one run of each tenant since the start, twice as long
/// as before; those of the first three failed.
async fn service() -> MockServer {
    let server = MockServer::start().await;
    for tenant in 0..TENANTS {
        let status = if tenant < 3 {
            "ETL_FAILED"
        } else {
            "JOB_COMPLETED"
        };
        let began = start() + SignedDuration::from_secs(60);
        let answer = json!([job(tenant, 1, began, 2 * typical(tenant), status)]);
        Mock::given(method("GET"))
            .and(path(format!("/dev.x.xyz/f/{}/jobs", name(tenant))))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&server)
            .await;
    }
    server
}

fn home(base: &str) -> Home {
    let names: Vec<_> = (0..TENANTS)
        .map(|tenant| format!("\"{}\"", name(tenant)))
        .collect();
    let tagged = (0..TENANTS).filter(|tenant| tenant % 3 == 0).map(|tenant| {
        format!(
            "[[jobs]]\njob_root = \"{}/flows/f/jobs/watched\"\ntags = [\"pilot\"]\n",
            name(tenant)
        )
    });
    Home::with_config(&format!(
        "max_requests_per_second = 1000\n[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
         base_url = \"{base}\"\napi_key = \"k\"\n\
         [[follow]]\nname = \"wave\"\nflow = \"f\"\nsince = {}\ntenants = [{}]\n\
         [[follow]]\nname = \"unstarted\"\nflow = \"g\"\ntenants = [\"a\"]\n{}",
        start(),
        names.join(", "),
        tagged.collect::<String>(),
    ))
}

fn comparison(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let base = ["rollout", "compare", "wave", "--output", "json"];
    let run = home.run(&[&base, arguments].concat());
    assert_eq!(run.code(), 0, "{}", run.error());
    let document: Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(document["version"], 1);
    document["comparison"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn slower_rollout_is_found_with_its_interval_and_worst_tenants() {
    let server = service().await;
    let home = home(&server.uri());
    record_past(&home);
    let compared = comparison(&home, &[]);
    let metrics: Vec<_> = compared
        .iter()
        .map(|one| one["metric"].as_str().unwrap())
        .collect();
    assert_eq!(metrics, ["duration", "rows", "failure rate"]);
    let duration = &compared[0];
    assert_eq!(duration["result"], "slower", "{duration}");
    assert_eq!(duration["pairs"], TENANTS - 3);
    let number = |field: &str| duration[field].as_f64().unwrap();
    assert!((number("shift") - 2.0).abs() < 0.1, "{duration}");
    assert!(
        number("low") > 1.0 && number("low") <= number("shift"),
        "{duration}"
    );
    assert!(number("after") > 1.8 * number("before"), "{duration}");
    assert_eq!(duration["worst"].as_array().unwrap().len(), 5);
    assert_eq!(compared[1]["result"], "no difference");
    let failures = &compared[2];
    assert_eq!(failures["after"].as_f64(), Some(0.1));
    assert_eq!(failures["worst"][0]["tenant"], "tenant0");

    let table = home.run(&["rollout", "compare", "wave"]).out();
    let line = table
        .lines()
        .find(|line| line.starts_with("duration"))
        .unwrap();
    assert!(line.contains("slower") && line.contains("×2."), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cohorts_are_by_tap_version_or_tag() {
    let server = service().await;
    let home = home(&server.uri());
    record_past(&home);
    let cohorts = |by: &str| {
        let compared = comparison(&home, &["--by", by]);
        let durations = compared
            .into_iter()
            .filter(|one| one["metric"] == "duration");
        let cohort = |one: Value| {
            (
                one["cohort"].as_str().unwrap().to_owned(),
                one["pairs"].as_u64(),
            )
        };
        durations.map(cohort).collect::<Vec<_>>()
    };
    assert_eq!(
        cohorts("tap-version"),
        [("v1".into(), Some(13)), ("v2".into(), Some(14))]
    );
    assert_eq!(
        cohorts("tag"),
        [("no tag".into(), Some(18)), ("pilot".into(), Some(9))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_its_fix() {
    let server = service().await;
    let home = home(&server.uri());
    let run = home.run(&["rollout", "compare", "wave"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(
        run.error().contains("hgtop history learn --flow f"),
        "{}",
        run.error()
    );
    let run = home.run(&["rollout", "compare", "unstarted"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("hgtop rollout start"),
        "{}",
        run.error()
    );
}
