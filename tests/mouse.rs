//! The mouse: every click is resolved by the screen that was drawn.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hgtop::app::{Column, ConfigSource, Effect, GroupBy, Message, Model, Tab, update};
use hgtop::config::{self, Overrides};
use hgtop::watch::JobId;

mod scenes;

use scenes::screen::Screen;
use scenes::*;

const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

/// Applies a mouse event at a cell of the screen as it is drawn now.
fn mouse(model: &mut Model, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    let event = MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    match Screen::of(model).map.message(event) {
        Some(message) => update(model, now(), message),
        None => Vec::new(),
    }
}

/// Clicks on the first cell of the first occurrence of a text.
fn click(model: &mut Model, text: &str) -> Vec<Effect> {
    let place = Screen::of(model).position(text);
    mouse(model, CLICK, place)
}

#[test]
fn click_selects_a_job_and_a_double_click_opens_it() {
    let mut model = rollout(9, (120, 36));
    click(&mut model, "umbrella");
    assert_eq!(model.jobs.selected().unwrap().id, JobId(3));
    assert!(!model.detail.open);
    click(&mut model, "umbrella");
    assert!(model.detail.open);
}

#[test]
fn wheel_scrolls_the_pane_under_the_mouse() {
    let mut model = rollout(9, (120, 36));
    let job = Screen::of(&model).position("acme");
    mouse(&mut model, MouseEventKind::ScrollDown, job);
    assert_eq!(model.jobs.selection().cursor(), 3);
    mouse(&mut model, MouseEventKind::ScrollUp, job);
    assert_eq!(model.jobs.selection().cursor(), 0);
    press(&mut model, "enter right right");
    let pane = model.layout.detail.unwrap();
    mouse(
        &mut model,
        MouseEventKind::ScrollDown,
        (pane.x + 9, pane.y + 2),
    );
    assert_eq!(
        (model.detail.scroll, model.jobs.selection().cursor()),
        (3, 0)
    );
}

#[test]
fn click_on_a_heading_sorts_and_a_second_one_reverses() {
    let mut model = rollout(9, (120, 36));
    click(&mut model, "NAME");
    assert_eq!(
        model.jobs.table().settings().sort.column,
        Some(Column::Name)
    );
    assert!(!model.jobs.table().settings().sort.reversed);
    click(&mut model, "NAME");
    assert!(model.jobs.table().settings().sort.reversed);
    // The spaces beside a right-aligned heading belong to it.
    let (column, row) = Screen::of(&model).position("UPDATED");
    mouse(&mut model, CLICK, (column + 6, row));
    assert_eq!(
        model.jobs.table().settings().sort.column,
        Some(Column::Updated)
    );
}

#[test]
fn click_on_a_view_tab_shows_that_view() {
    let mut source = String::from("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    source.push_str("[[jobs]]\njob_root = \"acme/flows/f/jobs/1\"\n");
    for name in ["mine", "failing", "nightly"] {
        source.push_str(&format!(
            "[[views]]\nname = \"{name}\"\nfilter = \"{name}\"\n"
        ));
    }
    let config = config::parse(&source, Path::new("config.toml"), &Overrides::default()).unwrap();
    let mut model = model(config, ConfigSource::Demo, (120, 36));
    update(&mut model, now(), Message::Watched(answers(1)));
    for (name, view) in [
        ("nightly", Some(2)),
        ("mine", Some(0)),
        ("failing", Some(1)),
    ] {
        click(&mut model, name);
        assert_eq!(model.view, view, "{name}");
        assert_eq!(model.jobs.table().settings().filter.text(), name);
    }
    click(&mut model, "all");
    assert_eq!(
        (model.view, model.jobs.table().settings().filter.text()),
        (None, "")
    );
}

#[test]
fn click_on_a_detail_tab_shows_it_and_focuses_the_pane() {
    for size in [(120, 36), (200, 50)] {
        let mut model = rollout(9, size);
        press(&mut model, "enter");
        for tab in [Tab::Raw, Tab::Message, Tab::Details, Tab::Timeline] {
            click(&mut model, &format!(" {} ", tab.title()));
            assert_eq!(model.detail.tab, tab);
        }
        assert!(model.detail.focused);
        click(&mut model, "soylent");
        assert!(!model.detail.focused, "a click on a row leaves the pane");
    }
}

