//! Identifiers, each a type of its own so that no two can be swapped, and the
//! address of a job: the three of them that name it within an environment.
//!
//! An identifier becomes one path segment or one query value of a URL. The
//! URL type would silently drop `.`, `..` and control characters and so poll
//! something else; such identifiers are refused here instead.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Longest accepted identifier, in bytes.
const MAX_ID_BYTES: usize = 512;
/// Longest accepted `job_root`, in bytes.
const MAX_ROOT_BYTES: usize = 4096;

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Nothing, or only blanks.
    #[error("{what} is empty")]
    Empty {
        /// Which identifier was read.
        what: &'static str,
    },
    /// `.` or `..`, which a URL would swallow.
    #[error("{what} cannot be '.' or '..', nor hold them between slashes")]
    Dots {
        /// Which identifier was read.
        what: &'static str,
    },
    /// Control, bidirectional or invisible characters.
    #[error("{what} holds a control or invisible character (U+{code:04X}): type it again by hand")]
    Invisible {
        /// Which identifier was read.
        what: &'static str,
        /// The offending character's code point.
        code: u32,
    },
    /// Longer than any identifier of the service.
    #[error("{what} is longer than {limit} bytes")]
    TooLong {
        /// Which identifier was read.
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
    if let Some(c) = text.chars().find(|&c| super::text::is_unseen(c)) {
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
            /// Reads the identifier, blanks around it removed.
            ///
            /// # Errors
            /// When it is empty, too long, a dot segment, or holds characters
            /// that cannot be seen.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($what, text, $limit).map(Self)
            }

            /// The identifier as the service writes it.
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
    /// An environment of hotglue: a domain-like name such as
    /// `dev.example-env.hotglue.xyz`.
    EnvId, "env_id", MAX_ID_BYTES
);
identifier!(
    /// A flow: an integration that tenants link, such as `l8odS2mce`.
    FlowId, "flow", MAX_ID_BYTES
);
identifier!(
    /// A tenant: one customer of the company that runs hotglue.
    TenantId, "tenant", MAX_ID_BYTES
);

/// The root of a job in hotglue's storage, unique within an environment:
/// `{tenant}/flows/{flow}/jobs/[date parts/]{job_id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobRoot(Arc<str>);

/// What a `job_root` in the usual form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootParts {
    /// The tenant the job ran for.
    pub tenant: TenantId,
    /// The flow the job belongs to.
    pub flow: FlowId,
}

impl JobRoot {
    /// Reads a job root; slashes at either end are dropped.
    ///
    /// # Errors
    /// When it is empty, too long, holds `.` or `..` between slashes, or
    /// characters that cannot be seen.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim().trim_matches('/');
        check("job_root", text, MAX_ROOT_BYTES).map(Self)
    }

    /// The root as the service writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tenant and flow, where the root has the usual form.
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

    /// The last part of the root, which is the job's id.
    pub fn job_id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for JobRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What names a job within an environment: the parameters of the status call.
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
    /// What a root of the usual form names by itself.
    pub fn of_root(job_root: JobRoot) -> Option<Self> {
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
    fn a_root_tells_tenant_and_flow() {
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
        let edgy = JobRoot::parse("t/flows/-x-/jobs/j").unwrap();
        assert_eq!(edgy.parts().unwrap().flow.as_str(), "-x-");
    }

    #[test]
    fn what_a_url_would_swallow_is_refused() {
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
