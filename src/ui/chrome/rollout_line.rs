//! The line of a rollout: how far it is, whether it is all right, and why not.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::Model;
use crate::hotglue::State;
use crate::rollout::{ConditionReport, FlowBaseline, ForecastScope, GateResult, RolloutSummary};
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::Cut;

/// The most cells of the name.
const NAME_WIDTH: u16 = 24;
/// The cells to which the name is cut before it is dropped.
const SHORT_NAME_WIDTH: u16 = 10;

/// The parts of the line in their longest form that still fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Brevity {
    Full,
    WithoutLast,
    ShortGate,
    ShortName,
    WithoutBaseline,
    WithoutName,
    WithoutRate,
    WithoutEta,
    Bare,
}

impl Brevity {
    const ALL: [Self; 9] = [
        Self::Full,
        Self::WithoutLast,
        Self::ShortGate,
        Self::ShortName,
        Self::WithoutBaseline,
        Self::WithoutName,
        Self::WithoutRate,
        Self::WithoutEta,
        Self::Bare,
    ];
}

/// What the history adds to the counts.
#[derive(Default)]
struct Forecasts {
    /// The range of the ETA with its confidence.
    eta: Option<String>,
    /// The tenant of the job that is expected to finish last.
    last: Option<String>,
    /// The failed and all runs before the start.
    baseline: Option<(usize, usize)>,
}

/// Draws the line. What does not fit is dropped, the least important parts
/// first; finished and expected jobs, failed jobs and the gate stay.
pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let area = area.inner(Margin::new(1, 0));
    let Some(rollout) = model.shown_rollout() else {
        return;
    };
    let eta = model.forecast.eta(&ForecastScope::Follow(rollout.id));
    let unicode = model.settings.appearance().unicode;
    let flow = &rollout.flow;
    let baseline = model.forecast.baseline(flow.environment, &flow.flow);
    let last = eta.and_then(|eta| model.jobs.get(eta.last_job()?));
    let forecasts = Forecasts {
        eta: eta
            .map(|eta| eta.range(model.shown_now(), unicode))
            .or_else(|| model.learning_offer(rollout.id)),
        last: last.map(|row| row.tenant().to_owned()),
        baseline: baseline.map(FlowBaseline::failures),
    };
    let line = |brevity| {
        let name = flow.name.one_line();
        line(context, &name, &rollout.summary, &forecasts, brevity)
    };
    let fits = |line: &Line| line.width() <= usize::from(area.width);
    let lines = || Brevity::ALL.into_iter().map(line);
    let shortest = || line(Brevity::Bare);
    lines()
        .find(fits)
        .unwrap_or_else(shortest)
        .draw(area, canvas);
}

fn line<'a>(
    context: &RenderContext,
    name: &str,
    summary: &RolloutSummary,
    forecasts: &Forecasts,
    brevity: Brevity,
) -> Line<'a> {
    let theme = &context.theme;
    let mut parts: Vec<Vec<Span>> = Vec::new();
    let name_width = match brevity {
        Brevity::Full | Brevity::WithoutLast | Brevity::ShortGate => NAME_WIDTH,
        Brevity::ShortName | Brevity::WithoutBaseline => SHORT_NAME_WIDTH,
        Brevity::WithoutName | Brevity::WithoutRate | Brevity::WithoutEta | Brevity::Bare => 0,
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
    let baseline = forecasts
        .baseline
        .filter(|_| brevity < Brevity::WithoutBaseline);
    let with_rate = brevity < Brevity::WithoutRate;
    parts.push(failed(context, summary, baseline, with_rate));
    if let Some(eta) = &forecasts.eta
        && brevity < Brevity::WithoutEta
    {
        parts.push(vec![Span::raw(eta.clone())]);
    }
    if let Some(last) = &forecasts.last
        && brevity < Brevity::WithoutLast
    {
        parts.push(vec![Span::styled(format!("last: {last}"), theme.dim)]);
    }
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

/// The failed jobs, their share of the finished ones, and that of the runs before
/// the start.
fn failed<'a>(
    context: &RenderContext,
    summary: &RolloutSummary,
    baseline: Option<(usize, usize)>,
    with_rate: bool,
) -> Vec<Span<'a>> {
    let failed = summary.failed();
    let style = if failed > 0 {
        context.theme.state(State::Failed)
    } else {
        Style::new()
    };
    let mut spans = vec![Span::styled(format!("{failed} failed"), style)];
    let percent = |part: usize, of: usize| (part * 1000 / of.max(1) + 5) / 10;
    let rate = (summary.finished() > 0).then(|| percent(failed, summary.finished()));
    let before = baseline.filter(|(_, runs)| *runs > 0);
    let before = before.map(|(failed, runs)| percent(failed, runs));
    let rates = match (rate, before) {
        (Some(rate), Some(before)) => format!(" ({rate} %, baseline {before} %)"),
        (Some(rate), None) => format!(" ({rate} %)"),
        (None, Some(before)) => format!(" (baseline {before} %)"),
        (None, None) => String::new(),
    };
    if with_rate {
        spans.push(Span::styled(rates, context.theme.dim));
    }
    spans
}

fn gate_label(gate: &ConditionReport, brevity: Brevity) -> String {
    let result = gate.result.name();
    if let Some(reason) = gate.reason().filter(|_| brevity < Brevity::ShortGate) {
        return format!("gate {result}: {reason}");
    }
    match gate.needed.filter(|_| brevity < Brevity::WithoutEta) {
        Some(needed) => format!("gate {result}: {needed} needed"),
        None => format!("gate {result}"),
    }
}
