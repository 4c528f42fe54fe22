//! Row counts, from the service to the output of `hgtop`: jobs that complete
//! without moving what they used to move.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

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
        let job = path.rsplit("jobs%2F").next().unwrap();
        let job = job.trim_start_matches(|c: char| !c.is_ascii_digit());
        let day: usize = job.parse().unwrap();
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
    assert_eq!(jobs(&before)[0]["anomalies"], json!([]));
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
