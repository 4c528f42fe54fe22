//! Notifications, the command of `on_change`, and absences.

use super::*;

#[test]
fn failures_are_bundled_in_one_notification_a_second_and_counted_in_the_title() {
    let mut model = model();
    let effects = poll(&mut model, 0, "ETL_FAILED", 0);
    assert_eq!(notified(&effects), ["one failed"]);
    let title = effects.iter().find_map(|effect| match effect {
        Effect::Title(title) => Some(title.as_str()),
        _ => None,
    });
    assert_eq!(title, Some("hgtop: 1 failed, 1/2 finished"));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Record(_)))
    );
    // A second notification waits until a second has passed.
    assert!(notified(&poll(&mut model, 1, "SYNC_FAILED", 0)).is_empty());
    let later = now() + SignedDuration::from_secs(1);
    assert_eq!(crate::app::next_change(&model), Some(later));
    let effects = update(&mut model, later, Message::Tick);
    assert_eq!(notified(&effects), ["two failed"]);
}

#[test]
fn on_change_gets_the_documented_variables() {
    let mut model = model();
    let text = format!("on_change = [\"notify-send\"]\n{FILE}");
    update(
        &mut model,
        now(),
        Message::Reloaded(Ok(Box::new(config(&text)))),
    );
    let effects = poll(&mut model, 0, "ETL_FAILED", 0);
    let hook = effects.iter().find_map(|effect| match effect {
        Effect::Run(hook) => Some(hook.clone()),
        _ => None,
    });
    let hook = hook.unwrap();
    let variables: std::collections::BTreeMap<_, _> = hook.variables.into_iter().collect();
    assert_eq!(variables["HGTOP_JOB"], "one");
    assert_eq!(variables["HGTOP_STATUS"], "ETL_FAILED");
    assert_eq!(variables["HGTOP_PREVIOUS"], "JOB_CREATED");
    assert_eq!(variables["HGTOP_TENANT"], "acme");
    assert_eq!(variables["HGTOP_JOB_ROOT"], "t/flows/f/jobs/id0");
    assert_eq!(variables.len(), 7);
}

#[test]
fn changes_during_an_absence_are_summarized_and_visited_with_next_failure() {
    let mut model = model();
    update(&mut model, now(), Message::Focus(false));
    poll(&mut model, 1, "JOB_COMPLETED", 30);
    let back = now() + SignedDuration::from_secs(120);
    update(&mut model, back, Message::Focus(true));
    let notice = model.notice.as_ref().unwrap().text.clone();
    assert!(
        notice.starts_with("while you were away (2m 00s): 1 completed"),
        "{notice}"
    );
    let key = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::NONE);
    update(&mut model, back, Message::Key(key));
    assert_eq!(model.jobs.selected().unwrap().id, JobId(1));
}

#[test]
fn next_failure_is_the_newest_unseen_one_and_failures_never_move_the_cursor() {
    let mut model = model();
    poll(&mut model, 0, "SYNC_STARTED", 0);
    poll(&mut model, 1, "SYNC_STARTED", 0);
    // Opening the details holds the cursor on the first job.
    let acted_on = model.jobs.selected().unwrap().id;
    let other = JobId(1 - acted_on.0);
    press(&mut model, KeyCode::Enter);
    poll(&mut model, other.0, "ETL_FAILED", 1);
    assert_eq!(model.jobs.selected().unwrap().id, acted_on);
    assert_eq!(model.alerts.unseen_failures(), 1);
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.jobs.selected().unwrap().id, other);
    assert_eq!(model.alerts.unseen_failures(), 0);
}
