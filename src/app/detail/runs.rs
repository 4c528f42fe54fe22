//! The earlier runs in the Timeline tab: a failed job beside the last
//! completed run of its tenant and flow, and a line for each run.

use jiff::SignedDuration;

use super::context::DetailContext;
use super::styled_text::{Line, STAGE_WIDTH, Severity, wrap};
use crate::app::jobs::Row;
use crate::history::Run;
use crate::hotglue::{State, Text, compact_count, elapsed};

/// The longest bar for the duration of a run, in cells.
const BAR_WIDTH: usize = 16;
/// The columns before the message of a run, in cells.
const COLUMNS_WIDTH: usize = 55;
/// The column of rows, in cells.
const ROWS_WIDTH: usize = 5;
/// Bars by their height.
const BARS: [char; 9] = ['_', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Two durations of a stage differ when one is more than twice the other and at
/// least this long.
const MIN_DIFFERENCE: SignedDuration = SignedDuration::from_secs(5);

/// The stages and fields in which a failed job differs from the last completed
/// run.
pub(super) fn comparison(
    row: &Row,
    completed: &Run,
    context: &DetailContext,
    width: u16,
    lines: &mut Vec<Line>,
) {
    let Some(job) = row.job() else { return };
    let time = context.clock(completed.started.unwrap_or(completed.last));
    let heading = format!("Compared with the last completed run ({time})");
    lines.push(Line::new(Severity::Heading, heading));
    let mut differences = Vec::new();
    let before = completed.spans();
    for span in row.spans() {
        let name = span.stage.name();
        let Some(known) = before.iter().find(|known| known.stage == span.stage) else {
            let text = format!("{name:<STAGE_WIDTH$}not in the last completed run");
            differences.push(text);
            continue;
        };
        let (duration, known) = (span.duration(context.now), known.duration(completed.last));
        let (short, long) = (duration.min(known), duration.max(known));
        if long > short * 2 && long >= MIN_DIFFERENCE {
            differences.push(format!(
                "{name:<STAGE_WIDTH$}{} (last completed run: {})",
                elapsed(duration),
                elapsed(known)
            ));
        }
    }
    // A field that one of the answers lacks says nothing about the runs.
    for (name, value) in job.facts() {
        let known = completed.fields.iter().find(|(known, _)| *known == name);
        if let Some((_, known)) = known.filter(|(_, known)| *known != value) {
            differences.push(format!(
                "{name}: {} (last completed run: {})",
                value.one_line(),
                known.one_line()
            ));
        }
    }
    if differences.is_empty() {
        lines.push(Line::new(Severity::Dim, "No differences found."));
    }
    let differences = differences.iter().flat_map(|text| wrap(text, width));
    lines.extend(differences.map(|line| Line::new(Severity::Plain, line)));
    lines.push(Line::default());
}

/// The other runs of the job's tenant and flow, a line each.
pub(super) fn earlier(
    row: &Row,
    runs: &[Run],
    context: &DetailContext,
    width: u16,
    lines: &mut Vec<Line>,
) {
    let others: Vec<&Run> = runs
        .iter()
        .filter(|run| run.job_root.as_str() != row.job_root())
        .collect();
    if others.is_empty() {
        return;
    }
    let heading = format!("Earlier runs of {} in {}", row.tenant(), row.flow());
    lines.push(Line::new(Severity::Heading, heading));
    lines.extend(rows_trend(row, &others, context));
    let has_rows = others.iter().any(|run| total_rows(run).is_some());
    let longest = others.iter().map(|run| duration_of(run)).max();
    let longest = longest.unwrap_or_default();
    for run in others {
        let state = run.status.state();
        let duration = duration_of(run);
        let cells = duration.as_millis() * i128::try_from(BAR_WIDTH).unwrap_or(0)
            / longest.as_millis().max(1);
        let cells = usize::try_from(cells).unwrap_or(0).max(1);
        let full = if context.unicode() { "█" } else { "#" };
        let bar = format!("{:<BAR_WIDTH$}", full.repeat(cells));
        let started = context.clock(run.started.unwrap_or(run.last));
        let times = format!("{started:<13} {:>7} ", elapsed(duration));
        let message = run.message.as_ref().filter(|_| state != State::Completed);
        let message = message.map(Text::one_line).unwrap_or_default();
        let rows = total_rows(run).map(compact_count).unwrap_or_default();
        let rows = if has_rows {
            format!(" {rows:>ROWS_WIDTH$}")
        } else {
            String::new()
        };
        let room = usize::from(width).saturating_sub(COLUMNS_WIDTH + rows.len());
        let message: String = message.chars().take(room).collect();
        lines.push(
            Line::new(Severity::Plain, times)
                .and(Severity::State(state), format!("{bar} {:<15}", run.status))
                .and(Severity::Plain, rows)
                .and(Severity::Dim, format!(" {message}")),
        );
    }
    lines.push(Line::default());
}

/// The rows of the completed runs from the oldest to this job, as a line of
/// bars; `None` for fewer than three.
fn rows_trend(row: &Row, others: &[&Run], context: &DetailContext) -> Option<Line> {
    let is_completed = |run: &&&Run| run.status.state() == State::Completed;
    let of_runs = others.iter().filter(is_completed).rev();
    let own = row.total_rows().filter(|_| row.state() == State::Completed);
    let rows: Vec<u64> = of_runs
        .filter_map(|run| total_rows(run))
        .chain(own)
        .collect();
    let (least, most) = (rows.iter().min()?, rows.iter().max()?);
    if rows.len() < 3 {
        return None;
    }
    let range = format!(" {} to {}", compact_count(*least), compact_count(*most));
    let mut line = Line::new(Severity::Label, "rows ");
    if context.unicode() {
        let bar = |rows: &u64| BARS[bar_height(*rows, *most)];
        let severity = if row.rows_anomaly.is_some() {
            Severity::Warning
        } else {
            Severity::Plain
        };
        line = line.and(severity, rows.iter().map(bar).collect::<String>());
    }
    Some(line.and(Severity::Dim, range))
}

/// The height of a bar among [`BARS`]; the lowest is for no rows at all.
fn bar_height(rows: u64, most: u64) -> usize {
    let steps = u128::try_from(BARS.len() - 1).unwrap_or(0);
    let height = (u128::from(rows) * steps).div_ceil(u128::from(most.max(1)));
    usize::try_from(height).unwrap_or(0).min(BARS.len() - 1)
}

fn total_rows(run: &Run) -> Option<u64> {
    run.rows.as_ref()?.total
}

fn duration_of(run: &Run) -> SignedDuration {
    let started = run.started.unwrap_or(run.last);
    run.last.duration_since(started).max(SignedDuration::ZERO)
}
