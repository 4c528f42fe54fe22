//! The schemas of what the commands print with `--output json` and `jsonl`.

use serde_json::{Value, json};

use super::parts::{
    DRAFT, boolean, count, count_or_null, definition, definition_or_null, described, list, object,
    one_of, one_of_or_null, string, string_or_null, strings, time, time_or_null,
};

const STATES: [&str; 7] = [
    "queued",
    "running",
    "completed",
    "failed",
    "cancelled",
    "unknown",
    "not started",
];
const STAGES: [&str; 5] = ["queued", "discover", "sync", "etl", "export"];
const RESULTS: [&str; 3] = ["pass", "hold", "inconclusive"];

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("list.json", records("list", "jobs", identity(), json!({}))),
        (
            "status.json",
            records("status", "jobs", job(), job_definitions()),
        ),
        ("wait.json", wait()),
        ("discover.json", discover()),
        ("history.json", history()),
        (
            "history-learn.json",
            records("history learn", "learned", learned(), json!({})),
        ),
        (
            "rollout-list.json",
            records("rollout list", "rollouts", listed_rollout(), json!({})),
        ),
        ("rollout-show.json", rollout_show()),
        (
            "rollout-compare.json",
            records("rollout compare", "comparison", comparison(), json!({})),
        ),
        ("doctor.json", records("doctor", "checks", check(), json!({}))),
    ]
}

fn version() -> Value {
    described(
        json!({"const": 1}),
        "The version of the format: fields are only ever added.",
    )
}

/// Adds `version` to the fields of an object.
fn versioned(mut record: Value) -> Value {
    record["properties"]["version"] = version();
    let required = record["required"].as_array_mut();
    required.unwrap().push(json!("version"));
    record
}

/// The schema of a command that prints one of these documents, or lines.
fn one_of_documents(command: &str, forms: &[Value], definitions: Value) -> Value {
    let mut schema = json!({
        "$schema": DRAFT,
        "title": format!("hgtop {command}"),
        "description": format!(
            "What `hgtop {command} --output json` prints, or one line of `--output jsonl`."
        ),
        "anyOf": forms,
    });
    if definitions.as_object().is_some_and(|names| !names.is_empty()) {
        schema["definitions"] = definitions;
    }
    schema
}

/// The forms of a list of records: a document, and a line for each.
fn forms(name: &str, record: &Value) -> [Value; 2] {
    let records = list(record.clone(), "The records.");
    let document = object(&[("version", version()), (name, records)]);
    [document, versioned(record.clone())]
}

fn records(command: &str, name: &str, record: Value, definitions: Value) -> Value {
    one_of_documents(command, &forms(name, &record), definitions)
}

fn identity_fields() -> Vec<(&'static str, Value)> {
    vec![
        ("name", string("The name in the config file, or the job's id.")),
        (
            "names?",
            strings("All names, where several entries and followed flows name the job."),
        ),
        ("environment", string("The name of the environment in the config file.")),
        ("env_id", string("The id of the environment at hotglue.")),
        ("tenant", string("The tenant.")),
        ("flow", string("The id of the flow.")),
        (
            "job_root",
            string_or_null("Identifies the job; null where a tenant has not started."),
        ),
        ("tags", strings("Tags of the config file.")),
    ]
}

fn identity() -> Value {
    object(&identity_fields())
}

fn job() -> Value {
    let streams = json!({"type": "object", "additionalProperties": definition("stream")});
    let mut fields = identity_fields();
    fields.extend([
        (
            "status",
            string_or_null("The status as hotglue sends it; null without an answer."),
        ),
        ("state", one_of(&STATES, "What the status means.")),
        ("stage", one_of_or_null(&STAGES, "The stage of the job.")),
        ("message", string_or_null("The message, as hotglue sends it.")),
        (
            "error_class",
            string_or_null("The class of the error, where the response names it."),
        ),
        ("remedy", string_or_null("What repairs errors of that class.")),
        ("tap", string_or_null("Where data is read from.")),
        ("target", string_or_null("Where data is written to.")),
        ("start_time", time_or_null("When the job was created.")),
        ("last_updated", time_or_null("The time of its last event.")),
        (
            "elapsed_seconds",
            described(
                json!({"type": ["integer", "null"]}),
                "Seconds since it was created, until now or until it finished.",
            ),
        ),
        (
            "rows",
            count_or_null("Rows moved so far; null where the job counts none."),
        ),
        ("streams", described(streams, "The rows of each stream, by name.")),
        (
            "anomalies?",
            list(
                definition("anomaly"),
                "Deviations from earlier runs; missing where too few are known.",
            ),
        ),
        (
            "error",
            string_or_null("Why the state could not be determined."),
        ),
    ]);
    object(&fields)
}

