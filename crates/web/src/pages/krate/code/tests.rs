use cargohold_registry::{SourceEntry, SourceTree, highlight_lines};

use super::{Code, Contents, source_tree, text};
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{HOSTILE, assert_inert, head};
use crate::pages::samples::{Sample, frame, sample};

fn show(path: &str, contents: Contents) -> Sample {
    let entry = |path: &str| SourceEntry { path: path.to_owned(), size_bytes: 7, sha256: None };
    let hostile = format!("src/{HOSTILE}%2F?#.rs").replace("</script>", "");
    let tree = SourceTree {
        name: "tide".parse().unwrap(),
        version: "1.2.3".parse().unwrap(),
        files: vec![entry("Cargo.toml"), entry("src/a b.rs"), entry(&hostile), entry("src/lib.rs")],
    };
    let contents = match contents {
        Contents::Folder(_) => Contents::Folder(source_tree::entries(&tree.files, path)),
        contents => contents,
    };
    sample("crate_code.html", &Code::new(frame(), head(Tab::Files), &tree, path.to_owned(), contents))
}

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let code = format!("//! {HOSTILE}\nfn main() {{}}\n");
    vec![
        show("src/lib.rs", Contents::Lines(highlight_lines(&code, "src/lib.rs").into(), 40)),
        show("src", Contents::Folder(Vec::new())),
        show("src/lib.rs", Contents::Hidden("This file is not text.")),
        show("src/lib.rs", Contents::TooLong),
    ]
}

#[test]
fn s11_names_and_contents_of_files_are_text() {
    for (_, html) in samples() {
        assert_inert(&html);
        let href =
            "/crates/tide/1.2.3/code/src/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E%3Cscript%3Ealert(1)%252F%3F%23.rs";
        assert!(html.contains(href), "{html}");
    }
}

#[test]
fn lines_can_be_linked() {
    let (_, html) = samples().remove(0);
    assert!(html.contains("id=\"L2\"") && html.contains("href=\"#L2\""), "{html}");
    assert!(html.contains("href=\"/crates/tide/1.2.3/raw/src/lib.rs\""), "{html}");
}

#[test]
fn text_is_told_from_other_files() {
    assert_eq!(text("Grüße\n".as_bytes()), Some("Grüße\n"));
    assert_eq!(text(b"\xff\xfe"), None);
    assert_eq!(text(b"a\0b"), None);
}
