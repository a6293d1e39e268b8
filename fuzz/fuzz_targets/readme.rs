//! Whatever a readme is, its page is inert, every parser understands it alike, and it fits into the page of its crate.

#![no_main]

#[path = "../../crates/render/tests/it/inert.rs"]
mod inert;

use cargohold_render::readme::{Repository, embed, render};
use inert::{assert_inert, assert_stable};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Option<&str>, &str, Option<&str>)| {
    let (text, file, url, path_in_vcs) = input;
    for file in [None, file] {
        let Some(page) = render(text, file, Some(Repository { url, path_in_vcs })) else { continue };
        assert_inert(&page);
        assert_stable(&page);
        let embedded = embed(&page, |_| false);
        assert!(!embedded.contains("<img") && !embedded.contains("<video"), "{embedded}");
    }
});
