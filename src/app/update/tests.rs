//! Messages in, effects out: what no picture shows.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::*;
use crate::app::jobs::tests::{now, snapshot, transition};
use crate::app::{ConfigSource, ListRequest, Listed, ModelConfig, Overlay};
use crate::config::{self, Change, Config, Overrides, Saved};
use crate::history::{Baseline, HistoryAnswer, Percentiles, StageBaseline};
use crate::hotglue::{EnvId, FetchError, Flow, FlowId, Stage, State, TenantId, Text};
use crate::rollout::Anomaly;
use crate::watch::{FailureStreak, JobId, Snapshot};

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

pub(super) fn config(text: &str) -> Config {
    config::parse(text, Path::new("hgtop.toml"), &Overrides::default()).unwrap()
}

pub(super) fn model() -> Model {
    Model::new(ModelConfig::new(
        config(FILE),
        ConfigSource::File("hgtop.toml".to_owned()),
        now(),
        Size::new(100, 30),
    ))
}

pub(super) fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, now(), Message::Key(key))
}

/// Pastes text and waits until the paste has ended.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut effects = update(model, now(), Message::Paste(text.to_owned()));
    let idle = now() + SignedDuration::from_millis(30);
    effects.extend(update(model, idle, Message::Tick));
    effects
}

pub(super) fn names(model: &Model) -> Vec<String> {
    model.jobs.all().map(|row| row.name.to_string()).collect()
}

pub(super) fn saves(effects: &[Effect]) -> Vec<(u64, &Change)> {
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
    paste(&mut model, "initech/flows/f/jobs/3");
    let added = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&added)[..], [(_, Change::Add(_))]));
    assert_eq!(names(&model), ["one", "two", "3"]);

    model.jobs.select(JobId(0));
    press(&mut model, KeyCode::Char('d'));
    let removed = press(&mut model, KeyCode::Enter);
    assert!(matches!(removed[0], Effect::Unwatch(ref keys) if *keys == [JobId(0)]));
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
    paste(&mut model, "initech/flows/f/jobs/3");
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
    batch.snapshots.insert(JobId(1), snapshot("ETL_FAILED", 3));
    update(&mut model, now(), Message::Watched(batch));
    model.jobs.select(JobId(1));
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
    assert_eq!(selected.id, JobId(1));
    assert!(selected.job().is_some());
    assert_eq!(model.settings.poll_interval().as_secs(), 9);
    let watched = effects.iter().find_map(|effect| match effect {
        Effect::Watch(targets) => Some(targets.len()),
        _ => None,
    });
    assert_eq!(watched, Some(1));
}

pub(super) const TWO_ENVIRONMENTS: &str = r#"
[environments.dev]
env_id = "dev.example-env.hotglue.xyz"

[environments.prod]
env_id = "prod.example-env.hotglue.xyz"
"#;

pub(super) const ONLY_PROD: &str = r#"
[environments.prod]
env_id = "prod.example-env.hotglue.xyz"
"#;

pub(super) fn model_of(text: &str) -> Model {
    Model::new(ModelConfig::new(
        config(text),
        ConfigSource::File("hgtop.toml".to_owned()),
        now(),
        Size::new(100, 30),
    ))
}

pub(super) fn reload(model: &mut Model, text: &str) -> Vec<Effect> {
    let file = Ok(Box::new(config(text)));
    update(model, now(), Message::Reloaded(file))
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
fn new_model_connects_environments_and_watches_their_jobs_under_the_same_id() {
    let job = "[[jobs]]\nenvironment = \"prod\"\njob_root = \"acme/flows/f/jobs/1\"\n";
    let effects = model_of(&format!("{TWO_ENVIRONMENTS}\n{job}")).begin();
    let [Effect::Connect(connections, _), Effect::Watch(targets), ..] = &effects[..] else {
        panic!("{effects:?}");
    };
    let (_, prod) = connections
        .iter()
        .find(|(id, _)| *id == targets[0].environment)
        .unwrap();
    assert_eq!(prod.name.as_str(), "prod");
}

#[test]
fn a_frozen_picture_takes_in_what_it_missed_when_it_thaws() {
    let mut model = model();
    press(&mut model, KeyCode::Char('f'));
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(0), snapshot("ETL_FAILED", 3));
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(model.jobs.counts().of(State::Failed), 0);
    press(&mut model, KeyCode::Char('f'));
    assert_eq!(model.jobs.counts().of(State::Failed), 1);
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

fn following(tenants: &str) -> (Model, Vec<Effect>) {
    let text =
        format!("{FILE}\n[[follow]]\nname = \"rollout\"\nflow = \"f\"\ntenants = {tenants}\n");
    let config = config(&text);
    let model = Model::new(ModelConfig::new(
        config,
        ConfigSource::File("hgtop.toml".to_owned()),
        now(),
        Size::new(120, 30),
    ));
    let effects = model.begin();
    (model, effects)
}

pub(super) fn tenants(names: &[&str]) -> Vec<TenantId> {
    names
        .iter()
        .map(|name| TenantId::parse(name).unwrap())
        .collect()
}

#[test]
fn named_tenants_are_rows_at_once_and_removed_with_their_flow() {
    let (mut model, effects) = following(r#"["acme", "globex"]"#);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Watch(targets) if targets.len() == 4))
    );
    assert_eq!(
        names(&model),
        ["one", "two", "acme rollout", "globex rollout"]
    );
    // Removing one of them is removing the flow, and undone as one.
    model.jobs.select(JobId(2));
    press(&mut model, KeyCode::Char('d'));
    let effects = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&effects)[..], [(_, Change::Unfollow(_))]));
    assert_eq!(names(&model), ["one", "two"]);
    press(&mut model, KeyCode::Char('u'));
    assert_eq!(
        names(&model),
        ["one", "two", "acme rollout", "globex rollout"]
    );
}

