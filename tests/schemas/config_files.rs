//! Config files against the schema, and the schema against the reader.

use std::fs;
use std::path::Path;

use hgtop::config::{self, Overrides};
use serde_json::{Map, Value, json};

use super::support::{Demo, Home};
use super::{problems, schema};

/// A TOML document as editors hand it to a validator: times are strings.
fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => {
            let fields = table
                .into_iter()
                .map(|(name, value)| (name, json_of(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

fn config_problems(text: &str) -> Vec<String> {
    let document = toml::Value::Table(text.parse().unwrap());
    problems(&schema("config.json"), &json_of(document))
}

fn is_read(text: &str) -> bool {
    config::parse(text, Path::new("hgtop.toml"), &Overrides::default()).is_ok()
}

const ENVIRONMENT: &str = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n";

/// Every setting, with the settings that exclude others left out.
const EVERYTHING: &str = r##"
poll_interval = "10s"
max_requests_per_second = 5
max_concurrent_requests = 4
theme = "high-contrast"
glyphs = "ascii"
notify = ["finished"]
on_change = ["notify-team", "--all"]
history = false

[environments.dev]
env_id = "dev.x.xyz"
base_url = "http://10.0.0.1:8080"
api_key_command = ["op", "read", "op://work/hotglue/key"]
allow_http = true
read_only = true
job_url = "https://example.com/{job_id}"
accent = "#d7263d"

[[jobs]]
name = "acme"
environment = "dev"
job_root = "archive/2026/lmaEbB"
tenant = "acme"
flow = "l8odS2mce"
tags = ["wave-1"]
poll_interval = "1m 30s"

[[follow]]
name = "invoices"
environment = "dev"
flow = "l8odS2mce"
tenants = ["acme"]
since = 2026-11-24T09:00:00Z
gate = ["failed<=2%", "rows>=80%"]

[[follow]]
flow = "l8odS2mcf"
tenants = "*"
since = "2026-11-24T10:00:00+01:00"
gate = "failed<3"

[[views]]
name = "failing"
filter = "status:failed"
sort = "-updated"
group = "flow"
columns = ["tenant", "status", "message"]

[[commands]]
name = "reproduce"
key = "ctrl-l"
run = ["hotglue", "{job_root}"]
on = "marked"
output = "terminal"
confirm = true

[keys]
refresh = ["r", "f5"]
quit = "q"
families = "F"
"##;

#[test]
fn config_files_of_the_program_are_valid() {
    let example = fs::read_to_string("config.example.toml").unwrap();
    let home = Home::new();
    let run = home.run(&["config", "init"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let created = fs::read_to_string(home.path("config.toml")).unwrap();
    let short = Home::new();
    let init = ["config", "init", "--env-id", "dev.x.xyz", "--base-url"];
    let run = short.run(&[&init[..], &["https://example.com"]].concat());
    assert_eq!(run.code(), 0, "{}", run.error());
    let short = fs::read_to_string(short.path("config.toml")).unwrap();
    let demo = Demo::start(&["--jobs", "3"]);
    for text in [&example, &created, &short, &demo.config, EVERYTHING] {
        assert_eq!(config_problems(text), [""; 0], "{text}");
        assert!(is_read(text), "{text}");
    }
}

#[test]
fn editors_find_the_schema_beside_the_created_file() {
    let home = Home::new();
    let run = home.run(&["config", "init"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let created = fs::read_to_string(home.path("config.toml")).unwrap();
    let first = created.lines().next().unwrap();
    let file = first.strip_prefix("#:schema ./").unwrap();
    let beside = fs::read_to_string(home.path(file)).unwrap();
    assert_eq!(
        beside,
        fs::read_to_string("docs/schema/config.json").unwrap()
    );
    assert_eq!(home.run(&["config", "schema"]).out(), beside);
    assert!(run.out().contains(file), "{}", run.out());
}

#[test]
fn what_the_reader_rejects_the_schema_rejects() {
    let job = "[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n";
    let follow = "[[follow]]\nflow = \"f\"\ntenants = \"*\"\n";
    let view = "[[views]]\nname = \"v\"\n";
    let command = "[[commands]]\nname = \"c\"\nrun = [\"x\"]\n";
    for table in ["", ENVIRONMENT, job, follow, view, command] {
        let unknown = format!("{table}unknown_key = 1\n");
        assert!(!is_read(&unknown), "{unknown}");
        assert_eq!(config_problems(&unknown).len(), 1, "{unknown}");
    }
    for wrong in [
        "theme = \"drak\"",
        "poll_interval = 5",
        "max_requests_per_second = 0",
        "max_requests_per_second = 1001",
        "max_concurrent_requests = 257",
        "notify = [\"drak\"]",
        "history = \"yes\"",
        "[environments.dev]",
        "[environments.dev]\nenv_id = \"x\"\naccent = \"crimson\"",
        "[environments.dev]\nenv_id = \"x\"\nread_only = false",
        "[environments.dev]\nenv_id = \"x\"\napi_key = \"a\"\napi_key_env = \"B\"",
        "[environments.dev]\nenv_id = \"x\"\napi_key_command = []",
        "[environments.dev]\nenv_id = \"x\"\napi_key_env = \"a-b\"",
        "[environments.dev]\nenv_id = \"x\"\n[[jobs]]\nname = \"no root\"",
        "[environments.dev]\nenv_id = \"x\"\n[[follow]]\nflow = \"f\"\ntenants = \"all\"",
        "[environments.dev]\nenv_id = \"x\"\n[[follow]]\nflow = \"f\"\ntenants = \"*\"\nsince = 2026-11-24",
        "[[commands]]\nname = \"c\"\nrun = []",
    ] {
        assert!(!is_read(wrong), "{wrong}");
        assert!(!config_problems(wrong).is_empty(), "{wrong}");
    }
    // Columns and actions are checked after reading.
    for wrong in [
        "[keys]\nquitt = \"q\"",
        "[[views]]\nname = \"v\"\nsort = \"size\"",
        "[[views]]\nname = \"v\"\ncolumns = [\"size\"]",
        "[[views]]\nname = \"v\"\ngroup = \"size\"",
    ] {
        assert!(!config_problems(wrong).is_empty(), "{wrong}");
    }
}

/// The values that an error message offers.
fn offered(text: &str) -> Vec<String> {
    let error = config::parse(text, Path::new("x"), &Overrides::default());
    let error = error.unwrap_err().to_string();
    let (_, values) = error.split_once("use one of: ").unwrap();
    values.trim().split(", ").map(str::to_owned).collect()
}

#[test]
fn values_to_choose_from_are_those_of_the_reader() {
    let schema = schema("config.json");
    for (pointer, text) in [
        ("/properties/theme", "theme = \"?\"".to_owned()),
        ("/properties/glyphs", "glyphs = \"?\"".to_owned()),
        ("/properties/notify/items", "notify = [\"?\"]".to_owned()),
        (
            "/definitions/command/properties/on",
            "[[commands]]\nname = \"c\"\nrun = [\"x\"]\non = \"?\"".to_owned(),
        ),
        (
            "/definitions/command/properties/output",
            "[[commands]]\nname = \"c\"\nrun = [\"x\"]\noutput = \"?\"".to_owned(),
        ),
    ] {
        let values: Vec<&str> = schema.pointer(pointer).unwrap()["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(values, offered(&text), "{pointer}");
    }
}

/// The defaults of the schema are the values of the example, which shows them.
#[test]
fn defaults_are_those_of_the_example() {
    let example = fs::read_to_string("config.example.toml").unwrap();
    let example = json_of(toml::Value::Table(example.parse().unwrap()));
    let schema = schema("config.json");
    let tables = [
        ("/properties", example.clone()),
        (
            "/definitions/environment/properties",
            example["environments"]["dev"].clone(),
        ),
    ];
    let mut count = 0;
    for (pointer, values) in tables {
        for (name, property) in schema.pointer(pointer).unwrap().as_object().unwrap() {
            if let (Some(default), Some(value)) = (property.get("default"), values.get(name)) {
                assert_eq!(default, value, "{name}");
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} defaults were compared");
}
