//! The columns of the table: their order, their widths, and which of them fit.

use strum::{EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use unicode_width::UnicodeWidthStr;

use crate::app::jobs::row::Row;
use crate::config::did_you_mean;
use crate::hotglue::{State, compact_count};

/// A column of the table, in the default order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumCount, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[expect(missing_docs, reason = "the titles describe them")]
pub enum Column {
    Name,
    Environment,
    Tenant,
    Flow,
    Tap,
    Progress,
    Status,
    Updated,
    Elapsed,
    Rows,
    Tags,
    Message,
}

/// The cells between two columns.
const GAP: u16 = 2;
/// The cells before the first column: cursor bar, state glyph, space.
const MARGIN: u16 = 3;
/// The width of the status: that of the longest documented one, so that no
/// column moves when a status changes.
const STATUS_WIDTH: u16 = 16;
/// The width of the status in a narrow table.
const NARROW_STATUS: u16 = 13;
/// The width of a narrow table.
const NARROW_TABLE: u16 = 60;
/// The least width of the message once a job has failed.
const FAILURE_MESSAGE: u16 = 28;

impl Column {
    /// The columns in the order in which they get room.
    const BY_IMPORTANCE: [Self; Self::COUNT] = [
        Self::Name,
        Self::Status,
        Self::Updated,
        Self::Environment,
        Self::Progress,
        Self::Message,
        Self::Tenant,
        Self::Elapsed,
        Self::Rows,
        Self::Tap,
        Self::Flow,
        Self::Tags,
    ];

    /// The column of this name.
    ///
    /// # Errors
    /// A message with the nearest name, where there is none.
    pub(in crate::app) fn by_name(name: &str) -> Result<Self, String> {
        name.parse().map_err(|_| {
            let hint = did_you_mean(name, Self::iter().map(Self::name));
            format!("unknown column \"{name}\"{hint}")
        })
    }

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The heading of the column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Environment => "ENV",
            Self::Tenant => "TENANT",
            Self::Flow => "FLOW",
            Self::Tap => "TAP → TARGET",
            Self::Progress => "PROGRESS",
            Self::Status => "STATUS",
            Self::Updated => "UPDATED",
            Self::Elapsed => "ELAPSED",
            Self::Rows => "ROWS",
            Self::Tags => "TAGS",
            Self::Message => "MESSAGE",
        }
    }

    /// Whether its cells are aligned to the right.
    pub(crate) fn is_right_aligned(self) -> bool {
        matches!(self, Self::Updated | Self::Elapsed | Self::Rows)
    }

    /// The limits of its width. Between them the width follows the content.
    fn bounds(self) -> Bounds {
        let (narrowest, least, most) = match self {
            Self::Name => (8, 16, 32),
            Self::Environment => (4, 10, 16),
            Self::Tenant => (6, 10, 24),
            Self::Flow => (6, 10, 16),
            Self::Tap => (12, 18, 36),
            Self::Progress => (8, 8, 15),
            Self::Status => (STATUS_WIDTH, STATUS_WIDTH, STATUS_WIDTH),
            Self::Updated => (7, 7, 7),
            Self::Elapsed => (7, 7, 8),
            Self::Rows => (4, 5, 5),
            Self::Tags => (6, 12, 24),
            Self::Message => (20, 20, u16::MAX),
        };
        Bounds {
            narrowest,
            least,
            most,
        }
    }
}

/// The limits of a column's width, in cells.
struct Bounds {
    /// The least width for narrow content.
    narrowest: u16,
    /// The least width for wide content.
    least: u16,
    /// The width beyond which there is no use for more.
    most: u16,
}

/// How the stages of a job are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgressWidth {
    /// One cell for each stage.
    Compact,
    /// Three cells for each stage.
    Full,
}

impl ProgressWidth {
    /// The widest form that fits into a column.
    pub(crate) fn within(width: u16) -> Self {
        if width >= Column::Progress.bounds().most {
            Self::Full
        } else {
            Self::Compact
        }
    }
}

/// A column at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlacedColumn {
    /// The column.
    pub(crate) column: Column,
    /// The distance from the left edge of the table in cells.
    pub(crate) x: u16,
    /// The width in cells.
    pub(crate) width: u16,
}

