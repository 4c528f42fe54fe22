//! Connections to the environments: fetches API keys and makes clients, in the
//! background of the dashboard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::app::Message;
use crate::config::{Config, Environment};
use crate::hotglue::Client;
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
    let key = environment
        .key
        .fetch()
        .await
        .map_err(|error| error.to_string())?;
    let connections = limits.concurrent_requests;
    Client::new(
        environment.base_url.clone(),
        environment.env_id.clone(),
        &key,
        connections,
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
}

impl Connector {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>) -> Self {
        Self {
            environments: Mutex::default(),
            messages,
            clients: Arc::default(),
        }
    }

    /// Returns the client of an environment once it is connected.
    pub(crate) fn client(&self, environment: EnvironmentId) -> Option<Client> {
        let known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&environment).cloned()
    }

    pub(crate) fn connect_all(&self, watcher: &Arc<Watcher>) {
        let known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (key, (environment, limits)) in &*known {
            self.connect(watcher, *key, environment.clone(), *limits);
        }
    }

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
        tokio::spawn(async move {
            let problem = match client(&environment, limits).await {
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
