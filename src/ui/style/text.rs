//! Text fitted into cells, with an ellipsis where something is missing.

use std::borrow::Cow;

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Where text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Cut {
    /// At its end: for sentences.
    End,
    /// In its middle: for ids, which differ at their ends.
    Middle,
}

/// Text in at most `width` cells, with an ellipsis where it was cut.
pub(in crate::ui) fn fitted<'a>(
    text: impl Into<Cow<'a, str>>,
    width: u16,
    cut: Cut,
    ellipsis: &str,
) -> Cow<'a, str> {
    let text = text.into();
    let width = usize::from(width);
    // Most texts are ASCII and fit; their width is their length.
    if text.len() <= width && text.is_ascii() {
        return text;
    }
    if text.is_ascii() {
        return fitted_ascii(&text, width, cut, ellipsis).into();
    }
    // A long message is not measured to its end with every frame.
    let longest = text.char_indices().nth(width.saturating_mul(4) + 16);
    if longest.is_none() && text.width() <= width {
        return text;
    }
    let text = match (longest, cut) {
        (Some((end, _)), Cut::End) => &text[..end],
        _ => &text,
    };
    let (front, back) = kept(width, cut, ellipsis);
    let mut fitted = within(text.graphemes(true), front).concat();
    fitted.push_str(ellipsis);
    let mut end = within(text.graphemes(true).rev(), back);
    end.reverse();
    fitted.push_str(&end.concat());
    fitted.into()
}

/// ASCII text that is too long in `width` cells.
fn fitted_ascii(text: &str, width: usize, cut: Cut, ellipsis: &str) -> String {
    let (front, back) = kept(width, cut, ellipsis);
    [&text[..front], ellipsis, &text[text.len() - back..]].concat()
}

/// The cells before and after the ellipsis.
fn kept(width: usize, cut: Cut, ellipsis: &str) -> (usize, usize) {
    let room = width.saturating_sub(ellipsis.width());
    match cut {
        Cut::End => (room, 0),
        Cut::Middle => (room.div_ceil(2), room / 2),
    }
}

/// Spans in at most `width` cells, with an ellipsis where they were cut.
pub(in crate::ui) fn fitted_line<'a>(
    spans: impl IntoIterator<Item = Span<'a>>,
    width: u16,
    ellipsis: &str,
) -> Line<'a> {
    let mut room = width;
    let mut line = Line::default();
    for span in spans {
        if room == 0 {
            break;
        }
        let text = fitted(span.content, room, Cut::End, ellipsis);
        room = room.saturating_sub(cells(&text));
        line.push_span(Span::styled(text, span.style));
    }
    line
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

/// The width of a text in cells.
pub(in crate::ui) fn cells(text: &str) -> u16 {
    let width = if text.is_ascii() {
        text.len()
    } else {
        text.width()
    };
    u16::try_from(width).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_its_end_or_in_its_middle() {
        assert_eq!(fitted("short", 10, Cut::End, "…"), "short");
        assert_eq!(fitted("a long message", 8, Cut::End, "…"), "a long …");
        assert_eq!(fitted("l8odS2mceXYZ", 7, Cut::Middle, "…"), "l8o…XYZ");
        assert_eq!(fitted("日本語日本語", 5, Cut::End, "…"), "日本…");
    }

    #[test]
    fn spans_are_cut_where_the_room_ends() {
        let spans = || ["status ", "ETL_FAILED", " now"].map(Span::raw);
        assert_eq!(
            fitted_line(spans(), 30, "…").to_string(),
            "status ETL_FAILED now"
        );
        assert_eq!(fitted_line(spans(), 12, "…").to_string(), "status ETL_…");
        assert_eq!(
            fitted_line(spans(), 17, "…").to_string(),
            "status ETL_FAILED"
        );
    }

    proptest::proptest! {
        #[test]
        fn fitted_text_is_never_wider_than_its_room(text in "\\PC{0,60}", width in 1_u16..40, middle: bool) {
            let cut = if middle { Cut::Middle } else { Cut::End };
            proptest::prop_assert!(cells(&fitted(&text, width, cut, "…")) <= width);
        }
    }
}
