//! What the mouse does: nothing that a key could not.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::SignedDuration;
use ratatui::layout::{Position, Rect};

use crate::app::detail::Tab;
use crate::app::jobs::Sort;
use crate::app::layout::Layout;
use crate::app::model::Model;

/// Rows a step of the wheel moves.
const WHEEL: isize = 3;
/// Two clicks on one row within this time are a double click.
const DOUBLE_CLICK: SignedDuration = SignedDuration::from_millis(400);

pub(in crate::app) fn handle(model: &mut Model, event: MouseEvent) {
    if model.overlay.is_some() {
        return;
    }
    let layout = Layout::of(model);
    let at = Position::new(event.column, event.row);
    let over_detail = layout.detail.filter(|pane| pane.contains(at));
    match event.kind {
        MouseEventKind::ScrollDown | MouseEventKind::ScrollUp => {
            let by = if event.kind == MouseEventKind::ScrollDown {
                WHEEL
            } else {
                -WHEEL
            };
            if over_detail.is_some() {
                model.detail.scroll_by(by);
            } else {
                model.jobs.step(by);
            }
        }
        MouseEventKind::Down(MouseButton::Left) => {
            if let Some(pane) = over_detail {
                model.detail.focused = true;
                if at.y == pane.y {
                    click_tab(model, pane, at.x);
                }
            } else if layout.heading.contains(at) {
                click_heading(model, at.x);
            } else if layout.rows.contains(at) {
                click_row(model, usize::from(at.y - layout.rows.y));
            } else if layout.tabs.is_some_and(|tabs| tabs.contains(at)) {
                model.step_view(true);
            }
        }
        _ => {}
    }
}

fn click_row(model: &mut Model, line: usize) {
    let place = model.jobs.window().start + line;
    if place >= model.jobs.table().line_count() {
        return;
    }
    model.detail.focused = false;
    model.jobs.go_to(place);
    let Some(key) = model.jobs.selected().map(|row| row.id) else {
        model.jobs.toggle_group();
        return;
    };
    let double = model.last_click.is_some_and(|(before, when)| {
        before == key && model.now.duration_since(when) < DOUBLE_CLICK
    });
    model.last_click = Some((key, model.now));
    model.detail.open |= double;
}

fn click_heading(model: &mut Model, x: u16) {
    let width = Layout::of(model).heading.width;
    let placed = model.jobs.table().columns().place(width);
    let Some(hit) = placed.iter().rev().find(|each| each.x <= x) else {
        return;
    };
    let sort = model.jobs.table().settings().sort;
    let reversed = sort.column == Some(hit.column) && !sort.reversed;
    model.jobs.set_sort(Sort {
        column: Some(hit.column),
        reversed,
    });
}

fn click_tab(model: &mut Model, pane: Rect, x: u16) {
    let mut left = pane.x + 2;
    for tab in Tab::ALL {
        let width = u16::try_from(tab.title().len()).unwrap_or(0) + 3;
        if (left..left + width).contains(&x) {
            model.detail.show(tab);
        }
        left += width;
    }
}
