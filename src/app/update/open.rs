//! Opening an overlay.

use crate::app::detail::Severity;
use crate::app::input::OverlayKind;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Model};
use crate::app::overlay::{
    AddForm, ColumnsMenu, CommandPane, Context, Discover, EditForm, EventsOverlay,
    FailureGroupList, Help, ListRequest, Palette, Pulse, RemovePrompt, ReportForm, SnapshotMenu,
    SortMenu,
};
use crate::app::update::rollouts::comparison;
use crate::app::useful_actions::UsefulActions;
use crate::watch::EnvironmentId;

/// Opens an overlay.
pub(super) fn open(model: &mut Model, kind: OverlayKind) -> Vec<Effect> {
    model.overlay = Some(match kind {
        OverlayKind::Add => {
            open_add(model, None);
            return Vec::new();
        }
        OverlayKind::Discover => return open_discover(model),
        OverlayKind::Edit => match model.jobs.selected().map(EditForm::new) {
            Some(Some(form)) => form.into(),
            Some(None) => {
                let text = "this job belongs to a followed flow; edit the flow in the config file";
                model.notify(Severity::Plain, text);
                return Vec::new();
            }
            None => return Vec::new(),
        },
        OverlayKind::Remove => {
            let jobs = model.jobs.targets();
            if jobs.is_empty() {
                return Vec::new();
            }
            RemovePrompt::new(jobs).into()
        }
        OverlayKind::FailureGroups => {
            model.alerts.mark_all_seen();
            FailureGroupList::new(&model.jobs).into()
        }
        OverlayKind::Pulse => Pulse.into(),
        OverlayKind::Comparison => return comparison::open(model),
        OverlayKind::Sort => SortMenu::new(model.jobs.table().settings().sort).into(),
        OverlayKind::Columns => ColumnsMenu::default().into(),
        OverlayKind::Snapshot => SnapshotMenu::default().into(),
        OverlayKind::Report => {
            let Some(form) = report_form(model) else {
                let text = "this job belongs to no followed flow, so there is no rollout to report";
                model.notify(Severity::Plain, text);
                return Vec::new();
            };
            form.into()
        }
        OverlayKind::Events => EventsOverlay::default().into(),
        OverlayKind::Output => {
            let Some(run) = model.command_runs.newest() else {
                model.notify(Severity::Plain, "no custom command has run");
                return Vec::new();
            };
            CommandPane::new(run.number).into()
        }
        OverlayKind::Palette => Palette::new(&model.overlay_context()).into(),
        OverlayKind::Help => Help::new(&model.overlay_context()).into(),
    });
    Vec::new()
}

/// The form for the report of the selected row's rollout.
fn report_form(model: &Model) -> Option<ReportForm> {
    let id = model.reported_follow()?;
    let (_, followed) = model.follows.iter().find(|(known, _)| *known == id)?;
    let name = followed.flow.name.clone();
    Some(ReportForm::new(id, name, model.now, &model.zone))
}

/// Opens the form that adds jobs, on pasted text or empty; the first-run form
/// if no environment is configured yet.
pub(super) fn open_add(model: &mut Model, pasted: Option<&str>) {
    if !model.environments.is_empty() {
        let form = AddForm::new(&model.overlay_context(), pasted);
        model.overlay = Some(form.into());
        return;
    }
    match model.source {
        ConfigSource::NoFile(_) => model.open_setup(),
        ConfigSource::File(_) | ConfigSource::Demo | ConfigSource::Replay => model.notify(
            Severity::Warning,
            "the config file has no environment; add one with hgtop config edit",
        ),
    }
}

fn open_discover(model: &mut Model) -> Vec<Effect> {
    let Some((browser, request)) =
        Discover::open(&model.overlay_context(), model.closed_browser.clone())
    else {
        model.notify(Severity::Warning, "no environment is configured");
        return Vec::new();
    };
    let environment = browser.environment;
    model.overlay = Some(browser.into());
    request.map_or_else(Vec::new, |request| list(model, environment, request))
}

/// Requests a list. The answer to an earlier request will be ignored.
pub(super) fn list(
    model: &mut Model,
    environment: EnvironmentId,
    request: ListRequest,
) -> Vec<Effect> {
    model.next_list += 1;
    vec![Effect::List(model.next_list, environment, request)]
}

impl Model {
    /// The actions that are most useful on the table or in the detail pane.
    pub(crate) fn useful_actions(&self) -> UsefulActions {
        if self.detail.open && self.detail.focused {
            UsefulActions::PANE
        } else if self.jobs.selection().marked_count() > 0 && !self.matrix {
            UsefulActions::MARKED
        } else if self.detail.open {
            UsefulActions::BESIDE_PANE
        } else if self.jobs.counts().total() == 0 {
            UsefulActions::EMPTY
        } else if self.matrix {
            UsefulActions::MATRIX
        } else if self.paused {
            UsefulActions::PAUSED
        } else {
            UsefulActions::TABLE
        }
    }

    /// The parts of the model that overlays may read.
    pub(crate) fn overlay_context(&self) -> Context<'_> {
        Context {
            now: self.now,
            size: self.size,
            useful: self.useful_actions(),
            keymap: &self.keymap,
            jobs: &self.jobs,
            environments: &self.environments,
            events: &self.events,
            commands: &self.commands,
            command_runs: &self.command_runs,
            views: &self.views,
        }
    }
}
