//! What a first view takes from the network.

use crate::support::{Chrome, Shape, TestServer, krate, on_both_shapes};

on_both_shapes!(a_first_view_is_light);

/// How many bytes a first view takes at most, without the images of a readme.
const MOST: u64 = 60_000;

async fn a_first_view_is_light(shape: Shape) {
    let server = TestServer::start(shape);
    let paragraph =
        "Every wave is followed by another one, and `ebb` by `flow`. See [tides](https://tide.example/).\n\n";
    let readme =
        format!("# Waves\n\n{}```rust\n{}```\n", paragraph.repeat(100), "let wave = tide.ebb(12);\n".repeat(60));
    for number in 0..40 {
        let version = krate("waves").version(&format!("1.{number}.0")).metadata("readme", readme.clone().into());
        server.publish_ok(&version.metadata("readme_file", "README.md".into())).await;
    }
    for number in 0..12 {
        let blurb = "Another wave that comes after all the others, and before the next";
        server.publish_ok(&krate(&format!("waves-{number}")).package(&format!("description = \"{blurb}\""))).await;
    }
    server.search("waves").await;
    let chrome = Chrome::start(&server).await;
    for path in ["/crates/waves", "/search?q=waves", "/"] {
        chrome.forget_cache().await;
        chrome.open(path).await;
        chrome.check_page("first view").await;
        let bytes = chrome.transferred_bytes().await;
        assert!((1_000..=MOST).contains(&bytes), "the first view of {path} takes {bytes} bytes");
    }
}
