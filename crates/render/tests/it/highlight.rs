//! Highlighted code: it says what the code says, and nothing in it runs.

use std::fmt::Write;

use cargohold_render::highlight::{lines, readme};
use cargohold_render::readme::render;
use proptest::prelude::*;

const CLASSES: [&str; 9] = ["hk", "hs", "hc", "hn", "ht", "hf", "hm", "ha", "hv"];

/// The text of a line; panics if anything but whole spans of known classes marks it.
fn text(html: &str) -> String {
    let mut text = html.to_owned();
    let mut is_open = false;
    for tag in html.split('<').skip(1) {
        let class = tag.strip_prefix("span class=\"").and_then(|rest| rest.split_once("\">"));
        let is_fine = match class {
            Some((class, _)) => !is_open && CLASSES.contains(&class),
            None => is_open && tag.starts_with("/span>"),
        };
        assert!(is_fine, "<{tag} in {html}");
        is_open = !is_open;
    }
    assert!(!is_open, "{html}");
    for class in CLASSES {
        text = text.replace(&format!("<span class=\"{class}\">"), "");
    }
    text = text.replace("</span>", "");
    assert!(!text.contains(['<', '>', '"', '\'']), "{html}");
    let decoded = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    decoded.replace("&amp;", "&")
}

fn class_of(code: &str, path: &str, word: &str) -> String {
    let html = lines(code, path).join("\n");
    for class in CLASSES {
        if html.contains(&format!("<span class=\"{class}\">{word}</span>")) {
            return class.to_owned();
        }
    }
    html
}

const RUST: &str = r#"//! About.
use std::fmt;

/// A struct.
#[derive(Debug)]
pub struct Tide<'a> { height: &'a str, count: u32 }

impl Tide<'_> {
    pub async fn rise(&mut self) -> Option<String> {
        // Why.
        let c = 'x';
        println!("{} high", 42);
        self.rise_by(0x2a);
        if true { return None; }
        Some(format!("high"))
    }
}
"#;

#[test]
fn rust_is_marked() {
    let expected = [
        ("//! About.", "hc"),
        ("use", "hk"),
        ("struct", "hk"),
        ("pub", "hk"),
        ("fn", "hk"),
        ("let", "hk"),
        ("return", "hk"),
        ("Tide", "ht"),
        ("u32", "hk"),
        ("rise", "hf"),
        ("// Why.", "hc"),
        ("42", "hn"),
        ("println!", "hm"),
        ("&#39;x&#39;", "hs"),
        ("&quot;high&quot;", "hs"),
        ("self", "hk"),
    ];
    for (word, class) in expected {
        assert_eq!(class_of(RUST, "src/lib.rs", word), class, "{word}");
    }
    let html = lines(RUST, "src/lib.rs").join("\n");
    assert!(html.contains("<span class=\"ha\">"), "{html}");
}

#[test]
fn toml_is_marked_also_in_lock_files() {
    let code = "# About.\n[package]\nname = \"tide\"\nhigh = true\n";
    for path in ["Cargo.toml", "Cargo.lock", "Cargo.toml.orig", "deep/inside/CARGO.TOML"] {
        assert_eq!(class_of(code, path, "# About."), "hc", "{path}");
        assert_eq!(class_of(code, path, "name"), "hv", "{path}");
        assert_eq!(class_of(code, path, "&quot;tide&quot;"), "hs", "{path}");
        assert_eq!(class_of(code, path, "true"), "hn", "{path}");
    }
}

#[test]
fn many_kinds_of_files_are_known() {
    let samples = [
        ("main.c", "int x; /* why */", "/* why */"),
        ("x.cpp", "// why", "// why"),
        ("x.h", "// why", "// why"),
        ("build.py", "# why", "# why"),
        ("run.sh", "# why", "# why"),
        ("ci.yml", "# why", "# why"),
        ("ci.yaml", "# why", "# why"),
        ("Dockerfile", "# why", "# why"),
        ("Makefile", "# why", "# why"),
        ("x.js", "// why", "// why"),
        ("x.ts", "// why", "// why"),
        ("x.go", "// why", "// why"),
        ("x.java", "// why", "// why"),
        ("x.html", "<!-- why -->", "&lt;!-- why --&gt;"),
        ("x.css", "/* why */", "/* why */"),
        ("x.sql", "-- why", "-- why"),
        ("x.proto", "// why", "// why"),
        ("CMakeLists.txt", "# why", "# why"),
        (".gitignore", "# why", "# why"),
        ("x.lua", "-- why", "-- why"),
        ("x.nix", "# why", "# why"),
    ];
    for (path, code, comment) in samples {
        assert_eq!(class_of(code, path, comment), "hc", "{path}");
    }
    assert_eq!(class_of("# Title\n", "README.md", "# Title"), "hv");
    for path in ["LICENSE-MIT", "notes.txt", "", "dir/", "no.such-extension", "txt"] {
        assert_eq!(lines("let x = 1; // <b>", path), ["let x = 1; // &lt;b&gt;"], "{path}");
    }
}

#[test]
fn a_comment_over_several_lines_is_closed_and_opened_at_each() {
    let html = lines("/* one\ntwo */ x", "a.rs");
    assert_eq!(html, ["<span class=\"hc\">/* one</span>", "<span class=\"hc\">two */</span> x"]);
}

