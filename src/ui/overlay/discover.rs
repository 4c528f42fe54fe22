//! The browser of an environment.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{Discover, Level, Listed, Listing, Model};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;

impl OverlayView for Discover {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let title = title(model, context, self);
        let inside = popup::open(context, &title, (84, 26), area, canvas);
        let cursor = input_line(context, &self.input, inside, canvas);
        let rows = [
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(0),
        ];
        let [_, status, below] = Layout::vertical(rows).areas(inside);
        let style = match &self.listing {
            Listing::Failed(_) => context.theme.warning,
            Listing::Local | Listing::Waiting | Listing::Ready(_) => context.theme.dim,
        };
        popup::write(context, &status_text(self), style, status, canvas);
        let count = self.matches.len();
        for (line, index) in list::lines(context, self.selected, count, below, canvas, screen) {
            let item = self.matches[index];
            let columns = [Constraint::Length(2), Constraint::Min(0)];
            let [mark, label] = Layout::horizontal(columns).areas(line);
            if self.is_marked(item) {
                Span::styled(context.glyphs.marked, context.theme.accent).render(mark, canvas);
            }
            let text = self.label(&model.overlay_context(), item);
            popup::write(
                context,
                &text,
                item_style(context, self, item),
                label,
                canvas,
            );
        }
        Some(cursor)
    }
}

/// The path from the environment to the list.
fn title(model: &Model, context: &RenderContext, browser: &Discover) -> String {
    let mut parts = vec!["Discover".to_owned()];
    if !matches!(browser.level, Level::Environments(_))
        && let Some(environment) = model.environments.get(browser.environment)
    {
        parts.push(environment.env_id().to_string());
    }
    match &browser.level {
        Level::Environments(_) | Level::Flows => {}
        Level::Tenants(flow) => parts.push(flow.id.to_string()),
        Level::Jobs(flow, tenant) => {
            parts.push(flow.id.to_string());
            parts.push(tenant.to_string());
        }
    }
    parts.join(&format!(" {} ", context.glyphs.collapsed))
}

/// What is listed, or why nothing is.
fn status_text(browser: &Discover) -> String {
    let count = browser.matches.len();
    let text = match (&browser.level, &browser.listing) {
        (Level::Environments(_), _) => return "choose an environment".to_owned(),
        (_, Listing::Local | Listing::Waiting) => return "loading …".to_owned(),
        (_, Listing::Failed(problem)) => return problem.clone(),
        (_, Listing::Ready(listed)) if listed.len() == 0 => {
            return match listed {
                Listed::Flows(_) => "no flows yet",
                Listed::Tenants(_) => "no tenants yet",
                Listed::Jobs(_) => "no jobs yet; ctrl-f follows the tenant and waits for the first",
            }
            .to_owned();
        }
        (_, Listing::Ready(Listed::Flows(all))) => format!("{count} of {} flows", all.len()),
        (_, Listing::Ready(Listed::Tenants(all))) => format!("{count} of {} tenants", all.len()),
        (_, Listing::Ready(Listed::Jobs(all))) => {
            format!("{count} of {} jobs, newest first", all.len())
        }
    };
    match browser.marked_count() {
        0 => text,
        marked => format!("{text}, {marked} marked"),
    }
}

fn item_style(context: &RenderContext, browser: &Discover, index: usize) -> Style {
    match &browser.listing {
        Listing::Ready(Listed::Jobs(jobs)) => jobs.get(index).map_or(Style::new(), |listed| {
            context.theme.state(listed.job.status.state())
        }),
        Listing::Ready(Listed::Flows(_) | Listed::Tenants(_))
        | Listing::Local
        | Listing::Waiting
        | Listing::Failed(_) => Style::new(),
    }
}