/// The columns that the user has chosen, in their order, and the widths of
/// their contents so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    chosen: Vec<(Column, bool)>,
    content: [u16; Column::COUNT],
    /// Whether a name without its tenant was seen.
    names_lack_tenants: bool,
    /// Whether the user asked for the tenants although the names repeat them.
    wants_tenants: bool,
    /// Whether a failed job was seen, whose message needs room.
    has_failed: bool,
}

impl Columns {
    /// The default columns: environments only where there are several, tags
    /// only where there are any. Rows are shown once a job has counted some.
    pub fn new(several_environments: bool, tags: bool) -> Self {
        let wanted = |column| match column {
            Column::Environment => several_environments,
            Column::Tags => tags,
            _ => true,
        };
        Self {
            chosen: Column::iter()
                .map(|column| (column, wanted(column)))
                .collect(),
            content: [0; Column::COUNT],
            names_lack_tenants: false,
            wants_tenants: false,
            has_failed: false,
        }
    }

    /// Every column and whether it is chosen, in the chosen order.
    pub(crate) fn choices(&self) -> Vec<(Column, bool)> {
        let columns = self.chosen.iter();
        columns
            .map(|(column, _)| (*column, self.is_chosen(*column)))
            .collect()
    }

    /// Whether a column is shown where it fits. Tenants that the names repeat
    /// are not, unless the user asks for them.
    fn is_chosen(&self, column: Column) -> bool {
        let is_repeated =
            column == Column::Tenant && !self.names_lack_tenants && !self.wants_tenants;
        self.chosen.contains(&(column, true)) && !is_repeated
    }

