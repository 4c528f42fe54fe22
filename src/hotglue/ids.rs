//! Identifiers, each a separate type so that no two can be confused, and the
//! address of a job: the three that identify it within an environment.
//!
//! An identifier becomes one path segment or one query value of a URL. The URL
//! type would silently drop `.`, `..` and control characters and thereby poll
//! something else, so such identifiers are rejected here.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::text::is_invisible;

/// The longest accepted identifier, in bytes.
const MAX_ID_BYTES: usize = 512;
/// The longest accepted `job_root`, in bytes.
const MAX_ROOT_BYTES: usize = 4096;

/// The reason why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text is empty or white space.
    #[error("{what} is empty")]
    Empty {
        /// The kind of identifier.
        what: &'static str,
    },
    /// The text is `.` or `..`, or contains one as a path segment; a URL would
    /// drop it.
    #[error("{what} must not be '.' or '..', or contain them between slashes")]
    Dots {
        /// The kind of identifier.
        what: &'static str,
    },
    /// The text contains control, bidirectional or invisible characters.
    #[error("{what} contains a control or invisible character (U+{code:04X}): retype it")]
    Invisible {
        /// The kind of identifier.
        what: &'static str,
        /// The code point of the character.
        code: u32,
    },
    /// The text is longer than any identifier of the service.
    #[error("{what} is longer than {limit} bytes")]
    TooLong {
        /// The kind of identifier.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
}

fn check(what: &'static str, text: &str, limit: usize) -> Result<Arc<str>, IdError> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() {
        return Err(IdError::Empty { what });
    }
    if text.len() > limit {
        return Err(IdError::TooLong { what, limit });
    }
    // Most identifiers are plain ASCII, which needs no look-up for each character.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain && let Some(c) = text.chars().find(|&c| is_invisible(c)) {
        return Err(IdError::Invisible {
            what,
            code: u32::from(c),
        });
    }
    if text.split('/').any(|part| part == "." || part == "..") {
        return Err(IdError::Dots { what });
    }
    Ok(Arc::from(text))
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $limit:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads the identifier; white space around it is dropped.
            ///
            /// # Errors
            /// Fails when it is empty, too long, a dot segment, or contains
            /// invisible characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($what, text, $limit).map(Self)
            }

            /// Returns the identifier as the service writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

identifier!(
    /// The id of an environment: a domain-like name such as
    /// `dev.example-env.hotglue.xyz`.
    EnvId, "env_id", MAX_ID_BYTES
);
identifier!(
    /// The id of a flow, an integration that tenants link, such as `l8odS2mce`.
    FlowId, "flow", MAX_ID_BYTES
);
identifier!(
    /// The id of a tenant, one customer of hotglue's user.
    TenantId, "tenant", MAX_ID_BYTES
);

/// The root of a job in hotglue's storage, unique within an environment:
/// `{tenant}/flows/{flow}/jobs/[date parts/]{job_id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobRoot(Arc<str>);

/// The parts of a `job_root` in the usual form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootParts {
    /// The tenant.
    pub tenant: TenantId,
    /// The flow.
    pub flow: FlowId,
}

impl JobRoot {
    /// Reads a job root; slashes at either end are dropped.
    ///
    /// # Errors
    /// Fails when it is empty, too long, has `.` or `..` as a segment, or
    /// contains invisible characters.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim().trim_matches('/');
        check("job_root", text, MAX_ROOT_BYTES).map(Self)
    }

    /// Returns the root as the service writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns tenant and flow, where the root has the usual form.
    pub fn parts(&self) -> Option<RootParts> {
        let (tenant, rest) = self.0.split_once("/flows/")?;
        let (flow, job) = rest.split_once("/jobs/")?;
        if tenant.contains('/') || flow.contains('/') || job.is_empty() {
            return None;
        }
        Some(RootParts {
            tenant: TenantId::parse(tenant).ok()?,
            flow: FlowId::parse(flow).ok()?,
        })
    }

    /// Returns the last part of the root, which is the job's id.
    pub(crate) fn job_id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for JobRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The address of a job within an environment: the parameters of the status
/// call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobAddress {
    /// The flow, a path segment.
    pub flow: FlowId,
    /// The tenant, a path segment.
    pub tenant: TenantId,
    /// The job root, a query value.
    pub job_root: JobRoot,
}

impl JobAddress {
    /// Returns the address that a root in the usual form contains.
    pub fn from_root(job_root: JobRoot) -> Option<Self> {
        let RootParts { tenant, flow } = job_root.parts()?;
        Some(Self {
            flow,
            tenant,
            job_root,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_contains_tenant_and_flow() {
        for root in [
            "default/flows/l8odS2mce/jobs/lmaEbA",
            "/default/flows/l8odS2mce/jobs/2022/01/4/19/15/lmaEbA/",
        ] {
            let root = JobRoot::parse(root).unwrap();
            let parts = root.parts().unwrap();
            assert_eq!(parts.tenant.as_str(), "default");
            assert_eq!(parts.flow.as_str(), "l8odS2mce");
            assert_eq!(root.job_id(), "lmaEbA");
        }
        assert_eq!(JobRoot::parse("some/other/root").unwrap().parts(), None);
        let hyphenated = JobRoot::parse("t/flows/-x-/jobs/j").unwrap();
        assert_eq!(hyphenated.parts().unwrap().flow.as_str(), "-x-");
    }

    #[test]
    fn identifiers_that_a_url_would_change_are_rejected() {
        for bad in [
            "",
            "  ",
            ".",
            "..",
            "a/../b",
            "a\u{7}b",
            "a\u{202e}b",
            "a\nb",
        ] {
            assert!(TenantId::parse(bad).is_err(), "{bad:?}");
            assert!(JobRoot::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a b", "a@b.c", "50%", "a?b", "a#b", "ü", "%2e%2e"] {
            assert_eq!(TenantId::parse(good).unwrap().as_str(), good);
        }
    }
}
