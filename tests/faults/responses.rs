//! Responses that are too large, malformed, unexpected, or for another job.

use std::sync::Arc;

use hgtop::hotglue::{State, TenantId, age};
use jiff::Timestamp;

use crate::pair::{Pair, address, client, expect_error};
use crate::support::bad_server::{Act, BadServer};

const TOO_LARGE: &str = "response larger than 4 MiB";

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    expect_error(|_| Act::Endless, TOO_LARGE).await;
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_off() {
    expect_error(|_| Act::GzipBomb, TOO_LARGE).await;
}

#[tokio::test]
async fn a_sign_in_page_is_recognized() {
    expect_error(
        |_| Act::body("<html><body>Please sign in</body></html>"),
        "not JSON: looks like a web page, such as a network sign-in page",
    )
    .await;
}

#[tokio::test]
async fn malformed_bodies_say_what_is_wrong() {
    for (body, error) in [
        (String::new(), "empty response"),
        ("[1, 2]".into(), "unexpected JSON: not an object"),
        ("{\"status\":null}".into(), "no status in the response"),
        ("{\"job_id\":\"x\"}".into(), "no status in the response"),
        ("[".repeat(200_000), "not JSON"),
        (
            "{\"status\": \"SYNC_".into(),
            "invalid JSON (line 1, column 17)",
        ),
    ] {
        expect_error(move |_| Act::body(&body), error).await;
    }
}

#[tokio::test]
async fn unknown_fields_and_statuses_are_shown() {
    let body = r#"{"status":"Waiting_For_Godot","new_field":[1],"status_timestamp":7}"#;
    let (mut pair, _server) = Pair::start(move |_| Act::body(body)).await;
    pair.until(|pair| pair.transitions.len() == 3).await;
    let job = pair.failing.job.as_ref().unwrap();
    assert_eq!(job.status.as_str(), "Waiting_For_Godot");
    assert_eq!(job.status.state(), State::Unknown);
    assert!(job.raw.contains("new_field"));
}

#[tokio::test]
async fn a_status_in_lower_case_is_the_known_one() {
    let (mut pair, _server) = Pair::start(|_| Act::job("etl_started")).await;
    pair.until(|pair| pair.transitions.len() == 3).await;
    let job = pair.failing.job.as_ref().unwrap();
    assert_eq!(job.status.as_str(), "ETL_STARTED");
    assert_eq!(job.status.state(), State::Running);
}

#[tokio::test]
async fn a_failed_job_that_was_retriggered_is_shown_again() {
    let statuses = ["ETL_STARTED", "ETL_FAILED"];
    let act = move |number: usize| Act::job(statuses[(number - 2).min(1)]);
    let (mut pair, _server) = Pair::start(act).await;
    pair.until(|pair| pair.transitions.iter().any(|(_, to)| to == "ETL_FAILED"))
        .await;
    let job = pair.failing.job.as_ref().unwrap();
    assert_eq!(job.status.state(), State::Failed);
}

#[tokio::test]
async fn a_response_for_another_job_is_not_used() {
    let other = r#"{"status":"JOB_COMPLETED","s3_root":"someone/flows/else/jobs/x"}"#;
    expect_error(
        move |_| Act::body(other),
        "response ignored: it is for another job (someone/flows/else/jobs/x)",
    )
    .await;
}

#[tokio::test]
async fn odd_times_never_give_a_negative_age() {
    for time in [
        "2999-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-11-23 12:00:00",
        "yesterday",
        "",
    ] {
        let body =
            format!(r#"{{"status":"ETL_STARTED","start_time":"{time}","last_updated":"{time}"}}"#);
        let (mut pair, _server) = Pair::start(move |_| Act::body(&body)).await;
        pair.until(|pair| pair.transitions.len() == 3).await;
        let updated = pair.failing.job.as_ref().unwrap().last_updated.clone();
        if let Some(updated) = updated.and_then(|moment| moment.at) {
            let age = age(updated, Timestamp::now());
            assert!(!age.starts_with('-'), "{time}: {age}");
        }
    }
}

#[tokio::test]
async fn a_message_of_a_megabyte_is_truncated() {
    let body = format!(
        r#"{{"status":"ETL_FAILED","message":"{}"}}"#,
        "a long message ".repeat(80_000)
    );
    let (mut pair, _server) = Pair::start(move |_| Act::body(&body)).await;
    pair.until(|pair| pair.transitions.iter().any(|(_, to)| to == "ETL_FAILED"))
        .await;
    let job = pair.failing.job.as_ref().unwrap();
    let message = job.message.as_ref().unwrap().as_str();
    assert!(message.len() < 65 * 1024);
    assert!(message.contains("more"), "it says how much is missing");
    assert!(job.raw.len() < 130 * 1024);
}

#[tokio::test]
async fn an_id_of_any_kind_is_one_path_segment() {
    let server = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    for tenant in ["a/b", "a%2fb", "a?b", "a#b", "a b", "ü😀", "..a", "a\\b"] {
        let mut job = Arc::new(address("acme"));
        Arc::get_mut(&mut job).unwrap().tenant = TenantId::parse(tenant).unwrap();
        client(&server.base).job_status(&job, None).await.unwrap();
        let head = server.requests.lock().unwrap().last().unwrap().clone();
        let path = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
        let segments: Vec<_> = path.split('/').skip(1).collect();
        assert_eq!(segments.len(), 5, "{path}");
        assert_eq!((segments[1], segments[4]), ("flow", "status"));
        assert_eq!(head.split(' ').nth(1).unwrap().matches('?').count(), 1);
    }
    for tenant in ["", ".", "..", "a\nb"] {
        assert!(TenantId::parse(tenant).is_err());
    }
}
