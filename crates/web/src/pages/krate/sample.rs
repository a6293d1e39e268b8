//! A crate to try the pages on, with a hostile text wherever its publisher may write one.

use std::sync::Arc;

use cargohold_protocol::api::{Category, Owner, TrustpubData, User, VersionLinks, VersionObject};
use cargohold_protocol::{Day, Timestamp};
use cargohold_registry::{CratePage, DownloadHistory, DownloadSeries, MyRights, PublishedVersion};

use super::head::{Head, Tab};
use crate::pages::samples::krate;

/// A text that must never become HTML.
pub(super) const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(1)</script>";

fn at() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000)
}

fn alice() -> User {
    User {
        id: 1,
        login: "alice".to_owned(),
        name: Some(HOSTILE.to_owned()),
        avatar: None,
        url: "https://registry.example/users/alice".to_owned(),
        github_username_matches: false,
        created_at: None,
    }
}

pub(super) fn version(num: &str) -> VersionObject {
    let features = [("default", vec!["std"]), ("std", vec!["dep:ebb"]), ("extra", vec!["std", HOSTILE])];
    let features = features.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()));
    VersionObject {
        id: 7,
        krate: "tide".to_owned(),
        num: num.to_owned(),
        dl_path: String::new(),
        readme_path: String::new(),
        updated_at: at(),
        created_at: at(),
        downloads: 1234,
        features: features.into(),
        yanked: true,
        yank_message: Some(HOSTILE.to_owned()),
        lib_links: None,
        license: Some(HOSTILE.to_owned()),
        links: VersionLinks { dependencies: String::new(), version_downloads: String::new(), authors: String::new() },
        crate_size: 12_345,
        published_by: Some(alice()),
        audit_actions: vec![],
        checksum: "0".repeat(64).parse().unwrap(),
        rust_version: Some("1.70".to_owned()),
        has_lib: Some(true),
        bin_names: Some(vec![Some("tide".to_owned())]),
        edition: Some("2024".to_owned()),
        description: Some(HOSTILE.to_owned()),
        homepage: Some("javascript://tide.example/%0aalert(1)".to_owned()),
        documentation: Some("https://docs.example/\"><script>alert(1)</script>".to_owned()),
        repository: Some("https://github.com/tide/tide".to_owned()),
        trustpub_data: None,
        linecounts: Some(serde_json::from_str(LINES).unwrap()),
    }
}

const LINES: &str = r#"{"languages":{"Rust":{"code_lines":1200,"comment_lines":34,"files":5},"<TOML>":{"code_lines":20,"comment_lines":0,"files":1}},"total_code_lines":1220,"total_comment_lines":34}"#;

pub(super) fn page() -> CratePage {
    let owner = |login: &str, kind| Owner {
        id: 1,
        login: login.to_owned(),
        kind,
        url: None,
        name: Some(HOSTILE.to_owned()),
        avatar: None,
        github_username_matches: None,
    };
    let category = Category {
        id: "os".to_owned(),
        category: HOSTILE.to_owned(),
        slug: "os".to_owned(),
        description: String::new(),
        created_at: at(),
        crates_cnt: 3,
    };
    let published = |num: &str| PublishedVersion { num: num.parse().unwrap(), is_yanked: false, created_at: at() };
    let mut counts = vec![0; 90];
    counts[80] = 12;
    CratePage {
        krate: krate("tide"),
        version: version("1.2.3"),
        keywords: vec![HOSTILE.to_owned()],
        categories: vec![category],
        owners: vec![owner("alice", "user"), owner("github:org:team", "team")],
        readme: Some("<h2>Hello</h2><pre tabindex=\"0\"><code><span class=\"hk\">fn</span></code></pre>".into()),
        versions: ["1.2.3", "1.1.0", "1.0.0+b"].map(published).into(),
        num_dependencies: 2,
        num_dependents: 1,
        downloads: DownloadHistory {
            first: Day::from_number(19_600),
            series: vec![DownloadSeries { version: Some("1.2.3".to_owned()), counts }],
        },
        is_asked_for: false,
    }
}

/// The head of a page that an owner looks at.
pub(super) fn head(tab: Tab) -> Head {
    let rights = MyRights { is_owner: true, may_publish: true, is_admin: false, follows: false };
    Head { page: Arc::new(page()), rights, tab }
}

/// The version as a pipeline published it.
pub(super) fn by_pipeline() -> VersionObject {
    let data = TrustpubData::GitHub {
        repository: "tide/tide".to_owned(),
        run_id: "17".to_owned(),
        sha: "0123456789abcdef".to_owned(),
    };
    VersionObject { published_by: None, trustpub_data: Some(data), yanked: false, ..version("1.1.0") }
}

/// Insists that what the publisher wrote is shown, and is nothing but text.
pub(super) fn assert_inert(html: &str) {
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "nothing hostile is shown: {html}");
    for forbidden in ["<script>", "<img", "\" onerror", "href=\"javascript:"] {
        assert!(!html.contains(forbidden), "{forbidden} in {html}");
    }
}
