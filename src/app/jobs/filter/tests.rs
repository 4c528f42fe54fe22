use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::app::jobs::tests::{now, row};
use crate::hotglue::{Job, Stage, Text};
use crate::rollout::{Anomaly, RowsAnomaly};
use crate::watch::Snapshot;

fn clock() -> FilterClock {
    FilterClock {
        now: now(),
        zone: TimeZone::UTC,
    }
}

fn parse(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, &clock(), Typing::Finished)
}

fn failed_row() -> Row {
    let mut row = row(0, "acme nightly", "ETL_FAILED");
    row.tags = vec![Text::new("rollout")];
    row
}

fn admits(filter: &str) -> bool {
    parse(filter).unwrap().admits(&failed_row(), now())
}

/// A row with this answer of the service.
fn answered(body: &str) -> Row {
    let mut row = failed_row();
    row.snapshot.job = Some(Arc::new(Job::decode(body).unwrap()));
    row
}

#[test]
fn row_is_admitted_by_words_and_terms_that_all_match() {
    for yes in [
        "",
        "acme",
        "ACME",
        "acm",
        "acngt",
        "etl_f",
        "status:failed",
        "status:ETL",
        "status:running,failed",
        "tenant:acme",
        "tag:rollout",
        "-status:completed",
        "acme status:failed",
        "env:dev",
        "Environment:dev",
        "state:failed",
        "!globex",
        "name:\"acme night\"",
        "status:",
        "-",
        "!",
    ] {
        assert!(admits(yes), "{yes}");
    }
    for no in [
        "globex",
        "status:completed",
        "tenant:globex",
        "-acme",
        "acme status:running",
        "tag:other",
        "-status:failed",
        "aeltgy",
    ] {
        assert!(!admits(no), "{no}");
    }
}

#[test]
fn or_not_and_parentheses_combine_terms() {
    for yes in [
        "globex or acme",
        "globex OR status:failed",
        "not globex",
        "not not acme",
        "not (globex or initech)",
        "-(globex)",
        "acme (status:failed or status:running)",
        "acme and status:failed",
        "globex status:failed or acme status:failed",
        "(tag:rollout)",
        "not tenant:globex status:failed",
        "tenant=acme",
        "tenant=ACME",
        "\"acme\"",
    ] {
        assert!(admits(yes), "{yes}");
    }
    for no in [
        "not acme",
        "not (acme or globex)",
        "globex or initech",
        // "and" binds tighter than "or".
        "globex status:failed or initech",
        "(globex or acme) status:running",
        "tenant=acm",
        // In quotes, an operator is a word.
        "\"or\"",
        "\"status:failed\"",
    ] {
        assert!(!admits(no), "{no}");
    }
}

