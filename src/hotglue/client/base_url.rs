//! The base URL of an environment's API, and the URLs of the calls below it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use thiserror::Error;

use crate::hotglue::ids::{EnvId, FlowId, JobAddress, TenantId};

/// The service's own base URL (API document).
pub(crate) const DEFAULT_BASE_URL: &str = "https://api.hotglue.com";

/// The characters that are encoded in a path segment. The service does not
/// decode path parameters, so that `@`, `+`, `:` and the like stay as they are.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The characters that are encoded in a query: all but the unreserved ones and
/// the slash.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// A listing call. Observed, not part of the API document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listing<'a> {
    /// The tenants of the environment.
    Tenants,
    /// Its flows.
    Flows,
    /// The flows that a tenant has linked.
    LinkedFlows(&'a TenantId),
    /// A tenant's jobs in a flow.
    Jobs(&'a FlowId, &'a TenantId),
}

/// A validated base URL.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// The reason why a text is not a base URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaseUrlError {
    /// The text is not a URL.
    #[error("base_url is not a URL ({0}): use the form {DEFAULT_BASE_URL}")]
    Malformed(String),
    /// The scheme is neither https nor http.
    #[error("base_url must start with https://")]
    Scheme,
    /// The URL is unencrypted, and its host is another machine.
    #[error(
        "base_url uses http:// for a host other than this machine, so the API key would be sent \
         unencrypted: use https://, or set allow_http = true for this environment"
    )]
    Unencrypted,
    /// The URL contains `user:password@`.
    #[error("base_url must not contain a user name or password")]
    UserInfo,
    /// The URL contains `?…` or `#…`.
    #[error("base_url must not contain a query ('?') or fragment ('#')")]
    Query,
}

impl BaseUrl {
    /// The service's own base URL.
    pub(crate) fn service() -> Option<Self> {
        Self::parse(DEFAULT_BASE_URL, false).ok()
    }

    /// Reads a base URL. Plain http is accepted for this machine only, unless
    /// `allow_http` is set.
    ///
    /// # Errors
    /// Fails when the text is not such a URL.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self, BaseUrlError> {
        let text = text.trim().trim_end_matches('/');
        let url = Url::parse(text).map_err(|error| BaseUrlError::Malformed(error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BaseUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let base = Self(url);
        if base.0.scheme() == "http" && !allow_http && !base.is_loopback() {
            return Err(BaseUrlError::Unencrypted);
        }
        Ok(base)
    }

    /// Whether the host is this machine, decided by its parsed address or the
    /// name `localhost`, never by a prefix of the text.
    pub(crate) fn is_loopback(&self) -> bool {
        let Some(host) = self.0.host_str() else {
            return false;
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || bare.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the URL is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns host and port for a connection.
    pub(crate) fn endpoint(&self) -> (String, u16) {
        let host = self.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (
            host.to_owned(),
            self.0.port_or_known_default().unwrap_or(443),
        )
    }

    /// Returns the host for display, with its port where that is not the default.
    pub(crate) fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Returns the URL of the status call for a job. Each identifier is one path
    /// segment or one query value, whatever it contains.
    pub(crate) fn status_url(&self, env: &EnvId, job: &JobAddress) -> String {
        let segment = |text| utf8_percent_encode(text, SEGMENT);
        format!(
            "{}/{}/{}/{}/jobs/status?job_root={}",
            self,
            segment(env.as_str()),
            segment(job.flow.as_str()),
            segment(job.tenant.as_str()),
            utf8_percent_encode(job.job_root.as_str(), QUERY),
        )
    }

    /// Returns the URL of a listing call.
    pub(super) fn listing_url(&self, env: &EnvId, listing: Listing<'_>) -> String {
        let segment = |text| utf8_percent_encode(text, SEGMENT);
        let env = segment(env.as_str());
        match listing {
            Listing::Tenants => format!("{self}/tenants/{env}"),
            Listing::Flows => format!("{self}/{env}/flows/supported"),
            Listing::LinkedFlows(tenant) => format!(
                "{self}/{env}/flows/linked?tenant_id={}",
                utf8_percent_encode(tenant.as_str(), QUERY)
            ),
            Listing::Jobs(flow, tenant) => format!(
                "{self}/{env}/{}/{}/jobs",
                segment(flow.as_str()),
                segment(tenant.as_str())
            ),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotglue::{FlowId, JobRoot, TenantId};
    use proptest::prelude::*;

    fn address(flow: &str, tenant: &str, root: &str) -> JobAddress {
        JobAddress {
            flow: FlowId::parse(flow).unwrap(),
            tenant: TenantId::parse(tenant).unwrap(),
            job_root: JobRoot::parse(root).unwrap(),
        }
    }

    #[test]
    fn only_safe_base_urls_are_accepted() {
        use BaseUrlError::{Query, Scheme, Unencrypted, UserInfo};
        for good in [
            "https://api.hotglue.com/",
            "https://h/prefix/",
            "http://127.0.0.1:80",
            "http://[::1]:9",
            "http://localhost:8080",
            "http://127.1",
        ] {
            BaseUrl::parse(good, false).unwrap();
        }
        for (bad, why) in [
            ("http://api.hotglue.com", Unencrypted),
            ("http://localhost.evil.test", Unencrypted),
            ("http://127.0.0.1.evil.test", Unencrypted),
            ("http://[::ffff:10.0.0.1]", Unencrypted),
            ("ftp://h", Scheme),
            ("https://u:p@h", UserInfo),
            ("https://h?x=1", Query),
        ] {
            assert_eq!(BaseUrl::parse(bad, false), Err(why), "{bad}");
        }
        assert!(BaseUrl::parse("http://10.0.0.1", true).is_ok());
        assert!(matches!(
            BaseUrl::parse("api.hotglue.com", false),
            Err(BaseUrlError::Malformed(_))
        ));
    }

    #[test]
    fn the_status_url_encodes_what_a_segment_cannot_contain() {
        let base = BaseUrl::parse("https://h/api/", false).unwrap();
        let env = EnvId::parse("dev.x.xyz").unwrap();
        let job = address("f+1", "a@b.c d/e", "a@b/flows/f+1/jobs/x y");
        assert_eq!(
            base.status_url(&env, &job),
            "https://h/api/dev.x.xyz/f+1/a@b.c%20d%2Fe/jobs/status\
             ?job_root=a%40b/flows/f%2B1/jobs/x%20y"
        );
    }

    proptest! {
        #[test]
        fn an_identifier_never_leaves_its_segment(
            flow in "[ -~]{1,12}", tenant in "\\PC{1,12}", root in "\\PC{1,20}",
        ) {
            let base = BaseUrl::parse("https://h", false).unwrap();
            let env = EnvId::parse("e").unwrap();
            let (Ok(flow), Ok(tenant), Ok(job_root)) =
                (FlowId::parse(&flow), TenantId::parse(&tenant), JobRoot::parse(&root)) else {
                return Ok(());
            };
            let job = JobAddress { flow, tenant, job_root };
            let url = Url::parse(&base.status_url(&env, &job)).unwrap();
            prop_assert_eq!(url.host_str(), Some("h"));
            let segments: Vec<_> = url.path_segments().unwrap()
                .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned())
                .collect();
            prop_assert_eq!(segments, ["e", job.flow.as_str(), job.tenant.as_str(), "jobs", "status"]);
            let query: Vec<_> = url.query_pairs().collect();
            prop_assert_eq!(query.len(), 1);
            prop_assert_eq!(&query[0].1, job.job_root.as_str());
        }
    }
}
