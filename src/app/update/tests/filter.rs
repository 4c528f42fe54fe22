//! Typing a filter: mistakes, completion, and rows that pass with time.

use super::*;

fn type_text(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, KeyCode::Char(c));
    }
}

fn typed(model: &Model) -> &str {
    model.filter_input.as_ref().unwrap().line.value()
}

fn error(model: &Model) -> Option<&str> {
    let input = model.filter_input.as_ref()?;
    input.error.as_ref().map(|error| error.message.as_str())
}

fn applied(model: &Model) -> &str {
    model.jobs.table().settings().filter.text()
}

#[test]
fn table_keeps_the_last_valid_filter_and_enter_keeps_a_mistake_open() {
    let mut model = model();
    type_text(&mut model, "/one elapsed>");
    assert_eq!(error(&model), None, "incomplete text is no mistake");
    assert_eq!(model.jobs.table().shown_count(), 1);
    type_text(&mut model, "x");
    assert!(error(&model).unwrap().starts_with("elapsed needs"));
    assert_eq!(applied(&model), "one elapsed>");
    assert_eq!(model.jobs.table().shown_count(), 1);
    press(&mut model, KeyCode::Enter);
    assert_eq!(typed(&model), "one elapsed>x");
    press(&mut model, KeyCode::Backspace);
    assert_eq!(error(&model), None);
    press(&mut model, KeyCode::Enter);
    assert!(error(&model).is_some(), "incomplete text is one at the end");
    type_text(&mut model, "10m");
    press(&mut model, KeyCode::Enter);
    assert!(model.filter_input.is_none());
    assert_eq!(applied(&model), "one elapsed>10m");
}

#[test]
fn tab_completes_words_and_values_in_the_middle_of_the_text() {
    let mut model = model();
    type_text(&mut model, "/ten one");
    for _ in 0..4 {
        press(&mut model, KeyCode::Left);
    }
    press(&mut model, KeyCode::Tab);
    assert_eq!(typed(&model), "tenant: one");
    press(&mut model, KeyCode::Tab);
    assert_eq!(typed(&model), "tenant:acme one");
    press(&mut model, KeyCode::Tab);
    assert_eq!(typed(&model), "tenant:globex one");
    press(&mut model, KeyCode::BackTab);
    assert_eq!(applied(&model), "tenant:acme one");
    type_text(&mut model, ",x");
    assert_eq!(typed(&model), "tenant:acme,x one");
}

#[test]
fn row_appears_when_its_age_passes_the_limit() {
    let mut model = model();
    poll(&mut model, 0, "SYNC_STARTED", 0);
    type_text(&mut model, "/updated>1m");
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.jobs.table().shown_count(), 0);
    let later = |seconds| now() + SignedDuration::from_secs(seconds);
    assert_eq!(model.jobs.table().next_deadline(), Some(later(61)));
    update(&mut model, later(60), Message::Tick);
    assert_eq!(model.jobs.table().shown_count(), 0);
    update(&mut model, later(61), Message::Tick);
    assert_eq!(model.jobs.table().shown_count(), 1);
    // Each new event hides it again.
    poll(&mut model, 0, "SYNC_COMPLETED", 70);
    assert_eq!(model.jobs.table().shown_count(), 0);
}
