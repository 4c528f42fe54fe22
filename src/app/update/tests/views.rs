//! Views: selecting, counting, saving and undoing them.

use super::*;
use crate::app::jobs::{Column, GroupBy, Sort};

const VIEWS: &str = r#"
[[views]]
name = "failing"
filter = "status:failed or tenant:globex"
sort = "-updated"
group = "flow"
columns = ["tenant", "status", "message"]

[[views]]
name = "old"
filter = "updated>1m"
"#;

fn model_with_views() -> Model {
    let mut model = model_of(&format!("{FILE}{VIEWS}"));
    poll(&mut model, 0, "SYNC_STARTED", 0);
    poll(&mut model, 1, "SYNC_STARTED", 0);
    model
}

fn chosen(model: &Model) -> Vec<Column> {
    let columns = model.jobs.table().columns();
    columns
        .choices()
        .iter()
        .filter(|(_, is_chosen)| *is_chosen)
        .map(|(column, _)| *column)
        .collect()
}

fn counts(model: &Model) -> &[usize] {
    model.jobs.table().view_counts()
}

#[test]
fn view_applies_all_it_has_and_leaving_it_restores_the_table() {
    let mut model = model_with_views();
    let before = (model.jobs.table().settings().sort, chosen(&model));
    press(&mut model, KeyCode::Char(']'));
    let table = model.jobs.table();
    assert_eq!(
        table.settings().filter.text(),
        "status:failed or tenant:globex"
    );
    let newest_first = Sort {
        column: Some(Column::Updated),
        reversed: false,
    };
    assert_eq!(table.settings().sort, newest_first);
    assert_eq!(table.group_by(), GroupBy::Flow);
    assert_eq!(
        chosen(&model),
        [Column::Tenant, Column::Status, Column::Message]
    );
    // What a view does not set is as without a view.
    press(&mut model, KeyCode::Char(']'));
    assert_eq!(model.jobs.table().settings().filter.text(), "updated>1m");
    assert_eq!(model.jobs.table().group_by(), GroupBy::None);
    press(&mut model, KeyCode::Char(']'));
    assert_eq!(model.view, None);
    assert!(model.jobs.table().settings().filter.text().is_empty());
    let after = (model.jobs.table().settings().sort, chosen(&model));
    assert_eq!(after, before);
}

#[test]
fn counts_of_views_follow_the_rows_and_the_time() {
    let mut model = model_with_views();
    assert_eq!(counts(&model), [1, 0]);
    poll(&mut model, 0, "ETL_FAILED", 1);
    assert_eq!(counts(&model), [2, 0]);
    let later = now() + SignedDuration::from_secs(90);
    update(&mut model, later, Message::Tick);
    assert_eq!(counts(&model), [2, 2]);
    poll(&mut model, 0, "SYNC_STARTED", 95);
    assert_eq!(counts(&model), [1, 1]);
    model.jobs.select(JobId(1));
    press(&mut model, KeyCode::Char('d'));
    press(&mut model, KeyCode::Enter);
    assert_eq!(counts(&model), [0, 0]);
    press(&mut model, KeyCode::Char('u'));
    assert_eq!(counts(&model)[0], 1);
}

fn save_view(model: &mut Model, name: &str) -> Vec<Effect> {
    press(model, KeyCode::Char(':'));
    paste(model, &format!("view save {name}"));
    press(model, KeyCode::Enter)
}

#[test]
fn saved_view_holds_what_the_table_shows_and_can_be_undone() {
    let mut model = model_with_views();
    press(&mut model, KeyCode::Char('3'));
    press(&mut model, KeyCode::Char('/'));
    paste(&mut model, "acme or globex");
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Char('b'));
    let effects = save_view(&mut model, "mine");
    let saved = saves(&effects);
    let [(_, Change::SetView(entry))] = &saved[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(entry.name.as_str(), "mine");
    assert_eq!(entry.filter, "status:failed,cancelled (acme or globex)");
    assert_eq!(entry.sort.as_deref(), Some("status"));
    assert_eq!(entry.group.as_deref(), Some("tenant"));
    let columns = entry.columns.as_ref().unwrap();
    assert_eq!(columns.first().map(String::as_str), Some("name"));
    assert_eq!(model.views.len(), 3);
    assert_eq!(model.view, Some(2));
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(
        matches!(&saves(&effects)[..], [(_, Change::RemoveView(name))] if name.as_str() == "mine")
    );
    assert_eq!(model.views.len(), 2);
    // A view of the same name is replaced, and restored.
    save_view(&mut model, "old");
    assert_eq!(model.views.len(), 2);
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(
        matches!(&saves(&effects)[..], [(_, Change::SetView(view))] if view.filter == "updated>1m")
    );
    assert_eq!(model.views[1].filter, "updated>1m");
}
