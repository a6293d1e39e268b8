//! Days (contract §2.3).

use cargohold_protocol::{Day, Timestamp};
use proptest::prelude::*;

#[test]
fn a_day_is_written_with_four_digits_and_two_dashes() {
    for (number, text) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (1, "1970-01-02"),
        (11_016, "2000-02-29"),
        (20_833, "2027-01-15"),
        (-719_528, "0000-01-01"),
        (2_932_896, "9999-12-31"),
    ] {
        let day = Day::from_number(number);
        assert_eq!(day.to_string(), text);
        assert_eq!(serde_json::to_string(&day).unwrap(), format!("\"{text}\""));
        assert_eq!(text.parse::<Day>().unwrap(), day);
        assert_eq!(day.number(), number);
    }
}

#[test]
fn any_other_way_of_writing_a_date_is_refused() {
    for text in [
        "",
        "20200101",
        "-001-01-01",
        "-2020-1-01",
        "-12345-1-1",
        "2020-1-1",
        "2020-1-01",
        "2020-01-1",
        "2020-01-1 ",
        " 2020-1-01",
        "2020-01-01T00:00:00Z",
        "2020-01-01 ",
        "2020-00-01",
        "2020-13-01",
        "2020-02-30",
        "2019-02-29",
        "2020-04-31",
        "2020-01-00",
        "2020/01/01",
        "01-01-2020",
        "202-01-001",
        "2020-011-1",
        "20200-1-01",
        "2020--1-01",
        "----------",
        "+020-01-01",
        "２０２0",
        "today",
    ] {
        let error = text.parse::<Day>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not a date; write it like `2026-01-31`"));
    }
}

#[test]
fn an_instant_falls_on_its_day_in_utc() {
    for (micros, number) in [(0, 0), (86_400_000_000 - 1, 0), (86_400_000_000, 1), (-1, -1), (-86_400_000_000, -1)] {
        assert_eq!(Day::of(Timestamp::from_micros(micros)).number(), number, "{micros}");
    }
}

#[test]
fn earlier_days_stop_at_the_end_of_time() {
    assert_eq!(Day::from_number(100).before(90).number(), 10);
    assert_eq!(Day::from_number(100).before(-1).number(), 101);
    assert_eq!(Day::from_number(i64::MIN).before(1).number(), i64::MIN);
    assert_eq!(Day::from_number(i64::MAX).before(-1).number(), i64::MAX);
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    // Years 0000 to 9999: what four digits can write.
    #[test]
    fn printing_and_parsing_a_day_is_identity(number in -719_528_i64..2_932_897) {
        let day = Day::from_number(number);
        prop_assert_eq!(day.to_string().len(), 10);
        prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
    }

    #[test]
    fn no_number_and_no_text_panics(number: i64, text in "[0-9-]{8,12}", any: String) {
        let day = Day::from_number(number);
        prop_assert!(!day.to_string().is_empty());
        for text in [text, any] {
            let _ = text.parse::<Day>();
        }
    }
}
