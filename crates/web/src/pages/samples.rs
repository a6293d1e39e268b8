//! Every page with a sample of what it shows: a template cannot break without a test that fails.

use std::collections::BTreeSet;

use askama::Template;
use cargohold_protocol::api::{Crate, CrateLinks};
use cargohold_protocol::{CrateName, Timestamp};

use super::frame::{Frame, Viewer};

/// The frame of a page that an administrator looks at.
pub(super) fn frame() -> Frame {
    Frame {
        site: "Sample registry".to_owned(),
        alias: "sample-registry".to_owned(),
        base_url: "https://registry.example".to_owned(),
        index_url: "sparse+https://registry.example/index/".to_owned(),
        is_private: false,
        viewer: Some(Viewer { id: 1, login: "alice".to_owned(), is_admin: true }),
        form_token: "token-of-forms".to_owned(),
        banner: Some("Maintenance on Sunday".to_owned()),
        notice: None,
        searched: "<script>".to_owned(),
        here: "/crates/tide?a=b&c".to_owned(),
        colors: Some("dark"),
        style: "/assets/style.css",
        script: "/assets/script.js",
    }
}

/// A crate as lists show it.
pub(super) fn krate(name: &str) -> Crate {
    let name: CrateName = name.parse().unwrap();
    Crate {
        id: name.clone(),
        links: CrateLinks::of(&name),
        name,
        updated_at: Timestamp::from_micros(1_700_000_000_000_000),
        versions: None,
        keywords: None,
        categories: None,
        badges: [],
        created_at: Timestamp::from_micros(1_600_000_000_000_000),
        downloads: 12_345,
        recent_downloads: Some(678),
        default_version: Some("1.2.3".to_owned()),
        num_versions: 4,
        yanked: true,
        max_version: "1.2.3".to_owned(),
        newest_version: "1.2.3".to_owned(),
        max_stable_version: Some("1.2.3".to_owned()),
        description: Some("<img src=x onerror=alert(1)> & more".to_owned()),
        homepage: Some("https://tide.example".to_owned()),
        documentation: None,
        repository: Some("https://github.com/tide/tide".to_owned()),
        exact_match: true,
        trustpub_only: false,
    }
}

/// A sample: the name of its template and what becomes of it.
pub(super) type Sample = (&'static str, String);

/// Renders a sample.
pub(super) fn sample(template: &'static str, page: &impl Template) -> Sample {
    (template, page.render().unwrap())
}

fn all() -> Vec<Sample> {
    let mut all = super::home::samples();
    all.extend(super::krate::samples());
    all.extend(super::refusal::samples());
    all.extend(super::lists::samples());
    all.extend(super::web_api::samples());
    all.extend(super::account::samples());
    all.extend(super::manage::samples());
    all.extend(super::admin::samples());
    all
}

#[test]
fn every_page_has_a_sample_that_renders() {
    let samples = all();
    let shown: BTreeSet<String> = samples.iter().map(|(template, _)| (*template).to_owned()).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_page = |file: &String| {
        let stem = file.strip_suffix(".html");
        stem.is_some_and(|stem| !stem.ends_with("frame") && !stem.ends_with("parts"))
    };
    let pages: BTreeSet<String> = files.filter(is_page).collect();
    assert_eq!(shown, pages, "each page in templates/ needs a sample, and each sample a page");
    for (template, html) in samples {
        assert_eq!(html.matches("<h1").count(), 1, "{template}: one heading says what the page is\n{html}");
        let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).unwrap().0;
        assert!(!title.trim().is_empty(), "{template} has no title");
        assert!(!html.contains(" style=") && !html.contains("<style"), "{template}: styles belong into the stylesheet");
        assert!(
            !html.contains("<script>") && !html.contains(" onclick="),
            "{template}: scripts belong into the script"
        );
        for form in html.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            let is_post = form.contains("method=\"post\"");
            assert_eq!(
                is_post,
                form.contains("name=\"form_token\""),
                "{template}: what changes something has a token\n{form}"
            );
        }
    }
}
