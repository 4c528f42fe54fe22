//! The schema of the config file.

use hgtop::app::{Action, Column, GroupBy};
use hgtop::config::Accent;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;

use super::parts::{DRAFT, boolean, definition, described, list, object, one_of, string, strings};

/// Adds the value that holds where the file has none.
fn with_default(mut schema: Value, default: impl Into<Value>) -> Value {
    schema["default"] = default.into();
    schema
}

/// An object that has no other fields than these.
fn table(fields: &[(&str, Value)]) -> Value {
    let mut schema = object(fields);
    schema["additionalProperties"] = json!(false);
    schema
}

pub(crate) fn schema() -> Value {
    let mut schema = table(&settings());
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("hgtop config file");
    schema["description"] = json!("The config file of hgtop. `hgtop config check` checks it too.");
    schema["definitions"] = json!({
        "environment": environment(),
        "job": job(),
        "follow": follow(),
        "view": view(),
        "command": command(),
        "poll_interval": string("Time between two polls of a running job: \"1s\" to \"10m\"."),
        "keys": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
    });
    schema
}

fn poll_interval(description: &str) -> Value {
    described(json!({"allOf": [definition("poll_interval")]}), description)
}

fn settings() -> Vec<(&'static str, Value)> {
    let bounded = |maximum: u32, description: &str| {
        described(
            json!({"type": "integer", "minimum": 1, "maximum": maximum}),
            description,
        )
    };
    let notify = one_of(
        &["failed", "completed", "cancelled", "done", "finished"],
        "A transition to this state; finished: all watched jobs have finished; done: its older \
         name.",
    );
    let environments = json!({
        "type": "object",
        "additionalProperties": definition("environment"),
    });
    vec![
        (
            "poll_interval?",
            with_default(
                poll_interval("Time between two polls of a running job: \"1s\" to \"10m\"."),
                "5s",
            ),
        ),
        (
            "max_requests_per_second?",
            with_default(
                bounded(1000, "Requests per second, for each environment."),
                20,
            ),
        ),
        (
            "max_concurrent_requests?",
            with_default(
                bounded(
                    256,
                    "Requests in flight at the same time, for each environment.",
                ),
                16,
            ),
        ),
        (
            "theme?",
            with_default(
                one_of(
                    &["auto", "dark", "light", "high-contrast", "mono"],
                    "Color theme; auto uses the background that the terminal reports.",
                ),
                "auto",
            ),
        ),
        (
            "glyphs?",
            with_default(
                one_of(
                    &["auto", "unicode", "ascii"],
                    "Characters for lines and marks; auto depends on the locale.",
                ),
                "auto",
            ),
        ),
        (
            "notify?",
            with_default(
                list(notify, "What raises a notification; [] for nothing."),
                json!(["failed", "completed"]),
            ),
        ),
        (
            "on_change?",
            with_default(
                strings(
                    "A program to run on each transition, with its arguments. It runs without \
                     a shell.",
                ),
                json!([]),
            ),
        ),
        (
            "history?",
            with_default(
                boolean("Whether transitions are recorded, so that they survive a restart."),
                true,
            ),
        ),
        (
            "environments?",
            described(
                environments,
                "The environments of hotglue, by a name of your choice.",
            ),
        ),
        ("jobs?", list(definition("job"), "The watched jobs.")),
        (
            "follow?",
            list(
                definition("follow"),
                "Followed flows: the newest job of each tenant. With a start, a rollout.",
            ),
        ),
        (
            "views?",
            list(definition("view"), "Views: tabs above the table."),
        ),
        (
            "commands?",
            list(
                definition("command"),
                "Custom commands: programs to run on jobs.",
            ),
        ),
        ("keys?", described(keys(), "Key bindings, by action.")),
    ]
}

