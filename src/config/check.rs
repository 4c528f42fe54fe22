//! Checking what the file says: settings, environments and key sources.

use std::ops::Range;
use std::path::Path;

use secrecy::ExposeSecret;
use toml::Spanned;

use super::child_environment::DEFAULT_VARIABLE;
use super::contents::{
    Config, Environment, KeyBinding, SavedView, Settings, ViewEntry, key_variables,
};
use super::key_command::KeyCommand;
use super::key_source::KeySource;
use super::overrides::Overrides;
use super::problem::{LineIndex, Problem};
use super::schema;
use super::values::{Accent, env_id};
use crate::hotglue::{ApiKey, BaseUrl, DEFAULT_BASE_URL, EnvId, IdError, Text};

/// The longest name of an environment or view, in bytes.
pub(in crate::config) const MAX_NAME_BYTES: usize = 64;

/// Turns the parsed file into a valid config and collects its problems.
pub(in crate::config) struct Checker<'a> {
    pub(in crate::config) lines: LineIndex<'a>,
    problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            lines: LineIndex::new(source),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(in crate::config) fn problem(&mut self, span: &Range<usize>, message: impl AsRef<str>) {
        let place = self.lines.place(span.start);
        self.problems.push(Problem::at(place, message.as_ref()));
    }

    /// Checks the whole file.
    ///
    /// # Errors
    /// The problems, in the order of the file.
    pub(super) fn check(
        mut self,
        file: schema::File,
        path: &Path,
        overrides: &Overrides,
    ) -> Result<Config, Vec<Problem>> {
        let config = self.config(file, path, overrides);
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => {
                self.problems.sort();
                Err(self.problems)
            }
        }
    }

    fn config(&mut self, file: schema::File, path: &Path, overrides: &Overrides) -> Option<Config> {
        let settings = self.settings(&file);
        let mut in_file: Vec<_> = file.environments.into_iter().collect();
        in_file.sort_by_key(|(name, _)| name.span().start);
        let count = in_file.len();
        let mut environments: Vec<Environment> = in_file
            .into_iter()
            .filter_map(|(name, environment)| self.environment(&name, &environment, overrides))
            .collect();
        // Jobs of an invalid environment would be reported as well.
        if environments.len() < count {
            return None;
        }
        let only = match overrides.apply(&mut environments) {
            Ok(only) => only,
            Err(message) => {
                self.problems.push(Problem::general(&message));
                return None;
            }
        };
        let variables = key_variables(&environments);
        for environment in &mut environments {
            if let KeySource::Command(command) = &mut environment.key {
                command.withhold(variables.clone());
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
        self.drop_duplicates(&mut config.jobs);
        config.follows = file
            .follow
            .into_iter()
            .filter_map(|follow| self.follow(follow, &environments))
            .filter(|follow| only.is_none_or(|only| follow.environment == only))
            .collect();
        config.views = file.views.into_iter().map(|view| self.view(view)).collect();
        config.commands = file
            .commands
            .into_iter()
            .map(|command| self.command(command))
            .collect();
        config.keys = file
            .keys
            .into_iter()
            .map(|(action, keys)| KeyBinding {
                place: self.lines.place(action.span().start),
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

    fn view(&self, view: schema::View) -> SavedView {
        let place = |value: Option<&Spanned<String>>| {
            let span = value.unwrap_or(&view.name).span();
            self.lines.place(span.start)
        };
        let columns = view.columns.as_ref();
        SavedView {
            filter_place: place(view.filter.as_ref()),
            sort_place: place(view.sort.as_ref()),
            group_place: place(view.group.as_ref()),
            column_places: columns
                .into_iter()
                .flatten()
                .map(|column| place(Some(column)))
                .collect(),
            entry: ViewEntry {
                name: Text::cut(view.name.get_ref(), MAX_NAME_BYTES),
                filter: view.filter.map(Spanned::into_inner).unwrap_or_default(),
                sort: view.sort.map(Spanned::into_inner),
                group: view.group.map(Spanned::into_inner),
                columns: view
                    .columns
                    .map(|columns| columns.into_iter().map(Spanned::into_inner).collect()),
            },
        }
    }

    fn settings(&mut self, file: &schema::File) -> Settings {
        let default = Settings::default();
        let rate = file.max_requests_per_second.as_ref();
        let concurrent = file.max_concurrent_requests.as_ref();
        Settings {
            poll_interval: file
                .poll_interval
                .map_or(default.poll_interval, |interval| interval.0),
            max_requests_per_second: rate.map_or(default.max_requests_per_second, |rate| {
                self.bounded("max_requests_per_second", rate, 1000)
            }),
            max_concurrent_requests: concurrent
                .map_or(default.max_concurrent_requests, |concurrent| {
                    self.bounded("max_concurrent_requests", concurrent, 256) as usize
                }),
            theme: file.theme,
            glyphs: file.glyphs,
            notify: file.notify.clone().unwrap_or(default.notify),
            on_change: file.on_change.clone(),
            history: file.history.unwrap_or(default.history),
        }
    }

    fn bounded(&mut self, name: &str, value: &Spanned<u32>, max: u32) -> u32 {
        let number = *value.get_ref();
        if !(1..=max).contains(&number) {
            self.problem(&value.span(), format!("{name} must be between 1 and {max}"));
        }
        number
    }

    fn environment(
        &mut self,
        name: &Spanned<String>,
        written: &schema::Environment,
        overrides: &Overrides,
    ) -> Option<Environment> {
        let span = name.span();
        let clean = Text::cut(name.get_ref(), MAX_NAME_BYTES);
        if clean.as_str() != name.get_ref() || clean.as_str().contains('\n') {
            self.problem(
                &span,
                format!(
                    "the name of an environment must be printable and at most {MAX_NAME_BYTES} bytes"
                ),
            );
        }
        if let Some(read_only) = &written.read_only
            && !read_only.get_ref()
        {
            self.problem(
                &read_only.span(),
                "read_only cannot be false: hgtop never writes to hotglue",
            );
        }
        let accent = written.accent.as_ref().and_then(|accent| {
            Accent::parse(accent.get_ref())
                .map_err(|message| self.problem(&accent.span(), message))
                .ok()
        });
        let key = self.key_source(&span, written);
        let job_url = self.job_url(written.job_url.as_ref());
        let env_id = self.env_id(&written.env_id);
        let base_text = written
            .base_url
            .as_ref()
            .map_or(DEFAULT_BASE_URL, |text| text.get_ref());
        let is_overridden =
            overrides.base_url.is_some() && overrides.env.as_ref() == Some(name.get_ref());
        let base_url = match BaseUrl::parse(base_text, written.allow_http) {
            Ok(base_url) => Some(base_url),
            Err(_) if is_overridden => BaseUrl::parse(DEFAULT_BASE_URL, false).ok(),
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
            accent,
            job_url,
        })
    }

    fn env_id(&mut self, written: &Spanned<String>) -> Option<EnvId> {
        env_id(written.get_ref())
            .map_err(|message| self.problem(&written.span(), message))
            .ok()
    }

    fn key_source(
        &mut self,
        span: &Range<usize>,
        written: &schema::Environment,
    ) -> Option<KeySource> {
        let sources = usize::from(written.api_key.is_some())
            + usize::from(written.api_key_env.is_some())
            + usize::from(written.api_key_command.is_some());
        if sources > 1 {
            self.problem(
                span,
                "set only one of api_key, api_key_env and api_key_command",
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
        if let Some(command_line) = &written.api_key_command {
            let command = KeyCommand::new(command_line.get_ref());
            if command.is_none() {
                self.problem(
                    &command_line.span(),
                    "api_key_command must name a program to run",
                );
            }
            return command.map(KeySource::Command);
        }
        let name = written
            .api_key_env
            .as_ref()
            .map_or(DEFAULT_VARIABLE, |name| name.get_ref());
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_allowed) {
            let span = written
                .api_key_env
                .as_ref()
                .map_or_else(|| span.clone(), Spanned::span);
            // The value may be the API key itself: it is not repeated.
            self.problem(
                &span,
                "api_key_env must be the name of an environment variable, such as HOTGLUE_API_KEY",
            );
            return None;
        }
        Some(KeySource::Variable(name.to_owned()))
    }

    pub(super) fn id<T>(&mut self, span: &Range<usize>, parsed: Result<T, IdError>) -> Option<T> {
        parsed
            .map_err(|error| self.problem(span, error.to_string()))
            .ok()
    }
}
