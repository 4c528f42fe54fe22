//! How much the runs of all tenants shift together from day to day before the
//! start: a busy service, a growing database, a weekend. A rollout shifts by as
//! much without being any different.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

use super::metric::{Metric, number};
use crate::history::PastRun;
use crate::rollout::statistics::paired::middle;

/// The fewest tenants with runs on a day that say how it was.
const FEWEST_TENANTS: usize = 5;
/// The fewest days that say how much days differ.
const FEWEST_DAYS: usize = 3;
/// The fewest days of a weekday that say how it differs from others.
const FEWEST_OF_WEEKDAY: usize = 4;
/// A weekday that differs by more than this ratio is not compared with the
/// others.
const RHYTHM: f64 = 1.1;
/// How sure the days have to differ before it is taken into account.
const SURE: f64 = 0.9;

/// A day before the start.
struct Day {
    date: Date,
    /// The median over tenants of the logarithm of their number that day,
    /// relative to their typical one.
    shift: f64,
    /// The variance of that median by chance.
    noise: f64,
}

/// The differences between days.
pub(super) struct Fluctuation {
    /// The weekdays that the rollout is compared with, from Monday on.
    weekdays: [bool; 7],
    /// The standard deviation between days, as a logarithm.
    deviation: f64,
    /// The number of days that it is taken from.
    days: usize,
}

impl Fluctuation {
    /// The fluctuation of a metric over the runs before the start, by tenant.
    /// `starts` are the starts of the runs to compare with them.
    pub(super) fn of(
        metric: Metric,
        before: &[&[&PastRun]],
        starts: impl Iterator<Item = Timestamp>,
    ) -> Self {
        let days = days(metric, before);
        let weekdays = comparable_weekdays(&days, most_frequent_weekday(starts));
        let comparable: Vec<Day> = days
            .into_iter()
            .filter(|day| weekdays[index(day.date.weekday())])
            .collect();
        Self {
            weekdays,
            deviation: deviation(&comparable).unwrap_or(0.0),
            days: comparable.len(),
        }
    }

    /// The runs that a run which started at a time is compared with.
    pub(super) fn comparable<'a>(
        &self,
        before: &'a [&'a PastRun],
        started: Timestamp,
    ) -> impl Iterator<Item = &'a PastRun> {
        let is_comparable = |time| self.weekdays[index(date(time).weekday())];
        let comparable = before.iter().filter(|run| is_comparable(run.started));
        let is_restricted = is_comparable(started) && comparable.count() >= FEWEST_DAYS;
        let weekdays = self.weekdays;
        let runs = before.iter().copied();
        runs.filter(move |run| !is_restricted || weekdays[index(date(run.started).weekday())])
    }

    /// How far a rollout may lie from the typical day without being different,
    /// with a probability of at least 1 − `error`, as a logarithm: Student's
    /// prediction interval for one more day.
    pub(super) fn margin(&self, error: f64) -> f64 {
        if self.deviation <= 0.0 || self.days < FEWEST_DAYS {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are few days")]
        let days = self.days as f64;
        StudentsT::new(0.0, 1.0, days - 1.0).map_or(0.0, |distribution| {
            let quantile = distribution.inverse_cdf(1.0 - error / 2.0);
            quantile * self.deviation * (1.0 + 1.0 / days).sqrt()
        })
    }
}

