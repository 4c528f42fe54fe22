//! A report as a trace in Chrome's trace event format, for the Perfetto UI and
//! `chrome://tracing`: a lane for each tenant, a slice for each stage, and the
//! counts as a counter.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::record::JobRecord;
use super::report::RolloutReport;

/// The process that has all lanes: the rollout.
const PROCESS: u32 = 1;
/// The lane of the rollout as a whole.
const ROLLOUT_LANE: usize = 0;

/// Writes a report as a trace. Times are in microseconds since the epoch.
///
/// # Errors
/// When an event cannot be serialized.
pub(super) fn trace(report: &RolloutReport) -> serde_json::Result<String> {
    let rollout = &report.result.rollout;
    let (from, to) = report.window.bounds();
    let mut events = vec![
        metadata("process_name", ROLLOUT_LANE, &json!({"name": rollout.name})),
        metadata("thread_name", ROLLOUT_LANE, &json!({"name": "rollout"})),
        metadata("thread_sort_index", ROLLOUT_LANE, &json!({"sort_index": 0})),
        json!({
            "name": report.conclusion.headline, "cat": "rollout", "ph": "X", "pid": PROCESS,
            "tid": ROLLOUT_LANE, "ts": micros(from), "dur": micros(to) - micros(from),
            "args": {"result": report.conclusion.result.label(), "expected": rollout.expected,
                "finished": rollout.finished, "failed": rollout.failed},
        }),
    ];
    for (lane, job) in (1..).zip(&report.jobs) {
        events.push(metadata("thread_name", lane, &json!({"name": job.tenant})));
        events.push(metadata(
            "thread_sort_index",
            lane,
            &json!({"sort_index": lane}),
        ));
        events.extend(slices(job, lane, to));
    }
    for point in &report.burn_up {
        events.push(json!({
            "name": "finished jobs", "ph": "C", "pid": PROCESS, "tid": ROLLOUT_LANE,
            "ts": micros(point.at),
            "args": {"completed": point.finished - point.failed, "failed": point.failed},
        }));
    }
    let document = json!({
        "displayTimeUnit": "ms",
        "otherData": {"version": 1, "rollout": rollout.name, "flow": rollout.flow,
            "environment": rollout.environment, "withholds": report.contents.withholds},
        "traceEvents": events,
    });
    let text = serde_json::to_string(&document)?;
    Ok(crate::report::escaped(&format!("{text}\n")))
}

/// The stages of a job, one after the other.
fn slices(job: &JobRecord, lane: usize, end: Timestamp) -> impl Iterator<Item = Value> {
    job.stages.iter().map(move |stage| {
        let (from, to) = (stage.from, stage.to.unwrap_or(end).max(stage.from));
        let mut slice = json!({
            "name": stage.stage, "cat": "stage", "ph": "X", "pid": PROCESS, "tid": lane,
            "ts": micros(from), "dur": micros(to) - micros(from),
            "args": {"tenant": job.tenant, "job_root": job.job_root, "status": job.status,
                "running": stage.to.is_none()},
        });
        if stage.failed {
            slice["cname"] = json!("terrible");
            slice["args"]["failed"] = json!(true);
            slice["args"]["message"] = json!(job.message);
        }
        slice
    })
}

fn metadata(name: &str, lane: usize, args: &Value) -> Value {
    json!({"name": name, "ph": "M", "pid": PROCESS, "tid": lane, "ts": 0, "args": args})
}

fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}
