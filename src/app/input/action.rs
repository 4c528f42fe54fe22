//! Everything a person can do, as one list: the key map, the command palette,
//! the help screen and the names in `[keys]` all come from it.

/// Something a person can do on the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "each is described by `Action::words`, which the help shows"
)]
pub enum Action {
    Down,
    Up,
    Top,
    Bottom,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    NextFailure,
    PreviousFailure,
    Details,
    Focus,
    NextTab,
    PreviousTab,
    Zoom,
    Reveal,
    Back,
    Filter,
    ShowAll,
    ShowRunning,
    ShowFailed,
    ShowCompleted,
    ShowUnknown,
    ShowChanged,
    NextView,
    PreviousView,
    Sort,
    Reverse,
    Group,
    Fold,
    Columns,
    Matrix,
    FailureGroups,
    Mark,
    MarkAll,
    PollNow,
    PollAll,
    Pause,
    Freeze,
    Discover,
    Snapshot,
    Add,
    Edit,
    Remove,
    Undo,
    Save,
    CopyRoot,
    CopyMessage,
    CopyCurl,
    Events,
    Theme,
    Palette,
    Help,
    Suspend,
    Quit,
}

/// Where an action stands on the help screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Moving about.
    Move,
    /// What the table shows.
    Table,
    /// The pane with one job's details.
    Job,
    /// Asking the service.
    Poll,
    /// The rest.
    General,
}

impl Group {
    /// Every group, in the order of the help screen.
    pub const ALL: [Self; 5] = [
        Self::Move,
        Self::Table,
        Self::Job,
        Self::Poll,
        Self::General,
    ];

    /// Its heading.
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

/// What belongs to an action, a line each.
struct Entry {
    action: Action,
    group: Group,
    /// Its name in `[keys]`.
    name: &'static str,
    /// What it does, for the help and the palette.
    words: &'static str,
    /// The keys it has unless they are bound otherwise.
    keys: &'static [&'static str],
}

const fn entry(
    action: Action,
    group: Group,
    name: &'static str,
    words: &'static str,
    keys: &'static [&'static str],
) -> Entry {
    Entry {
        action,
        group,
        name,
        words,
        keys,
    }
}

