//! The first-run form: one environment, and where its API key is read from.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent};
use secrecy::SecretString;
use strum::{EnumIter, IntoEnumIterator};
use toml_edit::{Array, DocumentMut, value};

use crate::app::input::LineInput;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::config::{self, ConfigError, HotglueCli, Overrides};
use crate::hotglue::DEFAULT_BASE_URL;

/// Where the API key is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub(crate) enum KeyPlace {
    /// An environment variable.
    Variable,
    /// The output of a program.
    Command,
    /// The config file.
    File,
}

impl KeyPlace {
    /// The label of the choice.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Variable => "environment variable",
            Self::Command => "output of a command",
            Self::File => "config file",
        }
    }
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub(crate) enum SetupField {
    /// The service's id of the environment.
    EnvId,
    /// Where the API key is read from.
    Place,
    /// The variable, the command, or the API key itself.
    Key,
    /// The base URL of the API.
    BaseUrl,
}

/// The first-run form.
#[derive(Clone)]
pub struct SetupForm {
    /// The service's id of the environment.
    pub(crate) env_id: LineInput,
    /// Where the API key is read from.
    pub(crate) place: KeyPlace,
    /// The variable, the command, or the API key itself, by place.
    pub(crate) keys: [LineInput; 3],
    /// The base URL of the API.
    pub(crate) base_url: LineInput,
    /// The focused field.
    pub(crate) focus: SetupField,
    /// Whether the form was filled in from the files of hotglue's own tool.
    pub(crate) prefilled: bool,
    /// Why the form could not be saved, if it could not.
    pub(crate) problem: Option<String>,
}

impl std::fmt::Debug for SetupForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupForm({:?})", self.env_id.value())
    }
}

impl Default for SetupForm {
    fn default() -> Self {
        Self {
            env_id: LineInput::default(),
            place: KeyPlace::Variable,
            keys: [
                LineInput::new("HOTGLUE_API_KEY"),
                LineInput::default(),
                LineInput::default(),
            ],
            base_url: LineInput::new(DEFAULT_BASE_URL),
            focus: SetupField::EnvId,
            prefilled: false,
            problem: None,
        }
    }
}

impl SetupForm {
    /// The form filled in from the files of hotglue's own tool.
    pub(in crate::app) fn from_hotglue_cli(found: &HotglueCli) -> Self {
        let mut form = Self::default();
        if let Some(env_id) = &found.env_id {
            form.env_id = LineInput::new(env_id);
        }
        let command = found
            .key_command()
            .and_then(|command| shlex::try_join(command.iter().map(String::as_str)).ok());
        if let Some(command) = command {
            form.place = KeyPlace::Command;
            form.keys[KeyPlace::Command as usize] = LineInput::new(&command);
        }
        form.prefilled = found.env_id.is_some() || found.key_file.is_some();
        form
    }

    /// The input for the variable, the command, or the API key.
    pub(crate) fn key(&self) -> &LineInput {
        &self.keys[self.place as usize]
    }

    /// The focused input; `None` on the choice of the place.
    fn input(&mut self) -> Option<&mut LineInput> {
        match self.focus {
            SetupField::EnvId => Some(&mut self.env_id),
            SetupField::Place => None,
            SetupField::Key => Some(&mut self.keys[self.place as usize]),
            SetupField::BaseUrl => Some(&mut self.base_url),
        }
    }

