//! The pulse: the rollout over time on one screen, at any size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::{burn_up, events, failures, last_jobs, section, stages, throughput};
use crate::app::Model;
use crate::hotglue::State;
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;

/// From this width on, the sections are in two columns beside the burn-up.
const WIDE: u16 = 120;
/// From this height on, there are sections below the burn-up.
const TALL: u16 = 18;
/// From this height on, there are recent events too.
const VERY_TALL: u16 = 34;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let [summary, body] = area.layout(&Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
    ]));
    let summary_line = key_figures(model, context);
    let summary_line = context.fitted_line(summary_line, summary.width.saturating_sub(2));
    summary_line.centered().draw(summary, canvas);
    if body.height < TALL {
        draw_burn_up(model, context, body, canvas);
    } else if body.width >= WIDE {
        wide(model, context, body, canvas);
    } else {
        narrow(model, context, body, canvas);
    }
}

fn wide(model: &Model, context: &RenderContext, body: Rect, canvas: &mut Buffer) {
    let [left, right] = body.layout(&Layout::horizontal([
        Constraint::Fill(3),
        Constraint::Fill(2),
    ]));
    let [chart, rates] = left.layout(&Layout::vertical([
        Constraint::Fill(5),
        Constraint::Fill(2),
    ]));
    draw_burn_up(model, context, chart, canvas);
    throughput::draw(model, context, rates, canvas);
    let groups = failures::height(model).clamp(4, (right.height / 3).max(4));
    let rows = [
        Constraint::Length(7),
        Constraint::Length(groups),
        Constraint::Length(7),
        Constraint::Fill(1),
    ];
    let [stage_area, groups, last, rest] = right.layout(&Layout::vertical(rows));
    stages::draw(model, context, stage_area, canvas);
    failures::draw(model, context, groups, canvas);
    if body.height >= VERY_TALL {
        last_jobs::draw(model, context, last, canvas);
        events::draw(model, context, rest, canvas);
    } else {
        last_jobs::draw(model, context, last.union(rest), canvas);
    }
}

fn narrow(model: &Model, context: &RenderContext, body: Rect, canvas: &mut Buffer) {
    let [chart, middle, low] = body.layout(&Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(7),
        Constraint::Length(if body.height >= TALL + 2 { 5 } else { 0 }),
    ]));
    draw_burn_up(model, context, chart, canvas);
    let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]);
    let [left, right] = middle.layout(&halves);
    throughput::draw(model, context, left, canvas);
    stages::draw(model, context, right, canvas);
    if low.height > 0 {
        let [left, right] = low.layout(&halves);
        failures::draw(model, context, left, canvas);
        last_jobs::draw(model, context, right, canvas);
    }
}

fn draw_burn_up(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let theme = &context.theme;
    let legend = [
        ("completed", theme.state(State::Completed)),
        ("failed", theme.state(State::Failed)),
        ("forecast (50 to 90 %)", theme.accent),
    ];
    let legend = legend.map(|(name, style)| {
        let mark = if context.glyphs.is_ascii() {
            "#"
        } else {
            "■"
        };
        Span::styled(
            format!("{mark} {name} "),
            style.remove_modifier(Modifier::BOLD),
        )
    });
    let has_forecast = model.eta().is_some();
    let shown = if has_forecast { 3 } else { 2 };
    let legend = legend.into_iter().take(shown);
    let inside = section::open(context, "Burn-up", legend, area, canvas);
    burn_up::draw(model, context, inside, canvas);
}

/// The answers in one line.
fn key_figures<'a>(model: &Model, context: &RenderContext) -> Vec<Span<'a>> {
    let counts = model.jobs.counts();
    let (finished, total) = (counts.finished(), counts.total());
    let failures = counts.of(State::Failed) + counts.of(State::Cancelled);
    let theme = &context.theme;
    let percent = |part: usize, whole: usize| (part * 100).checked_div(whole).unwrap_or(0);
    let [completed, failed] = model.jobs.tallies().activity.rates(model.shown_now());
    let mut figures = vec![
        Span::styled(
            format!(
                "{finished}/{total} finished ({} %)",
                percent(finished, total)
            ),
            Style::new().add_modifier(Modifier::BOLD),
        ),
        Span::styled(
            format!("{failures} failed ({} %)", percent(failures, finished)),
            if failures > 0 {
                theme.state(State::Failed)
            } else {
                theme.dim
            },
        ),
        Span::styled(
            format!("{} finished/min", throughput::number(completed + failed)),
            theme.dim,
        ),
    ];
    if let Some(eta) = model.eta() {
        let label = eta.label(model.shown_now(), !context.glyphs.is_ascii());
        figures.push(Span::styled(label, theme.accent));
    }
    let separator = format!(" {} ", context.glyphs.dot);
    let mut line = Vec::new();
    for figure in figures {
        if !line.is_empty() {
            line.push(Span::styled(separator.clone(), theme.border));
        }
        line.push(figure);
    }
    line
}
