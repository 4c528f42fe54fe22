//! Single references: roots, URLs, curl commands, responses, ambiguous lines.

use proptest::prelude::*;

use super::*;

#[test]
fn a_root_is_read_in_every_form() {
    for text in [
        "acme/flows/l8odS2mce/jobs/lmaEbA",
        "  /acme/flows/l8odS2mce/jobs/lmaEbA/ ",
        "\"acme/flows/l8odS2mce/jobs/lmaEbA\",",
        "job_root=acme/flows/l8odS2mce/jobs/lmaEbA",
        "s3_root: acme/flows/l8odS2mce/jobs/lmaEbA",
        "--job-root acme/flows/l8odS2mce/jobs/lmaEbA",
        "- acme/flows/l8odS2mce/jobs/lmaEbA",
        "12. acme/flows/l8odS2mce/jobs/lmaEbA",
        "acme%2Fflows%2Fl8odS2mce%2Fjobs%2FlmaEbA",
        "s3://a-bucket/acme/flows/l8odS2mce/jobs/lmaEbA",
        "(acme/flows/l8odS2mce/jobs/lmaEbA).",
        "acme/flows/l8odS2mce/jobs/lmaEbA, it failed",
        "acme/flows/l8odS2mce/jobs/lmaEbA # since Monday",
        "it failed\tacme/flows/l8odS2mce/jobs/lmaEbA\tyesterday",
        "| acme invoices | acme/flows/l8odS2mce/jobs/lmaEbA | failed |",
        "see `acme/flows/l8odS2mce/jobs/lmaEbA`, it failed",
        "https://app.example.com/x/acme/flows/l8odS2mce/jobs/lmaEbA?tab=logs",
        "https://app.example.com/#/acme/flows/l8odS2mce/jobs/lmaEbA",
        "\"s3_root\": \"acme/flows/l8odS2mce/jobs/lmaEbA\"",
    ] {
        let expected = ["acme/flows/l8odS2mce/jobs/lmaEbA", "acme", "l8odS2mce", ""];
        assert_eq!(one(text), expected, "{text}");
    }
    let dated = "12598713/flows/l8odS2mce/jobs/2022/01/4/19/15/37g_DK";
    assert_eq!(one(dated), [dated, "12598713", "l8odS2mce", ""]);
    assert_eq!(one("t/flows/-x-/jobs/j")[2], "-x-");
    let row = "| n | t/flows/f/jobs/37g\\_DK |";
    assert_eq!(one(row)[0], "t/flows/f/jobs/37g_DK");
}

#[test]
fn a_space_in_an_unquoted_path_is_an_error() {
    for text in [
        "tenant with space/flows/a/jobs/b",
        "tenant  with  spaces/flows/a/jobs/b",
        "see acme/flows/a/jobs/b",
        "Smith, John/flows/a/jobs/b",
        "acme/flows/a/jobs/b it failed",
        "acme/flows/a b/jobs/c",
        "acme/flows/a/jobs/b acme/flows/a/jobs/c",
        "https://h/e/a/acme/jobs/status?job_root=acme/flows/a/jobs/b failed",
    ] {
        assert_eq!(error(text), ReferenceError::Ambiguous("a space"), "{text}");
    }
    let text = "export JOB=acme/flows/a/jobs/b".replace("export ", "");
    assert_eq!(error(&text), ReferenceError::Ambiguous("'='"));
    assert_eq!(
        error("see acme/flows/a/jobs/b").to_string(),
        "ambiguous: a space next to or inside the path; put the path in quotes"
    );
}

