//! Custom commands: programs that the user runs on jobs, and the placeholders in
//! their arguments.
//!
//! Arguments are passed as they are, without a shell. A value is one argument,
//! or a part of one, whatever it contains; placeholders inside of values are not
//! replaced. A value that starts with a dash is passed unchanged too: where the
//! program would read it as an option, "--" belongs before the placeholder.

mod check;

use serde::Deserialize;
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::config::problem::{Place, did_you_mean};
use crate::hotglue::Text;

/// A custom command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomCommand {
    /// The label.
    pub(crate) name: Text,
    /// The name of its key, not yet checked.
    pub(crate) key: Option<String>,
    /// The program and its arguments, with placeholders in the arguments.
    pub(crate) run: Vec<String>,
    /// Which jobs one run is for.
    pub(crate) on: CommandScope,
    /// Where its output goes.
    pub(crate) output: CommandOutput,
    /// Whether it is confirmed before it runs.
    pub(crate) confirm: bool,
    /// The place of the key in the file; that of the name without one.
    pub(crate) place: Place,
}

/// Which jobs one run of a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandScope {
    /// One job.
    #[default]
    Each,
    /// All marked jobs.
    Marked,
}

/// Where the output of a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandOutput {
    /// A pane over the table.
    #[default]
    Pane,
    /// Only failures are reported.
    Background,
    /// The command gets the terminal.
    Terminal,
}

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Placeholder {
    /// The `job_root`.
    JobRoot,
    /// The last part of the `job_root`.
    JobId,
    /// The tenant.
    Tenant,
    /// The flow.
    Flow,
    /// The environment's name in hotglue.
    EnvId,
    /// The status.
    Status,
    /// The whole message.
    Message,
    /// The user's name for the job.
    Name,
}

/// What the placeholders stand for in one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlaceholderValues {
    /// The `job_root`.
    pub(crate) job_root: String,
    /// The last part of the `job_root`.
    pub(crate) job_id: String,
    /// The tenant.
    pub(crate) tenant: String,
    /// The flow.
    pub(crate) flow: String,
    /// The environment's name in hotglue.
    pub(crate) env_id: String,
    /// The status.
    pub(crate) status: String,
    /// The whole message.
    pub(crate) message: String,
    /// The user's name for the job.
    pub(crate) name: String,
}

impl PlaceholderValues {
    fn get(&self, placeholder: Placeholder) -> &str {
        match placeholder {
            Placeholder::JobRoot => &self.job_root,
            Placeholder::JobId => &self.job_id,
            Placeholder::Tenant => &self.tenant,
            Placeholder::Flow => &self.flow,
            Placeholder::EnvId => &self.env_id,
            Placeholder::Status => &self.status,
            Placeholder::Message => &self.message,
            Placeholder::Name => &self.name,
        }
    }
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Placeholder(Placeholder),
    /// A name in braces that is near to that of a placeholder.
    Unknown(&'a str),
}

/// The parts of a template. Braces around anything else are text.
fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let inside = &rest[start + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = inside.find(|c| !is_name(c)).unwrap_or(inside.len());
        let name = &inside[..end];
        let part = if inside[end..].starts_with('}') {
            match name.parse() {
                Ok(placeholder) => Part::Placeholder(placeholder),
                Err(_) if !hint(name).is_empty() => Part::Unknown(name),
                Err(_) => Part::Text(&rest[start..start + end + 2]),
            }
        } else {
            parts.push(Part::Text(&rest[..=start]));
            rest = inside;
            continue;
        };
        parts.push(Part::Text(&rest[..start]));
        parts.push(part);
        rest = &inside[end + 1..];
    }
    parts.push(Part::Text(rest));
    parts
}

fn hint(name: &str) -> String {
    did_you_mean(name, Placeholder::iter().map(Into::into))
}

