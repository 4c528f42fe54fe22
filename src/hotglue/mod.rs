//! The hotglue service: identifiers, jobs and their statuses, the HTTP client,
//! and the references by which users name jobs.
//!
//! Everything that comes from the network is decoded, checked and cleaned
//! here, once. Nothing in this module depends on configuration, schedules or
//! screens. The wire contract is hotglue's OpenAPI document of the
//! `jobs-status` call; behavior that is only observed is marked as such where
//! it is used.

mod client;
mod ids;
mod job;
mod json;
mod reference;
mod text;
mod time;

pub use client::{
    ApiKey, ApiKeyError, BaseUrl, BaseUrlError, Client, ClientError, DEFAULT_BASE_URL, FetchError,
    Flow, ListedJob, MAX_BODY_BYTES, REQUEST_TIMEOUT, Unreachable, retry_after,
};
pub use ids::{EnvId, FlowId, IdError, JobAddress, JobRoot, RootParts, TenantId};
pub use job::{
    DecodeError, Job, JobStatus, STAGES, Stage, StageMark, StageSpan, State, stage_spans,
};
pub use json::{fold_fields, pretty_lines, top_level_fields};
pub use reference::{ReadReference, Reference, ReferenceError, mask_api_keys, read_references};
pub(crate) use text::is_invisible;
pub use text::{MAX_TEXT_BYTES, Text};
pub use time::{Moment, age, elapsed, parse_timestamp};
