//! Going to moments of the record, and back to now.

use super::*;
use crate::app::next_change;
use crate::history::{HistoryQuery, MomentQuery, Seek, Store};

/// The query for a moment among effects.
fn query(effects: &[Effect]) -> MomentQuery {
    let queries = effects.iter().filter_map(|effect| match effect {
        Effect::HistoryQuery(HistoryQuery::Moment(query)) => Some(*query),
        _ => None,
    });
    let [query] = queries.collect::<Vec<_>>()[..] else {
        panic!("{effects:?}");
    };
    query
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A model and the history of what it watched: job 0 fails after 60 s, job 1
/// completes after 100 s.
fn recorded() -> (Model, Store) {
    let (mut model, mut store) = (model(), Store::in_memory().unwrap());
    let mut perform = |effects: Vec<Effect>| {
        for effect in effects {
            match effect {
                Effect::Record(observations) => store.record(&observations).unwrap(),
                Effect::RecordUpdates(updates) => store.record_updates(&updates).unwrap(),
                Effect::RecordList(list) => store.record_list(&list).unwrap(),
                _ => {}
            }
        }
    };
    perform(start(&model));
    for (job, status, second) in [
        (0, "SYNC_STARTED", 10),
        (1, "SYNC_STARTED", 20),
        (0, "ETL_FAILED", 60),
        (1, "JOB_COMPLETED", 100),
    ] {
        let mut batch = Batch::default();
        let mut transition = transition(job, status);
        let row = model.jobs.get(JobId(job)).unwrap();
        transition.address = row.address().unwrap().clone();
        transition.seen = later(second);
        let mut snapshot = snapshot(status, -second);
        snapshot.health.last_poll = Some(later(second));
        batch.snapshots.insert(JobId(job), snapshot);
        batch.transitions.push(transition);
        perform(update(&mut model, later(second), Message::Watched(batch)));
    }
    update(&mut model, later(300), Message::Tick);
    (model, store)
}

fn answer(model: &mut Model, store: &Store, effects: &[Effect]) {
    let query = HistoryQuery::Moment(query(effects));
    let message = Message::of_history(store.answer(&query).unwrap());
    update(model, later(300), message);
}

fn go(model: &mut Model, store: &Store, key: KeyCode) -> i64 {
    let effects = update(model, later(300), Message::Key(key.into()));
    answer(model, store, &effects);
    model.moment().unwrap().duration_since(now()).as_secs()
}

#[test]
fn steps_go_by_change_minute_and_failure() {
    let (mut model, store) = recorded();
    let key = |c| KeyCode::Char(c);
    let failed = |model: &Model| model.shown().jobs.counts().of(State::Failed);
    assert_eq!(go(&mut model, &store, key('T')), 100, "the last change");
    assert!(model.shown().is_past());
    assert_eq!(go(&mut model, &store, KeyCode::Left), 60);
    assert_eq!(failed(&model), 1);
    assert_eq!(go(&mut model, &store, KeyCode::Left), 20);
    assert_eq!(failed(&model), 0);
    assert_eq!(go(&mut model, &store, key('n')), 60);
    assert_eq!(go(&mut model, &store, key('.')), 120);
    assert_eq!(go(&mut model, &store, key('N')), 60);
    assert_eq!(go(&mut model, &store, KeyCode::Home), 0);
    assert_eq!(model.shown().jobs.counts().pending(), 2);
    assert_eq!(go(&mut model, &store, key('>')), 300, "not beyond now");
    assert_eq!(go(&mut model, &store, key('<')), 0, "not before the record");
    assert_eq!(go(&mut model, &store, KeyCode::End), 300);
    // There is no later failure.
    assert_eq!(go(&mut model, &store, key('n')), 300);
    let notice = model.shown().notice.as_ref().unwrap();
    assert!(notice.text.contains("nothing more"), "{}", notice.text);
    press(&mut model, KeyCode::Esc);
    assert!(!model.shown().is_past() && model.time_travel.is_none());
}

#[test]
fn live_jobs_are_watched_behind_the_past() {
    let (mut model, store) = recorded();
    go(&mut model, &store, KeyCode::Char('T'));
    go(&mut model, &store, KeyCode::Left);
    let effects = poll(&mut model, 0, "SYNC_STARTED", 301);
    let records = effects.iter().any(|it| matches!(it, Effect::Record(_)));
    assert!(records, "{effects:?}");
    let failed = |model: &Model| model.jobs.counts().of(State::Failed);
    assert_eq!((failed(model.shown()), failed(&model)), (1, 0));
    press(&mut model, KeyCode::Char('T'));
    assert_eq!(failed(model.shown()), 0);
}

#[test]
fn record_is_played_and_stops_at_its_end() {
    let (mut model, store) = recorded();
    go(&mut model, &store, KeyCode::Char('T'));
    assert_eq!(go(&mut model, &store, KeyCode::Home), 0);
    let mut time = later(300);
    let effects = update(&mut model, time, Message::Key(KeyCode::Char(' ').into()));
    answer(&mut model, &store, &effects);
    for _ in 0..5 {
        update(&mut model, time, Message::Key(KeyCode::Char('+').into()));
    }
    let mut frames = 0;
    while let Some(next) = next_change(&model) {
        assert!(next > time);
        time = next;
        let effects = update(&mut model, time, Message::Tick);
        let is_frame = |it: &Effect| matches!(it, Effect::HistoryQuery(HistoryQuery::Moment(_)));
        if effects.iter().any(is_frame) {
            let query = query(&effects);
            assert!(matches!(query.seek, Seek::Time(_)));
            let message = Message::of_history(store.answer(&HistoryQuery::Moment(query)).unwrap());
            update(&mut model, time, message);
            frames += 1;
        } else if model.time_travel.as_ref().unwrap().playing().is_none() {
            break;
        }
    }
    // 300 s at 60 times the speed, five frames a second.
    assert!((20..40).contains(&frames), "{frames}");
    assert!(model.moment().unwrap() >= later(300));
}

#[test]
fn answer_to_an_earlier_query_is_not_shown() {
    let (mut model, store) = recorded();
    let open = |model: &mut Model, second| {
        let key = Message::Key(KeyCode::Char('T').into());
        query(&update(model, later(second), key))
    };
    let first = open(&mut model, 300);
    let second = open(&mut model, 301);
    assert_ne!(first.number, second.number);
    let mut read = |query: MomentQuery, time| {
        let answer = store.answer(&HistoryQuery::Moment(query)).unwrap();
        update(&mut model, later(time), Message::of_history(answer));
        model.shown().is_past()
    };
    assert!(!read(first, 302));
    assert!(read(second, 303));
}

#[test]
fn empty_history_leaves_the_dashboard_live() {
    let mut model = model();
    let store = Store::in_memory().unwrap();
    let effects = press(&mut model, KeyCode::Char('T'));
    answer(&mut model, &store, &effects);
    assert!(!model.shown().is_past() && model.time_travel.is_none());
    assert!(model.notice.is_some());
}

#[test]
fn actions_that_change_something_are_read_only() {
    let (mut model, store) = recorded();
    go(&mut model, &store, KeyCode::Char('T'));
    for key in "adeDuBrRpf@".chars() {
        let effects = press(&mut model, KeyCode::Char(key));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        let notice = model.shown().notice.as_ref().unwrap();
        assert!(notice.text.contains("read-only"), "{key}");
    }
    paste(&mut model, "acme/flows/f/jobs/9");
    assert!(model.shown().overlay.is_none());
}
