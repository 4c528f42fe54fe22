//! Every screen as text, at three sizes: what a person sees, scene by scene.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use hgtop::app::{ConfigSource, Message, Model, next_change, update};
use hgtop::config::Config;
use hgtop::hotglue::{FetchError, Text, Unreachable};
use hgtop::watch::{Batch, EnvironmentId, EnvironmentStatus, FailureStreak, JobId};
use jiff::SignedDuration;

mod scenes;

use scenes::*;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

/// Takes the scene's picture at each size.
fn scene(name: &str, make: impl Fn((u16, u16)) -> Model) {
    for (width, height) in SIZES {
        let model = make((width, height));
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture(&model));
    }
}

#[test]
fn rollout_in_flight() {
    scene("rollout", |size| rollout(9, size));
}

#[test]
fn details_of_a_failure() {
    scene("message", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter");
        model
    });
    scene("timeline", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter right");
        model
    });
    scene("fields", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter right right z");
        model
    });
    scene("raw", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "enter tab right right right");
        model
    });
}

#[test]
fn private_fields_are_folded_until_asked_for() {
    let mut model = rollout(9, (120, 60));
    press(&mut model, "enter right right z");
    assert!(!picture(&model).contains("customer data"));
    press(&mut model, "x");
    assert!(picture(&model).contains("customer data"));
    press(&mut model, "right");
    assert!(picture(&model).contains("customer data"));
    press(&mut model, "x");
    assert!(!picture(&model).contains("customer data"));
    press(&mut model, "left");
}

#[test]
fn things_over_the_table() {
    scene("help", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "?");
        model
    });
    scene("palette", |size| {
        let mut model = rollout(9, size);
        press(&mut model, ": c o p y");
        model
    });
    scene("sort", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "s down");
        model
    });
    scene("columns", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "C");
        model
    });
    scene("events", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "L");
        model
    });
}

#[test]
fn narrowing() {
    scene("filter", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "/ i n t");
        model
    });
    scene("filter_without_match", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "3 / z z z enter");
        model
    });
}

#[test]
fn nothing_to_show() {
    scene("no_config", |size| {
        let path = "/home/me/.config/hgtop/config.toml".to_owned();
        model(Config::empty(), ConfigSource::NoFile(path), size)
    });
    scene("no_jobs", |size| {
        model(
            config(0),
            ConfigSource::File("config.toml".to_owned()),
            size,
        )
    });
    scene("before_the_first_answer", |size| {
        model(
            config(3),
            ConfigSource::File("config.toml".to_owned()),
            size,
        )
    });
}

#[test]
fn one_job() {
    scene("one_job", |size| rollout(1, size));
}

#[test]
fn two_thousand_jobs() {
    scene("two_thousand", |size| {
        let mut model = rollout(2_000, size);
        press(&mut model, "G space space *");
        model
    });
}

fn with_condition(size: (u16, u16), status: EnvironmentStatus) -> Model {
    let mut model = rollout(9, size);
    let mut batch = Batch::default();
    batch.environment_statuses.insert(EnvironmentId(0), status);
    update(&mut model, now(), Message::Watched(batch));
    model
}

#[test]
fn trouble() {
    let refused = Arc::new(FetchError::Unreachable {
        host: Text::new("api.hotglue.com"),
        cause: Unreachable::Refused,
    });
    scene("offline", |size| {
        let status = EnvironmentStatus::Outage {
            since: ago(42),
            error: Arc::clone(&refused),
            next: now() + SignedDuration::from_secs(3),
        };
        let mut model = with_condition(size, status);
        let mut batch = Batch::default();
        for (number, count) in [(1, 1), (3, 3)] {
            let mut stale = snapshot(number);
            stale.health.trouble = Some(FailureStreak {
                since: ago(42),
                count,
                error: Arc::clone(&refused),
            });
            batch
                .snapshots
                .insert(JobId(u32::try_from(number).unwrap()), stale);
        }
        update(&mut model, now(), Message::Watched(batch));
        press(&mut model, "down down enter");
        model
    });
    scene("key_refused", |size| {
        with_condition(
            size,
            EnvironmentStatus::Refused {
                since: ago(5),
                error: Arc::new(FetchError::KeyRefused {
                    status: 403,
                    message: Some(Text::new("Forbidden")),
                }),
                next: now() + SignedDuration::from_secs(55),
            },
        )
    });
    scene("no_key", |size| {
        let mut model = rollout(9, size);
        let problem = "no key: $HOTGLUE_API_KEY is not set".to_owned();
        update(
            &mut model,
            now(),
            Message::KeyProblem(EnvironmentId(0), Some(problem)),
        );
        model
    });
    scene("held_paused_frozen", |size| {
        let until = now() + SignedDuration::from_secs(12);
        let mut model = with_condition(size, EnvironmentStatus::Held { until });
        press(&mut model, "p f");
        model
    });
}

