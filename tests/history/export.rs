//! The history as a file, and removing runs.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use crate::support::Home;
use crate::support::bad_server::{Act, BadServer};
use crate::{FOLLOW, ago, count, database, home, service};

const DAY: i64 = 24 * 60 * 60;

/// Everything in an answer and the config that names somebody or something.
fn markers() -> Vec<String> {
    (0..40).map(|number| format!("mark{number}er")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_or_detail_is_in_an_anonymized_file() {
    let server = BadServer::start(|path, _| {
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let mark = |number: usize| format!("mark{number}er");
        let tenant = parts.get(2).copied().unwrap_or_default();
        let job = |number: usize, status: &str| {
            format!(
                r#"{{"status":"{status}","job_id":"{}","job_name":"{}","s3_root":"{tenant}/flows/mark0er/jobs/{}/{}",
                    "tap":"{}","target":"{}","connector_id":"{}","tap_install_uri":"git+https://{}/tap@{}",
                    "start_time":"{}","last_updated":"{}","sync_type":"{}","task_region":"{}","started_by":"{}",
                    "message":"{}: token of {} expired, KeyError: '{}' in /{}/{}.py line 12 (401), {}@{}.com",
                    "error":"mark1er","task_definition":{{"x":"mark36er"}},"bookmarks":["mark37er"],
                    "env_id":"mark38er","task_id":"mark39er","data_sizes":{{"mark29er":1}},
                    "state":{{"x":"{}"}},"override_x":"{}","processed_rows":7,
                    "metrics":{{"recordCount":{{"{}":7}}}},"summary":{{"{}":{{"success":1}}}},
                    "status_timestamp":{{"{}":"{}"}}}}"#,
                mark(number), mark(2), mark(3), mark(number), mark(4), mark(5), mark(6), mark(7),
                mark(8), ago(3_600), ago(60), mark(9), mark(10), mark(11), mark(12), mark(13),
                mark(14), mark(15), mark(16), mark(17), mark(18), mark(19), mark(20), mark(21),
                mark(22), mark(23), ago(100),
            )
        };
        match parts[..] {
            ["tenants", _] => Act::body(r#"["mark27er", "mark28er"]"#),
            [_, _, _, "jobs"] => Act::body(&format!(
                "[{},{}]",
                job(24, "ETL_FAILED"),
                job(25, "MARK26ER_FAILED").replace("MARK26ER", "mark26er")
            )),
            _ => Act::status(404),
        }
    })
    .await;
    let home = Home::with_config(&format!(
        "[environments.mark32er]\nenv_id = \"dev.mark33er.xyz\"\nbase_url = \"{}\"\n\
         api_key = \"mark34er\"\n[[follow]]\nname = \"mark35er\"\nflow = \"mark0er\"\ntenants = \"*\"\n",
        server.base
    ));
    let run = home.run(&["history", "learn"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let (open, closed) = (home.path("open.hgtop"), home.path("closed.hgtop"));
    let export = |name: &str, more: &[&str]| {
        let path = home.path(name);
        let arguments = [&["history", "export", path.to_str().unwrap()], more].concat();
        home.run(&arguments)
    };
    assert_eq!(export("open.hgtop", &[]).code(), 0);
    let run = export("closed.hgtop", &["--anonymize", "--flow", "mark35er"]);
    assert_eq!(run.code(), 0, "{}", run.error());

    let contains = |path: &PathBuf| -> Vec<String> {
        let bytes = fs::read(path).unwrap().to_ascii_lowercase();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        markers()
            .into_iter()
            .filter(|marker| text.contains(marker))
            .collect()
    };
    assert!(contains(&open).len() > 12, "{:?}", contains(&open));
    assert_eq!(contains(&closed), Vec::<String>::new());
    for secret in ["mark11er", "mark19er", "mark20er", "mark34er", "mark36er"] {
        assert!(!contains(&open).contains(&secret.to_owned()), "{secret}");
    }

    // The same tenant has the same pseudonym, and the file is a whole history.
    assert_eq!(count(&closed, "runs"), 4);
    assert_eq!(count(&closed, "(SELECT DISTINCT tenant FROM runs)"), 2);
    let connection = Connection::open(&closed).unwrap();
    let value = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(value("PRAGMA integrity_check"), "ok");
    let message = "SELECT text FROM runs JOIN texts ON texts.id = message LIMIT 1";
    let message = value(message);
    assert!(
        message.contains("expired, KeyError: '") && message.contains("(401)"),
        "{message}"
    );
    assert_eq!(
        value("SELECT value FROM manifest WHERE name = 'anonymized'"),
        "true"
    );
    let withheld = value("SELECT value FROM manifest WHERE name = 'withheld'");
    assert!(
        withheld.contains("tenants") && withheld.contains("state"),
        "{withheld}"
    );
    let root = "SELECT job_root FROM runs LIMIT 1";
    let root = value(root);
    assert!(
        root.starts_with("tenant-") && root.contains("/flows/flow-"),
        "{root}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn export_selects_and_never_replaces_a_file_unasked() {
    let server = service(&["acme", "globex", "unlinked"], 6).await;
    let home = home(&server, FOLLOW);
    home.run(&["history", "learn", "--flow", "invoices", "--flow", "f2"]);
    let path = home.path("out.db");
    let export =
        |more: &[&str]| home.run(&[&["history", "export", path.to_str().unwrap()], more].concat());
    assert_eq!(export(&["--flow", "invoices"]).code(), 0);
    assert_eq!(count(&path, "runs"), 12);
    let run = export(&[]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error()
            .contains("out.db: exists; replace it with --force"),
        "{}",
        run.error()
    );
    assert_eq!(count(&path, "runs"), 12);
    assert_eq!(
        export(&["--force", "--from", "3h 30m", "--to", "2h 30m"]).code(),
        0
    );
    assert_eq!(
        count(&path, "runs"),
        4,
        "one run an hour, of two tenants in two flows"
    );
    let run = home.run(&["history", "export", "/no/such/folder/x.db"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("/no/such/folder/x.db: "),
        "{}",
        run.error()
    );
    let left = fs::read_dir(home.path("")).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("hgtop-export")),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prune_asks_and_removes_runs_with_their_names() {
    let server = service(&["acme", "globex", "unlinked"], 6).await;
    let home = home(&server, FOLLOW);
    home.run(&["history", "learn"]);
    let path = database(&home);
    let connection = Connection::open(&path).unwrap();
    let age = format!(
        "UPDATE runs SET last = last - {} WHERE tenant = \
        (SELECT id FROM texts WHERE text = 'acme')",
        100 * DAY * 1_000
    );
    connection.execute(&age, []).unwrap();
    drop(connection);
    let run = home.run(&["history", "prune"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error()
            .contains("remove 6 runs? stdin is not a terminal: confirm with --yes")
    );
    assert_eq!(count(&path, "runs"), 12);
    let run = home.run(&["history", "prune", "--yes"]);
    assert!(run.error().contains("6 runs removed"), "{}", run.error());
    assert_eq!(count(&path, "runs"), 6);
    assert_eq!(
        count(
            &path,
            "(SELECT * FROM texts WHERE text LIKE 'run % of acme')"
        ),
        0
    );
    let run = home.run(&["history", "prune", "--older-than", "90d", "--yes"]);
    assert!(
        run.error().contains("no runs are older than 90d"),
        "{}",
        run.error()
    );
}
