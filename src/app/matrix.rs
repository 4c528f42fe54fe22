//! The matrix: every job of the table as a few cells, one for each stage, so
//! that thousands fit one screen. Its cursor is the table's.

use ratatui::layout::Rect;

use crate::app::layout::Layout;
use crate::app::model::Model;

/// A stage each.
const STAGES: u16 = 4;

/// How the matrix divides a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixLayout {
    /// The cells of a job: its name, if there is room for one, its stages, and
    /// a gap.
    pub cell: u16,
    /// The room for the name of each job.
    pub name: u16,
    /// Jobs in a line.
    pub columns: usize,
    /// Lines.
    pub lines: usize,
}

impl MatrixLayout {
    /// The roomiest division of a window in which so many jobs fit; the
    /// tightest where they do not.
    pub fn of(window: Rect, jobs: usize) -> Self {
        // The last line tells of the job under the cursor.
        let lines = usize::from(window.height.saturating_sub(1)).max(1);
        // Names go first, then the gap.
        let divided = [(22, 2), (14, 2), (8, 2), (0, 1), (0, 0)].map(|(name, gap)| {
            let name_and_blank = if name > 0 { name + 1 } else { 0 };
            let cell = name_and_blank + STAGES + gap;
            Self {
                cell,
                name,
                columns: usize::from(window.width / cell).max(1),
                lines,
            }
        });
        let fits = |each: &&Self| each.columns * each.lines >= jobs;
        let tightest = divided[divided.len() - 1];
        divided.iter().find(fits).copied().unwrap_or(tightest)
    }

    /// The place of the first job that is shown, so that the cursor is.
    pub fn first(&self, cursor: usize) -> usize {
        let line = cursor / self.columns;
        line.saturating_sub(self.lines - 1) * self.columns
    }
}

impl Model {
    /// How the matrix divides the window now.
    pub fn matrix_layout(&self) -> MatrixLayout {
        let layout = Layout::of(self);
        MatrixLayout::of(
            layout.heading.union(layout.rows),
            self.jobs.table().line_count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thousand_jobs_fit_a_large_screen_and_few_have_names() {
        let window = Rect::new(0, 0, 200, 46);
        let many = MatrixLayout::of(window, 2_000);
        assert!(many.columns * many.lines >= 2_000, "{many:?}");
        assert_eq!(MatrixLayout::of(window, 24).name, 22);
        let small = MatrixLayout::of(Rect::new(0, 0, 80, 20), 2_000);
        assert_eq!((small.cell, small.columns), (4, 20));
        assert_eq!(small.first(0), 0);
        assert_eq!(small.first(20 * 19), 20);
    }
}
