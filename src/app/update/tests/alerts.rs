//! Notifications, the command of `on_change`, and absences.

use super::*;

#[test]
fn failures_are_notified_by_group_after_a_pause_and_counted_in_the_title() {
    let mut model = model();
    let effects = poll(&mut model, 0, "ETL_FAILED", 0);
    assert!(notified(&effects).is_empty());
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
    // The second failure restarts the pause.
    assert!(notified(&poll(&mut model, 1, "SYNC_FAILED", 3)).is_empty());
    let tick = |model: &mut Model, seconds| {
        let time = now() + SignedDuration::from_secs(seconds);
        update(model, time, Message::Tick)
    };
    assert!(notified(&tick(&mut model, 7)).is_empty());
    let effects = tick(&mut model, 8);
    assert_eq!(notified(&effects), ["one and two failed"]);
    assert!(notified(&tick(&mut model, 60)).is_empty());
}

#[test]
fn notification_is_due_on_a_frozen_screen() {
    let mut model = model();
    poll(&mut model, 0, "ETL_FAILED", 0);
    press(&mut model, KeyCode::Char('f'));
    model.notice = None;
    let due = now() + SignedDuration::from_secs(5);
    assert_eq!(crate::app::next_change(&model), Some(due));
}

#[test]
fn failure_is_unseen_until_the_user_acts_on_it() {
    let mut model = model();
    poll(&mut model, 0, "ETL_FAILED", 0);
    // It is under the cursor, and nobody has looked.
    assert_eq!(model.jobs.selected().unwrap().id, JobId(0));
    poll(&mut model, 1, "SYNC_STARTED", 1);
    press(&mut model, KeyCode::Char('?'));
    press(&mut model, KeyCode::Esc);
    assert!(model.alerts.is_unseen(JobId(0)));
    press(&mut model, KeyCode::Enter);
    assert!(!model.alerts.is_unseen(JobId(0)));
    // Held by the cursor, it fails again.
    poll(&mut model, 0, "SYNC_STARTED", 2);
    poll(&mut model, 0, "SYNC_FAILED", 3);
    assert_eq!(model.alerts.unseen_failures(), 1);
    press(&mut model, KeyCode::Char('n'));
    assert_eq!(model.alerts.unseen_failures(), 0);
}

#[test]
fn removed_job_is_no_unseen_failure() {
    let mut model = model();
    poll(&mut model, 0, "ETL_FAILED", 0);
    model.remove_jobs(&[JobId(0)]);
    assert_eq!(model.alerts.unseen_failures(), 0);
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