#[test]
fn the_tenants_of_an_environment_come_and_strangers_go() {
    let (mut model, effects) = following(r#""*""#);
    let discovery = effects.iter().find_map(|effect| match effect {
        Effect::AddTenantDiscovery(discovery) => Some(*discovery),
        _ => None,
    });
    let key = discovery.unwrap().id;
    let mut batch = Batch::default();
    batch
        .discoveries
        .insert(key, Ok(tenants(&["acme", "globex"])));
    let effects = update(&mut model, now(), Message::Watched(batch.clone()));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Watch(_)))
    );
    assert_eq!(names(&model).len(), 4);

    let mut answers = Batch::default();
    let mut empty = Snapshot::default();
    empty.health.last_success = Some(now());
    answers.snapshots.insert(JobId(2), empty);
    let mut unlinked_tenant = Snapshot::default();
    unlinked_tenant.health.failure_streak = Some(FailureStreak {
        since: now(),
        count: 1,
        error: Arc::new(FetchError::NotFound { message: None }),
    });
    answers.snapshots.insert(JobId(3), unlinked_tenant);
    let effects = update(&mut model, now(), Message::Watched(answers));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Unwatch(keys) if *keys == [JobId(3)]))
    );
    assert_eq!(names(&model), ["one", "two", "acme rollout"]);
    let row = model.jobs.get(JobId(2)).unwrap();
    assert!(row.is_not_started());
    assert_eq!(row.status_label(), "not started");
    // Asked for again, it does not come back.
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(names(&model).len(), 3);

    let mut refused = Batch::default();
    refused
        .discoveries
        .insert(key, Err(Arc::new(FetchError::NoSuchPath)));
    update(&mut model, now(), Message::Watched(refused));
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("cannot be listed")
    );
}

/// The news of a job that has that status now, `later` seconds after.
fn news(model: &mut Model, key: u32, status: &str, later: i64) -> Vec<Effect> {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(key), snapshot(status, -later));
    batch.transitions.push(transition(key, status));
    let at = now() + SignedDuration::from_secs(later);
    update(model, at, Message::Watched(batch))
}

fn notified(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notification(words) => Some(words.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn failures_are_announced_bundled_and_in_the_title() {
    let mut model = model();
    let effects = news(&mut model, 0, "ETL_FAILED", 0);
    assert_eq!(notified(&effects), ["one failed"]);
    let title = effects.iter().find_map(|effect| match effect {
        Effect::Title(title) => Some(title.as_str()),
        _ => None,
    });
    assert_eq!(title, Some("hgtop: 1 failed, 1/2 done"));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Record(_)))
    );
    // Within the same second nothing more is told, but kept.
    assert!(notified(&news(&mut model, 1, "SYNC_FAILED", 0)).is_empty());
    let later = now() + SignedDuration::from_secs(1);
    assert_eq!(crate::app::next_change(&model), Some(later));
    let effects = update(&mut model, later, Message::Tick);
    assert_eq!(notified(&effects), ["two failed"]);
}

#[test]
fn on_change_gets_what_the_contract_names() {
    let mut model = model();
    let text = format!("on_change = [\"tell\"]\n{FILE}");
    update(
        &mut model,
        now(),
        Message::Reloaded(Ok(Box::new(config(&text)))),
    );
    let effects = news(&mut model, 0, "ETL_FAILED", 0);
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
fn what_happened_meanwhile_is_told_on_return_and_walked() {
    let mut model = model();
    update(&mut model, now(), Message::Focus(false));
    news(&mut model, 1, "JOB_COMPLETED", 30);
    let back = now() + SignedDuration::from_secs(120);
    update(&mut model, back, Message::Focus(true));
    let notice = model.notice.as_ref().unwrap().text.clone();
    assert!(notice.starts_with("2m 00s away: 1 completed"), "{notice}");
    let key = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::NONE);
    update(&mut model, back, Message::Key(key));
    assert_eq!(model.jobs.selected().unwrap().id, JobId(1));
}

