//! The columns of the table: their order, their widths, and which of them fit.

use strum::{EnumCount, EnumIter, IntoEnumIterator};
use unicode_width::UnicodeWidthStr;

use crate::app::jobs::row::Row;

/// A column of the table, in the default order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumCount, EnumIter)]
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
    Tags,
    Message,
}

/// The cells between two columns.
const GAP: u16 = 2;
/// The cells before the first column: cursor bar, state glyph, space.
const MARGIN: u16 = 3;

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
        Self::Tap,
        Self::Flow,
        Self::Tags,
    ];

    /// The heading of the column.
    pub fn title(self) -> &'static str {
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
            Self::Tags => "TAGS",
            Self::Message => "MESSAGE",
        }
    }

    /// Whether its cells are aligned to the right.
    pub fn is_right_aligned(self) -> bool {
        matches!(self, Self::Updated | Self::Elapsed)
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
            Self::Status => (13, 14, 20),
            Self::Updated => (7, 7, 7),
            Self::Elapsed => (7, 7, 8),
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
pub struct PlacedColumn {
    /// The column.
    pub column: Column,
    /// The distance from the left edge of the table in cells.
    pub x: u16,
    /// The width in cells.
    pub width: u16,
}

/// The columns that the user has chosen, in their order, and the widths of
/// their contents so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    chosen: Vec<(Column, bool)>,
    content: [u16; Column::COUNT],
}

impl Columns {
    /// The default columns: environments only where there are several, tags
    /// only where there are any.
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
        }
    }

    /// Every column and whether it is chosen, in the chosen order.
    pub fn choices(&self) -> &[(Column, bool)] {
        &self.chosen
    }

    /// Shows or hides the column at an index. The name is always shown.
    pub fn toggle(&mut self, index: usize) {
        if let Some((column, wanted)) = self.chosen.get_mut(index)
            && *column != Column::Name
        {
            *wanted = !*wanted;
        }
    }

    /// Moves the column at an index by one position. Returns its new index.
    pub fn shift(&mut self, index: usize, forward: bool) -> usize {
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

    /// Measures the cells of a row. Columns never shrink, so that the table
    /// stays still.
    pub(super) fn measure(&mut self, row: &Row) {
        let cells = [
            (Column::Name, row.name.as_str().width()),
            (Column::Environment, row.environment_name.as_str().width()),
            (Column::Tenant, row.tenant().width()),
            (Column::Flow, row.flow().width()),
            (Column::Status, row.status_label().width()),
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
    }

    /// Places the chosen columns in a table of this width, without the less
    /// important ones where not all fit.
    pub fn place(&self, width: u16) -> Vec<PlacedColumn> {
        let room = width.saturating_sub(MARGIN);
        let mut widths = [0_u16; Column::COUNT];
        let mut used = 0_u16;
        let wanted = |column| self.chosen.contains(&(column, true));
        for column in Column::BY_IMPORTANCE
            .into_iter()
            .filter(|&column| wanted(column))
        {
            let bounds = column.bounds();
            let least = self.content[column as usize].clamp(bounds.narrowest, bounds.least);
            let cost = if used == 0 { least } else { least + GAP };
            // Where not even name, status and age fit, the name shrinks.
            let needed = matches!(column, Column::Name | Column::Status | Column::Updated);
            if used + cost <= room || needed {
                widths[column as usize] = least;
                used += cost;
            }
        }
        let name = &mut widths[Column::Name as usize];
        let over = used.saturating_sub(room).min(name.saturating_sub(6));
        *name -= over;
        used -= over;
        // First the widths at which most rows can be read, then the widest.
        let readable = [
            (Column::Status, 16),
            (Column::Name, 24),
            (Column::Message, 36),
        ];
        let useful = Column::BY_IMPORTANCE.map(|column| (column, column.bounds().most));
        for (column, most) in readable.into_iter().chain(useful) {
            let (index, spare) = (column as usize, room.saturating_sub(used));
            let useful = match column {
                Column::Message => most.min(60),
                // Stages are drawn in one of two widths.
                Column::Progress if widths[index] + spare < most => continue,
                Column::Progress => most,
                _ => most.min(self.content[index]),
            };
            if widths[index] > 0 {
                let more = useful.saturating_sub(widths[index]).min(spare);
                widths[index] += more;
                used += more;
            }
        }
        if widths[Column::Message as usize] > 0 {
            widths[Column::Message as usize] += room.saturating_sub(used);
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: u16) -> Vec<&'static str> {
        let placed = Columns::new(false, false).place(width);
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
            ["NAME", "TENANT", "PROGRESS", "STATUS", "UPDATED", "MESSAGE"]
        );
        assert_eq!(
            shown(120),
            [
                "NAME",
                "TENANT",
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

    proptest::proptest! {
        #[test]
        fn columns_fit_into_the_table_without_overlap(width in 0_u16..500) {
            let placed = Columns::new(true, true).place(width);
            for pair in placed.windows(2) {
                proptest::prop_assert!(pair[0].x + pair[0].width < pair[1].x);
            }
            if width >= 40 {
                let last = placed.last().unwrap();
                proptest::prop_assert!(last.x + last.width <= width);
            }
        }
    }
}
