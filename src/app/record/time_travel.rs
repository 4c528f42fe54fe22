//! Time travel: where in the record the dashboard is, and how it moves there.
//! The dashboard of that moment is another model beside the live one.

use jiff::{SignedDuration, Timestamp};

use crate::history::{MomentQuery, Seek, Span, Within};
use crate::replay::Watched;

/// The time between two frames while the record is played.
const FRAME: SignedDuration = SignedDuration::from_millis(200);
/// The speeds of playing, as multiples of real time.
const SPEEDS: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_000.0];
/// The longest part of the record on the scrubber.
const SCRUBBED: SignedDuration = SignedDuration::from_hours(12);
/// Baselines are queried again for a moment that is this far from theirs.
const BASELINE_AGE: SignedDuration = SignedDuration::from_hours(1);

/// A motion through the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum TimeMotion {
    /// To the next change or failure.
    Next {
        /// Whether only failures count.
        failures: bool,
    },
    /// To the previous change or failure.
    Previous {
        /// Whether only failures count.
        failures: bool,
    },
    /// By a duration, into the past where it is negative.
    By(SignedDuration),
    /// To a time.
    To(Timestamp),
    /// To the first recorded moment.
    Begin,
    /// To the last one.
    End,
}

/// Where in the record the dashboard is. See the module's documentation.
#[derive(Debug)]
pub struct TimeTravel {
    /// The moment that is shown.
    pub(crate) moment: Timestamp,
    /// Whether there is no live dashboard to return to.
    pub(crate) is_replay: bool,
    /// The part of the record that can be visited; `None` before it is known.
    pub(crate) span: Option<Span>,
    /// What was watched at the moment.
    pub(in crate::app) watched: Option<Watched>,
    /// When a notice about the past disappears.
    pub(in crate::app) notice_until: Option<Timestamp>,
    limits: (Option<Timestamp>, Option<Timestamp>),
    speed: f64,
    /// When playing began, and at which moment.
    playing: Option<(Timestamp, Timestamp)>,
    number: u64,
    is_seeking: bool,
    baselines: Option<Timestamp>,
    /// Whether playing begins with the first moment.
    plays_when_read: bool,
}

impl TimeTravel {
    /// Time travel from the dashboard of `now`.
    pub(in crate::app) fn from_live(now: Timestamp) -> Self {
        Self {
            moment: now,
            is_replay: false,
            span: None,
            watched: None,
            notice_until: None,
            limits: (None, None),
            speed: SPEEDS[0],
            playing: None,
            // Not one of an earlier journey, whose answers may still come.
            number: u64::try_from(now.as_millisecond()).unwrap_or(1),
            is_seeking: false,
            baselines: None,
            plays_when_read: false,
        }
    }

    /// The replay of the record between two times.
    pub(in crate::app) fn replay(
        now: Timestamp,
        limits: (Option<Timestamp>, Option<Timestamp>),
        speed: f64,
    ) -> Self {
        Self {
            is_replay: true,
            limits,
            speed,
            is_seeking: true,
            ..Self::from_live(now)
        }
    }

    /// The first query of a replay: to its beginning where it is played from a
    /// time, else to the end of the record.
    pub(in crate::app) fn first_query(&self) -> MomentQuery {
        let (from, to) = self.limits;
        MomentQuery {
            number: self.number,
            seek: from.map_or(Seek::End, Seek::Time),
            within: Within::Find(from, to),
        }
    }

    /// Plays the record once its first moment is read.
    pub(in crate::app) fn play_when_read(&mut self) {
        self.plays_when_read = true;
    }

    /// Takes the time of the moment that was read.
    pub(in crate::app) fn arrive(&mut self, moment: Timestamp, now: Timestamp) {
        self.moment = moment;
        if std::mem::take(&mut self.plays_when_read) {
            self.toggle_playing(now);
        }
    }

    /// Whether a query is in flight.
    pub(in crate::app) fn is_seeking(&self) -> bool {
        self.is_seeking
    }

    /// The number of the last query.
    pub(in crate::app) fn number(&self) -> u64 {
        self.number
    }

    /// A query; the live record ends at `now`.
    pub(in crate::app) fn query(&mut self, seek: Seek, now: Timestamp) -> MomentQuery {
        self.number += 1;
        self.is_seeking = true;
        let within = match &self.span {
            Some(span) if self.is_replay => Within::Known(span.from, span.to),
            Some(span) => Within::Known(span.from, now),
            None => Within::Find(self.limits.0, self.limits.1),
        };
        MomentQuery {
            number: self.number,
            seek,
            within,
        }
    }

    /// The query for a motion.
    pub(in crate::app) fn go(&mut self, motion: TimeMotion, now: Timestamp) -> MomentQuery {
        self.playing = None;
        let moment = self.moment;
        let seek = match motion {
            TimeMotion::Next { failures } => Seek::Next {
                after: moment,
                failures,
            },
            TimeMotion::Previous { failures } => Seek::Previous {
                before: moment,
                failures,
            },
            TimeMotion::By(duration) => {
                Seek::Time(moment.saturating_add(duration).unwrap_or(moment))
            }
            TimeMotion::To(time) => Seek::Time(time),
            TimeMotion::Begin => Seek::Time(self.span.as_ref().map_or(moment, |span| span.from)),
            TimeMotion::End => Seek::Time(self.end(now)),
        };
        self.query(seek, now)
    }

