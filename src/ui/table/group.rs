//! The heading of a group: its worst state, its name, a bar, and how many of
//! its jobs are in which state, in columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::{Model, RowGroup, StateCounts};
use crate::hotglue::State;
use crate::ui::chrome::progress_bar;
use crate::ui::style::COUNTED_STATES;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::{after, side_by_side};
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

/// The width of a count with its glyph.
const COUNT: u16 = 6;
/// From this width of the table on, counts have words.
const WORDS_WIDTH: u16 = 110;
/// The widest name of a group, in cells.
const MAX_NAME: u16 = 32;
/// The widest bar of a group, in cells.
const MAX_BAR: u16 = 24;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    group: &RowGroup,
    under_cursor: bool,
    area: Rect,
    canvas: &mut Buffer,
) {
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let cursor = if under_cursor {
        Span::styled(glyphs.cursor, theme.accent)
    } else {
        Span::raw(" ")
    };
    let fold = if group.collapsed {
        glyphs.collapsed
    } else {
        glyphs.expanded
    };
    let worst = COUNTED_STATES
        .into_iter()
        .find(|state| group.counts.of(*state) > 0);
    let state = match worst {
        Some(worst) => Span::styled(glyphs.state(worst), theme.state(worst)),
        None => Span::styled(glyphs.pending, theme.dim),
    };
    let fold = Span::styled(fold, theme.accent);
    Line::from(vec![cursor, fold, " ".into(), state, " ".into()]).draw(area, canvas);

    let name = if group.name.as_str().is_empty() {
        format!("no {}", model.jobs.table().group_by().name())
    } else {
        group.name.one_line()
    };
    let area_after_fold = after(area, 5);
    let name_width = (area.width / 3).clamp(8, MAX_NAME);
    let bar_width = (area.width / 8).min(MAX_BAR);
    let mut parts = side_by_side(area_after_fold, 2, [name_width, bar_width, area.width]);
    if let Some(area) = parts.next() {
        let name = context.fitted(name, area.width, Cut::Middle);
        let style = Style::new().add_modifier(Modifier::BOLD);
        Span::styled(name, style).draw(area, canvas);
    }
    if let Some(area) = parts.next() {
        progress_bar::draw_bar(context, group.counts, area, canvas);
    }
    if let Some(rest) = parts.next() {
        counts(
            context,
            group.counts,
            area.width >= WORDS_WIDTH,
            rest,
            canvas,
        );
    }
    if under_cursor {
        context.highlight(area, canvas);
    }
}

/// The number of jobs, then the count of each state in its column.
fn counts(
    context: &RenderContext,
    counts: StateCounts,
    with_words: bool,
    area: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let total = counts.total();
    let jobs = if total == 1 { "job " } else { "jobs" };
    let mut parts = vec![(format!("{total:>4} {jobs}"), 9, theme.dim)];
    for state in COUNTED_STATES {
        let count = counts.of(state);
        let (name, glyph) = (state.name(), context.glyphs.state(state));
        let style = theme.state(state).remove_modifier(Modifier::BOLD);
        // Rare states have no fixed column: their counts follow at the end.
        let is_rare = matches!(state, State::Cancelled | State::Unknown);
        if is_rare {
            continue;
        }
        let (text, width) = if with_words {
            (format!("{count:>4} {name}"), 5 + cells(name))
        } else {
            (format!("{glyph} {count:<4}"), COUNT)
        };
        let text = if count == 0 { String::new() } else { text };
        parts.push((text, width, style));
    }
    let rare = [
        (
            counts.of(State::Cancelled),
            "canceled",
            theme.state(State::Cancelled),
        ),
        (
            counts.of(State::Unknown),
            "unknown",
            theme.state(State::Unknown),
        ),
        (counts.anomalies(), "slow or silent", theme.warning),
        (counts.pending(), "pending", theme.dim),
        (counts.not_started(), "not started", theme.dim),
    ];
    for (count, name, style) in rare.into_iter().filter(|(count, ..)| *count > 0) {
        let text = format!("{count} {name}");
        let width = cells(&text);
        parts.push((text, width, style.remove_modifier(Modifier::BOLD)));
    }
    let widths: Vec<_> = parts.iter().map(|(_, width, _)| *width).collect();
    for ((text, width, style), area) in parts.into_iter().zip(side_by_side(area, 1, widths)) {
        // A part that does not fit whole ends the line.
        if area.width < width {
            break;
        }
        Span::styled(text, style).draw(area, canvas);
    }
}
