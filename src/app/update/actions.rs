//! What each action does.

use tui_input::Input;

use crate::app::detail::{Detail, Search, Severity};
use crate::app::input::Action;
use crate::app::jobs::{GroupBy, Row, Show, Sort};
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Freeze, Model};
use crate::app::overlay::{ActionList, EditForm, FailureGroupList, Overlay};
use crate::config::ThemeName;
use crate::hotglue::State;
use crate::watch::Batch;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Down
        | Action::Up
        | Action::Top
        | Action::Bottom
        | Action::HalfPageDown
        | Action::HalfPageUp
        | Action::PageDown
        | Action::PageUp => motion(model, action),
        Action::NextFailure => next(model, true),
        Action::PreviousFailure => next(model, false),
        Action::Details
        | Action::Focus
        | Action::NextTab
        | Action::PreviousTab
        | Action::Zoom
        | Action::Reveal => pane(model, action),
        Action::Back => back(model),
        Action::Filter => start_typing(model),
        Action::ShowAll
        | Action::ShowRunning
        | Action::ShowFailed
        | Action::ShowCompleted
        | Action::ShowUnknown
        | Action::ShowChanged => show(model, action),
        Action::NextView => model.step_view(true),
        Action::PreviousView => model.step_view(false),
        Action::Sort => model.overlay = Some(Overlay::sort(model.jobs.sort())),
        Action::Reverse
        | Action::Group
        | Action::Fold
        | Action::Matrix
        | Action::FailureGroups
        | Action::Columns => arrange(model, action),
        Action::Discover => return model.open_discover(),
        Action::Snapshot => model.overlay = Some(Overlay::Snapshot(0)),
        Action::Mark => {
            model.jobs.toggle_mark();
            model.jobs.step(1);
        }
        Action::MarkAll => model.jobs.toggle_all_marks(),
        Action::PollNow => return poll_now(model),
        Action::PollAll => {
            model.notify(Severity::Plain, "asking about all jobs");
            return vec![Effect::PollAll];
        }
        Action::Pause => {
            model.paused = !model.paused;
            return vec![Effect::Pause(model.paused)];
        }
        Action::Freeze => return freeze(model),
        Action::Add => open_add(model, None),
        Action::Edit => match model.jobs.selected().map(EditForm::new) {
            Some(Some(form)) => model.overlay = Some(Overlay::Edit(Box::new(form))),
            Some(None) => model.notify(
                Severity::Plain,
                "a followed flow put it here; change the flow in the config file",
            ),
            None => {}
        },
        Action::Remove => {
            let targets = model.jobs.targets();
            if !targets.is_empty() {
                model.overlay = Some(Overlay::Remove(targets));
            }
        }
        Action::Undo => return model.undo(),
        Action::Save => return model.save_again(),
        Action::CopyRoot | Action::CopyMessage | Action::CopyCurl => return copying(model, action),
        Action::Events => model.overlay = Some(Overlay::Events(0)),
        Action::Theme => next_theme(model),
        Action::Palette => model.overlay = Some(Overlay::Palette(ActionList::new())),
        Action::Help => model.overlay = Some(Overlay::Help(ActionList::new())),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

/// How the table is laid out.
fn arrange(model: &mut Model, action: Action) {
    match action {
        Action::Reverse => {
            let sort = model.jobs.sort();
            model.jobs.set_sort(Sort {
                reversed: !sort.reversed,
                ..sort
            });
        }
        Action::Group => {
            let by = model.jobs.cycle_groups();
            let words = match by {
                GroupBy::None => "not grouped".to_owned(),
                by => format!("grouped by {}; enter folds", by.name()),
            };
            model.notify(Severity::Plain, words);
        }
        Action::Fold if !model.jobs.fold() => {
            model.notify(Severity::Plain, "there are no groups to fold");
        }
        Action::Matrix => model.matrix = !model.matrix,
        Action::FailureGroups => {
            model.alerts.unseen.clear();
            model.overlay = Some(Overlay::FailureGroups(FailureGroupList::new(model, 0)));
        }
        Action::Columns => model.overlay = Some(Overlay::Columns(0)),
        _ => {}
    }
}

