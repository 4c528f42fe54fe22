//! The event log: every status change seen, the newest last.

use crossterm::event::KeyEvent;

use crate::app::input::{Action, Motion, OverlayKind};
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The event log as it is scrolled.
#[derive(Debug, Clone, Default)]
pub struct EventsOverlay {
    /// The number of events between the last one shown and the newest.
    pub back: usize,
}

impl OverlayPart for EventsOverlay {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if menu::closes(context, key, OverlayKind::Events) {
            return Outcome::Close;
        }
        let count = context.events.len();
        let half = usize::from(context.height / 2);
        if let Some(Action::Move(motion)) = context.keymap.action(key) {
            self.back = match motion {
                Motion::Up => self.back + 1,
                Motion::Down => self.back.saturating_sub(1),
                Motion::HalfPageUp => self.back + half,
                Motion::HalfPageDown => self.back.saturating_sub(half),
                Motion::PageUp => self.back + half * 2,
                Motion::PageDown => self.back.saturating_sub(half * 2),
                Motion::Top => count,
                Motion::Bottom => 0,
            };
        }
        self.back = self.back.min(count.saturating_sub(1));
        Outcome::Stay
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        [
            menu::move_hint(context, "scroll"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
