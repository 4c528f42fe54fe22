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
    pub(crate) fn config(&self) -> String {
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
            let since = self.scenario.rollout_start(self.start);
            let gate = Scenario::gate();
            let _ = write!(
                config,
                "\n[[follow]]\nname = \"tickets v2\"\nflow = \"{flow}\"\nsince = {since:.3}\n\
                 gate = [\"{gate}\"]\ntenants = {tenants:?}\n"
            );
        }
        config
    }

    /// The runs from before the rollout as responses of the status call, each
    /// with its seconds between two events.
    pub(crate) fn run_history(&self) -> Vec<(String, f64)> {
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
    let handler = move |request: Request<Incoming>| {
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
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
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

    fn route<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn simulation() -> Simulation {
        Simulation {
            scenario: Arc::new(Scenario::new(&Options::default())),
            start: Timestamp::now(),
            faults: None,
        }
    }

    /// The status and body of the response to a request with an API key.
    async fn get(simulation: &Simulation, path: &str, key: &str) -> (u16, Value) {
        let request = Request::get(path).header("x-api-key", key).body(());
        let response = simulation.answer(&request.unwrap()).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn status_and_listing_calls_are_answered_from_the_scenario() {
        let simulation = simulation();
        let scenario = Arc::clone(&simulation.scenario);
        let (env_id, job) = (scenario.env_id, &scenario.jobs[0]);
        let jobs = format!("/{env_id}/{}/{}/jobs", job.flow, job.tenant);
        let status = format!("{jobs}/status?job_root={}", job.job_root);
        let (code, answer) = get(&simulation, &status, DEMO_KEY).await;
        assert_eq!(code, 200);
        assert_eq!(answer["s3_root"], job.job_root);
        let (_, listed) = get(&simulation, &jobs, DEMO_KEY).await;
        let listed = listed.as_array().unwrap();
        assert!(listed.iter().any(|run| run["s3_root"] == job.job_root));
        let (_, tenants) = get(&simulation, &format!("/tenants/{env_id}"), DEMO_KEY).await;
        assert!(tenants.as_array().unwrap().contains(&json!(job.tenant)));
        let supported = format!("/{env_id}/flows/supported");
        let (_, flows) = get(&simulation, &supported, DEMO_KEY).await;
        assert_eq!(flows.as_array().unwrap().len(), 6);
        let linked = format!("/{env_id}/flows/linked?tenant_id={}", job.tenant);
        let (_, linked) = get(&simulation, &linked, DEMO_KEY).await;
        let mut linked = linked.as_array().unwrap().iter();
        assert!(linked.any(|flow| flow["id"] == job.flow));
    }

    #[tokio::test]
    async fn wrong_keys_paths_and_jobs_get_the_errors_of_the_service() {
        let simulation = simulation();
        let env_id = simulation.scenario.env_id;
        let tenants = format!("/tenants/{env_id}");
        let (code, answer) = get(&simulation, &tenants, "wrong").await;
        assert_eq!((code, &answer["message"]), (403, &json!("Forbidden")));
        let (code, answer) = get(&simulation, "/nowhere", DEMO_KEY).await;
        let message = json!("Missing Authentication Token");
        assert_eq!((code, &answer["message"]), (403, &message));
        let unknown = format!("/{env_id}/f/t/jobs/status?job_root=t/flows/f/jobs/x");
        let (code, answer) = get(&simulation, &unknown, DEMO_KEY).await;
        assert_eq!((code, &answer["Code"]), (400, &json!("Error")));
    }

    #[tokio::test]
    async fn faulty_service_answers_with_rate_limits_and_gateway_errors() {
        let simulation = Simulation {
            faults: Some(Mutex::new(Rng::with_seed(1))),
            ..simulation()
        };
        let mut statuses = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            let request = Request::get("/").body(()).unwrap();
            let answer = tokio::time::timeout(
                std::time::Duration::from_millis(1),
                simulation.answer(&request),
            );
            // Some requests are never answered.
            if let Ok(response) = answer.await {
                statuses.insert(response.status().as_u16());
            }
        }
        assert_eq!(statuses, [200, 403, 429, 502, 503, 504].into());
    }
}
