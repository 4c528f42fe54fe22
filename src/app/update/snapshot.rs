//! A snapshot of the table: the marked rows, or else all that are shown, as
//! text, Markdown or JSON.

use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::SnapshotFormat;
use crate::hotglue::Text;
use crate::report::{JobIdentity, Polled, json, status_table};

/// Copies the snapshot to the clipboard, or writes it to a file.
pub(super) fn take(model: &mut Model, format: SnapshotFormat, to_file: bool) -> Vec<Effect> {
    let rows: Vec<&Row> = if model.jobs.selection().marked_count() > 0 {
        let marked = model.jobs.targets().into_iter();
        marked.filter_map(|job| model.jobs.get(job)).collect()
    } else {
        model.jobs.shown().collect()
    };
    let records: Vec<Polled> = rows.iter().map(|row| record(model, row)).collect();
    let (text, extension) = match format {
        SnapshotFormat::Markdown => (status_table(&records).markdown(), "md"),
        SnapshotFormat::Text => (status_table(&records).laid_out(None, false), "txt"),
        SnapshotFormat::Json => match json("jobs", &records) {
            Ok(text) => (text, "json"),
            Err(error) => {
                model.notify(Severity::Bad, error.to_string());
                return Vec::new();
            }
        },
    };
    if to_file {
        let time = model.now.to_zoned_datetime(model.zone.clone());
        let name = format!("hgtop-{}.{extension}", time.strftime("%Y%m%d-%H%M%S"));
        return vec![Effect::WriteFile(name, text)];
    }
    let notice = match records.len() {
        1 => "1 job copied".to_owned(),
        count => format!("{count} jobs copied"),
    };
    model.notify(Severity::Plain, notice);
    vec![Effect::Copy(text)]
}

/// A row in the form that `hgtop status` prints.
fn record(model: &Model, row: &Row) -> Polled {
    let env_id = model
        .environments
        .get(row.environment)
        .map_or_else(String::new, |entry| entry.env_id().to_string());
    let listed = JobIdentity {
        name: row.name.to_string(),
        names: Vec::new(),
        environment: row.environment_name.to_string(),
        env_id,
        tenant: row.tenant().to_owned(),
        flow: row.flow().to_owned(),
        job_root: row.address().map(|address| address.job_root.to_string()),
        tags: row.tags.iter().map(Text::to_string).collect(),
    };
    let streak = row.snapshot.health.failure_streak.as_ref();
    let error = streak.map(|streak| streak.error.to_string());
    Polled::new(listed, row.job(), error, model.now)
}
