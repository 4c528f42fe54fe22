//! Writes the report that the dashboard requests. It is made where the history
//! is read, so that the screen does not wait for it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::past_runs::PastRuns;
use super::super::poll_once::PollResult;
use super::super::watchlist::Watchlist;
use super::PolledRollout;
use crate::app::{Message, ReportRequest, ReportedJob, ReportedState, Severity};
use crate::history::Store;
use crate::report::ReportFormat;
use crate::watch::JobId;

/// Writes a report, never over an existing file. Returns the notice of where it
/// is, or why it is not written.
pub(crate) fn write(request: ReportRequest, store: Option<&Store>) -> Message {
    let file = request.file.clone();
    match create(request, store) {
        Ok(path) => Message::Notice(
            Severity::Plain,
            format!("report written to {}", path.display()),
        ),
        Err(error) => Message::Notice(Severity::Bad, format!("{file}: {error}")),
    }
}

fn create(request: ReportRequest, store: Option<&Store>) -> io::Result<PathBuf> {
    let path = std::path::absolute(&request.file)?;
    let format = ReportFormat::of_file(Path::new(&request.file)).unwrap_or(ReportFormat::Html);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    file.write_all(text(request, store, format)?.as_bytes())?;
    Ok(path)
}

fn text(
    request: ReportRequest,
    store: Option<&Store>,
    format: ReportFormat,
) -> serde_json::Result<String> {
    let ReportRequest {
        follow,
        environment,
        env_id,
        jobs,
        now,
        ..
    } = request;
    let follow = follow.clone().with_environment(follow.environment.0);
    let tenants = jobs.iter().map(|job| job.tenant.clone());
    let list = Watchlist::of_tenants(&follow, (&environment, &env_id), tenants);
    let results: BTreeMap<JobId, PollResult> = (0..)
        .map(JobId)
        .zip(jobs)
        .map(|(id, job)| (id, result(job)))
        .collect();
    let past = PastRuns::new(store, |problem| tracing::warn!(problem, "report"));
    let rollout = PolledRollout {
        follow: &follow,
        environment: environment.as_str(),
        env_id: &env_id,
        list: &list,
        results: &results,
        past: &past,
        now,
    };
    rollout.report(rollout.problems()).written(format)
}

fn result(job: ReportedJob) -> PollResult {
    match job.state {
        ReportedState::Run(address, job, polled) => PollResult::Run(address, job, polled),
        ReportedState::NotStarted => PollResult::NotStarted,
        ReportedState::Undetermined(error) => PollResult::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::config::{self, Overrides};
    use crate::hotglue::{Job, JobAddress, JobRoot, TenantId};
    use crate::watch::EnvironmentId;

    fn request(file: &str) -> ReportRequest {
        let source = r#"
            [environments.dev]
            env_id = "dev.x.xyz"
            [[follow]]
            name = "invoices"
            flow = "f1"
            tenants = ["acme", "globex", "initech"]
            since = 2026-11-24T09:00:00Z
            gate = ["failed<=2%"]
        "#;
        let config = config::parse(source, Path::new("test"), &Overrides::default()).unwrap();
        let follow = config.follows[0].clone();
        let job = |tenant: &str, status: &str| {
            let body = format!(
                r#"{{"status":"{status}","start_time":"2026-11-24T09:00:10Z",
                    "last_updated":"2026-11-24T09:05:00Z"}}"#
            );
            let address = JobAddress {
                flow: follow.flow.clone(),
                tenant: TenantId::parse(tenant).unwrap(),
                job_root: JobRoot::parse(&format!("{tenant}/flows/f1/jobs/1")).unwrap(),
            };
            let polled = "2026-11-24T09:06:00Z".parse().unwrap();
            let job = Arc::new(Job::decode(&body).unwrap());
            ReportedState::Run(Arc::new(address), job, polled)
        };
        let jobs = [
            ("acme", job("acme", "JOB_COMPLETED")),
            ("globex", job("globex", "ETL_FAILED")),
            ("initech", ReportedState::NotStarted),
        ];
        ReportRequest {
            file: file.to_owned(),
            environment: config.environments[0].name.clone(),
            env_id: config.environments[0].env_id.clone(),
            jobs: jobs
                .map(|(tenant, state)| ReportedJob {
                    tenant: TenantId::parse(tenant).unwrap(),
                    state,
                })
                .into(),
            follow: follow.with_environment(EnvironmentId(0)),
            now: "2026-11-24T09:10:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn report_of_the_dashboard_is_written_once_in_the_format_of_its_extension() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_memory().unwrap();
        for (name, store) in [
            ("a.html", Some(&store)),
            ("b.json", Some(&store)),
            ("c.json", None),
        ] {
            let path = folder.path().join(name);
            let file = path.to_str().unwrap();
            let Message::Notice(Severity::Plain, notice) = write(request(file), store) else {
                panic!("{name} is not written");
            };
            assert_eq!(notice, format!("report written to {file}"));
            let Message::Notice(Severity::Bad, notice) = write(request(file), store) else {
                panic!("{name} is written twice");
            };
            assert!(notice.contains("exists"), "{notice}");
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("a.html").starts_with("<!DOCTYPE html>"));
        let report: serde_json::Value = serde_json::from_str(&read("b.json")).unwrap();
        assert_eq!(report["rollout"]["expected"], 3);
        assert_eq!(report["rollout"]["not_started"], 1);
        assert_eq!(report["rollout"]["failed"], 1);
        assert_eq!(report["conclusion"]["result"], "hold");
        assert_eq!(read("b.json"), read("c.json"));
    }
}
