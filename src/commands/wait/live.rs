//! The progress of a wait on a terminal, redrawn in place: a line for each job
//! with the failed ones on top, and below them counts, a bar and the ETA.

use std::cmp::Reverse;
use std::io::IsTerminal;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::{CliError, output};
use super::jobs::records;
use crate::hotglue::{State, Text};
use crate::report::{Polled, Table, cut, shares};
use crate::rollout::{Eta, JobProgress, ProgressCounts, Wait, WaitedJob};
use crate::runtime::watchlist::Watchlist;
use crate::terminal;
use crate::ui::Glyphs;
use crate::watch::JobId;

/// How often ages are redrawn.
const REDRAW_INTERVAL: Duration = Duration::from_secs(1);
/// The least time between two redraws.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// Lines of the terminal that stay free.
const FREE_LINES: usize = 4;
/// The widest bar in terminal cells.
const WIDEST_BAR: u16 = 40;
/// The narrowest bar that is drawn, in terminal cells.
const NARROWEST_BAR: u16 = 7;
/// Where the key that lists the running jobs is named.
const HINT: &str = "t lists running jobs";

/// What is drawn.
pub(super) struct LiveState<'a> {
    pub(super) list: &'a Watchlist,
    pub(super) wait: &'a Wait,
    /// The time since the start of the wait.
    pub(super) now: Duration,
    pub(super) eta: Option<&'a Eta>,
    /// The environments whose circuit breaker is not closed, a line each.
    pub(super) interrupted: Vec<String>,
}

/// The progress table on the terminal.
pub(super) struct Live {
    colors: bool,
    unicode: bool,
    /// Whether keys are read.
    has_keys: bool,
    /// Lines of the last table.
    drawn: usize,
    drawn_at: Option<Instant>,
}

impl Live {
    pub(super) fn new(colors: bool) -> Self {
        Self {
            colors,
            unicode: terminal::display(colors).unicode,
            has_keys: false,
            drawn: 0,
            drawn_at: None,
        }
    }

    /// Names the key that lists the running jobs.
    pub(super) fn announce_keys(&mut self) {
        self.has_keys = true;
    }

    /// When the next table is drawn.
    pub(super) fn redraws_at(&self) -> Instant {
        match self.drawn_at {
            Some(drawn_at) if drawn_at.elapsed() < SHORTEST_INTERVAL => {
                drawn_at + SHORTEST_INTERVAL
            }
            _ => Instant::now() + REDRAW_INTERVAL,
        }
    }

    /// Whether a table that is not the last one can be left out.
    pub(super) fn is_too_early(&self) -> bool {
        self.drawn_at
            .is_some_and(|drawn_at| drawn_at.elapsed() < SHORTEST_INTERVAL)
    }

    /// Draws the table over the last one.
    pub(super) fn draw(&mut self, state: &LiveState<'_>) -> Result<(), CliError> {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        let lines = self.lines(state, width.saturating_sub(1), height);
        let mut bytes = String::new();
        if self.drawn > 0 {
            bytes.push_str(&format!("\x1b[{}A", self.drawn));
        }
        for line in &lines {
            bytes.push_str(&format!("{line}\x1b[K\n"));
        }
        bytes.push_str("\x1b[J");
        self.drawn = lines.len();
        self.drawn_at = Some(Instant::now());
        output::raw(bytes.as_bytes()).map(drop)
    }

