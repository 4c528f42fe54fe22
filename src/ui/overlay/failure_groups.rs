//! The failure groups, one on each line, with what is known of the selected
//! one below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{Action, Copied, FailureGroupList, Model};
use crate::hotglue::{State, Text};
use crate::rollout::FailureGroup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::style::RenderContext;
use crate::ui::style::text::cells;

/// The lines for the selected group.
const DETAIL_LINES: u16 = 9;

impl OverlayView for FailureGroupList {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
    ) -> Option<Position> {
        let failed: usize = self.groups.iter().map(|group| group.jobs.len()).sum();
        let title = match failed {
            0 => "Failure groups".to_owned(),
            failed => format!("Failure groups ({failed} failed)"),
        };
        let count = self.groups.len();
        let lines = u16::try_from(count).unwrap_or(u16::MAX);
        let height = lines.saturating_add(DETAIL_LINES + 2);
        let inside = popup::open(context, &title, (110, height), area, canvas);
        if self.groups.is_empty() {
            popup::write(context, "no failed jobs", context.theme.dim, inside, canvas);
            return None;
        }
        let rows = [Constraint::Min(2), Constraint::Max(DETAIL_LINES)];
        let [above, below] = Layout::vertical(rows).areas(inside);
        for (line, index) in list::lines(context, self.selected, count, above, canvas) {
            draw_group(model, context, &self.groups[index], line, canvas);
        }
        if let Some(group) = self.groups.get(self.selected) {
            draw_detail(model, context, group, below, canvas);
        }
        None
    }
}

fn draw_group(
    model: &Model,
    context: &RenderContext,
    group: &FailureGroup,
    line: Rect,
    canvas: &mut Buffer,
) {
    let summary = summary(model, context, group);
    let columns = [
        Constraint::Length(5),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(cells(&summary)),
    ];
    let [count, example, _, right] = Layout::horizontal(columns).areas(line);
    let style = context.theme.state(State::Failed);
    Span::styled(format!("{:>4}", group.jobs.len()), style).render(count, canvas);
    popup::write(context, &group.example, Style::new(), example, canvas);
    Span::styled(summary, context.theme.dim).render(right, canvas);
}

fn summary(model: &Model, context: &RenderContext, group: &FailureGroup) -> String {
    let count = |count: usize, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {one}{plural}")
    };
    let mut parts = vec![
        count(group.tenants.len(), "tenant"),
        count(group.flows, "flow"),
    ];
    if let Some(first) = group.first {
        parts.push(format!("first {}", model.clock(first)));
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
    let mut lines = vec![(rule, theme.border), (group.example.clone(), Style::new())];
    if let Some(class) = group.error_class {
        lines.push((
            format!("{}: {}", class.name(), class.remedy()),
            theme.accent,
        ));
    }
    if group.distinguishing.is_empty() {
        lines.push(("no attribute stands out".to_owned(), theme.dim));
    }
    let attributes = group.distinguishing.iter().cloned();
    lines.extend(attributes.map(|text| (text, theme.warning)));
    let tenants: Vec<_> = group.tenants.iter().map(Text::one_line).collect();
    lines.push((format!("tenants: {}", tenants.join(", ")), theme.dim));
    lines.push((String::new(), Style::new()));
    let keys = model.overlay_context();
    let copy = keys.key(Action::Copy(Copied::Root));
    let copy = copy.map_or_else(String::new, |key| format!(", {key} copies their tenants"));
    lines.push((format!("enter shows only these jobs{copy}"), theme.dim));
    for (line, (text, style)) in area.rows().zip(lines) {
        popup::write(context, &text, style, line, canvas);
    }
}
