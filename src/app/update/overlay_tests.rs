//! Overlays as a user meets them: keys in, effects and hints out. Pasted text
//! is tested in `paste_tests`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::paste_tests::type_text;
use super::tests::overlays::listing;
use super::tests::{FILE, TWO_ENVIRONMENTS, model, model_of, names, press, saves, tenants};
use super::*;
use crate::app::jobs::tests::now;
use crate::app::{KeyMap, ListRequest, Listed, Overlay};
use crate::config::Change as ConfigChange;
use crate::hotglue::{Flow, FlowId, Text};

fn hints(model: &Model) -> Vec<String> {
    let overlay = model.overlay.as_ref().unwrap();
    let hints = overlay.hints(&model.overlay_context()).into_iter();
    hints
        .map(|hint| format!("{} {}", hint.key, hint.label))
        .collect()
}

fn rebind(model: &mut Model, bindings: &[(&str, &str)]) {
    let bindings: Vec<_> = bindings
        .iter()
        .map(|(name, key)| (*name, [(*key).to_owned()]))
        .collect();
    let bindings = bindings.iter().map(|(name, keys)| (*name, &keys[..]));
    model.keymap = KeyMap::rebind(bindings).unwrap();
}

#[test]
fn hints_name_the_keys_that_are_bound() {
    let mut model = model();
    rebind(
        &mut model,
        &[
            ("back", "f4"),
            ("copy_root", "f5"),
            ("down", "f6"),
            ("up", "f7"),
        ],
    );
    press(&mut model, KeyCode::Char('F'));
    assert_eq!(
        hints(&model),
        [
            "enter show only these",
            "f5 copy tenants",
            "f6 f7 choose",
            "f4 close"
        ]
    );
    press(&mut model, KeyCode::F(4));
    assert!(model.overlay.is_none());
    press(&mut model, KeyCode::Char('d'));
    assert_eq!(hints(&model), ["enter remove", "f4 cancel"]);
    // Escape leaves an overlay, whatever is bound.
    press(&mut model, KeyCode::Esc);
    assert!(model.overlay.is_none());
    press(&mut model, KeyCode::Char('b'));
    let notice = &model.notice.as_ref().unwrap().text;
    assert_eq!(notice, "grouped by tenant; enter folds");
    rebind(&mut model, &[("details", "f8")]);
    press(&mut model, KeyCode::Char('b'));
    let notice = &model.notice.as_ref().unwrap().text;
    assert_eq!(notice, "grouped by flow; f8 folds");
}

#[test]
fn every_overlay_opens_has_hints_and_closes() {
    use crate::app::OverlayKind;
    use strum::IntoEnumIterator;
    // A rollout, since only rollouts are compared.
    let follow = "[[follow]]\nflow = \"f\"\ntenants = [\"acme\"]\nsince = 2026-11-24T09:00:00Z\n";
    for kind in OverlayKind::iter() {
        let mut model = model_of(&format!("{FILE}{follow}"));
        model
            .command_runs
            .start("a command", vec!["one".to_owned()]);
        super::open::open(&mut model, kind);
        assert!(model.overlay.is_some(), "{kind:?}");
        assert!(hints(&model).len() >= 2, "{kind:?}");
        press(&mut model, KeyCode::Esc);
        assert!(model.overlay.is_none(), "{kind:?}");
    }
}

#[test]
fn palette_runs_what_is_typed_exactly() {
    let mut model = model();
    type_text(&mut model, ":q");
    let effects = press(&mut model, KeyCode::Enter);
    assert!(matches!(effects[..], [Effect::Quit]), "{effects:?}");
}

#[test]
fn sorting_by_the_same_column_again_reverses_it() {
    let mut model = model();
    for reversed in [true, false, true] {
        press(&mut model, KeyCode::Char('s'));
        press(&mut model, KeyCode::Enter);
        assert_eq!(model.jobs.table().settings().sort.reversed, reversed);
    }
    press(&mut model, KeyCode::Char('s'));
    press(&mut model, KeyCode::Char('S'));
    assert!(!model.jobs.table().settings().sort.reversed);
    assert!(model.overlay.is_some());
}

#[test]
fn column_moves_with_the_selection() {
    let mut model = model();
    let first = model.jobs.table().columns().choices()[0];
    press(&mut model, KeyCode::Char('C'));
    press(&mut model, KeyCode::Right);
    press(&mut model, KeyCode::Right);
    press(&mut model, KeyCode::Left);
    assert_eq!(model.jobs.table().columns().choices()[1], first);
    let Some(Overlay::Columns(menu)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    assert_eq!(menu.selected, 1);
    press(&mut model, KeyCode::Down);
    let shown = model.jobs.table().columns().choices()[2].1;
    press(&mut model, KeyCode::Char(' '));
    assert_ne!(model.jobs.table().columns().choices()[2].1, shown);
}

#[test]
fn invalid_poll_interval_keeps_the_edit_form_open() {
    let mut model = model();
    press(&mut model, KeyCode::Char('e'));
    press(&mut model, KeyCode::Up);
    type_text(&mut model, "soon");
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    let Some(Overlay::Edit(form)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    assert!(form.problem.is_some());
    for _ in 0..4 {
        press(&mut model, KeyCode::Backspace);
    }
    type_text(&mut model, "2s");
    let effects = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&effects)[..], [(_, ConfigChange::Edit(..))]));
    assert!(model.overlay.is_none());
}

