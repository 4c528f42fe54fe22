//! Every form a person may have at hand, good and bad.

use super::*;
use proptest::prelude::*;

/// The root, tenant, flow and `env_id` of the only reference of a text.
fn one(text: &str) -> (String, String, String, String) {
    let found = read_references(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let reference = found[0]
        .result
        .clone()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    (
        reference.job_root.to_string(),
        text(reference.tenant.as_ref().map(TenantId::as_str)),
        text(reference.flow.as_ref().map(FlowId::as_str)),
        text(reference.env_id.as_ref().map(EnvId::as_str)),
    )
}

fn error(text: &str) -> String {
    let found = read_references(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found[0].result.clone().unwrap_err().to_string()
}

#[test]
fn roots_in_every_form() {
    for text in [
        "acme/flows/l8odS2mce/jobs/lmaEbA",
        "  /acme/flows/l8odS2mce/jobs/lmaEbA/ ",
        "\"acme/flows/l8odS2mce/jobs/lmaEbA\",",
        "job_root=acme/flows/l8odS2mce/jobs/lmaEbA",
        "acme%2Fflows%2Fl8odS2mce%2Fjobs%2FlmaEbA",
        "s3://a-bucket/acme/flows/l8odS2mce/jobs/lmaEbA",
        "see acme/flows/l8odS2mce/jobs/lmaEbA, it failed",
        "https://app.example.com/x/acme/flows/l8odS2mce/jobs/lmaEbA?tab=logs",
        "\"s3_root\": \"acme/flows/l8odS2mce/jobs/lmaEbA\"",
    ] {
        let wanted = ("acme/flows/l8odS2mce/jobs/lmaEbA", "acme", "l8odS2mce", "");
        let (root, tenant, flow, env_id) = one(text);
        assert_eq!((&*root, &*tenant, &*flow, &*env_id), wanted, "{text}");
    }
    let dated = "12598713/flows/l8odS2mce/jobs/2022/01/4/19/15/37g_DK";
    assert_eq!(
        one(dated),
        (
            dated.into(),
            "12598713".into(),
            "l8odS2mce".into(),
            String::new()
        )
    );
    assert_eq!(one("t/flows/-x-/jobs/j").2, "-x-");
}

#[test]
fn urls_and_curl_commands() {
    let url = "https://api.hotglue.com/dev.x.xyz/l8odS2mce/a%40b/jobs/status?job_root=a%40b/flows/l8odS2mce/jobs/1";
    let wanted = (
        "a@b/flows/l8odS2mce/jobs/1".into(),
        "a@b".into(),
        "l8odS2mce".into(),
        "dev.x.xyz".into(),
    );
    assert_eq!(one(url), wanted);
    for command in [
        format!("curl -sS -H \"x-api-key: SECRET\" '{url}'"),
        format!("curl '{url}' -H 'x-api-key: SECRET'"),
        format!("curl --request GET \\\n  --url \"{url}\" \\\n  --header 'x-api-key: SECRET'\n"),
        format!("curl --url={url} -H x-api-key:SECRET"),
    ] {
        let found = read_references(&command);
        assert_eq!(one(&command), wanted, "{command}");
        assert!(!format!("{found:?}").contains("SECRET"), "{command}");
    }
    assert!(
        error("curl -X POST https://api.hotglue.com/env/flow/t/jobs")
            .contains("without a status URL")
    );
    assert!(error("https://hotglue.com/pricing").contains("without a job_root"));
}

#[test]
fn answers_as_json() {
    let run = r#"{"job_id": "j", "env_id": "dev.x.xyz", "flow_id": "f", "tenant": "acme",
        "s3_root": "acme/flows/f/jobs/j", "state": {}, "status": "JOB_CREATED"}"#;
    let wanted = (
        "acme/flows/f/jobs/j".into(),
        "acme".into(),
        "f".into(),
        "dev.x.xyz".into(),
    );
    assert_eq!(one(run), wanted);
    assert_eq!(one(&format!("[{run}]")), wanted);
    assert_eq!(one(&run.replace("flow_id", "flow")), wanted);
    let line = run.replace('\n', " ");
    assert_eq!(
        read_references(&format!("{line}\n{line}\n\n{line}")).len(),
        3
    );
    assert_eq!(
        read_references(&format!("[{run},\n{run}]\nacme/flows/f/jobs/2")).len(),
        3
    );
    assert_eq!(
        read_references("[\"a/flows/f/jobs/1\", \"a/flows/f/jobs/2\"]").len(),
        2
    );
    assert!(error(r#"{"status": "x"}"#).contains("without an s3_root"));
    assert!(error(r#"{"s3_root": "a"#).contains("breaks off"));
}

#[test]
fn tables() {
    let csv = "name,job_root,environment\n# a note\nnightly,acme/flows/f/jobs/1,dev\n\"with, comma\",b/flows/f/jobs/2,\n,,\nempty,,dev\n";
    let found = read_references(csv);
    let lines: Vec<_> = found.iter().map(|each| each.line).collect();
    assert_eq!(lines, [3, 4, 6]);
    let first = found[0].result.clone().unwrap();
    assert_eq!(first.name.unwrap().as_str(), "nightly");
    assert_eq!(first.environment.as_deref(), Some("dev"));
    assert_eq!(
        found[1].result.clone().unwrap().name.unwrap().as_str(),
        "with, comma"
    );
    assert_eq!(found[2].result, Err(ReferenceError::RowWithoutRoot));
    let tsv = "Job Root\tTenant\tFlow\nodd/root\tacme\tf\n";
    assert_eq!(
        one(tsv),
        ("odd/root".into(), "acme".into(), "f".into(), String::new())
    );
}

#[test]
fn many_lines_good_and_bad() {
    let text = "# my jobs\n\nacme/flows/f/jobs/1\nnonsense here now\nlmaEbA\r\nacme/flows/f\nb/flows/f/jobs/2\n../flows/f/jobs/x\n";
    let found = read_references(text);
    let told: Vec<_> = found
        .iter()
        .map(|each| {
            (
                each.line,
                each.result
                    .as_ref()
                    .map_or_else(ToString::to_string, |job| job.job_root.to_string()),
            )
        })
        .collect();
    insta::assert_debug_snapshot!(told, @r#"
    [
        (
            3,
            "acme/flows/f/jobs/1",
        ),
        (
            4,
            "not understood; a job_root looks like TENANT/flows/FLOW/jobs/ID",
        ),
        (
            5,
            "only an id; paste the whole job_root, like TENANT/flows/FLOW/jobs/lmaEbA",
        ),
        (
            6,
            "a flow, not a job: the job_root goes on with /jobs/ID",
        ),
        (
            7,
            "b/flows/f/jobs/2",
        ),
        (
            8,
            "job_root cannot be '.' or '..', nor hold them between slashes",
        ),
    ]
    "#);
}

proptest! {
    #[test]
    fn a_printed_root_is_read_back(
        tenant in "[a-zA-Z0-9_.@-]{1,12}", flow in "[a-zA-Z0-9_-]{1,9}", job in "[a-zA-Z0-9_]{1,8}", dated: bool,
    ) {
        prop_assume!(tenant != "." && tenant != "..");
        prop_assume!(!tenant.ends_with('.'));
        let date = if dated { "2022/01/4/19/15/" } else { "" };
        let root = format!("{tenant}/flows/{flow}/jobs/{date}{job}");
        prop_assert_eq!(one(&root), (root.clone(), tenant, flow, String::new()));
    }

    #[test]
    fn no_input_panics(text in "[\\PC\\n\\t{}\\[\\]\"',:/curl jobs flows%0-9]{0,200}") {
        let _ = read_references(&text);
    }
}
