//! Everything a user can do, defined once: the key map, the command palette,
//! the help screen, the README table and the names in `[keys]` all come from
//! this file.
//!
//! Actions are nested by what they have in common, and every `match` over them
//! is exhaustive. An action added here therefore does not compile until it has
//! a name, a description and keys ([`Action::entry`]), and until
//! `update::actions` handles it.

use strum::{EnumDiscriminants, EnumIter, IntoEnumIterator};

use crate::app::jobs::Show;

/// Something a user can do on the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumDiscriminants)]
#[strum_discriminants(name(ActionKind), vis(), derive(EnumIter))]
pub enum Action {
    /// Move the cursor, or scroll the detail pane.
    Move(Motion),
    /// Go to the next or previous failed job.
    Failure(Step),
    /// Type a filter, or a search text in the detail pane.
    Filter,
    /// Show the jobs of one state.
    Show(Show),
    /// Switch to the next or previous view.
    View(Step),
    /// Open an overlay.
    Open(OverlayKind),
    /// Change how the table is arranged.
    Arrange(Arrangement),
    /// Mark jobs.
    Mark(Marking),
    /// Change what the detail pane shows.
    Pane(PaneAction),
    /// Switch to the next or previous tab of the detail pane.
    Tab(Step),
    /// Start the rollout of the selected job now.
    StartRollout,
    /// Undo the last change of the list.
    Undo,
    /// Show the dashboard as it was, or return to now.
    TimeTravel,
    /// Retry saving changes that could not be saved.
    Save,
    /// Open the page of the selected job.
    OpenPage,
    /// Copy something about the selected or the marked jobs.
    Copy(Copied),
    /// Control polling.
    Poll(Polling),
    /// Close what is open.
    Back,
    /// Switch to the next color theme.
    Theme,
    /// Suspend the program.
    Suspend,
    /// Quit.
    Quit,
}

/// A motion of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Motion {
    Down,
    Up,
    Top,
    Bottom,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
}

/// A direction to step in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Step {
    Next,
    Previous,
}

/// An overlay that an action opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum OverlayKind {
    /// The menu of columns to sort by.
    Sort,
    /// The menu of columns.
    Columns,
    /// The failure groups.
    FailureGroups,
    /// The rollout over time.
    Pulse,
    /// The comparison of a rollout with the runs before it.
    Comparison,
    /// The form that adds jobs.
    Add,
    /// The browser of flows and tenants.
    Discover,
    /// The form that edits a job.
    Edit,
    /// The confirmation before jobs are removed.
    Remove,
    /// The menu of snapshots.
    Snapshot,
    /// The form that writes a report.
    Report,
    /// The event log.
    Events,
    /// The output of the newest run of a custom command.
    Output,
    /// The command palette.
    Palette,
    /// The help.
    Help,
}

/// A change of the table's arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Arrangement {
    /// Reverse the sort order.
    Reverse,
    /// Group by the next attribute.
    Group,
    /// Fold or unfold the group.
    Fold,
    /// Show or leave the matrix.
    Matrix,
}

/// Which marks to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Marking {
    /// That of the selected job.
    Job,
    /// Those of the jobs that the cursor moves over from now on.
    Range,
    /// That of the selected job and of the next one, which is selected.
    Down,
    /// That of the selected job and of the previous one, which is selected.
    Up,
    /// Those of all jobs shown.
    All,
}

/// A change of the detail pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum PaneAction {
    /// Open the pane; if it is open, move the focus.
    Open,
    /// Move the focus between table and pane.
    Focus,
    /// Show the pane full screen, or no longer.
    Zoom,
    /// Show fields that may contain secrets, or fold them again.
    Reveal,
}

/// What to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Copied {
    /// The `job_root`.
    Root,
    /// The message.
    Message,
    /// The poll as a curl command.
    Curl,
}

/// A change of polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Polling {
    /// Refresh the selected or the marked jobs.
    Jobs,
    /// Refresh all jobs.
    All,
    /// Learn the baselines of followed flows.
    Learn,
    /// Pause or resume polling.
    Pause,
    /// Freeze or unfreeze the screen.
    Freeze,
}

/// A section of the help screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Section {
    /// Moving the cursor.
    Move,
    /// What the table shows.
    Table,
    /// Jobs and the detail pane.
    Job,
    /// Polling.
    Poll,
    /// The rest.
    General,
}

