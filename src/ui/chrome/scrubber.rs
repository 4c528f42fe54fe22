//! The line of time travel: the moment that is shown, and the failures over the
//! record around it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Model, TimeTravel};
use crate::hotglue::{State, elapsed};
use crate::ui::style::RenderContext;
use crate::ui::style::text::cells;

/// The least width of the scrubber, and its share of the line.
const MIN_SCRUBBER: u16 = 12;
const SHARE: u16 = 3;
/// The width that is left for the hints.
const HINTS: u16 = 10;

/// Draws the badge and the scrubber, and returns what they leave of the line.
pub(in crate::ui) fn draw(
    live: &Model,
    travel: &TimeTravel,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
) -> Rect {
    let badge = badge(live, travel, area.width);
    let style = context.theme.alarm.add_modifier(Modifier::BOLD);
    let width = cells(&badge).min(area.width);
    Span::styled(badge, style).render(Rect { width, ..area }, canvas);
    let mut rest = Rect {
        x: area.x + width,
        width: area.width - width,
        ..area
    };
    let free = rest.width.saturating_sub(HINTS);
    if free < MIN_SCRUBBER {
        return rest;
    }
    let length = (area.width / SHARE).max(MIN_SCRUBBER).min(free);
    let bar = Rect {
        x: rest.x + 1,
        width: length,
        ..rest
    };
    scrubber(live, travel, context, usize::from(length)).render(bar, canvas);
    rest.x += length + 1;
    rest.width -= length + 1;
    rest
}

/// Which moment it is, and how long ago; shorter where the line is short.
fn badge(live: &Model, travel: &TimeTravel, width: u16) -> String {
    let name = if travel.is_replay {
        "REPLAY"
    } else {
        "HISTORY"
    };
    let now = if travel.is_replay {
        travel.end(live.now)
    } else {
        live.now
    };
    let local = travel.moment.to_zoned_datetime(live.zone.clone());
    let is_today = local.date() == now.to_zoned_datetime(live.zone.clone()).date();
    let format = if is_today {
        "%H:%M:%S"
    } else {
        "%b %-d %H:%M:%S"
    };
    let time = local.strftime(format);
    let playing = match travel.playing() {
        Some(speed) => format!(" x{speed}"),
        None => String::new(),
    };
    let ago = elapsed(now.duration_since(travel.moment));
    let place = if travel.is_replay {
        format!(", {ago} before the end")
    } else {
        format!(", {ago} ago")
    };
    let long = format!(" {name} {time}{place}{playing} ");
    if cells(&long) + HINTS <= width {
        long
    } else {
        format!(" {name} {time}{playing} ")
    }
}

/// The failures over time: higher where more jobs failed, with the moment.
fn scrubber<'a>(
    live: &Model,
    travel: &TimeTravel,
    context: &RenderContext,
    length: usize,
) -> Line<'a> {
    let unicode = live.settings.appearance().unicode;
    let heights: &[&str] = if unicode {
        &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    } else {
        &["."]
    };
    let (counts, here) = travel.scrubber(length, live.now);
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let failed = context.theme.state(State::Failed);
    let cells = counts.into_iter().enumerate().map(|(slot, count)| {
        let (glyph, style) = match count {
            0 if unicode => ("─", context.theme.dim),
            0 => ("-", context.theme.dim),
            count if unicode => (heights[(count * (heights.len() - 1)) / most], failed),
            _ => ("x", failed),
        };
        if slot == here {
            let glyph = if count == 0 && unicode { "│" } else { glyph };
            let glyph = if count == 0 && !unicode { "|" } else { glyph };
            let reverse = Style::new().add_modifier(Modifier::REVERSED);
            Span::styled(glyph, style.patch(reverse))
        } else {
            Span::styled(glyph, style)
        }
    });
    Line::from(cells.collect::<Vec<_>>())
}
