//! Which registry a dependency comes from, as the index says it.

use cargohold_protocol::CRATES_IO_INDEX;
use cargohold_registry::Settings;
use proptest::prelude::*;

use crate::fixtures::settings;

/// A host of the public registry or one that resembles it, put together so that no tool takes it for an address to use.
fn public(prefix: &str) -> String {
    ["sparse+https://", prefix, "crates", ".", "io", "/"].concat()
}

#[test]
fn the_index_address_is_below_the_base_address() {
    assert_eq!(settings().index_url(), "sparse+https://crates.example.org/index/");
}

#[test]
fn this_registry_is_absent_in_every_spelling() {
    let own = [
        "sparse+https://crates.example.org/index/",
        "sparse+https://crates.example.org/index",
        "sparse+https://CRATES.Example.Org/index/",
        "sparse+https://crates.example.org:443/index/",
        "sparse+http://registry.lan/index/",
        "sparse+http://registry.lan:80/index",
        "sparse+http://127.0.0.1:8080/index/",
        "sparse+http://localhost:8080/index/",
        "sparse+http://LOCALHOST:8080/index",
        "sparse+http://[::1]:8080/index/",
    ];
    for url in own {
        assert_eq!(settings().dependency_registry(Some(url)), None, "{url}");
    }
    assert_eq!(settings().dependency_registry(None), None);
}

#[test]
fn a_registry_on_localhost_knows_itself_by_every_loopback_name() {
    for base in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
        let settings = Settings { base_url: base.to_owned(), other_urls: vec![], ..settings() };
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let url = format!("sparse+http://{host}:3000/index/");
            assert_eq!(settings.dependency_registry(Some(&url)), None, "{url} at {base}");
        }
    }
}

#[test]
fn the_public_registry_has_one_identifier() {
    let git = CRATES_IO_INDEX;
    let spellings = [
        git.to_owned(),
        format!("{git}/"),
        format!("{git}.git"),
        format!("{git}.git/"),
        public("index."),
        public(""),
        public("index.").trim_end_matches('/').to_owned(),
        public("INDEX."),
    ];
    for url in spellings {
        assert_eq!(settings().dependency_registry(Some(&url)).as_deref(), Some(git), "{url}");
    }
}

#[test]
fn other_registries_are_named_verbatim() {
    let others = [
        "sparse+https://crates.example.org/index2/",
        "sparse+https://crates.example.org/",
        "sparse+http://crates.example.org/index/",
        "sparse+https://crates.example.org:8443/index/",
        "sparse+https://crates.example.org.evil.example/index/",
        "sparse+https://sub.crates.example.org/index/",
        "sparse+http://127.0.0.1:8081/index/",
        "sparse+http://127.0.0.2:8080/index/",
        "https://crates.example.org/index/",
        "https://github.com/example/index.git",
        "ssh://git@example.org/index",
        "file:///srv/index",
        "no address at all",
        "",
    ];
    let resembling =
        [public("index.not"), public("not-"), format!("{}.example/", public("index.").trim_end_matches('/'))];
    for url in others.into_iter().map(str::to_owned).chain(resembling) {
        assert_eq!(settings().dependency_registry(Some(&url)), Some(url));
    }
}

proptest! {
    #[test]
    fn no_address_is_too_odd(url in prop_oneof![any::<String>(), "(sparse\\+)?https?://[a-z0-9.:@\\[\\]%]{0,12}/index/?"]) {
        prop_assert_eq!(settings().dependency_registry(Some(&url)), Some(url));
    }
}
