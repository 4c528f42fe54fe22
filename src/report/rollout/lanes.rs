//! The timeline: a table of the expected jobs with a lane of stages each.
//!
//! A lane is written by hand, because a page of 2,000 of them has to be small:
//! it consists of numbers and of names of stages only.

use jiff::SignedDuration;
use maud::{Markup, PreEscaped, html};

use super::burn_up::{anchor, percent};
use super::conclusion::seconds;
use super::record::{JobOutcome, JobRecord};
use super::report::RolloutReport;
use super::scale::TimeScale;
use crate::hotglue::{compact_count, elapsed};

/// Rows that are shown at first, and printed.
const FIRST_ROWS: usize = 60;
const TICKS: usize = 6;
/// Ticks of a zoomed lane.
const MINOR_TICKS: usize = 24;

/// The table of lanes.
pub(super) fn lanes(report: &RolloutReport) -> Markup {
    let (from, to) = report.window.bounds();
    let scale = TimeScale::new(from, to);
    let more = report.jobs.len().saturating_sub(FIRST_ROWS);
    html! {
        p.legend {
            @for (class, label) in [("q", "queued"), ("d", "discover"), ("s", "sync"), ("e", "ETL"), ("x", "export"), ("f", "failed in this stage"), ("o", "running")] {
                span { svg.swatch aria-hidden="true" { rect class=(class) {} } (label) " " }
            }
        }
        div.tools hidden {
            button type="button" data-zoom="in" { "Zoom in" }
            button type="button" data-zoom="out" { "Zoom out" }
            button type="button" data-zoom="reset" { "Reset" }
            label { "Tenant " input type="search" data-filter="lanes"; }
            @if more > 0 {
                button type="button" data-more="lanes" { "Show all " (report.jobs.len()) " jobs" }
            }
        }
        div.scroll tabindex="0" role="region" aria-label="Timeline of stages by tenant" {
            table.lanes.sortable #lanes {
                thead {
                    tr {
                        th scope="col" { "Tenant" }
                        th scope="col" { "State" }
                        th.number scope="col" { "Duration" }
                        th.number scope="col" { "× baseline" }
                        th.number scope="col" { "Rows" }
                        th.axis scope="col" data-fixed { (axis(&scale)) }
                    }
                }
                tbody {
                    @for (index, job) in report.jobs.iter().enumerate() {
                        (row(job, &scale, index >= FIRST_ROWS, report))
                    }
                }
            }
        }
        @if more > 0 {
            p.rest { (more) " more jobs are in the HTML file: use “Show all”." }
        }
    }
}

fn axis(scale: &TimeScale) -> Markup {
    let (major, minor) = (scale.ticks(TICKS), scale.ticks(MINOR_TICKS));
    html! {
        span.hidden { "Stages over time (UTC)" }
        svg.ticks aria-hidden="true" {
            g.major { @for tick in &major {
                text x=(percent(tick.position)) y="12" text-anchor=(anchor(tick.position)) { (tick.label) }
            } }
            g.minor { @for tick in &minor {
                text x=(percent(tick.position)) y="12" text-anchor=(anchor(tick.position)) { (tick.label) }
            } }
        }
    }
}

fn row(job: &JobRecord, scale: &TimeScale, is_more: bool, report: &RolloutReport) -> Markup {
    let rank = match job.outcome {
        JobOutcome::Failed => Some("bad"),
        JobOutcome::Undetermined => Some("odd"),
        JobOutcome::Running | JobOutcome::NotStarted | JobOutcome::Completed => None,
    };
    let baseline = job.slowness().map(|ratio| format!("×{ratio:.2}"));
    html! {
        tr.more[is_more] {
            th scope="row" { (job.tenant) }
            td class=[rank] {
                (job.state)
                @if let Some(group) = job.group { " " a href={ "#group-" (group) } { "#" (group) } }
            }
            td.number { @if let Some(took) = job.elapsed_seconds { (seconds(took)) } }
            td.number { (baseline.unwrap_or_default()) }
            td.number { @if let Some(rows) = job.rows { (compact_count(rows)) } }
            td { @if !job.stages.is_empty() { (lane(job, scale, report)) } }
        }
    }
}

fn lane(job: &JobRecord, scale: &TimeScale, report: &RolloutReport) -> PreEscaped<String> {
    let (_, end) = report.window.bounds();
    let mut slices = String::new();
    let mut names = Vec::new();
    for stage in &job.stages {
        let to = stage.to.unwrap_or(end);
        let (left, right) = (scale.position(stage.from), scale.position(to));
        let class = class(stage.stage);
        let state = match (stage.failed, stage.to) {
            (true, _) => " f",
            (false, None) => " o",
            (false, Some(_)) => "",
        };
        // Without quotes where HTML needs none.
        let class = if state.is_empty() {
            class.to_owned()
        } else {
            format!("\"{class}{state}\"")
        };
        slices.push_str(&format!(
            "<rect class={class} x={} width={} />",
            percent(left),
            percent((right - left).max(0.001))
        ));
        let took = to.duration_since(stage.from).max(SignedDuration::ZERO);
        let note = match (stage.failed, stage.to) {
            (true, _) => " (failed)",
            (false, None) => " so far",
            (false, Some(_)) => "",
        };
        names.push(format!("{} {}{note}", stage.stage, elapsed(took)));
    }
    let names = names.join(", ");
    PreEscaped(format!(
        "<svg class=lane role=img><title>{names}</title>{slices}</svg>"
    ))
}

/// The class of a stage, one letter each.
fn class(stage: &str) -> &'static str {
    match stage {
        "queued" => "q",
        "discover" => "d",
        "sync" => "s",
        "etl" => "e",
        "export" => "x",
        _ => "u",
    }
}
