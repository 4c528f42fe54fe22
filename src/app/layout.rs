//! How the window is divided into panes, from what they are to hold.
//!
//! Computed once for each message: the list and the detail pane scroll by it,
//! and `ui` draws into it.

use ratatui::layout::{Constraint, Layout, Margin, Rect, Size};

/// Narrower windows show only that they are too small.
pub(crate) const MIN_WIDTH: u16 = 40;
/// Lower windows show only that they are too small.
pub(crate) const MIN_HEIGHT: u16 = 10;
/// From this height on there is room for the progress bar and the view tabs.
const ROOMY_HEIGHT: u16 = 14;
/// From this width on the detail pane is beside the table.
const BESIDE_WIDTH: u16 = 160;
/// The most lines for environments with a problem.
const MAX_BANNERS: usize = 3;
/// From this width on there is a side panel.
const PANEL_WIDTH: u16 = 160;
/// From this height on there is room for the message strip.
const STRIP_HEIGHT: u16 = 16;

/// What the window has to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::app) struct Contents {
    pub(in crate::app) progress: bool,
    pub(in crate::app) rollout: bool,
    pub(in crate::app) banners: usize,
    pub(in crate::app) views: bool,
    /// The lines of the filter: one, and another for a mistake in it.
    pub(in crate::app) filter_lines: u16,
    pub(in crate::app) detail: DetailPlacement,
    /// The lines of the message strip, its rule included.
    pub(in crate::app) strip: u16,
    pub(in crate::app) jobs: JobsView,
}

/// How the jobs are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::app) enum JobsView {
    #[default]
    Table,
    /// It takes the room of the side panel.
    Matrix,
}

/// Where the detail pane goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::app) enum DetailPlacement {
    /// It is closed.
    #[default]
    None,
    /// Beside the table or below it, where there is room for both.
    Split,
    /// In place of the table.
    Zoomed,
}

/// The areas of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScreenLayout {
    contents: Contents,
    size: Size,
    /// The line with environments and counts.
    pub(crate) header: Rect,
    /// The bar of all jobs.
    pub(crate) progress: Option<Rect>,
    /// The line of the rollout.
    pub(crate) rollout: Option<Rect>,
    /// A line for each problem.
    pub(crate) banners: Rect,
    /// The tabs of the views.
    pub(crate) views: Option<Rect>,
    /// What the table is narrowed to.
    pub(crate) filter: Option<Rect>,
    /// The headings of the columns.
    pub(crate) heading: Rect,
    /// The rows.
    pub(crate) rows: Rect,
    /// The detail pane.
    pub detail: Option<Rect>,
    /// The selected job and its message.
    pub(crate) strip: Option<Rect>,
    /// Failure groups, throughput and recent events.
    pub(crate) panel: Option<Rect>,
    /// The line with the key hints.
    pub(crate) footer: Rect,
}

impl ScreenLayout {
    /// Divides a window again, if its size or contents have changed.
    pub(in crate::app) fn update(&mut self, size: Size, contents: Contents) {
        if (self.size, self.contents) != (size, contents) {
            *self = Self::new(size, contents);
        }
    }

    fn new(size: Size, contents: Contents) -> Self {
        let roomy = size.height >= ROOMY_HEIGHT;
        let banners = contents.banners.min(MAX_BANNERS);
        let line = |wanted: bool| Constraint::Length(u16::from(wanted));
        let [
            header,
            progress,
            rollout,
            banners,
            views,
            filter,
            body,
            strip,
            footer,
        ] = Rect::from(size).layout(&Layout::vertical([
            line(true),
            line(contents.progress && roomy),
            line(contents.rollout),
            Constraint::Length(u16::try_from(banners).unwrap_or(1)),
            line(contents.views && roomy),
            Constraint::Length(contents.filter_lines),
            Constraint::Fill(1),
            Constraint::Length(contents.strip.min(strip_lines(size))),
            line(true),
        ]));
        let (body, panel) = if has_panel(size, contents) {
            let width = (body.width * 3 / 10).clamp(48, 72);
            let [body, panel] = body.layout(&Layout::horizontal([
                Constraint::Fill(1),
                Constraint::Length(width),
            ]));
            (body, Some(panel))
        } else {
            (body, None)
        };
        let (table, detail) = divide(body, contents.detail);
        let [heading, rows] = table.layout(&Layout::vertical([
            Constraint::Length(1),
            Constraint::Fill(1),
        ]));
        let some = |area: Rect| (!area.is_empty()).then_some(area);
        Self {
            contents,
            size,
            header,
            progress: some(progress),
            rollout: some(rollout),
            banners,
            views: some(views),
            filter: some(filter),
            heading,
            rows,
            detail,
            strip: some(strip),
            panel,
            footer,
        }
    }

