//! When the screen changes: at which times without a message, and which
//! messages change nothing on it.

use jiff::Timestamp;

use crate::app::jobs::CHANGED_FOR;
use crate::app::layout::{MIN_HEIGHT, MIN_WIDTH};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::watch::Batch;

/// Whether a message may change the screen. Polls that confirm what is known
/// do not: the age of the last poll is drawn with the next tick of the clock.
pub(crate) fn changes_screen(model: &Model, message: &Message) -> bool {
    if model.time_travel.is_some() {
        return !matches!(message, Message::Watched(_) | Message::Forecast(_));
    }
    let batch = match message {
        Message::Watched(batch) => batch,
        Message::Forecast(answer) => return model.forecast.changes_text(answer, model.now),
        _ => return true,
    };
    let Batch {
        snapshots,
        transitions,
        environment_statuses,
        earlier_jobs,
        listed,
        discoveries,
    } = batch;
    let is_known = transitions.is_empty()
        && environment_statuses.is_empty()
        && earlier_jobs.is_empty()
        && listed.is_empty()
        && discoveries.is_empty()
        && snapshots.iter().all(|(id, snapshot)| {
            let row = model.jobs.get(*id);
            row.is_some_and(|row| snapshot.confirms(&row.snapshot))
        });
    !is_known
}

/// The next time at which the screen changes without a message: with the
/// clock, when a highlight or a notice disappears, when the ETA is computed again
/// or its text changes, when a paste ends, or when a notification is due. `None`
/// while nothing changes.
pub fn next_change(model: &Model) -> Option<Timestamp> {
    let now = model.now;
    if let Some(travel) = model
        .time_travel
        .as_ref()
        .filter(|_| model.shown().is_past())
    {
        // The live model, which is not shown, only does what is due.
        let due = model.forecast.due().map(|due| due.max(now));
        return [travel.next_change(now), due, model.alerts.next()]
            .into_iter()
            .flatten()
            .min();
    }
    let notice = model.notice.as_ref().map(|notice| notice.until);
    let end_of_paste = model.paste_burst.deadline();
    let notification = model.alerts.next();
    if model.freeze.is_some() || model.size.width < MIN_WIDTH || model.size.height < MIN_HEIGHT {
        let due = [notice, end_of_paste, notification];
        return due.into_iter().flatten().min();
    }
    // The clock shows seconds. Ages change with it, highlights do not.
    let tick = Timestamp::from_second(now.as_second() + 1).ok();
    let highlight = model
        .jobs
        .windowed()
        .filter_map(|row| row.changed?.checked_add(CHANGED_FOR).ok())
        .filter(|end| *end > now)
        .min();
    [
        notice,
        end_of_paste,
        tick,
        highlight,
        model.jobs.table().next_deadline(),
        model.forecast.due().map(|due| due.max(now)),
        model.forecast.label_changes_at(now),
        notification,
    ]
    .into_iter()
    .flatten()
    .min()
}
