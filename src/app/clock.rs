//! Times as the clock of the user's time zone shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Formats a time for reading; with its date unless it is on the day of `now`.
pub(in crate::app) fn clock_time(time: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = time.to_zoned_datetime(zone.clone());
    let today = now.to_zoned_datetime(zone.clone()).date();
    let format = if local.date() == today {
        "%H:%M:%S"
    } else {
        "%b %-d %H:%M"
    };
    local.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_is_shown_only_for_another_day() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let time = |text: &str| clock_time(text.parse().unwrap(), now, &TimeZone::UTC);
        assert_eq!(time("2026-11-23T08:01:02Z"), "08:01:02");
        assert_eq!(time("2026-11-22T08:01:02Z"), "Nov 22 08:01");
    }
}
