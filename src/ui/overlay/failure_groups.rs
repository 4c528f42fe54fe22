//! The failures by cause: each family a line, what is known of the chosen one
//! below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Copied, FailureGroupList, Model};
use crate::hotglue::State;
use crate::rollout::FailureGroup;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted, put};

/// The lines for the chosen family.
const BELOW: u16 = 9;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    list: &FailureGroupList,
    area: Rect,
    canvas: &mut Buffer,
) {
    let failed: usize = list
        .failure_groups
        .iter()
        .map(|group| group.jobs.len())
        .sum();
    let title = format!("Why {failed} failed");
    let lines = u16::try_from(list.failure_groups.len()).unwrap_or(u16::MAX);
    let height = lines.saturating_add(BELOW + 2);
    let inside = popup::open(context, &title, 110, height, area, canvas);
    if list.failure_groups.is_empty() {
        let words = "nothing has failed";
        put(
            canvas,
            inside.x,
            inside.y,
            inside.width,
            words,
            context.theme.dim,
        );
        return;
    }
    let below = BELOW.min(inside.height.saturating_sub(2));
    let above = inside.height - below;
    let first = list.at.saturating_sub(usize::from(above.saturating_sub(1)));
    let lines = inside.y..inside.y + above;
    for (y, (at, group)) in lines.zip(list.failure_groups.iter().enumerate().skip(first)) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        if at == list.at {
            canvas.set_style(line, context.theme.chosen);
        }
        let count = format!("{:>4} ", group.jobs.len());
        let style = context.theme.state(State::Failed);
        let used = put(canvas, line.x, y, line.width, &count, style);
        let facts = facts(model, context, group);
        let facts_width = crate::ui::style::text::cells(&facts);
        let room = line.width.saturating_sub(used + facts_width + 1);
        let words = fitted(&group.example, room, Cut::End, context.glyphs.ellipsis);
        put(canvas, line.x + used, y, room, &words, Style::new());
        let x = line.right().saturating_sub(facts_width);
        put(canvas, x, y, facts_width, &facts, context.theme.dim);
    }
    if let Some(group) = list.failure_groups.get(list.at) {
        let under = Rect {
            y: inside.y + above,
            height: below,
            ..inside
        };
        chosen(model, context, group, under, canvas);
    }
}

fn facts(model: &Model, context: &RenderContext, group: &FailureGroup) -> String {
    let count = |count: usize, one: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {one}{s}")
    };
    let mut parts = vec![
        count(group.tenants.len(), "tenant"),
        count(group.flows, "flow"),
    ];
    if let Some(first) = group.first {
        parts.push(format!("first {}", model.clock(first)));
    }
    if group.is_spreading(model.now) {
        parts.push("still spreading".to_owned());
    }
    parts.join(&format!(" {} ", context.glyphs.dot))
}

fn chosen(
    model: &Model,
    context: &RenderContext,
    group: &FailureGroup,
    area: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let mut y = area.y;
    let mut write = |text: &str, style: Style| {
        if y < area.bottom() {
            let text = fitted(text, area.width, Cut::End, context.glyphs.ellipsis);
            put(canvas, area.x, y, area.width, &text, style);
            y += 1;
        }
    };
    let rule = context.glyphs.horizontal.repeat(usize::from(area.width));
    write(&rule, theme.border);
    write(&group.example, Style::new());
    if group.distinguishing.is_empty() {
        let words = if group.jobs.len() < 2 {
            "one job alone tells no pattern"
        } else {
            "nothing sets these apart from the jobs that completed"
        };
        write(words, theme.dim);
    }
    for words in &group.distinguishing {
        write(words, theme.warning);
    }
    let tenants: Vec<_> = group
        .tenants
        .iter()
        .map(crate::hotglue::Text::one_line)
        .collect();
    write(&format!("tenants: {}", tenants.join(", ")), theme.dim);
    let key = model.keymap.keys(Action::Copy(Copied::Root)).first();
    let key = key.map_or("", String::as_str);
    write("", Style::new());
    write(
        &format!("enter shows only these, {key} copies their tenants"),
        theme.dim,
    );
}
