//! Every screen compared with its recording: the table, the detail pane,
//! banners and what lies over the table. Rollouts are in `rollout_screens`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use hgtop::app::{ConfigSource, Message, Model, next_change, update};
use hgtop::config::{Config, ThemeName};
use hgtop::hotglue::{FetchError, Text, Unreachable};
use hgtop::ui;
use hgtop::watch::{Batch, EnvironmentId, EnvironmentStatus, FailureStreak, JobId};
use jiff::SignedDuration;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

mod scenes;

use scenes::screen::{assert_plain, assert_scene, assert_styled};
use scenes::*;

#[test]
fn table_shows_a_rollout_in_progress() {
    assert_scene("rollout", |size| rollout(9, size));
}

#[test]
fn detail_pane_shows_each_tab_of_a_failed_job() {
    assert_scene("message", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter");
        model
    });
    assert_scene("timeline", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter right");
        model
    });
    assert_scene("fields", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter right right z");
        model
    });
    assert_scene("raw", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter tab right right right");
        model
    });
}

#[test]
fn private_fields_stay_folded_until_revealed() {
    let mut model = rollout(9, (120, 60));
    press(&mut model, "enter right right z");
    assert!(!screen_text(&model).contains("customer data"));
    press(&mut model, "x");
    assert!(screen_text(&model).contains("customer data"));
    press(&mut model, "right");
    assert!(screen_text(&model).contains("customer data"));
    press(&mut model, "x");
    assert!(!screen_text(&model).contains("customer data"));
    press(&mut model, "left");
}

#[test]
fn menus_and_lists_lie_over_the_table() {
    assert_scene("help", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "?");
        model
    });
    assert_scene("palette", |size| {
        let mut model = rollout(9, size);
        press(&mut model, ": c o p y");
        model
    });
    assert_scene("sort", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "s down");
        model
    });
    assert_scene("columns", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "C");
        model
    });
    assert_scene("events", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "L");
        model
    });
}

#[test]
fn filter_bar_shows_what_the_table_is_narrowed_to() {
    assert_scene("filter", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "/ i n t");
        model
    });
    assert_scene("filter_error", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "/ i n t space e l a p s e d > x");
        model
    });
    assert_scene("filter_completion", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "/ s t a t u s : tab tab");
        model
    });
    assert_scene("filter_without_match", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "3 / z z z enter");
        model
    });
}

#[test]
fn empty_table_says_what_to_do() {
    assert_scene("no_config", |size| {
        let path = "/home/me/.config/hgtop/config.toml".to_owned();
        model(Config::empty(), ConfigSource::NoFile(path), size)
    });
    assert_scene("no_jobs", |size| {
        model(
            config(0),
            ConfigSource::File("config.toml".to_owned()),
            size,
        )
    });
    assert_scene("pending_first_poll", |size| {
        model(
            config(3),
            ConfigSource::File("config.toml".to_owned()),
            size,
        )
    });
}

#[test]
fn table_shows_a_single_job() {
    assert_scene("one_job", |size| rollout(1, size));
}

#[test]
fn table_of_two_thousand_jobs_shows_its_last_page() {
    let mut model = rollout(2_000, (200, 50));
    press(&mut model, "G space space *");
    let text = screen_text(&model);
    assert!(text.contains("2000 jobs"), "{text}");
    assert!(text.contains(" 2000 marked "), "{text}");
    let rows: Vec<_> = text.lines().filter(|line| line.contains('◆')).collect();
    assert_eq!(
        rows.len(),
        40,
        "header, bar, heading, message strip and footer are not rows"
    );
    for row in rows {
        assert!(row.contains("JOB_COMPLETED"), "sorted last: {row}");
    }
    press(&mut model, "g");
    let text = screen_text(&model);
    let first = text.lines().nth(3).unwrap();
    assert!(first.contains("ETL_FAILED"), "sorted first: {first}");
}

fn with_condition(size: (u16, u16), status: EnvironmentStatus) -> Model {
    let mut model = rollout(9, size);
    let mut batch = Batch::default();
    batch.environment_statuses.insert(EnvironmentId(0), status);
    update(&mut model, now(), Message::Watched(batch));
    model
}

