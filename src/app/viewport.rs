//! What of the list and the detail pane fits into the window.

use crate::app::detail;
use crate::app::layout::{Contents, DetailPlacement, MatrixLayout};
use crate::app::model::Model;

impl Model {
    /// Divides the window as the model needs it now, and fits the list and the
    /// detail pane into their parts.
    pub(in crate::app) fn refit(&mut self) {
        let contents = self.contents();
        self.layout.update(self.size, contents);
        self.jobs.fit(usize::from(self.layout.rows.height));
        if let Some(text) = self.layout.detail_text() {
            detail::lay_out(self, text.width, text.height);
        }
    }

    fn contents(&self) -> Contents {
        let narrowed = self.jobs.table().settings().are_narrowing();
        Contents {
            progress: self.jobs.counts().total() > 0,
            banners: usize::from(self.file_problem.is_some())
                + usize::from(!self.changes.unsaved.is_empty())
                + self.environments.with_problems().count(),
            views: !self.views.is_empty(),
            filter: narrowed || self.filter_input.is_some(),
            detail: match (self.detail.open, self.detail.zoomed) {
                (false, _) => DetailPlacement::None,
                (true, false) => DetailPlacement::Split,
                (true, true) => DetailPlacement::Zoomed,
            },
        }
    }

    /// How the matrix divides the area of the table now.
    pub fn matrix_layout(&self) -> MatrixLayout {
        MatrixLayout::new(self.layout.table(), self.jobs.table().line_count())
    }
}
