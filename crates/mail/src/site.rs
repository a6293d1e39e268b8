//! The site that mails speak for, and the addresses of its pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 reserves for nothing, and `+`, which a path may contain and versions do.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What the site calls itself.
    pub name: String,
    /// Its address, with or without a path, without a slash at the end. Every link in a mail begins with it.
    pub base_url: String,
}

impl Site {
    /// The address of the page at `path`, which begins with a slash.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The address of the page at `path` followed by `rest`, which may be anything.
    pub(crate) fn page_of(&self, path: &str, rest: &str) -> String {
        format!("{}{path}{}", self.base_url, utf8_percent_encode(rest, SEGMENT))
    }

    pub(crate) fn krate(&self, krate: &str) -> String {
        self.page_of("/crates/", krate)
    }

    pub(crate) fn version(&self, krate: &str, version: &str) -> String {
        format!("{}/{}", self.krate(krate), utf8_percent_encode(version, SEGMENT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_path_stays_one_segment() {
        let site = Site { name: "Example".to_owned(), base_url: "https://registry.example/sub".to_owned() };
        assert_eq!(site.page("/settings/tokens"), "https://registry.example/sub/settings/tokens");
        assert_eq!(site.krate("serde_json"), "https://registry.example/sub/crates/serde_json");
        let version = site.version("serde", "1.0.0-rc.1+build");
        assert_eq!(version, "https://registry.example/sub/crates/serde/1.0.0-rc.1+build");
        assert_eq!(site.krate("a/../b?c#d\r\n\""), "https://registry.example/sub/crates/a%2F..%2Fb%3Fc%23d%0D%0A%22");
    }
}
