//! Changes made on the dashboard: saved, unsaved, undone.

use super::*;
use crate::app::overlay::Overlay;

#[test]
fn changes_are_undone_in_reverse_order_on_the_screen_and_in_the_file() {
    let mut model = model();
    paste(&mut model, "initech/flows/f/jobs/3");
    let added = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&added)[..], [(_, Change::Add(_))]));
    assert_eq!(names(&model), ["one", "two", "initech"]);

    model.jobs.select(JobId(0));
    press(&mut model, KeyCode::Char('d'));
    let removed = press(&mut model, KeyCode::Enter);
    assert!(matches!(removed[0], Effect::Unwatch(ref keys) if *keys == [JobId(0)]));
    assert_eq!(names(&model), ["two", "initech"]);

    let back = press(&mut model, KeyCode::Char('u'));
    assert!(matches!(back[0], Effect::Watch(_)));
    assert_eq!(names(&model), ["one", "two", "initech"]);
    let away = press(&mut model, KeyCode::Char('u'));
    assert!(matches!(saves(&away)[..], [(_, Change::Remove(_))]));
    assert_eq!(names(&model), ["one", "two"]);
    assert!(press(&mut model, KeyCode::Char('u')).is_empty());
}

#[test]
fn unsaved_change_stays_on_the_screen_and_can_be_saved_again() {
    let mut model = model();
    paste(&mut model, "initech/flows/f/jobs/3");
    let effects = press(&mut model, KeyCode::Enter);
    let (number, _) = saves(&effects)[0];
    let full = Err("no room on the disk".to_owned());
    update(&mut model, now(), Message::Saved(number, full));
    assert_eq!(model.changes.unsaved.len(), 1);
    assert_eq!(names(&model).len(), 3);

    // A reload of the older file does not remove the job.
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
fn failed_add_that_is_undone_leaves_nothing_unsaved() {
    let full = || Err("no room on the disk".to_owned());
    let mut model = model();
    paste(&mut model, "initech/flows/f/jobs/3");
    let effects = press(&mut model, KeyCode::Enter);
    let (number, _) = saves(&effects)[0];
    update(&mut model, now(), Message::Saved(number, full()));
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(saves(&effects).is_empty(), "{effects:?}");
    assert!(model.changes.unsaved.is_empty());
    // A failed removal that is undone, neither.
    press(&mut model, KeyCode::Char('d'));
    let effects = press(&mut model, KeyCode::Enter);
    let (number, _) = saves(&effects)[0];
    update(&mut model, now(), Message::Saved(number, full()));
    assert_eq!(model.changes.unsaved.len(), 1);
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(saves(&effects).is_empty(), "{effects:?}");
    assert!(model.changes.unsaved.is_empty());
}

#[test]
fn failed_add_leaves_nothing_unsaved_where_the_job_was_removed_meanwhile() {
    let full = || Err("no room on the disk".to_owned());
    for removal in [full(), Ok(Saved::default())] {
        let mut model = model();
        paste(&mut model, "initech/flows/f/jobs/3");
        let adding = press(&mut model, KeyCode::Enter);
        let removing = press(&mut model, KeyCode::Char('u'));
        for (effects, result) in [(adding, full()), (removing, removal)] {
            let (number, _) = saves(&effects)[0];
            update(&mut model, now(), Message::Saved(number, result));
        }
        assert!(model.changes.unsaved.is_empty());
    }
}

#[test]
fn added_job_gets_the_environment_that_the_form_shows_after_another_was_removed() {
    let mut model = model_of(TWO_ENVIRONMENTS);
    reload(&mut model, ONLY_PROD);
    press(&mut model, KeyCode::Char('a'));
    paste(&mut model, "acme/flows/f/jobs/1");
    let Some(Overlay::Add(form)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    let [job] = &form.references.ready()[..] else {
        panic!("{form:?}");
    };
    let shown = model.environments.get(job.environment).unwrap();
    assert_eq!(shown.name().as_str(), "prod");

    let effects = press(&mut model, KeyCode::Enter);
    let saved = saves(&effects);
    let [(_, Change::Add(entries))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entries[0].environment, "prod");
    let environment = model.jobs.selected().unwrap().environment;
    let watched = effects.iter().find_map(|effect| match effect {
        Effect::Watch(targets) => Some(targets[0].environment),
        _ => None,
    });
    assert_eq!(watched, Some(environment));
    let env_id = model.environments.get(environment).unwrap().env_id();
    assert_eq!(env_id.as_str(), "prod.example-env.hotglue.xyz");
}

#[test]
fn open_form_drops_an_environment_that_the_file_no_longer_has() {
    let mut model = model_of(TWO_ENVIRONMENTS);
    paste(&mut model, "acme/flows/f/jobs/1");
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Right);
    reload(&mut model, ONLY_PROD);
    let effects = press(&mut model, KeyCode::Enter);
    let saved = saves(&effects);
    let [(_, Change::Add(entries))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entries[0].environment, "prod");
}

#[test]
fn undo_does_not_restore_jobs_of_a_removed_environment() {
    let job =
        "[[jobs]]\nname = \"one\"\nenvironment = \"dev\"\njob_root = \"acme/flows/f/jobs/1\"\n";
    let mut model = model_of(&format!("{TWO_ENVIRONMENTS}\n{job}"));
    press(&mut model, KeyCode::Char('d'));
    let effects = press(&mut model, KeyCode::Enter);
    let (number, _) = saves(&effects)[0];
    update(
        &mut model,
        now(),
        Message::Saved(number, Ok(Saved::default())),
    );
    reload(&mut model, ONLY_PROD);
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(names(&model), Vec::<String>::new());
    let notice = &model.notice.as_ref().unwrap().text;
    assert!(notice.contains("removed from the config"), "{notice}");
}

#[test]
fn removal_while_frozen_brings_back_what_was_held_when_it_is_undone() {
    let mut model = model();
    poll(&mut model, 0, "SYNC_STARTED", 0);
    press(&mut model, KeyCode::Char('f'));
    poll(&mut model, 0, "JOB_COMPLETED", 1);
    let state = |model: &Model| model.jobs.get(JobId(0)).map(crate::app::Row::state);
    assert_eq!(state(&model), Some(State::Running));
    model.jobs.select(JobId(0));
    press(&mut model, KeyCode::Char('d'));
    press(&mut model, KeyCode::Enter);
    assert_eq!(state(&model), None);
    press(&mut model, KeyCode::Char('f'));
    press(&mut model, KeyCode::Char('u'));
    assert_eq!(state(&model), Some(State::Completed));
}
