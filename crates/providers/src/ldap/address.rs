//! Where a directory is: which addresses are fit for passwords, and which name of a directory stays the same.

use std::net::IpAddr;

use url::Url;

use super::config::LdapConfig;
use super::error::LdapProblem;

/// The ports of `ldap` and `ldaps`.
const USUAL_PORTS: [u16; 2] = [389, 636];

/// The address, if it is one and passwords are safe on their way there.
pub(super) fn parse(config: &LdapConfig) -> Result<Url, LdapProblem> {
    let url = Url::parse(&config.url).map_err(|_| LdapProblem::Address)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(LdapProblem::Address)?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_more = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
    if has_user || has_more {
        return Err(LdapProblem::Address);
    }
    match (url.scheme(), config.start_tls) {
        ("ldaps", true) => Err(LdapProblem::TlsTwice),
        ("ldaps", false) | ("ldap", true) => Ok(url),
        ("ldap", false) if config.allow_plain || is_this_machine(host) => Ok(url),
        ("ldap", false) => Err(LdapProblem::PlainText),
        _ => Err(LdapProblem::Address),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host.eq_ignore_ascii_case("localhost"), |address| address.to_canonical().is_loopback())
}

/// What names the directory for ever. Other encryption, spaces and capital letters make no other directory.
pub(super) fn issuer(url: &Url, base: &str) -> Result<String, LdapProblem> {
    let host = url.host_str().unwrap_or_default().to_lowercase();
    let port = url.port().filter(|port| !USUAL_PORTS.contains(port)).map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let mut issuer = Url::parse(&format!("ldap://{host}{port}")).map_err(|_| LdapProblem::Address)?;
    issuer.set_path(&stable_name(base));
    Ok(issuer.into())
}

/// The name of an entry without what does not distinguish names.
fn stable_name(dn: &str) -> String {
    let stable_part = |part: &str| {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        format!("{}={}", attribute.trim(), value.trim())
    };
    let dn = dn.trim().to_lowercase();
    if dn.is_empty() { dn } else { dn.split(',').map(stable_part).collect::<Vec<_>>().join(",") }
}
