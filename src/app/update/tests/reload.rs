//! The config file changes while the dashboard is open.

use super::*;
use crate::app::jobs::Row;
use crate::app::overlay::Overlay;

#[test]
fn reload_keeps_snapshots_and_the_cursor() {
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
    assert_eq!(names(&model), ["first", "two", "a"]);
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

#[test]
fn config_with_errors_is_reported_and_changes_nothing() {
    let mut model = model();
    let broken = Err("hgtop.toml:3:1: unknown key".to_owned());
    let effects = update(&mut model, now(), Message::Reloaded(broken));
    assert!(
        effects
            .iter()
            .all(|effect| matches!(effect, Effect::Title(_)))
    );
    assert!(model.file_problem.is_some());
    assert_eq!(names(&model), ["one", "two"]);
    press(&mut model, KeyCode::Char('a'));
    assert!(matches!(model.overlay, Some(Overlay::Add(_))));
}

#[test]
fn reload_sets_intervals_only_where_they_change() {
    let intervals = |effects: &[Effect]| {
        let intervals = effects.iter().filter_map(|effect| match effect {
            Effect::SetInterval(id, interval) => Some((id.0, interval.as_secs())),
            _ => None,
        });
        intervals.collect::<Vec<_>>()
    };
    let mut model = model();
    assert_eq!(intervals(&reload(&mut model, FILE)), []);
    let text = FILE.replace("name = \"two\"", "name = \"two\"\npoll_interval = \"7s\"");
    assert_eq!(intervals(&reload(&mut model, &text)), [(1, 7)]);
    let text = format!("poll_interval = \"9s\"\n{text}");
    assert_eq!(intervals(&reload(&mut model, &text)), [(0, 9)]);
}

#[test]
fn job_with_another_tenant_in_the_file_is_polled_at_its_new_address() {
    let mut model = model();
    let text = FILE.replace("name = \"two\"", "name = \"two\"\ntenant = \"initech\"");
    let effects = reload(&mut model, &text);
    let polled = effects.iter().find_map(|effect| match effect {
        Effect::Watch(targets) => Some(targets[0].selector.tenant().to_string()),
        _ => None,
    });
    assert_eq!(polled.as_deref(), Some("initech"));
    let removed = |effect: &Effect| matches!(effect, Effect::Unwatch(ids) if *ids == [JobId(1)]);
    assert!(effects.iter().any(removed), "{effects:?}");
    let tenants: Vec<_> = model.jobs.all().map(Row::tenant).collect();
    assert_eq!(tenants, ["acme", "initech"]);
}
