//! The first-run form: one environment, and where its key is.

use std::path::Path;

use secrecy::SecretString;
use toml_edit::{Array, DocumentMut, value};
use tui_input::Input;

use crate::config::{self, ConfigError, HotglueCli, Overrides};
use crate::hotglue::DEFAULT_BASE_URL;

/// Where the key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a variable.
    Variable,
    /// A program prints it.
    Command,
    /// In the config file.
    File,
}

impl KeyPlace {
    /// Every place, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Variable, Self::Command, Self::File];

    /// What the form says of it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Variable => "in a variable",
            Self::Command => "printed by a program",
            Self::File => "in the config file",
        }
    }
}

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupField {
    /// The service's name for the environment.
    EnvId,
    /// Where the key is.
    Place,
    /// The variable, the command, or the key.
    Key,
    /// Where the API is.
    BaseUrl,
}

impl SetupField {
    /// Every line, from top to bottom.
    pub const ALL: [Self; 4] = [Self::EnvId, Self::Place, Self::Key, Self::BaseUrl];
}

/// The first-run form.
#[derive(Clone)]
pub struct SetupForm {
    /// The service's name for the environment.
    pub env_id: Input,
    /// Where the key is.
    pub place: KeyPlace,
    /// The variable, the command, or the key, by place.
    pub keys: [Input; 3],
    /// Where the API is.
    pub base_url: Input,
    /// Where the keys go.
    pub field: SetupField,
    /// Whether it opened on what hotglue's own tool has.
    pub offered: bool,
    /// What is wrong, if something is.
    pub problem: Option<String>,
}

impl std::fmt::Debug for SetupForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupForm({:?})", self.env_id.value())
    }
}

impl Default for SetupForm {
    fn default() -> Self {
        Self {
            env_id: Input::default(),
            place: KeyPlace::Variable,
            keys: [
                Input::new("HOTGLUE_API_KEY".to_owned()),
                Input::default(),
                Input::default(),
            ],
            base_url: Input::new(DEFAULT_BASE_URL.to_owned()),
            field: SetupField::EnvId,
            offered: false,
            problem: None,
        }
    }
}

impl SetupForm {
    /// The form as it opens where the files of hotglue's own tool were found:
    /// it says what they hold, for the person to take or to change.
    pub(in crate::app) fn offering(found: &HotglueCli) -> Self {
        let mut form = Self::default();
        if let Some(env_id) = &found.env_id {
            form.env_id = Input::new(env_id.clone());
        }
        let command = found
            .key_command()
            .and_then(|words| shlex::try_join(words.iter().map(String::as_str)).ok());
        if let Some(command) = command {
            form.place = KeyPlace::Command;
            form.keys[KeyPlace::Command as usize] = Input::new(command);
        }
        form.offered = found.env_id.is_some() || found.key_file.is_some();
        form
    }

    /// The input of the key, for the place that is chosen.
    pub fn key(&self) -> &Input {
        &self.keys[self.place as usize]
    }

    /// The input that the keys go to, if they go to one.
    pub(in crate::app) fn input(&mut self) -> Option<&mut Input> {
        match self.field {
            SetupField::EnvId => Some(&mut self.env_id),
            SetupField::Place => None,
            SetupField::Key => Some(&mut self.keys[self.place as usize]),
            SetupField::BaseUrl => Some(&mut self.base_url),
        }
    }

    pub(in crate::app) fn step(&mut self, forward: bool) {
        let count = SetupField::ALL.len();
        let at = SetupField::ALL
            .iter()
            .position(|field| *field == self.field)
            .unwrap_or_default();
        self.field = SetupField::ALL[(at + if forward { 1 } else { count - 1 }) % count];
    }

    pub(in crate::app) fn turn(&mut self, forward: bool) {
        let by = if forward { 1 } else { KeyPlace::ALL.len() - 1 };
        self.place = KeyPlace::ALL[(self.place as usize + by) % KeyPlace::ALL.len()];
    }

    /// The config file that the form describes; checked as any other is.
    ///
    /// # Errors
    /// With the sentence for the person.
    pub(in crate::app) fn config(&self) -> Result<SecretString, String> {
        let env_id = self.env_id.value().trim();
        if env_id.is_empty() {
            return Err(
                "the env_id is missing: it looks like dev.example-env.hotglue.xyz".to_owned(),
            );
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
                let words = shlex::split(key).filter(|words| !words.is_empty());
                let words =
                    words.ok_or("the command is missing, or a quote in it is not closed")?;
                environment["api_key_command"] = value(words.into_iter().collect::<Array>());
            }
        }
        // Written as tables rather than inline, as a person would.
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
                "# hgtop's config file; every setting is explained in config.example.toml.\n\n{text}"
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

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn form(env_id: &str, place: KeyPlace, key: &str) -> SetupForm {
        let mut form = SetupForm {
            env_id: Input::new(env_id.to_owned()),
            place,
            ..SetupForm::default()
        };
        form.keys[place as usize] = Input::new(key.to_owned());
        form
    }

    #[test]
    fn the_form_makes_a_config() {
        let text = form("dev.x.xyz", KeyPlace::Command, "op read 'a b'")
            .config()
            .unwrap();
        insta::assert_snapshot!(text.expose_secret(), @r#"
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
    fn mistakes_are_told_without_the_key() {
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
