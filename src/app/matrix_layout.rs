//! How the matrix divides the area of the table: the tenants of each group in
//! rows and columns of cells, as roomy as all of them allow.
//!
//! The work grows with the groups, not with the jobs.

use ratatui::layout::Rect;

/// Areas of at least this height have a legend below the jobs.
const LEGEND_HEIGHT: u16 = 8;
/// The widest name in a matrix of one column, in cells.
const WIDE_NAME: u16 = 28;
/// The widest stage in a matrix of one column, in cells.
const WIDE_STAGE: u16 = 36;
/// The number of stages.
const STAGES: u16 = 4;

/// What a job is drawn in, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatrixCell {
    /// The tenant; 0 without tenants.
    pub(crate) name: u16,
    /// A stage; 0 for half a cell.
    pub(crate) stage: u16,
    /// Between two stages.
    pub(crate) between: u16,
    /// After the job.
    pub(crate) gap: u16,
}

impl MatrixCell {
    /// From the roomiest to the tightest.
    const TIERS: [Self; 6] = [
        Self::new(18, 3, 1, 3),
        Self::new(14, 2, 1, 3),
        Self::new(12, 2, 0, 3),
        Self::new(8, 1, 0, 2),
        Self::new(0, 1, 0, 1),
        Self::new(0, 0, 0, 1),
    ];
    /// The tightest where half a cell cannot be drawn.
    const TIGHTEST_WHOLE: Self = Self::new(0, 1, 0, 0);

    const fn new(name: u16, stage: u16, between: u16, gap: u16) -> Self {
        Self {
            name,
            stage,
            between,
            gap,
        }
    }

    /// One job on a line, as wide as the area.
    fn wide(width: u16) -> Self {
        let name = (width / 4).min(WIDE_NAME);
        let room = width.saturating_sub(name + 1) / STAGES;
        Self::new(name, room.saturating_sub(1).clamp(1, WIDE_STAGE), 1, 0)
    }

    /// The distance from one job to the next.
    fn width(self) -> u16 {
        self.stages_at() + self.stages_width() + self.gap
    }

    /// Where the stages begin.
    pub(crate) fn stages_at(self) -> u16 {
        if self.name > 0 { self.name + 1 } else { 0 }
    }

    fn stages_width(self) -> u16 {
        match self.stage {
            0 => STAGES / 2,
            stage => STAGES * stage + (STAGES - 1) * self.between,
        }
    }
}

/// The lines of the table that one group has in the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Section {
    /// The row of the heading, or of the first jobs without one.
    row: usize,
    /// The index of the line of the heading, or of the first job without one.
    first: usize,
    has_heading: bool,
    jobs: usize,
}

impl Section {
    fn heading(self) -> usize {
        usize::from(self.has_heading)
    }

    fn rows(self, columns: usize) -> usize {
        self.heading() + self.jobs.div_ceil(columns)
    }
}

/// A row of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MatrixRow {
    /// The heading of a group, by the index of its line in the table.
    Heading(usize),
    /// Jobs, by the indexes of their lines.
    Jobs(std::ops::Range<usize>),
}

/// The division of the area. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MatrixLayout {
    /// What each job is drawn in.
    pub(crate) cell: MatrixCell,
    /// The line with the names of the stages.
    pub(crate) heading: Rect,
    /// The rows.
    pub(crate) rows: Rect,
    /// The line with the legend.
    pub(crate) legend: Option<Rect>,
    columns: usize,
    sections: Vec<Section>,
}

impl MatrixLayout {
    /// Divides an area among groups, each with the number of its jobs and
    /// whether it has a heading.
    pub(crate) fn new(
        area: Rect,
        groups: impl Iterator<Item = (bool, usize)>,
        can_halve: bool,
    ) -> Self {
        let heading = Rect {
            height: area.height.min(1),
            ..area
        };
        let has_legend = area.height >= LEGEND_HEIGHT;
        let rows = Rect {
            y: area.y + heading.height,
            height: area.height - heading.height - u16::from(has_legend),
            ..area
        };
        let legend = has_legend.then(|| Rect {
            y: rows.bottom(),
            height: 1,
            ..area
        });
        let mut first = 0;
        let sections: Vec<_> = groups
            .map(|(has_heading, jobs)| {
                let section = Section {
                    row: 0,
                    first,
                    has_heading,
                    jobs,
                };
                first += section.heading() + jobs;
                section
            })
            .collect();
        let columns = |cell: MatrixCell| usize::from((area.width + cell.gap) / cell.width()).max(1);
        let rows_with = |columns: usize| -> usize {
            sections.iter().map(|section| section.rows(columns)).sum()
        };
        let wide = MatrixCell::wide(area.width);
        let fits = |columns: usize| rows_with(columns) <= usize::from(rows.height);
        let tiers = MatrixCell::TIERS.into_iter();
        let tiers = tiers.filter(|cell| can_halve || cell.stage > 0);
        let tightest = if can_halve {
            MatrixCell::TIERS[MatrixCell::TIERS.len() - 1]
        } else {
            MatrixCell::TIGHTEST_WHOLE
        };
        let cell = if fits(1) {
            wide
        } else {
            let mut tiers = tiers;
            tiers.find(|cell| fits(columns(*cell))).unwrap_or(tightest)
        };
        let columns = if fits(1) { 1 } else { columns(cell) };
        let mut row = 0;
        let sections = sections
            .into_iter()
            .map(|section| {
                let placed = Section { row, ..section };
                row += section.rows(columns);
                placed
            })
            .collect();
        Self {
            cell,
            heading,
            rows,
            legend,
            columns,
            sections,
        }
    }

