//! Time travel: reading moments of the record, and the keys that move there.
//! The dashboard of a moment is a model that the same messages make as the live
//! one. What it asks to change is dropped.

mod past;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::{SignedDuration, Timestamp};

use crate::app::detail::Severity;
use crate::app::input::Action;
use crate::app::message::{Effect, Message};
use crate::app::model::{ConfigSource, Model};
use crate::app::record::{TimeMotion, TimeTravel};
use crate::app::update::time_travel::past::Update;
use crate::history::{HistoryQuery, Span};
use crate::replay::Moment;

/// How long a notice about the past is shown.
const NOTICE_TIME: SignedDuration = SignedDuration::from_secs(5);
/// The number of answers that hold for any moment near theirs.
const ANY_MOMENT: u64 = 0;

/// Handles what is about the record. Returns the messages for the live model.
pub(in crate::app::update) fn route(
    model: &mut Model,
    message: Message,
    update: Update,
    effects: &mut Vec<Effect>,
) -> Option<Message> {
    match message {
        Message::Moment(number, span, moment) => {
            effects.extend(model.moment_read(number, span, moment, update));
            return None;
        }
        Message::OfMoment(number, message) => {
            effects.extend(model.answered_for_past(number, *message, update));
            return None;
        }
        Message::Tick => effects.extend(model.play()),
        Message::Resize { .. } | Message::Background { .. } => {
            effects.extend(model.update_past(message.clone(), update));
        }
        Message::Key(_)
        | Message::Click(_)
        | Message::Scroll(..)
        | Message::Paste(_)
        | Message::CompletePaste(_)
            if model.past.is_some() =>
        {
            effects.extend(model.on_input(message, update));
            return None;
        }
        _ => {}
    }
    Some(message)
}

impl Model {
    /// The moment that is shown, while the dashboard shows the past.
    pub fn moment(&self) -> Option<Timestamp> {
        self.past.as_ref().map(|past| past.now)
    }

    /// Goes to a moment of the record.
    pub fn go_to(&mut self, time: Timestamp) -> Vec<Effect> {
        let now = self.now;
        let Some(travel) = &mut self.time_travel else {
            return Vec::new();
        };
        let query = travel.go(TimeMotion::To(time), now);
        vec![Effect::HistoryQuery(HistoryQuery::Moment(query))]
    }

    /// Whether this is the dashboard of a moment of the record.
    pub(crate) fn is_past(&self) -> bool {
        self.source == ConfigSource::Replay && self.time_travel.is_none()
    }

    /// The model that is on the screen.
    pub fn shown(&self) -> &Self {
        self.past.as_deref().unwrap_or(self)
    }

    /// Goes to the last change before now.
    pub(in crate::app::update) fn open_time_travel(&mut self) -> Vec<Effect> {
        let mut travel = TimeTravel::from_live(self.now);
        let query = travel.go(TimeMotion::Previous { failures: false }, self.now);
        self.time_travel = Some(travel);
        vec![Effect::HistoryQuery(HistoryQuery::Moment(query))]
    }

    fn leave_past(&mut self) {
        self.time_travel = None;
        self.past = None;
    }

    /// Shows a moment of the record.
    fn moment_read(
        &mut self,
        number: u64,
        span: Option<Span>,
        moment: Option<Box<Moment>>,
        update: Update,
    ) -> Vec<Effect> {
        let Some(travel) = &mut self.time_travel else {
            return Vec::new();
        };
        if !travel.answered(number, span) {
            return Vec::new();
        }
        let Some(moment) = moment else {
            if self.past.is_some() {
                self.past_notice("nothing more is recorded in this direction");
            } else {
                self.leave_past();
                self.notify(Severity::Plain, "nothing is recorded before now");
            }
            return Vec::new();
        };
        travel.arrive(moment.time, self.now);
        let takes_baselines = travel.takes_baselines(moment.started);
        let is_known = travel
            .watched
            .as_ref()
            .map(|it| it.is_same(&moment.watched));
        let watched = moment.watched.clone();
        let mut past = match self.past.take() {
            Some(past) => past,
            None => Box::new(self.past_model(&watched, moment.time)),
        };
        if is_known == Some(false) {
            past.watch_list(self, &watched);
        }
        let effects = past.show_moment(*moment, takes_baselines, update);
        self.past = Some(past);
        if let Some(travel) = &mut self.time_travel {
            travel.watched = Some(watched);
        }
        self.read_only_effects(effects)
    }

