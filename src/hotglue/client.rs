//! The HTTP client of one environment: one call, and every limit that keeps a
//! server from harming the person who watches.
//!
//! HTTP/1.1 only: a dead connection then costs one poll, where a dead HTTP/2
//! one can cost many. No redirect is followed, since the library would send
//! the key along. The whole request has one deadline, and its body is read as
//! a stream with a limit that counts after decompression.

use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CACHE_CONTROL, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Response, Url, redirect};

use super::base_url::{BaseUrl, Listing};
use super::error::FetchError;
use super::ids::{EnvId, JobAddress};
use super::job::{Job, error_message};
use super::key::{ApiKey, ApiKeyError};
use super::retry_after::retry_after;
use super::text::Text;

/// The largest body that is read, after decompression, in bytes.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How long a whole request may take, from name lookup to the body's end.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Larger error bodies are not read for their message.
const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;

/// Asks one environment about its jobs.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: BaseUrl,
    env: EnvId,
    key: HeaderValue,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({} at {})", self.env, self.base)
    }
}

impl Client {
    /// A client for an environment that keeps up to `connections` connections
    /// open.
    ///
    /// # Errors
    /// When the key could not stand in a header.
    pub fn new(
        base: BaseUrl,
        env: EnvId,
        key: &ApiKey,
        connections: usize,
    ) -> Result<Self, ApiKeyError> {
        let key = key.header()?;
        install_tls();
        let mut http = reqwest::Client::builder()
            .http1_only()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_max_idle_per_host(connections)
            .user_agent(concat!("hgtop/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([
                (ACCEPT, HeaderValue::from_static("application/json")),
                (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            ]));
        // A proxy would read an unencrypted key; this machine needs none.
        if base.is_loopback() || base.to_string().starts_with("http://") {
            http = http.no_proxy();
        }
        // Building fails only where the machine's trusted roots cannot be read;
        // each request then says so by itself.
        let http = http.build().unwrap_or_else(|error| {
            tracing::error!(%error, "the HTTP client could not be set up as wished");
            reqwest::Client::new()
        });
        Ok(Self {
            http,
            base,
            env,
            key,
        })
    }

    /// The environment it asks.
    pub fn env(&self) -> &EnvId {
        &self.env
    }

    /// Where it asks.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Asks how a job is doing, of which an earlier answer may be known: one
    /// GET, and one more at once where the connection broke before any answer,
    /// as a reused one may.
    ///
    /// # Errors
    /// When no whole, readable answer for this very job came back.
    pub async fn job_status(
        &self,
        job: &JobAddress,
        known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        let body = self.fetch(&self.base.status_url(&self.env, job)).await?;
        let answer = Job::decode_after(known, &body)?;
        match &answer.s3_root {
            Some(root) if root.as_str().trim_matches('/') != job.job_root.as_str() => {
                Err(FetchError::WrongJob { got: root.clone() })
            }
            _ => Ok(answer),
        }
    }

    /// Whether the host answers at all, without the key and without asking for
    /// anything; and what time it has.
    ///
    /// # Errors
    /// When no connection comes about.
    pub async fn ping(&self) -> Result<Option<SystemTime>, FetchError> {
        let response = self.http.get(self.base.to_string()).send().await;
        let response = response.map_err(|error| self.transport(&error))?;
        let date = response.headers().get(DATE);
        Ok(date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok()))
    }

    /// The body of a listing call.
    pub(super) async fn list(&self, listing: Listing<'_>) -> Result<String, FetchError> {
        self.fetch(&self.base.listing_url(&self.env, listing)).await
    }

    async fn fetch(&self, url: &str) -> Result<String, FetchError> {
        let response = match self.get(url).await {
            // A kept connection may have been closed as the request was
            // written; that says nothing of the service.
            Err(error) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
                self.get(url).await
            }
            other => other,
        };
        let response = response.map_err(|error| self.transport(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(refusal(status, response).await);
        }
        let body = self.read_body(response).await?;
        Ok(String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    async fn get(&self, url: &str) -> reqwest::Result<Response> {
        static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
        self.http.get(url).header(&API_KEY, &self.key).send().await
    }

    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        if response
            .content_length()
            .is_some_and(|length| length > MAX_BODY_BYTES as u64)
        {
            return Err(FetchError::TooLarge);
        }
        // What is announced is not believed beyond the usual.
        let length = response.content_length().unwrap_or(0).min(16 * 1024);
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport(&error))?
        {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn transport(&self, error: &reqwest::Error) -> FetchError {
        FetchError::from_transport(error, &self.base.host())
    }
}

async fn refusal(status: u16, mut response: Response) -> FetchError {
    if (300..400).contains(&status) {
        let host = response
            .headers()
            .get(LOCATION)
            .and_then(|to| response.url().join(to.to_str().ok()?).ok())
            .and_then(|to: Url| to.host_str().map(str::to_owned));
        let to = host.map_or_else(|| Text::new("nowhere"), |host| Text::cut(&host, 256));
        return FetchError::Redirected { to };
    }
    if matches!(status, 423 | 429) {
        let retry_after = retry_after(response.headers(), SystemTime::now());
        return FetchError::RateLimited {
            status,
            retry_after,
        };
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ERROR_BODY_BYTES {
            break;
        }
    }
    let message = error_message(&String::from_utf8_lossy(&body));
    match status {
        403 if message
            .as_ref()
            .is_some_and(|text| text.as_str() == "Missing Authentication Token") =>
        {
            FetchError::NoSuchPath
        }
        401 | 403 => FetchError::Unauthorized { status, message },
        400 => FetchError::NotFound { message },
        500.. => FetchError::Server { status, message },
        _ => FetchError::Rejected { status, message },
    }
}

/// Makes `ring` the process's cryptography, once.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that a provider is there already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