/// A rollout whose environment does not answer; two rows are stale.
fn offline(size: (u16, u16)) -> Model {
    let refused = Arc::new(FetchError::Unreachable {
        host: Text::new("api.hotglue.com"),
        cause: Unreachable::Refused,
    });
    let status = EnvironmentStatus::Outage {
        since: ago(42),
        error: Arc::clone(&refused),
        next: now() + SignedDuration::from_secs(3),
    };
    let mut model = with_condition(size, status);
    let mut batch = Batch::default();
    for (number, count) in [(1, 1), (3, 3)] {
        let mut stale = snapshot(number);
        stale.health.failure_streak = Some(FailureStreak {
            since: ago(42),
            count,
            error: Arc::clone(&refused),
        });
        batch
            .snapshots
            .insert(JobId(u32::try_from(number).unwrap()), stale);
    }
    update(&mut model, now(), Message::Watched(batch));
    model
}

#[test]
fn banners_name_the_problem_of_an_environment() {
    assert_scene("offline", |size| {
        let mut model = offline(size);
        press(&mut model, "down down enter");
        model
    });
    assert_scene("api_key_refused", |size| {
        with_condition(
            size,
            EnvironmentStatus::Unauthorized {
                since: ago(5),
                error: Arc::new(FetchError::Unauthorized {
                    status: 403,
                    message: Some(Text::new("Forbidden")),
                }),
                next: now() + SignedDuration::from_secs(55),
            },
        )
    });
    assert_scene("api_key_missing", |size| {
        let mut model = rollout(9, size);
        let problem = "no key: $HOTGLUE_API_KEY is not set".to_owned();
        update(
            &mut model,
            now(),
            Message::KeyProblem(EnvironmentId(0), Some(problem)),
        );
        model
    });
    assert_scene("rate_limited_paused_frozen", |size| {
        let until = now() + SignedDuration::from_secs(12);
        let mut model = with_condition(size, EnvironmentStatus::RateLimited { until });
        press(&mut model, "p f");
        model
    });
}

#[test]
fn small_windows_show_what_fits() {
    for size in [(40, 10), (60, 15)] {
        let mut model = rollout(9, size);
        assert_plain(&format!("small_{}x{}", size.0, size.1), &model);
        press(&mut model, "enter");
        assert_plain(&format!("small_detail_{}x{}", size.0, size.1), &model);
    }
    for size in [
        (1, 1),
        (2, 1),
        (1, 50),
        (20, 5),
        (39, 10),
        (40, 9),
        (500, 200),
    ] {
        let model = rollout(9, size);
        let text = screen_text(&model);
        assert_eq!(
            size.0 >= 40 && size.1 >= 10,
            text.contains("9 jobs"),
            "{size:?}"
        );
    }
    assert!(screen_text(&rollout(9, (20, 5))).contains("window too small"));
}

/// The terminal is drawn at its new size before the model learns of it.
#[test]
fn terminal_smaller_than_the_window_is_drawn() {
    for keys in ["", "M", "enter", "enter z", "/ a", "b", "?", "D"] {
        let mut model = rollout(200, (200, 50));
        press(&mut model, keys);
        for size in [(199, 50), (200, 49), (120, 36), (60, 15), (40, 10), (1, 1)] {
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            let drawn = terminal.draw(|frame| drop(ui::view(&model, frame)));
            assert!(drawn.is_ok(), "{keys} {size:?}");
        }
    }
}

#[test]
fn ascii_glyphs_draw_only_ascii() {
    let mut config = config(3);
    config.settings.glyphs = hgtop::config::Glyphs::Ascii;
    let mut model = model(config, ConfigSource::Demo, (120, 36));
    update(&mut model, now(), Message::Watched(answers(3)));
    for keys in ["b", "M", "M P", "esc F", "esc enter tab"] {
        press(&mut model, keys);
        let text = screen_text(&model);
        assert!(text.is_ascii(), "{keys}: {text}");
    }
    assert_plain("ascii_120x36", &model);
}

#[test]
fn no_cell_holds_a_character_that_acts_on_the_terminal() {
    for size in [(80, 24), (120, 36), (200, 50)] {
        for keys in [
            "",
            "G enter",
            "enter right",
            "enter right right x",
            "L",
            "enter right right right x",
        ] {
            let mut model = rollout(9, size);
            press(&mut model, "5");
            press(&mut model, keys);
            let text = screen_text(&model);
            let bad = text.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(bad, None, "{text}");
        }
    }
}

#[test]
fn next_change_is_the_next_second_unless_frozen() {
    let mut model = rollout(9, (120, 36));
    assert_eq!(
        next_change(&model),
        Some(now() + SignedDuration::from_secs(1))
    );
    // A failure is notified of after a pause.
    let pause = now() + SignedDuration::from_secs(5);
    press(&mut model, "f");
    assert_eq!(next_change(&model), Some(pause));
    update(&mut model, pause, Message::Tick);
    assert_eq!(next_change(&model), None);
}

