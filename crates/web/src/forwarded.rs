//! Who asks, where proxies stand between (`X-Forwarded-For`). Each proxy adds, at the end, whom it was asked by; only what a proxy of
//! ours added is true, and everything before the first address that is no proxy's may be made up.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address of the client: whoever is connected, or, if that is a proxy, the last forwarded address that is no proxy's. IPv4
/// addresses written as IPv6 are IPv4.
///
/// `values` are the header's, in their order. What cannot be read ends the search: then the client is the proxy that said it, for
/// what stands before it was told by nobody we know. If all addresses are proxies', the client is whoever is connected.
pub fn client_address<'v>(
    peer: IpAddr,
    values: impl DoubleEndedIterator<Item = &'v [u8]>,
    is_proxy: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_proxy(peer) {
        return peer;
    }
    let entries = values.rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
    let mut teller = peer;
    // Empty elements of a list mean nothing (RFC 9110 §5.6.1).
    for entry in entries.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty()) {
        match read(entry) {
            None => return teller,
            Some(address) if is_proxy(address) => teller = address,
            Some(address) => return address,
        }
    }
    peer
}

/// An address as proxies write it: bare, with a port, an IPv6 one in brackets, or any of these in quotes.
fn read(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse::<IpAddr>().ok().or_else(bracketed).or_else(with_port)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_proxy(address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if address.octets()[0] == 10)
            || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
    }

    fn client(peer: &str, values: &[&str]) -> String {
        client_address(peer.parse().unwrap(), values.iter().map(|value| value.as_bytes()), is_proxy).to_string()
    }

    #[test]
    fn the_last_address_that_is_no_proxys_is_the_clients_however_it_is_written() {
        for (value, address) in [
            ("203.0.113.5", "203.0.113.5"),
            ("6.6.6.6, 203.0.113.5:4711", "203.0.113.5"),
            ("6.6.6.6, [2001:db8::1]:443", "2001:db8::1"),
            ("6.6.6.6,[2001:db8::1]", "2001:db8::1"),
            ("6.6.6.6, \"[2001:db8::1]:443\" , 10.0.0.2:80", "2001:db8::1"),
            ("6.6.6.6, ::ffff:203.0.113.5", "203.0.113.5"),
            ("6.6.6.6, [::ffff:203.0.113.5]:1, ::ffff:10.9.9.9", "203.0.113.5"),
            ("6.6.6.6, 203.0.113.5, , ", "203.0.113.5"),
        ] {
            assert_eq!(client("10.0.0.1", &[value]), address, "{value}");
            assert_eq!(client("::ffff:10.0.0.1", &["7.7.7.7", value]), address, "{value}");
        }
        assert_eq!(client("::1", &["203.0.113.5", "10.0.0.2"]), "203.0.113.5");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search_at_the_proxy_that_said_it() {
        for unreadable in
            ["unknown", "_hidden", "203.0.113.5:", "203.0.113.5:99999", "[203.0.113.5]", "[::1", "\"", "1.2.3", "é"]
        {
            assert_eq!(client("10.0.0.1", &[&format!("6.6.6.6, {unreadable}")]), "10.0.0.1", "{unreadable}");
            assert_eq!(
                client("10.0.0.1", &[&format!("6.6.6.6, {unreadable}, 10.0.0.7:80")]),
                "10.0.0.7",
                "{unreadable}"
            );
        }
    }

    #[test]
    fn whoever_is_no_proxy_and_whoever_only_proxies_speak_of_is_who_is_connected() {
        assert_eq!(client("::ffff:198.51.100.1", &["203.0.113.5"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    proptest! {
        /// Whatever a client sends, the proxy in front of us adds the truth behind it.
        #[test]
        fn what_a_client_claims_is_never_believed(
            claimed in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4),
            made_up in "[0-9a-f:., \\[\\]\"unkow]{0,60}",
            truth in prop_oneof![Just("203.0.113.5"), Just("203.0.113.5:1"), Just("::ffff:203.0.113.5"), Just("unknown")],
            is_line_of_its_own in any::<bool>(),
        ) {
            let mut values = claimed;
            if is_line_of_its_own {
                values.extend([made_up.into_bytes(), truth.as_bytes().to_vec()]);
            } else {
                values.push(format!("{made_up}, {truth}").into_bytes());
            }
            let found = client_address("10.0.0.1".parse().unwrap(), values.iter().map(Vec::as_slice), is_proxy);
            let expected = if truth == "unknown" { "10.0.0.1" } else { "203.0.113.5" };
            prop_assert_eq!(found.to_string(), expected);
        }

        #[test]
        fn anything_at_all_is_survived(values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..99), 0..9)) {
            let found = client_address("10.0.0.1".parse().unwrap(), values.iter().map(Vec::as_slice), is_proxy);
            prop_assert_eq!(found, found.to_canonical());
        }
    }
}
