//! The pane with one job's details: which tab, how far it is scrolled, and
//! its lines.
//!
//! The lines are laid out here, so that scrolling and searching know them; a
//! long message is wrapped once, when it changes, not with every frame.

mod fields;
mod message;
mod search;
mod styled_text;
mod timeline;

use std::sync::Arc;

use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::hotglue::Job;
use crate::watch::JobId;

pub use search::Search;
pub use styled_text::{Line, Severity, StyledSpan};

/// A tab of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// What the service says of the job.
    #[default]
    Message,
    /// The stages it went through.
    Timeline,
    /// Every field, and how polling goes.
    Details,
    /// The answer as it came.
    Raw,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 4] = [Self::Message, Self::Timeline, Self::Details, Self::Raw];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Message => "Message",
            Self::Timeline => "Timeline",
            Self::Details => "Details",
            Self::Raw => "Raw",
        }
    }

    fn next(self, by: usize) -> Self {
        let at = Self::ALL
            .iter()
            .position(|tab| *tab == self)
            .unwrap_or_default();
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// The pane with one job's details.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Default)]
pub struct Detail {
    /// Whether it is open.
    pub open: bool,
    /// Whether the keys go to it.
    pub focused: bool,
    /// Whether it takes the whole screen.
    pub zoomed: bool,
    /// Which tab is shown.
    pub tab: Tab,
    /// Whether fields that may hold secrets are shown.
    pub revealed: bool,
    /// What is looked for in it.
    pub search: Search,
    /// The lines of the tab.
    pub lines: Vec<Line>,
    /// The first line shown.
    pub scroll: usize,
    height: usize,
    laid_out: Option<LaidOut>,
}

/// What the lines were laid out from, to see when they must be again.
#[derive(Debug, PartialEq, Eq)]
struct LaidOut {
    key: JobId,
    tab: Tab,
    width: u16,
    revealed: bool,
    answer: Option<Arc<Job>>,
}

impl Detail {
    /// Turns to another tab.
    pub(in crate::app) fn turn(&mut self, forward: bool) {
        self.show(self.tab.next(if forward { 1 } else { Tab::ALL.len() - 1 }));
    }

    /// Shows a tab from its top.
    pub(in crate::app) fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.scroll = 0;
    }

    /// Scrolls by so many lines.
    pub(in crate::app) fn scroll_by(&mut self, by: isize) {
        self.scroll_to(self.scroll.saturating_add_signed(by));
    }

    /// Scrolls to a line, as far as there are lines below.
    pub(in crate::app) fn scroll_to(&mut self, line: usize) {
        self.scroll = line.min(self.lines.len().saturating_sub(self.height));
    }

    /// Lines in half of the window.
    pub(in crate::app) fn half_page(&self) -> isize {
        isize::try_from(self.height / 2).unwrap_or(1).max(1)
    }

    /// Goes to the next line that holds what is looked for, or the previous;
    /// answers whether there is one.
    pub(in crate::app) fn seek(&mut self, forward: bool, include_here: bool) -> bool {
        let count = self.lines.len();
        let from = usize::from(!include_here);
        let found = (from..count + from).map(|by| {
            let by = if forward { by } else { 2 * count - by };
            (self.scroll + by) % count
        });
        let found = { found }.find(|at| self.search.finds(&self.lines[*at].text()));
        if let Some(at) = found {
            self.scroll_to(at);
        }
        found.is_some()
    }

    /// The lines in the window.
    pub fn window(&self) -> &[Line] {
        let end = (self.scroll + self.height).min(self.lines.len());
        &self.lines[self.scroll.min(end)..end]
    }

    /// How many lines the window shows.
    pub fn height(&self) -> usize {
        self.height
    }
}

/// Lays the pane out for a window of that size, where something changed.
pub(in crate::app) fn lay_out(model: &mut Model, width: u16, height: u16) {
    let detail = &model.detail;
    let Some(row) = model.jobs.selected() else {
        model.detail.lines.clear();
        model.detail.laid_out = None;
        return;
    };
    let laid_out = LaidOut {
        key: row.id,
        tab: detail.tab,
        width,
        revealed: detail.revealed,
        answer: row.snapshot.job.clone(),
    };
    let other_job = detail
        .laid_out
        .as_ref()
        .is_none_or(|before| before.key != row.id);
    // Only texts from the answer itself stay as they are while time passes.
    let keeps = detail.tab == Tab::Raw && detail.laid_out.as_ref() == Some(&laid_out);
    if !keeps {
        let lines = lines(model, row, width);
        let detail = &mut model.detail;
        detail.lines = lines;
        detail.laid_out = Some(laid_out);
        if other_job {
            detail.scroll = 0;
            detail.revealed = false;
        }
    }
    model.detail.height = usize::from(height.max(1));
    let scroll = model.detail.scroll;
    model.detail.scroll_to(scroll);
}

fn lines(model: &Model, row: &Row, width: u16) -> Vec<Line> {
    match model.detail.tab {
        Tab::Message => message::lines(model, row, width),
        Tab::Timeline => timeline::lines(model, row, width),
        Tab::Details => fields::lines(model, row, width),
        Tab::Raw => fields::raw(row, model.detail.revealed, width),
    }
}