    /// An answer to something that the model of the moment asked for.
    fn answered_for_past(&mut self, number: u64, answer: Message, update: Update) -> Vec<Effect> {
        let travel = self.time_travel.as_ref();
        let is_current = travel.is_some_and(|travel| travel.number() == number);
        if !is_current && number != ANY_MOMENT {
            return Vec::new();
        }
        if let (Some(past), Message::Baselines(_)) = (&mut self.past, &answer) {
            past.forecast.compute_again();
        }
        let Some(mut past) = self.past.take() else {
            return Vec::new();
        };
        let notice = past.notice.take();
        let time = past.now;
        let effects = update(&mut past, time, answer);
        past.notice = notice;
        self.past = Some(past);
        self.read_only_effects(effects)
    }

    /// Plays the record, and removes a notice after its time.
    fn play(&mut self) -> Vec<Effect> {
        let now = self.now;
        let Some(travel) = &mut self.time_travel else {
            return Vec::new();
        };
        if travel.notice_until.is_some_and(|until| until <= now) {
            travel.notice_until = None;
            if let Some(past) = &mut self.past {
                past.notice = None;
            }
        }
        let query = travel.next_frame(now);
        query.map_or_else(Vec::new, |query| {
            vec![Effect::HistoryQuery(HistoryQuery::Moment(query))]
        })
    }

    fn on_input(&mut self, message: Message, update: Update) -> Vec<Effect> {
        let Message::Key(key) = &message else {
            return self.update_past(message, update);
        };
        let Some(past) = self.past.as_ref() else {
            return Vec::new();
        };
        let is_typing = past.overlay.is_some()
            || past.filter_input.is_some()
            || past.detail.search.input.is_some();
        if key.kind == KeyEventKind::Release || is_typing {
            return self.update_past(message, update);
        }
        let is_time_travel = past.keymap.action(*key) == Some(Action::TimeTravel);
        if is_time_travel || (key.code == KeyCode::Esc && !past.has_something_open()) {
            if self.time_travel.as_ref().is_some_and(|it| it.is_replay) {
                self.past_notice("this is a replay: there is no live dashboard");
            } else {
                self.leave_past();
            }
            return Vec::new();
        }
        let now = self.now;
        let Some(travel) = &mut self.time_travel else {
            return Vec::new();
        };
        match (key.code, key.modifiers) {
            (KeyCode::Char(' '), KeyModifiers::NONE) => {
                travel.toggle_playing(now);
                return self.play();
            }
            (KeyCode::Char(sign @ ('+' | '-')), _) => {
                travel.change_speed(sign == '+', now);
                return Vec::new();
            }
            _ => {}
        }
        match time_motion(*key) {
            // One query at a time: a held key does not queue moments.
            Some(_) if travel.is_seeking() => Vec::new(),
            Some(motion) => {
                let query = travel.go(motion, now);
                vec![Effect::HistoryQuery(HistoryQuery::Moment(query))]
            }
            None => self.update_past(message, update),
        }
    }

    fn update_past(&mut self, message: Message, update: Update) -> Vec<Effect> {
        let Some(mut past) = self.past.take() else {
            return Vec::new();
        };
        let before = past.notice.clone();
        let time = past.now;
        let effects = update(&mut past, time, message);
        let is_new = past.notice.is_some() && past.notice != before;
        self.past = Some(past);
        if is_new {
            self.time_notice();
        }
        self.read_only_effects(effects)
    }

