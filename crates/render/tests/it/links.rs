//! Where relative links of readmes lead (contract §9.3).

use cargohold_render::readme::{Repository, render};

/// The addresses of the link in a readme.
fn href(link: &str, url: &str, path_in_vcs: Option<&str>, file: &str) -> Option<String> {
    let page = render(&format!("[x]({link})"), Some(file), Some(Repository { url, path_in_vcs })).unwrap();
    assert!(page.contains("<a "), "the element stays: {page}");
    let (_, rest) = page.split_once("href=\"")?;
    Some(rest.split_once('"').unwrap().0.to_owned())
}

fn on_github(link: &str) -> Option<String> {
    href(link, "https://github.com/o/r", None, "README.md")
}

#[test]
fn links_lead_into_repositories_on_known_hosts() {
    for host in ["github.com", "gitlab.com", "bitbucket.org"] {
        for url in [format!("https://{host}/o/r"), format!("https://{host}/o/r/"), format!("http://{host}/o/r.git")] {
            let scheme = url.split(':').next().unwrap();
            let expected = format!("{scheme}://{host}/o/r/blob/HEAD/docs/a.md");
            assert_eq!(href("docs/a.md", &url, None, "README.md"), Some(expected), "{url}");
        }
    }
}

#[test]
fn links_lead_nowhere_without_such_a_repository() {
    for url in [
        "https://example.com/o/r",
        "https://github.com.example.com/o/r",
        "https://github.com@example.com/o/r",
        "https://gist.github.com/o/r",
        "https://github.com:8443/o/r",
        "ssh://github.com/o/r",
        "git@github.com:o/r.git",
        "javascript://github.com/%0aalert(1)",
        "",
    ] {
        assert_eq!(href("docs/a.md", url, None, "README.md"), None, "{url}");
    }
    let page = render("[a](b.md) ![c](d.png) <img src=\"/e.png\">", None, None).unwrap();
    assert_eq!(page.matches("<img").count(), 2, "{page}");
    assert!(!page.contains("href") && !page.contains("src="), "{page}");
}

#[test]
fn pictures_and_films_are_linked_raw() {
    for (link, expected) in [
        ("a.png", "raw/HEAD/a.png"),
        ("a.JPEG", "raw/HEAD/a.JPEG"),
        ("a.mp4", "raw/HEAD/a.mp4"),
        ("a.svg", "raw/HEAD/a.svg?sanitize=true"),
        ("a.svg?x=1#y", "raw/HEAD/a.svg?x=1&amp;sanitize=true#y"),
        ("a.pngx", "blob/HEAD/a.pngx"),
        ("png", "blob/HEAD/png"),
        ("a.rs?plain=1#L7", "blob/HEAD/a.rs?plain=1#L7"),
    ] {
        assert_eq!(on_github(link), Some(format!("https://github.com/o/r/{expected}")));
    }
    let repository = Repository { url: "https://github.com/o/r", path_in_vcs: None };
    let page = render("![a](b.svg)", None, Some(repository)).unwrap();
    assert!(page.contains("src=\"https://github.com/o/r/raw/HEAD/b.svg?sanitize=true\""), "{page}");
}

#[test]
fn links_start_where_the_readme_lies() {
    let below = |link, path_in_vcs, file| href(link, "https://github.com/o/r", path_in_vcs, file).unwrap();
    let base = "https://github.com/o/r/blob/HEAD/";
    assert_eq!(below("x.md", Some("crates/foo"), "README.md"), format!("{base}crates/foo/x.md"));
    assert_eq!(below("x.md", Some("crates/foo/"), "docs/README.md"), format!("{base}crates/foo/docs/x.md"));
    assert_eq!(below("../x.md", Some("crates/foo"), "docs/README.md"), format!("{base}crates/foo/x.md"));
    assert_eq!(below("x.md", Some("crates/foo"), "../../README.md"), format!("{base}x.md"));
    assert_eq!(below("/x.md", Some("crates/foo"), "README.md"), format!("{base}x.md"));
    assert_eq!(below("x.md", Some("a?b#c d"), "README.md"), format!("{base}a%3Fb%23c%20d/x.md"));
}

#[test]
fn links_cannot_leave_the_repository() {
    let expected = Some("https://github.com/o/r/blob/HEAD/evil".to_owned());
    for link in ["../../../evil", "/../../evil", "%2e%2e/%2E%2E/evil"] {
        assert_eq!(on_github(link), expected, "{link}");
    }
    for folder in ["../..", "/../../", "..\\.."] {
        assert_eq!(href("evil", "https://github.com/o/r", Some(folder), "README.md"), expected, "{folder}");
    }
}

#[test]
fn absolute_links_stay() {
    assert_eq!(on_github("https://e.com/a.svg").as_deref(), Some("https://e.com/a.svg"));
    assert_eq!(on_github("mailto:a@e.com").as_deref(), Some("mailto:a@e.com"));
    assert_eq!(on_github("//e.com/a").as_deref(), Some("https://e.com/a"));
    assert_eq!(on_github("#a").as_deref(), Some("#a"));
}
