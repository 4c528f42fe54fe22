//! The failure groups, one on each line, with what is known of the selected
//! one below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{FailureGroupList, Model, wrap};
use crate::hotglue::{State, Text};
use crate::rollout::FailureGroup;
use crate::ui::insights::throughput;
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;

/// The lines for the selected group.
const DETAIL_LINES: u16 = 11;
/// The least lines for the selected group in a small window.
const LEAST_DETAIL_LINES: u16 = 4;
/// The most lines of its message.
const MESSAGE_LINES: usize = 4;
/// The width of the bar of a group in cells.
const BAR: u16 = 8;
/// The width of a trend in cells.
const TREND: u16 = 16;
/// From this width on there is room for bars and trends.
const ROOMY: u16 = 76;

impl OverlayView for FailureGroupList {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let failed: usize = self.groups.iter().map(|group| group.jobs.len()).sum();
        let title = match failed {
            0 => "Failure groups".to_owned(),
            failed => format!("Failure groups ({failed} failed)"),
        };
        let count = self.groups.len();
        let lines = u16::try_from(count).unwrap_or(u16::MAX);
        let height = lines.saturating_add(DETAIL_LINES + 2);
        let width = area.width.saturating_sub(area.width / 6).max(110);
        let inside = popup::open(context, &title, (width, height), area, canvas);
        if self.groups.is_empty() {
            popup::write(context, "no failed jobs", context.theme.dim, inside, canvas);
            return None;
        }
        // In a small window the message of the selected group comes first.
        let least = inside.height.saturating_sub(LEAST_DETAIL_LINES).min(3);
        let room = inside.height.saturating_sub(DETAIL_LINES).max(least);
        let rows = [Constraint::Length(lines.min(room)), Constraint::Fill(1)];
        let [above, below] = Layout::vertical(rows).areas(inside);
        let most = self.groups.first().map_or(1, |group| group.jobs.len());
        for (line, index) in list::lines(context, self.selected, count, above, canvas, screen) {
            draw_group(model, context, &self.groups[index], most, line, canvas);
        }
        if let Some(group) = self.groups.get(self.selected) {
            draw_detail(model, context, group, below, canvas);
        }
        None
    }
}

/// The size of a group, its message and how it grew.
fn draw_group(
    model: &Model,
    context: &RenderContext,
    group: &FailureGroup,
    most: usize,
    line: Rect,
    canvas: &mut Buffer,
) {
    let failed = context.theme.state(State::Failed);
    let count = group.jobs.len();
    let (bar, trend) = if line.width >= ROOMY {
        (BAR, TREND)
    } else {
        (0, 0)
    };
    let gaps = if bar > 0 { 3 } else { 1 };
    let message = line.width.saturating_sub(4 + bar + trend + gaps);
    let widths = [4, bar, message, trend];
    let widths = widths.into_iter().filter(|width| *width > 0);
    let mut parts = side_by_side(line, 1, widths);
    if let Some(area) = parts.next() {
        Span::styled(format!("{count:>4}"), failed).render(area, canvas);
    }
    if bar > 0
        && let Some(area) = parts.next()
    {
        let width = (count * usize::from(BAR)).div_ceil(most.max(1));
        let width = u16::try_from(width).unwrap_or(BAR).min(area.width);
        context.bar(State::Failed, width).render(area, canvas);
    }
    if let Some(area) = parts.next() {
        popup::write(context, &group.example, Style::new(), area, canvas);
    }
    if let Some(area) = parts.next() {
        let tally = model.jobs.tallies().failures.get(&group.fingerprint);
        let steps = usize::from(area.width);
        let trend = tally.map(|tally| tally.trend(model.shown_now(), steps));
        let style = failed.remove_modifier(Modifier::BOLD);
        throughput::bars(
            context,
            trend.unwrap_or_default(),
            None,
            style,
            area,
            canvas,
        );
    }
}

/// The part of the finished jobs that is in a group, and where.
fn rate(model: &Model, context: &RenderContext, group: &FailureGroup) -> String {
    let count = |count: usize, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {one}{plural}")
    };
    let failed = group.jobs.len();
    let finished = model.jobs.counts().finished();
    let percent = (failed * 100).checked_div(finished).unwrap_or(0);
    let parts = [
        format!("{failed} of {finished} finished jobs ({percent} %)"),
        count(group.tenants.len(), "tenant"),
        count(group.flows, "flow"),
    ];
    parts.join(&format!(" {} ", context.glyphs.dot))
}

/// When the first and the newest job of a group failed, and which they are.
fn times(model: &Model, context: &RenderContext, group: &FailureGroup) -> String {
    let name = |id: Option<&_>| {
        let row = id.and_then(|id| model.jobs.get(*id));
        row.map(|row| row.name.one_line()).unwrap_or_default()
    };
    let mut parts = Vec::new();
    if let Some(first) = group.first {
        let name = name(group.jobs.first());
        parts.push(format!("first {} {name}", model.clock(first)));
    }
    if let Some(last) = group.last.filter(|_| group.jobs.len() > 1) {
        let name = name(group.jobs.last());
        parts.push(format!("newest {} {name}", model.clock(last)));
    }
    if group.is_spreading(model.now) {
        parts.push("growing".to_owned());
    }
    parts.join(&format!(" {} ", context.glyphs.dot))
}

fn draw_detail(
    model: &Model,
    context: &RenderContext,
    group: &FailureGroup,
    area: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let rule = context.glyphs.horizontal.repeat(usize::from(area.width));
    let mut lines = vec![(rule, theme.border)];
    let message = wrap(&group.example, area.width)
        .into_iter()
        .take(MESSAGE_LINES);
    let failed = theme.state(State::Failed).remove_modifier(Modifier::BOLD);
    lines.extend(message.map(|line| (line, failed)));
    if let Some(class) = group.error_class {
        let remedy = format!("{}: {}", class.name(), class.remedy());
        lines.push((remedy, theme.accent));
    }
    lines.push((rate(model, context, group), Style::new()));
    lines.push((times(model, context, group), theme.dim));
    if group.distinguishing.is_empty() {
        lines.push(("no attribute stands out".to_owned(), theme.dim));
    }
    let attributes = group.distinguishing.iter().cloned();
    lines.extend(attributes.map(|text| (text, theme.warning)));
    let tenants: Vec<_> = group.tenants.iter().map(Text::one_line).collect();
    lines.push((format!("tenants: {}", tenants.join(", ")), theme.dim));
    for (line, (text, style)) in area.rows().zip(lines) {
        popup::write(context, &text, style, line, canvas);
    }
}