#[rustfmt::skip]
const TABLE: &[Entry] = &[
    entry(Action::Down, Group::Move, "down", "next job, or scroll down", &["j", "down"]),
    entry(Action::Up, Group::Move, "up", "previous job, or scroll up", &["k", "up"]),
    entry(Action::Top, Group::Move, "top", "first job, or top of the text", &["g", "home"]),
    entry(Action::Bottom, Group::Move, "bottom", "last job, or end of the text", &["G", "end"]),
    entry(Action::HalfPageDown, Group::Move, "half_page_down", "half a page down", &["ctrl-d"]),
    entry(Action::HalfPageUp, Group::Move, "half_page_up", "half a page up", &["ctrl-u"]),
    entry(Action::PageDown, Group::Move, "page_down", "a page down", &["pgdn"]),
    entry(Action::PageUp, Group::Move, "page_up", "a page up", &["pgup"]),
    entry(Action::NextFailure, Group::Move, "next_failure", "next failed job", &["n"]),
    entry(Action::PreviousFailure, Group::Move, "previous_failure", "previous failed job", &["N"]),
    entry(Action::Filter, Group::Table, "filter", "filter the table; in the details: find text", &["/"]),
    entry(Action::ShowAll, Group::Table, "show_all", "show all jobs", &["1"]),
    entry(Action::ShowRunning, Group::Table, "show_running", "show running and queued jobs", &["2"]),
    entry(Action::ShowFailed, Group::Table, "show_failed", "show failed and cancelled jobs", &["3"]),
    entry(Action::ShowCompleted, Group::Table, "show_completed", "show completed jobs", &["4"]),
    entry(Action::ShowUnknown, Group::Table, "show_unknown", "show jobs of unknown state", &["5"]),
    entry(Action::ShowChanged, Group::Table, "show_changed", "show jobs that changed since the start", &["6"]),
    entry(Action::NextView, Group::Table, "next_view", "next saved filter", &["]"]),
    entry(Action::PreviousView, Group::Table, "previous_view", "previous saved filter", &["["]),
    entry(Action::Sort, Group::Table, "sort", "choose the column to sort by", &["s"]),
    entry(Action::Reverse, Group::Table, "reverse", "reverse the order", &["o", "S"]),
    entry(Action::Group, Group::Table, "group", "group by tenant, flow, tag, environment, status", &["b"]),
    entry(Action::Fold, Group::Table, "fold", "fold the group, or unfold it", &["-"]),
    entry(Action::Columns, Group::Table, "columns", "choose and order the columns", &["C"]),
    entry(Action::Matrix, Group::Table, "matrix", "all jobs on one screen, a few cells each", &["M"]),
    entry(Action::FailureGroups, Group::Table, "families", "failures by cause", &["F"]),
    entry(Action::Mark, Group::Table, "mark", "mark the job and go on", &["space"]),
    entry(Action::MarkAll, Group::Table, "mark_all", "mark all jobs shown, or none", &["*"]),
    entry(Action::Details, Group::Job, "details", "open the details of the job", &["enter"]),
    entry(Action::Focus, Group::Job, "focus", "go between table and details", &["tab"]),
    entry(Action::NextTab, Group::Job, "next_tab", "next tab of the details", &["right", "l"]),
    entry(Action::PreviousTab, Group::Job, "previous_tab", "previous tab of the details", &["left", "h"]),
    entry(Action::Zoom, Group::Job, "zoom", "details on the whole screen", &["z"]),
    entry(Action::Reveal, Group::Job, "reveal", "show fields that may hold secrets", &["x"]),
    entry(Action::Add, Group::Job, "add", "add jobs: paste whatever you have", &["a"]),
    entry(Action::Discover, Group::Job, "discover", "look what the environment has, and follow a flow", &["D"]),
    entry(Action::Snapshot, Group::General, "snapshot", "copy or write what is shown", &["w"]),
    entry(Action::Edit, Group::Job, "edit", "change name, tags, interval", &["e"]),
    entry(Action::Remove, Group::Job, "remove", "remove the job, or the marked ones", &["d"]),
    entry(Action::Undo, Group::Job, "undo", "undo the last add, edit or removal", &["u"]),
    entry(Action::Save, Group::Job, "save", "save again what could not be saved", &["ctrl-s"]),
    entry(Action::CopyRoot, Group::Job, "copy_root", "copy the job_root (of all marked jobs)", &["y"]),
    entry(Action::CopyMessage, Group::Job, "copy_message", "copy the message", &["Y"]),
    entry(Action::CopyCurl, Group::Job, "copy_curl", "copy the poll as a curl command, without the key", &["c"]),
    entry(Action::PollNow, Group::Poll, "poll_now", "ask about this job (or the marked ones) now", &["r"]),
    entry(Action::PollAll, Group::Poll, "poll_all", "ask about all jobs now", &["R"]),
    entry(Action::Pause, Group::Poll, "pause", "stop polling, or go on", &["p"]),
    entry(Action::Freeze, Group::Poll, "freeze", "freeze the picture while polling goes on", &["f"]),
    entry(Action::Back, Group::General, "back", "close what is open, clear the filter", &["esc"]),
    entry(Action::Events, Group::General, "events", "every change of status seen", &["L"]),
    entry(Action::Theme, Group::General, "theme", "next color theme", &["t"]),
    entry(Action::Palette, Group::General, "palette", "find an action by name", &[":"]),
    entry(Action::Help, Group::General, "help", "this help", &["?", "f1"]),
    entry(Action::Suspend, Group::General, "suspend", "back to the shell; fg returns", &["ctrl-z"]),
    entry(Action::Quit, Group::General, "quit", "quit", &["q", "ctrl-c"]),
];

impl Action {
    /// Every action, in the order of the help screen.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.action)
    }

    fn entry(self) -> &'static Entry {
        // Every action has its line: a test holds it.
        TABLE
            .iter()
            .find(|entry| entry.action == self)
            .unwrap_or(&TABLE[0])
    }

    /// Its heading on the help screen.
    pub fn group(self) -> Group {
        self.entry().group
    }

    /// Its name in `[keys]` and in the palette.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it does.
    pub fn words(self) -> &'static str {
        self.entry().words
    }

    /// The keys it has unless they are bound otherwise.
    pub fn default_keys(self) -> &'static [&'static str] {
        self.entry().keys
    }

    /// The action of a name in `[keys]`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_a_line_of_its_own() {
        // `Quit` is the last variant, so its number is the number of the others.
        assert_eq!(TABLE.len(), Action::Quit as usize + 1);
        let actions: HashSet<_> = Action::all().collect();
        assert_eq!(actions.len(), TABLE.len());
    }

    #[test]
    fn names_and_keys_are_unique() {
        let names: HashSet<_> = Action::all().map(Action::name).collect();
        assert_eq!(names.len(), TABLE.len());
        let keys: Vec<_> = Action::all().flat_map(Action::default_keys).collect();
        let unique: HashSet<_> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len());
        for action in Action::all() {
            assert!(!action.default_keys().is_empty());
        }
    }
}
