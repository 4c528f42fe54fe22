//! The event log: every status change seen, the newest last.

use crossterm::event::KeyEvent;

use crate::app::input::OverlayKind;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The event log as it is scrolled.
#[derive(Debug, Clone, Default)]
pub struct EventsOverlay {
    /// The number of events between the last one shown and the newest.
    pub(crate) back: usize,
}

impl OverlayPart for EventsOverlay {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if menu::closes(context, key, OverlayKind::Events) {
            return Outcome::Close;
        }
        self.back = menu::step_back(context, key, self.back, context.events.len());
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