    /// Takes the answer to the query with this number. Returns whether it is the
    /// last one.
    pub(in crate::app) fn answered(&mut self, number: u64, span: Option<Span>) -> bool {
        if let Some(span) = span {
            self.span = Some(span);
        }
        let is_last = number == self.number;
        self.is_seeking &= !is_last;
        is_last
    }

    /// Whether baselines have to be queried: those of the start of the dashboard
    /// that was running, which it used; without a known start, of the moment.
    pub(in crate::app) fn takes_baselines(&mut self, started: Option<Timestamp>) -> bool {
        let is_due = match (self.baselines, started) {
            (None, _) => true,
            (Some(known), Some(started)) => known != started,
            (Some(known), None) => self.moment.duration_since(known).abs() > BASELINE_AGE,
        };
        if is_due {
            self.baselines = Some(started.unwrap_or(self.moment));
        }
        is_due
    }

    /// The time that the baselines are of.
    pub(in crate::app) fn baselines(&self) -> Timestamp {
        self.baselines.unwrap_or(self.moment)
    }

    /// The last moment that can be visited.
    pub(crate) fn end(&self, now: Timestamp) -> Timestamp {
        match &self.span {
            Some(span) if self.is_replay => span.to,
            Some(_) | None => now,
        }
    }

    /// Plays the record from the moment on, or stops. At the end it is played
    /// from the beginning.
    pub(in crate::app) fn toggle_playing(&mut self, now: Timestamp) {
        if self.playing.take().is_none() {
            let from = self.span.as_ref().map_or(self.moment, |span| span.from);
            let is_at_end = self.moment >= self.end(now);
            self.playing = Some((now, if is_at_end { from } else { self.moment }));
        }
    }

    /// Plays at the next higher or lower speed.
    pub(in crate::app) fn change_speed(&mut self, is_faster: bool, now: Timestamp) {
        let faster = || SPEEDS.into_iter().find(|speed| *speed > self.speed);
        let slower = || SPEEDS.into_iter().rev().find(|speed| *speed < self.speed);
        let next = if is_faster { faster() } else { slower() };
        self.speed = next.unwrap_or(self.speed);
        if self.playing.is_some() {
            self.playing = Some((now, self.moment));
        }
    }

    /// The speed of playing, if the record is being played.
    pub(crate) fn playing(&self) -> Option<f64> {
        self.playing.map(|_| self.speed)
    }

    /// The query for the next frame, if the record is being played and one is
    /// due.
    pub(in crate::app) fn next_frame(&mut self, now: Timestamp) -> Option<MomentQuery> {
        let (since, from) = self.playing?;
        if self.is_seeking {
            return None;
        }
        let seconds = now.duration_since(since).as_secs_f64() * self.speed;
        let played = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
        let time = from.saturating_add(played).unwrap_or(from);
        if time >= self.end(now) {
            self.playing = None;
        }
        Some(self.query(Seek::Time(time), now))
    }

    /// When the screen changes without a message: with the next frame, and with
    /// the age of the moment.
    pub(crate) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let frame = self.playing.filter(|_| !self.is_seeking);
        let frame = frame.and_then(|_| now.checked_add(FRAME).ok());
        let step = if now.duration_since(self.moment).as_secs() < 3_600 {
            1
        } else {
            60
        };
        let age = Timestamp::from_second(now.as_second() / step * step + step).ok();
        let age = age.filter(|_| !self.is_replay);
        [frame, age, self.notice_until].into_iter().flatten().min()
    }

    /// The part of the record on the scrubber: all of it, or half a day around
    /// the moment.
    pub(crate) fn scrubbed(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let end = self.end(now);
        let begin = self.span.as_ref().map_or(self.moment, |span| span.from);
        if end.duration_since(begin) <= SCRUBBED {
            return (begin, end);
        }
        let latest = end.saturating_sub(SCRUBBED).unwrap_or(begin);
        let from = self.moment.saturating_sub(SCRUBBED / 2).unwrap_or(begin);
        let from = from.min(latest).max(begin);
        (from, from.saturating_add(SCRUBBED).unwrap_or(end))
    }

    /// How many jobs failed in each of `slots` equal parts of the scrubber, and
    /// the part of the moment.
    pub(crate) fn scrubber(&self, slots: usize, now: Timestamp) -> (Vec<usize>, usize) {
        let (from, to) = self.scrubbed(now);
        let length = to.duration_since(from).as_millis().max(1);
        let last = slots.saturating_sub(1);
        let slot_of = |time: Timestamp| {
            let offset = time.duration_since(from).as_millis().max(0);
            let slot = offset * i128::try_from(slots).unwrap_or(0) / length;
            usize::try_from(slot).unwrap_or(last).min(last)
        };
        let mut counts = vec![0; slots];
        for failure in self.span.iter().flat_map(|span| &span.failures) {
            if (from..=to).contains(failure)
                && let Some(count) = counts.get_mut(slot_of(*failure))
            {
                *count += 1;
            }
        }
        (counts, slot_of(self.moment))
    }
}