/// What goes to the clipboard, of the job or the marked ones.
fn copying(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::CopyRoot => copy(model, "job_root", |_, row| {
            Some(row.address()?.job_root.to_string())
        }),
        Action::CopyMessage => copy(model, "message", |_, row| {
            Some(row.job()?.message.as_ref()?.to_string())
        }),
        _ => copy(model, "curl command", curl),
    }
}

fn motion(model: &mut Model, action: Action) {
    let in_pane = model.detail.open && (model.detail.focused || model.detail.zoomed);
    let half = if in_pane {
        model.detail.half_page()
    } else {
        isize::try_from(model.jobs.window().len() / 2)
            .unwrap_or(1)
            .max(1)
    };
    let line = if in_pane || !model.matrix {
        1
    } else {
        isize::try_from(model.matrix_layout().columns).unwrap_or(1)
    };
    let by = match action {
        Action::Down => line,
        Action::Up => -line,
        Action::HalfPageDown => half,
        Action::HalfPageUp => -half,
        Action::PageDown => half * 2,
        Action::PageUp => -half * 2,
        Action::Top => isize::MIN / 2,
        _ => isize::MAX / 2,
    };
    if in_pane {
        model.detail.scroll_by(by);
    } else {
        model.jobs.step(by);
    }
}

/// The next failure; in the details, while something is looked for, the next
/// place where it stands.
fn next(model: &mut Model, forward: bool) {
    let detail = &mut model.detail;
    if detail.open && detail.focused && !detail.search.text.is_empty() {
        if !detail.seek(forward, false) {
            model.notify(Severity::Plain, "not found in this pane");
        }
        return;
    }
    let walk = &model.alerts.walk;
    let found = if walk.is_empty() {
        model.jobs.seek(forward, |row| {
            matches!(row.state(), State::Failed | State::Cancelled)
        })
    } else {
        model.jobs.seek(forward, |row| walk.contains(&row.key))
    };
    if !found {
        model.notify(Severity::Plain, "no failed job among those shown");
    }
}

fn pane(model: &mut Model, action: Action) {
    if model.matrix && !model.detail.open {
        match action {
            Action::NextTab => return model.jobs.step(1),
            Action::PreviousTab => return model.jobs.step(-1),
            _ => {}
        }
    }
    if matches!(action, Action::Details) && model.jobs.is_on_head() {
        model.jobs.fold();
        return;
    }
    if model.jobs.selected().is_none() {
        return;
    }
    let detail = &mut model.detail;
    match action {
        Action::Details if !detail.open => detail.open = true,
        Action::Details => detail.focused = !detail.focused,
        Action::Focus => {
            detail.focused = !detail.open || !detail.focused;
            detail.open = true;
        }
        Action::Zoom => {
            detail.zoomed = !detail.open || !detail.zoomed;
            detail.open = true;
            detail.focused = detail.zoomed;
        }
        Action::NextTab if detail.open => detail.turn(true),
        Action::PreviousTab if detail.open => detail.turn(false),
        Action::Reveal if detail.open => detail.revealed = !detail.revealed,
        _ => {}
    }
}

/// Opens the form that adds jobs, on what was pasted.
pub(super) fn open_add(model: &mut Model, pasted: Option<&str>) {
    if model.environments.is_empty() {
        match model.source {
            ConfigSource::NoFile(_) => model.open_setup(),
            _ => model.notify(
                Severity::Warning,
                "the config file names no environment yet: see hgtop config edit",
            ),
        }
        return;
    }
    model.overlay = Some(Overlay::Add(Box::new(model.add_form(pasted))));
}

/// Closes or clears one thing at a time, what is nearest first.
fn back(model: &mut Model) {
    if model.detail.open {
        if model.detail.search.text.is_empty() {
            let tab = model.detail.tab;
            model.detail = Detail::default();
            model.detail.tab = tab;
        } else {
            model.detail.search = Search::default();
        }
    } else if model.notice.take().is_some() || model.jobs.clear_marks() {
    } else if model.matrix {
        model.matrix = false;
    } else if !model.alerts.walk.is_empty() {
        model.alerts.walk.clear();
    } else {
        model.clear_filter();
    }
}

