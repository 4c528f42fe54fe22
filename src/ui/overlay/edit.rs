//! The form that edits a job.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{EditForm, Model};
use crate::hotglue::elapsed;
use crate::ui::overlay::field::{Content, Field};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted};

impl OverlayView for EditForm {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let inside = popup::open(context, "Edit job", (64, 8), area, canvas);
        if let Some(row) = model.jobs.get(self.job) {
            let root = row.job_root();
            let root = fitted(root, inside.width, Cut::Middle, context.glyphs.ellipsis);
            Span::styled(root, context.theme.dim).render(inside, canvas);
        }
        let mut cursor = None;
        let fields = self.inputs.iter().zip(Self::LABELS).enumerate();
        for ((index, (input, label)), line) in fields.zip(inside.rows().skip(1)) {
            let field = Field {
                label,
                label_width: 12,
                content: Content::Input(input),
                is_focused: index == self.focus,
            };
            cursor = field.draw(context, line, canvas).or(cursor);
        }
        let last = popup::line(inside, inside.height.saturating_sub(1));
        if let Some(problem) = &self.problem {
            popup::write(context, problem, context.theme.warning, last, canvas);
        } else {
            let interval = model.settings.poll_interval();
            let interval = elapsed(interval.try_into().unwrap_or_default());
            let text =
                format!("tags: space-separated; poll interval: e.g. 2s (default {interval})");
            popup::write(context, &text, context.theme.dim, last, canvas);
        }
        cursor
    }
}
