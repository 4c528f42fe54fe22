//! The stages of a job as a row of marks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{ProgressWidth, Row};
use crate::hotglue::{StageMark, State};
use crate::ui::style::RenderContext;

/// Draws each stage in three cells or in one, whichever fits.
pub(super) fn draw(context: &RenderContext, row: &Row, area: Rect, canvas: &mut Buffer) {
    let Some(job) = row.job() else { return };
    let state = job.status.state();
    let mut line = Line::default();
    for mark in job.status.stage_marks() {
        let style = match mark {
            StageMark::Ahead => context.theme.border,
            StageMark::Failed => context.theme.state(State::Failed),
            StageMark::Active | StageMark::Passed if row.is_stale() => context.theme.dim,
            StageMark::Passed if state == State::Failed => context.theme.dim,
            StageMark::Active | StageMark::Passed => context.theme.state(state),
        };
        match ProgressWidth::within(area.width) {
            ProgressWidth::Full => {
                let glyphs = context.glyphs.stage(mark);
                line.extend(glyphs.map(|glyph| Span::styled(glyph, style)));
            }
            ProgressWidth::Compact => {
                line.push_span(Span::styled(context.glyphs.compact_stage(mark), style));
            }
        }
        line.push_span(" ");
    }
    line.render(area, canvas);
}
