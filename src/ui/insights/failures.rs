//! The largest failure groups: a bar for the size of each, and its message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::section;
use crate::app::Model;
use crate::hotglue::State;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::Cut;

/// The width of the bars in cells.
const BAR: u16 = 8;

/// The lines that the section needs, its frame included.
pub(super) fn height(model: &Model) -> u16 {
    let groups = model.jobs.tallies().failures.len();
    u16::try_from(groups.max(1))
        .unwrap_or(u16::MAX)
        .saturating_add(2)
}

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let failures = &model.jobs.tallies().failures;
    let theme = &context.theme;
    let groups = failures.len();
    let beside = (groups > 0).then(|| Span::styled(groups.to_string(), theme.dim));
    let inside = section::open(context, "Failure groups", beside, area, canvas);
    if failures.is_empty() {
        section::empty(context, "no failed jobs", inside, canvas);
        return;
    }
    let most = failures
        .largest()
        .next()
        .map_or(1, |group| group.count)
        .max(1);
    let failed = theme.state(State::Failed);
    for (line, group) in inside.rows().zip(failures.largest()) {
        let widths = [4, BAR, line.width];
        let mut parts = side_by_side(line, 1, widths);
        if let Some(area) = parts.next() {
            Span::styled(format!("{:>4}", group.count), failed).draw(area, canvas);
        }
        if let Some(area) = parts.next() {
            let width = (group.count * usize::from(BAR)).div_ceil(most);
            let width = u16::try_from(width).unwrap_or(BAR).min(area.width);
            context.bar(State::Failed, width).draw(area, canvas);
        }
        if let Some(area) = parts.next() {
            let is_growing = group.is_growing(model.shown_now());
            let style = if is_growing {
                failed.remove_modifier(Modifier::BOLD)
            } else {
                Style::new()
            };
            let text = context.fitted(group.example.as_str(), area.width, Cut::End);
            Span::styled(text, style).draw(area, canvas);
        }
    }
}