fn environment() -> Value {
    let color = json!({
        "anyOf": [
            {"type": "string", "enum": Accent::NAMES},
            {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
        ],
    });
    let mut schema = table(&[
        (
            "env_id",
            string("The id of the environment at hotglue, such as dev.example-env.hotglue.xyz."),
        ),
        (
            "base_url?",
            with_default(string("The address of the API."), "https://api.hotglue.com"),
        ),
        (
            "api_key?",
            string("The API key itself; better a variable or a program."),
        ),
        (
            "api_key_env?",
            with_default(
                described(
                    json!({"type": "string", "pattern": "^[A-Za-z0-9_]+$"}),
                    "The environment variable that contains the API key.",
                ),
                "HOTGLUE_API_KEY",
            ),
        ),
        (
            "api_key_command?",
            described(
                json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
                "A program that prints the API key, with its arguments.",
            ),
        ),
        (
            "allow_http?",
            with_default(
                boolean(
                    "Whether http:// to another machine is allowed: the key is readable there.",
                ),
                false,
            ),
        ),
        (
            "read_only?",
            with_default(
                described(json!({"const": true}), "hgtop never writes to hotglue."),
                true,
            ),
        ),
        (
            "job_url?",
            string("The address of a job's page, with placeholders such as {job_id}, for `o`."),
        ),
        (
            "accent?",
            described(
                color,
                "The color of the header and the frames: a name, or #rrggbb.",
            ),
        ),
    ]);
    // At most one source of the API key.
    let both = |a: &str, b: &str| json!({"required": [a, b]});
    schema["not"] = json!({"anyOf": [
        both("api_key", "api_key_env"),
        both("api_key", "api_key_command"),
        both("api_key_env", "api_key_command"),
    ]});
    schema
}

fn job() -> Value {
    table(&[
        (
            "job_root",
            string("Identifies the job, such as acme/flows/l8odS2mce/jobs/lmaEbA."),
        ),
        (
            "name?",
            string("The label of the job; the job's id by default."),
        ),
        (
            "environment?",
            string("The name of the environment; required if there are several."),
        ),
        (
            "tenant?",
            string("The tenant, where the job_root does not contain it."),
        ),
        (
            "flow?",
            string("The flow, where the job_root does not contain it."),
        ),
        (
            "poll_interval?",
            poll_interval("Time between two polls of this job; that of all jobs by default."),
        ),
        (
            "tags?",
            with_default(strings("Tags to filter and group by."), json!([])),
        ),
    ])
}

fn follow() -> Value {
    let gate = json!({
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    });
    let tenants = json!({
        "anyOf": [{"const": "*"}, {"type": "array", "items": {"type": "string"}}],
    });
    table(&[
        ("flow", string("The id of the flow.")),
        (
            "tenants",
            described(tenants, "The expected tenants, or \"*\" for every tenant."),
        ),
        ("name?", string("The label; the flow by default.")),
        (
            "environment?",
            string("The name of the environment; required if there are several."),
        ),
        (
            "since?",
            described(
                json!({"type": "string", "format": "date-time"}),
                "The start of a rollout, with a time zone: only runs that began then or later \
                 count.",
            ),
        ),
        (
            "gate?",
            described(
                gate,
                "Conditions on the rollout, such as \"failed<=2%\", \"rows>=80%\" or \
                 \"p90<=1.3x\".",
            ),
        ),
    ])
}

fn view() -> Value {
    let columns: Vec<_> = Column::iter().map(Column::name).collect();
    let ascending = columns.iter().copied().chain(["file"]);
    let sorts: Vec<_> = ascending
        .flat_map(|name| [name.to_owned(), format!("-{name}")])
        .collect();
    let groups: Vec<_> = GroupBy::iter().map(GroupBy::name).collect();
    let column = one_of(&columns, "A column.");
    table(&[
        ("name", string("The label of the tab.")),
        ("filter?", string("The filter, as after `/`.")),
        (
            "sort?",
            described(
                json!({"type": "string", "enum": sorts}),
                "A column, after \"-\" in descending order; \"file\" for the order of this file.",
            ),
        ),
        ("group?", one_of(&groups, "The attribute to group by.")),
        ("columns?", list(column, "The columns, in this order.")),
    ])
}

fn command() -> Value {
    table(&[
        ("name", string("The label of the command.")),
        (
            "run",
            described(
                json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
                "The program and its arguments, without a shell. Arguments may contain {job_root}, \
                 {job_id}, {tenant}, {flow}, {env_id}, {status}, {message} and {name}.",
            ),
        ),
        ("key?", string("The key that runs it, such as ctrl-l.")),
        (
            "on?",
            with_default(
                one_of(
                    &["each", "marked"],
                    "One run for each job, or one for all marked jobs.",
                ),
                "each",
            ),
        ),
        (
            "output?",
            with_default(
                one_of(
                    &["pane", "background", "terminal"],
                    "Where the output goes: a pane over the table, nowhere, or the terminal.",
                ),
                "pane",
            ),
        ),
        (
            "confirm?",
            with_default(
                boolean("Whether hgtop asks before it runs the command."),
                false,
            ),
        ),
    ])
}

/// A property for each action, and for the names that older files use.
fn keys() -> Value {
    let property = |description: String, keys: &[&str]| {
        let keys = json!({"allOf": [definition("keys")], "default": keys});
        described(keys, &description)
    };
    let mut properties: Map<_, _> = Action::all()
        .map(|action| {
            let description = format!("Keys for: {}.", action.description());
            let keys = property(description, action.default_keys());
            (action.name().to_owned(), keys)
        })
        .collect();
    for (alias, action) in Action::aliases() {
        let mut keys = property(format!("Older name of {}.", action.name()), &[]);
        keys["deprecated"] = json!(true);
        properties.insert(alias.to_owned(), keys);
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}
