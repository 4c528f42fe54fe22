use super::*;

fn shown(width: u16) -> Vec<&'static str> {
    let placed = Columns::new(false, false).place(width, None);
    let end = placed
        .iter()
        .map(|placed| placed.x + placed.width)
        .max()
        .unwrap();
    assert!(end <= width.max(40), "{width}: {end}");
    placed.iter().map(|placed| placed.column.title()).collect()
}

#[test]
fn less_important_columns_are_left_out_first() {
    assert_eq!(shown(40), ["NAME", "STATUS", "UPDATED"]);
    assert_eq!(
        shown(80),
        [
            "NAME", "PROGRESS", "STATUS", "UPDATED", "ELAPSED", "MESSAGE"
        ]
    );
    assert_eq!(
        shown(120),
        [
            "NAME",
            "FLOW",
            "TAP → TARGET",
            "PROGRESS",
            "STATUS",
            "UPDATED",
            "ELAPSED",
            "MESSAGE"
        ]
    );
}

fn failed() -> Columns {
    Columns {
        content: [30; Column::COUNT],
        has_failed: true,
        ..Columns::new(true, true)
    }
}

#[test]
fn message_of_a_failed_job_is_the_widest_column() {
    for width in 80..400 {
        let placed = failed().place(width, None);
        let message = placed
            .iter()
            .find(|placed| placed.column == Column::Message);
        let message = message.unwrap_or_else(|| panic!("no message at {width}"));
        assert!(
            placed.iter().all(|other| other.width <= message.width),
            "{width}: {placed:?}"
        );
    }
}

#[test]
fn status_has_one_width() {
    for width in [80, 120, 200] {
        for columns in [Columns::new(false, false), failed()] {
            let placed = columns.place(width, None);
            let status = placed.iter().find(|placed| placed.column == Column::Status);
            assert_eq!(status.unwrap().width, STATUS_WIDTH, "{width}");
        }
    }
}

#[test]
fn tenants_that_names_repeat_are_shown_on_request() {
    let mut columns = Columns::new(false, false);
    let tenant = columns
        .choices()
        .iter()
        .position(|(column, _)| *column == Column::Tenant)
        .unwrap();
    let shown = |columns: &Columns| columns.choices()[tenant].1;
    assert!(!shown(&columns));
    columns.toggle(tenant);
    assert!(shown(&columns));
    columns.toggle(tenant);
    assert!(!shown(&columns));
    columns.names_lack_tenants = true;
    columns.toggle(tenant);
    assert!(shown(&columns));
}

proptest::proptest! {
    #[test]
    fn columns_fit_into_the_table_without_overlap(width in 0_u16..500, has_failed: bool) {
        let columns = if has_failed { failed() } else { Columns::new(true, true) };
        let placed = columns.place(width, None);
        for pair in placed.windows(2) {
            proptest::prop_assert!(pair[0].x + pair[0].width < pair[1].x);
        }
        if width >= 40 {
            let last = placed.last().unwrap();
            proptest::prop_assert!(last.x + last.width <= width);
        }
    }
}

#[test]
fn values_shown_elsewhere_have_no_column() {
    let placed = Columns::new(false, false).place(200, Some(Column::Flow));
    assert!(placed.iter().all(|placed| placed.column != Column::Flow));
    let placed = Columns::new(false, false).place(200, None);
    assert!(placed.iter().any(|placed| placed.column == Column::Flow));
}
