//! The dashboard drawn: one small module for each thing on the screen.
//!
//! [`view`] reads the model and draws; it decides nothing, keeps nothing, and
//! its work grows with the window, never with the list.

mod chrome;
mod detail;
mod overlay;
mod style;
mod table;

use ratatui::Frame;
use ratatui::style::Style;

use crate::app::{Layout, MIN_HEIGHT, MIN_WIDTH, Model};
use chrome::{banner, filter_bar, footer, header, progress_bar, view_tabs};
use style::RenderContext;
use table::{empty_state, matrix};

/// Draws the model.
pub fn view(model: &Model, frame: &mut Frame) {
    let context = RenderContext::new(model.settings.appearance());
    let area = frame.area();
    frame.buffer_mut().set_style(area, context.theme.ground);
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        too_small(frame);
        return;
    }
    let layout = Layout::of(model);
    let canvas = frame.buffer_mut();
    header::draw(model, &context, layout.header, canvas);
    if let Some(area) = layout.progress {
        progress_bar::draw(model, &context, area, canvas);
    }
    banner::draw(model, &context, layout.banners, canvas);
    if let Some(area) = layout.tabs {
        view_tabs::draw(model, &context, area, canvas);
    }
    let mut cursor = None;
    if let Some(area) = layout.filter {
        cursor = filter_bar::draw(model, &context, area, canvas);
    }
    if model.jobs.table().line_count() > 0 && model.matrix {
        matrix::draw(model, &context, layout.heading.union(layout.rows), canvas);
    } else if model.jobs.table().line_count() > 0 {
        table::draw(model, &context, &layout, canvas);
    } else {
        empty_state::draw(model, &context, layout.heading.union(layout.rows), canvas);
    }
    if let Some(area) = layout.detail {
        cursor = detail::draw(model, &context, area, canvas).or(cursor);
    }
    footer::draw(model, &context, layout.footer, canvas);
    if let Some(open) = &model.overlay {
        cursor = overlay::draw(model, &context, open, area, canvas);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

fn too_small(frame: &mut Frame) {
    let area = frame.area();
    let words = [
        "window too small".to_owned(),
        format!(
            "{}x{}, needs {MIN_WIDTH}x{MIN_HEIGHT}",
            area.width, area.height
        ),
    ];
    let canvas = frame.buffer_mut();
    let top = area.height.saturating_sub(2) / 2;
    for (line, words) in (top..area.height).zip(&words) {
        let x = area
            .width
            .saturating_sub(u16::try_from(words.len()).unwrap_or(0))
            / 2;
        canvas.set_stringn(x, line, words, usize::from(area.width), Style::new());
    }
}
