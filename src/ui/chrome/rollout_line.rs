//! The line of a rollout: how far it is, whether it is all right, and why not.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::Model;
use crate::hotglue::State;
use crate::rollout::{ConditionReport, GateResult, RolloutSummary};
use crate::ui::style::RenderContext;
use crate::ui::style::text::Cut;

/// The most cells of the name.
const NAME_WIDTH: u16 = 24;
/// The cells to which the name is cut before it is dropped.
const SHORT_NAME_WIDTH: u16 = 10;

/// The parts of the line in their longest form that still fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Brevity {
    Full,
    ShortGate,
    ShortName,
    WithoutRate,
    WithoutName,
    Bare,
}

impl Brevity {
    const ALL: [Self; 6] = [
        Self::Full,
        Self::ShortGate,
        Self::ShortName,
        Self::WithoutRate,
        Self::WithoutName,
        Self::Bare,
    ];
}

/// Draws the line. What does not fit is dropped, the least important parts
/// first; finished and expected jobs, failed jobs and the gate stay.
pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let area = area.inner(Margin::new(1, 0));
    let Some(rollout) = model.shown_rollout() else {
        return;
    };
    let line = |brevity| {
        let name = rollout.flow.name.one_line();
        line(context, &name, &rollout.summary, brevity)
    };
    let fits = |line: &Line| line.width() <= usize::from(area.width);
    let lines = || Brevity::ALL.into_iter().map(line);
    let shortest = || line(Brevity::Bare);
    lines()
        .find(fits)
        .unwrap_or_else(shortest)
        .render(area, canvas);
}

fn line<'a>(
    context: &RenderContext,
    name: &str,
    summary: &RolloutSummary,
    brevity: Brevity,
) -> Line<'a> {
    let theme = &context.theme;
    let mut parts: Vec<Vec<Span>> = Vec::new();
    let name_width = match brevity {
        Brevity::Full | Brevity::ShortGate => NAME_WIDTH,
        Brevity::ShortName | Brevity::WithoutRate => SHORT_NAME_WIDTH,
        Brevity::WithoutName | Brevity::Bare => 0,
    };
    if name_width > 0 {
        let name = context.fitted(name.to_owned(), name_width, Cut::End);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        parts.push(vec![Span::styled(name, bold)]);
    }
    let (finished, expected) = (summary.finished(), summary.expected());
    let unit = if brevity == Brevity::Bare {
        ""
    } else {
        " finished"
    };
    parts.push(vec![Span::raw(format!("{finished}/{expected}{unit}"))]);
    parts.push(failed(context, summary, brevity < Brevity::WithoutRate));
    if let Some(gate) = summary.decisive() {
        let style = match gate.result {
            GateResult::Pass => theme.state(State::Completed),
            GateResult::Hold => theme.state(State::Failed),
            GateResult::Inconclusive => theme.warning,
        };
        let style = style.remove_modifier(Modifier::BOLD);
        let text = gate_label(gate, brevity);
        parts.push(vec![Span::styled(text, style)]);
    }
    let separator = format!(" {} ", context.glyphs.dot);
    let mut line = Line::default();
    for part in parts {
        if !line.spans.is_empty() {
            line.push_span(Span::styled(separator.clone(), theme.dim));
        }
        line.extend(part);
    }
    line
}

/// The failed jobs, and their share of the finished ones.
fn failed<'a>(context: &RenderContext, summary: &RolloutSummary, with_rate: bool) -> Vec<Span<'a>> {
    let failed = summary.failed();
    let style = if failed > 0 {
        context.theme.state(State::Failed)
    } else {
        Style::new()
    };
    let mut spans = vec![Span::styled(format!("{failed} failed"), style)];
    if with_rate && summary.finished() > 0 {
        let percent = (failed * 1000 / summary.finished() + 5) / 10;
        let rate = format!(" ({percent} %)");
        spans.push(Span::styled(rate, context.theme.dim));
    }
    spans
}

fn gate_label(gate: &ConditionReport, brevity: Brevity) -> String {
    let result = gate.result.name();
    if let Some(reason) = gate.reason().filter(|_| brevity == Brevity::Full) {
        return format!("gate {result}: {reason}");
    }
    match gate.needed.filter(|_| brevity < Brevity::Bare) {
        Some(needed) => format!("gate {result}: {needed} needed"),
        None => format!("gate {result}"),
    }
}
