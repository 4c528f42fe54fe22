//! Pasted text: what the form that adds jobs makes of it, and what it must
//! never do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};

use super::tests::{TWO_ENVIRONMENTS, model, model_of, names, paste, press, saves};
use super::*;
use crate::app::jobs::tests::now;
use crate::app::{LineStatus, Overlay, References};
use crate::config::Change as ConfigChange;

fn at(milliseconds: i64) -> Timestamp {
    now() + SignedDuration::from_millis(milliseconds)
}

fn press_at(model: &mut Model, milliseconds: i64, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, at(milliseconds), Message::Key(key))
}

pub(super) fn type_text(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, KeyCode::Char(c));
    }
}

fn references(model: &Model) -> &References {
    match &model.overlay {
        Some(Overlay::Add(form)) => &form.references,
        other => panic!("{other:?}"),
    }
}

fn statuses(model: &Model) -> Vec<&'static str> {
    let name = |status: &LineStatus| match status {
        LineStatus::Ready(_) => "ready",
        LineStatus::Watched(_) => "watched",
        LineStatus::Duplicate => "duplicate",
        LineStatus::Incomplete(_) => "incomplete",
        LineStatus::Invalid(_) => "invalid",
    };
    let lines = references(model).lines();
    lines.map(|line| name(&line.status)).collect()
}

#[test]
fn keys_after_a_paste_without_a_pause_are_more_of_its_text() {
    let mut model = model();
    let paste = Message::Paste("initech/flows/f/jobs/3\n".to_owned());
    update(&mut model, at(0), paste);
    // What a terminal delivers of `…ESC[201~d\ry` + `initech…`.
    let mut time = 0;
    let tail = "d\ry\rinitech/flows/f/jobs/4";
    for c in tail.chars() {
        time += 10;
        let code = if c == '\r' {
            KeyCode::Enter
        } else {
            KeyCode::Char(c)
        };
        assert!(press_at(&mut model, time, code).is_empty());
    }
    assert_eq!(crate::app::next_change(&model), Some(at(time + 30)));
    assert!(update(&mut model, at(time + 30), Message::Tick).is_empty());
    assert_eq!(names(&model), ["one", "two"]);
    let text = references(&model).edited().lines().join("\n");
    assert_eq!(text, "initech/flows/f/jobs/3\nd\ny\ninitech/flows/f/jobs/4");
    assert_eq!(statuses(&model), ["invalid", "invalid", "ready", "ready"]);
    // After a pause, enter adds.
    let effects = press_at(&mut model, time + 200, KeyCode::Enter);
    assert!(matches!(saves(&effects)[..], [(_, ConfigChange::Add(_))]));
}

#[test]
fn complete_paste_is_inserted_without_a_wait() {
    let mut model = model();
    let paste = |text: &str| Message::CompletePaste(text.to_owned());
    update(&mut model, at(0), paste("initech/flows/f/jobs/3"));
    assert_eq!(statuses(&model), ["ready"]);
    assert_ne!(crate::app::next_change(&model), Some(at(30)));
    // The next key is a key.
    let effects = press_at(&mut model, 1, KeyCode::Enter);
    assert!(matches!(saves(&effects)[..], [(_, ConfigChange::Add(_))]));
    // It ends a paste that was still being collected.
    let start = Message::Paste("globex/flows/f/jobs/4\n".to_owned());
    update(&mut model, at(10), start);
    update(&mut model, at(11), paste("globex/flows/f/jobs/5"));
    assert_eq!(statuses(&model), ["ready", "ready"]);
}

#[test]
fn keys_after_a_paste_confirm_no_removal() {
    let mut model = model();
    press(&mut model, KeyCode::Char('d'));
    update(&mut model, at(0), Message::Paste("x".to_owned()));
    for (time, code) in [(5, KeyCode::Char('y')), (10, KeyCode::Enter)] {
        assert!(press_at(&mut model, time, code).is_empty());
    }
    update(&mut model, at(40), Message::Tick);
    assert_eq!(names(&model), ["one", "two"]);
    assert!(matches!(model.overlay, Some(Overlay::Remove(_))));
    press_at(&mut model, 500, KeyCode::Enter);
    assert_eq!(names(&model), ["two"]);
}

#[test]
fn keys_after_a_paste_wait_in_a_frozen_screen_too() {
    let mut model = model();
    press(&mut model, KeyCode::Char('f'));
    update(&mut model, at(0), Message::Paste("x".to_owned()));
    assert_eq!(crate::app::next_change(&model), Some(at(30)));
}

#[test]
fn pasted_and_typed_api_keys_are_masked_and_not_kept() {
    let curl = "curl -H 'x-api-key: SECRET' 'https://api.hotglue.com/dev.example-env.hotglue.xyz/f/acme/jobs/status?job_root=acme/flows/f/jobs/9'";
    let mut pasted = model();
    paste(&mut pasted, curl);
    let mut typed = model();
    press(&mut typed, KeyCode::Char('a'));
    type_text(&mut typed, curl);
    for model in [&mut pasted, &mut typed] {
        let text = references(model).edited().lines().join("\n");
        assert_eq!(text, curl.replace("SECRET", "••••"));
        assert_eq!(statuses(model), ["ready"]);
        // Undo brings nothing back.
        let undo = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
        for _ in 0..200 {
            update(model, now(), Message::Key(undo));
            assert!(!format!("{model:?}").contains("SECRET"));
        }
    }
    // Nor does pasting it into another field.
    let mut named = model();
    press(&mut named, KeyCode::Char('a'));
    press(&mut named, KeyCode::BackTab);
    paste(&mut named, curl);
    press(&mut named, KeyCode::BackTab);
    paste(&mut named, "Authorization: Bearer SECRET");
    assert!(!format!("{named:?}").contains("SECRET"));
}