    fn past_notice(&mut self, text: &str) {
        if let Some(past) = &mut self.past {
            past.notify(Severity::Plain, text);
            self.time_notice();
        }
    }

    /// Makes the notice about the past disappear in real time: that of the past
    /// does not pass.
    fn time_notice(&mut self) {
        if let Some(travel) = &mut self.time_travel {
            travel.notice_until = self.now.checked_add(NOTICE_TIME).ok();
        }
    }

    /// What the model of a moment may ask for.
    fn read_only_effects(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let Some(travel) = &self.time_travel else {
            return Vec::new();
        };
        let (number, time) = (travel.number(), travel.moment);
        let allowed = effects.into_iter().filter_map(|effect| match effect {
            Effect::HistoryQuery(query) => {
                let (number, time) = match query {
                    HistoryQuery::PastRuns { .. } => (ANY_MOMENT, travel.baselines()),
                    _ => (number, time),
                };
                let query = HistoryQuery::At(number, time, Box::new(query));
                Some(Effect::HistoryQuery(query))
            }
            Effect::Forecast(_) | Effect::Compare(_) => {
                Some(Effect::OfMoment(number, Box::new(effect)))
            }
            Effect::Quit
            | Effect::Suspend
            | Effect::Copy(_)
            | Effect::OpenUrl(_)
            | Effect::WriteFile(..) => Some(effect),
            _ => None,
        });
        allowed.collect()
    }

    /// Says that nothing can be changed here.
    pub(in crate::app::update) fn notify_read_only(&mut self) {
        let text = "read-only: this is a replay of recorded history";
        self.notify(Severity::Warning, text);
    }

    /// Whether the key that closes things has something to close.
    fn has_something_open(&self) -> bool {
        self.detail.open || self.matrix || self.jobs.selection().marked_count() > 0
    }
}

fn time_motion(key: KeyEvent) -> Option<TimeMotion> {
    let minutes = |minutes| Some(TimeMotion::By(SignedDuration::from_mins(minutes)));
    let failures = key.code == KeyCode::Char('n') || key.code == KeyCode::Char('N');
    match (key.code, key.modifiers) {
        (KeyCode::Left, KeyModifiers::CONTROL) | (KeyCode::Char('<'), _) => minutes(-10),
        (KeyCode::Right, KeyModifiers::CONTROL) | (KeyCode::Char('>'), _) => minutes(10),
        (KeyCode::Left, KeyModifiers::SHIFT) | (KeyCode::Char(','), _) => minutes(-1),
        (KeyCode::Right, KeyModifiers::SHIFT) | (KeyCode::Char('.'), _) => minutes(1),
        (KeyCode::Left | KeyCode::Char('N'), _) => Some(TimeMotion::Previous { failures }),
        (KeyCode::Right | KeyCode::Char('n'), _) => Some(TimeMotion::Next { failures }),
        (KeyCode::Home, _) => Some(TimeMotion::Begin),
        (KeyCode::End, _) => Some(TimeMotion::End),
        _ => None,
    }
}

impl Model {
    /// Replays the record between two times instead of watching.
    pub fn replay(&mut self, from: Option<Timestamp>, to: Option<Timestamp>, speed: Option<f64>) {
        let mut travel = TimeTravel::replay(self.now, (from, to), speed.unwrap_or(1.0));
        if speed.is_some() {
            travel.play_when_read();
        }
        self.time_travel = Some(travel);
    }

    /// The effects that start a replay; `None` of a model that watches.
    pub(in crate::app::update) fn start_replay(&self) -> Option<Vec<Effect>> {
        let travel = self
            .time_travel
            .as_ref()
            .filter(|travel| travel.is_replay)?;
        let query = HistoryQuery::Moment(travel.first_query());
        Some(vec![Effect::HistoryQuery(query)])
    }
}
