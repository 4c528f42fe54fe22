//! Connections to the environments: fetches API keys and makes clients, in the
//! background of the dashboard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::known_keys::KnownKeys;
use crate::app::Message;
use crate::config::{Config, Environment};
use crate::hotglue::{ApiKey, Client};
use crate::terminal::Input;
use crate::watch::{EnvironmentId, Limits, Watcher};

/// The limits that a config sets for each environment.
pub(crate) fn limits(config: &Config) -> Limits {
    Limits {
        requests_per_second: Some(config.settings.max_requests_per_second),
        concurrent_requests: config.settings.max_concurrent_requests,
    }
}

/// Fetches the API key of an environment and makes its client.
///
/// # Errors
/// Why there is no API key, or why it cannot be used.
pub(crate) async fn client(environment: &Environment, limits: Limits) -> Result<Client, String> {
    let key = api_key(environment).await?;
    client_with(environment, limits, &key)
}

async fn api_key(environment: &Environment) -> Result<ApiKey, String> {
    let key = environment.key.fetch().await;
    key.map_err(|error| error.to_string())
}

fn client_with(environment: &Environment, limits: Limits, key: &ApiKey) -> Result<Client, String> {
    Client::new(
        environment.base_url.clone(),
        environment.env_id.clone(),
        key,
        limits.concurrent_requests,
    )
    .map_err(|error| error.to_string())
}

/// Connects environments in the background, and again when they change.
pub(crate) struct Connector {
    /// What was connected so far, to connect it again on request.
    environments: Mutex<BTreeMap<EnvironmentId, (Environment, Limits)>>,
    messages: mpsc::UnboundedSender<Input>,
    /// The clients so far; the browser uses them too.
    clients: Arc<Mutex<BTreeMap<EnvironmentId, Client>>>,
    known_keys: Arc<KnownKeys>,
}

impl Connector {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>, known_keys: Arc<KnownKeys>) -> Self {
        Self {
            environments: Mutex::default(),
            messages,
            clients: Arc::default(),
            known_keys,
        }
    }

    /// Returns the client of an environment once it is connected.
    pub(crate) fn client(&self, environment: EnvironmentId) -> Option<Client> {
        let known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&environment).cloned()
    }

    /// Connects all environments again, such as after an API key was set.
    pub(crate) fn connect_all(&self, watcher: &Arc<Watcher>) {
        let known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (key, (environment, limits)) in &*known {
            self.connect(watcher, *key, environment.clone(), *limits);
        }
    }

    /// Connects environments that are new or changed.
    pub(crate) fn reconnect(
        &self,
        watcher: &Arc<Watcher>,
        changed: Vec<(EnvironmentId, Environment)>,
        limits: Limits,
    ) {
        let mut known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (key, environment) in changed {
            self.connect(watcher, key, environment.clone(), limits);
            known.insert(key, (environment, limits));
        }
    }

    fn connect(
        &self,
        watcher: &Arc<Watcher>,
        key: EnvironmentId,
        environment: Environment,
        limits: Limits,
    ) {
        let (watcher, messages) = (Arc::clone(watcher), self.messages.clone());
        let clients = Arc::clone(&self.clients);
        let known_keys = Arc::clone(&self.known_keys);
        known_keys.add_source(&environment.key);
        tokio::spawn(async move {
            let connected = api_key(&environment).await.and_then(|key| {
                known_keys.add(&key);
                client_with(&environment, limits, &key)
            });
            let problem = match connected {
                Ok(client) => {
                    let mut known = clients.lock().unwrap_or_else(PoisonError::into_inner);
                    known.insert(key, client.clone());
                    watcher.connect(key, client, limits);
                    None
                }
                Err(problem) => Some(problem),
            };
            let _ = messages.send(Input::Message(Message::KeyProblem(key, problem)));
        });
    }
}