/// A flow whose sync usually takes a minute, with an event every ten seconds.
fn baseline() -> HistoryAnswer {
    let percentiles = |seconds: i64| Percentiles {
        count: 20,
        median: SignedDuration::from_secs(seconds),
        p90: SignedDuration::from_secs(seconds * 2),
        p95: SignedDuration::from_secs(seconds * 3),
    };
    let stage = |seconds: i64| StageBaseline {
        took: percentiles(seconds),
        silence: Some(percentiles(10)),
        share: 100,
    };
    let baseline = Baseline {
        stages: [(Stage::Sync, stage(60)), (Stage::Etl, stage(30))].into(),
        whole: Some(percentiles(100)),
    };
    let env = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    HistoryAnswer::Baseline(vec![(
        env,
        FlowId::parse("f").unwrap(),
        Text::new("shopify"),
        baseline,
    )])
}

#[test]
fn slow_and_quiet_jobs_are_marked_when_their_moment_comes() {
    let mut model = model();
    update(&mut model, now(), Message::HistoryAnswer(baseline()));
    news(&mut model, 0, "SYNC_STARTED", 0);
    assert_eq!(model.jobs.get(JobId(0)).unwrap().anomaly, None);
    assert_eq!(model.jobs.counts().anomalies(), 0);
    // 30 s is the longest silence that is usual, and 5 s are given on top.
    let at = |seconds| now() + SignedDuration::from_secs(seconds);
    update(&mut model, at(34), Message::Tick);
    assert_eq!(model.jobs.counts().anomalies(), 0);
    assert!(crate::app::next_change(&model).unwrap() <= at(35));
    update(&mut model, at(35), Message::Tick);
    let anomaly = model.jobs.get(JobId(0)).unwrap().anomaly;
    assert!(
        matches!(anomaly, Some(Anomaly::Silent { .. })),
        "{anomaly:?}"
    );
    assert_eq!(
        anomaly.unwrap().description(at(40)),
        "silent for 40s (p95: 30s)"
    );
    assert_eq!(model.jobs.counts().anomalies(), 1);
    let left = model.forecast.eta(1, at(0)).unwrap();
    assert_eq!(left.p50.as_secs(), 60 + 30);
    // Its stage over, it is as usual again.
    news(&mut model, 0, "ETL_STARTED", 41);
    assert_eq!(model.jobs.get(JobId(0)).unwrap().anomaly, None);
}

pub(super) fn listing(effects: &[Effect]) -> (u64, ListRequest) {
    let listing = effects.iter().find_map(|effect| match effect {
        Effect::List(number, _, request) => Some((*number, request.clone())),
        _ => None,
    });
    listing.unwrap()
}

#[test]
fn the_browser_goes_in_and_follows() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('D'));
    let (number, request) = listing(&effects);
    assert_eq!(request, ListRequest::Flows);
    let flow = Flow {
        id: FlowId::parse("f").unwrap(),
        name: Some(Text::new("invoices")),
    };
    // An answer to another request is late.
    let listed = || Ok(Listed::Flows(vec![flow.clone()]));
    update(&mut model, now(), Message::Listed(number + 7, listed()));
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    update(&mut model, now(), Message::Listed(number, listed()));
    let effects = press(&mut model, KeyCode::Enter);
    let (number, request) = listing(&effects);
    assert_eq!(request, ListRequest::Tenants);
    let all = tenants(&["acme", "globex", "initech"]);
    update(
        &mut model,
        now(),
        Message::Listed(number, Ok(Listed::Tenants(all))),
    );
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    let key = KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL);
    let effects = update(&mut model, now(), Message::Key(key));
    let saved = saves(&effects);
    let [(_, Change::Follow(entry))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entry.tenants.as_ref().unwrap().len(), 2);
    assert!(model.overlay.is_none());
    assert_eq!(names(&model).len(), 4);
}

#[test]
fn a_family_is_shown_alone_until_all_are_wanted() {
    let mut model = model();
    news(&mut model, 1, "ETL_FAILED", 0);
    press(&mut model, KeyCode::Char('F'));
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.jobs.table().shown_count(), 1);
    assert!(model.jobs.table().settings().only.is_some());
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.jobs.table().shown_count(), 2);
}

#[test]
fn a_snapshot_goes_to_the_clipboard_or_a_file() {
    let mut model = model();
    press(&mut model, KeyCode::Char('w'));
    let effects = press(&mut model, KeyCode::Enter);
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(
        text.starts_with("| name | tenant |") && text.lines().count() == 4,
        "{text}"
    );
    press(&mut model, KeyCode::Char('w'));
    press(&mut model, KeyCode::End);
    let effects = press(&mut model, KeyCode::Enter);
    let [Effect::WriteFile(name, text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(name, "hgtop-20261123-120000.json");
    assert!(text.contains("\"version\": 1"));
}
