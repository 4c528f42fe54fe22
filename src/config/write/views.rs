//! Tables of the config file for views.

use toml_edit::{Array, Item, Table, value};

use super::tables::set;
use crate::config::contents::ViewEntry;
use crate::hotglue::Text;

/// Whether a table is the view of this name.
pub(super) fn is_view(table: &Table, name: &Text) -> bool {
    table.get("name").and_then(Item::as_str) == Some(name.as_str())
}

/// A new table for a view.
pub(super) fn view_table(view: &ViewEntry) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table["name"] = value(view.name.as_str());
    edit_view(&mut table, view);
    table
}

/// Sets filter, sort order, groups and columns of a view.
pub(super) fn edit_view(table: &mut Table, view: &ViewEntry) {
    set(table, "filter", value(view.filter.as_str()));
    let optional = [("sort", &view.sort), ("group", &view.group)];
    for (key, written) in optional {
        match written {
            Some(written) => set(table, key, value(written.as_str())),
            None => drop(table.remove(key)),
        }
    }
    match &view.columns {
        Some(columns) => {
            let columns: Array = columns.iter().map(String::as_str).collect();
            set(table, "columns", value(columns));
        }
        None => drop(table.remove("columns")),
    }
}
