//! What readmes look like (contract §9.3).

use cargohold_render::readme::render;

/// The readme as a page without a repository.
fn html(text: &str) -> String {
    render(text, None, None).unwrap()
}

#[test]
fn an_empty_or_blank_readme_has_no_page() {
    for text in ["", " ", "\n\n", "\t\r\n \u{a0}\u{3000}"] {
        assert_eq!(render(text, None, None), None, "{text:?}");
    }
}

#[test]
fn the_file_name_decides_what_is_markdown() {
    let markdown =
        ["README", "README.md", "docs/x.MarkDown", "a.mdown", "a.mdwn", "a.mkd", "a.mkdn", "a.mkdown", ".md"];
    for file in markdown.into_iter().chain(["v1.0/README"]) {
        assert_eq!(render("*a*", Some(file), None).unwrap(), "<p><em>a</em></p>\n", "{file}");
    }
    for file in ["README.txt", "README.rst", "a.md.adoc", "README.html", "README."] {
        assert_eq!(render("*a*", Some(file), None).unwrap(), "*a*", "{file}");
    }
}

#[test]
fn other_texts_are_shown_as_they_are_line_by_line() {
    let text = "a <b> & \"c\"\n<script>alert(1)</script>\n";
    let shown = "a &lt;b&gt; &amp; &quot;c&quot;<br>\n&lt;script&gt;alert(1)&lt;/script&gt;<br>\n";
    assert_eq!(render(text, Some("README.txt"), None).unwrap(), shown);
}

#[test]
fn headings_link_to_themselves() {
    assert_eq!(
        html("# Hi *there*"),
        "<h1 id=\"user-content-hi-there\">Hi <em>there</em><a href=\"#user-content-hi-there\" \
         aria-label=\"Link to heading 'Hi there'\" class=\"anchor\" rel=\"nofollow noopener noreferrer\"></a></h1>\n"
    );
}

#[test]
fn links_to_a_place_in_the_readme_stay() {
    assert!(html("[x](#hi-there)").contains("href=\"#hi-there\""));
}

#[test]
fn ids_and_names_are_prefixed_once() {
    let page = html("<a id=\"x\" name=\"y\"></a>\n\n<p id=\"user-content-z\">");
    assert!(page.contains("id=\"user-content-x\""), "{page}");
    assert!(page.contains("name=\"user-content-y\""), "{page}");
    assert!(page.contains("<p id=\"user-content-z\">"), "{page}");
}

#[test]
fn footnotes_and_the_ways_back_find_each_other() {
    let page = html("a[^n]\n\n[^n]: note\n");
    for part in [
        "<sup class=\"footnote-ref\"><a href=\"#user-content-fn-n\" id=\"user-content-fnref-n\"",
        "<section class=\"footnotes\"",
        "<li id=\"user-content-fn-n\">",
        "<a href=\"#user-content-fnref-n\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn github_flavoured_markdown_is_rendered() {
    for (text, part) in [
        ("| a |\n|:-:|\n| b |", "<td align=\"center\">b</td>"),
        ("~~a~~", "<del>a</del>"),
        ("see https://example.com/x", "<a href=\"https://example.com/x\" rel=\"nofollow noopener noreferrer\">"),
        ("> [!WARNING]\n> mind", "<div class=\"markdown-alert markdown-alert-warning\">"),
        ("> [!NOTE]\n> mind", "<p class=\"markdown-alert-title\">Note</p>"),
        ("term\n\n: meaning", "<dt>term</dt>"),
        ("<details open><summary>a</summary>b</details>", "<details open=\"\"><summary>a</summary>b</details>"),
        ("<p align=\"center\">a</p>", "<p align=\"center\">a</p>"),
        ("<img src=\"https://e.com/a.png\" width=\"9\" height=\"8\">", "width=\"9\" height=\"8\""),
        ("Press <kbd>x</kbd><sub>y</sub>", "<kbd>x</kbd><sub>y</sub>"),
    ] {
        let page = html(text);
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn tasks_are_boxes_that_cannot_be_ticked() {
    let page = html("- [x] a\n- [ ] b\n\n<input name=\"password\" type=\"password\" value=\"x\">");
    assert_eq!(page.matches("<input ").count(), 3, "{page}");
    assert_eq!(page.matches("type=\"checkbox\"").count(), 3, "{page}");
    assert_eq!(page.matches("disabled=\"\"").count(), 3, "{page}");
    assert_eq!(page.matches("checked=\"\"").count(), 1, "{page}");
    assert!(!page.contains("password"), "{page}");
}

#[test]
fn code_keeps_its_language_for_highlighters() {
    for (info, class) in [
        ("rust", Some("language-rust")),
        ("rust,no_run", Some("language-rust")),
        ("c++ title=\"a\"", Some("language-c++")),
        ("", None),
    ] {
        let page = html(&format!("```{info}\nlet x;\n```\n"));
        let code = class.map_or("<pre><code>".to_owned(), |class| format!("<pre><code class=\"{class}\">"));
        assert!(page.starts_with(&code), "{page}");
    }
    assert_eq!(html("<code class=\"language-a btn btn-danger\">x</code>"), "<p><code>x</code></p>\n");
}

#[test]
fn every_link_tells_crawlers_to_stay() {
    let page = html("[a](https://e.com) <https://e.com> <a href=\"https://e.com\" rel=\"me\" target=\"_blank\">b</a>");
    assert_eq!(page.matches("<a ").count(), 3, "{page}");
    assert_eq!(page.matches(" rel=\"nofollow noopener noreferrer\"").count(), 3, "{page}");
    assert!(!page.contains("target"), "{page}");
}