impl Section {
    /// All sections, in the order of the help screen.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Table => "Table",
            Self::Job => "Job",
            Self::Poll => "Polling",
            Self::General => "General",
        }
    }
}

/// The attributes of an action.
struct Entry {
    section: Section,
    name: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
}

const fn entry(
    section: Section,
    name: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
) -> Entry {
    Entry {
        section,
        name,
        description,
        keys,
    }
}

/// Names that older config files use.
const ALIASES: [(&str, Action); 3] = [
    ("families", Action::Open(OverlayKind::FailureGroups)),
    ("poll_now", Action::Poll(Polling::Jobs)),
    ("poll_all", Action::Poll(Polling::All)),
];

impl Action {
    /// All actions, in the order of the help screen.
    pub fn all() -> impl Iterator<Item = Self> {
        ActionKind::iter().flat_map(|kind| -> Vec<Self> {
            match kind {
                ActionKind::Move => Motion::iter().map(Self::Move).collect(),
                ActionKind::Failure => Step::iter().map(Self::Failure).collect(),
                ActionKind::Filter => vec![Self::Filter],
                ActionKind::Show => Show::iter().map(Self::Show).collect(),
                ActionKind::View => Step::iter().map(Self::View).collect(),
                ActionKind::Open => OverlayKind::iter().map(Self::Open).collect(),
                ActionKind::Arrange => Arrangement::iter().map(Self::Arrange).collect(),
                ActionKind::Mark => Marking::iter().map(Self::Mark).collect(),
                ActionKind::Pane => PaneAction::iter().map(Self::Pane).collect(),
                ActionKind::Tab => Step::iter().map(Self::Tab).collect(),
                ActionKind::StartRollout => vec![Self::StartRollout],
                ActionKind::TimeTravel => vec![Self::TimeTravel],
                ActionKind::Undo => vec![Self::Undo],
                ActionKind::Save => vec![Self::Save],
                ActionKind::OpenPage => vec![Self::OpenPage],
                ActionKind::Copy => Copied::iter().map(Self::Copy).collect(),
                ActionKind::Poll => Polling::iter().map(Self::Poll).collect(),
                ActionKind::Back => vec![Self::Back],
                ActionKind::Theme => vec![Self::Theme],
                ActionKind::Suspend => vec![Self::Suspend],
                ActionKind::Quit => vec![Self::Quit],
            }
        })
    }

