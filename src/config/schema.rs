//! The schema of the config file, as it is deserialized. Values are checked
//! against each other later. Unknown keys are errors.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::commands::{CommandOutput, CommandScope};
use super::values::{Glyphs, NotifyOn, PollInterval, ThemeName};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) poll_interval: Option<PollInterval>,
    pub(super) max_requests_per_second: Option<Spanned<u32>>,
    pub(super) max_concurrent_requests: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) theme: ThemeName,
    #[serde(default)]
    pub(super) glyphs: Glyphs,
    pub(super) notify: Option<Vec<NotifyOn>>,
    #[serde(default)]
    pub(super) on_change: Vec<String>,
    pub(super) history: Option<bool>,
    #[serde(default)]
    pub(super) environments: BTreeMap<Spanned<String>, Environment>,
    #[serde(default)]
    pub(super) jobs: Vec<Spanned<Job>>,
    #[serde(default)]
    pub(super) follow: Vec<Spanned<Follow>>,
    #[serde(default)]
    pub(super) views: Vec<View>,
    #[serde(default)]
    pub(super) commands: Vec<Command>,
    #[serde(default)]
    pub(super) keys: BTreeMap<Spanned<String>, Keys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Environment {
    pub(super) env_id: Spanned<String>,
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) api_key: Option<SecretString>,
    pub(super) api_key_env: Option<Spanned<String>>,
    pub(super) api_key_command: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) allow_http: bool,
    pub(super) read_only: Option<Spanned<bool>>,
    pub(super) job_url: Option<Spanned<String>>,
    pub(super) accent: Option<Spanned<String>>,
}

#[expect(
    clippy::struct_field_names,
    reason = "job_root is the service's name for it"
)]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    pub(super) name: Option<String>,
    pub(super) environment: Option<Spanned<String>>,
    pub(super) job_root: Spanned<String>,
    pub(super) tenant: Option<Spanned<String>>,
    pub(super) flow: Option<Spanned<String>>,
    pub(super) poll_interval: Option<PollInterval>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Follow {
    pub(super) name: Option<String>,
    pub(super) environment: Option<Spanned<String>>,
    pub(super) flow: Spanned<String>,
    pub(super) tenants: Spanned<Tenants>,
    pub(super) since: Option<Spanned<Since>>,
    pub(super) gate: Option<Spanned<Gate>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "tenants must be a list of tenants or `*` in quotes"
)]
pub(super) enum Tenants {
    All(String),
    Named(Vec<String>),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "since must be a date and time such as 2026-11-24T09:00:00Z"
)]
pub(super) enum Since {
    Datetime(Datetime),
    Text(String),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "gate must be a condition such as `failed<=2%`, or a list of them"
)]
pub(super) enum Gate {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct View {
    pub(super) name: Spanned<String>,
    pub(super) filter: Option<Spanned<String>>,
    pub(super) sort: Option<Spanned<String>>,
    pub(super) group: Option<Spanned<String>>,
    pub(super) columns: Option<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    pub(super) name: Spanned<String>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) run: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) on: CommandScope,
    #[serde(default)]
    pub(super) output: CommandOutput,
    #[serde(default)]
    pub(super) confirm: bool,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "keys must be a string or a list of strings")]
pub(super) enum Keys {
    One(String),
    Several(Vec<String>),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::File;

    /// The keys that the reader offers instead of an unknown one.
    fn accepted(table: &str) -> BTreeSet<String> {
        let text = format!("{table}\nno_such_key = 1\n");
        let Err(error) = toml::from_str::<File>(&text) else {
            panic!("{table}: an unknown key was accepted");
        };
        let (_, offered) = error.message().split_once("expected one of").unwrap();
        let names = offered.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    }

    #[test]
    fn json_schema_has_the_keys_that_are_accepted() {
        let schema: Value = serde_json::from_str(crate::config::SCHEMA).unwrap();
        for (pointer, table) in [
            ("", ""),
            ("/definitions/environment", "[environments.dev]"),
            ("/definitions/job", "[[jobs]]"),
            ("/definitions/follow", "[[follow]]"),
            ("/definitions/view", "[[views]]"),
            ("/definitions/command", "[[commands]]"),
        ] {
            let properties = &schema.pointer(pointer).unwrap()["properties"];
            let described = properties.as_object().unwrap().keys();
            let described: BTreeSet<_> = described.cloned().collect();
            assert_eq!(described, accepted(table), "{table}");
        }
    }
}
