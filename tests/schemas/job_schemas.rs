//! The schemas of jobs, anomalies, forecasts and conditions, which several
//! outputs contain.

use hgtop::hotglue::{Stage, State};
use serde_json::{Value, json};

use super::parts::{
    count, count_or_null, definition, described, list, object, one_of, one_of_or_null, string,
    string_or_null, strings, time, time_or_null,
};

const RESULTS: [&str; 3] = ["pass", "hold", "inconclusive"];

pub(crate) fn identity_fields() -> Vec<(&'static str, Value)> {
    vec![
        (
            "name",
            string("The name in the config file, or the job's id."),
        ),
        (
            "names?",
            strings("All names, where several entries and followed flows name the job."),
        ),
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
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

pub(crate) fn identity() -> Value {
    object(&identity_fields())
}

pub(crate) fn job() -> Value {
    let states = State::ALL.map(State::name);
    let states = [&states[..], &["not started"]].concat();
    let stages = Stage::ALL.map(Stage::name);
    let streams = json!({"type": "object", "additionalProperties": definition("stream")});
    let mut fields = identity_fields();
    fields.extend([
        (
            "status",
            string_or_null("The status as hotglue sends it; null without an answer."),
        ),
        ("state", one_of(&states, "What the status means.")),
        ("stage", one_of_or_null(&stages, "The stage of the job.")),
        (
            "message",
            string_or_null("The message, as hotglue sends it."),
        ),
        (
            "error_class",
            string_or_null("The class of the error, where the response names it."),
        ),
        (
            "remedy",
            string_or_null("What repairs errors of that class."),
        ),
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
        (
            "streams",
            described(streams, "The rows of each stream, by name."),
        ),
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

pub(crate) fn job_definitions() -> Value {
    json!({"anomaly": anomaly(), "stream": object(&[
        ("read", count_or_null("Rows that were read.")),
        ("success", count_or_null("Rows that were written.")),
        ("fail", count_or_null("Rows that failed.")),
        ("existing", count_or_null("Rows that existed before.")),
        ("updated", count_or_null("Rows that were updated.")),
    ])})
}

pub(crate) fn anomaly() -> Value {
    object(&[
        ("tenant", string("The tenant.")),
        (
            "kind",
            one_of(&["slow", "silent", "rows"], "What deviates."),
        ),
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

pub(crate) fn eta_fields() -> Value {
    object(&[
        (
            "p50",
            time("The last started job finishes earlier with a probability of 50 %."),
        ),
        ("p90", time("… and of 90 %.")),
        (
            "last_job",
            string_or_null("The name of the job that is most likely the last."),
        ),
        (
            "started",
            count("Started, unfinished jobs that the ETA is for."),
        ),
        ("not_started", count("Expected jobs that have not started.")),
    ])
}

pub(crate) fn condition(has_reason: bool) -> Value {
    let mut fields = vec![
        ("condition", string("The condition, such as failed<=2%.")),
        ("result", one_of(&RESULTS, "Its result.")),
        (
            "needed",
            count_or_null("More jobs that have to complete, with none failing, for a pass."),
        ),
    ];
    if has_reason {
        fields.push((
            "reason",
            string_or_null("The result in words, with figures."),
        ));
    }
    object(&fields)
}
