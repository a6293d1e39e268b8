//! Mail addresses: one bare mailbox, section 4.5 of the contract.

use std::net::{Ipv4Addr, Ipv6Addr};

use lettre::Address;
use url::Host;

use crate::body::is_shown;

/// Whether mail can be sent to `text`: one mailbox without a display name, its local part at most 64 bytes, quoted or
/// not. Both parts may be more than ASCII; the domain may be a single label or an address such as `[192.0.2.1]`.
#[must_use]
pub fn is_mailbox(text: &str) -> bool {
    parse(text).is_some()
}

/// The address in `text`, its domain in ASCII, so that fewer servers stumble over it.
pub(crate) fn parse(text: &str) -> Option<Address> {
    if !text.chars().all(is_shown) {
        return None;
    }
    let address: Address = text.parse().ok()?;
    let domain = address.domain();
    if let Some(literal) = domain.strip_prefix('[') {
        return is_literal(literal).then_some(address);
    }
    if domain.is_ascii() {
        return Some(address);
    }
    match Host::parse(domain).ok()? {
        Host::Domain(ascii) => Address::new(address.user(), ascii).ok(),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Whether this is the rest of an address literal behind its `[`, RFC 5321 section 4.1.3.
fn is_literal(rest: &str) -> bool {
    let Some(ip) = rest.strip_suffix(']') else { return false };
    match ip.strip_prefix("IPv6:") {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => ip.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
mod tests {
    use super::*;

    #[test]
    fn one_bare_mailbox_is_accepted() {
        let longest = format!("{}@registry.example", "a".repeat(64));
        for text in [
            "ferris@registry.example",
            "ferris+crates@registry.example",
            "ferris@localhost",
            "ferris@[192.0.2.1]",
            "ferris@[IPv6:2001:db8::1]",
            "\"fer ris\"@registry.example",
            "\"a@b\"@registry.example",
            "jürgen@registry.example",
            "ferris@bücher.example",
            &longest,
        ] {
            assert!(is_mailbox(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let too_long = format!("{}@registry.example", "a".repeat(65));
        for text in [
            "",
            "ferris",
            "@registry.example",
            "ferris@",
            " ferris@registry.example",
            "ferris@registry.example ",
            "Ferris <ferris@registry.example>",
            "<ferris@registry.example>",
            "ferris@registry.example,corro@registry.example",
            "ferris@registry.example\r\nBcc: all@registry.example",
            "\"fer\r\nris\"@registry.example",
            "\"fer\tris\"@registry.example",
            "fer\u{202e}ris@registry.example",
            "ferris@registry..example",
            "ferris@[anything]",
            "ferris@[192.0.2.1",
            "a@b@registry.example",
            &too_long,
        ] {
            assert!(!is_mailbox(text), "{text:?}");
        }
    }

    #[test]
    fn a_domain_beyond_ascii_is_spelt_in_ascii() {
        assert_eq!(parse("jürgen@bücher.example").unwrap().to_string(), "jürgen@xn--bcher-kva.example");
    }
}