    #[rustfmt::skip]
    fn entry(self) -> Entry {
        use Section::{General, Job, Move, Poll, Table};
        match self {
            Self::Move(Motion::Down) => entry(Move, "down", "next job, or scroll down", &["j", "down"]),
            Self::Move(Motion::Up) => entry(Move, "up", "previous job, or scroll up", &["k", "up"]),
            Self::Move(Motion::Top) => entry(Move, "top", "first job, or top of the text", &["g", "home"]),
            Self::Move(Motion::Bottom) => entry(Move, "bottom", "last job, or end of the text", &["G", "end"]),
            Self::Move(Motion::HalfPageDown) => entry(Move, "half_page_down", "half a page down", &["ctrl-d"]),
            Self::Move(Motion::HalfPageUp) => entry(Move, "half_page_up", "half a page up", &["ctrl-u"]),
            Self::Move(Motion::PageDown) => entry(Move, "page_down", "a page down", &["pgdn", "ctrl-f"]),
            Self::Move(Motion::PageUp) => entry(Move, "page_up", "a page up", &["pgup", "ctrl-b"]),
            Self::Failure(Step::Next) => entry(Move, "next_failure", "newest unseen, then next failed job", &["n"]),
            Self::Failure(Step::Previous) => entry(Move, "previous_failure", "previous failed job", &["N"]),
            Self::Filter => entry(Table, "filter", "filter the table, or find text in details", &["/"]),
            Self::Show(Show::All) => entry(Table, "show_all", "show all jobs", &["1"]),
            Self::Show(Show::Running) => entry(Table, "show_running", "show running and queued jobs", &["2"]),
            Self::Show(Show::Failed) => entry(Table, "show_failed", "show failed and canceled jobs", &["3"]),
            Self::Show(Show::Completed) => entry(Table, "show_completed", "show completed jobs", &["4"]),
            Self::Show(Show::Unknown) => entry(Table, "show_unknown", "show jobs with an unknown status", &["5"]),
            Self::Show(Show::Changed) => entry(Table, "show_changed", "show jobs that changed since the start", &["6"]),
            Self::View(Step::Next) => entry(Table, "next_view", "next view", &["]"]),
            Self::View(Step::Previous) => entry(Table, "previous_view", "previous view", &["["]),
            Self::Open(OverlayKind::Sort) => entry(Table, "sort", "choose the column to sort by", &["s"]),
            Self::Open(OverlayKind::Columns) => entry(Table, "columns", "choose and order the columns", &["C"]),
            Self::Open(OverlayKind::FailureGroups) => entry(Table, "failure_groups", "group failed jobs by their message", &["F"]),
            Self::Open(OverlayKind::Pulse) => entry(Table, "pulse", "show the rollout over time with its ETA", &["P"]),
            Self::Open(OverlayKind::Comparison) => entry(Table, "comparison", "compare the rollout with earlier runs", &["="]),
            Self::Open(OverlayKind::Add) => entry(Job, "add", "add jobs from pasted or typed references", &["a"]),
            Self::Open(OverlayKind::Discover) => entry(Job, "discover", "browse flows and tenants, follow a flow", &["D"]),
            Self::Open(OverlayKind::Edit) => entry(Job, "edit", "edit name, tags and poll interval", &["e"]),
            Self::Open(OverlayKind::Remove) => entry(Job, "remove", "remove the job, or the marked jobs", &["d"]),
            Self::Open(OverlayKind::Snapshot) => entry(General, "snapshot", "copy or write what is shown", &["w"]),
            Self::Open(OverlayKind::Report) => entry(General, "report", "write the report of the rollout to a file", &["H"]),
            Self::Open(OverlayKind::Events) => entry(General, "events", "log of status changes", &["L"]),
            Self::Open(OverlayKind::Output) => entry(General, "command_output", "output of the last custom command", &["!"]),
            Self::Open(OverlayKind::Palette) => entry(General, "palette", "find an action by name or key", &[":"]),
            Self::Open(OverlayKind::Help) => entry(General, "help", "this help", &["?", "f1"]),
            Self::Arrange(Arrangement::Reverse) => entry(Table, "reverse", "reverse the sort order", &["O", "S"]),
            Self::Arrange(Arrangement::Group) => entry(Table, "group", "group by tenant, flow, tag, status, …", &["b"]),
            Self::Arrange(Arrangement::Fold) => entry(Table, "fold", "fold or unfold the group", &["-"]),
            Self::Arrange(Arrangement::Matrix) => entry(Table, "matrix", "show all jobs as a matrix", &["M"]),
            Self::Mark(Marking::Job) => entry(Table, "mark", "mark the job and move down", &["space"]),
            Self::Mark(Marking::Range) => entry(Table, "mark_range", "mark a range; again ends it, esc drops it", &["v"]),
            Self::Mark(Marking::Down) => entry(Table, "extend_down", "extend marks down; in details: next job", &["J", "shift-down"]),
            Self::Mark(Marking::Up) => entry(Table, "extend_up", "extend marks up; in details: previous job", &["K", "shift-up"]),
            Self::Mark(Marking::All) => entry(Table, "mark_all", "mark all jobs shown, or clear the marks", &["*"]),
            Self::Pane(PaneAction::Open) => entry(Job, "details", "open the details of the job", &["enter"]),
            Self::Pane(PaneAction::Focus) => entry(Job, "focus", "switch between table and details", &["tab"]),
            Self::Pane(PaneAction::Zoom) => entry(Job, "zoom", "show the details full screen", &["z"]),
            Self::Pane(PaneAction::Reveal) => entry(Job, "reveal", "show fields that may contain secrets", &["x"]),
            Self::Tab(Step::Next) => entry(Job, "next_tab", "next tab of the details", &["right", "l"]),
            Self::Tab(Step::Previous) => entry(Job, "previous_tab", "previous tab of the details", &["left", "h"]),
            Self::StartRollout => entry(Job, "start_rollout", "start the rollout now; new runs count", &["@"]),
            Self::Undo => entry(Job, "undo", "undo the last add, edit or removal", &["u"]),
            Self::TimeTravel => entry(General, "time_travel", "show the dashboard as it was; return to now", &["T"]),
            Self::Save => entry(Job, "save", "retry saving what could not be saved", &["ctrl-s"]),
            Self::OpenPage => entry(Job, "open_page", "open the job's page (SSH: copy its URL)", &["o"]),
            Self::Copy(Copied::Root) => entry(Job, "copy_root", "copy the job_root, or those marked", &["y"]),
            Self::Copy(Copied::Message) => entry(Job, "copy_message", "copy the message", &["Y"]),
            Self::Copy(Copied::Curl) => entry(Job, "copy_curl", "copy the poll as curl, without API key", &["c"]),
            Self::Poll(Polling::Jobs) => entry(Poll, "refresh", "refresh this job, or the marked jobs", &["r"]),
            Self::Poll(Polling::All) => entry(Poll, "refresh_all", "refresh all jobs", &["R", "ctrl-r"]),
            Self::Poll(Polling::Learn) => entry(Poll, "learn", "learn baselines of followed flows", &["B"]),
            Self::Poll(Polling::Pause) => entry(Poll, "pause", "pause or resume polling", &["p"]),
            Self::Poll(Polling::Freeze) => entry(Poll, "freeze", "freeze the screen while polling continues", &["f"]),
            Self::Back => entry(General, "back", "close what is open, clear the filter", &["esc"]),
            Self::Theme => entry(General, "theme", "next color theme", &["t"]),
            Self::Suspend => entry(General, "suspend", "suspend to the shell; fg resumes", &["ctrl-z"]),
            Self::Quit => entry(General, "quit", "quit", &["q", "ctrl-c"]),
        }
    }

