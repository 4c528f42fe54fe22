//! What menus have in common: moving through their lines and leaving them,
//! with the keys that are bound to these actions.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::{Action, Motion, OverlayKind};
use crate::app::overlay::context::Context;
use crate::app::overlay::part::Hint;

const HALF_PAGE: usize = 5;
const PAGE: usize = 10;

/// Whether a key closes a menu: escape, and what is bound to going back, to
/// quitting, or to opening this menu.
pub(in crate::app) fn closes(context: &Context, key: KeyEvent, menu: OverlayKind) -> bool {
    key.code == KeyCode::Esc
        || context.keymap.action(key).is_some_and(|action| {
            matches!(action, Action::Back | Action::Quit) || action == Action::Open(menu)
        })
}

/// The index that a key moves to among this many lines.
pub(in crate::app) fn step(context: &Context, key: KeyEvent, index: usize, lines: usize) -> usize {
    let last = lines.saturating_sub(1);
    let Some(Action::Move(motion)) = context.keymap.action(key) else {
        return index.min(last);
    };
    let index = match motion {
        Motion::Down => index + 1,
        Motion::Up => index.saturating_sub(1),
        Motion::Top => 0,
        Motion::Bottom => last,
        Motion::HalfPageDown => index + HALF_PAGE,
        Motion::HalfPageUp => index.saturating_sub(HALF_PAGE),
        Motion::PageDown => index + PAGE,
        Motion::PageUp => index.saturating_sub(PAGE),
    };
    index.min(last)
}

/// The distance from the end that a key moves to in a text of this many lines,
/// whose newest line is the last.
pub(in crate::app) fn step_back(
    context: &Context,
    key: KeyEvent,
    back: usize,
    lines: usize,
) -> usize {
    let last = lines.saturating_sub(1);
    let half = usize::from(context.size.height / 2);
    let Some(Action::Move(motion)) = context.keymap.action(key) else {
        return back.min(last);
    };
    let back = match motion {
        Motion::Up => back + 1,
        Motion::Down => back.saturating_sub(1),
        Motion::HalfPageUp => back + half,
        Motion::HalfPageDown => back.saturating_sub(half),
        Motion::PageUp => back + half * 2,
        Motion::PageDown => back.saturating_sub(half * 2),
        Motion::Top => last,
        Motion::Bottom => 0,
    };
    back.min(last)
}

/// The hint for moving through the lines.
pub(in crate::app) fn move_hint(context: &Context, label: &'static str) -> Option<Hint> {
    let motions = [Action::Move(Motion::Down), Action::Move(Motion::Up)];
    Hint::bound(context, &motions, label)
}

/// The hint for closing the menu.
pub(in crate::app) fn close_hint(context: &Context) -> Hint {
    Hint::bound(context, &[Action::Back], "close").unwrap_or_else(|| Hint::fixed("esc", "close"))
}