    /// Why a chosen column is not among those placed in a table of this width;
    /// `None` where it is, or is not chosen.
    pub(crate) fn absence(
        &self,
        column: Column,
        width: u16,
        repeated: Option<Column>,
    ) -> Option<&'static str> {
        if !self.is_chosen(column) {
            return None;
        }
        if repeated == Some(column) {
            return Some("in the groups");
        }
        if column == Column::Rows && self.content[column as usize] == 0 {
            return Some("no rows yet");
        }
        let is_placed = self.least_widths(width.saturating_sub(MARGIN), repeated)[column as usize];
        (is_placed == 0).then_some("no room")
    }

    /// Shows these columns alone, in this order.
    pub(in crate::app) fn choose(&mut self, columns: &[Column]) {
        let others = Column::iter().filter(|column| !columns.contains(column));
        let chosen = columns.iter().map(|column| (*column, true));
        self.chosen = chosen.chain(others.map(|column| (column, false))).collect();
    }

    /// Shows or hides the column at an index. The name is always shown.
    pub(crate) fn toggle(&mut self, index: usize) {
        let Some((column, _)) = self.chosen.get(index).copied() else {
            return;
        };
        let wanted = !self.is_chosen(column);
        if column == Column::Tenant {
            self.wants_tenants = wanted;
        }
        if let Some((column, chosen)) = self.chosen.get_mut(index)
            && *column != Column::Name
        {
            *chosen = wanted;
        }
    }

    /// Moves the column at an index by one position. Returns its new index.
    pub(crate) fn shift(&mut self, index: usize, forward: bool) -> usize {
        let target = if forward {
            index + 1
        } else {
            index.saturating_sub(1)
        };
        if index < self.chosen.len() && target < self.chosen.len() {
            self.chosen.swap(index, target);
            return target;
        }
        index
    }

    /// Forgets the contents that were measured: other rows will be.
    pub(super) fn forget_contents(&mut self) {
        self.content = [0; Column::COUNT];
        self.names_lack_tenants = false;
        self.has_failed = false;
    }

    /// Measures the cells of a row. Columns never shrink, so that the table
    /// stays still.
    pub(super) fn measure(&mut self, row: &Row) {
        let cells = [
            (Column::Name, row.name.as_str().width()),
            (Column::Environment, row.environment_name.as_str().width()),
            (Column::Tenant, row.tenant().width()),
            (Column::Flow, row.flow().width()),
            (
                Column::Rows,
                row.total_rows().map_or(0, |rows| compact_count(rows).len()),
            ),
            (
                Column::Tags,
                row.tags.iter().map(|tag| tag.as_str().width() + 1).sum(),
            ),
            (
                Column::Tap,
                row.job().map_or(0, |job| {
                    [&job.tap, &job.target]
                        .into_iter()
                        .flatten()
                        .map(|text| text.as_str().width() + 3)
                        .sum::<usize>()
                        .saturating_sub(3)
                }),
            ),
        ];
        for (column, width) in cells {
            let known = &mut self.content[column as usize];
            *known = (*known).max(u16::try_from(width).unwrap_or(u16::MAX));
        }
        self.names_lack_tenants |= !row.name.as_str().contains(row.tenant());
        self.has_failed |= matches!(row.state(), State::Failed | State::Cancelled);
    }

    /// Places the chosen columns in a table of this width, without the less
    /// important ones where not all fit. Once a job has failed, its message is
    /// the widest column.
    /// `repeated` is a column whose values are shown elsewhere.
    pub(crate) fn place(&self, width: u16, repeated: Option<Column>) -> Vec<PlacedColumn> {
        let room = width.saturating_sub(MARGIN);
        let mut widths = self.least_widths(room, repeated);
        self.widen(&mut widths, room);
        let mut x = MARGIN;
        let mut placed = Vec::new();
        for &(column, _) in &self.chosen {
            let width = widths[column as usize];
            if width > 0 {
                placed.push(PlacedColumn { column, x, width });
                x += width + GAP;
            }
        }
        placed
    }

    /// The least width of each column that fits; 0 for the others.
    fn least_widths(&self, room: u16, repeated: Option<Column>) -> [u16; Column::COUNT] {
        let mut widths = [0_u16; Column::COUNT];
        let mut used = 0_u16;
        let failure_message = FAILURE_MESSAGE.max(room / 3);
        let is_first = |column: &Column| match column {
            Column::Name | Column::Status | Column::Updated => true,
            Column::Message => self.has_failed,
            _ => false,
        };
        let by_importance = Column::BY_IMPORTANCE.into_iter();
        let first = by_importance.clone().filter(is_first);
        let others = by_importance.filter(|column| !is_first(column));
        let has_content = |column| column != Column::Rows || self.content[column as usize] > 0;
        let is_shown = |column: &Column| {
            self.is_chosen(*column) && has_content(*column) && Some(*column) != repeated
        };
        for column in first.chain(others).filter(is_shown) {
            let bounds = column.bounds();
            let least = match column {
                Column::Message if self.has_failed => failure_message,
                Column::Status if room < NARROW_TABLE => NARROW_STATUS,
                _ => self.content[column as usize].clamp(bounds.narrowest, bounds.least),
            };
            let cost = if used == 0 { least } else { least + GAP };
            // Where not even name, status and age fit, the name shrinks.
            let needed = matches!(column, Column::Name | Column::Status | Column::Updated);
            if used + cost <= room || needed {
                widths[column as usize] = least;
                used += cost;
            }
        }
        let name = &mut widths[Column::Name as usize];
        *name -= used.saturating_sub(room).min(name.saturating_sub(6));
        widths
    }

    /// Gives the columns the room that is left: first up to the widths at which
    /// most rows can be read, then up to the widest, and the rest to the message.
    fn widen(&self, widths: &mut [u16; Column::COUNT], room: u16) {
        let used = |widths: &[u16; Column::COUNT]| {
            let placed = widths.iter().filter(|width| **width > 0);
            placed
                .map(|width| width + GAP)
                .sum::<u16>()
                .saturating_sub(GAP)
        };
        let message = Column::Message as usize;
        let readable = [(Column::Name, 24), (Column::Message, 48)];
        let useful = Column::BY_IMPORTANCE.map(|column| (column, column.bounds().most));
        for (column, most) in readable.into_iter().chain(useful) {
            let index = column as usize;
            let spare = room.saturating_sub(used(widths));
            let useful = match column {
                Column::Message => most.min(80),
                Column::Status => widths[index],
                // Stages are drawn in one of two widths.
                Column::Progress if widths[index] + spare < most => continue,
                Column::Progress => most,
                // No column is wider than the message of a failed job.
                _ if self.has_failed && widths[message] > 0 => {
                    most.min(self.content[index]).min(widths[message])
                }
                _ => most.min(self.content[index]),
            };
            if widths[index] > 0 {
                widths[index] += useful.saturating_sub(widths[index]).min(spare);
            }
        }
        if widths[message] > 0 {
            widths[message] += room.saturating_sub(used(widths));
        }
    }
}

#[cfg(test)]
mod tests;