    /// Whether it changes jobs, the config, polling or anything else outside of
    /// the screen.
    pub fn changes_something(self) -> bool {
        match self {
            Self::Open(
                OverlayKind::Add
                | OverlayKind::Discover
                | OverlayKind::Edit
                | OverlayKind::Remove
                | OverlayKind::Output,
            )
            | Self::StartRollout
            | Self::Undo
            | Self::Save
            | Self::Poll(_) => true,
            Self::Move(_)
            | Self::Failure(_)
            | Self::Filter
            | Self::Show(_)
            | Self::View(_)
            | Self::Open(_)
            | Self::Arrange(_)
            | Self::Mark(_)
            | Self::Pane(_)
            | Self::Tab(_)
            | Self::TimeTravel
            | Self::OpenPage
            | Self::Copy(_)
            | Self::Back
            | Self::Theme
            | Self::Suspend
            | Self::Quit => false,
        }
    }

    /// The section of the help screen that lists the action.
    pub fn section(self) -> Section {
        self.entry().section
    }

    /// The name in `[keys]` and in the palette.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What the action does, for the help screen and the palette.
    pub fn description(self) -> &'static str {
        self.entry().description
    }

    /// The keys that are bound to the action by default, the one to show first.
    pub fn default_keys(self) -> &'static [&'static str] {
        self.entry().keys
    }

    /// The names in older config files, with their actions.
    pub fn aliases() -> impl Iterator<Item = (&'static str, Self)> {
        ALIASES.into_iter()
    }

    /// The action with this name or alias in `[keys]`.
    pub fn by_name(name: &str) -> Option<Self> {
        let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
        alias
            .map(|(_, action)| *action)
            .or_else(|| Self::all().find(|action| action.name() == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn no_two_actions_share_a_name_a_description_or_a_key() {
        let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for action in Action::all() {
            let labels = [action.name(), action.description()];
            for label in action.default_keys().iter().chain(&labels) {
                assert!(!label.is_empty());
                owners.entry(label).or_default().insert(action.name());
            }
            assert!(!action.default_keys().is_empty(), "{}", action.name());
        }
        let shared: Vec<_> = owners.iter().filter(|(_, names)| names.len() > 1).collect();
        assert!(shared.is_empty(), "{shared:?}");
    }

    #[test]
    fn actions_are_found_by_name_and_by_alias() {
        for action in Action::all() {
            assert_eq!(Action::by_name(action.name()), Some(action));
        }
        let failure_groups = Action::Open(OverlayKind::FailureGroups);
        assert_eq!(Action::by_name("families"), Some(failure_groups));
        assert_eq!(failure_groups.name(), "failure_groups");
        assert_eq!(Action::by_name("failures"), None);
    }
}
