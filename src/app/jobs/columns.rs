//! The table's columns: which there are, which fit, and how wide each is.

use crate::app::jobs::row::Row;
use unicode_width::UnicodeWidthStr;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is what its title says")]
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

/// Blanks between two columns.
const GAP: u16 = 2;
/// What stands before the first column: cursor bar, state glyph, blank.
pub(in crate::app) const MARGIN: u16 = 3;

impl Column {
    /// Every column, in the order they stand in unless chosen otherwise.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::Environment,
        Self::Tenant,
        Self::Flow,
        Self::Tap,
        Self::Progress,
        Self::Status,
        Self::Updated,
        Self::Elapsed,
        Self::Tags,
        Self::Message,
    ];

    /// Which go first to the room there is.
    const BY_IMPORTANCE: [Self; 11] = [
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

    /// The heading.
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

    /// Whether its cells stand at the right.
    pub fn is_right_aligned(self) -> bool {
        matches!(self, Self::Updated | Self::Elapsed)
    }

    /// Below which width it is better left out, and what is the most of use;
    /// in between, what counts is how wide its content has been.
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

/// Widths of a column, in cells.
struct Bounds {
    /// With the narrowest content.
    narrowest: u16,
    /// The least, with wide content.
    least: u16,
    /// The most of use.
    most: u16,
}

/// How the stages of a job are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressWidth {
    /// One cell a stage.
    Compact,
    /// Three cells a stage.
    Full,
}

impl ProgressWidth {
    /// The width that fits into so many cells.
    pub fn within(width: u16) -> Self {
        if width >= Column::Progress.bounds().most {
            Self::Full
        } else {
            Self::Compact
        }
    }
}

/// A column at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub column: Column,
    /// Cells from the table's left edge.
    pub x: u16,
    /// Its width in cells.
    pub width: u16,
}

/// The columns a person wants to see, in their order, and how wide their
/// content has been so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    chosen: Vec<(Column, bool)>,
    content: [u16; Column::ALL.len()],
}

impl Columns {
    /// All columns but the tags; the environment only where there are several.
    pub fn new(several_environments: bool, tags: bool) -> Self {
        let wanted = |column| match column {
            Column::Environment => several_environments,
            Column::Tags => tags,
            _ => true,
        };
        Self {
            chosen: Column::ALL.map(|column| (column, wanted(column))).to_vec(),
            content: Column::ALL.map(|column| column.bounds().narrowest),
        }
    }

    /// Every column with whether it is wanted, in the chosen order.
    pub fn choices(&self) -> &[(Column, bool)] {
        &self.chosen
    }

    /// Wants a column or not; the name always stays.
    pub fn toggle(&mut self, at: usize) {
        if let Some((column, wanted)) = self.chosen.get_mut(at)
            && *column != Column::Name
        {
            *wanted = !*wanted;
        }
    }

    /// Moves a column one place to the front or the back; answers where it is.
    pub fn shift(&mut self, at: usize, forward: bool) -> usize {
        let to = if forward {
            at + 1
        } else {
            at.saturating_sub(1)
        };
        if at < self.chosen.len() && to < self.chosen.len() {
            self.chosen.swap(at, to);
            return to;
        }
        at
    }

    /// Takes note of how wide a row's cells are. Columns never shrink, so
    /// that the table does not jump about.
    pub(in crate::app) fn measure(&mut self, row: &Row) {
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

    /// Places the wanted columns in a table of that width, dropping the less
    /// important ones that do not fit.
    pub fn place(&self, width: u16) -> Vec<Placed> {
        let room = width.saturating_sub(MARGIN);
        let mut widths = [0_u16; Column::ALL.len()];
        let mut used = 0_u16;
        let wanted = |column| self.chosen.contains(&(column, true));
        for column in Column::BY_IMPORTANCE
            .into_iter()
            .filter(|&column| wanted(column))
        {
            let bounds = column.bounds();
            let least = self.content[column as usize].clamp(bounds.narrowest, bounds.least);
            let cost = if used == 0 { least } else { least + GAP };
            // Where not even name, status and age fit, the name gives way.
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
        // First what makes a row understood, then all that is of use.
        let comfort = [
            (Column::Status, 16),
            (Column::Name, 24),
            (Column::Message, 36),
        ];
        let useful = Column::BY_IMPORTANCE.map(|column| (column, column.bounds().most));
        for (column, most) in comfort.into_iter().chain(useful) {
            let (at, spare) = (column as usize, room.saturating_sub(used));
            let useful = match column {
                Column::Message => most.min(60),
                // Stages are drawn in one of two widths.
                Column::Progress if widths[at] + spare < most => continue,
                Column::Progress => most,
                _ => most.min(self.content[at]),
            };
            if widths[at] > 0 {
                let more = useful.saturating_sub(widths[at]).min(spare);
                widths[at] += more;
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
                placed.push(Placed { column, x, width });
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
        let end = placed.iter().map(|each| each.x + each.width).max().unwrap();
        assert!(end <= width.max(40), "{width}: {end}");
        placed.iter().map(|each| each.column.title()).collect()
    }

    #[test]
    fn columns_drop_by_importance() {
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
        fn columns_never_overlap_or_leave_the_table(width in 0_u16..500) {
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
