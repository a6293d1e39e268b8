//! Line counts (contract §11.5).

use std::time::{Duration, Instant};

use cargohold_render::lines::LineCounts;
use proptest::prelude::*;

fn count(files: &[(&str, &str)]) -> LineCounts {
    let mut counts = LineCounts::default();
    for (path, contents) in files {
        counts.add(path, contents.as_bytes());
    }
    counts
}

/// Code and comment lines of one file.
fn lines(path: &str, contents: &str) -> (u64, u64) {
    let json = serde_json::to_value(count(&[(path, contents)])).unwrap();
    (json["total_code_lines"].as_u64().unwrap(), json["total_comment_lines"].as_u64().unwrap())
}

/// Whether a file of this path is counted.
fn counts(path: &str) -> bool {
    count(&[(path, "x\n")]) != LineCounts::default()
}

#[test]
fn the_json_has_exactly_this_form() {
    assert_eq!(
        serde_json::to_string(&LineCounts::default()).unwrap(),
        r#"{"languages":{},"total_code_lines":0,"total_comment_lines":0}"#
    );
    let counted =
        count(&[("src/lib.rs", "// a\npub fn it() -> u8 { 1 }\n"), ("src/main.rs", "x"), ("a.h", "int a;\n")]);
    let json = serde_json::to_string(&counted).unwrap();
    assert_eq!(
        json,
        r#"{"languages":{"C Header":{"code_lines":1,"comment_lines":0,"files":1},"Rust":{"code_lines":2,"comment_lines":1,"files":2}},"total_code_lines":3,"total_comment_lines":1}"#
    );
    assert_eq!(serde_json::from_str::<LineCounts>(&json).unwrap(), counted);
}

#[test]
fn doc_comments_of_rust_are_neither_and_blank_lines_are_ignored() {
    let text = "//! Doc\n\n/// Doc\n  /// Doc\nfn a() {} // why\n\t\n// Comment\n/* a\n * b\n */\n";
    assert_eq!(lines("a.rs", text), (1, 4));
    assert_eq!(lines("a.js", "/// a\nlet a;\n"), (1, 1));
}

#[test]
fn comments_are_told_from_texts() {
    assert_eq!(lines("a.rs", "let a = \"// no\";\nlet b = \"/*\";\nlet c = 1;\n"), (3, 0));
    assert_eq!(lines("a.rs", "let a = r#\"\"/*\"#;\nlet b;\n"), (2, 0));
    assert_eq!(lines("a.rs", "let a = '\"';\n// b\nlet c = '\\\"';\n// d\n"), (2, 2));
    assert_eq!(lines("a.rs", "/* a /* b */\nstill */ // c\nlet d;\n"), (1, 2));
    assert_eq!(lines("a.c", "/* a /* b */\nint c; /* d\ne */\n"), (1, 2));
    assert_eq!(lines("a.rs", "let a = \"one\n// two\n\";\n"), (3, 0));
    assert_eq!(lines("a.sql", "-- a\nSELECT 1; -- b\n/* c */\n"), (1, 2));
}

#[test]
fn a_shebang_is_a_comment_and_an_attribute_is_code() {
    assert_eq!(lines("a.sh", "#!/bin/sh\necho 1\n"), (1, 1));
    assert_eq!(lines("a.js", "#!/usr/bin/env node\nlet a;\n"), (1, 1));
    assert_eq!(lines("a.rs", "#![no_std]\n"), (1, 0));
}

#[test]
fn other_languages_in_a_page_do_not_count() {
    let page = "<html>\n<!-- a -->\n<script>\nlet a;\n\n// b\n</script>\n<p>\n<style>p {}</style>\n</html>\n";
    assert_eq!(lines("a.html", page), (6, 1));
}

#[test]
fn tests_examples_and_hidden_files_do_not_count() {
    for path in [
        ".hidden.rs",
        "src/.hidden.rs",
        "tests/a.rs",
        "a/Tests/b.rs",
        "my_tests/a.rs",
        "mytest/a.rs",
        "testing/a.rs",
        "benches/a.rs",
        "benchmark/a.rs",
        "examples/a.rs",
        "src/examples/a.rs",
    ] {
        assert!(!counts(path), "{path}");
    }
    for path in ["src/tests.rs", "test.rs", ".cargo/a.rs", "benchmarks/a.rs", "example/a.rs", "a.RS", "src/a.b.rs"] {
        assert!(counts(path), "{path}");
    }
}

#[test]
fn only_programming_languages_count() {
    for name in ["rs", "c", "h", "cpp", "py", "js", "ts", "css", "html", "sql", "sh", "S", "go", "java", "wgsl", "zig"]
    {
        assert!(counts(&format!("a.{name}")), "{name}");
    }
    for name in [
        "json",
        "yml",
        "yaml",
        "toml",
        "xml",
        "ini",
        "md",
        "txt",
        "mk",
        "cmake",
        "nix",
        "ps1",
        "svg",
        "proto",
        "bat",
        "lock",
        "rst",
        "unheard-of",
    ] {
        assert!(!counts(&format!("a.{name}")), "{name}");
    }
    for name in ["Makefile", "Dockerfile", "LICENSE", "rs", "README"] {
        assert!(!counts(name), "{name}");
    }
}

// Both took minutes with a counter that looks at what follows each byte.
#[test]
fn a_large_file_is_read_once() {
    let start = Instant::now();
    let blank = format!("/*\n{}", "\n".repeat(1 << 20));
    assert_eq!(lines("a.rs", &blank), (0, (1 << 20) + 1));
    let nested: String = (1..800).map(|depth| format!("{}```rust\n", "/// ".repeat(depth))).collect();
    assert_eq!(lines("a.rs", &nested), (0, 0));
    for piece in ["<script", "<script></script>", "\"", "/*", "'\"'", " "] {
        count(&[("a.html", &piece.repeat((1 << 20) / piece.len())), ("a.rs", &piece.repeat((1 << 20) / piece.len()))]);
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn no_bytes_panic(contents: Vec<u8>, extension in prop::sample::select(vec!["rs", "html", "py", "lua", "hs", "vue"])) {
        LineCounts::default().add(&format!("a.{extension}"), &contents);
    }

    #[test]
    fn no_line_counts_twice(text in "[/*\"'\\\\#! \n\r<>a-c-]{0,200}") {
        for extension in ["rs", "html", "py", "sql"] {
            let (code, comments) = lines(&format!("a.{extension}"), &text);
            prop_assert!(code + comments <= text.split('\n').count() as u64);
        }
    }
}
