//! Readmes as they stand in a page.

use cargohold_render::readme::{embed, render};

fn shown(text: &str) -> String {
    embed(&render(text, None, None).unwrap(), |src| src.starts_with("https://here.example/"))
}

#[test]
fn pictures_from_elsewhere_become_links() {
    let page = shown("![a logo](https://e.com/a.png) and ![](https://e.com/b.png?x=1&y=2)");
    let link = "<a href=\"https://e.com/a.png\" rel=\"nofollow noopener noreferrer\">a logo</a>";
    assert!(page.contains(link) && page.contains(" href=\"https://e.com/b.png?x=1&amp;y=2\" "), "{page}");
    assert!(page.contains(">image</a>") && !page.contains("<img"), "{page}");
}

#[test]
fn pictures_of_the_registry_stay() {
    let page = shown("![kept](https://here.example/a.png) ![gone](https://here.example.evil.example/a.png)");
    assert!(page.contains("<img src=\"https://here.example/a.png\" alt=\"kept\">"), "{page}");
    assert_eq!(page.matches("<img").count(), 1, "{page}");
}

#[test]
fn a_picture_in_a_link_becomes_its_text() {
    let page = shown("[![build](https://e.com/badge.svg)](https://e.com/build) ![after](https://e.com/x.png)");
    assert!(page.contains("<span>build</span></a>"), "{page}");
    assert!(page.contains("<a href=\"https://e.com/x.png\" rel=\"nofollow noopener noreferrer\">after</a>"), "{page}");
}

#[test]
fn a_picture_that_is_nowhere_is_its_text() {
    assert_eq!(shown("a <img alt=\"b\" src=\"rel.png\"> <img src=x> c").trim(), "<p>a <span>b</span>  c</p>");
    let page = shown("<img src=\"https://here.example/a.png\">");
    assert!(page.contains("<img alt=\"\" src=\"https://here.example/a.png\">"), "{page}");
}

#[test]
fn films_become_links() {
    let page = shown("<video src=\"https://e.com/a.mp4\" controls>No <b>films</b></video>");
    assert!(page.contains("<a href=\"https://e.com/a.mp4\" rel=\"nofollow noopener noreferrer\">video</a>"), "{page}");
    assert!(page.contains("<span>No <b>films</b></span>") && !page.contains("<video"), "{page}");
}

#[test]
fn s12_what_a_picture_is_called_stays_text() {
    for alt in ["<script>alert(1)</script>", "a > b", "\" onload=\"alert(1)", "'><b>", "&lt;b&gt; &amp;", "=\"\" src=x"]
    {
        let escaped = alt.replace('&', "&amp;").replace('"', "&quot;");
        let page = shown(&format!("<img alt=\"{escaped}\" src=\"https://e.com/\">"));
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<img"), "{page}");
        let (_, text) = page.split_once("noreferrer\">").unwrap();
        let (text, _) = text.split_once("</a>").unwrap();
        let shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        assert_eq!(shown, alt, "{page}");
    }
}

#[test]
fn headings_stand_below_that_of_the_page() {
    let page = shown("# One\n\n###### Six\n\n<h2 align=\"center\">Two</h2>");
    assert!(page.contains("<h3 align=\"center\">Two</h3>") && !page.contains("h1>"), "{page}");
    assert_eq!((page.matches("</h2>").count(), page.matches("</h6>").count()), (1, 1), "{page}");
}

#[test]
fn code_and_tasks_are_for_keyboards_and_readers_too() {
    let page = shown("```rust\nlet a = 1;\n```\n\n- [x] a\n- [ ] b");
    assert!(page.contains("<pre tabindex=\"0\"><code class=\"language-rust\">"), "{page}");
    let inputs: Vec<bool> =
        page.split("<input ").skip(1).map(|input| input.starts_with("aria-label=\"done\"")).collect();
    assert_eq!(inputs, [true, false], "{page}");
}
