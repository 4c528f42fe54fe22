//! Text put into cells: cut to its room, with a mark where something is missing.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Where text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Cut {
    /// At its end: for prose.
    End,
    /// In its middle: for ids, whose ends tell them apart.
    Middle,
}

/// Puts text at a place, in at most `width` cells; answers how many it took.
pub(in crate::ui) fn put(
    canvas: &mut Buffer,
    x: u16,
    y: u16,
    width: u16,
    text: &str,
    style: Style,
) -> u16 {
    if !canvas.area.contains((x, y).into()) {
        return 0;
    }
    let (end, _) = canvas.set_stringn(x, y, text, usize::from(width), style);
    end - x
}

/// The text in at most `width` cells.
pub(in crate::ui) fn fitted(text: &str, width: u16, cut: Cut, ellipsis: &str) -> String {
    let width = usize::from(width);
    // A long message is not measured to its end with every frame.
    let longest = text.char_indices().nth(width.saturating_mul(4) + 16);
    if longest.is_none() && text.width() <= width {
        return text.to_owned();
    }
    let text = longest.map_or(text, |(at, _)| match cut {
        Cut::End => &text[..at],
        Cut::Middle => text,
    });
    let room = width.saturating_sub(ellipsis.width());
    let (front, back) = match cut {
        Cut::End => (room, 0),
        Cut::Middle => (room.div_ceil(2), room / 2),
    };
    let mut fitted = within(text.graphemes(true), front).concat();
    fitted.push_str(ellipsis);
    let mut end = within(text.graphemes(true).rev(), back);
    end.reverse();
    fitted.push_str(&end.concat());
    fitted
}

fn within<'a>(graphemes: impl Iterator<Item = &'a str>, room: usize) -> Vec<&'a str> {
    let mut used = 0;
    graphemes
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= room
        })
        .collect()
}

/// How many cells a text takes.
pub(in crate::ui) fn cells(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_where_it_hurts_least() {
        assert_eq!(fitted("short", 10, Cut::End, "…"), "short");
        assert_eq!(fitted("a long message", 8, Cut::End, "…"), "a long …");
        assert_eq!(fitted("l8odS2mceXYZ", 7, Cut::Middle, "…"), "l8o…XYZ");
        assert_eq!(fitted("日本語日本語", 5, Cut::End, "…"), "日本…");
    }

    proptest::proptest! {
        #[test]
        fn nothing_leaves_its_room(text in "\\PC{0,60}", width in 1_u16..40, middle: bool) {
            let cut = if middle { Cut::Middle } else { Cut::End };
            proptest::prop_assert!(cells(&fitted(&text, width, cut, "…")) <= width);
        }
    }
}
