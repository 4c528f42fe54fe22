//! The dashboard drawn: one small module for each thing on the screen.
//!
//! [`view`] reads the model and draws; it decides nothing, keeps nothing, and
//! its work grows with the window, never with the list. What it returns says
//! what is where, for the mouse.

mod chrome;
mod detail;
mod insights;
mod overlay;
mod screen_map;
mod style;
mod table;

use ratatui::Frame;
use ratatui::layout::Constraint;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::{MIN_HEIGHT, MIN_WIDTH, Model};
use chrome::{
    banner, filter_bar, footer, header, message_strip, progress_bar, rollout_line, scrubber,
    view_tabs,
};
pub use screen_map::ScreenMap;
use style::RenderContext;
pub(crate) use style::glyphs::Glyphs;
use table::{empty_state, matrix};

/// Draws the model and returns what is where on the screen.
pub fn view(model: &Model, frame: &mut Frame) -> ScreenMap {
    let live = model;
    let model = live.shown();
    let context = RenderContext::new(model.settings.appearance(), model.frame_accent());
    let mut screen = ScreenMap::default();
    let area = frame.area();
    frame.buffer_mut().set_style(area, context.theme.ground);
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        too_small(frame);
        return screen;
    }
    let layout = &model.layout;
    let canvas = frame.buffer_mut();
    header::draw(model, &context, layout.header, canvas);
    if let Some(area) = layout.progress {
        progress_bar::draw(model, &context, area, canvas);
    }
    if let Some(area) = layout.rollout {
        rollout_line::draw(model, &context, area, canvas);
    }
    banner::draw(model, &context, layout.banners, canvas);
    if let Some(area) = layout.views {
        view_tabs::draw(model, &context, area, canvas, &mut screen);
    }
    let mut cursor = None;
    if let Some(area) = layout.filter {
        cursor = filter_bar::draw(model, &context, area, canvas);
    }
    if model.jobs.table().line_count() == 0 {
        empty_state::draw(model, &context, layout.table(), canvas);
    } else if model.matrix {
        matrix::draw(model, &context, canvas, &mut screen);
    } else {
        table::draw(model, &context, canvas, &mut screen);
    }
    // The terminal may have shrunk since the window was divided.
    let panel = layout.panel.map(|panel| panel.intersection(area));
    if let Some(area) = panel.filter(|panel| !panel.is_empty()) {
        insights::panel::draw(model, &context, area, canvas);
    }
    if let Some(area) = layout.strip {
        message_strip::draw(model, &context, area, canvas);
    }
    if let Some(area) = layout.detail {
        cursor = detail::draw(model, &context, area, canvas, &mut screen).or(cursor);
    }
    if model.overlay.is_some() {
        // What an overlay covers cannot be clicked.
        screen = ScreenMap::default();
    }
    match live.time_travel.as_ref().filter(|_| model.is_past()) {
        Some(travel) => {
            let rest = scrubber::draw(live, travel, &context, layout.footer, canvas);
            footer::draw(model, &context, rest, canvas, &mut screen);
        }
        None => footer::draw(model, &context, layout.footer, canvas, &mut screen),
    }
    if let Some(overlay) = &model.overlay {
        cursor = overlay::draw(model, &context, overlay, area, canvas, &mut screen);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    screen
}

fn too_small(frame: &mut Frame) {
    let area = frame.area();
    let lines = vec![
        Line::raw("window too small"),
        Line::raw(format!(
            "{}x{}, needs {MIN_WIDTH}x{MIN_HEIGHT}",
            area.width, area.height
        )),
    ];
    let middle = area.centered_vertically(Constraint::Length(2));
    frame.render_widget(Paragraph::new(lines).centered(), middle);
}
