use super::{Explained, lines};

#[test]
fn patterns_are_explained_in_words() {
    for (pattern, words, is_good) in [
        ("*", "all crates", true),
        ("tide-*", "all crates whose names begin with tide-", true),
        ("tide", "the crate tide and no other", true),
        ("**", "no pattern; use a crate name, prefix* or *", false),
        ("ti*de", "no pattern; use a crate name, prefix* or *", false),
        ("<b>", "no pattern; use a crate name, prefix* or *", false),
    ] {
        let explained = Explained::of(pattern);
        assert_eq!((explained.words.as_str(), explained.is_good), (words, is_good), "{pattern}");
    }
}

#[test]
fn the_script_says_the_same() {
    let script = include_str!("../../../../assets/site.js");
    for words in ["all crates", "all crates whose names begin with ${", "no pattern; use a crate name, prefix* or *"] {
        assert!(script.contains(words), "{words}");
    }
    assert!(script.contains("the crate ${") && script.contains("} and no other"));
}

#[test]
fn a_text_has_one_pattern_a_line() {
    assert_eq!(lines(" tide-* \r\n\r\n ebb\n"), ["tide-*", "ebb"]);
    assert!(lines(" \n").is_empty());
}
