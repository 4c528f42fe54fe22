//! The confirmation before jobs are removed from the list.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::{Action, OverlayKind};
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::count_guard::CountGuard;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::watch::JobId;

/// The confirmation before jobs are removed.
#[derive(Debug, Clone)]
pub struct RemovePrompt {
    /// The jobs to remove.
    pub(crate) jobs: Vec<JobId>,
    /// The guard.
    pub(crate) guard: CountGuard,
}

impl OverlayPart for RemovePrompt {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if self.guard.is_typing() {
            return if key.code == KeyCode::Esc {
                Outcome::Close
            } else if self.guard.confirms(key) {
                self.confirm()
            } else {
                Outcome::Stay
            };
        }
        let again = context.keymap.action(key) == Some(Action::Open(OverlayKind::Remove));
        match key.code {
            _ if again || self.guard.confirms(key) => self.confirm(),
            KeyCode::Char('n') => Outcome::Close,
            _ if menu::closes(context, key, OverlayKind::Remove) => Outcome::Close,
            _ => Outcome::Stay,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let keep = Hint::bound(context, &[Action::Back], "cancel");
        vec![
            Hint::fixed("enter", "remove"),
            keep.unwrap_or_else(|| Hint::fixed("esc", "cancel")),
        ]
    }
}

impl RemovePrompt {
    /// The confirmation before these jobs are removed.
    pub(in crate::app) fn new(jobs: Vec<JobId>) -> Self {
        let guard = CountGuard::new(jobs.len());
        Self { jobs, guard }
    }

    fn confirm(&mut self) -> Outcome {
        let jobs = std::mem::take(&mut self.jobs);
        Outcome::CloseAndRun(OverlayAction::RemoveJobs(jobs))
    }
}
