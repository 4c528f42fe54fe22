//! The start of a rollout as it is written: a TOML datetime, or RFC 3339 in
//! quotes.

use jiff::Timestamp;
use toml::value::Datetime;

use super::schema::Since;

/// The moment that a start names.
///
/// # Errors
/// A message with the fix, when it is no moment: without an offset it would
/// be another one on each machine.
pub(super) fn moment(written: &Since) -> Result<Timestamp, String> {
    let (text, has_offset) = match written {
        Since::Datetime(time) => (time.to_string(), time.offset.is_some()),
        Since::Text(text) => {
            let text = text.trim();
            let has_offset = text.parse::<Datetime>().map(|time| time.offset.is_some());
            (text.to_owned(), has_offset.unwrap_or(true))
        }
    };
    if !has_offset {
        return Err(format!(
            "since has no time zone: write a time with one, such as {}",
            with_offset(&text)
        ));
    }
    text.parse().map_err(|_| {
        "since must be a date and time such as 2026-11-24T09:00:00Z or \
         2026-11-24T10:00:00+01:00"
            .to_owned()
    })
}

/// A datetime without an offset, completed: `2026-11-24T09:00:00Z`.
fn with_offset(text: &str) -> String {
    match text.parse::<Datetime>() {
        Ok(Datetime {
            date: Some(date),
            time: Some(time),
            ..
        }) => format!("{date}T{time}Z"),
        Ok(Datetime {
            date: Some(date), ..
        }) => format!("{date}T00:00:00Z"),
        Ok(_) | Err(_) => "2026-11-24T09:00:00Z".to_owned(),
    }
}