fn job_definitions() -> Value {
    json!({"anomaly": anomaly(), "stream": object(&[
        ("read", count_or_null("Rows that were read.")),
        ("success", count_or_null("Rows that were written.")),
        ("fail", count_or_null("Rows that failed.")),
        ("existing", count_or_null("Rows that existed before.")),
        ("updated", count_or_null("Rows that were updated.")),
    ])})
}

fn anomaly() -> Value {
    object(&[
        ("tenant", string("The tenant.")),
        ("kind", one_of(&["slow", "silent", "rows"], "What deviates.")),
        ("value", count("The value of the job: rows, or seconds.")),
        (
            "baseline",
            count_or_null("The typical value, in the same unit; null where none is known."),
        ),
        (
            "stream",
            string_or_null("The stream whose rows deviate; null for the whole job."),
        ),
        ("description", string("The anomaly in one sentence.")),
    ])
}

fn eta_fields() -> Value {
    object(&[
        ("p50", time("The last started job finishes earlier with a probability of 50 %.")),
        ("p90", time("… and of 90 %.")),
        ("last_job", string_or_null("The name of the job that is most likely the last.")),
        ("started", count("Started, unfinished jobs that the ETA is for.")),
        ("not_started", count("Expected jobs that have not started.")),
    ])
}

fn condition(has_reason: bool) -> Value {
    let mut fields = vec![
        ("condition", string("The condition, such as failed<=2%.")),
        ("result", one_of(&RESULTS, "Its result.")),
        (
            "needed",
            count_or_null("More jobs that have to complete, with none failing, for a pass."),
        ),
    ];
    if has_reason {
        fields.push(("reason", string_or_null("The result in words, with figures.")));
    }
    object(&fields)
}

fn wait() -> Value {
    let event = |name: &str| described(json!({"const": name}), "The kind of event.");
    let at = || time("When it was printed or, for a transition, seen.");
    let transition = object(&[
        ("version", version()),
        ("event", event("transition")),
        ("at", at()),
        ("name", string("The name of the job.")),
        ("environment", string("The name of the environment in the config file.")),
        ("tenant", string("The tenant.")),
        ("flow", string("The id of the flow.")),
        ("job_root", string("Identifies the job.")),
        ("from", string_or_null("The status before; null at the first poll.")),
        ("to", string("The status since.")),
        ("message", string_or_null("The message, as hotglue sends it.")),
    ]);
    let gate = object(&[
        ("version", version()),
        ("event", event("gate")),
        ("at", at()),
        ("conditions", list(condition(true), "The conditions of the gate.")),
    ]);
    let forecast = object(&[
        ("version", version()),
        ("event", event("forecast")),
        ("at", at()),
        ("finished", count("Finished jobs.")),
        ("expected", count("All jobs.")),
        (
            "eta",
            definition_or_null("eta", "The forecast; null where there is none."),
        ),
    ]);
    let records = list(job(), "The records.");
    let document = object(&[("version", version()), ("jobs", records)]);
    let mut definitions = job_definitions();
    definitions["eta"] = eta_fields();
    one_of_documents("wait", &[document, transition, gate, forecast], definitions)
}

fn discover() -> Value {
    let flow = object(&[
        ("id", string("The id of the flow.")),
        ("name", string_or_null("The name of the flow, where the listing has it.")),
    ]);
    let tenant = object(&[("id", string("The tenant."))]);
    let found = [("flows", flow), ("tenants", tenant), ("jobs", job())];
    let forms: Vec<_> = found
        .iter()
        .flat_map(|(name, record)| forms(name, record))
        .collect();
    one_of_documents("discover", &forms, job_definitions())
}

fn history() -> Value {
    let step = object(&[
        ("status", string("The status.")),
        ("updated", time_or_null("The time that hotglue gave.")),
        ("seen", time("The time of the poll.")),
    ]);
    let run = object(&[
        ("job_root", string("Identifies the job.")),
        ("tenant", string("The tenant.")),
        ("flow", string("The id of the flow.")),
        ("status", string("The last status.")),
        ("started", time_or_null("When the job was created.")),
        ("last_updated", time("The time of its last event.")),
        (
            "elapsed_seconds",
            described(
                json!({"type": ["integer", "null"]}),
                "Seconds from creation to the last event.",
            ),
        ),
        ("rows", count_or_null("Rows that it moved.")),
        ("message", string_or_null("The last message.")),
        ("steps", list(step, "The recorded statuses, oldest first.")),
    ]);
    let rollout = object(&[
        ("name", string("The name of the followed flow.")),
        ("environment", string("The name of the environment in the config file.")),
        ("flow", string("The id of the flow.")),
        ("since", time("The start.")),
    ]);
    let database = object(&[
        ("runs", count("All recorded runs.")),
        ("bytes", count("The size of the database.")),
    ]);
    let document = object(&[
        ("version", version()),
        ("runs", list(run.clone(), "The recorded runs of the selected jobs, newest first.")),
        ("rollouts", list(rollout, "The selected followed flows that have a start.")),
        ("database", described(database, "The size of the history.")),
    ]);
    one_of_documents("history", &[document, versioned(run)], json!({}))
}