fn date(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

/// The place of a weekday in a week from Monday on.
fn index(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

/// The weekdays that are like a given one. A weekday is different when all of
/// its days lie on one side of all days of the given one, so that a few
/// unusual days do not make a rhythm.
fn comparable_weekdays(days: &[Day], weekday: Option<Weekday>) -> [bool; 7] {
    let mut comparable = [true; 7];
    let mut by_weekday: [Vec<f64>; 7] = Default::default();
    for day in days {
        by_weekday[index(day.date.weekday())].push(day.shift);
    }
    for shifts in &mut by_weekday {
        shifts.sort_by(f64::total_cmp);
    }
    let Some(own) = weekday.map(|weekday| by_weekday[index(weekday)].clone()) else {
        return comparable;
    };
    for (is_comparable, other) in comparable.iter_mut().zip(&by_weekday) {
        if own.len().min(other.len()) < FEWEST_OF_WEEKDAY {
            continue;
        }
        let gap = |below: &[f64], above: &[f64]| above[0] > below[below.len() - 1];
        let is_apart = gap(&own, other) || gap(other, &own);
        let typical = |shifts: &[f64]| shifts[shifts.len() / 2];
        *is_comparable = !is_apart || (typical(&own) - typical(other)).abs() <= RHYTHM.ln();
    }
    comparable
}

fn most_frequent_weekday(starts: impl Iterator<Item = Timestamp>) -> Option<Weekday> {
    let mut counts = [0; 7];
    for start in starts {
        let weekday = date(start).weekday();
        counts[index(weekday)] += 1;
    }
    let (offset, count) = (0_i8..).zip(counts).max_by_key(|(_, count)| *count)?;
    (count > 0).then(|| Weekday::from_monday_zero_offset(offset).ok())?
}

/// The days with runs of enough tenants, oldest first.
fn days(metric: Metric, before: &[&[&PastRun]]) -> Vec<Day> {
    let mut by_date: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
    for runs in before {
        let numbers: Vec<(Date, f64)> = runs
            .iter()
            .filter_map(|run| Some((date(run.started), number(metric, run)?.ln())))
            .collect();
        let mut all: Vec<f64> = numbers.iter().map(|(_, number)| *number).collect();
        let Some(typical) = middle(&mut all).filter(|_| numbers.len() >= FEWEST_DAYS) else {
            continue;
        };
        let mut of_tenant: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
        for (date, number) in numbers {
            of_tenant.entry(date).or_default().push(number - typical);
        }
        for (date, mut shifts) in of_tenant {
            by_date.entry(date).or_default().extend(middle(&mut shifts));
        }
    }
    let days = by_date.into_iter();
    days.filter(|(_, shifts)| shifts.len() >= FEWEST_TENANTS)
        .filter_map(|(date, mut shifts)| {
            let shift = middle(&mut shifts)?;
            let mut distances: Vec<f64> = shifts.iter().map(|one| (one - shift).abs()).collect();
            // The median absolute deviation of a normal distribution is 0.6745
            // of its standard deviation; the variance of a median is π/2 of
            // that of a mean.
            let deviation = (middle(&mut distances)? / 0.6745).max(0.01);
            #[expect(clippy::cast_precision_loss, reason = "there are few tenants")]
            let tenants = shifts.len() as f64;
            Some(Day {
                date,
                shift,
                noise: std::f64::consts::FRAC_PI_2 * deviation * deviation / tenants,
            })
        })
        .collect()
}

/// The standard deviation between days, beyond what chance explains; `None`
/// when chance explains it all (W. G. Cochran, "The combination of estimates
/// from different experiments", Biometrics 10, 1954).
fn deviation(days: &[Day]) -> Option<f64> {
    if days.len() < FEWEST_DAYS {
        return None;
    }
    let weights: f64 = days.iter().map(|day| 1.0 / day.noise).sum();
    let mean = days.iter().map(|day| day.shift / day.noise).sum::<f64>() / weights;
    let excess: f64 = days
        .iter()
        .map(|day| (day.shift - mean).powi(2) / day.noise)
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "there are few days")]
    let freedom = (days.len() - 1) as f64;
    let limit = ChiSquared::new(freedom).ok()?.inverse_cdf(SURE);
    if excess <= limit {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few days")]
    let count = days.len() as f64;
    let average = days.iter().map(|day| day.shift).sum::<f64>() / count;
    let variance = days
        .iter()
        .map(|day| (day.shift - average).powi(2))
        .sum::<f64>()
        / freedom;
    let noise = days.iter().map(|day| day.noise).sum::<f64>() / count;
    Some((variance - noise).max(0.0).sqrt())
}
