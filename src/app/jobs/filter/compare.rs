//! Comparisons of numbers, ages and times, such as `elapsed>10m`, `rows=0` and
//! `finished>09:30`.
//!
//! An age counts in whole seconds, as the screen shows it. It therefore crosses
//! a limit at a time that is known in advance, when the row is judged again.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::FilterClock;
use crate::app::jobs::row::Row;
use crate::hotglue::parse_timestamp;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What is compared, by its name in a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(super) enum Quantity {
    /// How long the job has run, or ran.
    Elapsed,
    /// The last event, by its age or its time.
    Updated,
    /// The start, by its age or its time.
    Started,
    /// The end, by its age or its time.
    Finished,
    /// The rows that the job moved.
    Rows,
}

impl Quantity {
    /// All quantities, in the order in which they are offered.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// The name to show.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// What its values look like, for the error about one that is not valid.
    pub(super) fn examples(self) -> &'static str {
        match self {
            Self::Elapsed => "a duration such as 45s, 10m or 1h30m",
            Self::Rows => "a number such as 0, 500 or 10k",
            Self::Updated | Self::Started | Self::Finished => {
                "a duration such as 10m, or a time such as 09:30"
            }
        }
    }
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Operator {
    /// The operator at the start of a text, and the rest.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let operators = [
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("<", Self::Less),
            (">", Self::Greater),
            ("=", Self::Equal),
        ];
        operators
            .into_iter()
            .find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
    }

    /// Compares a value with a limit that stands for the values up to `end`,
    /// which it excludes: 10m for those from 10m 00s to 10m 59s.
    fn holds<T: PartialOrd>(self, value: &T, limit: &T, end: &T) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Equal => value >= limit && value < end,
            Self::GreaterOrEqual => value >= limit,
            Self::Greater => value > limit,
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison {
    quantity: Quantity,
    operator: Operator,
    limit: Limit,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    /// A duration, and the unit that it is given in.
    Duration(SignedDuration, SignedDuration),
    /// A time, and the end of the unit that it is given in.
    Time(Timestamp, Timestamp),
    Number(u64),
}

impl Comparison {
    /// A comparison with a value; `None` where the value is not one of the
    /// quantity.
    pub(super) fn parse(
        quantity: Quantity,
        operator: Operator,
        value: &str,
        clock: &FilterClock,
    ) -> Option<Self> {
        let duration = || duration(value).map(|(limit, unit)| Limit::Duration(limit, unit));
        let time = || time(value, clock).map(|(limit, end)| Limit::Time(limit, end));
        let limit = match quantity {
            Quantity::Elapsed => duration()?,
            Quantity::Rows => Limit::Number(number(value)?),
            Quantity::Updated | Quantity::Started | Quantity::Finished => {
                duration().or_else(time)?
            }
        };
        Some(Self {
            quantity,
            operator,
            limit,
        })
    }

    /// Whether its result may change as time passes.
    pub(super) fn depends_on_time(&self) -> bool {
        matches!(self.limit, Limit::Duration(..))
    }

    /// Whether it holds for a row at `now`; not where the row has no value.
    pub(super) fn holds(&self, row: &Row, now: Timestamp) -> bool {
        let operator = self.operator;
        match self.limit {
            Limit::Duration(limit, unit) => self.duration(row, now).is_some_and(|value| {
                let whole = SignedDuration::from_secs(value.as_secs().max(0));
                operator.holds(&whole, &limit, &(limit + unit))
            }),
            Limit::Time(limit, end) => self
                .moment(row)
                .is_some_and(|value| operator.holds(&value, &limit, &end)),
            Limit::Number(limit) => row
                .total_rows()
                .is_some_and(|rows| operator.holds(&rows, &limit, &limit.saturating_add(1))),
        }
    }

    /// When its result for a row may change although the row stays as it is.
    pub(super) fn next_change(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        let Limit::Duration(limit, unit) = self.limit else {
            return None;
        };
        let since = match self.quantity {
            Quantity::Elapsed if row.finished().is_some() => return None,
            Quantity::Elapsed => row.started()?,
            Quantity::Updated | Quantity::Started | Quantity::Finished | Quantity::Rows => {
                self.moment(row)?
            }
        };
        let crossings = match self.operator {
            Operator::Less | Operator::GreaterOrEqual => [limit, limit],
            Operator::LessOrEqual | Operator::Greater => [limit + SECOND, limit + SECOND],
            Operator::Equal => [limit, limit + unit],
        };
        crossings
            .into_iter()
            .filter_map(|age| since.checked_add(age).ok())
            .find(|time| *time > now)
    }

    fn duration(&self, row: &Row, now: Timestamp) -> Option<SignedDuration> {
        match self.quantity {
            Quantity::Elapsed => row.elapsed(now),
            Quantity::Updated | Quantity::Started | Quantity::Finished | Quantity::Rows => {
                self.moment(row).map(|time| now.duration_since(time))
            }
        }
    }

    fn moment(&self, row: &Row) -> Option<Timestamp> {
        match self.quantity {
            Quantity::Updated => row.updated(),
            Quantity::Elapsed | Quantity::Started => row.started(),
            Quantity::Finished => row.finished(),
            Quantity::Rows => None,
        }
    }
}

/// Reads a duration such as `45s`, `10m`, `1h30m` or `2d`. Returns its last
/// unit, too.
fn duration(text: &str) -> Option<(SignedDuration, SignedDuration)> {
    let mut rest = text;
    let mut seconds = 0_i64;
    let mut unit = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = i64::from(rest[..digits].parse::<u32>().ok()?);
        let letter = rest[digits..].chars().next()?;
        unit = match letter.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + letter.len_utf8()..];
    }
    let is_duration = unit > 0;
    is_duration.then(|| {
        let [limit, unit] = [seconds, unit].map(SignedDuration::from_secs);
        (limit, unit)
    })
}

/// Reads a number such as `0`, `500`, `10k` or `2M`.
fn number(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        'k' | 'K' => 1_000,
        'm' | 'M' => 1_000_000,
        _ => 1,
    };
    let digits = if unit == 1 {
        text
    } else {
        &text[..text.len() - 1]
    };
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse::<u64>().ok()?.checked_mul(unit))?
}

/// Reads a time: a clock time, which is the latest one that has passed, a date,
/// or a date with a time. Returns the end of its minute, second or day, too.
fn time(text: &str, clock: &FilterClock) -> Option<(Timestamp, Timestamp)> {
    let today = clock.zone.to_datetime(clock.now).date();
    let on = |day: Date, time: Time| clock.zone.to_timestamp(day.to_datetime(time)).ok();
    let lasts = |start: Timestamp, seconds: i64| {
        let end = start.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        Some((start, end))
    };
    // jiff would read the start of a date as a time.
    let is_clock_time = matches!(text.len(), 4 | 5 | 7 | 8) && text.contains(':');
    let padded = if matches!(text.len(), 4 | 7) {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    if is_clock_time && let Ok(time) = padded.parse::<Time>() {
        let start = on(today, time)?;
        let start = if start > clock.now {
            on(today.checked_sub(1.day()).ok()?, time)?
        } else {
            start
        };
        return lasts(start, if padded.len() == 5 { 60 } else { 1 });
    }
    if text.len() == 10
        && let Ok(day) = text.parse::<Date>()
    {
        let next = day.checked_add(1.day()).ok()?;
        return on(day, Time::midnight()).zip(on(next, Time::midnight()));
    }
    let has_date = text.contains('-') && text.contains(':');
    lasts(has_date.then(|| parse_timestamp(text))??, 1)
}
