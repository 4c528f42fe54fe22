//! Overlays that act on the model.

use super::*;
use crate::app::overlay::{ListRequest, Listed};
use crate::hotglue::{Flow, FlowId, Text};

pub(in crate::app::update) fn listing(effects: &[Effect]) -> (u64, ListRequest) {
    let listing = effects.iter().find_map(|effect| match effect {
        Effect::List(number, _, request) => Some((*number, request.clone())),
        _ => None,
    });
    listing.unwrap()
}

#[test]
fn browser_lists_level_by_level_and_follows_marked_tenants() {
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
fn failure_group_is_shown_alone_until_the_filter_is_cleared() {
    let mut model = model();
    poll(&mut model, 1, "ETL_FAILED", 0);
    press(&mut model, KeyCode::Char('F'));
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.jobs.table().shown_count(), 1);
    assert!(model.jobs.table().settings().only.is_some());
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.jobs.table().shown_count(), 2);
}

#[test]
fn snapshot_is_copied_or_written_to_a_file() {
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
