//! The lives of simulated jobs: which status each has at which time.

use std::sync::Arc;

use fastrand::Rng;
use hgtop::hotglue::Job;

use super::clock::Clock;

const MINUTE: i64 = 60_000;

/// A change of status.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    /// When, in milliseconds of true time since the start.
    pub(crate) at: i64,
    /// When the run began that it belongs to.
    pub(crate) started: i64,
    pub(crate) status: &'static str,
}

/// A job from its first run to its last.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) tenant: String,
    pub(crate) flow: String,
    pub(crate) root: String,
    /// Ascending in time.
    pub(crate) changes: Vec<Change>,
    /// Whether its responses carry `status_timestamp`.
    pub(crate) has_times: bool,
    /// The last response that was built, by the place of its change.
    response: Option<(usize, Arc<Job>)>,
}

impl Life {
    /// A job that starts at a time, and whose stages take about `pace`
    /// milliseconds each. It may fail and be triggered again.
    pub(crate) fn new(
        rng: &mut Rng,
        [tenant, flow, root]: [String; 3],
        start: i64,
        pace: i64,
        fail_rate: f64,
    ) -> Self {
        let mut changes = Vec::new();
        let mut start = start;
        for _ in 0..4 {
            let failed = run(rng, &mut changes, start, pace, fail_rate);
            if !failed || rng.bool() {
                break;
            }
            // From a moment to an hour and a half later it is triggered again.
            let last = changes.last().map_or(start, |change| change.at);
            start = last + rng.i64(MINUTE / 2..90 * MINUTE);
        }
        Self {
            tenant,
            flow,
            root,
            changes,
            has_times: rng.u8(..8) == 0,
            response: None,
        }
    }

    /// The place of its status at a time; `None` before it exists.
    pub(crate) fn place(&self, at: i64) -> Option<usize> {
        self.changes
            .partition_point(|change| change.at <= at)
            .checked_sub(1)
    }

    /// For how long it runs, all runs together, in milliseconds.
    pub(crate) fn running(&self) -> i64 {
        let runs = self.changes.chunk_by(|a, b| a.started == b.started);
        let lengths = runs.map(|run| run.last().map_or(0, |last| last.at) - run[0].at);
        lengths.sum()
    }

    /// The response with the status at a place.
    pub(crate) fn response(&mut self, place: usize, clock: &Clock) -> Arc<Job> {
        if let Some((built, job)) = &self.response
            && *built == place
        {
            return Arc::clone(job);
        }
        let job = Arc::new(Job::decode(&self.body(place, clock)).expect("a whole response"));
        self.response = Some((place, Arc::clone(&job)));
        job
    }

    fn body(&self, place: usize, clock: &Clock) -> String {
        let change = self.changes[place];
        let mut body = format!(
            "{{\"status\":\"{}\",\"tenant\":\"{}\",\"flow\":\"{}\",\"s3_root\":\"{}\",\
             \"tap\":\"tap-{}\",\"target\":\"db\",\"start_time\":\"{}\",\"last_updated\":\"{}\"",
            change.status,
            self.tenant,
            self.flow,
            self.root,
            self.flow,
            clock.timestamp(change.started),
            clock.timestamp(change.at),
        );
        if change.status.contains("FAILED") {
            let number = place % 7;
            body.push_str(&format!(",\"message\":\"no table orders_{number}\""));
        }
        if self.has_times {
            let run = self.changes[..=place]
                .iter()
                .filter(|step| step.started == change.started);
            let times: Vec<_> = run
                .map(|step| format!("\"{}\":\"{}\"", step.status, clock.timestamp(step.at)))
                .collect();
            body.push_str(&format!(",\"status_timestamp\":{{{}}}", times.join(",")));
        }
        body.push('}');
        body
    }
}

/// Adds the changes of one run; returns whether it failed.
fn run(rng: &mut Rng, changes: &mut Vec<Change>, start: i64, pace: i64, fail_rate: f64) -> bool {
    let mut at = start;
    let mut enter = |rng: &mut Rng, status| {
        changes.push(Change {
            at,
            started: start,
            status,
        });
        at += 1 + rng.i64(0..2 * pace.max(1));
    };
    enter(rng, "JOB_CREATED");
    let mut stages = vec![
        ("SYNC_STARTED", "SYNC_FAILED"),
        ("SYNC_SUCCESS", "SYNC_FAILED"),
        ("ETL_STARTED", "ETL_FAILED"),
        ("EXPORT_STARTED", "EXPORT_FAILED"),
    ];
    if rng.u8(..4) == 0 {
        stages.insert(0, ("DISCOVER_STARTED", "DISCOVER_FAILED"));
    }
    if rng.u8(..10) == 0 {
        // A status that the documentation does not list.
        stages.insert(1, ("WARMING_UP", "JOB_FAILED"));
    }
    let fails_at = (rng.f64() < fail_rate).then(|| rng.usize(..stages.len()));
    for (number, (status, failed)) in stages.into_iter().enumerate() {
        enter(rng, status);
        if fails_at == Some(number) {
            let canceled = rng.u8(..8) == 0;
            enter(rng, if canceled { "JOB_CANCELLED" } else { failed });
            return !canceled;
        }
    }
    enter(rng, "JOB_COMPLETED");
    false
}
