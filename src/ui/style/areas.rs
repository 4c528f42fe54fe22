//! Areas side by side, for items whose number and widths vary. Fixed divisions
//! use `Layout`.

use ratatui::layout::Rect;

/// Areas of the given widths from the left, `spacing` cells apart. The last one
/// ends where `area` does; there are none beyond it.
pub(in crate::ui) fn side_by_side(
    area: Rect,
    spacing: u16,
    widths: impl IntoIterator<Item = u16>,
) -> impl Iterator<Item = Rect> {
    let mut x = area.x;
    widths.into_iter().map_while(move |width| {
        let room = area.right().saturating_sub(x);
        let item = Rect {
            x,
            width: width.min(room),
            ..area
        };
        x = x.saturating_add(width).saturating_add(spacing);
        (room > 0).then_some(item)
    })
}

/// The area without its first `width` cells.
pub(in crate::ui) fn after(area: Rect, width: u16) -> Rect {
    let width = width.min(area.width);
    Rect {
        x: area.x + width,
        width: area.width - width,
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_placed_until_the_area_ends() {
        let area = Rect::new(2, 1, 10, 1);
        let items: Vec<_> = side_by_side(area, 1, [4, 3, 5, 5]).collect();
        assert_eq!(
            items,
            [
                Rect::new(2, 1, 4, 1),
                Rect::new(7, 1, 3, 1),
                Rect::new(11, 1, 1, 1)
            ]
        );
        assert_eq!(after(area, 4), Rect::new(6, 1, 6, 1));
        assert!(after(area, 99).is_empty());
    }
}
