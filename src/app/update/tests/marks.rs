//! Marks and ranges of marks.

use super::*;

const FOUR: &str = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
    [[jobs]]\nname = \"a\"\njob_root = \"acme/flows/f/jobs/1\"\n\
    [[jobs]]\nname = \"b\"\njob_root = \"acme/flows/f/jobs/2\"\n\
    [[jobs]]\nname = \"c\"\njob_root = \"acme/flows/f/jobs/3\"\n\
    [[jobs]]\nname = \"e\"\njob_root = \"acme/flows/f/jobs/4\"\n";

fn keys(model: &mut Model, keys: &str) {
    for key in keys.chars() {
        press(model, KeyCode::Char(key));
    }
}

fn marked(model: &Model) -> String {
    let rows = model.jobs.shown();
    let rows = rows.filter(|row| model.jobs.selection().is_marked(row.id));
    rows.map(|row| row.name.as_str()).collect()
}

#[test]
fn range_follows_the_cursor_until_it_is_ended() {
    let mut model = model_of(FOUR);
    keys(&mut model, "v");
    assert_eq!(marked(&model), "a");
    keys(&mut model, "jj");
    assert_eq!(marked(&model), "abc");
    keys(&mut model, "k");
    assert_eq!(marked(&model), "ab", "what the cursor left is not marked");
    keys(&mut model, "v");
    keys(&mut model, "G");
    assert_eq!(marked(&model), "ab", "an ended range stays as it is");
    assert!(!model.jobs.selection().is_marking());
    // A second range adds to the marks.
    keys(&mut model, "vv");
    assert_eq!(marked(&model), "abe");
}

#[test]
fn escape_drops_the_range_and_then_the_marks() {
    let mut model = model_of(FOUR);
    keys(&mut model, " vG");
    assert_eq!(marked(&model), "abce");
    press(&mut model, KeyCode::Esc);
    assert_eq!(marked(&model), "a");
    press(&mut model, KeyCode::Esc);
    assert_eq!(marked(&model), "");
}

#[test]
fn extending_marks_goes_both_ways_and_a_plain_move_ends_it() {
    let mut model = model_of(FOUR);
    keys(&mut model, "jJ");
    assert_eq!(marked(&model), "bc");
    keys(&mut model, "KK");
    assert_eq!(marked(&model), "ab", "across the line where it began");
    keys(&mut model, "GK");
    assert_eq!(marked(&model), "abce", "the first range stays");
    let key = KeyEvent::new(KeyCode::Down, KeyModifiers::SHIFT);
    let mut model = model_of(FOUR);
    update(&mut model, now(), Message::Key(key));
    assert_eq!(marked(&model), "ab");
}

#[test]
fn in_the_focused_details_the_keys_turn_to_another_job() {
    let mut model = model_of(FOUR);
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Tab);
    assert!(model.detail.focused);
    keys(&mut model, "JJK");
    assert_eq!(model.jobs.selected().unwrap().name.as_str(), "b");
    assert_eq!(marked(&model), "");
    assert!(model.detail.focused);
}

#[test]
fn range_ends_when_the_job_where_it_began_is_no_longer_shown() {
    let mut model = model_of(FOUR);
    keys(&mut model, "vj");
    let first = model.jobs.shown().next().map(|row| row.id).unwrap();
    model.jobs.remove(&[first]);
    keys(&mut model, "G");
    assert!(!model.jobs.selection().is_marking());
    assert_eq!(marked(&model), "b");
}
