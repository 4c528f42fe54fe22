use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::record::{CommandRecord, JobOutcome, JobRecord, StageRecord};
use super::report::{ReportParts, RolloutReport};
use super::result::{GroupRecord, RolloutRecord, RolloutResult};
use super::{ReportFormat, markdown, page};

const HOSTILE: &str = "</script></td><script>alert(\"x\")</script>'\"><img src=x onerror=alert(1)>";

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn job(number: i64) -> JobRecord {
    let outcome = match number % 10 {
        0 => JobOutcome::Failed,
        1 => JobOutcome::Running,
        2 => JobOutcome::NotStarted,
        _ => JobOutcome::Completed,
    };
    let start = number % 900;
    let stage = |stage, from, to: i64| StageRecord {
        stage,
        from: time(start + from),
        to: Some(time(start + to)),
        failed: false,
    };
    let mut stages = vec![
        stage("queued", 0, 12),
        stage("sync", 12, 95),
        stage("etl", 96, 140),
        stage("export", 141, 180),
    ];
    let has_failed = outcome == JobOutcome::Failed;
    match outcome {
        JobOutcome::NotStarted | JobOutcome::Undetermined => stages.clear(),
        JobOutcome::Running => stages[3].to = None,
        JobOutcome::Failed => stages[3].failed = true,
        JobOutcome::Completed => {}
    }
    let has_started = !stages.is_empty();
    let is_finished = matches!(outcome, JobOutcome::Failed | JobOutcome::Completed);
    JobRecord {
        tenant: format!("customer-{number:04}"),
        state: match outcome {
            JobOutcome::Failed => "failed",
            JobOutcome::Running => "running",
            JobOutcome::NotStarted | JobOutcome::Undetermined => "not started",
            JobOutcome::Completed => "completed",
        },
        status: has_started.then(|| "EXPORT_STARTED".to_owned()),
        job_root: has_started.then(|| format!("customer-{number:04}/flows/l8odS2mce/jobs/x1y2z3")),
        started: has_started.then(|| time(start)),
        finished: is_finished.then(|| time(start + 180)),
        elapsed_seconds: has_started.then_some(180),
        baseline_seconds: Some(120 + number % 90),
        rows: has_started.then_some(81_234),
        message: has_failed.then(|| format!("KeyError: 'customer_id' {HOSTILE}")),
        group: has_failed.then_some(1),
        stages,
        outcome,
    }
}

fn report(jobs: i64) -> RolloutReport {
    let jobs: Vec<_> = (0..jobs).map(job).collect();
    let count = |outcome| jobs.iter().filter(|job| job.outcome == outcome).count();
    let (completed, failed) = (count(JobOutcome::Completed), count(JobOutcome::Failed));
    let of_failed = jobs.iter().filter(|job| job.group.is_some());
    let group = GroupRecord {
        fingerprint: "EXPORT_FAILED KeyError".to_owned(),
        count: failed,
        tenants: of_failed.map(|job| job.tenant.clone()).collect(),
        example: HOSTILE.to_owned(),
        remedy: Some("ask the tenant to reconnect"),
        distinguishing: vec![format!("tap {HOSTILE}: 9 of 9 failed; all others: 0 of 9")],
    };
    RolloutReport::new(ReportParts {
        now: time(1_000),
        since: Some(time(-20)),
        result: RolloutResult {
            rollout: RolloutRecord {
                name: HOSTILE.to_owned(),
                flow: "l8odS2mce".to_owned(),
                environment: HOSTILE.to_owned(),
                since: Some(time(-20).to_string()),
                expected: jobs.len(),
                not_started: count(JobOutcome::NotStarted),
                running: count(JobOutcome::Running),
                finished: completed + failed,
                completed,
                failed,
                canceled: 0,
                undetermined: 0,
                baseline: None,
            },
            eta: None,
            gate: None,
            gates: Vec::new(),
            groups: vec![group],
            anomalies: Vec::new(),
        },
        jobs,
        comparison: Vec::new(),
        commands: vec![CommandRecord {
            command: format!("hgtop rollout show {HOSTILE}"),
            prints: "counts",
        }],
        problems: vec![HOSTILE.to_owned()],
    })
}

#[test]
fn page_of_2000_jobs_is_smaller_than_a_megabyte_and_has_every_lane() {
    let page = page::page(&report(2_000));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("class=lane").count(), 1_800);
    assert_eq!(page.matches("<rect class=s ").count(), 1_800);
}

#[test]
fn hostile_text_is_escaped_everywhere_on_the_page() {
    let page = page::page(&report(20));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img"));
    assert!(page.matches("&lt;script&gt;").count() >= 6);
}