fn answer(model: &mut Model, effects: &[Effect], listed: Listed) {
    let (number, _) = listing(effects);
    update(model, now(), Message::Listed(number, Ok(listed)));
}

fn flows() -> Listed {
    let flow = |id: &str| Flow {
        id: FlowId::parse(id).unwrap(),
        name: Some(Text::new("invoices")),
    };
    Listed::Flows(vec![flow("f"), flow("g")])
}

#[test]
fn marks_and_selection_are_kept_while_another_level_is_open() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('D'));
    answer(&mut model, &effects, flows());
    press(&mut model, KeyCode::Down);
    let effects = press(&mut model, KeyCode::Enter);
    let all = || Listed::Tenants(tenants(&["acme", "globex", "initech"]));
    answer(&mut model, &effects, all());
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    let effects = press(&mut model, KeyCode::Enter);
    assert!(
        matches!(listing(&effects).1, ListRequest::Jobs(_, tenant) if tenant.as_str() == "initech")
    );
    answer(&mut model, &effects, Listed::Jobs(Vec::new()));
    let effects = press(&mut model, KeyCode::Esc);
    // The list may have changed in the meantime.
    let again = Listed::Tenants(tenants(&["aaa", "acme", "globex", "initech"]));
    answer(&mut model, &effects, again);
    let Some(Overlay::Discover(browser)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    assert_eq!(browser.marked_count(), 2);
    assert!(!browser.is_marked(0) && browser.is_marked(1) && browser.is_marked(2));
    assert_eq!(browser.selected, 3);
    // Marks belong to one flow.
    let effects = press(&mut model, KeyCode::Esc);
    answer(&mut model, &effects, flows());
    press(&mut model, KeyCode::Up);
    let effects = press(&mut model, KeyCode::Enter);
    answer(&mut model, &effects, all());
    let Some(Overlay::Discover(browser)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    assert_eq!(browser.marked_count(), 0);
    // Back at the first flow, following takes the marked tenants.
    let effects = press(&mut model, KeyCode::Esc);
    answer(&mut model, &effects, flows());
    press(&mut model, KeyCode::Down);
    let effects = press(&mut model, KeyCode::Enter);
    answer(&mut model, &effects, all());
    let follow = KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL);
    let effects = update(&mut model, now(), Message::Key(follow));
    let saved = saves(&effects);
    let [(_, ConfigChange::Follow(entry))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entry.flow.as_str(), "g");
    assert_eq!(
        entry.tenants.as_ref().unwrap(),
        &tenants(&["acme", "globex"])
    );
}

#[test]
fn answer_to_an_earlier_listing_is_ignored() {
    let mut model = model_of(TWO_ENVIRONMENTS);
    press(&mut model, KeyCode::Char('D'));
    let first = press(&mut model, KeyCode::Enter);
    let back = press(&mut model, KeyCode::Esc);
    assert!(matches!(back[..], [Effect::StopListing]));
    answer(&mut model, &first, flows());
    let Some(Overlay::Discover(browser)) = &model.overlay else {
        panic!("{:?}", model.overlay);
    };
    assert_eq!(browser.count(), 2, "the environments are still listed");
    assert!(
        browser
            .label(&model.overlay_context(), 0)
            .starts_with("dev")
    );
}

#[test]
fn jobs_that_are_watched_are_not_added_again() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('D'));
    answer(&mut model, &effects, flows());
    let effects = press(&mut model, KeyCode::Enter);
    answer(&mut model, &effects, Listed::Tenants(tenants(&["acme"])));
    let effects = press(&mut model, KeyCode::Enter);
    let job = |root: &str| {
        let root = crate::hotglue::JobRoot::parse(root).unwrap();
        crate::hotglue::ListedJob {
            address: crate::hotglue::JobAddress::from_root(root).unwrap(),
            job: crate::hotglue::Job::decode(r#"{"status":"JOB_COMPLETED"}"#).unwrap(),
        }
    };
    let jobs = vec![job("acme/flows/f/jobs/1"), job("acme/flows/f/jobs/7")];
    answer(&mut model, &effects, Listed::Jobs(jobs));
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Enter);
    assert_eq!(names(&model), ["one", "two", "acme invoices"]);
}
