//! Key presses in what is browsed: the environment, the families of failures,
//! the snapshot's menu.

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;

use crate::app::detail::Severity;
use crate::app::input::{Action, Copied, Motion, OverlayKind};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Discover, FailureGroupList, Overlay, SnapshotChoice};

pub(super) fn in_discover(
    model: &mut Model,
    mut browser: Discover,
    event: KeyEvent,
) -> Vec<Effect> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let last = browser.places.len().saturating_sub(1);
    match event.code {
        KeyCode::Enter => return model.discover_enter(browser),
        KeyCode::Char('f') if control => return model.discover_follow(browser),
        KeyCode::Esc => return model.discover_back(browser),
        KeyCode::Left if browser.input.value().is_empty() => return model.discover_back(browser),
        KeyCode::Down => browser.at = (browser.at + 1).min(last),
        KeyCode::Up => browser.at = browser.at.saturating_sub(1),
        KeyCode::PageDown => browser.at = (browser.at + 10).min(last),
        KeyCode::PageUp => browser.at = browser.at.saturating_sub(10),
        KeyCode::Tab => {
            if let Some(place) = browser.places.get(browser.at).copied() {
                if !browser.marks.remove(&place) {
                    browser.marks.insert(place);
                }
                browser.at = (browser.at + 1).min(last);
            }
        }
        _ => {
            let before = browser.input.value().to_owned();
            browser.input.handle_event(&TerminalEvent::Key(event));
            if browser.input.value() != before {
                browser.at = 0;
                browser.narrow(model);
            }
        }
    }
    model.keep_browser(browser);
    Vec::new()
}

pub(super) fn in_failure_groups(
    model: &mut Model,
    mut list: FailureGroupList,
    event: KeyEvent,
    bound: Option<Action>,
) -> Vec<Effect> {
    let last = list.failure_groups.len().saturating_sub(1);
    match (event.code, bound) {
        (KeyCode::Enter, _) => {
            if let Some(group) = list.failure_groups.get(list.at) {
                model.jobs.show_only(&group.example, &group.jobs);
            }
            return Vec::new();
        }
        (_, Some(Action::Copy(Copied::Root))) => {
            let Some(group) = list.failure_groups.get(list.at) else {
                return Vec::new();
            };
            let tenants: Vec<String> = group.tenants.iter().map(ToString::to_string).collect();
            let words = format!("{} tenants copied", tenants.len());
            model.overlay = Some(Overlay::FailureGroups(list));
            model.notify(Severity::Plain, words);
            return vec![Effect::Copy(tenants.join("\n"))];
        }
        (_, Some(Action::Back | Action::Open(OverlayKind::FailureGroups) | Action::Quit)) => {
            return Vec::new();
        }
        (_, Some(Action::Move(Motion::Down))) => list.at = (list.at + 1).min(last),
        (_, Some(Action::Move(Motion::Up))) => list.at = list.at.saturating_sub(1),
        (_, Some(Action::Move(Motion::Top))) => list.at = 0,
        (_, Some(Action::Move(Motion::Bottom))) => list.at = last,
        _ => {}
    }
    model.overlay = Some(Overlay::FailureGroups(list));
    Vec::new()
}

pub(super) fn in_snapshot(
    model: &mut Model,
    at: usize,
    event: KeyEvent,
    bound: Option<Action>,
) -> Vec<Effect> {
    let last = SnapshotChoice::ALL.len() - 1;
    let at = match (event.code, bound) {
        (KeyCode::Enter, _) => return model.take_snapshot(SnapshotChoice::ALL[at.min(last)]),
        (_, Some(Action::Back | Action::Open(OverlayKind::Snapshot) | Action::Quit)) => {
            return Vec::new();
        }
        (_, bound) => super::typing::step_in_menu(at, last, bound),
    };
    model.overlay = Some(Overlay::Snapshot(at));
    Vec::new()
}
