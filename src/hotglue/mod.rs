//! The hotglue service: identifiers, jobs and their statuses, the HTTP client,
//! and the references by which users name jobs.
//!
//! Everything that comes from the network is decoded, checked and cleaned
//! here, once. Nothing in this module depends on configuration, schedules or
//! screens. The wire contract is hotglue's OpenAPI document of the
//! `jobs-status` call; behavior that is only observed is marked as such where
//! it is used.

mod client;
mod error_line;
mod ids;
mod job;
mod json;
mod reference;
mod text;
mod time;

pub use client::{
    ApiKey, BaseUrl, Client, FetchError, Flow, KeyMask, ListedJob, Unreachable, read_flows,
    read_jobs, read_tenants, retry_after,
};
pub(crate) use client::{ApiKeyError, DEFAULT_BASE_URL};
pub use error_line::error_line;
pub(crate) use ids::IdError;
pub use ids::{EnvId, FlowId, JobAddress, JobRoot, TenantId};
pub(crate) use job::compact_count;
pub use job::{
    DecodeError, ErrorClass, Job, JobStatus, RowCounts, Stage, State, StreamRows, stage_spans,
};
pub(crate) use job::{STAGES, StageMark, StageSpan};
pub use json::{fold_fields, pretty_lines, top_level_fields};
pub(crate) use reference::{ReadReference, Reference};
pub use reference::{ReferenceError, mask_api_keys, read_references};
pub use text::Text;
pub(crate) use text::is_invisible;
pub(crate) use time::Moment;
pub use time::{age, elapsed, parse_timestamp};
