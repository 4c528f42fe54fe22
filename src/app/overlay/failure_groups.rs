//! The failure groups: failed jobs grouped by their message, with what
//! distinguishes each group. The groups are computed in
//! `rollout::failure_groups`.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::{Action, Copied, OverlayKind};
use crate::app::jobs::{Jobs, Row};
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Change, Hint, Outcome, OverlayPart};
use crate::hotglue::Text;
use crate::rollout::{FailureGroup, failure_groups};

/// The failure groups, one of them selected.
#[derive(Debug, Clone)]
pub struct FailureGroupList {
    /// The groups, the largest first.
    pub(crate) groups: Vec<FailureGroup>,
    /// The index of the selected group.
    pub(crate) selected: usize,
}

impl FailureGroupList {
    /// Groups the failed jobs. Takes time linear in the number of jobs, so the
    /// groups are computed when the list opens and when a job changes, not
    /// for each frame.
    pub(in crate::app) fn new(jobs: &Jobs) -> Self {
        Self {
            groups: failure_groups(jobs.all().filter_map(Row::facts)),
            selected: 0,
        }
    }
}

impl OverlayPart for FailureGroupList {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let selected = self.groups.get(self.selected);
        if key.code == KeyCode::Enter {
            return selected.map_or(Outcome::Close, |group| {
                Outcome::CloseAndRun(OverlayAction::ShowOnly {
                    label: group.example.clone(),
                    jobs: group.jobs.clone(),
                })
            });
        }
        if context.keymap.action(key) == Some(Action::Copy(Copied::Root)) {
            return selected.map_or(Outcome::Stay, |group| {
                let tenants: Vec<_> = group.tenants.iter().map(Text::as_str).collect();
                let plural = if tenants.len() == 1 { "" } else { "s" };
                Outcome::Run(OverlayAction::Copy {
                    text: tenants.join("\n"),
                    notice: format!("{} tenant{plural} copied", tenants.len()),
                })
            });
        }
        if menu::closes(context, key, OverlayKind::FailureGroups) {
            return Outcome::Close;
        }
        self.selected = menu::step(context, key, self.selected, self.groups.len());
        Outcome::Stay
    }

    /// Groups the jobs again; the selected group stays selected.
    fn on_change(&mut self, context: &Context, _change: Change) {
        let selected = self.groups.get(self.selected);
        let example = selected.map(|group| group.example.clone());
        self.groups = Self::new(context.jobs).groups;
        let same = self
            .groups
            .iter()
            .position(|group| Some(&group.example) == example.as_ref());
        let last = self.groups.len().saturating_sub(1);
        self.selected = same.unwrap_or(self.selected.min(last));
    }

    /// Selects the item; a second click does what enter does.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        if self.selected == index {
            return self.on_key(context, KeyCode::Enter.into());
        }
        self.selected = index;
        Outcome::Stay
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        [
            Some(Hint::fixed("enter", "show only these")),
            Hint::bound(context, &[Action::Copy(Copied::Root)], "copy tenants"),
            menu::move_hint(context, "choose"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
