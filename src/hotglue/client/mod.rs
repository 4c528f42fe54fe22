//! The HTTP client of one environment: base URL, API key, requests, responses
//! and everything that can go wrong with them.
//!
//! When to send which request is not decided here.

mod api_key;
mod base_url;
mod error;
mod http_client;
mod limits;
mod listing;
mod mask;
mod recorded_error;
mod response;
mod retry_after;
mod transport;

pub use api_key::ApiKey;
pub(crate) use api_key::ApiKeyError;
pub use base_url::BaseUrl;
pub(crate) use base_url::DEFAULT_BASE_URL;
pub use error::{FetchError, Unreachable};
pub use http_client::Client;
pub use listing::{Flow, ListedJob, read_flows, read_jobs, read_tenants};
pub use mask::KeyMask;
pub use retry_after::retry_after;
