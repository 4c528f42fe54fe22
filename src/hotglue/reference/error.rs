//! The reasons why a text is not a reference.

use thiserror::Error;

use crate::hotglue::ids::IdError;
use crate::hotglue::text::Text;

/// The reason why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The text has no known form.
    #[error("not a reference: a job_root has the form TENANT/flows/FLOW/jobs/ID")]
    Unknown,
    /// The text is an id without the rest of the path.
    #[error("only an id: paste the whole job_root, such as TENANT/flows/FLOW/jobs/{0}")]
    OnlyId(Text),
    /// The text names a flow, not a job.
    #[error("a flow, not a job: a job_root continues with /jobs/ID")]
    OnlyFlow,
    /// The path has no clear beginning or end.
    #[error("ambiguous: {0} next to or inside the path; put the path in quotes")]
    Ambiguous(&'static str),
    /// The line contains several paths.
    #[error("several paths on one line: put each on its own line")]
    Several,
    /// The URL contains no root.
    #[error("no job_root in the URL")]
    UrlWithoutRoot,
    /// The curl command contains no status URL.
    #[error("no status URL in the curl command")]
    CurlWithoutUrl,
    /// The JSON contains no root.
    #[error("no s3_root or job_root in the JSON")]
    JsonWithoutRoot,
    /// The JSON or the row describes a tenant that has no job yet.
    #[error("no job yet: job_root is empty")]
    NotStarted,
    /// The JSON is incomplete or malformed.
    #[error("invalid JSON (column {column})")]
    InvalidJson {
        /// The column of the first error, from 1.
        column: usize,
    },
    /// The row of a table contains no root.
    #[error("no job_root in the row")]
    RowWithoutRoot,
    /// The text exceeds the number of references that are read.
    #[error("only the first {0} references are read")]
    TooMany(usize),
    /// A part of the reference is not an identifier.
    #[error("{0}")]
    Id(#[from] IdError),
}
