//! The actions that are most useful here and now: the hints of the footer, the
//! first section of the help, and what the palette opens on.

use crate::app::input::{
    Action, Arrangement, Copied, Marking, Motion, OverlayKind, PaneAction, Polling, Step,
};

/// The actions of a part of the dashboard, the most useful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsefulActions {
    /// Where they are useful.
    pub(crate) title: &'static str,
    /// The actions with their labels in the footer.
    pub(crate) hints: &'static [(Action, &'static str)],
}

impl UsefulActions {
    /// Those of the focused detail pane.
    pub(super) const PANE: Self = Self {
        title: "In the details",
        hints: &[
            (Action::Back, "close"),
            (Action::Tab(Step::Next), "next tab"),
            (Action::Move(Motion::Down), "scroll"),
            (Action::Filter, "find"),
            (Action::Pane(PaneAction::Zoom), "zoom"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Copy(Copied::Message), "copy message"),
            (Action::Pane(PaneAction::Reveal), "show folded"),
            (Action::Pane(PaneAction::Focus), "table"),
        ],
    };

    /// Those for marked jobs.
    pub(super) const MARKED: Self = Self {
        title: "With the marked jobs",
        hints: &[
            (Action::Back, "clear"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Copy(Copied::Root), "copy roots"),
            (Action::Open(OverlayKind::Remove), "remove"),
            (Action::Mark(Marking::Range), "range"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Mark(Marking::Job), "mark"),
            (Action::Mark(Marking::Down), "extend"),
            (Action::Mark(Marking::All), "mark all"),
            (Action::Copy(Copied::Message), "copy messages"),
        ],
    };

    /// Those of the table beside the detail pane.
    pub(super) const BESIDE_PANE: Self = Self {
        title: "Beside the details",
        hints: &[
            (Action::Back, "close"),
            (Action::Tab(Step::Next), "next tab"),
            (Action::Pane(PaneAction::Focus), "focus"),
            (Action::Pane(PaneAction::Zoom), "zoom"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Copy(Copied::Message), "copy message"),
        ],
    };

    /// Those without jobs.
    pub(super) const EMPTY: Self = Self {
        title: "To start",
        hints: &[
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Open(OverlayKind::Discover), "discover"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ],
    };

    /// Those of the matrix.
    pub(super) const MATRIX: Self = Self {
        title: "In the matrix",
        hints: &[
            (Action::Back, "table"),
            (Action::Move(Motion::Down), "down"),
            (Action::Tab(Step::Next), "right"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Filter, "filter"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ],
    };

    /// Those of the table while polling is paused.
    pub(super) const PAUSED: Self = Self {
        title: "While polling is paused",
        hints: &[
            (Action::Poll(Polling::Pause), "resume"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Filter, "filter"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ],
    };

    /// Those of the table.
    pub(super) const TABLE: Self = Self {
        title: "On the table",
        hints: &[
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Filter, "filter"),
            (Action::Open(OverlayKind::Sort), "sort"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Open(OverlayKind::FailureGroups), "failure groups"),
            (Action::Open(OverlayKind::Pulse), "pulse"),
            (Action::Arrange(Arrangement::Matrix), "matrix"),
            (Action::Arrange(Arrangement::Group), "group"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Poll(Polling::Pause), "pause"),
            (Action::Open(OverlayKind::Remove), "remove"),
            (Action::Mark(Marking::Job), "mark"),
            (Action::Copy(Copied::Root), "copy root"),
            (Action::Open(OverlayKind::Palette), "all actions"),
            (Action::Theme, "theme"),
        ],
    };
}
