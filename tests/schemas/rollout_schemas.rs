//! The schemas of what the commands of `hgtop rollout` print.

use serde_json::{Value, json};

use super::job_schemas::{anomaly, condition, eta_fields};
use super::parts::{
    count, definition, definition_or_null, described, list, object, one_of, one_of_documents,
    string, strings, time, time_or_null, version,
};

pub(crate) fn listed_rollout() -> Value {
    let tenants = json!({"anyOf": [
        {"const": "*"},
        {"type": "array", "items": {"type": "string"}},
    ]});
    object(&[
        ("name", string("The name of the followed flow.")),
        ("flow", string("The id of the flow.")),
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
        ("since", time("The start.")),
        (
            "tenants",
            described(tenants, "The expected tenants, or \"*\" for every tenant."),
        ),
        ("gate", strings("The conditions of the gate.")),
    ])
}

pub(crate) fn rollout_show() -> Value {
    let rollout = object(&[
        ("name", string("The name of the followed flow.")),
        ("flow", string("The id of the flow.")),
        (
            "environment",
            string("The name of the environment in the config file."),
        ),
        (
            "since",
            time_or_null("The start; null where the newest runs count."),
        ),
        ("expected", count("All jobs that are expected.")),
        (
            "not_started",
            count("Expected jobs without a run since the start."),
        ),
        ("running", count("Queued and running jobs.")),
        ("finished", count("Completed, failed and canceled jobs.")),
        ("completed", count("Completed jobs.")),
        ("failed", count("Failed jobs, canceled ones included.")),
        ("canceled", count("Canceled jobs.")),
        (
            "undetermined",
            count("Jobs whose state could not be determined."),
        ),
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
        (
            "example",
            string("The message of the job that failed first."),
        ),
        (
            "distinguishing",
            strings("Attributes that are more frequent in the group than elsewhere."),
        ),
    ]);
    let document = object(&[
        ("version", version()),
        ("rollout", described(rollout, "The rollout and its counts.")),
        (
            "eta",
            definition_or_null("eta", "The forecast; null where there is none."),
        ),
        (
            "gate",
            definition_or_null(
                "condition",
                "The condition that decides; null without a gate.",
            ),
        ),
        (
            "gates?",
            list(
                definition("condition"),
                "All conditions, where there are several.",
            ),
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

pub(crate) fn comparison() -> Value {
    let number = |description: &str| described(json!({"type": "number"}), description);
    let number_or_null =
        |description: &str| described(json!({"type": ["number", "null"]}), description);
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
        (
            "before",
            number("The value before the start: seconds, rows, or a share."),
        ),
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
        (
            "pairs",
            count("Tenants with runs before and since the start."),
        ),
        (
            "result",
            one_of(
                &[
                    "no difference",
                    "slower",
                    "faster",
                    "higher",
                    "lower",
                    "inconclusive",
                ],
                "What the test found.",
            ),
        ),
        (
            "worst",
            list(worst, "The tenants with the largest change for the worse."),
        ),
    ])
}
