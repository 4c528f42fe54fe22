//! The browser of what an environment has.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Discover, Fetched, Level, Listed, Model};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;
use crate::ui::style::text::{Cut, fitted, put};

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    browser: &Discover,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let inside = popup::open(
        context,
        &title(model, context, browser),
        84,
        26,
        area,
        canvas,
    );
    let cursor = input_line(context, &browser.input, inside, canvas);
    let said = said(browser);
    let style = match &browser.listed {
        Fetched::Failed(_) => context.theme.warning,
        _ => context.theme.dim,
    };
    put(
        canvas,
        inside.x,
        inside.y + 1,
        inside.width,
        &fitted(&said, inside.width, Cut::End, context.glyphs.ellipsis),
        style,
    );
    let room = usize::from(inside.height.saturating_sub(2));
    let first = browser.at.saturating_sub(room.saturating_sub(1));
    let lines = inside.top() + 2..inside.bottom();
    for (y, (at, place)) in lines.zip(browser.places.iter().enumerate().skip(first)) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        if at == browser.at {
            canvas.set_style(line, context.theme.chosen);
        }
        let (mark, style) = if browser.marks.contains(place) {
            (context.glyphs.marked, context.theme.accent)
        } else {
            (" ", Style::new())
        };
        put(canvas, line.x, y, 2, mark, style);
        let words = browser.words(model, *place);
        let room = line.width.saturating_sub(2);
        let words = fitted(&words, room, Cut::End, context.glyphs.ellipsis);
        put(
            canvas,
            line.x + 2,
            y,
            room,
            &words,
            item_style(context, browser, *place),
        );
    }
    cursor
}

/// Where the browser is, from the environment on.
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
    parts.join(&format!(" {} ", context.glyphs.folded))
}

/// What the list is, or why it is not there.
fn said(browser: &Discover) -> String {
    let count = browser.places.len();
    match (&browser.level, &browser.listed) {
        (Level::Environments(_), _) => "Which environment?".to_owned(),
        (_, Fetched::Waiting) => "asking the service …".to_owned(),
        (_, Fetched::Failed(problem)) => problem.clone(),
        (_, Fetched::There(Listed::Flows(all))) => format!("{count} of {} flows", all.len()),
        (_, Fetched::There(Listed::Tenants(all))) => {
            format!("{count} of {} tenants", all.len())
        }
        (_, Fetched::There(Listed::Jobs(all))) if all.is_empty() => {
            "this tenant has no jobs in this flow yet".to_owned()
        }
        (_, Fetched::There(Listed::Jobs(all))) => {
            format!("{count} of {} jobs, the newest first", all.len())
        }
    }
}

fn item_style(context: &RenderContext, browser: &Discover, place: usize) -> Style {
    match &browser.listed {
        Fetched::There(Listed::Jobs(jobs)) => jobs.get(place).map_or(Style::new(), |listed| {
            context.theme.state(listed.job.status.state())
        }),
        _ => Style::new(),
    }
}