#[test]
fn updates_received_while_frozen_appear_after_unfreezing() {
    let mut model = rollout(9, (120, 36));
    press(&mut model, "f");
    let mut batch = Batch::default();
    let mut completed = snapshot(2);
    completed.health.polls = 99;
    batch.snapshots.insert(JobId(1), completed);
    batch
        .transitions
        .push(transition(1, "ETL_STARTED", "JOB_COMPLETED", 0));
    let before = screen_text(&model);
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(screen_text(&model), before);
    press(&mut model, "f");
    assert!(screen_text(&model).contains("2 completed"));
    assert_eq!(model.jobs.get(JobId(1)).unwrap().steps.len(), 3);
}

#[test]
fn forms_show_their_fields_and_how_references_were_parsed() {
    assert_scene("add", |size| {
        let mut model = rollout(9, size);
        let text = "# my jobs\nnorthwind/flows/l8odS2mce/jobs/2026/11/23/7/abc123\nacme/flows/l8odS2mce/jobs/job000\nlmaEbA\nhttps://api.hotglue.com/prod.x.xyz/f/t/jobs/status?job_root=t/flows/f/jobs/1\n";
        paste(&mut model, text);
        model
    });
    assert_scene("edit", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "e");
        model
    });
    assert_scene("remove", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "space space d");
        model
    });
}

#[test]
fn ten_thousand_pasted_lines_are_added_and_undone() {
    let mut model = rollout(9, (120, 36));
    let line = |number: u32| format!("t{number}/flows/f/jobs/j{number}\n");
    let text: Vec<_> = (0..10_000).map(line).collect();
    paste(&mut model, &text.concat());
    assert!(screen_text(&model).contains("10000 to add"));
    press(&mut model, "enter");
    assert_eq!(model.jobs.counts().total(), 10_009);
    press(&mut model, "u");
    assert_eq!(model.jobs.counts().total(), 9);
}

#[test]
fn unseen_failure_differs_from_a_seen_one_without_colors() {
    for (theme, name) in [
        (ThemeName::Dark, "dark"),
        (ThemeName::Light, "light"),
        (ThemeName::Mono, "mono"),
    ] {
        let mut model = themed(theme, (100, 24));
        let mut batch = Batch::default();
        let failure = transition(8, "EXPORT_STARTED", "EXPORT_FAILED", 0);
        batch.snapshots.insert(failure.id, snapshot(8));
        batch.transitions.push(failure);
        update(&mut model, now(), Message::Watched(batch));
        press(&mut model, "j j");
        assert_styled(&format!("unseen_failure_{name}_100x24"), &model);
    }
}

#[test]
fn every_theme_keeps_its_colors() {
    for (theme, name) in [
        (ThemeName::Dark, "dark"),
        (ThemeName::Light, "light"),
        (ThemeName::HighContrast, "high_contrast"),
        (ThemeName::Mono, "mono"),
    ] {
        let mut model = themed(theme, (100, 24));
        press(&mut model, "enter");
        assert_styled(&format!("theme_{name}_100x24"), &model);
    }
    let mut model = themed(ThemeName::Auto, (100, 24));
    model.settings.display.true_color = false;
    press(&mut model, "enter");
    assert_styled("theme_sixteen_colors_100x24", &model);
}

#[test]
fn environment_with_an_accent_colors_header_and_frames() {
    let source = "[environments.prod]\nenv_id = \"prod.x.xyz\"\naccent = \"red\"\n\
                  [environments.dev]\nenv_id = \"dev.x.xyz\"\n\
                  [[jobs]]\nenvironment = \"prod\"\njob_root = \"acme/flows/f/jobs/1\"\n";
    let path = std::path::Path::new("config.toml");
    let config = hgtop::config::parse(source, path, &hgtop::config::Overrides::default());
    let mut model = model(config.unwrap(), ConfigSource::Demo, (100, 24));
    update(&mut model, now(), Message::Watched(answers(1)));
    press(&mut model, "s");
    assert_styled("accent_100x24", &model);
}

/// An offline environment, a marked, a stale, a failed and a completed job.
fn themed(theme: ThemeName, size: (u16, u16)) -> Model {
    let mut model = offline(size);
    model.settings.choose_theme(theme);
    press(&mut model, "space");
    model
}
