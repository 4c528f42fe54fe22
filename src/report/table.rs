//! A table of text: laid out for people, as CSV, as Markdown. No control
//! characters in any of them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// No column is cut to fewer cells than these.
const NARROWEST: usize = 8;

/// Rows for people, each cell one line.
pub struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The color of a row, as an SGR number.
    tints: Vec<Option<u8>>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            rows: Vec::new(),
            tints: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.tinted_row(cells, None);
    }

    /// Adds a row in a color, as an SGR number.
    pub fn tinted_row(&mut self, cells: Vec<String>, tint: Option<u8>) {
        self.rows.push(cells);
        self.tints.push(tint);
    }

    /// The table in at most `width` cells, where there is a limit. Wide
    /// columns give way first.
    pub fn laid_out(&self, width: Option<u16>, colors: bool) -> String {
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
                    .filter(|widest| **widest > NARROWEST)
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

    /// Comma-separated values with a header (RFC 4180), harmless in a
    /// spreadsheet.
    pub fn csv(&self) -> String {
        let mut text = String::new();
        let heads: Vec<_> = self.heads.iter().map(|head| head.to_lowercase()).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let cells: Vec<_> = row.iter().map(|cell| csv_cell(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }

    /// A Markdown table, for a chat or a ticket.
    pub fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<_> = cells.collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = line(&mut self.heads.iter().map(|head| head.to_lowercase()));
        text.push_str(&line(&mut self.heads.iter().map(|_| "---".to_owned())));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(|cell| markdown_cell(cell))));
        }
        text
    }
}

fn cut(text: &str, width: usize) -> String {
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

/// A cell that no spreadsheet takes for a formula.
fn csv_cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t']) && text.parse::<f64>().is_err();
    let text = if risky {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// A cell whose text is read as text.
fn markdown_cell(text: &str) -> String {
    let mut cell = String::new();
    for each in text.chars() {
        if matches!(
            each,
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '@'
        ) {
            cell.push('\\');
        }
        cell.push(if each == '\n' { ' ' } else { each });
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_and_align() {
        let mut table = Table::new(&["NAME", "MESSAGE"]);
        table.row(vec![
            "日本".to_owned(),
            "a rather long message about nothing".to_owned(),
        ]);
        table.tinted_row(vec!["b".to_owned(), String::new()], Some(31));
        insta::assert_snapshot!(table.laid_out(Some(24), false), @r"
        NAME  MESSAGE
        日本  a rather long mes…
        b
        ");
        assert!(table.laid_out(None, false).contains("about nothing"));
        assert!(table.laid_out(None, true).contains("\u{1b}[31mb\u{1b}[0m"));
    }

    #[test]
    fn markdown_takes_text_for_text() {
        let mut table = Table::new(&["NAME", "MESSAGE"]);
        table.row(vec!["a|b".to_owned(), "see @all <b>".to_owned()]);
        insta::assert_snapshot!(table.markdown(), @r"
        | name | message |
        | --- | --- |
        | a\|b | see \@all \<b\> |
        ");
    }

    #[test]
    fn csv_is_quoted_and_harmless() {
        assert_eq!(csv_cell("a,b"), "\"a,b\"");
        assert_eq!(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("-5"), "-5");
    }
}
