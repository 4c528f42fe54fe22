//! The burn-up as SVG: finished and failed jobs over time, the expected ones as
//! a line, and the forecast as a band.
//!
//! Positions are percentages, so that the chart is as wide as the page while
//! its labels keep their size. It is made of numbers only.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};

use super::conclusion::moment;
use super::report::RolloutReport;
use super::scale::{TimeScale, count_ticks};

/// The height of the plot in pixels.
const HEIGHT: f64 = 200.0;
/// Units of the width of the stretched part.
const UNITS: f64 = 1_000.0;
const TIME_TICKS: usize = 5;
const COUNT_TICKS: usize = 4;
/// The most lines of the table beside the chart.
const MOST_LINES: usize = 24;

/// The chart; empty while nothing has finished.
pub(super) fn burn_up(report: &RolloutReport) -> Markup {
    let (from, to) = report.window.bounds();
    let eta = report.result.eta.as_ref().map(|eta| eta.times);
    let end = eta.map_or(to, |(_, p90)| to.max(p90));
    let scale = TimeScale::new(from, end);
    let expected = report.result.rollout.expected.max(1);
    let y = |count: usize| HEIGHT * (1.0 - share(count, expected));
    let rollout = &report.result.rollout;
    let label = format!(
        "Burn-up: {} of {} jobs finished, {} failed",
        rollout.finished, rollout.expected, rollout.failed
    );
    html! {
        svg.chart role="img" aria-label=(label) height=(HEIGHT + 28.0) {
            @for count in count_ticks(expected, COUNT_TICKS) {
                line.grid x1="0" x2="100%" y1=(px(y(count))) y2=(px(y(count))) {}
                text.tick x="0" y=(px(y(count) - 4.0)) { (count) }
            }
            @for tick in scale.ticks(TIME_TICKS) {
                line.grid x1=(percent(tick.position)) x2=(percent(tick.position)) y1="0" y2=(px(HEIGHT)) {}
                text.tick x=(percent(tick.position)) y=(px(HEIGHT + 18.0)) text-anchor=(anchor(tick.position)) { (tick.label) }
            }
            @if let Some((p50, p90)) = eta {
                @let (left, right) = (scale.position(p50), scale.position(p90));
                rect.band x=(percent(left)) width=(percent((right - left).max(0.004))) y="0" height=(px(HEIGHT)) {
                    title { "Forecast of the last finish: " (moment(p50)) " to " (moment(p90)) }
                }
            }
            svg viewBox={ "0 0 " (UNITS) " " (HEIGHT) } preserveAspectRatio="none" height=(px(HEIGHT)) width="100%" y="0" {
                path.finished d=(area(report, &scale, to, |point| y(point.finished))) {}
                path.failures d=(area(report, &scale, to, |point| y(point.failed))) {}
            }
            line.expected x1="0" x2="100%" y1="1" y2="1" {}
        }
    }
}

/// The points of the chart as a table, at most two dozen of them.
pub(super) fn burn_up_table(report: &RolloutReport) -> Markup {
    let step = report.burn_up.len().div_ceil(MOST_LINES).max(1);
    let last = report.burn_up.len().saturating_sub(1);
    let points = report.burn_up.iter().enumerate();
    let points = points.filter(|(index, _)| index % step == 0 || *index == last);
    html! {
        table {
            thead { tr { th scope="col" { "Time" } th.number scope="col" { "Finished" } th.number scope="col" { "Failed" } } }
            tbody {
                @for (_, point) in points {
                    tr { td { (moment(point.at)) } td.number { (point.finished) } td.number { (point.failed) } }
                }
            }
        }
    }
}

/// The area below a step function of the burn-up.
fn area(
    report: &RolloutReport,
    scale: &TimeScale,
    to: Timestamp,
    y: impl Fn(&super::record::BurnUpPoint) -> f64,
) -> PreEscaped<String> {
    let x = |time| scale.position(time) * UNITS;
    let mut path = format!("M0 {HEIGHT}");
    for point in &report.burn_up {
        path.push_str(&format!("H{:.1}V{:.1}", x(point.at), y(point)));
    }
    path.push_str(&format!("H{:.1}V{HEIGHT}Z", x(to)));
    PreEscaped(path)
}

#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
fn share(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

fn px(pixels: f64) -> String {
    format!("{pixels:.1}")
}

/// A share as a percentage of the width.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// Where the label of a tick is anchored, so that none leaves the chart.
pub(super) fn anchor(position: f64) -> &'static str {
    match position {
        ..0.04 => "start",
        0.96.. => "end",
        _ => "middle",
    }
}
