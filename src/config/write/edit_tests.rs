//! Changes of the text: nothing else in it may change.

use std::path::Path;
use std::time::Duration;

use super::change::{Change, FollowEntry, JobEntry, JobEntryId};
use super::edit::apply;
use crate::config::contents::ViewEntry;
use crate::config::overrides::Overrides;
use crate::config::read::parse;
use crate::hotglue::{JobAddress, JobRoot, Text};

pub(super) const FILE: &str = "# mine
poll_interval = \"5s\" # slow

[environments.dev]
env_id = \"dev.x.xyz\" # the id

# the first
[[jobs]]
name = \"one\"   # a name
job_root = \"a/flows/f/jobs/1\"

[[jobs]]
job_root = \"b/flows/f/jobs/2\"
# the end of two

# keys of mine
[keys]
quit = \"q\"
";

pub(super) fn entry(root: &str) -> JobEntry {
    let job_root = JobRoot::parse(root).unwrap();
    let parts = job_root.parts().unwrap();
    JobEntry {
        name: Text::new(job_root.job_id()),
        environment: "dev".to_owned(),
        address: JobAddress {
            flow: parts.flow,
            tenant: parts.tenant,
            job_root,
        },
        poll_interval: None,
        tags: Vec::new(),
    }
}

pub(super) fn id(root: &str) -> JobEntryId {
    JobEntryId {
        environment: "dev".to_owned(),
        job_root: JobRoot::parse(root).unwrap(),
    }
}

fn change(source: &str, change: &Change) -> String {
    let (text, _) = apply(source, change).unwrap();
    parse(&text, Path::new("x"), &Overrides::default()).unwrap();
    text
}

/// The lines that are in only one of the texts.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (mut before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let mut changed = Vec::new();
    for line in after {
        match before.iter().position(|known| *known == line) {
            Some(index) => drop(before.remove(index)),
            None => changed.push(format!("+{line}")),
        }
    }
    changed.extend(before.iter().map(|line| format!("-{line}")));
    changed
}

#[test]
fn adding_a_job_changes_nothing_else() {
    let after = change(
        FILE,
        &Change::Add(vec![entry("c/flows/f/jobs/3"), entry("a/flows/f/jobs/1")]),
    );
    let added: Vec<_> = difference(FILE, &after)
        .into_iter()
        .filter(|line| line != "+")
        .collect();
    assert_eq!(
        added,
        ["+[[jobs]]", "+job_root = \"c/flows/f/jobs/3\""],
        "{after}"
    );
    let config = parse(&after, Path::new("x"), &Overrides::default()).unwrap();
    assert_eq!(config.jobs.len(), 3);
    assert_eq!(config.keys.len(), 1);
}

#[test]
fn adding_to_a_large_file_only_appends() {
    let mut source = FILE.to_owned();
    for number in 0..2_000 {
        source.push_str(&format!(
            "\n# note {number}\n[[jobs]]\njob_root = \"t/flows/f/jobs/n{number}\" # {number}\n"
        ));
    }
    let after = change(&source, &Change::Add(vec![entry("c/flows/f/jobs/3")]));
    assert_eq!(
        after,
        format!("{source}\n[[jobs]]\njob_root = \"c/flows/f/jobs/3\"\n")
    );
}

#[test]
fn restored_jobs_return_to_their_place() {
    let (after, saved) = apply(FILE, &Change::Remove(vec![id("a/flows/f/jobs/1")])).unwrap();
    assert_eq!(saved.count, 1);
    assert!(
        !after.contains("jobs/1") && after.contains("# the end of two"),
        "{after}"
    );
    assert_eq!(change(&after, &Change::Restore(saved.removed)), FILE);
    let all = Change::Remove(vec![id("a/flows/f/jobs/1"), id("b/flows/f/jobs/2")]);
    let (after, saved) = apply(FILE, &all).unwrap();
    assert!(!after.contains("[[jobs]]"));
    let restored = change(&after, &Change::Restore(saved.removed));
    assert_eq!(
        parse(&restored, Path::new("x"), &Overrides::default())
            .unwrap()
            .jobs
            .len(),
        2
    );
}

