//! Views: selecting one, and saving what the table shows as one.

use crate::app::config_edit::Undo;
use crate::app::detail::Severity;
use crate::app::jobs::{Show, TableArrangement, Typing, View};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::{Change, SavedView};
use crate::hotglue::Text;

/// The longest name of a view, in bytes.
const MAX_NAME_BYTES: usize = 64;

impl Model {
    /// Takes over the views of the config file; one that is not valid is
    /// reported and left out.
    pub(in crate::app) fn set_views(&mut self, saved: &[SavedView]) {
        let mut views = Vec::new();
        for view in saved {
            match View::of(view) {
                Ok(view) => views.push(view),
                Err((place, error)) => {
                    self.file_problem = Some(format!("line {}: {error}", place.line));
                }
            }
        }
        self.replace_views(views);
    }

    fn replace_views(&mut self, views: Vec<View>) {
        if self.views != views {
            let shown = self.view.map(|view| self.views[view].name.clone());
            self.views = views;
            self.view = shown.and_then(|name| self.views.iter().position(|view| view.name == name));
            self.jobs.set_views(&self.views);
        }
    }

    /// Goes to the next or the previous view; before the first there is the
    /// unfiltered table.
    pub(in crate::app) fn step_view(&mut self, forward: bool) {
        let count = self.views.len() + 1;
        let shown = self.view.map_or(0, |view| view + 1);
        let next = if forward {
            shown + 1
        } else {
            shown + count - 1
        } % count;
        self.show_view(next.checked_sub(1));
    }

    /// Shows a view by its index, or all jobs. What the view does not set is as
    /// it was without a view.
    pub(in crate::app) fn show_view(&mut self, view: Option<usize>) {
        let Some((index, view)) = view.and_then(|index| Some((index, self.views.get(index)?)))
        else {
            self.clear_filter();
            return;
        };
        let base = self
            .arrangement
            .get_or_insert_with(|| self.jobs.arrangement());
        let arrangement = TableArrangement {
            sort: view.sort.unwrap_or(base.sort),
            group: view.group.unwrap_or(base.group),
            columns: view.columns.as_ref().unwrap_or(&base.columns).clone(),
        };
        let filtered = self.jobs.set_filter(&view.filter, Typing::Finished);
        self.view = Some(index);
        self.jobs.arrange(&arrangement);
        if let Err(error) = filtered {
            self.notify(Severity::Bad, format!("filter of the view: {error}"));
        }
    }

    /// Leaves the view: the table is arranged as without one.
    pub(in crate::app) fn leave_view(&mut self) {
        self.view = None;
        if let Some(arrangement) = self.arrangement.take() {
            self.jobs.arrange(&arrangement);
        }
    }

    /// Saves filter, sort order, groups and columns as a view of this name; a
    /// view that has the name is replaced.
    pub(in crate::app) fn save_view(&mut self, name: &str) -> Vec<Effect> {
        let name = Text::cut(&Text::new(name.trim()).one_line(), MAX_NAME_BYTES);
        if name.as_str().is_empty() {
            self.notify(Severity::Warning, "a view needs a name: view save NAME");
            return Vec::new();
        }
        let TableArrangement {
            sort,
            group,
            columns,
        } = self.jobs.arrangement();
        let settings = self.jobs.table().settings();
        let filter = match (settings.filter.text(), show_term(settings.show)) {
            (filter, None) => filter.to_owned(),
            ("", Some(term)) => term.to_owned(),
            // The parentheses keep an "or" of the filter together.
            (filter, Some(term)) => format!("{term} ({filter})"),
        };
        let view = View {
            name: name.clone(),
            filter,
            sort: Some(sort),
            group: Some(group),
            columns: Some(columns),
        };
        let index = self.views.iter().position(|view| view.name == name);
        let before = index.map(|index| self.views[index].clone());
        let change = Change::SetView(view.entry());
        self.put_view(view);
        self.view = self.views.iter().position(|view| view.name == name);
        self.changes.push_undo(Undo::View {
            name: name.clone(),
            before,
        });
        let effects = self.save(change).1.into_iter().collect();
        self.notify_change(&format!("view '{name}' saved"));
        effects
    }

    /// Restores a view as it was before it was saved.
    pub(super) fn undo_view(&mut self, name: &Text, before: Option<View>) -> Vec<Effect> {
        let change = if let Some(view) = before {
            let change = Change::SetView(view.entry());
            self.put_view(view);
            change
        } else {
            let others = self.views.iter().filter(|view| view.name != *name);
            self.replace_views(others.cloned().collect());
            Change::RemoveView(name.clone())
        };
        self.notify(Severity::Plain, format!("undone: view '{name}' as before"));
        self.save(change).1.into_iter().collect()
    }

    fn put_view(&mut self, view: View) {
        let mut views = self.views.clone();
        match views.iter_mut().find(|other| other.name == view.name) {
            Some(other) => *other = view,
            None => views.push(view),
        }
        self.replace_views(views);
    }
}

/// The filter that shows the jobs of one state, where there is one.
fn show_term(show: Show) -> Option<&'static str> {
    match show {
        Show::All | Show::Changed => None,
        Show::Running => Some("status:running,queued"),
        Show::Failed => Some("status:failed,cancelled"),
        Show::Completed => Some("status:completed"),
        Show::Unknown => Some("status:unknown"),
    }
}
