//! A table of text: laid out in columns, or as Markdown. Cells are cleaned
//! as they are added, so that none of the forms contains control characters.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::hotglue::Text;

/// No column is cut to fewer terminal cells than this.
const MIN_COLUMN_WIDTH: usize = 8;

/// Rows of cells, each cell one line.
pub(crate) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The color of a row, as an SGR number.
    tints: Vec<Option<u8>>,
}

impl Table {
    /// An empty table with these headings.
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            rows: Vec::new(),
            tints: Vec::new(),
        }
    }

    /// Adds a row; cells are cleaned and put on one line.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.tinted_row(cells, None);
    }

    /// Adds a row in a color, an SGR number.
    pub(crate) fn tinted_row(&mut self, cells: Vec<String>, tint: Option<u8>) {
        let clean = |cell: String| Text::new(&cell).one_line();
        self.rows.push(cells.into_iter().map(clean).collect());
        self.tints.push(tint);
    }

    /// Lays the table out in at most `width` terminal cells, if there is a
    /// limit. The widest columns are cut first.
    pub(crate) fn laid_out(&self, width: Option<u16>, colors: bool) -> String {
        let mut widths: Vec<usize> = self.heads.iter().map(|head| head.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        if let Some(limit) = width.map(usize::from) {
            let gaps = 2 * widths.len().saturating_sub(1);
            while widths.iter().sum::<usize>() + gaps > limit {
                let Some(widest) = widths
                    .iter_mut()
                    .max()
                    .filter(|widest| **widest > MIN_COLUMN_WIDTH)
                else {
                    break;
                };
                *widest -= 1;
            }
        }
        let mut text = String::new();
        let heads = self.heads.iter().map(|head| (*head).to_owned()).collect();
        for (row, tint) in std::iter::once((&heads, &None)).chain(self.rows.iter().zip(&self.tints))
        {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let cell = cut(cell, *width);
                line.push_str(&cell);
                line.push_str(&" ".repeat(width - cell.width() + 2));
            }
            match tint.filter(|_| colors) {
                Some(tint) => text.push_str(&format!("\x1b[{tint}m{}\x1b[0m\n", line.trim_end())),
                None => text.push_str(&format!("{}\n", line.trim_end())),
            }
        }
        text
    }

    /// Returns a Markdown table, for a chat or a ticket.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<_> = cells.collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = line(&mut self.heads.iter().map(|head| head.to_lowercase()));
        text.push_str(&line(&mut self.heads.iter().map(|_| "---".to_owned())));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(|cell| markdown_text(cell))));
        }
        text
    }
}

/// Text in at most `width` terminal cells, with an ellipsis where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let kept = text.graphemes(true).take_while(|grapheme| {
        used += grapheme.width();
        used <= width
    });
    format!("{}…", kept.collect::<String>())
}

/// Escapes text so that it is not read as markup.
pub(crate) fn markdown_text(text: &str) -> String {
    let mut cell = String::new();
    for character in text.chars() {
        if matches!(
            character,
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '@'
        ) {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_fits_and_aligns() {
        let mut table = Table::new(&["NAME", "MESSAGE"]);
        table.row(vec![
            "日本".to_owned(),
            "a rather long message without content".to_owned(),
        ]);
        table.tinted_row(vec!["b".to_owned(), String::new()], Some(31));
        insta::assert_snapshot!(table.laid_out(Some(24), false), @r"
        NAME  MESSAGE
        日本  a rather long mes…
        b
        ");
        assert!(table.laid_out(None, false).contains("without content"));
        assert!(table.laid_out(None, true).contains("\u{1b}[31mb\u{1b}[0m"));
    }

    #[test]
    fn no_form_contains_control_characters() {
        let mut table = Table::new(&["NAME"]);
        table.row(vec!["\u{1b}[2Jone\ntwo\u{202e}\u{9b}31m".to_owned()]);
        for text in [table.laid_out(None, true), table.markdown()] {
            let forbidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(forbidden), "{text:?}");
            assert!(text.contains("one ⏎ two"), "{text:?}");
        }
    }

    #[test]
    fn markdown_texts_are_not_read_as_markup() {
        let mut table = Table::new(&["NAME", "MESSAGE"]);
        table.row(vec!["a|b".to_owned(), "see @all <b>".to_owned()]);
        insta::assert_snapshot!(table.markdown(), @r"
        | name | message |
        | --- | --- |
        | a\|b | see \@all \<b\> |
        ");
    }
}
