//! The HTTP interface of the simulated service.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::faults::{Fault, draw};
use super::scenario::{Options, Scenario};
use crate::http_server::{self, AllowedHosts, ConnectionLimits};

/// Connections of clients, which can be several dashboards and a benchmark.
const CONNECTIONS: usize = 256;

/// The only API key that the simulated service accepts.
pub const DEMO_KEY: &str = "demo-key-for-the-simulation-only";

/// A running simulation. Dropping it closes the server.
pub struct Service {
    address: SocketAddr,
    scenario: Arc<Scenario>,
    start: Timestamp,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    /// The base URL of its API.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A config file that watches every job of the rollout.
    pub fn config(&self) -> String {
        let mut config = format!(
            "poll_interval = \"1s\"\nmax_requests_per_second = 100\nhistory = false\nnotify = []\n\n\
             [environments.demo]\nenv_id = \"{}\"\nbase_url = \"{}\"\napi_key = \"{DEMO_KEY}\"\n",
            self.scenario.env_id,
            self.base_url(),
        );
        for job in &self.scenario.jobs {
            // Writing to a string cannot fail.
            let _ = write!(
                config,
                "\n[[jobs]]\nname = \"{}\"\njob_root = \"{}\"\n",
                job.name, job.job_root
            );
        }
        let (flow, tenants) = &self.scenario.followed;
        if !tenants.is_empty() {
            let _ = write!(
                config,
                "\n[[follow]]\nname = \"tickets\"\nflow = \"{flow}\"\ntenants = {tenants:?}\n"
            );
        }
        config
    }

    /// The runs from before the rollout as responses of the status call, each
    /// with its seconds between two events.
    pub fn run_history(&self) -> Vec<(String, f64)> {
        let run_history = self.scenario.run_history(self.start);
        run_history
            .map(|(response, event_interval)| (response.to_string(), event_interval))
            .collect()
    }
}

struct Simulation {
    scenario: Arc<Scenario>,
    start: Timestamp,
    faults: Option<Mutex<Rng>>,
}

/// Starts the simulation on an address. With port 0 the system chooses the
/// port.
///
/// # Errors
/// When the server cannot listen on the address.
pub async fn serve(address: SocketAddr, options: &Options) -> io::Result<Service> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let scenario = Arc::new(Scenario::new(options));
    let start = Timestamp::now();
    let simulation = Arc::new(Simulation {
        scenario: Arc::clone(&scenario),
        start,
        faults: options
            .faults
            .then(|| Mutex::new(Rng::with_seed(options.seed))),
    });
    let handler = move |request| {
        let simulation = Arc::clone(&simulation);
        async move { simulation.answer(&request).await }
    };
    let task = tokio::spawn(http_server::serve(
        listener,
        ConnectionLimits {
            connections: CONNECTIONS,
            ..ConnectionLimits::default()
        },
        AllowedHosts::default(),
        handler,
    ));
    Ok(Service {
        address,
        scenario,
        start,
        task,
    })
}

impl Simulation {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let fault = self
            .faults
            .as_ref()
            .and_then(|rng| draw(&mut rng.lock().unwrap_or_else(PoisonError::into_inner)));
        match fault {
            None => {}
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::TooManyRequests) => {
                let mut response = json_response(429, &json!({"message": "Too Many Requests"}));
                response
                    .headers_mut()
                    .insert("retry-after", HeaderValue::from_static("2"));
                return response;
            }
            Some(Fault::Gateway(status)) => {
                return json_response(status, &json!({"message": "Endpoint request timed out"}));
            }
            Some(Fault::Html) => {
                return response(
                    200,
                    "text/html",
                    "<html><title>Sign in</title></html>".into(),
                );
            }
            Some(Fault::TruncatedJson) => {
                return response(200, "application/json", r#"{"job_id": "x", "sta"#.into());
            }
            Some(Fault::NoStatus) => return json_response(200, &json!({"job_id": "x"})),
        }
        self.route(request)
    }

    fn route(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let path: Vec<_> = request
            .uri()
            .path()
            .split('/')
            .skip(1)
            .map(decode)
            .collect();
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        let wrong_path = || json_response(403, &json!({"message": "Missing Authentication Token"}));
        let (env_id, resource) = match path[..] {
            [env_id, flow, tenant, "jobs", "status"] => (env_id, Resource::Status(flow, tenant)),
            [env_id, flow, tenant, "jobs"] => (env_id, Resource::Jobs(flow, tenant)),
            [env_id, "flows", "supported"] => (env_id, Resource::Flows),
            [env_id, "flows", "linked"] => (env_id, Resource::LinkedFlows),
            ["tenants", env_id] => (env_id, Resource::Tenants),
            _ => return wrong_path(),
        };
        if request.method() != Method::GET {
            return wrong_path();
        }
        let key = request
            .headers()
            .get("x-api-key")
            .map(HeaderValue::as_bytes);
        if key != Some(DEMO_KEY.as_bytes()) || env_id != self.scenario.env_id {
            return json_response(403, &json!({"message": "Forbidden"}));
        }
        let query = request.uri().query().unwrap_or_default();
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map(|(_, value)| decode(value))
        };
        let (scenario, now) = (&self.scenario, Timestamp::now());
        let flows = |tenant: Option<&str>| {
            let flows = scenario.flows(tenant).into_iter();
            flows
                .map(|(id, name)| json!({"id": id, "name": name}))
                .collect::<Vec<_>>()
        };
        let answer = match resource {
            Resource::Status(flow, tenant) => scenario
                .find(flow, tenant, &parameter("job_root").unwrap_or_default())
                .map(|job| scenario.status(job, self.start, now)),
            Resource::Jobs(flow, tenant) => scenario
                .runs(flow, tenant, self.start, now)
                .map(Value::from),
            Resource::Flows => Some(flows(None).into()),
            Resource::LinkedFlows => Some(flows(parameter("tenant_id").as_deref()).into()),
            Resource::Tenants => Some(scenario.tenants().into()),
        };
        match answer {
            Some(answer) => json_response(200, &answer),
            None => json_response(
                400,
                &json!({"Code": "Error", "Message": "Invalid job_root supplied - job does not exist!"}),
            ),
        }
    }
}

/// The resource that a request names.
enum Resource<'a> {
    Status(&'a str, &'a str),
    Jobs(&'a str, &'a str),
    Flows,
    LinkedFlows,
    Tenants,
}

fn json_response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    response(status, "application/json", body.to_string())
}

fn response(status: u16, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