#[test]
fn code_that_is_html_stays_code() {
    for path in ["a.rs", "a.html", "a.md", "a.php", "a.txt", "Cargo.toml"] {
        let code =
            "</span><script>alert(\"1\")</script>\n\"</span><img src=x onerror='x'>&lt;&amp;\n// </span></td><b>";
        let html = lines(code, path);
        let found: Vec<String> = html.iter().map(|line| text(line)).collect();
        assert_eq!(found, code.lines().collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn long_texts_and_long_lines_are_only_escaped() {
    let long_line = format!("let x = \"{}\";", "a".repeat(5000));
    assert!(!lines(&long_line, "a.rs")[0].contains("<span"));
    let long_text = "let x = 1;\n".repeat(60_000);
    let html = lines(&long_text, "a.rs");
    assert_eq!((html.len(), html[0].as_str()), (60_000, "let x = 1;"));
}

#[test]
fn deep_and_dense_code_is_finished() {
    let samples = ["(".repeat(4000), "[{(<".repeat(1000), "\"".repeat(4000), "'a".repeat(2000), "#![".repeat(1300)];
    for sample in samples {
        for path in ["a.rs", "a.md", "a.js", "a.toml", "a.sh", "a.c", "a.py"] {
            let code = format!("{sample}\n{sample}\n");
            let found: Vec<String> = lines(&code, path).iter().map(|line| text(line)).collect();
            assert_eq!(found, [sample.as_str(), sample.as_str()], "{path}");
        }
    }
}

#[test]
fn code_blocks_of_readmes_are_marked_and_nothing_else() {
    let html = render(
        "# A `fn`\n\n```rust\nfn a() { \"<b>&\\u{a0}\" }\n\n// end\n```\n\n```nonsense\nfn\n```\n\n    fn\n",
        None,
        None,
    );
    let html = html.unwrap();
    let marked = readme(&html);
    assert!(marked.contains("<pre><code class=\"language-rust\"><span class=\"hk\">fn</span> "), "{marked}");
    assert!(marked.contains("\n\n<span class=\"hc\">// end</span>\n</code></pre>"), "{marked}");
    assert!(marked.contains("language-nonsense\">fn\n"), "{marked}");
    let (before, _) = html.split_once("<pre>").unwrap();
    assert!(marked.starts_with(before));
    let (_, after) = html.split_once("// end\n").unwrap();
    assert!(marked.ends_with(after));
}

#[test]
fn blocks_that_rustdoc_knows_are_rust() {
    for info in ["rust", "rust,no_run", "no_run", "should_panic", "ignore"] {
        let html = render(&format!("```{info}\nuse x;\n```\n"), None, None).unwrap();
        assert!(readme(&html).contains("<span class=\"hk\">use</span>"), "{info}: {html}");
    }
}

#[test]
fn what_is_not_a_whole_block_of_text_is_passed_through() {
    let samples = [
        "<pre><code class=\"language-rust\">let <b>x</b></code></pre>",
        "<pre><code class=\"language-rust\">let x = 1;",
        "<pre><code class=\"language-rust\">let x &copy; 1;</code></pre>",
        "<pre><code class=\"language-rust\">let x;</code> more</pre>",
        "<pre><code class=\"language-rust",
        "<pre><code class=\"language-\">let x;</code></pre>",
        "<img alt=\"<pre><code class=&quot;language-rust&quot;>let</code></pre>\">",
    ];
    for sample in samples {
        assert_eq!(readme(sample), sample);
    }
}

#[test]
fn what_is_spent_on_a_text_or_a_readme_is_bounded() {
    let code = "let x = 1;\n".repeat(40_000);
    let html = lines(&code, "a.rs");
    assert!(html[5_000].contains("<span"));
    assert_eq!(html[39_999], "let x = 1;");
    let block = format!("```rust\n{}```\n", "let x = 1;\n".repeat(10_000));
    let marked = readme(&render(&block.repeat(4), None, None).unwrap());
    let blocks: Vec<bool> = marked.split("<pre>").skip(1).map(|block| block.contains("<span")).collect();
    assert_eq!((blocks[0], blocks[3]), (true, false));
}

/// Code as it might be, and might be meant.
fn some_code() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("fn ".to_owned()),
        Just("r#\"".to_owned()),
        Just("\"".to_owned()),
        Just("/*".to_owned()),
        Just("*/".to_owned()),
        Just("//".to_owned()),
        Just("<script>".to_owned()),
        Just("</span>".to_owned()),
        Just("&amp;".to_owned()),
        Just("```".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("<<EOF".to_owned()),
        Just("{{".to_owned()),
        "[a-z0-9_ (){}=#!'<>&;.]{0,6}",
        "\\PC{0,3}",
    ];
    proptest::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lines_say_what_the_text_says(code in some_code(), extension in "(rs|toml|md|yml|c|py|sh|json|txt)") {
        let html = lines(&code, &format!("a.{extension}"));
        let found: Vec<String> = html.iter().map(|line| text(line)).collect();
        let expected: Vec<&str> = code.lines().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn blocks_say_what_they_said(code in some_code(), language in "(rust|toml|yaml|c|python|sh|nonsense)") {
        let mut markdown = format!("~~~~~~{language}\n");
        _ = write!(markdown, "{code}\n~~~~~~\n\n*end*\n");
        let html = render(&markdown, None, None).unwrap();
        let marked = readme(&html);
        let mut plain = marked.clone();
        for class in CLASSES {
            plain = plain.replace(&format!("<span class=\"{class}\">"), "");
        }
        // What the sanitiser leaves as it is, is escaped in what is marked.
        let plain = plain.replace("</span>", "").replace("&quot;", "\"").replace("&#39;", "'").replace("&nbsp;", "\u{a0}");
        prop_assert_eq!(plain, html.replace("&quot;", "\"").replace("&nbsp;", "\u{a0}"));
    }
}
