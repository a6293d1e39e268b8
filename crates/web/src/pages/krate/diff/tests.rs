use std::sync::Arc;

use cargohold_protocol::DependencyKind;
use cargohold_registry::{
    Change, Comparison, DependencyChange, DependencyFacts, Diff, FactChange, FeatureChange, FileChange, Hunk, Line,
    LineKind,
};

use super::{Changes, FileView};
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{HOSTILE, assert_inert, head};
use crate::pages::samples::{Sample, frame, sample};

fn line(kind: LineKind, old_no: Option<usize>, new_no: Option<usize>) -> Line {
    Line { kind, old_no, new_no, text: HOSTILE.to_owned(), is_unended: kind == LineKind::Added }
}

fn diff() -> Diff {
    let lines = vec![
        line(LineKind::Kept, Some(1), Some(1)),
        line(LineKind::Removed, Some(2), None),
        line(LineKind::Added, None, Some(2)),
    ];
    Diff { hunks: vec![Hunk { old_start: 1, old_lines: 2, new_start: 1, new_lines: 2, lines }], added: 1, removed: 1 }
}

fn file(path: &str, kind: Change, diff: Option<Diff>) -> FileChange {
    let why_not = (diff.is_none() && kind == Change::Changed).then_some("the file is not text");
    FileChange { path: path.to_owned(), kind, old_size: Some(10), new_size: Some(12), diff, why_not }
}

fn dependency(req: &str) -> DependencyFacts {
    DependencyFacts {
        req: req.to_owned(),
        kind: DependencyKind::Dev,
        target: Some(HOSTILE.to_owned()),
        is_optional: true,
        default_features: false,
        features: vec!["std".to_owned()],
        explicit_name: None,
        registry: None,
    }
}

fn show(comparison: Comparison) -> Sample {
    sample("crate_diff.html", &Changes::new(frame(), head(Tab::Changes), Arc::new(comparison)))
}

fn empty() -> Comparison {
    Comparison {
        name: "tide".parse().unwrap(),
        old: "1.1.0".parse().unwrap(),
        new: "1.2.3".parse().unwrap(),
        files: vec![],
        dependencies: vec![],
        features: vec![],
        facts: vec![],
    }
}

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let full = Comparison {
        files: vec![
            file("Cargo.toml", Change::Changed, Some(diff())),
            file(HOSTILE, Change::Added, Some(diff())),
            file("logo.png", Change::Changed, None),
            file("new.rs", Change::Renamed { from: "old.rs".to_owned() }, None),
            file("gone.rs", Change::Removed, Some(diff())),
        ],
        dependencies: vec![DependencyChange {
            name: "ebb".to_owned(),
            old: Some(dependency("^1")),
            new: Some(dependency("^2")),
        }],
        features: vec![FeatureChange { name: "std".to_owned(), old: None, new: Some(vec![HOSTILE.to_owned()]) }],
        facts: vec![FactChange { fact: "rust_version", old: None, new: Some("1.70".to_owned()) }],
        ..empty()
    };
    vec![show(full), show(empty())]
}

#[test]
fn changes_are_told_by_signs_and_numbers() {
    let samples = samples();
    let (_, html) = &samples[0];
    assert_inert(html);
    assert!(
        html.contains("class=\"added\"") && html.contains("class=\"removed\"") && html.contains("class=\"kept\""),
        "{html}"
    );
    assert!(html.contains("the file is not text") && html.contains("renamed from <code>old.rs</code>"), "{html}");
    assert!(
        html.contains("rust-version") && html.contains("dev, optional, without default features, features std"),
        "{html}"
    );
}

#[test]
fn versions_that_do_not_differ_say_so() {
    let samples = samples();
    assert!(samples[1].1.contains("Nothing has changed"), "{}", samples[1].1);
}

#[test]
fn what_is_too_much_is_only_counted() {
    let mut left = 5;
    let views: Vec<FileView> =
        (0..3).map(|_| FileView::new(&file("a", Change::Changed, Some(diff())), &mut left)).collect();
    let shown: Vec<_> =
        views.iter().map(|view| (view.hunks.len(), view.why_not.is_some(), view.counts.unwrap().0)).collect();
    assert_eq!(shown, [(1, false, 1), (0, true, 1), (0, true, 1)]);
}
