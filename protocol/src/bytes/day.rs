//! Days: what a signer claims, never a proof.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Days since 1970-01-01 in the proleptic Gregorian calendar, from 0001-01-01 to 9999-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a day: write YYYY-MM-DD, between 0001-01-01 and 9999-12-31")]
pub struct DayError;

impl Day {
    /// 0001-01-01.
    pub const FIRST: Day = Day(-719_162);
    /// 9999-12-31.
    pub const LAST: Day = Day(2_932_896);

    /// From the number of days since 1970-01-01; `None` outside the range.
    pub fn from_number(days: i64) -> Option<Day> {
        let day = Day(i32::try_from(days).ok()?);
        (Day::FIRST..=Day::LAST).contains(&day).then_some(day)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// From year (1..=9999), month and day of the month; `None` if the calendar has no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        if !(1..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || day < 1
            || day > days_in(year, month)
        {
            return None;
        }
        // Counting from 1 March puts the leap day last (H. Hinnant, "chrono-compatible low-level date algorithms").
        let (m, y) = (month as i32, if month <= 2 { year - 1 } else { year });
        let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
        let of_year = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + day as i32 - 1;
        let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Some(Day(era * 146_097 + of_era - 719_468))
    }

    /// Year, month and day of the month.
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let mp = (5 * of_year + 2) / 153;
        let day = of_year - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (
            year + era * 400 + i32::from(month <= 2),
            month as u32,
            day as u32,
        )
    }
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        let part = |range: std::ops::Range<usize>| {
            let digits = text
                .get(range)
                .filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u32>().ok()
        };
        let separated =
            text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let parse = || Day::from_ymd(part(0..4)? as i32, part(5..7)?, part(8..10)?);
        separated.then(parse).flatten().ok_or(DayError)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;

    #[test]
    fn the_ends_and_the_epoch() {
        for (text, number) in [
            ("0001-01-01", -719_162),
            ("1970-01-01", 0),
            ("2000-02-29", 11_016),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(text.parse::<Day>().unwrap().number(), number);
            assert_eq!(Day::from_number(number.into()).unwrap().to_string(), text);
        }
        for text in [
            "1900-02-29",
            "2001-02-29",
            "2000-13-01",
            "2000-1-01",
            "+000-01-01",
            "0000-01-01",
            "2000-01-00",
            "10000-01-01",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert!(Day::from_number(2_932_897).is_none() && Day::from_number(-719_163).is_none());
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        for number in -146_097..146_097 {
            let day = Day(number);
            let (y, m, d) = day.ymd();
            assert_eq!(Day::from_ymd(y, m, d), Some(day));
        }
    }
}