#[test]
fn a_space_in_a_quoted_or_encoded_path_belongs_to_it() {
    let expected = [
        "tenant with space/flows/a/jobs/b",
        "tenant with space",
        "a",
        "",
    ];
    for text in [
        "\"tenant with space/flows/a/jobs/b\"",
        "'tenant with space/flows/a/jobs/b',",
        "see `tenant with space/flows/a/jobs/b` now",
        "<tenant with space/flows/a/jobs/b>",
        "job_root = \"tenant with space/flows/a/jobs/b\"",
        "tenant%20with%20space/flows/a/jobs/b",
        "[\"tenant with space/flows/a/jobs/b\"]",
        "{\"job_root\":\"tenant with space/flows/a/jobs/b\"}",
        "job_root\ntenant with space/flows/a/jobs/b",
    ] {
        assert_eq!(one(text), expected, "{text}");
    }
}

#[test]
fn two_paths_without_a_separator_are_an_error() {
    for text in [
        "a/flows/f/jobs/1,b/flows/f/jobs/2",
        "a/flows/f/jobs/1\tb/flows/f/jobs/2",
        "[\"a/flows/f/jobs/1,b/flows/f/jobs/2\"]",
    ] {
        assert_eq!(error(text), ReferenceError::Several, "{text}");
    }
}

#[test]
fn urls_and_curl_commands_are_read_without_their_key() {
    let url = "https://api.hotglue.com/dev.x.xyz/l8odS2mce/a%40b/jobs/status?job_root=a%40b/flows/l8odS2mce/jobs/1";
    let expected = [
        "a@b/flows/l8odS2mce/jobs/1",
        "a@b",
        "l8odS2mce",
        "dev.x.xyz",
    ];
    assert_eq!(one(url), expected);
    for command in [
        format!("curl -sS -H \"x-api-key: SECRET\" '{url}'"),
        format!("curl '{url}' -H 'x-api-key: SECRET'"),
        format!("curl --request GET \\\n  --url \"{url}\" \\\n  --header 'x-api-key: SECRET'\n"),
        format!("curl --request GET ^\r\n  --url \"{url}\" ^\r\n  --header \"x-api-key: SECRET\""),
        format!("curl --url={url} -H x-api-key:SECRET"),
        format!("curl '{url}' -H 'x-api-key: ••••'"),
    ] {
        let found = read_references(&command);
        assert_eq!(one(&command), expected, "{command}");
        assert!(!format!("{found:?}").contains("SECRET"), "{command}");
    }
    assert_eq!(
        error("curl -X POST https://api.hotglue.com/env/flow/t/jobs"),
        ReferenceError::CurlWithoutUrl
    );
    assert_eq!(
        error("https://hotglue.com/pricing"),
        ReferenceError::UrlWithoutRoot
    );
}

#[test]
fn an_excerpt_masks_api_keys() {
    for (text, excerpt) in [
        (
            "-H 'x-api-key: SECRET' --compressed",
            "-H 'x-api-key: ••••' --compressed",
        ),
        ("X-API-KEY=SECRET;", "X-API-KEY=••••"),
        (
            "{\"x-api-key\": \"SECRET\", \"a\":",
            "{\"x-api-key\": \"••••\", \"a\":",
        ),
        ("x-api-key is missing", "x-api-key is missing"),
    ] {
        assert_eq!(read_references(text)[0].excerpt.as_str(), excerpt);
    }
}

