//! When the picture changes: by time alone, so that nothing wakes up before,
//! and by news, so that polls without any draw nothing.

use jiff::Timestamp;

use crate::app::jobs::CHANGED_FOR;
use crate::app::layout::{MIN_HEIGHT, MIN_WIDTH};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::watch::Batch;

/// Whether a message may change the picture. Answers that say what is known
/// already do not: what they change of a job's polling shows with the next
/// second of the clock.
pub fn changes_screen(model: &Model, message: &Message) -> bool {
    let Message::Watched(batch) = message else {
        return true;
    };
    let Batch {
        snapshots,
        transitions,
        environment_statuses,
        earlier_jobs,
        discoveries,
    } = batch;
    let is_known = transitions.is_empty()
        && environment_statuses.is_empty()
        && earlier_jobs.is_empty()
        && discoveries.is_empty()
        && snapshots.iter().all(|(key, snapshot)| {
            model.jobs.get(*key).is_some_and(|row| {
                let shown = &row.snapshot;
                shown.job == snapshot.job
                    && shown.health.failure_streak == snapshot.health.failure_streak
                    && shown.health.last_success.is_some() == snapshot.health.last_success.is_some()
            })
        });
    !is_known
}

/// The next moment at which something on the screen reads differently though
/// nothing happened: the clock, an age, a notice that goes away. `None` while
/// the picture stands still.
pub fn next_change(model: &Model) -> Option<Timestamp> {
    let now = model.now;
    let notice = model.notice.as_ref().map(|notice| notice.until);
    let end_of_paste = model.paste_burst.deadline();
    if model.freeze.is_some() || model.size.width < MIN_WIDTH || model.size.height < MIN_HEIGHT {
        return [notice, end_of_paste].into_iter().flatten().min();
    }
    // The header's clock shows seconds, and so do all ages that are younger
    // than a minute: none of them changes before the clock does, but for
    // marks that go out in between.
    let tick = Timestamp::from_second(now.as_second() + 1).ok();
    let marks = model
        .jobs
        .windowed()
        .filter_map(|row| row.changed?.checked_add(CHANGED_FOR).ok())
        .filter(|end| *end > now)
        .min();
    let alarm = model.forecast.next_check().map(|at| at.max(now));
    [
        notice,
        end_of_paste,
        tick,
        marks,
        alarm,
        model.alerts.next(),
    ]
    .into_iter()
    .flatten()
    .min()
}
