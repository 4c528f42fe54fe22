//! The stages of a job as a row of marks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::{ProgressWidth, Row};
use crate::hotglue::{StageMark, State};
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;

/// Draws each stage in three cells or in one, whichever fits.
pub(super) fn draw(context: &RenderContext, row: &Row, area: Rect, canvas: &mut Buffer) {
    let Some(job) = row.job() else { return };
    let state = job.status.state();
    let width = ProgressWidth::within(area.width);
    let widths = job.status.stage_marks().map(|_| match width {
        ProgressWidth::Full => 3,
        ProgressWidth::Compact => 1,
    });
    let marks = job.status.stage_marks().into_iter();
    for (mark, area) in marks.zip(side_by_side(area, 1, widths)) {
        let style = match mark {
            StageMark::Ahead => context.theme.border,
            _ if row.is_not_started() => context.theme.dim,
            StageMark::Failed => context.theme.state(State::Failed),
            StageMark::Active | StageMark::Passed if row.is_stale() => context.theme.dim,
            StageMark::Passed if state == State::Failed => context.theme.dim,
            StageMark::Active | StageMark::Passed => context.theme.state(state),
        };
        let glyphs = match width {
            ProgressWidth::Full => context.glyphs.stage(mark),
            ProgressWidth::Compact => context.glyphs.compact_stage(mark),
        };
        Span::styled(glyphs, style).draw(area, canvas);
    }
}
