//! Messages in, effects out, by theme.

mod alerts;
mod commands;
mod config_edit;
mod filter;
mod follows;
mod history;
mod learning;
mod marks;
pub(super) mod overlays;
mod palette;
mod polled_first;
mod reload;
mod report;
mod rollouts;
mod time_travel;
mod views;

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::*;
use crate::app::jobs::tests::{now, snapshot, transition};
use crate::app::model::{ConfigSource, ModelConfig};
use crate::config::{self, Change, Config, Overrides, Saved};
use crate::hotglue::{State, TenantId};
use crate::watch::{Batch, JobId};

pub(super) const FILE: &str = r#"
[environments.dev]
env_id = "dev.example-env.hotglue.xyz"

[[jobs]]
name = "one"
job_root = "acme/flows/f/jobs/1"

[[jobs]]
name = "two"
job_root = "globex/flows/f/jobs/2"
"#;

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

pub(super) fn config(text: &str) -> Config {
    config::parse(text, Path::new("hgtop.toml"), &Overrides::default()).unwrap()
}

pub(super) fn model() -> Model {
    model_of(FILE)
}

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

pub(super) fn tenants(names: &[&str]) -> Vec<TenantId> {
    names
        .iter()
        .map(|name| TenantId::parse(name).unwrap())
        .collect()
}

/// Applies a poll that found this status `later` seconds after `now`.
fn poll(model: &mut Model, key: u32, status: &str, later: i64) -> Vec<Effect> {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(key), snapshot(status, -later));
    batch.transitions.push(transition(key, status));
    let time = now() + SignedDuration::from_secs(later);
    update(model, time, Message::Watched(batch))
}

fn notified(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notification(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn notice_disappears_after_its_time() {
    let mut model = model();
    press(&mut model, KeyCode::Char('u'));
    assert!(model.notice.is_some());
    let later: Timestamp = now() + SignedDuration::from_secs(6);
    update(&mut model, later, Message::Tick);
    assert!(model.notice.is_none());
}

#[test]
fn frozen_dashboard_applies_what_was_held_back_when_it_is_unfrozen() {
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
fn new_model_connects_environments_and_watches_their_jobs_under_the_same_id() {
    let job = "[[jobs]]\nenvironment = \"prod\"\njob_root = \"acme/flows/f/jobs/1\"\n";
    let effects = start(&model_of(&format!("{TWO_ENVIRONMENTS}\n{job}")));
    let [Effect::Connect(connections, _), Effect::Watch(targets), ..] = &effects[..] else {
        panic!("{effects:?}");
    };
    let (_, prod) = connections
        .iter()
        .find(|(id, _)| *id == targets[0].environment)
        .unwrap();
    assert_eq!(prod.name.as_str(), "prod");
}