#[test]
fn click_on_a_hint_does_what_its_key_does() {
    let mut model = rollout(9, (120, 36));
    click(&mut model, "? help");
    assert!(Screen::of(&model).text().contains("╭ Help "));
    click(&mut model, "esc close");
    assert!(!Screen::of(&model).text().contains("╭ Help "));
    let effects = click(&mut model, "q quit");
    assert!(matches!(effects[..], [Effect::Quit]), "{effects:?}");
}

#[test]
fn click_folds_a_group() {
    let mut model = rollout(24, (120, 36));
    press(&mut model, "b");
    let lines = model.jobs.table().line_count();
    click(&mut model, "▾ ! stark");
    assert!(model.jobs.table().line_count() < lines);
}

#[test]
fn click_selects_a_job_of_the_matrix() {
    let mut model = rollout(24, (120, 36));
    press(&mut model, "M");
    click(&mut model, "tyrell");
    assert_eq!(model.jobs.selected().unwrap().tenant(), "tyrell");
}

#[test]
fn click_chooses_a_line_of_a_menu() {
    let mut model = rollout(9, (120, 36));
    press(&mut model, "s");
    click(&mut model, "ELAPSED   ");
    let sort = model.jobs.table().settings().sort;
    assert_eq!(sort.column, Some(Column::Elapsed));
    assert!(model.overlay.is_none(), "the menu closes");

    press(&mut model, "C");
    click(&mut model, "[x] TAP");
    click(&mut model, "[ ] TAP");
    assert!(Screen::of(&model).text().contains("[x] TAP"));
    press(&mut model, "esc w");
    let effects = click(&mut model, "Copy as plain text");
    assert!(matches!(effects[..], [Effect::Copy(_)]), "{effects:?}");

    press(&mut model, ": g r o u p space b y");
    click(&mut model, "group by tenant");
    assert_eq!(model.jobs.table().group_by(), GroupBy::Tenant);

    press(&mut model, ": s h o w space f");
    let all = model.jobs.table().shown_count();
    click(&mut model, "show failed");
    assert!(model.jobs.table().shown_count() < all);
}

#[test]
fn click_selects_a_failure_group_and_a_second_one_shows_it() {
    let mut model = rollout(9, (120, 36));
    press(&mut model, "F");
    click(&mut model, "      KeyError");
    assert!(model.overlay.is_some(), "the first group was selected");
    click(&mut model, "      KeyError");
    assert!(model.overlay.is_none());
    assert_eq!(model.jobs.table().shown_count(), 1);
}

#[test]
fn wheel_scrolls_a_list_and_the_help() {
    let mut model = rollout(9, (80, 24));
    press(&mut model, "?");
    let before = Screen::of(&model).text();
    let inside = Screen::of(&model).position("On the table");
    mouse(&mut model, MouseEventKind::ScrollDown, inside);
    let scrolled = Screen::of(&model).text();
    assert!(!scrolled.contains("On the table"), "{scrolled}");
    mouse(&mut model, MouseEventKind::ScrollUp, inside);
    assert_eq!(Screen::of(&model).text(), before);
    press(&mut model, "esc :");
    let line = Screen::of(&model).position("filter");
    mouse(&mut model, MouseEventKind::ScrollDown, line);
    press(&mut model, "enter");
    // The fourth of the actions that are useful on the table.
    assert!(model.detail.open);
}

#[test]
fn what_an_overlay_covers_cannot_be_clicked() {
    let mut model = rollout(9, (120, 36));
    press(&mut model, "e");
    let before = model.jobs.selection().cursor();
    // All lines but the footer, whose hints are for the overlay.
    for row in 0..35 {
        for column in (0..120).step_by(7) {
            mouse(&mut model, CLICK, (column, row));
            mouse(&mut model, MouseEventKind::ScrollDown, (column, row));
        }
    }
    assert_eq!(model.jobs.selection().cursor(), before);
    assert!(Screen::of(&model).text().contains("Edit job"));
}
