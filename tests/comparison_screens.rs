//! The comparison of a rollout on the dashboard, compared with its recordings.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use hgtop::app::{ConfigSource, Effect, Message, Model, update};
use hgtop::config::{self, Overrides};
use hgtop::history::{HistoryAnswer, HistoryQuery, PastRun, RolloutRuns};
use hgtop::hotglue::{FlowId, JobRoot, RowCounts, Stage, State, TenantId, Text};
use jiff::SignedDuration;

mod scenes;

use scenes::screen::{Screen, assert_scene};
use scenes::*;

const TENANTS: i64 = 60;

/// A dashboard that follows a flow, with a start an hour ago or without.
fn dashboard(since: &str, size: (u16, u16)) -> Model {
    let source = format!(
        "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n\
         [[follow]]\nname = \"invoices rollout\"\nflow = \"l8odS2mce\"\n\
         tenants = [\"t1\", \"t2\"]\n{since}\n"
    );
    let config = config::parse(&source, Path::new("config.toml"), &Overrides::default()).unwrap();
    model(config, ConfigSource::File("config.toml".to_owned()), size)
}

/// A run of a tenant; sizes differ by an order of magnitude.
fn run(tenant: i64, day: i64, percent: i64) -> PastRun {
    let seconds = (40 + tenant * 9) * percent / 100 + (tenant * 7 + day * 3) % 11;
    let started = ago(3_000 + day * 86_400);
    let took = SignedDuration::from_secs(seconds);
    PastRun {
        tenant: TenantId::parse(&format!("t{tenant}")).unwrap(),
        tap: Text::new("shopify"),
        tap_version: Some(Text::new(if tenant % 2 == 0 { "v2" } else { "v1" })),
        job_root: JobRoot::parse(&format!("t{tenant}/flows/l8odS2mce/jobs/{day}")).unwrap(),
        started,
        finished: started + took,
        state: State::Completed,
        stages: vec![(Stage::Sync, took * 6 / 10), (Stage::Etl, took * 3 / 10)],
        rows: Some(RowCounts {
            total: Some(u64::try_from(900 + tenant * 110 + day).unwrap()),
            ..RowCounts::default()
        }),
        silences: Vec::new(),
        message: None,
    }
}

/// The history of a rollout that takes half as long again and fails for two.
fn runs() -> RolloutRuns {
    let past = (1..=TENANTS).flat_map(|tenant| (1..=9).map(move |day| run(tenant, day, 100)));
    let mut after: Vec<PastRun> = (1..=TENANTS).map(|tenant| run(tenant, 0, 150)).collect();
    for failed in &mut after[..2] {
        failed.state = State::Failed;
    }
    RolloutRuns {
        flow: FlowId::parse("l8odS2mce").unwrap(),
        since: ago(3_600),
        before: past.collect(),
        after,
    }
}

/// Answers the query of the history and the computation that follows.
fn answer(model: &mut Model, effects: &[Effect]) {
    let is_query = |effect: &Effect| {
        matches!(
            effect,
            Effect::HistoryQuery(HistoryQuery::RolloutRuns { .. })
        )
    };
    assert!(effects.iter().any(is_query), "{effects:?}");
    let read = HistoryAnswer::RolloutRuns(Box::new(runs()));
    let effects = update(model, now(), Message::HistoryAnswer(read));
    for effect in effects {
        if let Effect::Compare(mut task) = effect {
            // The scene follows two of the tenants that the history knows.
            task.tenants = None;
            let requested = task.requested;
            update(model, now(), Message::Compared(requested, task.run()));
        }
    }
}

fn key(model: &mut Model, name: &str) -> Vec<Effect> {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let code = match name {
        "tab" => KeyCode::Tab,
        name => KeyCode::Char(name.chars().next().unwrap()),
    };
    let event = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, now(), Message::Key(event))
}

fn since() -> String {
    format!("since = {}", ago(3_600))
}

fn compared(size: (u16, u16)) -> Model {
    let mut model = dashboard(&since(), size);
    let effects = key(&mut model, "=");
    answer(&mut model, &effects);
    model
}

#[test]
fn comparison_shows_shifts_results_and_worst_tenants() {
    assert_scene("comparison", compared);
}

#[test]
fn comparison_by_tap_version() {
    assert_scene("comparison_by_version", |size| {
        let mut model = compared(size);
        let effects = key(&mut model, "tab");
        answer(&mut model, &effects);
        model
    });
}

#[test]
fn comparison_fits_the_smallest_window() {
    let model = compared((40, 10));
    let text = Screen::of(&model).text();
    assert!(text.contains("slower"), "{text}");
    assert!(text.contains("×1.49"), "{text}");
}

#[test]
fn without_a_start_there_is_nothing_to_compare() {
    let mut model = dashboard("", (80, 24));
    key(&mut model, "=");
    let text = Screen::of(&model).text();
    assert!(text.contains("the rollout has no start"), "{text}");
}

#[test]
fn job_without_a_rollout_shows_the_comparison_of_the_header() {
    let source = format!(
        "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n\
         [[jobs]]\nname = \"one\"\njob_root = \"t1/flows/other/jobs/1\"\n\
         [[follow]]\nname = \"invoices rollout\"\nflow = \"l8odS2mce\"\n\
         tenants = \"*\"\n{}\n",
        since()
    );
    let config = config::parse(&source, Path::new("config.toml"), &Overrides::default()).unwrap();
    let source = ConfigSource::File("config.toml".to_owned());
    let mut model = model(config, source, (80, 24));
    key(&mut model, "=");
    let text = Screen::of(&model).text();
    assert!(
        text.contains("invoices rollout: before and since"),
        "{text}"
    );
}

#[test]
fn late_answer_of_an_earlier_request_is_ignored() {
    let mut model = dashboard(&since(), (80, 24));
    key(&mut model, "=");
    let earlier = Message::Compared(ago(9), Vec::new());
    update(&mut model, now(), earlier);
    let text = Screen::of(&model).text();
    assert!(text.contains("comparing"), "{text}");
}