    /// Prints text in place of the progress table; the next one is drawn below it.
    pub(super) fn print(&mut self, text: &str) -> Result<(), CliError> {
        let up = match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            drawn => format!("\x1b[{drawn}A\x1b[J"),
        };
        self.drawn_at = None;
        let text = Text::cut(text, usize::MAX);
        output::raw(format!("{up}{text}").as_bytes()).map(drop)
    }

    fn lines(&self, state: &LiveState<'_>, width: u16, height: u16) -> Vec<String> {
        let jobs: Vec<_> = state.wait.jobs(state.now).collect();
        let total = jobs.len();
        let free = FREE_LINES + state.interrupted.len();
        let most = usize::from(height).saturating_sub(free).max(1);
        let shown = shown(jobs, most);
        let progress: Vec<_> = shown.iter().map(|(_, job)| job.progress).collect();
        let records = records(state.list, shown.into_iter());
        let glyphs = Glyphs::of(self.unicode);
        let mut table = Table::new(&["  NAME", "STATUS", "UPDATED", "ELAPSED", "MESSAGE"]);
        for (job, progress) in records.iter().zip(progress) {
            let cells = vec![
                format!("{} {}", glyph(glyphs, progress, job), job.job.name_label()),
                job.status_label().to_owned(),
                job.updated_label(),
                job.elapsed_label(),
                job.message_line(),
            ];
            table.tinted_row(cells, job.tint());
        }
        let table = table.laid_out(Some(width), self.colors);
        let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
        let counts = state.wait.counts(state.now);
        if total > 1 {
            let mut text = counts.to_string();
            if let hidden @ 1.. = total - records.len() {
                text.push_str(&format!(" ({hidden} not shown)"));
            }
            lines.push(cut(&text, usize::from(width)));
        }
        lines.extend(self.bar_line(&counts, state.eta, width));
        let interrupted = state.interrupted.iter();
        lines.extend(interrupted.map(|line| cut(line, usize::from(width))));
        lines
    }

    /// The bar, how many jobs have finished, the ETA, and the key.
    fn bar_line(&self, counts: &ProgressCounts, eta: Option<&Eta>, width: u16) -> Option<String> {
        let dot = if self.unicode { " · " } else { " - " };
        let eta = eta.map(|eta| eta.label(Timestamp::now(), self.unicode));
        if counts.total() < 2 {
            return eta.map(|eta| cut(&eta, usize::from(width)));
        }
        let finished = format!("{}/{} finished", counts.finished(), counts.total());
        let mut label = [Some(finished), eta]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(dot);
        let needed = |label: &str| label.chars().count() + 1 + usize::from(NARROWEST_BAR);
        let with_hint = format!("{label}{dot}{HINT}");
        if self.has_keys && needed(&with_hint) <= usize::from(width) {
            label = with_hint;
        }
        let room = usize::from(width).saturating_sub(label.chars().count() + 1);
        let room = u16::try_from(room).unwrap_or(u16::MAX).min(WIDEST_BAR);
        Some(if room < NARROWEST_BAR {
            cut(&label, usize::from(width))
        } else {
            format!("{} {label}", self.bar(counts, room))
        })
    }

    fn bar(&self, counts: &ProgressCounts, width: u16) -> String {
        let sum = |all: &[JobProgress]| all.iter().map(|progress| counts.of(*progress)).sum();
        let parts: [(State, u8, usize); 6] = [
            (State::Completed, 32, sum(&[JobProgress::Completed])),
            (State::Failed, 31, sum(&[JobProgress::Failed])),
            (State::Cancelled, 33, sum(&[JobProgress::Canceled])),
            (State::Running, 36, sum(&[JobProgress::Running])),
            (
                State::Unknown,
                35,
                sum(&[JobProgress::Unknown, JobProgress::Undetermined]),
            ),
            (
                State::Queued,
                90,
                sum(&[
                    JobProgress::Queued,
                    JobProgress::NotStarted,
                    JobProgress::Pending,
                ]),
            ),
        ];
        let glyphs = Glyphs::of(self.unicode);
        let shares = shares(parts.into_iter().map(|(.., count)| count), width);
        let mut bar = String::new();
        for ((state, color, _), share) in parts.into_iter().zip(shares) {
            // Solid in color; without colors, each state has a pattern.
            let solid = self.colors && self.unicode && state != State::Queued;
            let cell = if solid { "█" } else { glyphs.bar(state) };
            let cells = cell.repeat(usize::from(share));
            if self.colors && share > 0 {
                bar.push_str(&format!("\x1b[{color}m{cells}\x1b[0m"));
            } else {
                bar.push_str(&cells);
            }
        }
        bar
    }
}

/// Whether the progress table can be redrawn in place.
pub(super) fn can_redraw() -> bool {
    std::io::stdout().is_terminal() && !terminal::is_dumb()
}

