//! The failures by cause: each family a line, what is known of the chosen one
//! below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Brush;
use super::popup;
use super::text::{Cut, fitted, put};
use crate::app::{Action, Family, FamilyList, Model};
use crate::hotglue::State;

/// The lines for the chosen family.
const BELOW: u16 = 9;

pub(super) fn draw(
    model: &Model,
    brush: &Brush,
    list: &FamilyList,
    area: Rect,
    canvas: &mut Buffer,
) {
    let failed: usize = list.families.iter().map(|family| family.jobs.len()).sum();
    let title = format!("Why {failed} failed");
    let lines = u16::try_from(list.families.len()).unwrap_or(u16::MAX);
    let height = lines.saturating_add(BELOW + 2);
    let inside = popup::open(brush, &title, 110, height, area, canvas);
    if list.families.is_empty() {
        let words = "nothing has failed";
        put(
            canvas,
            inside.x,
            inside.y,
            inside.width,
            words,
            brush.theme.dim,
        );
        return;
    }
    let below = BELOW.min(inside.height.saturating_sub(2));
    let above = inside.height - below;
    let first = list.at.saturating_sub(usize::from(above.saturating_sub(1)));
    let lines = inside.y..inside.y + above;
    for (y, (at, family)) in lines.zip(list.families.iter().enumerate().skip(first)) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        if at == list.at {
            canvas.set_style(line, brush.theme.chosen);
        }
        let count = format!("{:>4} ", family.jobs.len());
        let style = brush.theme.state(State::Failed);
        let used = put(canvas, line.x, y, line.width, &count, style);
        let facts = facts(model, brush, family);
        let facts_width = super::text::cells(&facts);
        let room = line.width.saturating_sub(used + facts_width + 1);
        let words = fitted(&family.example, room, Cut::End, brush.glyphs.ellipsis);
        put(canvas, line.x + used, y, room, &words, Style::new());
        let x = line.right().saturating_sub(facts_width);
        put(canvas, x, y, facts_width, &facts, brush.theme.dim);
    }
    if let Some(family) = list.families.get(list.at) {
        let under = Rect {
            y: inside.y + above,
            height: below,
            ..inside
        };
        chosen(model, brush, family, under, canvas);
    }
}

fn facts(model: &Model, brush: &Brush, family: &Family) -> String {
    let count = |count: usize, one: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {one}{s}")
    };
    let mut parts = vec![
        count(family.tenants.len(), "tenant"),
        count(family.flows, "flow"),
    ];
    if let Some(first) = family.first {
        parts.push(format!("first {}", model.clock(first)));
    }
    if family.is_spreading(model.now) {
        parts.push("still spreading".to_owned());
    }
    parts.join(&format!(" {} ", brush.glyphs.dot))
}

fn chosen(model: &Model, brush: &Brush, family: &Family, area: Rect, canvas: &mut Buffer) {
    let theme = &brush.theme;
    let mut y = area.y;
    let mut write = |text: &str, style: Style| {
        if y < area.bottom() {
            let text = fitted(text, area.width, Cut::End, brush.glyphs.ellipsis);
            put(canvas, area.x, y, area.width, &text, style);
            y += 1;
        }
    };
    let rule = brush.glyphs.horizontal.repeat(usize::from(area.width));
    write(&rule, theme.border);
    write(&family.example, Style::new());
    if family.apart.is_empty() {
        let words = if family.jobs.len() < 2 {
            "one job alone tells no pattern"
        } else {
            "nothing sets these apart from the jobs that completed"
        };
        write(words, theme.dim);
    }
    for words in &family.apart {
        write(words, theme.warning);
    }
    let tenants: Vec<_> = family
        .tenants
        .iter()
        .map(crate::hotglue::Text::one_line)
        .collect();
    write(&format!("tenants: {}", tenants.join(", ")), theme.dim);
    let key = model.keymap.keys(Action::CopyRoot).first();
    let key = key.map_or("", String::as_str);
    write("", Style::new());
    write(
        &format!("enter shows only these, {key} copies their tenants"),
        theme.dim,
    );
}
