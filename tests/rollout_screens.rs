//! The screens of a rollout compared with their recordings: followed flows,
//! groups, failure groups, the matrix, anomalies, discover.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use hgtop::app::{ClickTarget, ConfigSource, Effect, Listed, Message, Model, update};
use hgtop::config::{self, Overrides};
use hgtop::history::{HistoryAnswer, PastRun, Run, RunStep};
use hgtop::hotglue::{
    EnvId, Flow, FlowId, Job, JobRoot, JobStatus, RowCounts, Stage, State, TenantId, Text,
};
use hgtop::watch::{Batch, JobId};
use jiff::SignedDuration;
use ratatui::layout::Rect;

mod scenes;

use scenes::screen::{Screen, assert_plain, assert_scene, assert_styled};
use scenes::*;

fn env_id() -> EnvId {
    EnvId::parse("dev.example-env.hotglue.xyz").unwrap()
}

/// Gives the model baselines for the flow of the scenes: of runs that take
/// about 80 seconds, with an event at least every five.
fn with_baselines(model: &mut Model) {
    let past = (0..23).map(|number| {
        let took = |seconds: i64| SignedDuration::from_secs(seconds + seconds * (number % 6) / 20);
        let started = ago((number + 1) * 86_400);
        PastRun {
            tenant: TenantId::parse(&format!("tenant-{}", number % 7)).unwrap(),
            tap: Text::new("shopify"),
            tap_version: None,
            job_root: JobRoot::parse(&format!("t/flows/l8odS2mce/jobs/past-{number}")).unwrap(),
            started,
            finished: started + took(80),
            state: State::Completed,
            stages: vec![
                (Stage::Queued, took(4)),
                (Stage::Sync, took(40)),
                (Stage::Etl, took(20)),
                (Stage::Export, took(15)),
            ],
            silences: vec![(Stage::Sync, took(5))],
            rows: None,
            message: None,
        }
    });
    let flow = FlowId::parse("l8odS2mce").unwrap();
    let known = HistoryAnswer::PastRuns {
        flows: vec![(env_id(), flow, past.collect())],
        forecasts: Vec::new(),
    };
    for effect in update(model, now(), Message::HistoryAnswer(known)) {
        if let Effect::Forecast(request) = effect {
            update(model, now(), Message::Forecast(request.compute()));
        }
    }
}

fn earlier_runs(tenant: &str) -> HistoryAnswer {
    let run = |id: &str, status: &str, days: i64, seconds: i64, message: Option<&str>| {
        let started = ago(days * 86_400);
        let tenant_id = TenantId::parse(tenant).unwrap();
        Run {
            job_root: JobRoot::parse(&format!("{tenant}/flows/l8odS2mce/jobs/{id}")).unwrap(),
            tenant: tenant_id,
            started: Some(started),
            status: JobStatus::parse(status),
            last: started + SignedDuration::from_secs(seconds),
            message: message.map(Text::new),
            fields: vec![(Text::new("processed_rows"), Text::new("9120"))],
            rows: Some(RowCounts {
                total: Some(9_120 - 310 * days.unsigned_abs()),
                ..RowCounts::default()
            }),
            steps: vec![
                RunStep {
                    status: JobStatus::SyncStarted,
                    seen: started,
                    updated: Some(started),
                },
                RunStep {
                    status: JobStatus::EtlStarted,
                    seen: started + SignedDuration::from_secs(30),
                    updated: None,
                },
            ],
        }
    };
    let good = run("before2", "JOB_COMPLETED", 2, 95, None);
    HistoryAnswer::Runs {
        env_id: env_id(),
        flow: FlowId::parse("l8odS2mce").unwrap(),
        tenant: TenantId::parse(tenant).unwrap(),
        runs: vec![
            run(
                "before1",
                "ETL_FAILED",
                1,
                71,
                Some("KeyError: 'invoice_id' in etl.py line 42"),
            ),
            good.clone(),
            run("before3", "JOB_COMPLETED", 3, 64, None),
        ],
        last_completed: Some(Box::new(good)),
    }
}

