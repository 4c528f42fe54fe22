//! The listing call of the browser: one at a time, aborted by the next one.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::app::{ListRequest, Listed, Message};
use crate::hotglue::{Client, FetchError, FlowId, ListedJob, TenantId};
use crate::terminal::Input;

/// Makes the browser's listing calls.
pub(crate) struct Lister {
    messages: mpsc::UnboundedSender<Input>,
    in_flight: Option<JoinHandle<()>>,
}

impl Lister {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>) -> Self {
        Self {
            messages,
            in_flight: None,
        }
    }

    /// Aborts the call in flight, if there is one.
    pub(crate) fn stop(&mut self) {
        if let Some(task) = self.in_flight.take() {
            task.abort();
        }
    }

    /// Makes a listing call and sends the answer as [`Message::Listed`] with
    /// the same number. Without a client the answer is an error.
    pub(crate) fn list(&mut self, client: Option<Client>, number: u64, request: ListRequest) {
        self.stop();
        let messages = self.messages.clone();
        self.in_flight = Some(tokio::spawn(async move {
            let listed = match client {
                None => Err("this environment has no API key yet".to_owned()),
                Some(client) => match request {
                    ListRequest::Flows => client.flows(None).await.map(Listed::Flows),
                    ListRequest::Tenants => client.tenants().await.map(Listed::Tenants),
                    ListRequest::Jobs(flow, tenant) => {
                        jobs(&client, &flow, &tenant).await.map(Listed::Jobs)
                    }
                }
                .map_err(|error| format!("listing failed: {error}")),
            };
            let _ = messages.send(Input::Message(Message::Listed(number, listed)));
        }));
    }
}

/// Lists the jobs of a tenant in a flow. The service does not know a tenant
/// that never ran the flow: it has no jobs yet.
async fn jobs(
    client: &Client,
    flow: &FlowId,
    tenant: &TenantId,
) -> Result<Vec<ListedJob>, FetchError> {
    match client.jobs(flow, tenant).await {
        Err(FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }) => {
            Ok(Vec::new())
        }
        answer => answer,
    }
}
