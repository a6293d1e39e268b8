//! Hostile readmes (S12): nothing runs, and nothing takes longer than it should.

use std::time::{Duration, Instant};

use cargohold_render::readme::{Repository, embed, render};
use proptest::prelude::*;

use crate::inert::{assert_inert, assert_stable};

#[test]
fn s12_scripts_and_the_like_are_shown_and_not_run() {
    for name in
        ["script", "style", "iframe", "textarea", "title", "xmp", "noembed", "noframes", "noscript", "plaintext"]
    {
        for text in [format!("a <{name}>x</{name}>"), format!("<{}>\nx\n</{name} >", name.to_uppercase())] {
            let page = render(&text, None, None).unwrap();
            assert!(page.to_lowercase().contains(&format!("&lt;{name}&gt;")), "{page}");
            assert!(page.to_lowercase().contains(&format!("&lt;/{name}")), "{page}");
            assert_inert(&page);
        }
    }
}

#[test]
fn s12_tricks_are_inert() {
    for text in [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt&colon;alert(1))",
        "[a](<java\nscript:alert(1)>)",
        "[a](&#x6A;avascript:alert(1))",
        "[a](vbscript:x) [b](data:text/html;base64,PHNjcmlwdD4=) ![c](data:image/svg+xml;base64,PHN2Zz4=)",
        "![a](x \"b\\\" onerror=alert(1)\")",
        "<img src=x onerror=alert(1)>",
        "<IMG SRC=x OnErRoR='alert(1)'>",
        "<a href=\"javascript:alert(1)\" onclick=alert(1) style=\"position:fixed\">a</a>",
        "<a href=\" &#14; javascript:alert(1)\">a</a>",
        "<svg><animate onbegin=alert(1) attributeName=x></svg>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form action=https://evil.example><input type=submit><button>x</button></form>",
        "<math href=\"javascript:alert(1)\">x</math>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<div title=\"\n\n<script>alert(1)</script>\n\n\">",
        "<div title='\n\n[a](https://e.com/\"onmouseover=alert(1)//)\n\n'>",
        "<!-- \n\n--!><img src=x onerror=alert(1)> -->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<?xml <img src=x onerror=alert(1)> ?>",
        "<object data=x></object><embed src=x><base href=//evil><meta http-equiv=refresh content=0><link rel=stylesheet>",
        "<template><script>alert(1)</script></template>",
        "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
        "<p id=\"location\"><a name=\"cookie\"></a><img name=\"body\">",
        "<video src=\"javascript:x\" poster=\"javascript:x\" onplay=x autoplay><source src=\"javascript:x\"></video>",
        "```\"><script>alert(1)</script>\nx\n```",
        "# a\" onclick=\"alert(1)\n[^a\" onclick=x]\n\n[^a\" onclick=x]: b",
        "<https://e.com/\"onclick=alert(1)>",
        "<b <script>alert(1)</script>0",
        "<x/onclick=alert(1)//",
        "\0<scr\0ipt>alert(1)</script>",
    ] {
        let page = render(text, None, Some(Repository { url: "https://github.com/o/r", path_in_vcs: None })).unwrap();
        for page in [embed(&page, |_| false), page] {
            assert_inert(&page);
            assert_stable(&page);
        }
    }
}

#[test]
fn s12_an_open_tag_swallows_nothing_that_follows() {
    for open in ["<div title=\"", "<div title='", "<div", "<!--", "<!-- <a", "<![CDATA[", "<?", "<!x", "</div x=\""] {
        let page = render(&format!("{open}\n\n[link](https://e.com/)"), None, None).unwrap();
        let is_comment =
            open.starts_with("<!--") || page.contains("href=\"https://e.com/\"") || page.contains("[link]");
        assert!(is_comment, "{open}: {page}");
        assert_stable(&page);
    }
    let page = render("<div title=\"\n\n[link](https://e.com/a/b)", None, None).unwrap();
    assert_eq!(page.matches("href=\"https://e.com/a/b\"").count(), 1, "{page}");
}

#[test]
fn s12_comments_are_not_shown() {
    let page = render("a <!-- secret --> b\n\n<!--\nsecret <b>\n\nsecret\n-->\nc", None, None).unwrap();
    assert!(!page.contains("secret"), "{page}");
    assert!(page.contains('a') && page.contains('b') && page.contains('c'), "{page}");
}

/// Texts of this many bytes: large enough to show quadratic time, small enough for debug builds.
const LARGE: usize = 1 << 18;

