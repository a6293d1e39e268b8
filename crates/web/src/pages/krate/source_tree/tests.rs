use cargohold_registry::SourceEntry;

use super::{TreeRow, default_file, entries, rows};

fn files(paths: &[&str]) -> Vec<SourceEntry> {
    let entry = |path: &&str| SourceEntry { path: (*path).to_owned(), size_bytes: 7, sha256: None };
    paths.iter().map(entry).collect()
}

fn shown(rows: &[TreeRow]) -> String {
    let show = |row: &TreeRow| match row {
        TreeRow::Open { name, is_open: true } => format!("{name}("),
        TreeRow::Open { name, is_open: false } => format!("{name}["),
        TreeRow::Close => ")".to_owned(),
        TreeRow::Folder { path, .. } => format!(" {path}/"),
        TreeRow::File { name, is_current, .. } => format!(" {}{name}", if *is_current { "*" } else { "" }),
    };
    rows.iter().map(show).collect()
}

#[test]
fn folders_come_first_and_are_open_around_the_file() {
    let files = files(&["Cargo.toml", "src/a/b/c.rs", "src/a.rs", "src/lib.rs", "tests/it.rs"]);
    let rows = rows(&files, "src/a/b/c.rs");
    assert_eq!(shown(&rows), "src(a(b( *c.rs)) a.rs lib.rs)tests[ it.rs) Cargo.toml");
}

#[test]
fn of_many_files_only_those_around_are_shown() {
    let paths: Vec<String> = (0..600).map(|n| format!("big{}/f{n}", n % 3)).chain(["x/y/z".to_owned()]).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let rows = rows(&files(&paths), "x/y/z");
    assert_eq!(shown(&rows), " big0/ big1/ big2/x(y( *z))");
}

#[test]
fn of_deep_folders_only_those_around_are_shown() {
    let deep = format!("{}f", "a/".repeat(2000));
    let rows = rows(&files(&[&deep, "b/c"]), "b/c");
    assert_eq!(shown(&rows), " a/b(c)".replace("(c", "( *c"));
}

#[test]
fn a_folder_lists_what_is_in_it() {
    let files = files(&["src/a/b.rs", "src/lib.rs", "srcs"]);
    let names = |folder: &str| -> Vec<(String, bool)> {
        let entries = entries(&files, folder);
        entries.into_iter().map(|entry| (entry.path, entry.size_bytes.is_none())).collect()
    };
    assert_eq!(names("src"), [("src/a".to_owned(), true), ("src/lib.rs".to_owned(), false)]);
    assert_eq!(names(""), [("src".to_owned(), true), ("srcs".to_owned(), false)]);
    assert!(names("sr").is_empty() && names("src/lib.rs").is_empty());
}

#[test]
fn the_file_that_says_most_is_shown_first() {
    assert_eq!(default_file(&files(&["Cargo.toml", "src/lib.rs", "src/main.rs"])), Some("src/lib.rs"));
    assert_eq!(default_file(&files(&["Cargo.toml", "build.rs", "src/main.rs"])), Some("src/main.rs"));
    assert_eq!(default_file(&files(&["build.rs", "Cargo.toml"])), Some("Cargo.toml"));
    assert_eq!(default_file(&files(&["a"])), Some("a"));
    assert_eq!(default_file(&[]), None);
}