#[test]
fn small_windows() {
    for size in [(40, 10), (60, 15)] {
        let mut model = rollout(9, size);
        insta::assert_snapshot!(format!("small_{}x{}", size.0, size.1), picture(&model));
        press(&mut model, "enter");
        insta::assert_snapshot!(
            format!("small_details_{}x{}", size.0, size.1),
            picture(&model)
        );
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
        let text = picture(&model);
        assert_eq!(
            size.0 >= 40 && size.1 >= 10,
            text.contains("hgtop"),
            "{size:?}"
        );
    }
    assert!(picture(&rollout(9, (20, 5))).contains("window too small"));
}

#[test]
fn ascii_uses_nothing_else() {
    let mut config = config(3);
    config.settings.glyphs = hgtop::config::Glyphs::Ascii;
    let mut model = model(config, ConfigSource::Demo, (120, 36));
    update(&mut model, now(), Message::Watched(answers(3)));
    press(&mut model, "enter tab");
    let text = picture(&model);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!("ascii_120x36", text);
}

#[test]
fn no_cell_holds_what_could_act_on_a_terminal() {
    for size in SIZES {
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
            let text = picture(&model);
            let bad = text.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(bad, None, "{text}");
        }
    }
}

#[test]
fn the_mouse_does_the_obvious() {
    let mut model = rollout(9, (120, 36));
    let mouse = |model: &mut Model, kind, column, row| {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        update(model, now(), Message::Mouse(event));
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut model, click, 10, 6);
    assert_eq!(model.jobs.cursor(), 3);
    assert!(!model.detail.open);
    mouse(&mut model, click, 10, 6);
    assert!(model.detail.open, "a double click opens");
    press(&mut model, "esc");
    mouse(&mut model, MouseEventKind::ScrollDown, 10, 6);
    assert_eq!(model.jobs.cursor(), 6);
    let by_status: Vec<_> = model.jobs.shown().map(|row| row.key).collect();
    mouse(&mut model, click, 5, 2);
    let by_name: Vec<_> = model.jobs.shown().map(|row| row.name.to_string()).collect();
    assert!(by_name.is_sorted());
    mouse(&mut model, click, 5, 2);
    assert!(model.jobs.sort().reversed);
    assert_ne!(
        by_status,
        model.jobs.shown().map(|row| row.key).collect::<Vec<_>>()
    );
}

#[test]
fn the_next_change_is_the_next_second_unless_the_picture_stands() {
    let mut model = rollout(9, (120, 36));
    assert_eq!(
        next_change(&model),
        Some(now() + SignedDuration::from_secs(1))
    );
    press(&mut model, "f");
    assert_eq!(next_change(&model), None);
}

#[test]
fn what_is_learned_while_frozen_is_kept() {
    let mut model = rollout(9, (120, 36));
    press(&mut model, "f");
    let mut batch = Batch::default();
    let mut done = snapshot(2);
    done.health.polls = 99;
    batch.snapshots.insert(JobId(1), done);
    batch
        .transitions
        .push(transition(1, "ETL_STARTED", "JOB_COMPLETED", 0));
    let before = picture(&model);
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(picture(&model), before);
    press(&mut model, "f");
    assert!(picture(&model).contains("2 completed"));
    assert_eq!(model.jobs.get(JobId(1)).unwrap().steps.len(), 3);
}

#[test]
fn forms() {
    scene("add", |size| {
        let mut model = rollout(9, size);
        let text = "# what I have\nnorthwind/flows/l8odS2mce/jobs/2026/11/23/7/abc123\nacme/flows/l8odS2mce/jobs/job000\nlmaEbA\nhttps://api.hotglue.com/prod.x.xyz/f/t/jobs/status?job_root=t/flows/f/jobs/1\n";
        update(&mut model, now(), Message::Paste(text.to_owned()));
        model
    });
    scene("edit", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "e");
        model
    });
    scene("remove", |size| {
        let mut model = rollout(9, size);
        press(&mut model, "space space d");
        model
    });
}

#[test]
fn ten_thousand_pasted_lines() {
    let mut model = rollout(9, (120, 36));
    let line = |number: u32| format!("t{number}/flows/f/jobs/j{number}\n");
    let text: Vec<_> = (0..10_000).map(line).collect();
    update(&mut model, now(), Message::Paste(text.concat()));
    assert!(picture(&model).contains("10000 to add"));
    press(&mut model, "enter");
    assert_eq!(model.jobs.counts().total(), 10_009);
    press(&mut model, "u");
    assert_eq!(model.jobs.counts().total(), 9);
}
