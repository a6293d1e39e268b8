//! Requests an operator wants to be rid of (contract §1.6): by address, by header, by route. Judged before any handler.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use ipnet::IpNet;
use regex::Regex;

use crate::app::App;
use crate::error::{envelope, sentence};
use crate::forwarded::client_address;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// What is blocked. Empty by default.
#[derive(Clone, Debug, Default)]
pub struct BlockRules {
    addresses: Vec<IpAddr>,
    proxies: Vec<IpNet>,
    headers: Vec<(HeaderName, Value)>,
    routes: Vec<String>,
}

/// The value of a header that is blocked.
#[derive(Clone, Debug)]
enum Value {
    Equal(String),
    Matching(Regex),
}

impl BlockRules {
    /// Blocks these addresses.
    ///
    /// # Errors
    /// When a text is no address.
    pub fn block_addresses(&mut self, addresses: &[String]) -> Result<(), String> {
        let parse = |text: &String| match text.parse::<IpAddr>() {
            Ok(address) => Ok(address.to_canonical()),
            Err(_) => Err(format!("`{text}` is no IP address")),
        };
        self.addresses = addresses.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Passes over the addresses of these networks when the client's is looked for.
    ///
    /// # Errors
    /// When a text is no network.
    pub fn trust_proxies(&mut self, networks: &[String]) -> Result<(), String> {
        let parse = |text: &String| text.parse().map_err(|_| format!("`{text}` is no network like `10.0.0.0/8`"));
        self.proxies = networks.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Blocks requests with these headers, each written `name: value` or `name: /regular expression/`.
    ///
    /// # Errors
    /// When a text is not of that form.
    pub fn block_headers(&mut self, headers: &[String]) -> Result<(), String> {
        self.headers = headers.iter().map(|text| parse_header(text)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Blocks these routes, written as in the `OpenAPI` document.
    pub fn block_routes(&mut self, routes: Vec<String>) {
        self.routes = routes;
    }

    /// Refuses a request by the address or the headers of its client.
    pub(crate) fn refuse<B>(
        &self,
        peer: Option<IpAddr>,
        request: &axum::http::Request<B>,
        id: &str,
    ) -> Option<Response<Body>> {
        let headers = request.headers();
        let is_blocked = |address: &IpAddr| self.addresses.contains(&address.to_canonical());
        // Whoever is connected cannot talk themselves out of a block by naming another address.
        let by_address =
            peer.as_ref().is_some_and(is_blocked) || self.client(peer, headers).as_ref().is_some_and(is_blocked);
        let by_header = self.headers.iter().any(|(name, blocked)| {
            headers.get_all(name).iter().any(|value| blocked.matches(&String::from_utf8_lossy(value.as_bytes())))
        });
        if !by_address && !by_header {
            return None;
        }
        let text = format!(
            "requests like this one are blocked, because they go against the data access policy of this registry; ask its operator, \
             and tell them this request id: {id}"
        );
        let is_api = request.uri().path().starts_with("/api/");
        Some(if is_api { envelope(StatusCode::FORBIDDEN, text) } else { sentence(StatusCode::FORBIDDEN, text) })
    }

    /// Whether this is the address of a trusted proxy.
    pub(crate) fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// The address of the client, as far as proxies of ours tell it. Anybody can send the header.
    pub(crate) fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let values = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        peer.map(|peer| client_address(peer, values, |address| self.is_proxy(address)))
    }
}

fn parse_header(text: &str) -> Result<(HeaderName, Value), String> {
    let wrong = || format!("`{text}` is no header like `name: value` or `name: /expression/`");
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let name = name.trim().parse().map_err(|_| wrong())?;
    let value = value.trim();
    let value = match value.strip_prefix('/').and_then(|value| value.strip_suffix('/')) {
        Some(expression) => Value::Matching(Regex::new(expression).map_err(|error| error.to_string())?),
        None => Value::Equal(value.to_owned()),
    };
    Ok((name, value))
}

impl Value {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Equal(blocked) => value == blocked,
            Self::Matching(expression) => expression.is_match(value),
        }
    }
}

/// Refuses what leads to a blocked route.
pub(crate) async fn refuse_route(
    State(app): State<App>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response<Body> {
    if app.blocked.routes.iter().any(|blocked| blocked == route.as_str()) {
        let text = "this route is temporarily blocked; try again later, or ask the operator of this registry";
        return envelope(StatusCode::SERVICE_UNAVAILABLE, text.to_owned());
    }
    next.run(request).await
}
