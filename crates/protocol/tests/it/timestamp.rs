//! Timestamps (contract §2.3) and the index's `pubtime` (§8.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cargohold_protocol::Timestamp;
use proptest::prelude::*;

#[test]
fn the_fraction_has_no_three_or_six_digits() {
    for (micros, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (1_483_712_591_000_000, "2017-01-06T14:23:11Z"),
        (1_483_712_591_123_000, "2017-01-06T14:23:11.123Z"),
        (1_483_712_591_120_000, "2017-01-06T14:23:11.120Z"),
        (1_483_712_591_123_456, "2017-01-06T14:23:11.123456Z"),
        (1_483_712_591_000_001, "2017-01-06T14:23:11.000001Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ] {
        let time = Timestamp::from_micros(micros);
        assert_eq!(time.to_string(), text);
        assert_eq!(serde_json::to_string(&time).unwrap(), format!("\"{text}\""));
        assert_eq!(text.parse::<Timestamp>().unwrap().micros(), micros);
    }
}

#[test]
fn other_offsets_and_precisions_are_read_as_the_same_instant() {
    for (text, canonical) in [
        ("2017-01-06T15:23:11+01:00", "2017-01-06T14:23:11Z"),
        ("2017-01-06T14:23:11.1Z", "2017-01-06T14:23:11.100Z"),
        ("2017-01-06T14:23:11.123456789Z", "2017-01-06T14:23:11.123456Z"),
        ("2017-01-06T14:23:11-00:00", "2017-01-06T14:23:11Z"),
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), canonical);
    }
}

#[test]
fn a_text_without_date_time_or_offset_is_refused() {
    for text in ["", "2017-01-06", "2017-01-06T14:23:11", "14:23:11Z", "2017-02-30T00:00:00Z", "1483712591", "now"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
    }
}

#[test]
fn the_pubtime_form_has_whole_seconds_and_drops_the_fraction() {
    for (text, pubtime) in [
        ("2017-01-06T14:23:11.999999Z", "2017-01-06T14:23:11Z"),
        ("2017-01-06T14:23:11Z", "2017-01-06T14:23:11Z"),
        ("2017-12-31T23:59:59.5Z", "2017-12-31T23:59:59Z"),
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap().to_seconds_text(), pubtime);
    }
}

#[test]
fn sums_stop_at_the_ends_of_time() {
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    assert_eq!(last.after(Duration::from_micros(1)), last);
    assert_eq!(first.before(Duration::from_micros(1)), first);
    assert_eq!(Timestamp::from_micros(5).after(Duration::MAX), last);
    assert_eq!(Timestamp::from_micros(5).after(Duration::from_secs(2)).micros(), 2_000_005);
    assert_eq!(Timestamp::from_micros(5).before(Duration::from_secs(2)).micros(), -1_999_995);
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    // Years 0000 to 9999: what RFC 3339 can write.
    #[test]
    fn printing_and_parsing_an_instant_is_identity(micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        let pubtime = time.to_seconds_text();
        prop_assert_eq!(pubtime.len(), 20);
        prop_assert_eq!(pubtime.parse::<Timestamp>().unwrap().micros(), micros.div_euclid(1_000_000) * 1_000_000);
    }

    #[test]
    fn the_system_clocks_type_and_back_is_identity_after_1970(micros in 0..i64::MAX) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(Timestamp::from(time.to_system_time()), time);
    }

    #[test]
    fn no_number_and_no_text_panics(micros: i64, text in "[0-9:TZ.+-]{0,30}", any: String) {
        let time = Timestamp::from_micros(micros);
        prop_assert!(!time.to_string().is_empty() && !time.to_seconds_text().is_empty());
        prop_assert!(time.to_system_time() >= UNIX_EPOCH);
        for text in [text, any] {
            if let Ok(time) = text.parse::<Timestamp>() {
                prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
            }
        }
    }
}

#[test]
fn a_clock_before_1970_gives_negative_microseconds() {
    let clock: SystemTime = UNIX_EPOCH - Duration::from_micros(7);
    assert_eq!(Timestamp::from(clock).micros(), -7);
    assert_eq!(Timestamp::from_micros(-7).to_system_time(), UNIX_EPOCH);
}
