//! Overlays that act on the model.

use super::*;
use crate::app::overlay::{ListRequest, Listed, Overlay};
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

fn answer(model: &mut Model, effects: &[Effect], listed: Result<Listed, String>) {
    let (number, _) = listing(effects);
    update(model, now(), Message::Listed(number, listed));
}

/// The browser on the tenants of a flow.
fn browse_tenants(model: &mut Model) {
    let flow = Flow {
        id: FlowId::parse("f").unwrap(),
        name: None,
    };
    let effects = press(model, KeyCode::Char('D'));
    answer(model, &effects, Ok(Listed::Flows(vec![flow])));
    let effects = press(model, KeyCode::Enter);
    let all = tenants(&["acme", "globex", "initech"]);
    answer(model, &effects, Ok(Listed::Tenants(all)));
}

fn follow(model: &mut Model) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL);
    update(model, now(), Message::Key(key))
}

fn close(model: &mut Model) {
    while model.overlay.is_some() {
        press(model, KeyCode::Esc);
    }
}

#[test]
fn marks_of_the_browser_survive_closing_it() {
    let mut model = model();
    browse_tenants(&mut model);
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    close(&mut model);
    browse_tenants(&mut model);
    let Some(Overlay::Discover(browser)) = &model.overlay else {
        panic!("the browser is not open");
    };
    assert_eq!(browser.marked_count(), 2);
    follow(&mut model);
    browse_tenants(&mut model);
    let Some(Overlay::Discover(browser)) = &model.overlay else {
        panic!("the browser is not open");
    };
    assert_eq!(browser.marked_count(), 0, "they are followed now");
}

#[test]
fn following_again_follows_only_what_is_new() {
    let mut model = model();
    browse_tenants(&mut model);
    press(&mut model, KeyCode::Tab);
    let effects = follow(&mut model);
    assert_eq!(saves(&effects).len(), 1);
    let jobs = names(&model).len();
    browse_tenants(&mut model);
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    let effects = follow(&mut model);
    let saved = saves(&effects);
    let [(_, Change::Follow(entry))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entry.tenants, Some(tenants(&["globex"])));
    assert_eq!(names(&model).len(), jobs + 1);
    browse_tenants(&mut model);
    assert!(saves(&follow(&mut model)).is_empty());
    assert_eq!(model.notice.as_ref().unwrap().text, "already followed");
    assert_eq!(names(&model).len(), jobs + 1);
}

#[test]
fn tenant_without_jobs_can_be_followed_and_a_failed_list_requested_again() {
    let mut model = model();
    browse_tenants(&mut model);
    let effects = press(&mut model, KeyCode::Enter);
    answer(&mut model, &effects, Err("listing failed".to_owned()));
    let effects = press(&mut model, KeyCode::Enter);
    let (_, request) = listing(&effects);
    assert!(matches!(request, ListRequest::Jobs(..)));
    answer(&mut model, &effects, Ok(Listed::Jobs(Vec::new())));
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    let effects = follow(&mut model);
    assert_eq!(saves(&effects).len(), 1);
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