#[test]
fn parentheses_inside_of_a_word_belong_to_it() {
    let row = answered(r#"{"status":"ETL_FAILED","message":"call f(x) failed"}"#);
    for yes in ["f(x)", "(f(x) or globex)", "message:f(x)", "(message:f(x))"] {
        assert!(parse(yes).unwrap().admits(&row, now()), "{yes}");
    }
}

#[test]
fn every_field_is_searched_for_its_value() {
    let row = answered(
        r#"{"status":"ETL_FAILED","tap":"shopify","target":"intacct","message":"disk full"}"#,
    );
    let values = [
        "failed",
        "acme",
        "l8odS2mce",
        "rollout",
        "dev",
        "shopify",
        "intacct",
        "nightly",
        "disk",
    ];
    assert_eq!(Field::all().count(), values.len());
    for (field, value) in Field::all().map(Field::name).zip(values) {
        let admits = |filter: &str| parse(filter).unwrap().admits(&row, now());
        assert!(admits(&format!("{field}:{value}")), "{field}");
        assert!(!admits(&format!("{field}:other")), "{field}");
        assert!(!admits(&format!("not {field}:{value}")), "{field}");
    }
}

#[test]
fn whole_message_and_anomalies_are_searched() {
    let message = "Traceback\\n  File etl.py, line 3, in load_orders\\nKeyError: 'sku'";
    let mut row = answered(&format!(
        r#"{{"status":"ETL_FAILED","message":"{message}"}}"#
    ));
    let admits = |row: &Row, filter: &str| parse(filter).unwrap().admits(row, now());
    for yes in [
        "KeyError",
        "load_orders",
        "message:load_orders",
        "\"in load\"",
    ] {
        assert!(admits(&row, yes), "{yes}");
    }
    assert!(!admits(&row, "slow") && !admits(&row, "status:slow"));
    row.anomaly = Some(Anomaly::Slow {
        stage: Some(Stage::Sync),
        duration: SignedDuration::from_secs(90),
        p95: SignedDuration::from_secs(1),
    });
    assert!(admits(&row, "slow") && admits(&row, "status:slow"));
    assert!(!admits(&row, "status:silent"));
    row.anomaly = None;
    row.rows_anomaly = Some(Box::new(RowsAnomaly {
        stream: None,
        value: 0,
        baseline: Some(8_100),
        all_failed: None,
    }));
    assert!(admits(&row, "status:rows") && !admits(&row, "status:slow"));
    row.snapshot = Snapshot::default();
    assert!(admits(&row, "status:pending"));
}

#[test]
fn durations_and_times_are_compared() {
    // Ran for 20 minutes, ended 30 minutes ago, at 11:30.
    let row = answered(
        r#"{"status":"JOB_COMPLETED","start_time":"2026-11-23T11:10:00Z",
            "last_updated":"2026-11-23T11:30:00Z"}"#,
    );
    let admits = |filter: &str| parse(filter).unwrap().admits(&row, now());
    for yes in [
        "elapsed>10m",
        "elapsed>=20m",
        "elapsed<=20m",
        "elapsed<1h",
        "elapsed=20m",
        "elapsed<1h30m",
        "ELAPSED>19m59s",
        "updated>5m",
        "updated<31m",
        "updated=30m",
        "finished>09:30",
        "finished>9:30",
        "finished=11:30",
        "finished<11:31:00",
        "finished>2026-11-23",
        "finished=2026-11-23",
        "finished>=2026-11-23T11:30:00Z",
        "started<11:30",
        "started<2d",
        // Later today is yesterday's.
        "finished>23:00",
        "-elapsed>1h",
        "not elapsed>1h",
    ] {
        assert!(admits(yes), "{yes}");
    }
    for no in [
        "elapsed>20m",
        "elapsed<20m",
        "elapsed=19m",
        "elapsed=10m",
        "updated<5m",
        "finished>11:30",
        "finished<11:30",
        "finished>2026-11-24",
        "started>11:10:00",
    ] {
        assert!(!admits(no), "{no}");
    }
    let running = answered(r#"{"status":"SYNC_STARTED","start_time":"2026-11-23T11:10:00Z"}"#);
    let admits = |filter: &str| parse(filter).unwrap().admits(&running, now());
    assert!(admits("elapsed=50m"));
    // What a row does not have compares with nothing.
    assert!(!admits("finished>1m") && !admits("finished<1m") && !admits("updated<5m"));
}

#[test]
fn rows_are_compared_where_the_service_counts_them() {
    let counted = |rows: u64| {
        let body = format!(r#"{{"status":"JOB_COMPLETED","metrics":{{"processed_rows":{rows}}}}}"#);
        answered(&body)
    };
    let admits = |row: &Row, filter: &str| parse(filter).unwrap().admits(row, now());
    assert!(admits(&counted(0), "rows=0") && !admits(&counted(1), "rows=0"));
    assert!(admits(&counted(10_000), "rows>=10k") && !admits(&counted(9_999), "rows>=10k"));
    assert!(admits(&counted(5), "rows<2M rows>4 rows<=5"));
    let unknown = answered(r#"{"status":"JOB_COMPLETED"}"#);
    assert!(!admits(&unknown, "rows=0") && !admits(&unknown, "rows>0"));
    assert!(parse("rows=k").is_err() && parse("rows=10m30s").is_err());
}

#[test]
fn clock_times_are_those_of_the_time_zone() {
    let clock = FilterClock {
        now: now(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
    };
    let row = answered(
        r#"{"status":"JOB_COMPLETED","start_time":"2026-11-23T11:10:00Z",
            "last_updated":"2026-11-23T11:30:00Z"}"#,
    );
    let admits = |text: &str| {
        let filter = Filter::parse(text, &clock, Typing::Finished);
        filter.unwrap().admits(&row, now())
    };
    assert!(admits("finished=12:30") && !admits("finished=11:30"));
}

#[test]
fn mistakes_are_reported_at_their_place() {
    let cases = [
        ("elapsed>ten", 8, "elapsed needs a duration such as 45s"),
        ("acme elapsed>10", 13, "elapsed needs a duration"),
        ("elapsed>", 8, "elapsed needs a duration"),
        ("elapsed:10m", 7, "elapsed is compared with <"),
        ("tenant<acme", 6, "tenant is text"),
        (
            "elapsd>10m",
            0,
            "unknown field \"elapsd\" (did you mean \"elapsed\"?)",
        ),
        ("acme or", 7, "\"or\" needs a condition after it"),
        ("or acme", 0, "\"or\" needs a condition before it"),
        ("not", 3, "\"not\" needs a condition after it"),
        ("acme (b", 5, "this parenthesis is not closed"),
        (
            "finished>25:00",
            9,
            "finished needs a duration such as 10m, or a time",
        ),
    ];
    for (text, at, message) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.starts_with(message), "{text}: {error}");
    }
    // Without an open parenthesis, a closing one is a letter.
    assert!(parse("(a) ) b)").is_ok());
}

#[test]
fn incomplete_text_is_no_mistake_while_it_is_typed() {
    let texts = [
        "elapsed>10m or status:failed",
        "not (acme or tenant:acme,x) finished>09:30",
        "-(a) updated<=1h30m",
    ];
    for text in texts {
        for end in 0..=text.len() {
            let part = &text[..end];
            let parsed = Filter::parse(part, &clock(), Typing::InProgress);
            assert!(parsed.is_ok(), "{part}: {parsed:?}");
        }
    }
    // A mistake that no further letter repairs is one.
    let parsed = Filter::parse("elapsed>x", &clock(), Typing::InProgress);
    assert!(parsed.is_err());
}

#[test]
fn next_change_is_when_an_age_crosses_its_limit() {
    let row = answered(r#"{"status":"SYNC_STARTED","start_time":"2026-11-23T11:58:00Z"}"#);
    for (text, seconds) in [
        ("elapsed>3m", Some(61)),
        ("elapsed>=3m", Some(60)),
        ("elapsed<3m or elapsed>1h", Some(60)),
        ("elapsed=2m", Some(60)),
        ("elapsed=3m", Some(60)),
        ("elapsed>1m", None),
        ("started>11:00", None),
        ("acme", None),
    ] {
        let mut filter = parse(text).unwrap();
        let change = filter.next_change(&row, now());
        let wanted = seconds.map(|seconds| now() + SignedDuration::from_secs(seconds));
        assert_eq!(change, wanted, "{text}");
        if let Some(change) = change {
            let before = change - SignedDuration::from_nanos(1);
            let is_admitted = filter.admits(&row, now());
            assert_eq!(filter.admits(&row, before), is_admitted, "{text}");
            assert_ne!(filter.admits(&row, change), is_admitted, "{text}");
        }
    }
}

#[test]
fn fields_and_values_are_completed() {
    let mut spaced = row(1, "globex weekly", "JOB_COMPLETED");
    spaced.tags = vec![Text::new("two words")];
    let rows = [failed_row(), spaced];
    let complete = |text: &str| {
        let Candidates { start, texts } = candidates(text, rows.iter());
        texts
            .into_iter()
            .map(|chosen| format!("{}{chosen}", &text[..start]))
            .collect::<Vec<_>>()
    };
    assert_eq!(complete("st"), ["status:", "started>"]);
    assert_eq!(complete("acme -ten"), ["acme -tenant:"]);
    assert_eq!(complete("(ela"), ["(elapsed>"]);
    assert_eq!(complete("tenant:"), ["tenant:acme", "tenant:globex"]);
    assert_eq!(complete("tenant:acme,g"), ["tenant:acme,globex"]);
    assert_eq!(complete("TENANT=G"), ["TENANT=globex"]);
    assert_eq!(complete("status:sl"), ["status:slow"]);
    assert_eq!(complete("tag:"), ["tag:rollout", "tag:\"two words\""]);
    assert_eq!(complete("tag:\"two w"), ["tag:\"two words\""]);
    assert!(complete("message:").is_empty());
    assert!(complete("tenant:nobody").is_empty());
    for text in complete("status:").iter().chain(&complete("tag:")) {
        assert!(parse(text).is_ok(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_filter_or_has_a_mistake_in_it(text in "[-!()\" a-z:<>=0-9ä,]{0,40}|\\PC{0,40}") {
        for typing in [Typing::InProgress, Typing::Finished] {
            match Filter::parse(&text, &clock(), typing) {
                Ok(mut filter) => drop(filter.admits(&failed_row(), now())),
                Err(error) => proptest::prop_assert!(text.is_char_boundary(error.at)),
            }
        }
        let Candidates { start, .. } = candidates(&text, std::iter::once(&failed_row()));
        proptest::prop_assert!(text.is_char_boundary(start));
    }
}
