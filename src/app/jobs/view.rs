//! A view: a filter, and how the table is arranged for it.

use crate::app::jobs::columns::Column;
use crate::app::jobs::filter::{Filter, FilterClock, Typing};
use crate::app::jobs::groups::GroupBy;
use crate::app::jobs::table::sort::Sort;
use crate::config::{Place, SavedView, ViewEntry};
use crate::hotglue::Text;

/// A view. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The label of its tab.
    pub(crate) name: Text,
    /// The text of its filter.
    pub(crate) filter: String,
    /// The sort order, where the view has one.
    pub(crate) sort: Option<Sort>,
    /// The attribute to group by, where the view has one.
    pub(crate) group: Option<GroupBy>,
    /// The columns, where the view chooses them.
    pub(crate) columns: Option<Vec<Column>>,
}

impl View {
    /// The view of the config file.
    ///
    /// # Errors
    /// The place and the reason, where a name or the filter is not valid.
    pub(crate) fn of(view: &SavedView) -> Result<Self, (Place, String)> {
        let entry = &view.entry;
        let placed = |place: Place| move |message: String| (place, message);
        let filter = Filter::parse(&entry.filter, &FilterClock::default(), Typing::Finished);
        filter.map_err(|error| (view.filter_place, format!("filter: {error}")))?;
        let sort = entry.sort.as_deref().map(Sort::by_name).transpose();
        let group = entry.group.as_deref().map(GroupBy::by_name).transpose();
        let columns = entry.columns.as_ref().map(|columns| {
            let places = columns.iter().zip(&view.column_places);
            places
                .map(|(name, place)| Column::by_name(name).map_err(placed(*place)))
                .collect::<Result<Vec<_>, _>>()
        });
        Ok(Self {
            name: entry.name.clone(),
            filter: entry.filter.clone(),
            sort: sort.map_err(placed(view.sort_place))?,
            group: group.map_err(placed(view.group_place))?,
            columns: columns.transpose()?,
        })
    }

    /// The view as it is written to the config file.
    pub(in crate::app) fn entry(&self) -> ViewEntry {
        let names = |columns: &Vec<Column>| {
            let names = columns.iter().map(|column| column.name().to_owned());
            names.collect()
        };
        ViewEntry {
            name: self.name.clone(),
            filter: self.filter.clone(),
            sort: self.sort.map(Sort::name),
            group: self.group.map(|by| by.name().to_owned()),
            columns: self.columns.as_ref().map(names),
        }
    }
}

/// How the table is arranged without a view.
#[derive(Debug, Clone)]
pub(in crate::app) struct TableArrangement {
    pub(in crate::app) sort: Sort,
    pub(in crate::app) group: GroupBy,
    pub(in crate::app) columns: Vec<Column>,
}
