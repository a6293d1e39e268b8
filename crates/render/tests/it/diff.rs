//! The difference between two texts.

use std::fmt::Write;

use cargohold_render::diff::{Diff, LineKind, diff};
use proptest::prelude::*;

/// What the difference makes of the old text; panics where it does not fit.
fn apply(old: &str, diff: &Diff) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let (mut new, mut at) = (String::new(), 0);
    for hunk in &diff.hunks {
        let start = hunk.old_start - usize::from(hunk.old_lines > 0);
        new.extend(old[at..start].iter().copied());
        at = start;
        assert_eq!(new.split_inclusive('\n').count() + usize::from(hunk.new_lines > 0), hunk.new_start);
        let before = new.split_inclusive('\n').count();
        for line in &hunk.lines {
            let ended = format!("{}{}", line.text, if line.is_unended { "" } else { "\n" });
            if line.kind != LineKind::Added {
                assert_eq!(old[at], ended);
                at += 1;
                assert_eq!(line.old_no, Some(at));
            }
            if line.kind != LineKind::Removed {
                new.push_str(&ended);
                assert_eq!(line.new_no, Some(new.split_inclusive('\n').count()));
            }
        }
        assert_eq!(at - start, hunk.old_lines);
        assert_eq!(new.split_inclusive('\n').count() - before, hunk.new_lines);
    }
    new.extend(old[at..].iter().copied());
    new
}

/// As `diff -u` writes it.
fn unified(old: &str, new: &str) -> String {
    let mut text = String::new();
    for hunk in diff(old, new).hunks {
        _ = writeln!(text, "@@ -{},{} +{},{} @@", hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines);
        for line in hunk.lines {
            let sign = match line.kind {
                LineKind::Kept => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            let end = if line.is_unended { "\n\\ No newline at end of file\n" } else { "\n" };
            _ = write!(text, "{sign}{}{end}", line.text);
        }
    }
    text
}

#[test]
fn three_lines_stand_around_a_change() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
    assert_eq!(unified(old, new), "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

#[test]
fn changes_far_from_each_other_are_hunks_of_their_own() {
    let old: String = (1..=30).map(|number| format!("{number}\n")).collect();
    let new = old.replace("3\n4\n", "3\n").replace("27\n", "27\nmore\n");
    let found = diff(&old, &new);
    assert_eq!((found.hunks.len(), found.added, found.removed), (2, 1, 1));
}

#[test]
fn a_missing_newline_at_the_end_is_told() {
    assert_eq!(unified("a\nb", "a\nb\n"), "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

#[test]
fn what_comes_from_nothing_starts_at_line_zero() {
    assert_eq!(unified("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
    assert_eq!(unified("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
    assert_eq!(diff("", ""), Diff::default());
    assert_eq!(diff("same\n", "same\n"), Diff::default());
}

#[test]
fn texts_that_have_nothing_in_common_take_no_time() {
    let old: String = (0..20_000).map(|number| format!("{number}\n")).collect();
    let new: String = (0..20_000).map(|number| format!("{}\n", number * 7 + 3)).collect();
    let found = diff(&old, &new);
    assert_eq!((found.hunks.len(), found.added, found.removed), (1, 20_000, 20_000));
}

proptest! {
    #[test]
    fn the_difference_makes_the_new_text_of_the_old_one(old in "([abc]{0,2}\r?\n){0,30}[ab]{0,1}", new in "([abc]{0,2}\r?\n){0,30}[ab]{0,1}") {
        let found = diff(&old, &new);
        prop_assert_eq!(apply(&old, &found), new);
    }

    #[test]
    fn any_text_may_be_changed_in_one_place(before in ".{0,20}\n", lines in proptest::collection::vec("[a-d]{0,1}\n", 0..40), at in 0_usize..40, more in "([a-d]\n){0,5}") {
        let at = at.min(lines.len());
        let old = format!("{before}{}", lines.concat());
        let new = format!("{before}{}{more}{}", lines[..at].concat(), lines[at..].concat());
        let found = diff(&old, &new);
        prop_assert_eq!(apply(&old, &found), new);
        prop_assert_eq!(found.removed, 0);
    }
}
