//! Jobs beside the earlier runs of their tenants, from the service to the output
//! of `hgtop`: jobs that complete without moving what they used to move, and
//! gates on rows and durations.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::bad_server::{Act, BadServer};
use support::{Home, Run};

/// The number of earlier runs of each tenant.
const EARLIER: usize = 8;

/// A service whose tenants completed a run on each of eight days: with 8,100
/// rows each, and with `rows` on the day after.
async fn service(rows: fn(tenant: &str) -> u64) -> BadServer {
    BadServer::start(move |path, _| {
        let tenant = path.split('/').nth(3).unwrap();
        let day = day_of(path);
        let moved = if day < EARLIER { 8_100 } else { rows(tenant) };
        Act::body(
            &json!({
                "status": "JOB_COMPLETED",
                "tap": "shopify",
                "start_time": format!("2026-11-{:02}T06:00:00Z", day + 1),
                "last_updated": format!("2026-11-{:02}T06:05:00Z", day + 1),
                "processed_rows": moved,
                "metrics": {"recordCount": {"orders": moved}},
            })
            .to_string(),
        )
    })
    .await
}

/// The day of the run that a path names.
fn day_of(path: &str) -> usize {
    let job = path.rsplit("jobs%2F").next().unwrap();
    let job = job.trim_start_matches(|c: char| !c.is_ascii_digit());
    job.parse().unwrap()
}

fn config(base: &str, tenants: &[&str]) -> String {
    let mut text = format!(
        "max_requests_per_second = 1000\n[environments.prod]\n\
         env_id = \"prod.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"k\"\n"
    );
    for tenant in tenants {
        for day in 0..=EARLIER {
            let tag = if day < EARLIER { "earlier" } else { "wave" };
            text.push_str(&format!(
                "[[jobs]]\nname = \"{tenant} {day}\"\n\
                 job_root = \"{tenant}/flows/f/jobs/{day}\"\ntags = [\"{tag}\"]\n"
            ));
        }
    }
    text
}

async fn run(home: &Home, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    Run(output.await.unwrap())
}