#[test]
fn timeline_shows_earlier_runs_and_baselines() {
    assert_scene("timeline_with_run_history", |size| {
        let mut model = rollout(9, size);
        with_baselines(&mut model);
        press(&mut model, "enter right z");
        let tenant = model.jobs.selected().unwrap().tenant().to_owned();
        update(
            &mut model,
            now(),
            Message::HistoryAnswer(earlier_runs(&tenant)),
        );
        model
    });
}

#[test]
fn slow_jobs_are_highlighted() {
    assert_scene("slow", |size| {
        let mut model = rollout(9, size);
        with_baselines(&mut model);
        model
    });
}

#[test]
fn followed_flow_shows_tenants_that_have_not_started() {
    assert_scene("followed_flow", |size| {
        let mut text =
            String::from("[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n");
        text.push_str("\n[[follow]]\nname = \"invoices\"\nflow = \"l8odS2mce\"\ntenants = [\"acme\", \"globex\", \"initech\"]\n");
        let config = config::parse(&text, Path::new("config.toml"), &Overrides::default()).unwrap();
        let mut model = model(config, ConfigSource::File("config.toml".to_owned()), size);
        let mut batch = answers(2);
        batch.transitions.clear();
        let mut none = snapshot(0);
        none.job = None;
        batch.snapshots.insert(JobId(2), none);
        update(&mut model, now(), Message::Watched(batch));
        model
    });
}

#[test]
fn rollout_line_says_how_far_it_is_whether_it_is_all_right_and_why_not() {
    assert_scene("rollout_line", |size| {
        let text = "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n\
            [[follow]]\nname = \"invoices wave 2\"\nflow = \"l8odS2mce\"\n\
            tenants = [\"acme\", \"globex\", \"initech\", \"umbrella\"]\n\
            since = 2026-11-23T13:00:00Z\ngate = \"failed<2\"\n";
        let config = config::parse(text, Path::new("config.toml"), &Overrides::default()).unwrap();
        let mut model = model(config, ConfigSource::File("config.toml".to_owned()), size);
        let mut batch = answers(3);
        batch.transitions.clear();
        let mut none = snapshot(0);
        none.job = None;
        batch.snapshots.insert(JobId(3), none);
        update(&mut model, now(), Message::Watched(batch));
        with_baselines(&mut model);
        model
    });
}

#[test]
fn grouped_table_shows_a_heading_for_each_group() {
    assert_scene("grouped_by_status", |size| {
        let mut model = rollout(24, size);
        press(&mut model, "b b b b b");
        press(&mut model, "G enter");
        model
    });
}

#[test]
fn failure_groups_lie_over_the_table() {
    let groups = |size| {
        let mut model = rollout(90, size);
        press(&mut model, "F");
        model
    };
    assert_scene("failure_groups", groups);
    let small = groups((40, 10));
    assert!(screen_text(&small).contains("target-intacct: 422"));
    assert_plain("failure_groups_40x10", &small);
}

#[test]
fn pulse_shows_the_rollout_over_time() {
    let pulse = |size| {
        let mut model = rollout(24, size);
        with_baselines(&mut model);
        press(&mut model, "P");
        model
    };
    assert_scene("pulse", pulse);
    assert_plain("pulse_40x10", &pulse((40, 10)));
    assert_styled("pulse_250x70", &pulse((250, 70)));
    let mut model = pulse((120, 36));
    press(&mut model, "F");
    assert!(screen_text(&model).contains("Failure groups (5 failed)"));
    press(&mut model, "esc P P");
    assert!(!screen_text(&model).contains("Burn-up"));
}

