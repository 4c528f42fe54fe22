//! What each action does.

use crate::app::detail::{Detail, Search, Severity};
use crate::app::filter_input::FilterInput;
use crate::app::input::{
    Action, Arrangement, Copied, LineInput, Marking, Motion, OverlayKind, PaneAction, Polling, Step,
};
use crate::app::jobs::{GroupBy, Row, Show, Sort};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::update::open;
use crate::hotglue::State;

/// Runs an action and returns what is to be done outside the model.
pub(super) fn run(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.is_past() && action.changes_something() {
        model.notify_read_only();
        return Vec::new();
    }
    if acts_on_a_job(action) {
        model.jobs.hold_cursor();
    }
    match action {
        Action::Move(motion) => move_by(model, motion),
        Action::Failure(step) => go_to_failure(model, step),
        Action::Filter => start_typing(model),
        Action::Show(show) => show_only_state(model, show),
        Action::View(step) => model.step_view(step == Step::Next),
        Action::Open(overlay) => return open::open(model, overlay),
        Action::Arrange(arrangement) => arrange(model, arrangement),
        Action::Mark(marking) => mark(model, marking),
        Action::Pane(action) => change_pane(model, action),
        Action::Tab(step) => turn_tab(model, step),
        Action::StartRollout => return model.start_rollout(),
        Action::TimeTravel => return model.open_time_travel(),
        Action::Undo => return model.undo(),
        Action::Save => return model.save_again(),
        Action::OpenPage => return model.open_page(),
        Action::Copy(copied) => return copy(model, copied),
        Action::Poll(polling) => return poll(model, polling),
        Action::Back => back(model),
        Action::Theme => next_theme(model),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

/// Whether an action is for the selected job, which then stays selected.
fn acts_on_a_job(action: Action) -> bool {
    match action {
        Action::Mark(_)
        | Action::Pane(_)
        | Action::Tab(_)
        | Action::Copy(_)
        | Action::OpenPage
        | Action::StartRollout
        | Action::Poll(Polling::Jobs)
        | Action::Open(OverlayKind::Edit | OverlayKind::Remove) => true,
        Action::Move(_)
        | Action::Failure(_)
        | Action::Filter
        | Action::Show(_)
        | Action::View(_)
        | Action::Open(_)
        | Action::Arrange(_)
        | Action::TimeTravel
        | Action::Undo
        | Action::Save
        | Action::Poll(_)
        | Action::Back
        | Action::Theme
        | Action::Suspend
        | Action::Quit => false,
    }
}

fn arrange(model: &mut Model, arrangement: Arrangement) {
    match arrangement {
        Arrangement::Reverse => {
            let sort = model.jobs.table().settings().sort;
            model.jobs.set_sort(Sort {
                reversed: !sort.reversed,
                ..sort
            });
        }
        Arrangement::Group => {
            let text = match model.jobs.cycle_groups() {
                GroupBy::None => "not grouped".to_owned(),
                by => {
                    let key = model.keymap.keys(Action::Pane(PaneAction::Open)).first();
                    let key = key.map_or_else(String::new, |key| format!("; {key} folds"));
                    format!("grouped by {}{key}", by.name())
                }
            };
            model.notify(Severity::Plain, text);
        }
        Arrangement::Fold => {
            if !model.jobs.toggle_group() {
                model.notify(Severity::Plain, "no groups to fold");
            }
        }
        Arrangement::Matrix if model.matrix => leave_matrix(model),
        Arrangement::Matrix => {
            model.matrix = true;
            model.grouped_before_matrix = model.jobs.table().group_by();
            model.jobs.set_groups(GroupBy::Flow);
            // The strip describes the job under the cursor.
            if model.jobs.selection().is_on_group() {
                model.jobs.step(1);
            }
        }
    }
}

/// Shows the table as it was grouped before the matrix.
fn leave_matrix(model: &mut Model) {
    model.matrix = false;
    if model.jobs.table().group_by() == GroupBy::Flow {
        model.jobs.set_groups(model.grouped_before_matrix);
    }
}

fn move_by(model: &mut Model, motion: Motion) {
    let in_pane = model.detail.open && (model.detail.focused || model.detail.zoomed);
    let half = if in_pane {
        model.detail.half_page()
    } else {
        isize::try_from(model.jobs.window().len() / 2)
            .unwrap_or(1)
            .max(1)
    };
    let lines = match motion {
        Motion::Down => 1,
        Motion::Up => -1,
        Motion::HalfPageDown => half,
        Motion::HalfPageUp => -half,
        Motion::PageDown => half * 2,
        Motion::PageUp => -half * 2,
        Motion::Top => isize::MIN / 2,
        Motion::Bottom => isize::MAX / 2,
    };
    if in_pane {
        model.detail.scroll_by(lines);
    } else if model.matrix {
        let cursor = model.jobs.selection().cursor();
        model.jobs.go_to(model.matrix_layout().step(cursor, lines));
    } else {
        model.jobs.step(lines);
    }
}

/// Goes to the next or previous failure. While a text is searched for in the
/// focused detail pane, goes to its next or previous occurrence instead.
fn go_to_failure(model: &mut Model, step: Step) {
    let forward = step == Step::Next;
    let detail = &mut model.detail;
    if detail.open && detail.focused && !detail.search.text.is_empty() {
        if !detail.seek(forward, false) {
            model.notify(Severity::Plain, "not found in this tab");
        }
        return;
    }
    if forward {
        let newest = model.alerts.newest_failures();
        if let Some(id) = newest.into_iter().find(|id| model.jobs.is_shown(*id)) {
            model.jobs.select(id);
            return;
        }
    }
    let unseen = model.alerts.unseen();
    let found = if unseen.is_empty() {
        model.jobs.seek(forward, |row| {
            matches!(row.state(), State::Failed | State::Cancelled)
        })
    } else {
        model.jobs.seek(forward, |row| unseen.contains(&row.id))
    };
    if !found {
        model.notify(Severity::Plain, "no failed job among those shown");
    }
}

fn change_pane(model: &mut Model, action: PaneAction) {
    if action == PaneAction::Open && model.jobs.selection().is_on_group() {
        model.jobs.toggle_group();
        return;
    }
    if model.jobs.selected().is_none() {
        return;
    }
    let detail = &mut model.detail;
    match action {
        PaneAction::Open if !detail.open => detail.open = true,
        PaneAction::Open => detail.focused = !detail.focused,
        PaneAction::Focus => {
            detail.focused = !detail.open || !detail.focused;
            detail.open = true;
        }
        PaneAction::Zoom => {
            detail.zoomed = !detail.open || !detail.zoomed;
            detail.open = true;
            detail.focused = detail.zoomed;
        }
        PaneAction::Reveal => detail.revealed ^= detail.open,
    }
}

/// Turns to another tab of the pane; in the matrix, where there are none, the
/// same keys move the cursor sideways.
fn turn_tab(model: &mut Model, step: Step) {
    let forward = step == Step::Next;
    if model.detail.open {
        if model.jobs.selected().is_some() {
            model.detail.turn(forward);
        }
    } else if model.matrix {
        model.jobs.step(if forward { 1 } else { -1 });
    }
}

/// Changes marks. In the focused detail pane the keys that extend the marks
/// turn to the next or the previous job instead.
fn mark(model: &mut Model, marking: Marking) {
    let in_pane = model.detail.open && model.detail.focused;
    match marking {
        Marking::Job => {
            model.jobs.toggle_mark();
            model.jobs.step(1);
        }
        Marking::Range => model.jobs.toggle_range(),
        Marking::Down if in_pane => model.jobs.step(1),
        Marking::Up if in_pane => model.jobs.step(-1),
        Marking::Down => model.jobs.extend_range(1),
        Marking::Up => model.jobs.extend_range(-1),
        Marking::All => model.jobs.toggle_all_marks(),
    }
}

/// Closes or clears one thing at a time, the topmost first.
fn back(model: &mut Model) {
    if model.detail.open {
        if model.detail.search.text.is_empty() {
            let tab = model.detail.tab;
            model.detail = Detail::default();
            model.detail.tab = tab;
        } else {
            model.detail.search = Search::default();
        }
    } else if model.notice.take().is_some() || model.jobs.drop_range() || model.jobs.clear_marks() {
    } else if model.matrix {
        leave_matrix(model);
    } else if !model.alerts.clear_unseen() {
        model.clear_filter();
    }
}

fn start_typing(model: &mut Model) {
    if model.detail.open && model.detail.focused {
        model.detail.search.input = Some(LineInput::default());
    } else {
        let filter = model.jobs.table().settings().filter.text();
        model.filter_input = Some(FilterInput::new(filter));
    }
}

fn show_only_state(model: &mut Model, show: Show) {
    // The same key again shows all jobs.
    let show = if model.jobs.table().settings().show == show {
        Show::All
    } else {
        show
    };
    model.jobs.set_show(show);
}

fn poll(model: &mut Model, polling: Polling) -> Vec<Effect> {
    match polling {
        Polling::Jobs => {
            let targets = model.jobs.targets();
            match targets.len() {
                0 => return Vec::new(),
                1 => model.notify(Severity::Plain, "refreshing this job"),
                count => model.notify(Severity::Plain, format!("refreshing {count} jobs")),
            }
            vec![Effect::PollNow(targets)]
        }
        Polling::All => {
            model.notify(Severity::Plain, "refreshing all jobs");
            vec![Effect::PollAll]
        }
        Polling::Learn => model.learn(),
        Polling::Pause => {
            model.paused = !model.paused;
            vec![Effect::Pause(model.paused)]
        }
        Polling::Freeze => model.toggle_freeze(),
    }
}

/// Copies something about each selected or marked job.
fn copy(model: &mut Model, copied: Copied) -> Vec<Effect> {
    let text = |row: &Row| match copied {
        Copied::Root => Some(row.address()?.job_root.to_string()),
        Copied::Message => Some(row.job()?.message.as_ref()?.to_string()),
        Copied::Curl => curl(model, row),
    };
    let targets = model.jobs.targets();
    let texts: Vec<_> = targets
        .iter()
        .filter_map(|job| text(model.jobs.get(*job)?))
        .collect();
    let what = match copied {
        Copied::Root => "job_root",
        Copied::Message => "message",
        Copied::Curl => "curl command",
    };
    match texts.len() {
        0 => {
            model.notify(Severity::Warning, format!("no {what} to copy"));
            return Vec::new();
        }
        1 => model.notify(Severity::Plain, format!("{what} copied")),
        count => model.notify(Severity::Plain, format!("{what} of {count} jobs copied")),
    }
    vec![Effect::Copy(texts.join("\n"))]
}

/// The poll of a job as a shell command that reads the API key from a variable.
fn curl(model: &Model, row: &Row) -> Option<String> {
    let environment = model.environments.get(row.environment)?;
    let url = environment
        .config
        .base_url
        .status_url(environment.env_id(), row.address()?);
    // A single quote is the only character that could end the shell quoting.
    let url = url.replace('\'', "%27");
    Some(format!(
        "curl -sS -H \"x-api-key: $HOTGLUE_API_KEY\" '{url}'"
    ))
}

fn next_theme(model: &mut Model) {
    let theme = model.settings.appearance().theme.next();
    model.settings.choose_theme(theme);
    let name: &str = theme.into();
    model.notify(Severity::Plain, format!("theme {name}"));
}

impl Model {
    /// Shows all jobs again.
    pub(in crate::app) fn clear_filter(&mut self) {
        self.leave_view();
        self.jobs.show_all();
        self.jobs.clear_filter();
        self.jobs.set_show(Show::All);
    }
}
