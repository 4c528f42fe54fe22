//! The pulse: the rollout over time on one screen. What it shows is kept by the
//! model as jobs change.

use crossterm::event::KeyEvent;

use crate::app::input::{Action, OverlayKind};
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The pulse.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pulse;

/// The overlays that open from the pulse.
const OPENED: [(OverlayKind, &str); 2] = [
    (OverlayKind::FailureGroups, "failure groups"),
    (OverlayKind::Events, "events"),
];

impl OverlayPart for Pulse {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if menu::closes(context, key, OverlayKind::Pulse) {
            return Outcome::Close;
        }
        let action = context.keymap.action(key);
        let mut opened = OPENED.into_iter().map(|(kind, _)| Action::Open(kind));
        match opened.find(|open| Some(*open) == action) {
            Some(open) => Outcome::CloseAndRun(OverlayAction::Act(open)),
            None => Outcome::Stay,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let opened = OPENED
            .into_iter()
            .filter_map(|(kind, label)| Hint::bound(context, &[Action::Open(kind)], label));
        std::iter::once(menu::close_hint(context))
            .chain(opened)
            .collect()
    }
}
