//! How sizes are typed and shown where every byte counts.

/// The units, the largest first.
const UNITS: [(&str, u32); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A size in the largest unit that needs no fraction, as `20 MiB`.
pub(super) fn write(bytes: u32) -> String {
    let fits = |(_, length): &&(&str, u32)| bytes >= *length && bytes.is_multiple_of(*length);
    let (unit, length) = UNITS.iter().find(fits).copied().unwrap_or(("B", 1));
    format!("{} {unit}", bytes / length)
}

/// A size as [`write()`] writes it; without a unit, in bytes.
pub(super) fn read(text: &str) -> Option<u32> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text[digits.len()..].trim();
    let unit = if unit.is_empty() { "B" } else { unit };
    let (_, length) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    digits.parse::<u32>().ok()?.checked_mul(*length)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn a_size_is_read_as_it_is_written() {
        for (bytes, text) in [(0, "0 B"), (1023, "1023 B"), (1536, "1536 B"), (20 << 20, "20 MiB"), (3 << 30, "3 GiB")]
        {
            assert_eq!(write(bytes), text);
            assert_eq!(read(text), Some(bytes));
        }
        for (text, bytes) in
            [("7", Some(7)), ("2kib", Some(2048)), ("5 GiB", None), ("MiB", None), ("1 foo", None), ("", None)]
        {
            assert_eq!(read(text), bytes, "{text}");
        }
    }
}
