//! The menu of snapshots.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Model, SnapshotChoice, SnapshotMenu};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for SnapshotMenu {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let (count, which) = match model.jobs.selection().marked_count() {
            0 => (model.jobs.table().shown_count(), "shown"),
            marked => (marked, "marked"),
        };
        let plural = if count == 1 { "" } else { "s" };
        let title = format!("Snapshot of {count} {which} job{plural}");
        let choices = &SnapshotChoice::ALL;
        let height = u16::try_from(choices.len()).unwrap_or(0) + 2;
        let inside = popup::open(context, &title, (44, height), area, canvas);
        for (line, index) in list::lines(
            context,
            self.selected,
            choices.len(),
            inside,
            canvas,
            screen,
        ) {
            popup::write(context, choices[index].label, Style::new(), line, canvas);
        }
        None
    }
}