fn jobs(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.out()).unwrap();
    document["jobs"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn completed_job_without_its_rows_is_an_anomaly() {
    let service = service(|tenant| if tenant == "acme" { 0 } else { 7_000 }).await;
    let home = Home::with_config(&config(&service.base, &["acme", "globex"]));
    // Without a history nothing is known, and none is created.
    let before = run(&home, &["status", "acme 8", "--output", "json"]).await;
    assert_eq!(jobs(&before)[0].get("anomalies"), None);
    assert_eq!(jobs(&before)[0]["rows"], 0);
    let earlier = run(&home, &["wait", "--tag", "earlier", "-q"]).await;
    assert_eq!(earlier.code(), 0, "{}", earlier.error());

    let arguments = ["status", "acme 8", "globex 8", "--output", "json"];
    let status = run(&home, &arguments).await;
    assert_eq!(status.code(), 0, "{}", status.error());
    let [acme, globex] = &jobs(&status)[..] else {
        panic!("{}", status.out());
    };
    let expected = json!([{
        "tenant": "acme",
        "kind": "rows",
        "value": 0,
        "baseline": 8_100,
        "stream": null,
        "description": "completed with 0 rows (baseline 8.1k)",
    }]);
    assert_eq!(acme["anomalies"], expected);
    assert_eq!(globex["anomalies"], json!([]));
    assert_eq!(globex["rows"], 7_000);
    let waited = run(&home, &["wait", "acme 8", "globex 8", "-o", "json"]).await;
    assert_eq!(jobs(&waited)[0]["anomalies"], acme["anomalies"]);
    assert_eq!(jobs(&waited)[1]["anomalies"], json!([]));
    assert_eq!(globex["streams"]["orders"]["read"], 7_000);
    let table = run(&home, &["status", "acme 8", "globex 8"]).await.out();
    assert!(table.contains("completed with 0 rows (baseline 8.1k)"));
    assert!(table.contains("7k"), "{table}");
    let history = run(&home, &["history", "globex 0", "--output", "json"]).await;
    assert!(
        history.out().contains("\"rows\": 8100"),
        "{}",
        history.out()
    );
}

/// Runs a wait for the wave with these further arguments.
async fn wait_for_wave(home: &Home, arguments: &[&str]) -> Run {
    let arguments = [&["wait", "--tag", "wave"], arguments].concat();
    run(home, &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn gates_on_rows_and_durations_compare_with_earlier_runs() {
    let service = service(|tenant| if tenant == "acme" { 0 } else { 7_000 }).await;
    let home = Home::with_config(&config(&service.base, &["acme", "globex"]));
    let both = ["--gate", "rows>=80%", "--gate", "p90<=1.3x"];
    let unknown = wait_for_wave(&home, &both).await;
    assert_eq!(unknown.code(), 4, "{}", unknown.error());
    for condition in ["rows>=80%", "p90<=1.3x"] {
        let text =
            format!("gate {condition}: inconclusive: no baseline; run `hgtop history learn`\n");
        let line = unknown.error().replace("; gate", "\ngate");
        assert!(line.contains(&text), "{line}");
    }
    assert_eq!(
        run(&home, &["wait", "--tag", "earlier", "-q"]).await.code(),
        0
    );

    let hold = wait_for_wave(&home, &both).await;
    assert_eq!(hold.code(), 1, "{}", hold.error());
    for text in [
        "gate rows>=80%: hold (7k rows, baseline 16k, 43.2 %)",
        "gate p90<=1.3x: pass (0 of 2 jobs took longer than 1.3x their baseline)",
    ] {
        assert!(hold.error().contains(text), "{}", hold.error());
    }
    let dry = [&both[..], &["--dry-run"]].concat();
    assert_eq!(wait_for_wave(&home, &dry).await.code(), 0);
    let pass = ["--gate", "rows>=40%", "--gate", "p90<=1x"];
    assert_eq!(wait_for_wave(&home, &pass).await.code(), 0);
    let slower = wait_for_wave(&home, &["--gate", "p90<1x", "--output", "jsonl"]).await;
    assert_eq!(slower.code(), 1);
    let last = slower.out().lines().last().unwrap().to_owned();
    let event: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(event["event"], "gate");
    assert_eq!(
        event["conditions"],
        json!([{"condition": "p90<1x", "result": "hold", "needed": null, "reason": null}])
    );
    let tested = wait_for_wave(&home, &["--gate", "rows>=80%", "--confidence", "95"]).await;
    assert_eq!(tested.code(), 2);
    assert!(
        tested
            .error()
            .contains("remove --confidence or --gate 'rows>=80%'"),
        "{}",
        tested.error()
    );
}

/// A service whose tenant completed runs of five minutes on each of eight days,
/// and has been running for `age` since then, without an event for as long.
async fn running_service(age: SignedDuration) -> BadServer {
    BadServer::start(move |path, _| {
        let day = day_of(path);
        let began = Timestamp::now() - age;
        let body = if day < EARLIER {
            json!({
                "status": "JOB_COMPLETED",
                "start_time": format!("2026-11-{:02}T06:00:00Z", day + 1),
                "last_updated": format!("2026-11-{:02}T06:05:0{day}Z", day + 1),
            })
        } else {
            json!({
                "status": "SYNC_STARTED",
                "start_time": began.to_string(),
                "last_updated": began.to_string(),
            })
        };
        Act::body(&body.to_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn running_job_is_judged_at_the_time_of_its_poll() {
    for (hours, kinds) in [(3, vec![json!("slow")]), (0, vec![])] {
        let service = running_service(SignedDuration::from_hours(hours)).await;
        let home = Home::with_config(&config(&service.base, &["acme"]));
        let status = ["status", "acme 8", "--output", "json"];
        let unknown = run(&home, &status).await;
        assert_eq!(jobs(&unknown)[0].get("anomalies"), None);
        run(&home, &["wait", "--tag", "earlier", "-q"]).await;
        let timed_out = ["wait", "acme 8", "--timeout", "1s", "--output", "json"];
        for arguments in [&status[..], &timed_out[..]] {
            let job = &jobs(&run(&home, arguments).await)[0];
            let anomalies = job["anomalies"].as_array().unwrap();
            let found: Vec<Value> = anomalies.iter().map(|it| it["kind"].clone()).collect();
            assert_eq!(found, kinds, "{job}");
            if let Some(slow) = anomalies.first() {
                assert_eq!(
                    (&slow["tenant"], &slow["stream"]),
                    (&json!("acme"), &Value::Null)
                );
                assert!((10_800..10_900).contains(&slow["value"].as_u64().unwrap()));
                assert!((300..600).contains(&slow["baseline"].as_u64().unwrap()));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_that_cannot_be_queried_is_reported_once() {
    let service = service(|_| 7_000).await;
    let home = Home::with_config(&config(&service.base, &["acme", "globex"]));
    run(&home, &["wait", "--tag", "earlier", "-q"]).await;
    let database = home.path(".local/state/hgtop/history.db");
    let database = rusqlite::Connection::open(database).unwrap();
    database
        .execute("ALTER TABLE runs RENAME COLUMN row_counts TO other", [])
        .unwrap();
    let status = run(&home, &["status", "acme 8", "globex 8", "-o", "json"]).await;
    assert_eq!(status.code(), 0, "{}", status.error());
    let notice = "jobs are not compared with earlier runs: ";
    assert_eq!(
        status.error().matches(notice).count(),
        1,
        "{}",
        status.error()
    );
    assert_eq!(jobs(&status)[0].get("anomalies"), None);
}
