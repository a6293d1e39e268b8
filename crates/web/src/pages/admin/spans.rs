//! How these pages write spans of time.

use std::time::Duration;

/// A span in the largest unit that needs no fraction, as `90 min`.
pub(super) fn exact(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    match units.iter().find(|(length, _)| millis >= *length && millis.is_multiple_of(*length)) {
        Some((length, unit)) => format!("{} {unit}", millis / length),
        None => format!("{millis} ms"),
    }
}

/// A span in the largest unit of which there is one, as `2 h`.
pub(super) fn rough(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    match units.iter().find(|(length, _)| seconds >= *length) {
        Some((length, unit)) => format!("{} {unit}", seconds / length),
        None => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{exact, rough};

    #[test]
    fn spans_have_the_largest_unit_that_fits() {
        for (millis, text, about) in [
            (100, "100 ms", "0 s"),
            (1000, "1 s", "1 s"),
            (90_000, "90 s", "1 min"),
            (600_000, "10 min", "10 min"),
            (5_400_000, "90 min", "1 h"),
            (172_800_000, "2 d", "2 d"),
        ] {
            let span = Duration::from_millis(millis);
            assert_eq!((exact(span).as_str(), rough(span).as_str()), (text, about));
        }
    }
}
