//! Tables with a header.

use super::*;

#[test]
fn rows_are_read_with_their_lines() {
    let csv = "name,job_root,environment\n# a note\nnightly,acme/flows/f/jobs/1,dev\n\"with, comma\",b/flows/f/jobs/2,\n,,\nempty,,dev\n\n# more\nlast,c/flows/f/jobs/3,dev\n";
    let found = read_references(csv);
    let lines: Vec<_> = found.iter().map(|read| read.line).collect();
    assert_eq!(lines, [3, 4, 6, 9]);
    let first = found[0].result.clone().unwrap();
    assert_eq!(first.name.unwrap().as_str(), "nightly");
    assert_eq!(first.environment.as_deref(), Some("dev"));
    let second = found[1].result.clone().unwrap();
    assert_eq!(second.name.unwrap().as_str(), "with, comma");
    assert_eq!(found[2].result, Err(ReferenceError::RowWithoutRoot));
}

#[test]
fn a_column_may_contain_roots_of_any_form() {
    let tsv = "Job Root\tTenant\tFlow\nodd/root\tacme\tf\n";
    assert_eq!(one(tsv), ["odd/root", "acme", "f", ""]);
    let note = "job_root,tenant,flow\n(the newest),acme,f\n";
    assert_eq!(error(note), ReferenceError::Unknown);
    assert_eq!(
        error("job_root,tenant\n,acme\n"),
        ReferenceError::NotStarted
    );
}

#[test]
fn the_spreadsheet_guard_is_dropped() {
    let csv =
        "job_root;tenant;name\n'-acme/flows/f/jobs/1;'-acme;'=SUM(1)\n'quoted/flows/f/jobs/2;;\n";
    let found = read_references(csv);
    let first = found[0].result.clone().unwrap();
    assert_eq!(first.job_root.as_str(), "-acme/flows/f/jobs/1");
    assert_eq!(first.tenant.unwrap().as_str(), "-acme");
    assert_eq!(first.name.unwrap().as_str(), "=SUM(1)");
    let second = found[1].result.clone().unwrap();
    assert_eq!(second.job_root.as_str(), "'quoted/flows/f/jobs/2");
}