fn start_typing(model: &mut Model) {
    if model.detail.open && model.detail.focused {
        model.detail.search.input = Some(Input::default());
    } else {
        model.filter_input = Some(Input::new(model.jobs.filter().text().to_owned()));
    }
}

fn show(model: &mut Model, action: Action) {
    let show = match action {
        Action::ShowRunning => Show::Running,
        Action::ShowFailed => Show::Failed,
        Action::ShowCompleted => Show::Completed,
        Action::ShowUnknown => Show::Unknown,
        Action::ShowChanged => Show::Changed,
        _ => Show::All,
    };
    // The same key again goes back to all.
    let show = if model.jobs.show() == show {
        Show::All
    } else {
        show
    };
    model.jobs.set_show(show);
}

fn poll_now(model: &mut Model) -> Vec<Effect> {
    let targets = model.jobs.targets();
    match targets.len() {
        0 => return Vec::new(),
        1 => model.notify(Severity::Plain, "asking about this job"),
        count => model.notify(Severity::Plain, format!("asking about {count} marked jobs")),
    }
    vec![Effect::PollNow(targets)]
}

fn freeze(model: &mut Model) -> Vec<Effect> {
    match model.freeze.take() {
        Some(freeze) => return super::apply(model, freeze.held),
        None => {
            model.freeze = Some(Freeze {
                at: model.now,
                held: Batch::default(),
            });
        }
    }
    Vec::new()
}

fn copy(
    model: &mut Model,
    what: &str,
    text: impl Fn(&Model, &Row) -> Option<String>,
) -> Vec<Effect> {
    let targets = model.jobs.targets();
    let texts: Vec<_> = targets
        .iter()
        .filter_map(|key| text(model, model.jobs.get(*key)?))
        .collect();
    match texts.len() {
        0 => {
            model.notify(Severity::Warning, format!("there is no {what} to copy"));
            return Vec::new();
        }
        1 => model.notify(Severity::Plain, format!("{what} copied")),
        count => model.notify(Severity::Plain, format!("{what} of {count} jobs copied")),
    }
    vec![Effect::Copy(texts.join("\n"))]
}

/// The poll as a shell command; the key stays where it is.
fn curl(model: &Model, row: &Row) -> Option<String> {
    let environment = model.environments.get(row.environment)?;
    let url = environment
        .config
        .base_url
        .status_url(environment.env_id(), row.address()?);
    // A quote in an id is the one character that could end the quoting.
    let url = url.replace('\'', "%27");
    Some(format!(
        "curl -sS -H \"x-api-key: $HOTGLUE_API_KEY\" '{url}'"
    ))
}

fn next_theme(model: &mut Model) {
    let (theme, name) = match model.settings.appearance().theme {
        ThemeName::Auto => (ThemeName::Dark, "dark"),
        ThemeName::Dark => (ThemeName::Light, "light"),
        ThemeName::Light => (ThemeName::HighContrast, "high-contrast"),
        ThemeName::HighContrast => (ThemeName::Mono, "mono"),
        ThemeName::Mono => (ThemeName::Auto, "auto"),
    };
    model.settings.choose_theme(theme);
    model.notify(Severity::Plain, format!("theme {name}"));
}

impl Model {
    /// Shows all jobs again.
    pub(in crate::app) fn clear_filter(&mut self) {
        self.view = None;
        self.jobs.show_all();
        self.jobs.set_filter("");
        self.jobs.set_show(Show::All);
    }

    /// Goes to the next or the previous saved filter; before the first there
    /// is the unfiltered table.
    pub(in crate::app) fn step_view(&mut self, forward: bool) {
        let count = self.views.len() + 1;
        let now = self.view.map_or(0, |view| view + 1);
        let next = if forward { now + 1 } else { now + count - 1 } % count;
        self.view = next.checked_sub(1);
        let filter = self
            .view
            .map_or(String::new(), |view| self.views[view].filter.clone());
        self.jobs.set_filter(&filter);
    }
}
