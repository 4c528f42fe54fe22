//! Messages in, effects out: what no picture shows.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::*;
use crate::app::jobs::tests::{now, snapshot};
use crate::app::{Display, KeyMap, Origin, Overlay, Setup};
use crate::config::{self, Change, Config, Overrides, Saved};
use crate::hotglue::State;
use crate::watch::JobKey;

const FILE: &str = r#"
[environments.dev]
env_id = "dev.example-env.hotglue.xyz"

[[jobs]]
name = "one"
job_root = "acme/flows/f/jobs/1"

[[jobs]]
name = "two"
job_root = "globex/flows/f/jobs/2"
"#;

fn config(text: &str) -> Config {
    config::parse(text, Path::new("hgtop.toml"), &Overrides::default()).unwrap()
}

fn model() -> Model {
    Model::new(Setup {
        config: config(FILE),
        origin: Origin::File("hgtop.toml".to_owned()),
        keymap: KeyMap::default(),
        display: Display {
            colours: true,
            true_colour: true,
            unicode: true,
            light_background: None,
        },
        now: now(),
        zone: TimeZone::UTC,
        size: Size::new(100, 30),
    })
}

fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, now(), Message::Key(key))
}

fn names(model: &Model) -> Vec<String> {
    model.jobs.all().map(|row| row.name.to_string()).collect()
}

fn saves(effects: &[Effect]) -> Vec<(u64, &Change)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Save(number, change) => Some((*number, change)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_change_can_be_undone_in_turn_on_the_screen_and_in_the_file() {
    let mut model = model();
    update(
        &mut model,
        now(),
        Message::Paste("initech/flows/f/jobs/3".to_owned()),
    );
    let added = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&added)[..], [(_, Change::Add(_))]));
    assert_eq!(names(&model), ["one", "two", "3"]);

    model.jobs.select(JobKey(0));
    press(&mut model, KeyCode::Char('d'));
    let removed = press(&mut model, KeyCode::Enter);
    assert!(matches!(removed[0], Effect::Unwatch(ref keys) if *keys == [JobKey(0)]));
    assert_eq!(names(&model), ["two", "3"]);

    let back = press(&mut model, KeyCode::Char('u'));
    assert!(matches!(back[0], Effect::Watch(_)));
    assert_eq!(names(&model), ["one", "two", "3"]);
    let away = press(&mut model, KeyCode::Char('u'));
    assert!(matches!(saves(&away)[..], [(_, Change::Remove(_))]));
    assert_eq!(names(&model), ["one", "two"]);
    assert!(press(&mut model, KeyCode::Char('u')).is_empty());
}

#[test]
fn what_could_not_be_saved_stays_shown_is_told_and_is_saved_again() {
    let mut model = model();
    update(
        &mut model,
        now(),
        Message::Paste("initech/flows/f/jobs/3".to_owned()),
    );
    let effects = press(&mut model, KeyCode::Enter);
    let (number, _) = saves(&effects)[0];
    let full = Err("no room on the disk".to_owned());
    update(&mut model, now(), Message::Saved(number, full));
    assert_eq!(model.changes.unsaved.len(), 1);
    assert_eq!(names(&model).len(), 3);

    // The file, read anew by someone else's edit, does not take the job away.
    let file = Ok(Box::new(config(FILE)));
    assert!(update(&mut model, now(), Message::Reloaded(file)).is_empty());
    assert_eq!(names(&model).len(), 3);

    let again = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
    let effects = update(&mut model, now(), Message::Key(again));
    let (number, _) = saves(&effects)[0];
    update(
        &mut model,
        now(),
        Message::Saved(number, Ok(Saved::default())),
    );
    assert!(model.changes.unsaved.is_empty());
}

#[test]
fn a_reload_keeps_what_is_known_and_where_the_cursor_stands() {
    let mut model = model();
    let mut batch = Batch::default();
    batch.snapshots.insert(JobKey(1), snapshot("ETL_FAILED", 3));
    update(&mut model, now(), Message::Watched(batch));
    model.jobs.select(JobKey(1));
    let text = FILE.replace("name = \"one\"", "name = \"first\"");
    let text =
        format!("poll_interval = \"9s\"\n{text}\n[[jobs]]\njob_root = \"a/flows/f/jobs/4\"\n");
    let effects = update(
        &mut model,
        now(),
        Message::Reloaded(Ok(Box::new(config(&text)))),
    );
    assert_eq!(names(&model), ["first", "two", "4"]);
    let selected = model.jobs.selected().unwrap();
    assert_eq!(selected.key, JobKey(1));
    assert!(selected.job().is_some());
    assert_eq!(model.poll_interval.as_secs(), 9);
    let watched = effects.iter().find_map(|effect| match effect {
        Effect::Watch(targets) => Some(targets.len()),
        _ => None,
    });
    assert_eq!(watched, Some(1));
}

#[test]
fn a_frozen_picture_takes_in_what_it_missed_when_it_thaws() {
    let mut model = model();
    press(&mut model, KeyCode::Char('f'));
    let mut batch = Batch::default();
    batch.snapshots.insert(JobKey(0), snapshot("ETL_FAILED", 3));
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(model.jobs.tally().of(State::Failed), 0);
    press(&mut model, KeyCode::Char('f'));
    assert_eq!(model.jobs.tally().of(State::Failed), 1);
}

#[test]
fn a_notice_goes_by_itself() {
    let mut model = model();
    press(&mut model, KeyCode::Char('u'));
    assert!(model.notice.is_some());
    let later: Timestamp = now() + SignedDuration::from_secs(6);
    update(&mut model, later, Message::Tick);
    assert!(model.notice.is_none());
}

#[test]
fn a_broken_file_is_told_and_changes_nothing() {
    let mut model = model();
    let broken = Err("hgtop.toml:3:1: unknown key".to_owned());
    let effects = update(&mut model, now(), Message::Reloaded(broken));
    assert!(effects.iter().all(|each| matches!(each, Effect::Title(_))));
    assert!(model.file_problem.is_some());
    assert_eq!(names(&model), ["one", "two"]);
    press(&mut model, KeyCode::Char('a'));
    assert!(matches!(model.overlay, Some(Overlay::Add(_))));
}
