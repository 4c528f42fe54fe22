//! How the window is divided. Drawing and clicking both go by it.

use ratatui::layout::Rect;

use crate::app::model::Model;

/// Narrower windows show only that they are too small.
pub const MIN_WIDTH: u16 = 40;
/// Lower windows show only that they are too small.
pub const MIN_HEIGHT: u16 = 10;
/// From this width on details stand beside the table.
const BESIDE_WIDTH: u16 = 160;
/// The most lines for environments in trouble.
const MOST_BANNERS: usize = 3;

/// Where everything stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The line with environments and counts.
    pub header: Rect,
    /// The bar of the whole rollout.
    pub progress: Option<Rect>,
    /// A line for each environment in trouble.
    pub banners: Rect,
    /// The tabs of saved filters.
    pub tabs: Option<Rect>,
    /// What the table is narrowed to.
    pub filter: Option<Rect>,
    /// The columns' headings.
    pub heading: Rect,
    /// The rows.
    pub rows: Rect,
    /// The details.
    pub detail: Option<Rect>,
    /// The line with the keys of the moment.
    pub footer: Rect,
}

impl Layout {
    /// Divides the window as the model needs it.
    pub fn of(model: &Model) -> Self {
        let (width, height) = (model.size.width, model.size.height);
        let mut top = 0;
        let mut line = |wanted: bool, lines: u16| {
            let lines = if wanted {
                lines.min(height.saturating_sub(top))
            } else {
                0
            };
            let area = Rect::new(0, top, width, lines);
            top += lines;
            area
        };
        let some = |area: Rect| (area.height > 0).then_some(area);
        let jobs = &model.jobs;
        let header = line(true, 1);
        let progress = some(line(height >= 14 && jobs.counts().total() > 0, 1));
        let told = usize::from(model.file_problem.is_some())
            + usize::from(!model.changes.unsaved.is_empty());
        let banners = (told + model.environments.with_problems().count()).min(MOST_BANNERS);
        let banners = line(banners > 0, u16::try_from(banners).unwrap_or(1));
        let tabs = some(line(!model.views.is_empty() && height >= 14, 1));
        let narrowed = jobs.table().settings().are_narrowing();
        let filter = some(line(narrowed || model.filter_input.is_some(), 1));
        let body = height.saturating_sub(top + 1);
        let footer = Rect::new(
            0,
            top + body,
            width,
            height.saturating_sub(top + body).min(1),
        );
        let (table, detail) = divide(model, Rect::new(0, top, width, body));
        let heading = Rect {
            height: table.height.min(1),
            ..table
        };
        let rows = Rect {
            y: table.y + heading.height,
            height: table.height - heading.height,
            ..table
        };
        Self {
            header,
            progress,
            banners,
            tabs,
            filter,
            heading,
            rows,
            detail,
            footer,
        }
    }

    /// The part of the details' area that holds their lines.
    pub fn inside_detail(pane: Rect) -> Rect {
        let left = u16::from(pane.x > 0) + 1;
        Rect {
            x: pane.x + left,
            y: pane.y + 1,
            width: pane.width.saturating_sub(left + 1),
            height: pane.height.saturating_sub(1),
        }
    }
}

/// Divides the body between table and details.
fn divide(model: &Model, body: Rect) -> (Rect, Option<Rect>) {
    if !model.detail.open {
        return (body, None);
    }
    if model.detail.zoomed || body.height < 10 {
        let none = Rect { height: 0, ..body };
        return (none, Some(body));
    }
    if body.width >= BESIDE_WIDTH {
        let beside = body.width * 2 / 5;
        let table = Rect {
            width: body.width - beside,
            ..body
        };
        let detail = Rect {
            x: table.width,
            width: beside,
            ..body
        };
        return (table, Some(detail));
    }
    let below = (body.height * 9 / 20).max(5);
    let table = Rect {
        height: body.height - below,
        ..body
    };
    let detail = Rect {
        y: body.y + table.height,
        height: below,
        ..body
    };
    (table, Some(detail))
}
