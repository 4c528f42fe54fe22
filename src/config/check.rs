//! Checking the file as it is written: settings, environments, and what the
//! command line says of them.

use std::ops::Range;
use std::path::Path;

use secrecy::ExposeSecret;
use toml::Spanned;

use super::child_environment::DEFAULT_VARIABLE;
use super::key_command::KeyCommand;
use super::overrides::Overrides;
use super::schema;
use super::{Config, Environment, KeyBinding, KeySource, Place, Problem, SavedView, Settings};
use crate::hotglue::{ApiKey, BaseUrl, DEFAULT_BASE_URL, EnvId, IdError, Text};

/// Turns the file as written into the checked config, collecting problems.
pub(super) struct Reader<'a> {
    pub(super) source: &'a str,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.source, span.start)
    }

    pub(super) fn problem(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let place = Some(self.place(span));
        self.problems.push(Problem {
            place,
            message: message.into(),
        });
    }

    pub(super) fn config(
        &mut self,
        file: schema::File,
        path: &Path,
        overrides: &Overrides,
    ) -> Option<Config> {
        let settings = self.settings(&file);
        let mut environments: Vec<_> = file
            .environments
            .into_iter()
            .map(|(name, environment)| (name.span().start, name, environment))
            .collect();
        environments.sort_by_key(|(start, ..)| *start);
        let written = environments.len();
        let mut environments: Vec<Environment> = environments
            .into_iter()
            .filter_map(|(_, name, environment)| self.environment(&name, &environment, overrides))
            .collect();
        if written > environments.len() {
            return None;
        }
        let only = match overrides.apply(&mut environments) {
            Ok(only) => only,
            Err(message) => {
                self.problems.push(Problem {
                    place: None,
                    message,
                });
                return None;
            }
        };

        let key_variables = super::key_variables(&environments);
        for environment in &mut environments {
            if let KeySource::Command(command) = &mut environment.key {
                command.withhold(key_variables.clone());
            }
        }
        let mut config = Config {
            path: Some(path.to_owned()),
            settings,
            ..Config::empty()
        };
        config.jobs = file
            .jobs
            .into_iter()
            .filter_map(|job| self.job(job, &environments))
            .filter(|job| only.is_none_or(|only| job.environment == only))
            .collect();
        self.drop_repeated(&mut config.jobs);
        config.follows = file
            .follow
            .into_iter()
            .filter_map(|follow| self.follow(follow, &environments))
            .filter(|follow| only.is_none_or(|only| follow.environment == only))
            .collect();
        config.views = file
            .views
            .into_iter()
            .map(|view| SavedView {
                name: Text::cut(&view.name, 64),
                filter: view.filter,
            })
            .collect();
        config.keys = file
            .keys
            .into_iter()
            .map(|(action, keys)| KeyBinding {
                place: self.place(&action.span()),
                action: action.into_inner(),
                keys: match keys {
                    schema::Keys::One(key) => vec![key],
                    schema::Keys::Several(keys) => keys,
                },
            })
            .collect();
        config.environments = environments;
        config.warnings = std::mem::take(&mut self.warnings);
        Some(config)
    }

    fn settings(&mut self, file: &schema::File) -> Settings {
        let default = Settings::default();
        let mut bounded = |name: &str, value: Option<&Spanned<u32>>, default: u32, most: u32| {
            let Some(value) = value else { return default };
            if !(1..=most).contains(value.get_ref()) {
                self.problem(&value.span(), format!("{name} must be from 1 to {most}"));
            }
            *value.get_ref()
        };
        let rate = bounded(
            "max_requests_per_second",
            file.max_requests_per_second.as_ref(),
            default.max_requests_per_second,
            1000,
        );
        let concurrent = file.max_concurrent_requests.as_ref().map(|value| {
            let number = u32::try_from(*value.get_ref()).unwrap_or(u32::MAX);
            Spanned::new(value.span(), number)
        });
        let concurrent = bounded("max_concurrent_requests", concurrent.as_ref(), 16, 256);
        Settings {
            poll_interval: file
                .poll_interval
                .map_or(default.poll_interval, |given| given.0),
            max_requests_per_second: rate,
            max_concurrent_requests: concurrent as usize,
            theme: file.theme,
            glyphs: file.glyphs,
            notify: file.notify.clone().unwrap_or(default.notify),
            on_change: file.on_change.clone(),
            history: file.history.unwrap_or(default.history),
        }
    }

    fn environment(
        &mut self,
        name: &Spanned<String>,
        written: &schema::Environment,
        overrides: &Overrides,
    ) -> Option<Environment> {
        let span = name.span();
        let clean = Text::cut(name.get_ref(), 64);
        if clean.as_str() != name.get_ref() {
            self.problem(&span, "an environment's name is short and plain text");
        }
        if let Some(read_only) = &written.read_only
            && !read_only.get_ref()
        {
            self.problem(
                &read_only.span(),
                "hgtop never writes to hotglue; read_only can only be true",
            );
        }
        let key = self.key_source(&span, written);
        let env_id = EnvId::parse(written.env_id.get_ref());
        let env_id = self.id(&written.env_id.span(), env_id);
        let base_text = written
            .base_url
            .as_ref()
            .map_or(DEFAULT_BASE_URL, |text| text.get_ref());
        let allow_http = written.allow_http;
        let base_url = match BaseUrl::parse(base_text, allow_http) {
            Ok(base_url) => Some(base_url),
            // The command line gives this environment another one.
            Err(_)
                if overrides.base_url.is_some()
                    && overrides.env.as_ref() == Some(name.get_ref()) =>
            {
                BaseUrl::parse(DEFAULT_BASE_URL, false).ok()
            }
            Err(error) => {
                let span = written.base_url.as_ref().map_or(span, Spanned::span);
                self.problem(&span, error.to_string());
                None
            }
        };
        Some(Environment {
            name: clean,
            env_id: env_id?,
            base_url: base_url?,
            key: key?,
        })
    }

    fn key_source(
        &mut self,
        span: &Range<usize>,
        written: &schema::Environment,
    ) -> Option<KeySource> {
        let given = usize::from(written.api_key.is_some())
            + usize::from(written.api_key_env.is_some())
            + usize::from(written.api_key_command.is_some());
        if given > 1 {
            self.problem(
                span,
                "give one of api_key, api_key_env and api_key_command, not several",
            );
            return None;
        }
        if let Some(key) = &written.api_key {
            return match ApiKey::parse(key.expose_secret()) {
                Ok(key) => Some(KeySource::Literal(key)),
                Err(error) => {
                    self.problem(span, format!("api_key: {error}"));
                    None
                }
            };
        }
        if let Some(words) = &written.api_key_command {
            let command = KeyCommand::new(words.get_ref());
            if command.is_none() {
                self.problem(&words.span(), "api_key_command needs a program to run");
            }
            return command.map(KeySource::Command);
        }
        let name = written
            .api_key_env
            .as_ref()
            .map_or(DEFAULT_VARIABLE, |name| name.get_ref());
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            let span = written
                .api_key_env
                .as_ref()
                .map_or_else(|| span.clone(), Spanned::span);
            // What stands here may be the key itself: it is not repeated.
            self.problem(
                &span,
                "api_key_env is the name of a variable, like HOTGLUE_API_KEY",
            );
            return None;
        }
        Some(KeySource::Variable(name.to_owned()))
    }

    pub(super) fn id<T>(&mut self, span: &Range<usize>, read: Result<T, IdError>) -> Option<T> {
        read.map_err(|error| self.problem(span, error.to_string()))
            .ok()
    }
}
