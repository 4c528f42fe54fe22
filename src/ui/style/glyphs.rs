//! The characters that draw lines and marks, in Unicode and in ASCII.

use ratatui::symbols::border;

use crate::hotglue::{StageMark, State};

/// The characters that draw lines and marks.
pub(crate) struct Glyphs {
    /// In the order of [`State::ALL`].
    states: [&'static str; State::ALL.len()],
    /// To the left of the row under the cursor.
    pub(in crate::ui) cursor: &'static str,
    /// To the right of a job that is only a few cells of the matrix.
    pub(in crate::ui) here: &'static str,
    /// To the left of a marked row.
    pub(in crate::ui) marked: &'static str,
    /// To the left of a failed job that the user has not seen.
    pub(in crate::ui) unseen: &'static str,
    /// To the left of a row that has just changed.
    pub(in crate::ui) changed: &'static str,
    /// For jobs that are pending their first poll.
    pub(in crate::ui) pending: &'static str,
    /// For slow and silent jobs.
    pub(in crate::ui) slow: &'static str,
    /// Before the name of a collapsed group.
    pub(in crate::ui) collapsed: &'static str,
    /// Before the name of an expanded group.
    pub(in crate::ui) expanded: &'static str,
    pub(in crate::ui) ellipsis: &'static str,
    pub(in crate::ui) arrow: &'static str,
    pub(in crate::ui) dot: &'static str,
    pub(in crate::ui) horizontal: &'static str,
    pub(in crate::ui) vertical: &'static str,
    pub(in crate::ui) ascending: &'static str,
    pub(in crate::ui) descending: &'static str,
    pub(in crate::ui) border: border::Set<'static>,
    /// The ends of a bar.
    pub(in crate::ui) bar_ends: [&'static str; 2],
    /// The parts of a bar, in the order of [`State::ALL`].
    bar: [&'static str; State::ALL.len()],
    passed: &'static str,
    active: &'static str,
    failed: &'static str,
    ahead: &'static str,
    /// A stage in one cell: passed, active, failed, ahead.
    compact: [&'static str; 4],
}

static UNICODE: Glyphs = Glyphs {
    states: ["✗", "⊘", "!", "●", "○", "✓"],
    cursor: "▌",
    here: "◂",
    marked: "◆",
    unseen: "•",
    changed: "▎",
    pending: "◌",
    slow: "◷",
    collapsed: "▸",
    expanded: "▾",
    ellipsis: "…",
    arrow: "→",
    dot: "·",
    horizontal: "─",
    vertical: "│",
    ascending: "↑",
    descending: "↓",
    border: border::ROUNDED,
    bar_ends: ["▕", "▏"],
    bar: ["▓", "▓", "░", "▒", "░", "█"],
    passed: "━━━",
    active: "━━╸",
    failed: "━╳─",
    ahead: "───",
    compact: ["━", "╸", "╳", "─"],
};

static ASCII: Glyphs = Glyphs {
    states: ["x", "/", "?", "*", ".", "+"],
    cursor: ">",
    here: "<",
    marked: "#",
    unseen: "!",
    changed: "|",
    pending: "-",
    slow: "~",
    collapsed: ">",
    expanded: "v",
    ellipsis: "~",
    arrow: "->",
    dot: "-",
    horizontal: "-",
    vertical: "|",
    ascending: "^",
    descending: "v",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    bar_ends: ["[", "]"],
    bar: ["x", "/", ".", "=", ".", "#"],
    passed: "===",
    active: "==>",
    failed: "=X-",
    ahead: "---",
    compact: ["=", ">", "X", "-"],
};

impl Glyphs {
    /// The glyphs in Unicode or in ASCII.
    pub(crate) fn of(unicode: bool) -> &'static Self {
        if unicode { &UNICODE } else { &ASCII }
    }

    /// Whether every glyph is ASCII.
    pub(in crate::ui) fn is_ascii(&self) -> bool {
        self.ellipsis.is_ascii()
    }

    /// The arrow beside the heading that the table is sorted by.
    pub(in crate::ui) fn sort_arrow(&self, reversed: bool) -> &'static str {
        if reversed {
            self.ascending
        } else {
            self.descending
        }
    }

    /// The glyph of a state.
    pub(crate) fn state(&self, state: State) -> &'static str {
        self.states[state as usize]
    }

    /// The glyph of jobs that are pending their first poll or have not started.
    pub(crate) fn pending(&self) -> &'static str {
        self.pending
    }

    /// The pattern of a state in a bar.
    pub(crate) fn bar(&self, state: State) -> &'static str {
        self.bar[state as usize]
    }

    /// A stage in three cells.
    pub(in crate::ui) fn stage(&self, mark: StageMark) -> &'static str {
        match mark {
            StageMark::Passed => self.passed,
            StageMark::Active => self.active,
            StageMark::Failed => self.failed,
            StageMark::Ahead => self.ahead,
        }
    }

    /// A stage in one cell.
    pub(in crate::ui) fn compact_stage(&self, mark: StageMark) -> &'static str {
        self.compact[match mark {
            StageMark::Passed => 0,
            StageMark::Active => 1,
            StageMark::Failed => 2,
            StageMark::Ahead => 3,
        }]
    }
}
