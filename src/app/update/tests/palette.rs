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
fn keys_are_those_of_the_key_map() {
    let mut model = model();
    let keys = ["Q".to_owned()];
    model.keymap = KeyMap::rebind([("quit", &keys[..])]).unwrap();
    let quit = Some(ListEntry::Action(Action::Quit));
    assert_eq!(first(&mut model, "Q"), quit);
    assert_ne!(first(&mut model, "f9"), quit);
}
