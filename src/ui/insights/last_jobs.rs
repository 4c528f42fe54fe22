//! The running jobs that are expected to finish last.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::section;
use crate::app::Model;
use crate::hotglue::elapsed;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let inside = section::open(context, "Last jobs expected", None, area, canvas);
    let now = model.shown_now();
    let mut lines = inside.rows();
    let last_jobs = model.eta().map_or(&[][..], |eta| &eta.last_jobs);
    for last in last_jobs.iter().take(usize::from(inside.height)) {
        let Some((row, line)) = model.jobs.get(last.id).zip(lines.next()) else {
            continue;
        };
        let left = last.expected.duration_since(now);
        let (when, style) = if left > SignedDuration::ZERO {
            let clock = model.clock(last.expected);
            let dot = context.glyphs.dot;
            (format!("in {} {dot} {clock}", elapsed(left)), Style::new())
        } else {
            ("overdue".to_owned(), context.theme.warning)
        };
        let width = cells(&when);
        let name = line.width.saturating_sub(width + 1);
        let mut parts = side_by_side(line, 1, [name, width]);
        if let Some(area) = parts.next() {
            let name = context.fitted(row.name.one_line(), area.width, Cut::Middle);
            Span::raw(name).draw(area, canvas);
        }
        if let Some(area) = parts.next() {
            Span::styled(when, style).draw(area, canvas);
        }
    }
    if last_jobs.is_empty() {
        let text = if model.jobs.counts().finished() == model.jobs.counts().total() {
            "every job has finished"
        } else {
            "no forecast without a baseline"
        };
        section::empty(context, text, inside, canvas);
    }
}
