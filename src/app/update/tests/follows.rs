//! Followed flows: their rows come with the tenants and go with the flow.

use std::sync::Arc;

use super::*;
use crate::hotglue::FetchError;
use crate::watch::{FailureStreak, Snapshot};

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
    let effects = start(&model);
    (model, effects)
}

#[test]
fn named_tenants_have_rows_that_are_removed_with_their_flow() {
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
fn discovered_tenants_are_added_and_unlinked_ones_removed() {
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
            .contains("cannot list tenants")
    );
}