    /// The content of the config file, validated like any other.
    ///
    /// # Errors
    /// A message for the user. It never contains the API key.
    fn config(&self) -> Result<SecretString, String> {
        let env_id = self.env_id.value().trim();
        if env_id.is_empty() {
            return Err("env_id is missing; it looks like dev.example-env.hotglue.xyz".to_owned());
        }
        let mut document = DocumentMut::new();
        let name = env_id
            .split('.')
            .next()
            .filter(|name| !name.is_empty())
            .unwrap_or("main");
        let environment = &mut document["environments"][name];
        environment["env_id"] = value(env_id);
        let base_url = self.base_url.value().trim();
        if !base_url.is_empty() && base_url != DEFAULT_BASE_URL {
            environment["base_url"] = value(base_url);
        }
        let key = self.key().value().trim();
        match self.place {
            KeyPlace::Variable => environment["api_key_env"] = value(key),
            KeyPlace::File => environment["api_key"] = value(key),
            KeyPlace::Command => {
                let command = shlex::split(key).filter(|command| !command.is_empty());
                let command =
                    command.ok_or("the command is empty or contains an unclosed quote")?;
                environment["api_key_command"] = value(command.into_iter().collect::<Array>());
            }
        }
        // Tables read better than the inline form that indexing creates.
        if let Some(environments) = document["environments"].as_inline_table().cloned() {
            let mut table = environments.into_table();
            table.set_implicit(true);
            for (_, item) in table.iter_mut() {
                if let Some(inner) = item.as_inline_table().cloned() {
                    *item = toml_edit::Item::Table(inner.into_table());
                }
            }
            document["environments"] = toml_edit::Item::Table(table);
        }
        let text = document.to_string();
        match config::parse(&text, Path::new(""), &Overrides::default()) {
            Ok(_) => Ok(SecretString::from(format!(
                "#:schema ./{}\n\n# hgtop's config file; every setting is explained in \
                 config.example.toml.\n\n{text}",
                config::SCHEMA_FILE
            ))),
            Err(ConfigError::Invalid { problems, .. }) => Err(problems
                .into_iter()
                .map(|problem| problem.message().to_owned())
                .next()
                .unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl OverlayPart for SetupForm {
    fn on_key(&mut self, _context: &Context, key: KeyEvent) -> Outcome {
        self.problem = None;
        match key.code {
            KeyCode::Esc => return Outcome::Close,
            // The form stays open until the file exists.
            KeyCode::Enter => match self.config() {
                Ok(content) => return Outcome::Run(OverlayAction::CreateConfig(content)),
                Err(problem) => self.problem = Some(problem),
            },
            KeyCode::Tab | KeyCode::Down => self.focus = neighbor(self.focus, true),
            KeyCode::BackTab | KeyCode::Up => self.focus = neighbor(self.focus, false),
            code => match (self.input(), code) {
                (Some(input), _) => drop(input.on_key(key)),
                (None, KeyCode::Left) => self.place = neighbor(self.place, false),
                (None, KeyCode::Right | KeyCode::Char(' ')) => {
                    self.place = neighbor(self.place, true);
                }
                (None, _) => {}
            },
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, _context: &Context, text: &str) -> Outcome {
        self.problem = None;
        if let Some(input) = self.input() {
            input.paste_unmasked(text);
        }
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::fixed("enter", "save"),
            Hint::fixed("tab", "next field"),
            Hint::fixed("left right", "choose"),
            Hint::fixed("esc", "skip"),
        ]
    }
}

/// The next or previous value of a list that wraps around.
fn neighbor<T: IntoEnumIterator + PartialEq + Copy>(current: T, forward: bool) -> T {
    let values: Vec<T> = T::iter().collect();
    let index = values.iter().position(|value| *value == current);
    let index = index.unwrap_or_default();
    let by = if forward { 1 } else { values.len() - 1 };
    values[(index + by) % values.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn form(env_id: &str, place: KeyPlace, key: &str) -> SetupForm {
        let mut form = SetupForm {
            env_id: LineInput::new(env_id),
            place,
            ..SetupForm::default()
        };
        form.keys[place as usize] = LineInput::new(key);
        form
    }

    #[test]
    fn form_writes_a_valid_config() {
        let text = form("dev.x.xyz", KeyPlace::Command, "op read 'a b'")
            .config()
            .unwrap();
        insta::assert_snapshot!(text.expose_secret(), @r#"
        #:schema ./hgtop.schema.json

        # hgtop's config file; every setting is explained in config.example.toml.

        [environments.dev]
        env_id = "dev.x.xyz"
        api_key_command = ["op", "read", "a b"]
        "#);
        let text = form("dev.x.xyz", KeyPlace::Variable, "MY_KEY")
            .config()
            .unwrap();
        assert!(text.expose_secret().contains("api_key_env = \"MY_KEY\""));
    }

    #[test]
    fn env_id_that_is_a_url_is_rejected() {
        for url in ["http://foo/bar", "https://api.hotglue.com", "dev/x"] {
            let problem = form(url, KeyPlace::Variable, "X").config().unwrap_err();
            assert!(
                problem.contains("env_id") && problem.contains("not a URL"),
                "{problem}"
            );
        }
    }

    #[test]
    fn problems_never_contain_the_api_key() {
        for (env_id, place, key) in [
            ("", KeyPlace::Variable, "X"),
            ("..", KeyPlace::Variable, "X"),
            ("dev", KeyPlace::Variable, "SECRET-KEY"),
            ("dev", KeyPlace::Command, "op 'unclosed"),
            ("dev", KeyPlace::File, ""),
            ("dev", KeyPlace::File, "SECRET KEY"),
        ] {
            let form = form(env_id, place, key);
            let problem = form.config().unwrap_err();
            assert!(
                !problem.contains("SECRET") && !problem.is_empty(),
                "{problem}"
            );
            assert!(!format!("{form:?}").contains("SECRET"));
        }
    }
}
