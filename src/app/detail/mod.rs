//! The detail pane of one job: its tabs, how far it is scrolled, and its
//! lines.
//!
//! The lines are laid out here and not while drawing, so that scrolling and
//! searching know them.

mod context;
mod fields;
mod message;
mod runs;
mod search;
mod styled_text;
mod timeline;

use std::sync::Arc;

use strum::IntoStaticStr;

use crate::app::jobs::Row;
use crate::hotglue::Job;
use crate::watch::JobId;

pub(in crate::app) use context::DetailContext;
pub(crate) use search::Search;
pub use styled_text::Line;
pub(crate) use styled_text::Severity;
pub(crate) use styled_text::wrap;

/// A tab of the detail pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, IntoStaticStr)]
pub enum Tab {
    /// The job's message.
    #[default]
    Message,
    /// The stages of the job, and earlier runs.
    Timeline,
    /// Every field, and the results of polling.
    Details,
    /// The service's answer as it is.
    Raw,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 4] = [Self::Message, Self::Timeline, Self::Details, Self::Raw];

    /// The title.
    pub fn title(self) -> &'static str {
        self.into()
    }

    fn neighbor(self, forward: bool) -> Self {
        let step = if forward { 1 } else { Self::ALL.len() - 1 };
        Self::ALL[(self as usize + step) % Self::ALL.len()]
    }
}

/// The detail pane.
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
#[derive(Debug, Default)]
pub struct Detail {
    /// Whether the pane is open.
    pub open: bool,
    /// Whether keys go to it.
    pub focused: bool,
    /// Whether it takes the whole screen.
    pub(crate) zoomed: bool,
    /// The tab that is shown.
    pub tab: Tab,
    /// Whether fields that may contain secrets are shown.
    pub(crate) revealed: bool,
    /// The text that is searched for.
    pub(crate) search: Search,
    /// The lines of the tab.
    pub(crate) lines: Vec<Line>,
    /// The index of the first line shown.
    pub scroll: usize,
    height: usize,
    laid_out: Option<LaidOut>,
}

/// What the lines were laid out from.
#[derive(Debug, PartialEq, Eq)]
struct LaidOut {
    job: JobId,
    tab: Tab,
    width: u16,
    revealed: bool,
    answer: Option<Arc<Job>>,
}

impl Detail {
    /// Turns to the next or previous tab.
    pub(in crate::app) fn turn(&mut self, forward: bool) {
        self.show(self.tab.neighbor(forward));
    }

    /// Shows a tab from its top.
    pub(in crate::app) fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.scroll = 0;
    }

    /// Scrolls by a number of lines.
    pub(in crate::app) fn scroll_by(&mut self, lines: isize) {
        self.scroll_to(self.scroll.saturating_add_signed(lines));
    }

    /// Scrolls to a line, as far as there are lines below it.
    pub(in crate::app) fn scroll_to(&mut self, line: usize) {
        self.scroll = line.min(self.lines.len().saturating_sub(self.height));
    }

    /// Half the height in lines, and 1 at least.
    pub(in crate::app) fn half_page(&self) -> isize {
        isize::try_from(self.height / 2).unwrap_or(1).max(1)
    }

    /// Scrolls to the next or previous line that contains the search text,
    /// wrapping around. Returns whether there is one.
    pub(in crate::app) fn seek(&mut self, forward: bool, include_current: bool) -> bool {
        let count = self.lines.len();
        let nearest = usize::from(!include_current);
        let mut indexes = (nearest..count + nearest).map(|distance| {
            let distance = if forward {
                distance
            } else {
                2 * count - distance
            };
            (self.scroll + distance) % count
        });
        let found = indexes.find(|index| self.search.finds(&self.lines[*index].text()));
        if let Some(index) = found {
            self.scroll_to(index);
        }
        found.is_some()
    }

    /// The lines in the window.
    pub(crate) fn window(&self) -> &[Line] {
        let end = (self.scroll + self.height).min(self.lines.len());
        &self.lines[self.scroll.min(end)..end]
    }

    /// The height in lines.
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Lays out the lines for a row and a size, where something changed.
    pub(in crate::app) fn lay_out(
        &mut self,
        row: Option<&Row>,
        context: &DetailContext,
        width: u16,
        height: u16,
    ) {
        let Some(row) = row else {
            self.lines.clear();
            self.laid_out = None;
            return;
        };
        let laid_out = LaidOut {
            job: row.id,
            tab: self.tab,
            width,
            revealed: self.revealed,
            answer: row.snapshot.job.clone(),
        };
        let before = self.laid_out.as_ref();
        let is_other_job = before.is_none_or(|before| before.job != row.id);
        // Only the lines of the raw answer do not change with the time.
        let is_same = self.tab == Tab::Raw && before == Some(&laid_out);
        if !is_same {
            self.lines = self.lines_of(row, context, width);
            self.laid_out = Some(laid_out);
        }
        if is_other_job {
            self.scroll = 0;
            self.revealed = false;
        }
        self.height = usize::from(height.max(1));
        self.scroll_to(self.scroll);
    }

    fn lines_of(&self, row: &Row, context: &DetailContext, width: u16) -> Vec<Line> {
        match self.tab {
            Tab::Message => message::lines(row, context, width),
            Tab::Timeline => timeline::lines(row, context, width),
            Tab::Details => fields::lines(row, context, self.revealed, width),
            Tab::Raw => fields::raw(row, context, self.revealed, width),
        }
    }
}