#[test]
fn responses_are_read_as_json() {
    let run = r#"{"job_id": "j", "env_id": "dev.x.xyz", "flow_id": "f", "tenant": "acme",
        "s3_root": "acme/flows/f/jobs/j", "state": {}, "status": "JOB_CREATED"}"#;
    let expected = ["acme/flows/f/jobs/j", "acme", "f", "dev.x.xyz"];
    assert_eq!(one(run), expected);
    assert_eq!(one(&format!("[{run}]")), expected);
    assert_eq!(one(&run.replace("flow_id", "flow")), expected);
    let line = run.replace('\n', " ");
    assert_eq!(count(&format!("{line}\n{line}\n\n{line}")), 3);
    assert_eq!(count(&format!("[{run},\n{run}]\nacme/flows/f/jobs/2")), 3);
    assert_eq!(count("[\"a/flows/f/jobs/1\", \"a/flows/f/jobs/2\"]"), 2);
    assert_eq!(error(r#"{"status": "x"}"#), ReferenceError::JsonWithoutRoot);
    let error = error(r#"{"s3_root": "a"#);
    assert!(matches!(error, ReferenceError::InvalidJson { .. }));
}

#[test]
fn identifiers_in_json_are_read_exactly() {
    let root = format!(
        "zoe\u{308}\u{301}\u{302}\u{303}\u{304}\u{305}/flows/f/jobs/{}",
        "x".repeat(600)
    );
    assert_eq!(one(&format!(r#"{{"s3_root":"{root}"}}"#))[0], root);
    let text = r#"{"s3_root":"a\u001b/flows/f/jobs/1"}"#;
    assert!(matches!(error(text), ReferenceError::Id(_)));
}

#[test]
fn valid_and_invalid_lines_are_read_one_by_one() {
    let text = "# my jobs\n\nacme/flows/f/jobs/1\nnonsense here now\nlmaEbA\r\nacme/flows/f\nb/flows/f/jobs/2\n../flows/f/jobs/x\n/flows/f/jobs/y\n";
    let read: Vec<_> = read_references(text)
        .into_iter()
        .map(|read| {
            let result = read.result.map(|reference| reference.job_root.to_string());
            format!(
                "{}: {}",
                read.line,
                result.unwrap_or_else(|error| error.to_string())
            )
        })
        .collect();
    insta::assert_snapshot!(read.join("\n"), @r"
    3: acme/flows/f/jobs/1
    4: not a reference: a job_root has the form TENANT/flows/FLOW/jobs/ID
    5: only an id: paste the whole job_root, such as TENANT/flows/FLOW/jobs/lmaEbA
    6: a flow, not a job: a job_root continues with /jobs/ID
    7: b/flows/f/jobs/2
    8: job_root must not be '.' or '..', or contain them between slashes
    9: not a reference: a job_root has the form TENANT/flows/FLOW/jobs/ID
    ");
}

proptest! {
    #[test]
    fn a_printed_root_is_read_back(
        tenant in "[a-zA-Z0-9_.@-]{1,12}", flow in "[a-zA-Z0-9_-]{1,9}", job in "[a-zA-Z0-9_]{1,8}", dated: bool,
    ) {
        prop_assume!(tenant != "." && tenant != "..");
        let date = if dated { "2022/01/4/19/15/" } else { "" };
        let root = format!("{tenant}/flows/{flow}/jobs/{date}{job}");
        prop_assert_eq!(one(&root), [root.clone(), tenant, flow, String::new()]);
    }

    #[test]
    fn a_quoted_root_is_read_back(tenant in "[a-z ]{1,12}", job in "[a-z ]{1,8}") {
        let root = format!("{}/flows/f/jobs/{}", tenant.trim(), job.trim());
        prop_assume!(!tenant.trim().is_empty() && !job.trim().is_empty());
        prop_assert_eq!(&one(&format!("\"{root}\""))[0], &root);
    }

    #[test]
    fn an_unquoted_root_is_read_back_or_an_error(tenant in "[a-z =,;#'()-]{1,12}") {
        for read in read_references(&format!("{tenant}/flows/f/jobs/1")) {
            if let Ok(reference) = read.result {
                // Only a bullet and punctuation around the path are dropped.
                let dropped = [' ', '-', '(', ')', '\'', ','];
                let read = reference.tenant.unwrap();
                let read = read.as_str().trim_matches(dropped);
                prop_assert_eq!(read, tenant.trim_matches(dropped));
            }
        }
    }

    #[test]
    fn no_input_panics(text in "[\\PC\\n\\t{}\\[\\]\"',:/curl jobs flows%0-9]{0,200}") {
        let _ = read_references(&text);
    }
}