#[test]
fn page_names_no_address_and_admits_only_its_own_style_and_script() {
    let page = page::page(&report(20));
    for address in [
        "http:",
        "https:",
        "//",
        "url(",
        "@import",
        " src=\"",
        " style=\"",
        " on",
    ] {
        let found: Vec<_> = page.match_indices(address).collect();
        let of_script = |index: usize| {
            let before = &page[..index];
            let is_in = |tag: &str| {
                before.matches(&format!("<{tag}")).count()
                    > before.matches(&format!("</{tag}")).count()
            };
            is_in("script") || is_in("style")
        };
        // What is within the script is checked by its hash; text is no markup.
        let outside = found.iter().filter(|(index, _)| !of_script(*index));
        let outside = outside.filter(|(index, _)| {
            let open = page[..*index].rfind('<').unwrap_or(0);
            !page[open..*index].contains('>')
        });
        assert_eq!(outside.count(), 0, "{address}");
    }
    let policy = "default-src 'none'; style-src 'sha256-";
    assert!(page.contains(&policy.replace('\'', "&#39;")) || page.contains(policy));
    assert!(!page.contains("unsafe-"));
}

#[test]
fn conclusion_says_what_to_do_and_jobs_are_in_order_of_urgency() {
    let report = report(20);
    assert_eq!(report.conclusion.headline, "2 of 16 finished jobs failed");
    let steps = &report.conclusion.next_steps;
    let reconnect = "Ask the tenant to reconnect, then rerun: customer-0000, customer-0010";
    assert!(steps.contains(&reconnect.to_owned()), "{steps:?}");
    assert!(
        steps.contains(&"Start the other 2 jobs".to_owned()),
        "{steps:?}"
    );
    let outcomes: Vec<_> = report.jobs.iter().map(|job| job.outcome).collect();
    assert!(outcomes.is_sorted());
    let last = report.burn_up.last().unwrap();
    assert_eq!((last.finished, last.failed), (16, 2));
    assert_eq!(report.slowest.len(), 10);
    assert!(
        report
            .slowest
            .windows(2)
            .all(|pair| pair[0].ratio >= pair[1].ratio)
    );
    // A failed job did not do all its work.
    assert!(report.slowest.iter().all(|slow| slow.state != "failed"));
}

#[test]
fn markdown_bounds_its_lists() {
    let text = markdown::markdown(&report(2_000));
    assert!(text.contains("…and 175 more\n"), "{text}");
    assert!(text.len() < 40_000, "{} bytes", text.len());
}

/// The rules of the trace event format that a viewer relies on.
#[test]
fn trace_follows_the_trace_event_format() {
    let report = report(50);
    let text = report.written(ReportFormat::Trace).unwrap();
    let trace: Value = serde_json::from_str(&text).unwrap();
    assert!(["ms", "ns"].contains(&trace["displayTimeUnit"].as_str().unwrap()));
    let events = trace["traceEvents"].as_array().unwrap();
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    let mut slices: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for event in events {
        assert!(
            event["name"].is_string() && event["args"].is_object(),
            "{event}"
        );
        let (pid, tid) = (
            event["pid"].as_u64().unwrap(),
            event["tid"].as_u64().unwrap(),
        );
        assert_eq!(pid, 1);
        let start = event["ts"].as_u64().unwrap();
        match event["ph"].as_str().unwrap() {
            "M" => match event["name"].as_str().unwrap() {
                "process_name" => assert!(event["args"]["name"].is_string()),
                "thread_name" => {
                    let name = event["args"]["name"].as_str().unwrap().to_owned();
                    assert_eq!(names.insert(tid, name), None);
                }
                "thread_sort_index" => assert!(event["args"]["sort_index"].is_u64()),
                other => panic!("unknown metadata {other}"),
            },
            "X" => {
                let length = event["dur"].as_u64().unwrap();
                assert!(start > 1_700_000_000_000_000, "microseconds: {start}");
                slices.entry(tid).or_default().push((start, start + length));
                if event["cname"] == "terrible" {
                    assert_eq!(event["args"]["failed"], true);
                    failed.insert(tid);
                }
            }
            "C" => {
                let counts = event["args"].as_object().unwrap().values();
                assert!(counts.into_iter().all(Value::is_u64));
            }
            other => panic!("unknown phase {other}"),
        }
    }
    // A lane for each tenant and one for the rollout; slices do not overlap.
    assert_eq!(names.len(), 51);
    assert_eq!(
        names
            .values()
            .filter(|name| name.starts_with("customer-"))
            .count(),
        50
    );
    assert_eq!(failed.len(), 5);
    for (lane, slices) in slices {
        assert!(names.contains_key(&lane));
        assert!(
            slices.windows(2).all(|pair| pair[0].1 <= pair[1].0),
            "{slices:?}"
        );
    }
}
