//! The hotglue service as hgtop sees it: identifiers, jobs, statuses, and the
//! one call that asks how a job is doing.
//!
//! Everything that comes from the network is decoded, checked and cleaned
//! here, once; nothing in this module knows of configuration, schedules or
//! screens. The wire contract is hotglue's OpenAPI document of the
//! `jobs-status` call; what is only observed is marked so where it is used.

mod base_url;
mod client;
mod error;
mod ids;
mod job;
mod json;
mod key;
mod listing;
mod reference;
mod retry_after;
mod stage_spans;
mod status;
mod text;
mod time;

pub use base_url::{BaseUrl, BaseUrlError, DEFAULT_BASE_URL};
pub use client::{Client, MAX_BODY_BYTES, REQUEST_TIMEOUT};
pub use error::{FetchError, Unreachable};
pub use ids::{EnvId, FlowId, IdError, JobAddress, JobRoot, RootParts, TenantId};
pub use job::{DecodeError, Job};
pub use json::{fold_fields, pretty_lines, top_level_fields};
pub use key::{ApiKey, ApiKeyError};
pub use listing::{Flow, ListedJob};
pub use reference::{ReadReference, Reference, ReferenceError, read_references};
pub use retry_after::retry_after;
pub use stage_spans::{StageSpan, stage_spans};
pub use status::{JobStatus, STAGES, Stage, StageMark, State};
pub(crate) use text::is_unseen;
pub use text::{MAX_TEXT_BYTES, Text};
pub use time::{Moment, age, elapsed, parse_timestamp};
