//! What the table is narrowed to, and the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Filter, Model, Show};
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::input::draw_input;
use crate::ui::style::text::{Cut, cells};

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let jobs = &model.jobs;
    let shown = format!(
        "{} of {}",
        jobs.table().shown_count(),
        jobs.counts().total()
    );
    let [left, right] = area.inner(Margin::new(1, 0)).layout(
        &Layout::horizontal([Constraint::Fill(1), Constraint::Length(cells(&shown))]).spacing(2),
    );
    Span::styled(shown, context.theme.dim).render(right, canvas);

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
    narrowed.render(left, canvas);
    if !is_filtered {
        return None;
    }
    let Some(input) = &model.filter_input else {
        let text = context.fitted(settings.filter.text(), filter_area.width, Cut::End);
        Span::raw(text).render(filter_area, canvas);
        return None;
    };
    let fields: Vec<_> = Filter::fields().map(|field| format!("{field}:")).collect();
    let hint = format!("   {}", fields.join(" "));
    let hint_area = after(filter_area, cells(input.value()));
    Span::styled(hint, context.theme.dim).render(hint_area, canvas);
    Some(draw_input(input, filter_area, canvas))
}
