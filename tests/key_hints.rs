//! Every hint on the screen names the key that is bound.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hgtop::app::{ConfigSource, Effect, KeyMap, Message, Model, ModelConfig, update};
use hgtop::config::Config;
use hgtop::watch::Batch;
use ratatui::layout::Size;

mod scenes;

use scenes::*;

/// A model in which some actions have other keys, and others have none.
fn rebound(config: Config, source: ConfigSource, bindings: &[(&str, &[&str])]) -> Model {
    let bindings: Vec<(&str, Vec<String>)> = bindings
        .iter()
        .map(|(action, keys)| (*action, keys.iter().map(|&key| key.to_owned()).collect()))
        .collect();
    let bindings = bindings
        .iter()
        .map(|(action, keys)| (*action, keys.as_slice()));
    let mut setup = ModelConfig::new(config, source, now(), Size::new(200, 50));
    setup.keymap = KeyMap::rebind(bindings).unwrap();
    Model::new(setup)
}

fn file() -> ConfigSource {
    ConfigSource::File("config.toml".to_owned())
}

#[test]
fn empty_list_names_bound_keys() {
    let bindings: [(&str, &[&str]); 4] = [
        ("add", &["f2"]),
        ("discover", &["f3"]),
        ("help", &["f1"]),
        ("quit", &["ctrl-x"]),
    ];
    let text = screen_text(&rebound(config(0), file(), &bindings));
    for hint in [
        "f2 opens the form that adds jobs.",
        "f3 browses flows and tenants.",
        "f1 help   ctrl-x quit",
        " f2 add  f3 discover  f1 help  ctrl-x quit",
    ] {
        assert!(text.contains(hint), "{hint}:\n{text}");
    }
}

#[test]
fn actions_without_a_key_have_no_hint() {
    let bindings: [(&str, &[&str]); 2] = [("add", &[]), ("discover", &[])];
    let text = screen_text(&rebound(config(0), file(), &bindings));
    assert!(
        !text.contains("adds jobs") && !text.contains("browses"),
        "{text}"
    );
    assert!(text.contains("\n ? help  q quit"), "{text}");
}

#[test]
fn filtered_table_names_the_bound_key() {
    let mut model = rebound(config(9), file(), &[("back", &["f4"])]);
    update(&mut model, now(), Message::Watched(answers(9)));
    press(&mut model, "/ z z z enter");
    let text = screen_text(&model);
    assert!(text.contains("f4 shows all jobs"), "{text}");
}

#[test]
fn new_failures_name_the_bound_key() {
    for (keys, flag) in [(&["f6"][..], " 1 NEW FAILED: f6 "), (&[], " 1 NEW FAILED ")] {
        let mut model = rebound(config(3), file(), &[("next_failure", keys)]);
        update(&mut model, now(), Message::Watched(answers(3)));
        // The first job has failed too; moving to it marks that as seen.
        press(&mut model, "down");
        press(&mut model, "k");
        let mut batch = Batch::default();
        batch
            .transitions
            .push(transition(2, "ETL_STARTED", "ETL_FAILED", 0));
        update(&mut model, now(), Message::Watched(batch));
        let text = screen_text(&model);
        assert!(text.contains(flag), "{flag}:\n{text}");
    }
}

#[test]
fn unsaved_changes_name_the_bound_key() {
    let mut model = rebound(config(2), file(), &[("save", &["f5"])]);
    press(&mut model, "d");
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    let effects = update(&mut model, now(), Message::Key(enter));
    let saves = effects.iter().filter_map(|effect| match effect {
        Effect::Save(number, _) => Some(*number),
        _ => None,
    });
    for number in saves.collect::<Vec<_>>() {
        let failed = Err("config.toml: no space left".to_owned());
        update(&mut model, now(), Message::Saved(number, failed));
    }
    let text = screen_text(&model);
    assert!(
        text.contains("config.toml: no space left (f5 retries)"),
        "{text}"
    );
}

#[test]
fn footer_names_bound_keys_in_every_pane() {
    let bindings: [(&str, &[&str]); 3] =
        [("help", &["f1"]), ("zoom", &["f7"]), ("next_tab", &["f8"])];
    let mut model = rebound(config(9), file(), &bindings);
    update(&mut model, now(), Message::Watched(answers(9)));
    assert!(screen_text(&model).contains("f1 help"));
    press(&mut model, "enter");
    let text = screen_text(&model);
    assert!(
        text.contains("f8 next tab") && text.contains("f7 zoom"),
        "{text}"
    );
    press(&mut model, "tab");
    let text = screen_text(&model);
    assert!(
        text.contains("f8 next tab") && text.contains("f7 zoom"),
        "{text}"
    );
}
