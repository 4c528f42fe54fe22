//! Applying a change to the text of a config file. Everything else in the text
//! stays as it is. Costs grow linearly with file and change.

use std::collections::HashSet;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::change::{Change, JobEntry, JobEntryId, List, RemovedTable, Saved};
use super::tables::{edit_table, follow_table, is_follow, job_id, job_table, set_start};
use super::views::{edit_view, is_view, view_table};

/// The text with a change applied.
///
/// # Errors
/// A message, when the text is not valid TOML or a list is not one of tables.
pub fn apply(source: &str, change: &Change) -> Result<(String, Saved), String> {
    let (mark, body) = match source.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", source),
    };
    let mut document: DocumentMut = body
        .parse()
        .map_err(|_| "the file has errors; fix them first (hgtop config check)".to_owned())?;
    let only_environment = match document.get("environments").and_then(Item::as_table_like) {
        Some(table) if table.len() == 1 => table.iter().next().map(|(name, _)| name.to_owned()),
        _ => None,
    };
    let only = only_environment.as_deref();
    let saved = match change {
        Change::Add(entries) => add(tables(&mut document, List::Jobs)?, entries, only),
        Change::Remove(ids) => {
            let ids: HashSet<_> = ids.iter().collect();
            remove(&mut document, List::Jobs, |table| {
                job_id(table, only).is_some_and(|id| ids.contains(&id))
            })?
        }
        Change::Follow(entry) => {
            tables(&mut document, List::Follow)?.push(follow_table(entry, only));
            counted(1)
        }
        Change::Unfollow(entry) => {
            let mut is_found = false;
            remove(&mut document, List::Follow, |table| {
                let is_first = !is_found && is_follow(table, entry, only);
                is_found |= is_first;
                is_first
            })?
        }
        Change::SetStart(entry, since) => {
            let mut follows = tables(&mut document, List::Follow)?.iter_mut();
            let table = follows.find(|table| is_follow(table, entry, only));
            let count = usize::from(table.is_some());
            if let Some(table) = table {
                set_start(table, *since);
            }
            counted(count)
        }
        Change::Restore(removed) => {
            for list in [List::Jobs, List::Follow, List::Views] {
                let of_list: Vec<_> = removed.iter().filter(|table| table.list == list).collect();
                if !of_list.is_empty() {
                    restore(tables(&mut document, list)?, of_list);
                }
            }
            counted(removed.len())
        }
        Change::Edit(id, job) => {
            let mut jobs = tables(&mut document, List::Jobs)?.iter_mut();
            let table = jobs.find(|table| job_id(table, only).as_ref() == Some(id));
            let count = usize::from(table.is_some());
            if let Some(table) = table {
                edit_table(table, job);
            }
            counted(count)
        }
        Change::SetView(view) => {
            let views = tables(&mut document, List::Views)?;
            let index = views.iter().position(|table| is_view(table, &view.name));
            match index.and_then(|index| views.get_mut(index)) {
                Some(table) => edit_view(table, view),
                None => views.push(view_table(view)),
            }
            counted(1)
        }
        Change::RemoveView(name) => {
            let mut is_found = false;
            remove(&mut document, List::Views, |table| {
                let is_first = !is_found && is_view(table, name);
                is_found |= is_first;
                is_first
            })?
        }
    };
    if saved.count == 0 {
        return Ok((source.to_owned(), saved));
    }
    let mut text = document.to_string();
    if body.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Ok((format!("{mark}{text}"), saved))
}

fn counted(count: usize) -> Saved {
    Saved {
        count,
        ..Saved::default()
    }
}

fn add(jobs: &mut ArrayOfTables, entries: &[JobEntry], only: Option<&str>) -> Saved {
    let mut known: HashSet<_> = jobs
        .iter()
        .filter_map(|table| job_id(table, only))
        .collect();
    let mut count = 0;
    for entry in entries {
        if known.insert(JobEntryId::of(entry)) {
            jobs.push(job_table(entry, only));
            count += 1;
        }
    }
    counted(count)
}

fn remove(
    document: &mut DocumentMut,
    list: List,
    mut is_wanted: impl FnMut(&Table) -> bool,
) -> Result<Saved, String> {
    let mut removed = Vec::new();
    let mut index = 0;
    tables(document, list)?.retain(|table| {
        let is_removed = is_wanted(table);
        if is_removed {
            removed.push(RemovedTable {
                list,
                index,
                table: table.clone(),
            });
        }
        index += 1;
        !is_removed
    });
    Ok(Saved {
        count: removed.len(),
        removed,
    })
}

fn restore(tables: &mut ArrayOfTables, mut removed: Vec<&RemovedTable>) {
    removed.sort_by_key(|removed| removed.index);
    let mut removed = removed.into_iter().peekable();
    // Tables are written in the order of their positions, which count those of
    // another version of the document for a removed one. It takes that of the
    // table before it; equal positions keep the order of the list.
    let mut position = tables.get(0).and_then(Table::position);
    let mut all: Vec<Table> = Vec::new();
    for table in std::mem::take(tables) {
        while let Some(removed) = removed.next_if(|removed| removed.index <= all.len()) {
            all.push(placed(removed, position));
        }
        position = table.position();
        all.push(table);
    }
    all.extend(removed.map(|removed| placed(removed, position)));
    tables.extend(all);
}

fn placed(removed: &RemovedTable, position: Option<isize>) -> Table {
    let mut table = removed.table.clone();
    if position.is_some() {
        table.set_position(position);
    }
    table
}

/// A list of tables of the document, created where there is none. An inline
/// array is turned into tables.
fn tables(document: &mut DocumentMut, list: List) -> Result<&mut ArrayOfTables, String> {
    let item = document
        .entry(list.key())
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let wrong = || format!("\"{}\" is not a list of tables", list.key());
    if item.is_value() {
        let taken = std::mem::take(item);
        *item = Item::ArrayOfTables(taken.into_array_of_tables().map_err(|_| wrong())?);
    }
    item.as_array_of_tables_mut().ok_or_else(wrong)
}
