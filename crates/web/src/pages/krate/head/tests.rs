use super::{diff_path, without_scheme};

#[test]
fn only_web_addresses_are_linked() {
    assert_eq!(without_scheme("https://tide.example/x"), Some("tide.example/x"));
    assert_eq!(without_scheme("HTTP://tide.example"), Some("tide.example"));
    for text in ["javascript://tide.example/%0aalert(1)", "data://x", " https://x", "//x", "ftp://x", "é", ""] {
        assert_eq!(without_scheme(text), None, "{text}");
    }
}

#[test]
fn build_metadata_survives_in_addresses() {
    assert_eq!(diff_path("tide", "1.0.0+a", "1.1.0"), "/crates/tide/diff?from=1.0.0%2Ba&to=1.1.0");
}
