//! The sections of the help in columns of about the same height.

use crate::app::overlay::action_list::ListEntry;

/// A line of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelpLine {
    /// The title of a section.
    Heading(&'static str),
    /// Nothing.
    Blank,
    /// Something that can be done, with its keys.
    Entry(ListEntry),
    /// A filter with its meaning.
    Filter(&'static str, &'static str),
}

/// The sections in this many columns, as few lines high as possible: whole
/// sections where that fits into the room, else divided.
pub(super) fn in_columns(
    sections: &[Vec<HelpLine>],
    count: usize,
    room: usize,
) -> Vec<Vec<HelpLine>> {
    let lines = sections.iter().map(|lines| lines.len() + 1).sum::<usize>();
    let least = lines.saturating_sub(1).div_ceil(count);
    let whole = (least..=room).find_map(|height| {
        let columns = packed(sections, height);
        (columns.len() <= count).then_some(columns)
    });
    whole.unwrap_or_else(|| divided(sections, count, least))
}

/// Whole sections in columns of at most this height, unless one is higher.
fn packed(sections: &[Vec<HelpLine>], height: usize) -> Vec<Vec<HelpLine>> {
    let mut columns: Vec<Vec<HelpLine>> = Vec::new();
    for section in sections {
        match columns.last_mut() {
            Some(column) if column.len() + 1 + section.len() <= height => {
                column.push(HelpLine::Blank);
                column.extend(section);
            }
            _ => columns.push(section.clone()),
        }
    }
    // A section that is higher than a column fits nowhere.
    if columns.iter().any(|column| column.len() > height) {
        return vec![Vec::new(); sections.len() + 1];
    }
    columns
}

/// Sections in columns of about the same height. No column ends with a heading
/// or begins with a blank line.
fn divided(sections: &[Vec<HelpLine>], count: usize, height: usize) -> Vec<Vec<HelpLine>> {
    let mut columns = vec![Vec::new()];
    for line in sections.join(&HelpLine::Blank) {
        let number = columns.len();
        let Some(column) = columns.last_mut() else {
            continue;
        };
        let is_full = column.len() >= height && number < count;
        if is_full && !matches!(column.last(), Some(HelpLine::Heading(_))) {
            columns.push(Vec::new());
        }
        if let Some(column) = columns.last_mut()
            && !(column.is_empty() && line == HelpLine::Blank)
        {
            column.push(line);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections_of(lengths: &[usize]) -> Vec<Vec<HelpLine>> {
        let section = |length: &usize| {
            let mut lines = vec![HelpLine::Filter("x", "y"); length + 1];
            lines[0] = HelpLine::Heading("s");
            lines
        };
        lengths.iter().map(section).collect()
    }

    fn heights(columns: &[Vec<HelpLine>]) -> Vec<usize> {
        columns.iter().map(Vec::len).collect()
    }

    #[test]
    fn sections_stay_whole_where_they_fit() {
        let sections = sections_of(&[9, 5, 3]);
        // 10 lines, and 6 and 4 with a blank line between.
        assert_eq!(heights(&in_columns(&sections, 2, 20)), [10, 11]);
        assert_eq!(heights(&in_columns(&sections, 3, 20)), [10, 6, 4]);
        assert_eq!(heights(&in_columns(&sections, 1, 40)), [22]);
    }

    #[test]
    fn sections_are_divided_where_they_do_not_fit() {
        let sections = sections_of(&[30, 2, 8]);
        let columns = in_columns(&sections, 2, 12);
        assert_eq!(columns.len(), 2);
        let lines = columns.iter().flatten();
        let entries = lines.filter(|line| matches!(line, HelpLine::Filter(..)));
        assert_eq!(entries.count(), 40);
        for column in &columns {
            assert!(!matches!(column.first(), Some(HelpLine::Blank)));
            assert!(!matches!(column.last(), Some(HelpLine::Heading(_))));
        }
        let [first, second] = heights(&columns)[..] else {
            panic!("{columns:?}");
        };
        assert!(first.abs_diff(second) <= 3, "{first} and {second}");
    }
}
