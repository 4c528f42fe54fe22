//! What is where on a screen that was drawn, so that a click acts on what the
//! user saw.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::app::{ClickTarget, Message, Pane};

/// Lines that one step of the wheel scrolls.
const WHEEL_LINES: isize = 3;

/// The areas of a drawn screen that the mouse acts on.
#[derive(Debug, Clone, Default)]
pub struct ScreenMap {
    targets: Vec<(Rect, ClickTarget)>,
    panes: Vec<(Rect, Pane)>,
}

impl ScreenMap {
    /// Makes room for a number of targets that will be added.
    pub(in crate::ui) fn reserve(&mut self, targets: usize) {
        self.targets.reserve(targets);
    }

    /// Notes that a click in `area` is for `target`; the area noted last wins.
    pub(in crate::ui) fn add(&mut self, area: Rect, target: ClickTarget) {
        self.targets.push((area, target));
    }

    /// Notes that the wheel over `area` scrolls `pane`.
    pub(in crate::ui) fn add_pane(&mut self, area: Rect, pane: Pane) {
        self.panes.push((area, pane));
    }

    /// What a click at a position is for.
    pub fn target(&self, position: Position) -> Option<ClickTarget> {
        last_at(&self.targets, position)
    }

    /// The message for a mouse event; `None` where it acts on nothing.
    pub fn message(&self, event: MouseEvent) -> Option<Message> {
        let position = Position::new(event.column, event.row);
        let scroll =
            |lines| last_at(&self.panes, position).map(|pane| Message::Scroll(pane, lines));
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.target(position).map(Message::Click),
            MouseEventKind::ScrollDown => scroll(WHEEL_LINES),
            MouseEventKind::ScrollUp => scroll(-WHEEL_LINES),
            _ => None,
        }
    }
}

fn last_at<T: Copy>(areas: &[(Rect, T)], position: Position) -> Option<T> {
    let found = areas.iter().rev().find(|(area, _)| area.contains(position));
    found.map(|(_, item)| *item)
}
