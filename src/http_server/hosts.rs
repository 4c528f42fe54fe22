//! Which host names a request may be for.
//!
//! A web page can make its own host name resolve to this machine and then read
//! answers as if they were its own (DNS rebinding). The name that the browser
//! sends stays that of the page, so that a request for an unknown name is
//! rejected.

use std::net::{IpAddr, SocketAddr};

use hyper::header::HOST;
use hyper::http::uri::Authority;
use hyper::{Request, StatusCode, Version};

/// The hosts whose requests are answered: names of the loopback interface, the
/// address that the client connected to, and further ones.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    further: Vec<String>,
}

impl AllowedHosts {
    /// Allows further hosts: names, or addresses of a proxy or another network
    /// interface, without a port.
    pub fn with(hosts: &[String]) -> Self {
        Self {
            further: hosts.iter().map(|host| normal(host).to_owned()).collect(),
        }
    }

    /// The status and reason with which a request is rejected; `None` where it
    /// is allowed. `local` is the address that the client connected to.
    pub(super) fn rejection<B>(
        &self,
        request: &Request<B>,
        local: Option<SocketAddr>,
    ) -> Option<(StatusCode, &'static str)> {
        let mut named = request.headers().get_all(HOST).iter();
        let host = named.next();
        if named.next().is_some() {
            return Some((StatusCode::BAD_REQUEST, "More than one Host header\n"));
        }
        if host.is_none() && request.version() >= Version::HTTP_11 {
            return Some((StatusCode::BAD_REQUEST, "The Host header is missing\n"));
        }
        let host = host.map(|host| host.to_str().unwrap_or_default());
        // A request line can name the host, too.
        let of_target = request.uri().authority().map(Authority::as_str);
        let is_allowed = host
            .into_iter()
            .chain(of_target)
            .all(|host| self.allows(host, local.map(|local| local.ip())));
        (!is_allowed).then_some((
            StatusCode::MISDIRECTED_REQUEST,
            "This host name is not allowed; see --allow-host\n",
        ))
    }

    /// Whether requests for a host may be answered, given the address at which
    /// they arrived.
    pub fn allows(&self, authority: &str, local: Option<IpAddr>) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        let host = normal(authority.host());
        if let Ok(address) = host.parse::<IpAddr>() {
            let address = address.to_canonical();
            let is_local = local.is_some_and(|local| local.to_canonical() == address);
            if address.is_loopback() || is_local {
                return true;
            }
        }
        let is_same = |name: &str| host.eq_ignore_ascii_case(name);
        is_same("localhost") || self.further.iter().any(|name| is_same(name))
    }
}

/// A host without the brackets of an IPv6 address and the dot of a full name.
fn normal(host: &str) -> &str {
    let host = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(host: &str) -> bool {
        let hosts = AllowedHosts::with(&["metrics.example".to_owned()]);
        hosts.allows(host, Some("10.0.0.5".parse().unwrap()))
    }

    #[test]
    fn loopback_listen_address_and_configured_hosts_are_allowed() {
        for host in [
            "localhost",
            "LOCALHOST:9478",
            "localhost.:9478",
            "127.0.0.1:9478",
            "127.1.2.3",
            "[::1]:9478",
            "10.0.0.5:9478",
            "metrics.example",
            "Metrics.Example:80",
        ] {
            assert!(allows(host), "{host}");
        }
    }

    #[test]
    fn other_hosts_are_rejected() {
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.6:9478",
            "0.0.0.0:9478",
            "metrics.example.evil.example",
            "evil.example:9478@localhost.evil.example",
            "a b",
        ] {
            assert!(!allows(host), "{host}");
        }
    }

    #[test]
    fn request_needs_exactly_one_host_header_that_agrees_with_its_target() {
        let status = |request: hyper::http::request::Builder| {
            let request = request.body(()).unwrap();
            let rejection = AllowedHosts::default().rejection(&request, None);
            rejection.map(|(status, _)| status.as_u16())
        };
        let request = Request::get("/metrics");
        assert_eq!(status(request), Some(400));
        let request = Request::get("/metrics").version(Version::HTTP_10);
        assert_eq!(status(request), None);
        let request = Request::get("/metrics").header(HOST, "localhost");
        assert_eq!(status(request), None);
        let request = Request::get("/metrics")
            .header(HOST, "localhost")
            .header(HOST, "evil.example");
        assert_eq!(status(request), Some(400));
        let request = Request::get("http://evil.example/metrics").header(HOST, "localhost");
        assert_eq!(status(request), Some(421));
        let request = Request::get("/metrics").header(HOST, "evil.example");
        assert_eq!(status(request), Some(421));
    }
}
