//! Changes of the file: nothing else of it may change.

use super::*;
use crate::config::{Overrides, parse};
use crate::hotglue::{JobAddress, Text};

const FILE: &str = "# mine
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

fn entry(root: &str) -> JobEntry {
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

fn id(root: &str) -> JobEntryId {
    JobEntryId {
        environment: "dev".to_owned(),
        job_root: JobRoot::parse(root).unwrap(),
    }
}

fn change(source: &str, change: &Change) -> String {
    let (text, _) = edited(source, change).unwrap();
    parse(&text, Path::new("x"), &Overrides::default()).unwrap();
    text
}

/// The lines that are only in the one or the other.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (mut before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let mut changed = Vec::new();
    for line in after {
        match before.iter().position(|each| *each == line) {
            Some(at) => drop(before.remove(at)),
            None => changed.push(format!("+{line}")),
        }
    }
    changed.extend(before.iter().map(|line| format!("-{line}")));
    changed
}

#[test]
fn an_added_job_is_the_only_difference() {
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
fn a_large_file_gains_only_the_new_lines() {
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
fn removed_jobs_come_back_where_they_were() {
    let (after, saved) = edited(FILE, &Change::Remove(vec![id("a/flows/f/jobs/1")])).unwrap();
    assert_eq!(saved.count, 1);
    assert!(
        !after.contains("jobs/1") && after.contains("# the end of two"),
        "{after}"
    );
    assert_eq!(change(&after, &Change::Restore(saved.cut_out)), FILE);
    let all = Change::Remove(vec![id("a/flows/f/jobs/1"), id("b/flows/f/jobs/2")]);
    let (after, saved) = edited(FILE, &all).unwrap();
    assert!(!after.contains("[[jobs]]"));
    let restored = change(&after, &Change::Restore(saved.cut_out));
    assert_eq!(
        parse(&restored, Path::new("x"), &Overrides::default())
            .unwrap()
            .jobs
            .len(),
        2
    );
}

#[test]
fn an_edit_keeps_the_comments() {
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

#[test]
fn line_ends_marks_and_inline_lists_survive() {
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
    assert!(edited("broken = ", &Change::Add(vec![entry("c/flows/f/jobs/3")])).is_err());
}

#[cfg(unix)]
#[test]
fn links_and_modes_are_kept_and_a_failure_changes_nothing() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (
        folder.path().join("real.toml"),
        folder.path().join("link.toml"),
    );
    fs::write(&real, FILE).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    save(&link, &Change::Add(vec![entry("c/flows/f/jobs/3")])).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("jobs/3"));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
    fs::write(&real, "broken = ").unwrap();
    let error = save(&link, &Change::Add(vec![entry("d/flows/f/jobs/4")])).unwrap_err();
    assert!(error.to_string().contains("not saved"), "{error}");
    assert_eq!(fs::read_to_string(&real).unwrap(), "broken = ");
}

#[test]
fn two_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, FILE).unwrap();
    std::thread::scope(|scope| {
        for writer in ["x", "y"] {
            let path = &path;
            scope.spawn(move || {
                for number in 0..50 {
                    let root = format!("{writer}/flows/f/jobs/{writer}{number}");
                    save(path, &Change::Add(vec![entry(&root)])).unwrap();
                }
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    let config = parse(&text, &path, &Overrides::default()).unwrap();
    assert_eq!(config.jobs.len(), 102);
    assert!(text.contains("# keys of mine") && text.contains("# the end of two"));
}
