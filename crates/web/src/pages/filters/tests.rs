use super::{bytes, group};

#[test]
fn numbers_are_grouped_in_threes() {
    for (digits, grouped) in [("0", "0"), ("999", "999"), ("1000", "1 000"), ("1234567", "1 234 567")] {
        assert_eq!(group(digits), grouped.replace(' ', "\u{202f}"));
    }
}

#[test]
fn sizes_have_the_largest_unit_that_fits() {
    for (value, text) in [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10 << 20, "10 MiB")] {
        assert_eq!(bytes(value), text);
    }
}
