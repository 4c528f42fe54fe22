//! The sections of the page that are tables and lists.

use maud::{Markup, html};

use super::burn_up::percent;
use super::comparison::ComparisonRecord;
use super::report::RolloutReport;
use super::result::GroupRecord;

/// Tenants of a failure group that are shown before the rest is folded.
const MOST_TENANTS: usize = 12;
/// The ends of the axis of intervals: a quarter and four times.
const WIDEST_RATIO: f64 = 4.0;

/// The failure groups, each with its message, its rate and what distinguishes
/// it.
pub(super) fn failure_groups(report: &RolloutReport) -> Markup {
    let rollout = &report.result.rollout;
    html! {
        section aria-labelledby="failures" {
            h2 #failures { "Failure groups" }
            @if report.result.groups.is_empty() {
                p { "No job failed." }
            }
            @for (number, group) in (1_usize..).zip(&report.result.groups) {
                article.group id={ "group-" (number) } {
                    h3 {
                        span.badge { "#" (number) } " "
                        (group.count) " of " (rollout.failed) " failed "
                        @if rollout.failed == 1 { "job" } @else { "jobs" }
                        span.dim { " · " (rate(group.count, rollout.finished)) " of finished" }
                    }
                    svg.meter aria-hidden="true" {
                        rect.bad width=(percent(share(group.count, rollout.failed))) height="100%" {}
                    }
                    pre { code { (group.example) } }
                    (attributes(group))
                    @if let Some(remedy) = group.remedy { p { b { "Remedy: " } (remedy) } }
                    (tenants(&group.tenants))
                }
            }
        }
    }
}

fn attributes(group: &GroupRecord) -> Markup {
    html! {
        @if group.distinguishing.is_empty() {
            p.dim { "No attribute stands out." }
        } @else {
            p { b { "Distinguishing: " } }
            ul { @for attribute in &group.distinguishing { li { (attribute) } } }
        }
    }
}

fn tenants(names: &[String]) -> Markup {
    let (first, rest) = names.split_at(names.len().min(MOST_TENANTS));
    html! {
        p { b { "Tenants: " } (first.join(", ")) }
        @if !rest.is_empty() {
            details { summary { (rest.len()) " more" } p { (rest.join(", ")) } }
        }
    }
}

fn rate(count: usize, of: usize) -> String {
    format!("{:.0} %", share(count, of) * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
fn share(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

/// The comparison with the runs before the start.
pub(super) fn comparison(report: &RolloutReport) -> Markup {
    html! {
        @if !report.comparison.is_empty() {
            section aria-labelledby="comparison" {
                h2 #comparison { "Comparison with the runs before the start" }
                p.note { "Paired by tenant. At most 5 % of such tables contain a false finding." }
                div.scroll tabindex="0" role="region" aria-labelledby="comparison" { table {
                    thead { tr {
                        th scope="col" { "Metric" }
                        th.number scope="col" { "Before" } th.number scope="col" { "After" }
                        th.number scope="col" { "Shift" } th.number scope="col" { "Interval" }
                        th.wide scope="col" { span.hidden { "Interval as a bar" } }
                        th.number scope="col" { "Pairs" } th scope="col" { "Result" }
                        th scope="col" { "Worst tenants" }
                    } }
                    tbody { @for one in &report.comparison {
                        tr {
                            th scope="row" {
                                @if let Some(cohort) = &one.cohort { (cohort) ": " }
                                (one.metric)
                            }
                            td.number { (one.labels.before) } td.number { (one.labels.after) }
                            td.number { (one.labels.shift) } td.number { (one.labels.interval) }
                            td { (interval(one)) }
                            td.number { (one.pairs) }
                            td class=[tone(one)] { (one.result) }
                            td.dim { (one.labels.worst) }
                        }
                    } }
                } }
            }
        }
    }
}

fn tone(one: &ComparisonRecord) -> Option<&'static str> {
    match one.result {
        "slower" => Some("bad"),
        "faster" => Some("good"),
        "higher" | "lower" => Some("odd"),
        _ => None,
    }
}

/// The interval of a shift on an axis from a quarter to four times, or from
/// minus to plus 100 points, with "no change" in the middle.
fn interval(one: &ComparisonRecord) -> Markup {
    let position = |shift: f64| {
        let share = if one.scale == "ratio" {
            f64::midpoint(shift.max(f64::MIN_POSITIVE).ln() / WIDEST_RATIO.ln(), 1.0)
        } else {
            f64::midpoint(shift, 1.0)
        };
        share.clamp(0.0, 1.0)
    };
    let low = one.low.map_or(0.0, position);
    let high = one.high.map_or(1.0, position);
    let middle = position(one.shift);
    html! {
        svg.meter.interval aria-hidden="true" {
            line.grid x1="50%" x2="50%" y1="0" y2="100%" {}
            rect class={ "range " (tone(one).unwrap_or_default()) } x=(percent(low)) width=(percent((high - low).max(0.01))) y="35%" height="30%" {}
            circle cx=(percent(middle)) cy="50%" r="4" class=[tone(one)] {}
        }
    }
}

/// The anomalies.
pub(super) fn anomalies(report: &RolloutReport) -> Markup {
    html! {
        @if !report.result.anomalies.is_empty() {
            section aria-labelledby="anomalies" {
                h2 #anomalies { "Anomalies" }
                div.scroll { table.sortable {
                    thead { tr { th scope="col" { "Tenant" } th scope="col" { "Kind" } th scope="col" { "What deviates" } } }
                    tbody { @for anomaly in &report.result.anomalies {
                        tr { th scope="row" { (anomaly.tenant) } td.odd { (anomaly.kind) } td { (anomaly.description) } }
                    } }
                } }
            }
        }
    }
}

/// The conditions of the gate.
pub(super) fn gate(report: &RolloutReport) -> Markup {
    let single = report.result.gate.iter();
    let single = single.filter(|_| report.result.gates.is_empty());
    html! {
        section aria-labelledby="gate" {
            h2 #gate { "Gate" }
            @if report.result.gate.is_none() {
                p { "The rollout has no gate." }
            }
            ul { @for condition in single.chain(&report.result.gates) { li { (condition.text) } } }
        }
    }
}

/// The commands that print the same.
pub(super) fn reproduce(report: &RolloutReport) -> Markup {
    html! {
        section aria-labelledby="reproduce" {
            h2 #reproduce { "Reproduce" }
            table {
                thead { tr { th scope="col" { "Command" } th scope="col" { "Prints" } } }
                tbody { @for command in &report.commands {
                    tr { td { code { (command.command) } } td { (command.prints) } }
                } }
            }
        }
    }
}

/// What the report contains and what it withholds.
pub(super) fn contents(report: &RolloutReport) -> Markup {
    html! {
        section.contents aria-labelledby="contents" {
            h2 #contents { "What this report contains" }
            div.answers {
                section { h3 { "Contains" } ul { @for item in report.contents.contains { li { (item) } } } }
                section { h3 { "Withholds" } ul { @for item in report.contents.withholds { li { (item) } } } }
            }
        }
    }
}
