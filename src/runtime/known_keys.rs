//! The API keys that the dashboard knows, to keep them from child processes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::{Environment, KeySource, variables_with_keys};
use crate::hotglue::ApiKey;

/// The sources and values of API keys. Nothing is ever removed: a key that was
/// in use once stays a secret.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    variables: BTreeSet<String>,
    keys: Vec<ApiKey>,
}

impl KnownKeys {
    /// The keys of these environments, as far as the config has them.
    pub(crate) fn of(environments: &[Environment]) -> Self {
        let known = Self::default();
        for environment in environments {
            known.add_source(&environment.key);
        }
        known
    }

    /// Adds what a source reveals about its API key without reading it.
    pub(crate) fn add_source(&self, source: &KeySource) {
        match source {
            KeySource::Variable(name) => drop(self.lock().variables.insert(name.clone())),
            KeySource::Literal(key) => self.add(key),
            KeySource::Command(_) => {}
        }
    }

    /// Adds a key.
    pub(crate) fn add(&self, key: &ApiKey) {
        let mut known = self.lock();
        if !known.keys.iter().any(|other| other.is_same(key)) {
            known.keys.push(key.clone());
        }
    }

    /// Returns the environment variables that hold an API key, by name or by
    /// value.
    pub(crate) fn variables(&self) -> BTreeSet<OsString> {
        let known = self.lock();
        variables_with_keys(&known.variables, &known.keys)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