fn learned() -> Value {
    object(&[
        ("environment", string("The name of the environment in the config file.")),
        ("flow", string("The id of the flow.")),
        ("name", string("The name of the followed flow.")),
        ("tenants", count("Tenants whose jobs were listed, or would be.")),
        ("up_to_date", count("Tenants whose listing is recent enough.")),
        ("unlinked", count("Tenants that do not use the flow.")),
        ("failed", count("Tenants whose jobs could not be listed.")),
        ("new_runs", count("Runs that were not known before.")),
        ("calls", count("Calls that were made, or would be.")),
        ("dry_run", boolean("Whether nothing was requested and written.")),
    ])
}

fn listed_rollout() -> Value {
    let tenants = json!({"anyOf": [
        {"const": "*"},
        {"type": "array", "items": {"type": "string"}},
    ]});
    object(&[
        ("name", string("The name of the followed flow.")),
        ("flow", string("The id of the flow.")),
        ("environment", string("The name of the environment in the config file.")),
        ("since", time("The start.")),
        ("tenants", described(tenants, "The expected tenants, or \"*\" for every tenant.")),
        ("gate", strings("The conditions of the gate.")),
    ])
}

fn rollout_show() -> Value {
    let rollout = object(&[
        ("name", string("The name of the followed flow.")),
        ("flow", string("The id of the flow.")),
        ("environment", string("The name of the environment in the config file.")),
        ("since", time_or_null("The start; null where the newest runs count.")),
        ("expected", count("All jobs that are expected.")),
        ("not_started", count("Expected jobs without a run since the start.")),
        ("running", count("Queued and running jobs.")),
        ("finished", count("Completed, failed and canceled jobs.")),
        ("completed", count("Completed jobs.")),
        ("failed", count("Failed jobs, canceled ones included.")),
        ("canceled", count("Canceled jobs.")),
        ("undetermined", count("Jobs whose state could not be determined.")),
        (
            "baseline?",
            described(
                object(&[
                    ("failed", count("Failed runs.")),
                    ("runs", count("Finished runs.")),
                ]),
                "The runs before the start; missing where too few are known.",
            ),
        ),
    ]);
    let group = object(&[
        ("fingerprint", string("What the messages have in common.")),
        ("count", count("Failed jobs in the group.")),
        ("tenants", strings("Their tenants.")),
        ("example", string("The message of the job that failed first.")),
        (
            "distinguishing",
            strings("Attributes that are more frequent in the group than elsewhere."),
        ),
    ]);
    let document = object(&[
        ("version", version()),
        ("rollout", described(rollout, "The rollout and its counts.")),
        ("eta", definition_or_null("eta", "The forecast; null where there is none.")),
        (
            "gate",
            definition_or_null("condition", "The condition that decides; null without a gate."),
        ),
        (
            "gates?",
            list(definition("condition"), "All conditions, where there are several."),
        ),
        ("groups", list(group, "The failure groups, largest first.")),
        (
            "anomalies",
            list(definition("anomaly"), "Deviations from earlier runs."),
        ),
    ]);
    let definitions = json!({
        "anomaly": anomaly(),
        "condition": condition(false),
        "eta": eta_fields(),
    });
    one_of_documents("rollout show", &[document], definitions)
}

fn comparison() -> Value {
    let number = |description: &str| described(json!({"type": "number"}), description);
    let number_or_null = |description: &str| {
        described(json!({"type": ["number", "null"]}), description)
    };
    let worst = object(&[
        ("tenant", string("The tenant.")),
        ("before", number("The value before the start.")),
        ("after", number("The value since the start.")),
    ]);
    object(&[
        (
            "cohort?",
            string("The version of the tap, or the tag, with `--by`."),
        ),
        (
            "metric",
            string("duration, rows, failure rate, or the duration of a stage: sync duration."),
        ),
        ("before", number("The value before the start: seconds, rows, or a share.")),
        ("after", number("The value since the start.")),
        ("shift", number("The shift between paired tenants.")),
        (
            "low",
            number_or_null("The lower bound of its interval; null where there is none."),
        ),
        (
            "high",
            number_or_null("The upper bound of its interval; null where there is none."),
        ),
        (
            "scale",
            one_of(
                &["ratio", "difference"],
                "Whether shift, low and high are ratios or differences.",
            ),
        ),
        ("pairs", count("Tenants with runs before and since the start.")),
        (
            "result",
            one_of(
                &["no difference", "slower", "faster", "higher", "lower", "inconclusive"],
                "What the test found.",
            ),
        ),
        ("worst", list(worst, "The tenants with the largest change for the worse.")),
    ])
}

fn check() -> Value {
    object(&[
        ("name", string("What was checked.")),
        ("verdict", one_of(&["ok", "warn", "fail"], "The result.")),
        ("finding", string("What was found, with the fix for a problem.")),
    ])
}
