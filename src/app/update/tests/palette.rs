//! What the palette finds.

use super::*;
use crate::app::input::{Action, KeyMap, Motion, OverlayKind, Polling};
use crate::app::jobs::Show;
use crate::app::overlay::{ListEntry, Overlay};

fn first(model: &mut Model, typed: &str) -> Option<ListEntry> {
    press(model, KeyCode::Char(':'));
    paste(model, typed);
    let Some(Overlay::Palette(palette)) = model.overlay.take() else {
        panic!("the palette is not open");
    };
    palette.list.entries.first().copied()
}

#[test]
fn exact_names_and_keys_come_before_prefixes_and_letters() {
    let mut model = model();
    for (typed, expected) in [
        ("q", Action::Quit),
        ("quit", Action::Quit),
        ("qui", Action::Quit),
        ("G", Action::Move(Motion::Bottom)),
        ("g", Action::Move(Motion::Top)),
        ("up", Action::Move(Motion::Up)),
        ("2", Action::Show(Show::Running)),
        ("show f", Action::Show(Show::Failed)),
        ("families", Action::Open(OverlayKind::FailureGroups)),
        ("Poll_All", Action::Poll(Polling::All)),
        ("ctrl-z", Action::Suspend),
    ] {
        let found = first(&mut model, typed);
        assert_eq!(found, Some(ListEntry::Action(expected)), "{typed}");
    }
    assert_eq!(first(&mut model, "zzzz"), None);
}

#[test]
fn palette_opens_on_what_is_useful_here() {
    let mut model = model();
    assert_eq!(
        first(&mut model, ""),
        Some(ListEntry::Action(Action::Open(OverlayKind::Add)))
    );
    press(&mut model, KeyCode::Char(' '));
    assert_eq!(first(&mut model, ""), Some(ListEntry::Action(Action::Back)));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Char('M'));
    press(&mut model, KeyCode::Char(':'));
    let Some(Overlay::Palette(palette)) = model.overlay.take() else {
        panic!("the palette is not open");
    };
    let actions = palette.list.entries.iter();
    let actions: Vec<_> = actions
        .filter_map(|entry| match entry {
            ListEntry::Action(action) => Some(*action),
            ListEntry::Command(_)
            | ListEntry::View(_)
            | ListEntry::Group(_)
            | ListEntry::SaveView => None,
        })
        .collect();
    assert_eq!(actions[1], Action::Move(Motion::Down));
    let all: Vec<_> = Action::all().collect();
    assert_eq!(actions.len(), all.len(), "each action once");
    assert!(all.iter().all(|action| actions.contains(action)));
}

#[test]
fn keys_are_those_of_the_key_map() {
    let mut model = model();
    let keys = ["Q".to_owned()];
    model.keymap = KeyMap::rebind([("quit", &keys[..])]).unwrap();
    let quit = Some(ListEntry::Action(Action::Quit));
    assert_eq!(first(&mut model, "Q"), quit);
    assert_ne!(first(&mut model, "f9"), quit);
}
