//! Tables of the config file: made from jobs and followed flows, and matched
//! with them. Values that the file implies, such as the only environment's
//! name, are left out.

use jiff::Timestamp;
use toml_edit::{Array, Datetime, Item, Table, value};

use super::change::{FollowEntry, JobEntry, JobEntryId};
use crate::config::Condition;
use crate::hotglue::{JobRoot, TenantId, Text};

/// What identifies the job of a table; `None` for one that is not valid.
/// `only` is the name of the file's only environment.
pub(super) fn job_id(table: &Table, only: Option<&str>) -> Option<JobEntryId> {
    let job_root = table.get("job_root")?.as_str()?;
    Some(JobEntryId {
        environment: environment_of(table, only)?.to_owned(),
        job_root: JobRoot::parse(job_root).ok()?,
    })
}

/// Whether a table is that of a followed flow.
pub(super) fn is_follow(table: &Table, entry: &FollowEntry, only: Option<&str>) -> bool {
    let flow = table.get("flow").and_then(Item::as_str);
    let name = table.get("name").and_then(Item::as_str).or(flow);
    environment_of(table, only) == Some(&entry.environment)
        && flow.map(str::trim) == Some(entry.flow.as_str())
        && name == Some(entry.name.as_str())
}

fn environment_of<'a>(table: &'a Table, only: Option<&'a str>) -> Option<&'a str> {
    table.get("environment").and_then(Item::as_str).or(only)
}

/// A new table for a followed flow.
pub(super) fn follow_table(follow: &FollowEntry, only: Option<&str>) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    if follow.name.as_str() != follow.flow.as_str() {
        table["name"] = value(follow.name.as_str());
    }
    if only != Some(&follow.environment) {
        table["environment"] = value(follow.environment.as_str());
    }
    table["flow"] = value(follow.flow.as_str());
    table["tenants"] = match &follow.tenants {
        None => value("*"),
        Some(tenants) => value(tenants.iter().map(TenantId::as_str).collect::<Array>()),
    };
    set_start(&mut table, follow.since);
    if !follow.gate.is_empty() {
        let conditions = follow.gate.iter().map(Condition::to_string);
        table["gate"] = value(conditions.collect::<Array>());
    }
    table
}

/// Sets the start of a rollout, or removes it.
pub(super) fn set_start(table: &mut Table, since: Option<Timestamp>) {
    match since.and_then(|since| since.to_string().parse::<Datetime>().ok()) {
        Some(since) => set(table, "since", value(since)),
        None => drop(table.remove("since")),
    }
}

/// A new table for a job.
pub(super) fn job_table(job: &JobEntry, only: Option<&str>) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    if job.name.as_str() != job.address.job_root.job_id() {
        table["name"] = value(job.name.as_str());
    }
    if only != Some(&job.environment) {
        table["environment"] = value(job.environment.as_str());
    }
    table["job_root"] = value(job.address.job_root.as_str());
    let parts = job.address.job_root.parts();
    let parts = parts.as_ref();
    if parts.is_none_or(|parts| parts.tenant != job.address.tenant) {
        table["tenant"] = value(job.address.tenant.as_str());
    }
    if parts.is_none_or(|parts| parts.flow != job.address.flow) {
        table["flow"] = value(job.address.flow.as_str());
    }
    set_interval_and_tags(&mut table, job);
    table
}

/// Sets what a user can change of a job.
pub(super) fn edit_table(table: &mut Table, job: &JobEntry) {
    if job.name.as_str() == job.address.job_root.job_id() {
        table.remove("name");
    } else {
        set(table, "name", value(job.name.as_str()));
    }
    set_interval_and_tags(table, job);
}

fn set_interval_and_tags(table: &mut Table, job: &JobEntry) {
    match job.poll_interval {
        Some(interval) => {
            let seconds = format!("{}s", interval.as_secs());
            set(table, "poll_interval", value(seconds));
        }
        None => drop(table.remove("poll_interval")),
    }
    if job.tags.is_empty() {
        table.remove("tags");
    } else {
        let tags: Array = job.tags.iter().map(Text::as_str).collect();
        set(table, "tags", value(tags));
    }
}

/// Sets a value and keeps the white space and the comment around the old one.
pub(super) fn set(table: &mut Table, key: &str, mut item: Item) {
    if let (Some(new), Some(old)) = (item.as_value_mut(), table.get(key).and_then(Item::as_value)) {
        *new.decor_mut() = old.decor().clone();
    }
    table[key] = item;
}