/// With a search of the list for each job, this takes minutes.
#[test]
fn adding_and_removing_thousands_of_jobs_takes_linear_time() {
    let start = std::time::Instant::now();
    let roots: Vec<_> = (0..10_000)
        .map(|number| format!("t/flows/f/jobs/n{number}"))
        .collect();
    let entries = roots.iter().map(|root| entry(root)).collect();
    let (added, saved) = apply(FILE, &Change::Add(entries)).unwrap();
    assert_eq!(saved.count, roots.len());
    let ids = roots.iter().step_by(3).map(|root| id(root)).collect();
    let (left, saved) = apply(&added, &Change::Remove(ids)).unwrap();
    assert_eq!(saved.count, 3_334);
    let (restored, _) = apply(&left, &Change::Restore(saved.removed)).unwrap();
    assert_eq!(restored, added);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn every_selection_of_jobs_can_be_removed_and_restored() {
    let mut source = "[environments.dev]\nenv_id = \"x\"\n".to_owned();
    for number in 0..6 {
        source.push_str(&format!(
            "\n# note {number}\n[[jobs]]\njob_root = \"t/flows/f/jobs/n{number}\" # {number}\n"
        ));
    }
    for selection in 1..1 << 6 {
        let ids: Vec<_> = (0..6)
            .filter(|number| selection >> number & 1 == 1)
            .map(|number| id(&format!("t/flows/f/jobs/n{number}")))
            .collect();
        let count = ids.len();
        let (after, saved) = apply(&source, &Change::Remove(ids)).unwrap();
        assert_eq!(saved.count, count);
        assert_eq!(after.matches("[[jobs]]").count(), 6 - count);
        let (restored, _) = apply(&after, &Change::Restore(saved.removed)).unwrap();
        assert_eq!(restored, source, "{selection:b}");
    }
}

#[test]
fn editing_a_job_keeps_its_comments() {
    let mut job = entry("a/flows/f/jobs/1");
    job.name = Text::new("uno");
    job.tags = vec![Text::new("x"), Text::new("y")];
    job.poll_interval = Some(Duration::from_secs(90));
    let after = change(FILE, &Change::Edit(id("a/flows/f/jobs/1"), job.clone()));
    assert_eq!(
        difference(FILE, &after),
        [
            "+name = \"uno\"   # a name",
            "+poll_interval = \"90s\"",
            "+tags = [\"x\", \"y\"]",
            "-name = \"one\"   # a name"
        ]
    );
    job.tags.clear();
    job.poll_interval = None;
    job.name = Text::new("one");
    assert_eq!(
        change(&after, &Change::Edit(id("a/flows/f/jobs/1"), job)),
        FILE
    );
}

const ROLLOUT: &str = "[environments.dev]
env_id = \"x\"

# wave 1
[[follow]]
name = \"invoices\"   # a name
flow = \"f1\"
tenants = [\"acme\"]
since = \"2026-11-24T10:00:00+01:00\"  # the start
gate = [\"failed<=2%\"] # strict

[[follow]]
flow = \"f2\"
tenants = \"*\"
";

pub(super) fn follow(source: &str, index: usize) -> FollowEntry {
    let config = parse(source, Path::new("x"), &Overrides::default()).unwrap();
    let follow = config.follows[index].clone();
    follow.with_environment("dev".to_owned())
}

#[test]
fn setting_a_start_changes_nothing_else() {
    let start = Some("2026-11-25T08:30:00Z".parse().unwrap());
    let after = change(ROLLOUT, &Change::SetStart(follow(ROLLOUT, 0), start));
    assert_eq!(
        difference(ROLLOUT, &after),
        [
            "+since = 2026-11-25T08:30:00Z  # the start",
            "-since = \"2026-11-24T10:00:00+01:00\"  # the start",
        ]
    );
    assert_eq!(follow(&after, 0).since, start);
    let unnamed = follow(ROLLOUT, 1);
    let after = change(ROLLOUT, &Change::SetStart(unnamed.clone(), start));
    assert_eq!(after, format!("{ROLLOUT}since = 2026-11-25T08:30:00Z\n"));
    let undone = change(&after, &Change::SetStart(unnamed, None));
    assert_eq!(undone, ROLLOUT);
}

#[test]
fn start_of_a_follow_that_is_not_in_the_file_changes_nothing() {
    let mut other = follow(ROLLOUT, 0);
    other.name = Text::new("other");
    let (after, saved) = apply(ROLLOUT, &Change::SetStart(other, None)).unwrap();
    assert_eq!((after.as_str(), saved.count), (ROLLOUT, 0));
}

#[test]
fn followed_flow_is_written_with_its_start_and_gate() {
    let entry = follow(ROLLOUT, 0);
    let empty = "[environments.dev]\nenv_id = \"x\"\n";
    let after = change(empty, &Change::Follow(entry.clone()));
    assert_eq!(
        after,
        format!(
            "{empty}\n[[follow]]\nname = \"invoices\"\nflow = \"f1\"\ntenants = [\"acme\"]\n\
             since = 2026-11-24T09:00:00Z\ngate = [\"failed<=2%\"]\n"
        )
    );
    assert_eq!(follow(&after, 0), entry);
}

#[test]
fn line_endings_byte_order_mark_and_inline_lists_are_kept() {
    let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    let after = change(&windows, &Change::Add(vec![entry("c/flows/f/jobs/3")]));
    assert!(after.starts_with('\u{feff}'));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    let inline =
        "jobs = [{ job_root = \"a/flows/f/jobs/1\" }]\n[environments.dev]\nenv_id = \"x\"\n";
    let after = change(inline, &Change::Add(vec![entry("c/flows/f/jobs/3")]));
    assert!(
        after.contains("jobs/1") && after.contains("jobs/3"),
        "{after}"
    );
    let empty = "[environments.dev]\nenv_id = \"x\"\n";
    assert_eq!(
        change(empty, &Change::Add(vec![entry("c/flows/f/jobs/3")])),
        format!("{empty}\n[[jobs]]\njob_root = \"c/flows/f/jobs/3\"\n")
    );
    assert!(apply("broken = ", &Change::Add(vec![entry("c/flows/f/jobs/3")])).is_err());
}

#[test]
fn view_is_added_edited_in_place_and_removed() {
    let view = |filter: &str, columns: Option<&[&str]>| ViewEntry {
        name: Text::new("mine"),
        filter: filter.to_owned(),
        sort: Some("-updated".to_owned()),
        group: None,
        columns: columns.map(|columns| columns.iter().map(|&name| name.to_owned()).collect()),
    };
    let added = change(FILE, &Change::SetView(view("a", Some(&["name"]))));
    let table =
        "[[views]]\nname = \"mine\"\nfilter = \"a\"\nsort = \"-updated\"\ncolumns = [\"name\"]\n";
    assert!(added.contains(table), "{added}");
    assert_eq!(
        change(&added, &Change::RemoveView(Text::new("mine"))).trim(),
        FILE.trim()
    );
    let source =
        format!("{FILE}\n# failing ones\n[[views]]\nfilter = \"x\" # why\nname = \"mine\"\n");
    let edited = change(&source, &Change::SetView(view("b", None)));
    assert!(
        edited.contains("# failing ones\n[[views]]\nfilter = \"b\" # why\n"),
        "{edited}"
    );
    assert!(edited.starts_with(FILE), "{edited}");
    assert_eq!(edited.matches("[[views]]").count(), 1);
}
