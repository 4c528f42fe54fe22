//! Row counts as a column: JSON such as
//! `{"total":7,"streams":{"orders":[7,5,2]}}`, a stream's counts in the order
//! read, success, fail, existing, updated, without missing ones at the end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hotglue::{RowCounts, StreamRows, Text};

#[derive(Serialize, Deserialize)]
struct Column {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    streams: BTreeMap<String, Vec<Option<u64>>>,
}

/// Row counts as a column.
pub(super) fn to_column(rows: &RowCounts) -> String {
    let streams = rows.streams.iter().map(|(name, stream)| {
        let StreamRows {
            read,
            success,
            fail,
            existing,
            updated,
        } = *stream;
        let mut counts = vec![read, success, fail, existing, updated];
        while counts.last().is_some_and(Option::is_none) {
            counts.pop();
        }
        (name.as_str().to_owned(), counts)
    });
    let column = Column {
        total: rows.total,
        streams: streams.collect(),
    };
    serde_json::json!(column).to_string()
}

/// The row counts of a column; `None` where it holds none.
pub(super) fn of_column(json: &str) -> Option<RowCounts> {
    let column: Column = serde_json::from_str(json).ok()?;
    let streams = column.streams.into_iter().map(|(name, counts)| {
        let count = |index: usize| counts.get(index).copied().flatten();
        let stream = StreamRows {
            read: count(0),
            success: count(1),
            fail: count(2),
            existing: count(3),
            updated: count(4),
        };
        (Text::new(&name), stream)
    });
    Some(RowCounts {
        total: column.total,
        streams: streams.collect(),
    })
}

/// The fields of a response that row counts repeat, as they are recorded.
pub(super) fn fields(rows: &RowCounts) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    fields.extend(
        rows.total
            .map(|total| ("processed_rows", total.to_string())),
    );
    let streams = rows.streams.iter();
    let read: BTreeMap<_, _> = streams
        .filter_map(|(name, stream)| Some((name.as_str(), stream.read?)))
        .collect();
    if !read.is_empty() {
        let metrics = serde_json::json!({"recordCount": read});
        fields.push(("metrics", metrics.to_string()));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_counts_are_read_back() {
        let stream = StreamRows {
            read: Some(7),
            fail: Some(2),
            ..StreamRows::default()
        };
        for rows in [
            RowCounts::default(),
            RowCounts {
                total: Some(7),
                streams: [
                    (Text::new("orders"), stream),
                    (Text::new("none"), StreamRows::default()),
                ]
                .into(),
            },
        ] {
            assert_eq!(of_column(&to_column(&rows)), Some(rows));
        }
        assert_eq!(of_column("7"), None);
    }
}
