//! The client of one environment: the status call, the body of a listing call,
//! and a connection check.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Response;
use reqwest::header::{DATE, HeaderName, HeaderValue};

use super::api_key::ApiKey;
use super::base_url::{BaseUrl, Listing};
use super::error::FetchError;
use super::mask::KeyMask;
use super::response::{read_body, read_error};
use super::transport::{self, ClientError};
use crate::hotglue::ids::{EnvId, JobAddress};
use crate::hotglue::job::Job;
use crate::hotglue::text::Text;

/// The client of one environment. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: BaseUrl,
    env: EnvId,
    key: HeaderValue,
    mask: KeyMask,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({} at {})", self.env, self.base)
    }
}

impl Client {
    /// Checks that there are root certificates to verify https servers with.
    ///
    /// # Errors
    /// Fails when none are installed.
    pub(crate) fn check_root_certificates() -> Result<(), ClientError> {
        transport::check_root_certificates()
    }

    /// Creates the client of an environment that keeps up to `connections` idle
    /// connections open.
    ///
    /// # Errors
    /// Fails when the API key cannot be sent in a header, when an https server
    /// cannot be verified because no root certificates are installed, or when
    /// the HTTP library rejects its configuration.
    pub fn new(
        base: BaseUrl,
        env: EnvId,
        key: &ApiKey,
        connections: usize,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            http: transport::build(&base, connections)?,
            base,
            env,
            key: key.header()?,
            mask: key.mask(),
        })
    }

    /// Returns the environment.
    pub(crate) fn env(&self) -> &EnvId {
        &self.env
    }

    /// Polls the status of a job, of which an earlier response may be `known`.
    /// Sends one GET, and a second one where a reused connection broke before
    /// any response.
    ///
    /// # Errors
    /// Fails when no complete, readable response for this very job arrived.
    pub async fn job_status(
        &self,
        job: &JobAddress,
        known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        let body = self.fetch(&self.base.status_url(&self.env, job)).await?;
        let response = Job::decode_after(known, &body)?;
        match &response.s3_root {
            Some(root) if *root != job.job_root => Err(FetchError::WrongJob {
                received: Text::cut(root.as_str(), 512),
            }),
            _ => Ok(response),
        }
    }

    /// Checks that the host responds, without sending the API key. Returns the
    /// time of the server's clock.
    ///
    /// # Errors
    /// Fails when no connection can be made.
    pub(crate) async fn ping(&self) -> Result<Option<SystemTime>, FetchError> {
        let response = self.http.get(self.base.to_string()).send().await;
        let response = response.map_err(|error| self.transport_error(&error))?;
        let date = response.headers().get(DATE);
        Ok(date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok()))
    }

    /// Returns the body of a listing call.
    pub(super) async fn list(&self, listing: Listing<'_>) -> Result<String, FetchError> {
        self.fetch(&self.base.listing_url(&self.env, listing)).await
    }

    async fn fetch(&self, url: &str) -> Result<String, FetchError> {
        let response = match self.get(url).await {
            // The server may have closed an idle connection while the request
            // was written; that says nothing about the service.
            Err(error) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
                self.get(url).await
            }
            other => other,
        };
        let response = response.map_err(|error| self.transport_error(&error))?;
        match response.status().as_u16() {
            200 => read_body(response, &self.mask, &self.base.host()).await,
            status => Err(read_error(status, response, &self.mask).await),
        }
    }

    async fn get(&self, url: &str) -> reqwest::Result<Response> {
        static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
        self.http.get(url).header(&API_KEY, &self.key).send().await
    }

    fn transport_error(&self, error: &reqwest::Error) -> FetchError {
        FetchError::from_transport(error, &self.base.host())
    }
}
