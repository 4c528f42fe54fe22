//! How long the stages take in this rollout, beside their baselines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::section;
use crate::app::{Model, StageSummary};
use crate::hotglue::{State, elapsed};
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::Cut;

/// The widths of name, median and baseline in cells.
const WIDTHS: [u16; 3] = [8, 7, 16];
/// The width of the baseline in a narrow section.
const NARROW_BASELINE: u16 = 11;
/// A narrow section has fewer cells than this.
const NARROW: u16 = 50;
/// A stage that takes longer than its baseline by this factor is highlighted.
const NOTABLE: f64 = 1.25;

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let inside = section::open(context, "Stages (median)", None, area, canvas);
    let summaries = model.stage_summaries();
    if summaries.is_empty() {
        section::empty(context, "no stage has finished yet", inside, canvas);
        return;
    }
    let longest = summaries
        .iter()
        .map(|summary| summary.median.max(summary.baseline.unwrap_or_default()))
        .max()
        .unwrap_or_default();
    for (line, summary) in inside.rows().zip(&summaries) {
        draw_stage(context, summary, longest.as_secs_f64(), line, canvas);
    }
}

fn draw_stage(
    context: &RenderContext,
    summary: &StageSummary,
    longest: f64,
    line: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let median = summary.median.as_secs_f64();
    // Durations are known to the second: below one there is no ratio.
    let ratio = summary
        .baseline
        .filter(|baseline| baseline.as_secs() > 0)
        .map(|baseline| median / baseline.as_secs_f64());
    let is_notable = ratio.is_some_and(|ratio| ratio >= NOTABLE);
    let style = if is_notable {
        theme.warning
    } else {
        Style::new()
    };
    let [name, value, mut baseline] = WIDTHS;
    if line.width < NARROW {
        baseline = NARROW_BASELINE;
    }
    let bar = line.width.saturating_sub(name + value + baseline + 3);
    let mut parts = side_by_side(line, 1, [name, value, bar, baseline]);
    if let Some(area) = parts.next() {
        Span::styled(summary.stage.name(), theme.dim).draw(area, canvas);
    }
    if let Some(area) = parts.next() {
        let text = format!("{:>7}", elapsed(summary.median));
        Span::styled(text, style).draw(area, canvas);
    }
    if let Some(area) = parts.next() {
        let share = |seconds: f64| {
            let cells = (seconds / longest.max(1.0) * f64::from(area.width)).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and the width"
            )]
            let cells = cells.clamp(0.0, f64::from(area.width)) as u16;
            cells
        };
        let width = share(median).max(1).min(area.width);
        context.bar(State::Running, width).draw(area, canvas);
        let mark = summary
            .baseline
            .map(|baseline| share(baseline.as_secs_f64()));
        if let Some(mark) = mark.filter(|_| area.width > 0) {
            let x = area.x + mark.min(area.width - 1);
            let span = Span::styled(context.glyphs.vertical, theme.warning);
            canvas.set_span(x, area.y, &span, 1);
        }
    }
    if let Some(area) = parts.next() {
        let text = match (summary.baseline, ratio) {
            (Some(baseline), Some(ratio)) => {
                format!("{} was {}", times(ratio, context), elapsed(baseline))
            }
            (Some(baseline), None) => format!("was {}", elapsed(baseline)),
            (None, _) => "no baseline".to_owned(),
        };
        let style = if is_notable { theme.warning } else { theme.dim };
        let text = context.fitted(text, area.width, Cut::End);
        Span::styled(text, style).draw(area, canvas);
    }
}

fn times(ratio: f64, context: &RenderContext) -> String {
    let sign = if context.glyphs.is_ascii() { "x" } else { "×" };
    format!("{sign}{ratio:.1}")
}
