//! References in what hgtop itself prints.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use hgtop::hotglue::{Job, ReferenceError, read_references};
use hgtop::report::{JobIdentity, Polled, json, jsonl};

fn listed(tenant: &str, job_root: Option<&str>) -> JobIdentity {
    JobIdentity {
        name: format!("{tenant} invoices"),
        names: Vec::new(),
        environment: "dev".to_owned(),
        env_id: "dev.x.xyz".to_owned(),
        tenant: tenant.to_owned(),
        flow: "f".to_owned(),
        job_root: job_root.map(str::to_owned),
        tags: vec!["rollout".to_owned()],
    }
}

fn jobs() -> Vec<JobIdentity> {
    vec![
        listed("acme", Some("acme/flows/f/jobs/1")),
        listed("with space", Some("with space/flows/f/jobs/2")),
        listed("globex", None),
    ]
}

fn check(text: &str, lines: &[usize]) {
    let found = read_references(text);
    assert_eq!(found.len(), 3, "{found:?}");
    let read_lines: Vec<_> = found.iter().map(|read| read.line).collect();
    assert_eq!(read_lines, lines);
    let second = found[1].result.clone().unwrap();
    assert_eq!(second.job_root.as_str(), "with space/flows/f/jobs/2");
    assert_eq!(second.tenant.unwrap().as_str(), "with space");
    assert_eq!(second.flow.unwrap().as_str(), "f");
    assert_eq!(second.env_id.unwrap().as_str(), "dev.x.xyz");
    assert_eq!(second.environment.as_deref(), Some("dev"));
    assert_eq!(second.name.unwrap().as_str(), "with space invoices");
    assert_eq!(found[2].result, Err(ReferenceError::NotStarted));
}

#[test]
fn json_of_list_is_read_with_the_line_of_each_job() {
    check(&json("jobs", &jobs()).unwrap(), &[3, 14, 25]);
}

#[test]
fn jsonl_of_list_is_read() {
    check(&jsonl(&jobs()).unwrap(), &[1, 2, 3]);
}

#[test]
fn json_of_status_is_read() {
    let body = r#"{"status":"ETL_FAILED","message":"line 1\nline 2","job_root":"other/flows/f/jobs/9",
        "start_time":"2026-11-24T09:00:00Z","last_updated":"2026-11-24T09:05:00Z"}"#;
    let job = Job::decode(body).unwrap();
    let now = "2026-11-24T10:00:00Z".parse().unwrap();
    let polled: Vec<_> = jobs()
        .into_iter()
        .map(|listed| Polled::new(listed, Some(&job), None, now))
        .collect();
    let text = json("jobs", &polled).unwrap();
    let lines: Vec<_> = read_references(&text)
        .iter()
        .map(|read| read.line)
        .collect();
    check(&text, &lines);
    check(&jsonl(&polled).unwrap(), &[1, 2, 3]);
}

#[test]
fn csv_with_a_header_is_read() {
    let csv = "name,environment,env_id,tenant,flow,tags,job_root\r\n\
        acme invoices,dev,dev.x.xyz,acme,f,rollout,acme/flows/f/jobs/1\r\n\
        with space invoices,dev,dev.x.xyz,with space,f,rollout,with space/flows/f/jobs/2\r\n\
        globex invoices,dev,dev.x.xyz,globex,f,rollout,\r\n";
    check(csv, &[2, 3, 4]);
}

#[test]
fn json_without_jobs_is_one_error() {
    let found = read_references(r#"{"version":1,"flows":[{"id":"f"}]}"#);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].result, Err(ReferenceError::JsonWithoutRoot));
    assert_eq!(read_references(r#"{"version":1,"jobs":[]}"#), []);
}