// Each of these took minutes, gigabytes or the stack in one of the libraries, or might. Debug builds are slow.
#[test]
fn s12_no_text_takes_long_or_much() {
    let formats: String = (0..5000).map(|n| format!("<font color={n}><b title={n}>")).collect();
    let open: String = (0..200).map(|n| format!("<b title={n}>")).collect();
    let mut texts: Vec<String> = [
        "[",
        "![",
        "<",
        ">",
        "> ",
        "1. > ",
        "- ",
        "* ",
        "`",
        "*a **b ",
        "<div>",
        "<div>\n\n",
        "<b>",
        "<a ",
        "&",
        "[^a]",
        "</p>",
        "<table><tr><td>",
        "<p><b>",
        "\n|-|-|",
        "|",
        "<!--",
        "<![CDATA[",
        "<svg><g>",
        "</b>",
        "[a]: b\n",
        "# a\n",
    ]
    .map(|piece| piece.repeat(LARGE / piece.len()))
    .into();
    texts.push(format!("<a {}>", "b ".repeat(LARGE / 2)));
    texts.push(format!("<a x=\"\n\n[y](/{})", "b/".repeat(LARGE / 2)));
    texts.push(format!("{formats}\n{}", "\n<p>x".repeat(LARGE / 6)));
    texts.push(format!("{open}\n{}", "\nx\n".repeat(LARGE / 3)));
    texts.push(format!("{}\n\n[^a]: x", "[^a] ".repeat(LARGE / 5)));
    texts.push(format!("{}a\n", ">".repeat(256)).repeat(LARGE / 258));
    for text in texts {
        let start = Instant::now();
        let page = render(&text, None, None).unwrap_or_default();
        let took = start.elapsed();
        let what: String = text.chars().take(40).collect();
        assert!(took < Duration::from_secs(20), "{what:?} took {took:?}");
        assert!(page.len() < 64 << 20, "{what:?} became {} bytes", page.len());
    }
}

#[test]
fn what_is_nested_absurdly_is_shown_as_text() {
    let page = render(&">".repeat(1000), None, None).unwrap();
    assert_eq!(page, "&gt;".repeat(1000));
    let page = render(&"<div>".repeat(1000), None, None).unwrap();
    assert_eq!(page, "&lt;div&gt;".repeat(1000));
    let page = render(&"&".repeat(1 << 20), None, None).unwrap();
    assert!(!page.contains("<p>"), "{}", &page[..80]);
    // What people write is not.
    let page = render(&format!("{}a", "> ".repeat(20)), None, None).unwrap();
    assert_eq!(page.matches("<blockquote>").count(), 20, "{page}");
    assert!(
        render(&"- [a](https://e.com) **b** `c`\n".repeat(5000), None, None).unwrap().contains("<strong>b</strong>")
    );
}

/// Texts made of what is special to Markdown or HTML.
fn special_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "'",
        "`",
        "```",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "[",
        "]",
        "(",
        ")",
        "!",
        "*",
        "_",
        "~~",
        "#",
        "- ",
        "1. ",
        "> ",
        "|",
        "|-|",
        ":",
        "&",
        "&lt;",
        "&#x6a;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "/",
        "=",
        "\\",
        "\0",
        "<script",
        "</script>",
        "<style>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<img src=x onerror=alert(1)>",
        " onclick=",
        "<a href=",
        "javascript:alert(1)",
        "data:text/html,",
        "<table>",
        "<tr>",
        "<td>",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a>",
        "<template>",
        "<select>",
        "<option>",
        "<div title=\"",
        "<details>",
        "<noscript>",
        "<title>",
        "<textarea>",
        "[^a]",
        "[^a]: ",
        "[a]: ",
        "x",
        "é",
        "https://e.com",
        "[!NOTE]",
        "id=a ",
        "name=b ",
        "class=c ",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn s12_nothing_special_runs(text in special_text()) {
        if let Some(page) = render(&text, None, Some(Repository { url: "https://github.com/o/r", path_in_vcs: None })) {
            assert_inert(&page);
            assert!(!page.contains("<script"));
            let linked = embed(&page, |_| false);
            assert_inert(&linked);
            assert!(!linked.contains("<img") && !linked.contains("<video"), "{linked}");
        }
    }

    #[test]
    fn s12_nothing_panics(text: String, file: Option<String>, url: String, path_in_vcs: Option<String>) {
        let repository = Repository { url: &format!("https://github.com/{url}"), path_in_vcs: path_in_vcs.as_deref() };
        if let Some(page) = render(&text, file.as_deref(), Some(repository)) {
            assert_inert(&page.replace("<br>\n", ""));
        }
    }
}
