//! Days, as downloads are counted by them.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::Timestamp;

const MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A day in UTC, stored as the number of days since 1970-01-01 and written `YYYY-MM-DD` (contract §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-01-31")]
pub struct Day(i64);

/// Why a text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date; write it like `2026-01-31`")]
pub struct DayError(String);

impl Day {
    /// The day with this number; 0 is 1970-01-01.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The day an instant falls on.
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self(time.micros().div_euclid(MICROS))
    }

    /// The number of the day; 0 is 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days earlier.
    #[must_use]
    pub const fn before(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Exactly ten characters: no other way of writing a date is accepted.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError(text.to_owned());
        let is_shaped = |(index, byte): (usize, u8)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(is_shaped) {
            return Err(wrong());
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
        Ok(Self((date - NaiveDate::default()).num_days()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = match u64::try_from(self.0) {
            Ok(days) => NaiveDate::default().checked_add_days(Days::new(days)),
            Err(_) => NaiveDate::default().checked_sub_days(Days::new(self.0.unsigned_abs())),
        };
        date.unwrap_or_default().format("%Y-%m-%d").fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
