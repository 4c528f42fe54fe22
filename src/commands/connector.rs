//! The way to each environment: keys fetched, clients made, listing calls for
//! the browser; all beside the dashboard, which waits for none of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::app::{ListRequest, Listed, Message};
use crate::config::{Config, Environment};
use crate::hotglue::Client;
use crate::terminal::Input;
use crate::watch::{EnvironmentId, Limits, Watcher};

/// The bounds that a config sets for each environment.
pub(super) fn limits(config: &Config) -> Limits {
    Limits {
        requests_per_second: Some(config.settings.max_requests_per_second),
        concurrent_requests: config.settings.max_concurrent_requests,
    }
}

/// The client of an environment, its key fetched; or why there is none.
pub(super) async fn client(environment: &Environment, limits: Limits) -> Result<Client, String> {
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

/// Fetches keys and connects environments, beside the dashboard.
pub(super) struct Connector {
    environments: Mutex<(BTreeMap<EnvironmentId, Environment>, Limits)>,
    pub(super) messages: mpsc::UnboundedSender<Input>,
    /// The clients, as they are known; for what the browser asks.
    clients: Arc<Mutex<BTreeMap<EnvironmentId, Client>>>,
}

impl Connector {
    pub(super) fn new(config: &Config, messages: mpsc::UnboundedSender<Input>) -> Self {
        let environments = config.environments.iter().cloned().enumerate();
        let environments = environments
            .map(|(at, environment)| (EnvironmentId(at), environment))
            .collect();
        Self {
            environments: Mutex::new((environments, limits(config))),
            messages,
            clients: Arc::default(),
        }
    }

    pub(super) fn client(&self, environment: EnvironmentId) -> Option<Client> {
        let known = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&environment).cloned()
    }

    pub(super) fn connect_all(&self, watcher: &Arc<Watcher>) {
        let known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (key, environment) in &known.0 {
            self.connect(watcher, *key, environment.clone(), known.1);
        }
    }

    pub(super) fn reconnect(
        &self,
        watcher: &Arc<Watcher>,
        changed: Vec<(EnvironmentId, Environment)>,
        limits: Limits,
    ) {
        let mut known = self
            .environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.1 = limits;
        for (key, environment) in changed {
            self.connect(watcher, key, environment.clone(), limits);
            known.0.insert(key, environment);
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

/// The listing call under way for the browser.
#[derive(Default)]
pub(super) struct Lister(Option<tokio::task::JoinHandle<()>>);

impl Lister {
    pub(super) fn stop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }

    pub(super) fn list(
        &mut self,
        connector: &Connector,
        number: u64,
        environment: EnvironmentId,
        request: ListRequest,
    ) {
        self.stop();
        let messages = connector.messages.clone();
        let client = connector.client(environment);
        self.0 = Some(tokio::spawn(async move {
            let listed = match client {
                None => Err("there is no key for this environment yet".to_owned()),
                Some(client) => match request {
                    ListRequest::Flows => client.flows(None).await.map(Listed::Flows),
                    ListRequest::Tenants => client.tenants().await.map(Listed::Tenants),
                    ListRequest::Jobs(flow, tenant) => {
                        client.jobs(&flow, &tenant).await.map(Listed::Jobs)
                    }
                }
                .map_err(|error| format!("the service does not list this: {error}")),
            };
            let _ = messages.send(Input::Message(Message::Listed(number, listed)));
        }));
    }
}
