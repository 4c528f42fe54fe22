//! A report as one HTML file: readable without scripts, in light and dark, on a
//! phone and on paper. It makes no request: a content security policy admits
//! nothing but the style and the script in the file itself, by their hashes.
//!
//! Text of the service is escaped by the template engine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

use super::burn_up::{burn_up, burn_up_table, percent};
use super::conclusion::{ConclusionResult, moment, seconds};
use super::lanes::lanes;
use super::report::RolloutReport;
use super::sections;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes a report as an HTML page.
pub(super) fn page(report: &RolloutReport) -> String {
    let rollout = &report.result.rollout;
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (report.conclusion.result.label()) ": " (rollout.name) " (rollout report)" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(report))
                main {
                    (counts(report))
                    (charts(report))
                    (sections::failure_groups(report))
                    (sections::comparison(report))
                    (sections::anomalies(report))
                    (slowest(report))
                    section aria-labelledby="timeline" {
                        h2 #timeline { "Timeline by tenant" }
                        (lanes(report))
                    }
                    (sections::gate(report))
                    (sections::reproduce(report))
                    (sections::contents(report))
                }
                footer {
                    "Made by hgtop " (env!("CARGO_PKG_VERSION")) " at "
                    time datetime=(report.generated) { (moment(report.generated)) }
                    ". Times are in UTC."
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

fn header(report: &RolloutReport) -> Markup {
    let rollout = &report.result.rollout;
    let conclusion = &report.conclusion;
    let tone = match conclusion.result {
        ConclusionResult::Hold | ConclusionResult::Failed => "bad",
        ConclusionResult::Pass | ConclusionResult::Completed => "good",
        ConclusionResult::Inconclusive => "odd",
        ConclusionResult::InProgress => "busy",
    };
    html! {
        header {
            p.eyebrow { "Rollout report · " (rollout.environment) " · flow " (rollout.flow) }
            h1 { (rollout.name) }
            p class={ "conclusion " (tone) } {
                strong { (conclusion.result.label()) } " "
                span { (conclusion.headline) }
            }
            div.answers {
                (answer("What happened", &conclusion.summary))
                (answer("Why", &conclusion.causes))
                (answer("What to do", &conclusion.next_steps))
            }
            @if !report.problems.is_empty() {
                div.problems role="note" {
                    h2 { "Not determined" }
                    ul { @for problem in &report.problems { li { (problem) } } }
                }
            }
        }
    }
}

fn answer(heading: &str, lines: &[String]) -> Markup {
    html! {
        section {
            h2 { (heading) }
            ul { @for line in lines { li { (line) } } }
        }
    }
}

fn counts(report: &RolloutReport) -> Markup {
    let rollout = &report.result.rollout;
    let counts = [
        ("completed", "good", rollout.completed),
        ("failed", "bad", rollout.failed),
        ("running", "busy", rollout.running),
        ("undetermined", "odd", rollout.undetermined),
        ("not started", "none", rollout.not_started),
    ];
    let mut left = 0.0;
    html! {
        section aria-labelledby="counts" {
            h2 #counts { "Counts" }
            dl.counts {
                div { dt { "expected" } dd #expected { (rollout.expected) } }
                div { dt { "finished" } dd #finished { (rollout.finished) } }
                @for (name, tone, count) in counts {
                    @if count > 0 || name != "undetermined" {
                        div class=(if count > 0 { tone } else { "dim" }) { dt { (name) } dd id=(name.replace(' ', "-")) { (count) } }
                    }
                }
            }
            svg.bar role="img" aria-label="Share of each count" {
                @for (name, tone, count) in counts {
                    @let width = share(count, rollout.expected);
                    @if count > 0 {
                        rect class=(tone) x=(percent(left)) width=(percent(width)) height="100%" { title { (name) ": " (count) } }
                    }
                    ({ left += width; "" })
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
fn share(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

fn charts(report: &RolloutReport) -> Markup {
    let window = &report.window;
    let time = |time: Option<jiff::Timestamp>| time.map_or("–".to_owned(), moment);
    html! {
        section aria-labelledby="burn-up" {
            h2 #burn-up { "Burn-up" }
            @if report.burn_up.is_empty() {
                p { "Nothing has finished yet." }
            } @else {
                p.legend {
                    span { svg.swatch aria-hidden="true" { rect.finished {} } "finished " }
                    span { svg.swatch aria-hidden="true" { rect.failures {} } "of these failed " }
                    @if report.result.eta.is_some() {
                        span { svg.swatch aria-hidden="true" { rect.band {} } "forecast of the last finish (p50 to p90)" }
                    }
                }
                (burn_up(report))
                details { summary { "Burn-up as a table" } (burn_up_table(report)) }
            }
            dl.window {
                div { dt { "Start of the rollout" } dd { (time(window.since)) } }
                div { dt { "First job" } dd { (time(window.first_started)) } }
                div { dt { "Last finish" } dd { (time(window.last_finished)) } }
                div { dt { "As of" } dd { (moment(window.now)) } }
            }
        }
    }
}

fn slowest(report: &RolloutReport) -> Markup {
    let longest = report.slowest.first().map_or(1.0, |slow| slow.ratio);
    html! {
        @if !report.slowest.is_empty() {
            section aria-labelledby="slowest" {
                h2 #slowest { "Slowest against their baselines" }
                p.note { "Completed and running jobs beside the median of their tenant’s runs before the start." }
                div.scroll { table.sortable {
                    thead { tr {
                        th scope="col" { "Tenant" } th scope="col" { "State" }
                        th.number scope="col" { "Duration" } th.number scope="col" { "Baseline" }
                        th.number scope="col" { "Ratio" } th.wide scope="col" data-fixed { span.hidden { "Ratio as a bar" } }
                    } }
                    tbody { @for slow in &report.slowest {
                        tr {
                            th scope="row" { (slow.tenant) }
                            td { (slow.state) }
                            td.number { (seconds(slow.elapsed_seconds)) }
                            td.number { (seconds(slow.baseline_seconds)) }
                            td.number { "×" (format!("{:.2}", slow.ratio)) }
                            td { svg.meter aria-hidden="true" {
                                rect.busy width=(percent(slow.ratio / longest)) height="100%" {}
                                rect.mark x=(percent(1.0 / longest)) width="2" height="100%" {}
                            } }
                        }
                    } }
                } }
            }
        }
    }
}
