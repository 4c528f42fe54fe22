//! The output of a custom command, below the processes that failed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;

use crate::app::{CommandPane, CommandRun, Model, Severity};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for CommandPane {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let run = model.command_runs.get(self.number)?;
        let size = (area.width, area.height);
        let inside = popup::open(context, &title(run), size, area, canvas);
        let failures: Vec<_> = run.failures().collect();
        // The output keeps at least half of the pane.
        let most = usize::from(inside.height / 2);
        let shown = failures.len().min(most);
        let height = u16::try_from(shown).unwrap_or(u16::MAX);
        let gap = u16::from(shown > 0);
        let [top, _, below] = inside.layout(&Layout::vertical([
            Constraint::Length(height),
            Constraint::Length(gap),
            Constraint::Fill(1),
        ]));
        let bad = context.theme.severity(Severity::Bad);
        for (index, (line, (label, failure))) in top.rows().zip(&failures).enumerate() {
            let more = failures.len() - index;
            let text = if index + 1 == most && more > 1 {
                format!("and {more} more failed")
            } else {
                format!("{label}: {}", failure.message())
            };
            popup::write(context, &text, bad, line, canvas);
        }
        if run.lines.is_empty() {
            let text = if run.is_finished() {
                "no output"
            } else {
                "running"
            };
            popup::write(context, text, context.theme.dim, below, canvas);
            return None;
        }
        let room = usize::from(below.height);
        let count = run.lines.len();
        let end = count.saturating_sub(self.back).max(room.min(count));
        let first = end.saturating_sub(room);
        for (line, text) in below.rows().zip(run.lines.range(first..end)) {
            popup::write(context, text, Style::new(), line, canvas);
        }
        None
    }
}

fn title(run: &CommandRun) -> String {
    let failed = run.failures().count();
    let mut title = run.name.clone();
    let (finished, total) = (run.finished(), run.items.len());
    if run.is_killed {
        title.push_str(": killed");
    }
    if total > 1 || !run.is_finished() {
        title.push_str(&format!(": {finished} of {total} finished"));
    }
    if failed > 0 {
        title.push_str(&format!(", {failed} failed"));
    }
    if run.dropped > 0 {
        title.push_str(&format!(" ({} earlier lines dropped)", run.dropped));
    }
    title
}