fn glyph(glyphs: &Glyphs, progress: JobProgress, job: &Polled) -> &'static str {
    match progress {
        JobProgress::NotStarted | JobProgress::Pending => glyphs.pending(),
        JobProgress::Undetermined => glyphs.state(State::Unknown),
        JobProgress::Completed
        | JobProgress::Failed
        | JobProgress::Canceled
        | JobProgress::Running
        | JobProgress::Queued
        | JobProgress::Unknown => glyphs.state(job.state),
    }
}

/// The jobs that are shown in at most `most` lines: the newest failures first,
/// in at most half of the lines where others are unfinished, then unfinished
/// jobs, then completed ones.
fn shown(mut jobs: Vec<(JobId, WaitedJob<'_>)>, most: usize) -> Vec<(JobId, WaitedJob<'_>)> {
    let updated = |job: &WaitedJob<'_>| job.run.and_then(|(job, _)| job.last_updated.as_ref()?.at);
    jobs.sort_by_key(|(_, job)| match rank(job.progress) {
        0 => (0, Reverse(updated(job))),
        rank => (rank, Reverse(None)),
    });
    let failures = jobs
        .iter()
        .filter(|(_, job)| rank(job.progress) == 0)
        .count();
    let unfinished = jobs
        .iter()
        .filter(|(_, job)| (1..6).contains(&rank(job.progress)))
        .count();
    let room = most.saturating_sub(unfinished).max(most.div_ceil(2));
    if failures > room {
        jobs.drain(room..failures);
    }
    jobs.truncate(most);
    jobs
}

/// The place of a job in the list.
fn rank(progress: JobProgress) -> u8 {
    match progress {
        JobProgress::Failed | JobProgress::Canceled | JobProgress::Undetermined => 0,
        JobProgress::Running => 1,
        JobProgress::Unknown => 2,
        JobProgress::Queued => 3,
        JobProgress::Pending => 4,
        JobProgress::NotStarted => 5,
        JobProgress::Completed => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(progress: JobProgress) -> WaitedJob<'static> {
        WaitedJob {
            progress,
            run: None,
            polled: None,
            error: None,
        }
    }

    #[test]
    fn failures_are_on_top_and_leave_room_for_what_runs() {
        let states = [
            (JobProgress::Completed, 4),
            (JobProgress::Running, 5),
            (JobProgress::Failed, 9),
        ];
        let jobs = states
            .iter()
            .flat_map(|(progress, count)| vec![*progress; *count]);
        let jobs: Vec<_> = (0..).map(JobId).zip(jobs.map(job)).collect();
        let progress = |most| {
            let shown = shown(jobs.clone(), most);
            shown
                .iter()
                .map(|(_, job)| job.progress)
                .collect::<Vec<_>>()
        };
        let six = progress(6);
        assert_eq!(six[..3], [JobProgress::Failed; 3]);
        assert_eq!(six[3..], [JobProgress::Running; 3]);
        let sixteen = progress(16);
        assert_eq!(
            sixteen[8..14],
            [
                JobProgress::Failed,
                JobProgress::Running,
                JobProgress::Running,
                JobProgress::Running,
                JobProgress::Running,
                JobProgress::Running
            ]
        );
        assert_eq!(sixteen[14..], [JobProgress::Completed; 2]);
    }

    #[test]
    fn bar_is_solid_in_color_and_a_pattern_without() {
        let counts = [
            JobProgress::Completed,
            JobProgress::Failed,
            JobProgress::Running,
        ];
        let counts: ProgressCounts = counts.into_iter().chain([JobProgress::Queued; 3]).collect();
        let mut live = Live {
            colors: false,
            unicode: true,
            has_keys: true,
            drawn: 0,
            drawn_at: None,
        };
        let bar = |live: &Live, width| live.bar_line(&counts, None, width).unwrap();
        assert_eq!(
            bar(&live, 60),
            "████▓▓▓▓▒▒▒▒░░░░░░░░░░░░ 2/6 finished · t lists running jobs"
        );
        assert_eq!(bar(&live, 19), "2/6 finished");
        live.unicode = false;
        assert!(bar(&live, 60).is_ascii());
        live.colors = true;
        live.unicode = true;
        assert!(
            bar(&live, 60).contains("\u{1b}[31m██"),
            "{}",
            bar(&live, 60)
        );
    }
}
