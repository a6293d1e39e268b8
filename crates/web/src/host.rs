//! Under which names the registry answers (RFC 9112 §3.2, RFC 9113 §8.3.1). A web site whose name is made to lead to an open registry in
//! somebody's network must not read it with their browser ("DNS rebinding").

use std::net::Ipv4Addr;

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode, Uri, Version};

use crate::headers::refusal;

/// The names of the registry. By default it answers under any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// Its own address, as people are told it.
    own_url: String,
    names: Vec<String>,
}

impl Hosts {
    /// The hosts of these addresses, which begin with the registry's own.
    pub(crate) fn of(urls: &[&str]) -> Self {
        let host = |url: &&str| url.parse::<Uri>().ok().and_then(|url| url.host().map(plain));
        Self {
            own_url: urls.first().map(|url| (*url).to_owned()).unwrap_or_default(),
            names: urls.iter().filter_map(host).collect(),
        }
    }

    /// Refuses a request that does not say whom it is for, or is for somebody else. Whether the server lives may be asked in any way.
    pub(crate) fn refuse<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let path = request.uri().path();
        if matches!(path, "/healthz" | "/readyz") {
            return None;
        }
        let host = match host(request) {
            Ok(host) => host?,
            Err(text) => return Some(refusal(path, StatusCode::BAD_REQUEST, text.to_owned())),
        };
        if self.names.is_empty() || self.names.contains(&host) || cannot_be_rebound(&host) {
            return None;
        }
        let scheme = self.own_url.split("://").next().unwrap_or("https");
        let text = format!(
            "this registry does not answer as `{host}`; ask `{}`, or, if that is another name of it, have its operator add \
             `{scheme}://{host}` to `server.other_urls`",
            self.own_url
        );
        Some(refusal(path, StatusCode::MISDIRECTED_REQUEST, text))
    }
}

/// The host that a request is for, without its port; none if HTTP/1.0 does not say it.
fn host<B>(request: &Request<B>) -> Result<Option<String>, &'static str> {
    let mut fields = request.headers().get_all(HOST).iter();
    let field = fields.next().map(read).transpose()?;
    if fields.next().is_some() {
        return Err("there is more than one `Host` header; send one");
    }
    let target = request.uri().authority().map(|authority| plain(authority.host()));
    match (request.version(), field, target) {
        (Version::HTTP_2 | Version::HTTP_3, Some(field), Some(target)) if field != target => {
            Err("`Host` and `:authority` name different hosts; send one of them")
        }
        (Version::HTTP_2 | Version::HTTP_3, field, target) => {
            target.or(field).map(Some).ok_or("the request names no host; send `:authority`")
        }
        (Version::HTTP_11, None, _) => Err("there is no `Host` header; send one"),
        // A target that is a whole address outranks the header.
        (_, field, target) => Ok(target.or(field)),
    }
}

fn read(value: &HeaderValue) -> Result<String, &'static str> {
    const WRONG: &str = "the `Host` header is no host; write it like `registry.example` or `registry.example:8080`";
    let text = value.to_str().map_err(|_| WRONG)?;
    let authority: Authority = text.parse().map_err(|_| WRONG)?;
    let host = authority.host();
    let port = text.strip_prefix(host).ok_or(WRONG)?;
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok());
    if host.is_empty() || !is_port {
        return Err(WRONG);
    }
    Ok(plain(host))
}

/// A host as it is compared: names of hosts know no case, and may end with the dot of the root.
fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Whether no site can have this host: addresses, by which load balancers ask, and the machine itself.
fn cannot_be_rebound(host: &str) -> bool {
    host == "localhost" || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(urls: &[&str], version: Version, target: &str, hosts: &[&str]) -> u16 {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        Hosts::of(urls).refuse(&request.body(()).unwrap()).map_or(200, |refusal| refusal.status().as_u16())
    }

    const KNOWN: [&str; 2] = ["https://Registry.Example", "http://cargohold.internal:7878"];

    #[test]
    fn the_known_hosts_are_answered_in_any_spelling_and_on_any_port() {
        for host in [
            "registry.example",
            "REGISTRY.example.:443",
            "registry.example:",
            "cargohold.internal:80",
            "127.0.0.1:7878",
            "[::1]:7878",
            "localhost",
        ] {
            assert_eq!(status(&KNOWN, Version::HTTP_11, "/", &[host]), 200, "{host}");
        }
        for host in ["evil.example", "registry.example.evil.example", "evilregistry.example", "127.0.0.1.evil.example"]
        {
            assert_eq!(status(&KNOWN, Version::HTTP_11, "/", &[host]), 421, "{host}");
            assert_eq!(status(&KNOWN, Version::HTTP_10, "/", &[host]), 421, "{host}");
            assert_eq!(status(&KNOWN, Version::HTTP_2, &format!("http://{host}/"), &[]), 421, "{host}");
            assert_eq!(status(&KNOWN, Version::HTTP_11, "/healthz", &[host]), 200, "{host}");
            assert_eq!(status(&[], Version::HTTP_11, "/", &[host]), 200, "{host}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        for hosts in [
            &[][..],
            &["registry.example", "registry.example"],
            &[""],
            &["a b"],
            &["a@b"],
            &["a:b"],
            &["a:65536"],
            &["a/b"],
        ] {
            assert_eq!(status(&[], Version::HTTP_11, "/", hosts), 400, "{hosts:?}");
        }
        assert_eq!(status(&[], Version::HTTP_11, "/readyz", &[]), 200);
        assert_eq!(status(&[], Version::HTTP_10, "/", &[]), 200);
        assert_eq!(status(&[], Version::HTTP_2, "/", &[]), 400);
        assert_eq!(status(&KNOWN, Version::HTTP_2, "/", &["registry.example"]), 200);
        assert_eq!(status(&KNOWN, Version::HTTP_2, "http://registry.example/", &["evil.example"]), 400);
        assert_eq!(status(&KNOWN, Version::HTTP_11, "http://registry.example/", &["evil.example"]), 200);
        assert_eq!(status(&KNOWN, Version::HTTP_11, "http://evil.example/", &["registry.example"]), 421);
    }
}
