//! The strip above the footer: the selected job and its message, in full where
//! it fits.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::{Model, Row, RowGroup};
use crate::hotglue::{State, age, elapsed};
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::Cut;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let mut lines = area.rows();
    let Some(rule) = lines.next() else { return };
    let horizontal = context.glyphs.horizontal.repeat(usize::from(rule.width));
    Span::styled(horizontal, context.theme.border).draw(rule, canvas);
    let title_area = rule.inner(Margin::new(1, 0));
    let Some(row) = model.jobs.selected() else {
        if let Some(group) = model.jobs.selected_group() {
            let line = context.fitted_line(group_title(context, group), title_area.width);
            line.draw(title_area, canvas);
        }
        return;
    };
    title(model, context, row, title_area.width).draw(title_area, canvas);

    let strip = &model.strip;
    let text = lines.map(|line| after(line, 3));
    let shown = strip.lines.iter().zip(text).enumerate();
    let room = usize::from(area.height.saturating_sub(1));
    for (index, (text, line)) in shown {
        let style = match (row.state(), index) {
            _ if row.is_stale() && index == 0 => context.theme.warning,
            (State::Failed | State::Cancelled, 0) => {
                let style = context.theme.state(row.state());
                style.remove_modifier(Modifier::BOLD)
            }
            (_, 0) => Style::new(),
            _ => context.theme.dim,
        };
        let is_cut = strip.is_cut || room < strip.lines.len();
        let width = line.width.saturating_sub(1);
        let text = if is_cut && index + 1 == room {
            let text = format!("{text} {}", context.glyphs.ellipsis);
            context.fitted(text, width, Cut::End).into_owned()
        } else {
            context.fitted(text.as_str(), width, Cut::End).into_owned()
        };
        Span::styled(text, style).draw(line, canvas);
    }
}

/// The selected group in one line.
fn group_title<'a>(context: &RenderContext, group: &RowGroup) -> Vec<Span<'a>> {
    let theme = &context.theme;
    let counts = group.counts;
    let total = match counts.total() {
        1 => "1 job".to_owned(),
        total => format!("{total} jobs"),
    };
    let bold = theme.ground.add_modifier(Modifier::BOLD);
    let finished = format!("{total}, {} finished ", counts.finished());
    vec![
        Span::styled(format!(" {}  ", group.name.one_line()), bold),
        Span::styled(finished, theme.dim),
    ]
}

/// The selected job in one line.
fn title<'a>(model: &Model, context: &RenderContext, row: &'a Row, width: u16) -> Line<'a> {
    let now = model.shown_now();
    let (theme, state) = (&context.theme, context.state_style(row));
    // The rule below has a color.
    let bold = theme.ground.add_modifier(Modifier::BOLD);
    let duration = row.elapsed(now).map(|time| {
        let verb = if row.state().is_finished() {
            "took"
        } else {
            "for"
        };
        format!("{verb} {}", elapsed(time))
    });
    let updated = row.updated().map(|updated| match age(updated, now) {
        age if age == "now" => age,
        age => format!("{age} ago"),
    });
    let anomaly = row.anomaly_label();
    let taps = row.tap_and_target(context.glyphs.arrow);
    let parts: [(Option<Cow<str>>, Style); 6] = [
        (Some(row.name.one_line().into()), bold),
        (Some(row.status_label().into()), state),
        (updated.map(Cow::from), theme.dim),
        (duration.map(Cow::from), theme.dim),
        (anomaly.map(Cow::from), theme.warning),
        (Some(taps.into()), theme.dim),
    ];
    let mut spans = vec![Span::raw(" "), context.state_glyph(row), Span::raw(" ")];
    for (text, style) in parts {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            spans.push(Span::styled(text, style));
            spans.push(Span::raw("  "));
        }
    }
    spans.pop();
    spans.push(Span::raw(" "));
    context.fitted_line(spans, width)
}
