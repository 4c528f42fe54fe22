//! The schemas of what the commands print with `--output json` and `jsonl`.

use serde_json::{Value, json};

use super::job_schemas::{condition, eta_fields, identity, job, job_definitions};
use super::parts::{
    boolean, count, count_or_null, definition_or_null, described, forms, list, object, one_of,
    one_of_documents, records, string, string_or_null, time, time_or_null, version, versioned,
};
use super::rollout_schemas::{comparison, listed_rollout, rollout_show};

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
        (
            "doctor.json",
            records("doctor", "checks", check(), json!({})),
        ),
    ]
}

fn wait() -> Value {
    let event = |name: &str| described(json!({"const": name}), "The kind of event.");
    let when = || time("When it was printed or, for a transition, seen.");
    let transition = object(&[
        ("version", version()),
        ("event", event("transition")),
        ("at", when()),
        ("name", string("The name of the job.")),
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
        ("tenant", string("The tenant.")),
        ("flow", string("The id of the flow.")),
        ("job_root", string("Identifies the job.")),
        (
            "from",
            string_or_null("The status before; null at the first poll."),
        ),
        ("to", string("The status since.")),
        (
            "message",
            string_or_null("The message, as hotglue sends it."),
        ),
    ]);
    let gate = object(&[
        ("version", version()),
        ("event", event("gate")),
        ("at", when()),
        (
            "conditions",
            list(condition(true), "The conditions of the gate."),
        ),
    ]);
    let forecast = object(&[
        ("version", version()),
        ("event", event("forecast")),
        ("at", when()),
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
        (
            "name",
            string_or_null("The name of the flow, where the listing has it."),
        ),
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
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
        ("flow", string("The id of the flow.")),
        ("since", time("The start.")),
    ]);
    let database = object(&[
        ("runs", count("All recorded runs.")),
        ("bytes", count("The size of the database.")),
    ]);
    let document = object(&[
        ("version", version()),
        (
            "runs",
            list(
                run.clone(),
                "The recorded runs of the selected jobs, newest first.",
            ),
        ),
        (
            "rollouts",
            list(rollout, "The selected followed flows that have a start."),
        ),
        ("database", described(database, "The size of the history.")),
    ]);
    one_of_documents("history", &[document, versioned(run)], json!({}))
}

fn learned() -> Value {
    object(&[
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
        ("flow", string("The id of the flow.")),
        ("name", string("The name of the followed flow.")),
        (
            "tenants",
            count("Tenants whose jobs were listed, or would be."),
        ),
        (
            "up_to_date",
            count("Tenants whose listing is recent enough."),
        ),
        ("unlinked", count("Tenants that do not use the flow.")),
        ("failed", count("Tenants whose jobs could not be listed.")),
        ("new_runs", count("Runs that were not known before.")),
        ("calls", count("Calls that were made, or would be.")),
        (
            "dry_run",
            boolean("Whether nothing was requested and written."),
        ),
    ])
}

fn check() -> Value {
    object(&[
        ("name", string("What was checked.")),
        ("verdict", one_of(&["ok", "warn", "fail"], "The result.")),
        (
            "finding",
            string("What was found, with the fix for a problem."),
        ),
    ])
}