    /// The row and column of a line of the table.
    fn place(&self, index: usize) -> (usize, usize) {
        let after = self
            .sections
            .partition_point(|section| section.first <= index);
        let Some(section) = after.checked_sub(1).map(|before| self.sections[before]) else {
            return (0, 0);
        };
        let Some(job) = (index - section.first).checked_sub(section.heading()) else {
            return (section.row, 0);
        };
        (
            section.row + section.heading() + job / self.columns,
            job % self.columns,
        )
    }

    /// What a row shows; `None` after the last one.
    fn row(&self, row: usize) -> Option<MatrixRow> {
        let after = self.sections.partition_point(|section| section.row <= row);
        let section = self.sections[..after].last()?;
        let Some(line) = (row - section.row).checked_sub(section.heading()) else {
            return Some(MatrixRow::Heading(section.first));
        };
        let jobs = section.first + section.heading();
        let first = line * self.columns;
        let last = (first + self.columns).min(section.jobs);
        (first < last).then(|| MatrixRow::Jobs(jobs + first..jobs + last))
    }

    /// The rows on the screen, so that the line under the cursor is among them,
    /// with their areas.
    pub(crate) fn visible(&self, cursor: usize) -> impl Iterator<Item = (MatrixRow, Rect)> {
        let (row, _) = self.place(cursor);
        let height = usize::from(self.rows.height).max(1);
        let first = (row + 1).saturating_sub(height);
        let areas = self.rows.rows();
        (first..).map_while(|row| self.row(row)).zip(areas)
    }

    /// The areas of the jobs of a row.
    pub(crate) fn cells(&self, row: Rect) -> impl Iterator<Item = Rect> + use<> {
        let width = self.cell.width();
        let starts = (row.x..row.right()).step_by(usize::from(width.max(1)));
        starts.take(self.columns).map(move |x| Rect {
            x,
            width: width.min(row.right() - x),
            ..row
        })
    }

    /// The index of the line that is a number of rows below another, or above it.
    pub(crate) fn step(&self, index: usize, rows: isize) -> usize {
        let (row, column) = self.place(index);
        let last = self.sections.last();
        let count = last.map_or(0, |last| last.row + last.rows(self.columns));
        let row = row.saturating_add_signed(rows).min(count.saturating_sub(1));
        match self.row(row) {
            Some(MatrixRow::Heading(index)) => index,
            Some(MatrixRow::Jobs(jobs)) => (jobs.start + column).min(jobs.end - 1),
            None => index,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(area: Rect, groups: &[usize]) -> MatrixLayout {
        MatrixLayout::new(area, groups.iter().map(|jobs| (true, *jobs)), true)
    }

    #[test]
    fn two_thousand_tenants_fit_a_large_window_and_few_are_wide() {
        let area = Rect::new(0, 0, 200, 41);
        let many = layout(area, &[1_200, 800]);
        assert!(many.columns * 37 >= 2_000, "{many:?}");
        let shown: usize = many
            .visible(0)
            .map(|(row, _)| match row {
                MatrixRow::Heading(_) => 0,
                MatrixRow::Jobs(jobs) => jobs.len(),
            })
            .sum();
        assert_eq!(shown, 2_000);
        let few = layout(area, &[24]);
        assert_eq!((few.columns, few.cell.stage), (1, WIDE_STAGE));
    }

    #[test]
    fn rows_follow_each_other_and_steps_stay_in_their_column() {
        let layout = layout(Rect::new(0, 0, 80, 12), &[30, 5]);
        assert!(layout.columns > 1);
        let columns = layout.columns;
        let mut next = 0;
        for row in (0..).map_while(|row| layout.row(row)) {
            let jobs = match row {
                MatrixRow::Heading(index) => index..index + 1,
                MatrixRow::Jobs(jobs) => jobs,
            };
            assert_eq!(jobs.start, next);
            next = jobs.end;
        }
        assert_eq!(next, 37);
        for index in 0..37 {
            let (row, _) = layout.place(index);
            let shown = layout.row(row).unwrap();
            assert!(match shown {
                MatrixRow::Heading(heading) => heading == index,
                MatrixRow::Jobs(jobs) => jobs.contains(&index),
            });
        }
        assert_eq!(layout.step(2, 1), 2 + columns);
        assert_eq!(layout.step(2, -1), 0, "the heading");
        assert_eq!(layout.step(36, 5), 36);
        assert!(layout.visible(36).any(|(row, _)| match row {
            MatrixRow::Heading(_) => false,
            MatrixRow::Jobs(jobs) => jobs.contains(&36),
        }));
    }

    proptest::proptest! {
        #[test]
        fn cells_stay_inside_the_area(width in 40_u16..300, height in 5_u16..80, jobs in 1_usize..3_000, can_halve: bool) {
            let area = Rect::new(0, 2, width, height);
            let layout = MatrixLayout::new(area, std::iter::once((false, jobs)), can_halve);
            for (row, line) in layout.visible(jobs - 1) {
                proptest::prop_assert_eq!(area.union(line), area);
                let MatrixRow::Jobs(jobs) = row else { continue };
                let cells: Vec<_> = layout.cells(line).collect();
                proptest::prop_assert!(cells.len() >= jobs.len());
                for cell in cells {
                    proptest::prop_assert_eq!(line.union(cell), line);
                }
            }
        }
    }
}