    /// The area of the table: its headings and its rows.
    pub(crate) fn table(&self) -> Rect {
        self.heading.union(self.rows)
    }

    /// The area of the text in the detail pane, without title and border.
    pub(crate) fn detail_text(&self) -> Option<Rect> {
        let pane = self.detail?;
        let border = u16::from(pane.x > 0);
        let inner = pane.inner(Margin::new(1, 0));
        let below_title = inner.height.saturating_sub(1);
        Some(Rect {
            x: inner.x + border,
            y: inner.y + 1,
            width: inner.width.saturating_sub(border),
            height: below_title,
        })
    }
}

/// The most lines of the message strip in a window, its rule included.
pub(in crate::app) fn strip_lines(size: Size) -> u16 {
    match size.height {
        ..STRIP_HEIGHT => 0,
        height => 1 + (height / 8).clamp(2, 8),
    }
}

/// Whether there is something to show in the side panel, and room for it.
fn has_panel(size: Size, contents: Contents) -> bool {
    let has_room = size.width >= PANEL_WIDTH && size.height >= ROOMY_HEIGHT;
    has_room
        && contents.progress
        && contents.jobs == JobsView::Table
        && contents.detail == DetailPlacement::None
}

/// Divides the body between the table and the detail pane.
fn divide(body: Rect, detail: DetailPlacement) -> (Rect, Option<Rect>) {
    match detail {
        DetailPlacement::None => (body, None),
        DetailPlacement::Split if body.height >= MIN_HEIGHT => {
            let layout = if body.width >= BESIDE_WIDTH {
                let beside = body.width * 2 / 5;
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(beside)])
            } else {
                let below = (body.height * 9 / 20).max(5);
                Layout::vertical([Constraint::Fill(1), Constraint::Length(below)])
            };
            let [table, detail] = body.layout(&layout);
            (table, Some(detail))
        }
        DetailPlacement::Split | DetailPlacement::Zoomed => {
            (Rect { height: 0, ..body }, Some(body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detail_pane_is_beside_below_or_alone() {
        let contents = Contents {
            detail: DetailPlacement::Split,
            ..Contents::default()
        };
        let beside = ScreenLayout::new(Size::new(200, 50), contents);
        assert_eq!(beside.detail, Some(Rect::new(120, 1, 80, 48)));
        assert_eq!(beside.rows, Rect::new(0, 2, 120, 47));
        assert_eq!(beside.detail_text(), Some(Rect::new(122, 2, 77, 47)));
        let below = ScreenLayout::new(Size::new(100, 24), contents);
        assert_eq!(below.detail, Some(Rect::new(0, 14, 100, 9)));
        assert_eq!(below.detail_text(), Some(Rect::new(1, 15, 98, 8)));
        let alone = ScreenLayout::new(Size::new(40, 10), contents);
        assert_eq!(alone.detail, Some(Rect::new(0, 1, 40, 8)));
        assert!(alone.rows.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn panes_stay_in_the_window_and_never_overlap(
            width in 0_u16..300,
            height in 0_u16..100,
            banners in 0_usize..6,
            flags in 0_u8..16,
            placement in 0_u8..3,
        ) {
            let size = Size::new(width, height);
            let layout = ScreenLayout::new(size, Contents {
                strip: u16::try_from(banners).unwrap(),
                jobs: JobsView::Table,
                progress: flags & 1 > 0,
                rollout: flags & 8 > 0,
                banners,
                views: flags & 2 > 0,
                filter_lines: u16::from(flags >> 2),
                detail: match placement {
                    0 => DetailPlacement::None,
                    1 => DetailPlacement::Split,
                    _ => DetailPlacement::Zoomed,
                },
            });
            let optional = [
                layout.progress, layout.views, layout.filter, layout.detail,
                layout.strip, layout.panel, layout.rollout,
            ];
            let fixed = [layout.header, layout.banners, layout.heading, layout.rows, layout.footer];
            let areas: Vec<_> = optional.into_iter().flatten().chain(fixed).collect();
            for (index, area) in areas.iter().enumerate() {
                proptest::prop_assert_eq!(Rect::from(size).union(*area), Rect::from(size));
                for other in &areas[index + 1..] {
                    proptest::prop_assert!(!area.intersects(*other), "{area} {other}");
                }
            }
        }
    }
}