#[test]
fn pulse_without_finished_jobs_or_baselines_says_so() {
    let mut model = model(config(3), ConfigSource::Demo, (120, 36));
    press(&mut model, "P");
    let text = screen_text(&model);
    for expected in [
        "no job has finished yet",
        "no stage has finished yet",
        "no failed jobs",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn matrix_shows_every_job_on_one_screen() {
    let matrix = |size| {
        let mut model = rollout(24, size);
        press(&mut model, "M down right");
        model
    };
    assert_scene("matrix", matrix);
    assert_plain("matrix_40x10", &matrix((40, 10)));
    let mut large = rollout(2_000, (200, 50));
    press(&mut large, "M");
    assert_styled("matrix_2000_200x50", &large);
    // The table is grouped as before afterwards.
    press(&mut large, "M");
    assert_eq!(large.jobs.table().group_by(), hgtop::app::GroupBy::None);
}

#[test]
fn matrix_of_two_thousand_jobs_fits_a_large_screen() {
    let mut model = rollout(2_000, (200, 50));
    press(&mut model, "M");
    let jobs = |model: &Model| {
        let screen = Screen::of(model);
        let area = Rect::new(0, 0, 200, 50);
        let targets = area
            .positions()
            .filter_map(|cell| match screen.map.target(cell)? {
                ClickTarget::Job(id) => Some(id),
                _ => None,
            });
        targets.collect::<BTreeSet<_>>().len()
    };
    assert_eq!(jobs(&model), 2_000);
    assert!(screen_text(&model).contains("acme invoices  ETL_FAILED"));
    press(&mut model, "G");
    assert_eq!(jobs(&model), 2_000);
    assert!(screen_text(&model).contains("initech deals  JOB_COMPLETED"));
}

#[test]
fn discover_shows_what_the_environment_has() {
    let waiting = |size| {
        let mut model = rollout(2, size);
        press(&mut model, "D");
        model
    };
    assert_scene("discover_waiting", waiting);
    assert_scene("discover_refused", |size| {
        let mut model = waiting(size);
        let reason = "the service does not list this: API key refused (403: Forbidden)";
        update(
            &mut model,
            now(),
            Message::Listed(1, Err(reason.to_owned())),
        );
        model
    });
    assert_scene("discover_tenants", |size| {
        let mut model = waiting(size);
        let flow = Flow {
            id: FlowId::parse("l8odS2mce").unwrap(),
            name: Some(Text::new("invoices")),
        };
        update(
            &mut model,
            now(),
            Message::Listed(1, Ok(Listed::Flows(vec![flow]))),
        );
        press(&mut model, "enter");
        let tenants =
            (0..3_000).map(|number| TenantId::parse(&format!("tenant-{number}")).unwrap());
        let tenants = Ok(Listed::Tenants(tenants.collect()));
        update(&mut model, now(), Message::Listed(2, tenants));
        press(&mut model, "7 tab down tab");
        model
    });
    assert_scene("snapshot_menu", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "w down");
        model
    });
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever the service says, no cell holds a character that moves a
    /// cursor or turns text around, and the columns stay where they are.
    #[test]
    fn foreign_text_stays_in_its_cell(
        message in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f]|[\\u{200b}-\\u{202e}]|[\\u{2066}-\\u{2069}]|日|👩‍👩‍👧|e\u{301}){0,80}",
        tap in "(\\PC|\\x1b|\\u{202e}|日|👍🏽){0,30}",
        tab in 0..5_usize,
    ) {
        let mut model = rollout(9, (120, 30));
        let mut batch = Batch::default();
        for number in 0..9_u32 {
            let body = serde_json::json!({
                "status": "ETL_FAILED",
                "message": message,
                "tap": tap,
                "last_updated": ago(5).to_string(),
            });
            let mut odd = snapshot(number as usize);
            odd.job = Some(Arc::new(Job::decode(&body.to_string()).unwrap()));
            batch.snapshots.insert(JobId(number), odd);
        }
        update(&mut model, now(), Message::Watched(batch));
        if tab > 0 {
            press(&mut model, "enter");
            for _ in 1..tab {
                press(&mut model, "right");
            }
        }
        let screen = Screen::of(&model);
        let foreign = |each: char| {
            each.is_control() || matches!(each, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        for cell in screen.cells() {
            proptest::prop_assert!(!cell.symbol().contains(foreign), "{:?}", cell.symbol());
            proptest::prop_assert!(cell.symbol().chars().count() <= 16);
        }
        // The heading of the table is in the third line.

        let text = screen.text();
        let status = screen.column(2, "STATUS").unwrap();
        for y in 3..12 {
            proptest::prop_assert_eq!(screen.symbol(status, y), "E", "{}", text);
        }
    }
}

#[test]
fn help_is_searched_and_ranges_are_marked() {
    assert_scene("help_search", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "? / m a r k");
        model
    });
    assert_scene("palette_before_typing", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "v j j :");
        model
    });
    assert_scene("range", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "j v j j");
        model
    });
}
