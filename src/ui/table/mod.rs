//! The table of jobs: the headings and the lines of the window. Only the lines
//! that are visible are built, so that the cost does not grow with the list.

pub(in crate::ui) mod empty_state;
mod group;
mod headings;
pub(in crate::ui) mod matrix;
mod row;
mod stages;

use ratatui::buffer::Buffer;

use crate::app::{ClickTarget, GroupBy, Model, Pane, TableLine};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

/// How far the rows of a group are indented below its heading.
const INDENT: u16 = 2;

/// How far the rows are indented.
pub(in crate::ui) fn indent(group_by: GroupBy) -> u16 {
    match group_by {
        GroupBy::None => 0,
        GroupBy::Flow | GroupBy::Tenant | GroupBy::Environment | GroupBy::Tag | GroupBy::Status => {
            INDENT
        }
    }
}

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let layout = &model.layout;
    screen.add_pane(layout.table(), Pane::Table);
    let group_by = model.jobs.table().group_by();
    let indent = indent(group_by);
    let width = layout.heading.width.saturating_sub(indent);
    let columns = model.jobs.table().columns();
    let mut columns = columns.place(width, group_by.column());
    for column in &mut columns {
        column.x += indent;
    }
    headings::draw(model, context, layout.heading, &columns, canvas, screen);
    let cursor = model.jobs.selection().cursor();
    let lines = model
        .jobs
        .window()
        .zip(model.jobs.lines(model.jobs.window()));
    for ((index, line), area) in lines.zip(layout.rows.rows()) {
        let under_cursor = index == cursor;
        match line {
            TableLine::Group(group) => {
                group::draw(model, context, group, under_cursor, area, canvas);
                screen.add(area, ClickTarget::Group(index));
            }
            TableLine::Job(row) => {
                row::draw(model, context, row, under_cursor, &columns, area, canvas);
                screen.add(area, ClickTarget::Job(row.id));
            }
        }
    }
}