#[test]
fn key_that_is_pasted_across_the_end_of_a_paste_is_masked() {
    let mut model = model();
    let start = Message::Paste("curl -H 'x-api-key: SEC".to_owned());
    update(&mut model, at(0), start);
    for c in "RET' u".chars() {
        press_at(&mut model, 1, KeyCode::Char(c));
    }
    update(&mut model, at(40), Message::Tick);
    let text = references(&model).edited().lines().join("\n");
    assert_eq!(text, "curl -H 'x-api-key: ••••' u");
}

#[test]
fn duplicate_lines_and_watched_lines_are_distinguished() {
    let mut model = model_of(
        TWO_ENVIRONMENTS
            .split("[environments.prod]")
            .next()
            .unwrap(),
    );
    let line = "acme/flows/f/jobs/1\n";
    paste(&mut model, &line.repeat(2));
    assert_eq!(statuses(&model), ["ready", "duplicate"]);
    press(&mut model, KeyCode::Enter);
    assert!(model.overlay.is_none());
    paste(&mut model, &line.repeat(2));
    assert_eq!(statuses(&model), ["watched", "watched"]);
    press(&mut model, KeyCode::Enter);
    let notice = &model.notice.as_ref().unwrap().text;
    assert_eq!(notice, "all of these jobs are already watched");
    assert!(model.overlay.is_none());
}

#[test]
fn lines_that_need_correction_stay_after_the_others_were_added() {
    let mut model = model();
    paste(
        &mut model,
        "initech/flows/f/jobs/3\n# comment\nnonsense here\nacme/flows/f/jobs/1",
    );
    assert_eq!(statuses(&model), ["invalid", "ready", "watched"]);
    press(&mut model, KeyCode::Enter);
    assert_eq!(names(&model), ["one", "two", "initech"]);
    let lines = references(&model).edited().lines();
    assert_eq!(lines, ["# comment", "nonsense here"]);
    assert_eq!(statuses(&model), ["invalid"]);
}

#[test]
fn large_paste_is_added_without_being_edited() {
    let mut model = model();
    let line = |number: u32| match number {
        7 => "nonsense here\n".to_owned(),
        _ => format!("t{number}/flows/f/jobs/j{number}\n"),
    };
    let text: Vec<_> = (0..2_000).map(line).collect();
    paste(&mut model, &text.concat());
    assert_eq!(references(&model).pasted_size().unwrap().0, 2_000);
    assert_eq!(references(&model).edited().lines(), [""]);
    type_text(&mut model, "t3/flows/f/jobs/j3");
    let counts = references(&model).counts();
    assert_eq!(
        (counts.ready, counts.duplicate, counts.invalid),
        (1_999, 1, 1)
    );
    press(&mut model, KeyCode::Enter);
    assert_eq!(names(&model).len(), 2_001);
    assert_eq!(references(&model).pasted_size(), None);
    assert_eq!(references(&model).edited().lines(), ["nonsense here"]);
}

#[test]
fn backspace_in_the_empty_text_removes_a_large_paste() {
    let mut model = model();
    paste(&mut model, &"acme/flows/f/jobs/9\n".repeat(2_000));
    press(&mut model, KeyCode::Esc);
    assert!(
        model.overlay.is_some(),
        "a large paste is not lost to one esc"
    );
    press(&mut model, KeyCode::Backspace);
    assert_eq!(references(&model).pasted_size(), None);
    assert!(statuses(&model).is_empty());
}

#[test]
fn huge_paste_is_read_up_to_its_limit() {
    let mut model = model();
    paste(&mut model, &"x\n".repeat(300_000));
    assert!(references(&model).is_truncated());
    assert!(references(&model).lines().count() <= 100_000);
    let mut model = self::model();
    paste(&mut model, &"x".repeat(20 << 20));
    assert!(references(&model).is_truncated());
    assert!(references(&model).pasted_size().unwrap().1 <= 16 << 20);
}

#[test]
fn form_writes_the_environment_that_it_shows() {
    let mut model = model_of(TWO_ENVIRONMENTS);
    paste(&mut model, "acme/flows/f/jobs/1");
    assert_eq!(statuses(&model), ["incomplete"]);
    press(&mut model, KeyCode::Tab);
    for expected in ["dev", "prod", "dev"] {
        press(&mut model, KeyCode::Right);
        let Some(Overlay::Add(form)) = &model.overlay else {
            panic!("{:?}", model.overlay);
        };
        let shown = model.environments.get(form.environment.unwrap()).unwrap();
        assert_eq!(shown.name().as_str(), expected);
    }
    press(&mut model, KeyCode::Left);
    let effects = press(&mut model, KeyCode::Enter);
    let saved = saves(&effects);
    let [(_, ConfigChange::Add(entries))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entries[0].environment, "prod");
}
