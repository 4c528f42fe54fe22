//! What the table is narrowed to, and the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::text::{Line, Span};

use crate::app::{FilterInput, Model, Severity, Show};
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::draw::Draw;
use crate::ui::style::input::draw_input;
use crate::ui::style::text::{Cut, cells};

/// Examples of what can be typed.
const HINT: &str = "tab completes: status:failed tenant:acme elapsed>10m, or, not, ( )";

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let [area, error_area] = area.layout(&Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(area.height.saturating_sub(1)),
    ]));
    let error_area = (!error_area.is_empty()).then_some(error_area);
    let jobs = &model.jobs;
    let shown = format!(
        "{} of {}",
        jobs.table().shown_count(),
        jobs.counts().total()
    );
    let [left, right] = area.inner(Margin::new(1, 0)).layout(
        &Layout::horizontal([Constraint::Fill(1), Constraint::Length(cells(&shown))]).spacing(2),
    );
    Span::styled(shown, context.theme.dim).draw(right, canvas);

    let settings = jobs.table().settings();
    let mut labels = Vec::new();
    if let Some(only) = &settings.only {
        let label = format!("only: {}", only.label);
        labels.push(context.fitted(label, area.width / 2, Cut::End));
        labels.push("  ".into());
    }
    if settings.show != Show::All {
        labels.push(format!("only {}  ", settings.show.name()).into());
    }
    let is_filtered = !settings.filter.text().is_empty() || model.filter_input.is_some();
    if is_filtered {
        labels.push("/ ".into());
    }
    let accent = context.theme.accent;
    let narrowed: Line = labels
        .into_iter()
        .map(|label| Span::styled(label, accent))
        .collect();
    let filter_area = after(left, u16::try_from(narrowed.width()).unwrap_or(u16::MAX));
    narrowed.draw(left, canvas);
    if !is_filtered {
        return None;
    }
    let Some(input) = &model.filter_input else {
        let text = context.fitted(settings.filter.text(), filter_area.width, Cut::End);
        Span::raw(text).draw(filter_area, canvas);
        return None;
    };
    let typed = cells(input.line.value());
    let hint_area = after(filter_area, typed.saturating_add(3));
    context
        .fitted_line(hint(input, context), hint_area.width)
        .draw(hint_area, canvas);
    if let (Some(error), Some(error_area)) = (&input.error, error_area) {
        let before = cells(&input.line.value()[..error.at]);
        let hidden = input
            .line
            .visual_scroll(usize::from(filter_area.width.saturating_sub(1)));
        let before = before.saturating_sub(u16::try_from(hidden).unwrap_or(u16::MAX));
        let caret = (filter_area.x - area.x).saturating_add(before);
        draw_error(context, &error.message, caret, error_area, canvas);
    }
    Some(draw_input(&input.line, filter_area, canvas))
}

/// What can be typed: the completions, else examples of the language.
fn hint<'a>(input: &'a FilterInput, context: &RenderContext) -> Vec<Span<'a>> {
    let Some((completions, chosen)) = input.completions() else {
        return vec![Span::styled(HINT, context.theme.dim)];
    };
    // The chosen one is always visible.
    let first = chosen.saturating_sub(2);
    let shown = completions.iter().enumerate().skip(first);
    let spans = shown.map(|(index, text)| {
        let style = if index == chosen {
            context.theme.accent
        } else {
            context.theme.dim
        };
        [Span::styled(text.trim_end(), style), Span::raw("  ")]
    });
    spans.flatten().collect()
}

/// Draws a caret under the mistake and the message beside it: behind the caret
/// where it fits there, else before it, else from the left.
fn draw_error(context: &RenderContext, message: &str, caret: u16, area: Rect, canvas: &mut Buffer) {
    let style = context.theme.severity(Severity::Bad);
    let caret_area = after(area, caret.min(area.width.saturating_sub(1)));
    Span::styled("^", style).draw(caret_area, canvas);
    let width = cells(message);
    let behind = after(caret_area, 2);
    let room_before = caret.saturating_sub(1);
    let text_area = if width <= behind.width || room_before < behind.width {
        behind
    } else {
        Rect {
            x: area.x + room_before.saturating_sub(width),
            width: room_before.min(width),
            ..area
        }
    };
    let text = context.fitted(message, text_area.width, Cut::End);
    Span::styled(text, style).draw(text_area, canvas);
}
