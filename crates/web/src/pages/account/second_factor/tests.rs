#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use super::{Picture, in_groups};

#[test]
fn a_secret_is_shown_in_groups_of_four() {
    assert_eq!(in_groups("ABCDEFGHIJ"), "ABCD EFGH IJ");
    assert_eq!(in_groups(""), "");
}

#[test]
fn a_qr_code_is_drawn_with_the_margin_that_readers_need() {
    let picture = Picture::of("otpauth://totp/x").unwrap();
    assert_eq!(picture.size, 25 + 8);
    assert!(picture.path.starts_with("M4 4h1v1h-1zM5 4"), "{}", picture.path);
    assert!(picture.path.chars().all(|c| "Mhvz- 0123456789".contains(c)), "{}", picture.path);
}