/// Checks the placeholders of a template.
///
/// # Errors
/// A message about one that is misspelled.
fn check_template(template: &str) -> Result<(), String> {
    let unknown = parts(template).into_iter().find_map(|part| match part {
        Part::Unknown(name) => Some(name),
        Part::Text(_) | Part::Placeholder(_) => None,
    });
    match unknown {
        Some(name) => Err(format!("unknown placeholder \"{{{name}}}\"{}", hint(name))),
        None => Ok(()),
    }
}

/// Whether a template has placeholders.
fn has_placeholder(template: &str) -> bool {
    let is_one = |part: &Part| matches!(part, Part::Placeholder(_));
    parts(template).iter().any(is_one)
}

/// The template with its placeholders replaced by the values of a job, each
/// encoded in the same way.
pub(crate) fn fill(
    template: &str,
    values: &PlaceholderValues,
    encode: impl Fn(&str) -> String,
) -> String {
    let filled = parts(template).into_iter().map(|part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Placeholder(placeholder) => encode(values.get(placeholder)),
        Part::Unknown(name) => format!("{{{name}}}"),
    });
    filled.collect()
}

impl CustomCommand {
    /// The program and its arguments for some jobs: an argument with a
    /// placeholder is repeated for each job.
    pub(crate) fn arguments(&self, jobs: &[PlaceholderValues]) -> Vec<String> {
        let expand = |template: &String| {
            if has_placeholder(template) {
                let filled = jobs.iter().map(|job| fill(template, job, str::to_owned));
                filled.collect()
            } else {
                vec![template.clone()]
            }
        };
        self.run.iter().flat_map(expand).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(run: &[&str]) -> CustomCommand {
        CustomCommand {
            name: Text::new("test"),
            key: None,
            run: run.iter().map(|&argument| argument.to_owned()).collect(),
            on: CommandScope::Each,
            output: CommandOutput::Pane,
            confirm: false,
            place: Place { line: 1, column: 1 },
        }
    }

    fn values(tenant: &str, message: &str) -> PlaceholderValues {
        PlaceholderValues {
            tenant: tenant.to_owned(),
            message: message.to_owned(),
            ..PlaceholderValues::default()
        }
    }

    #[test]
    fn hostile_value_is_one_argument_as_it_is() {
        let command = command(&["show", "{message}", "--tenant={tenant}", "a b"]);
        let long = "x".repeat(64 * 1024);
        for hostile in [
            "it's \"quoted\" $(rm -rf /) `id`; |&<>*?~",
            "two\nlines\r\n",
            "-rf",
            "--help",
            "",
            " ",
            "{tenant} {message}",
            &long,
        ] {
            let arguments = command.arguments(&[values("acme", hostile)]);
            assert_eq!(arguments, ["show", hostile, "--tenant=acme", "a b"]);
        }
    }

    #[test]
    fn placeholders_repeat_as_separate_arguments() {
        let command = command(&["rerun", "--", "{tenant}", "end"]);
        let jobs = ["acme", "-x"].map(|tenant| values(tenant, ""));
        assert_eq!(
            command.arguments(&jobs),
            ["rerun", "--", "acme", "-x", "end"]
        );
    }

    #[test]
    fn braces_around_anything_else_are_text() {
        let values = values("acme", "");
        for (template, filled) in [
            ("{print $1}", "{print $1}"),
            ("{{tenant}}", "{acme}"),
            ("{}{tenant}{", "{}acme{"),
            ("{x{tenant}", "{xacme"),
            ("", ""),
        ] {
            assert_eq!(fill(template, &values, str::to_owned), filled, "{template}");
            assert!(check_template(template).is_ok());
        }
        let error = check_template("--t={tennant}").unwrap_err();
        assert_eq!(
            error,
            "unknown placeholder \"{tennant}\" (did you mean \"tenant\"?)"
        );
    }

    proptest::proptest! {
        #[test]
        fn template_without_placeholders_is_filled_with_itself(template in "[{}a-z $]{0,30}") {
            proptest::prop_assume!(!has_placeholder(&template));
            let filled = fill(&template, &PlaceholderValues::default(), str::to_owned);
            proptest::prop_assert_eq!(filled, template);
        }
    }
}
