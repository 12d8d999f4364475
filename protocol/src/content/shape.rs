//! The shapes of codes, tags and dates: texts whose form is fixed though their values are open.

use super::text::scalars;

/// A form of short text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[a-z][a-z0-9_]{0,31}`
    SectionKey,
    /// `[a-z][a-z0-9-]{0,31}`
    Kind,
    /// Three capital letters, as in ISO 3166-1 alpha-3.
    Country,
    /// `[a-z0-9][a-z0-9:-]{0,31}`
    Region,
    /// `[A-Z]{3}(\.[A-Z0-9]{2,6})?`
    Theme,
    /// `[0-9]{1,2}\.[0-9a-z]{1,2}`
    SdgTarget,
    /// `RF[0-9]{2}`
    RiskFactor,
    /// `[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*`, at most 35 bytes
    LanguageTag,
    /// An SPDX licence identifier: letters, digits, `.` and `-`, 1 to 64 bytes.
    Licence,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`
    Date,
    /// `YYYY-MM-DD`
    FullDate,
    /// A date of any of the three forms, or `open`.
    DateOrOpen,
}

impl Shape {
    /// Whether `text` has this form.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        let b = text.as_bytes();
        match self {
            Self::SectionKey => word(b, |c| c == b'_'),
            Self::Kind => word(b, |c| c == b'-'),
            Self::Country => b.len() == 3 && b.iter().all(u8::is_ascii_uppercase),
            Self::Region => {
                (1..=32).contains(&b.len())
                    && b.first().is_some_and(|c| lower_or_digit(*c))
                    && b.iter()
                        .all(|c| lower_or_digit(*c) || matches!(c, b':' | b'-'))
            }
            Self::Theme => theme(b),
            Self::SdgTarget => text.split_once('.').is_some_and(|(goal, target)| {
                (1..=2).contains(&goal.len())
                    && goal.bytes().all(|c| c.is_ascii_digit())
                    && (1..=2).contains(&target.len())
                    && target.bytes().all(lower_or_digit)
            }),
            Self::RiskFactor => {
                b.len() == 4 && b.starts_with(b"RF") && b[2..].iter().all(u8::is_ascii_digit)
            }
            Self::LanguageTag => language_tag(text),
            Self::Licence => {
                (1..=64).contains(&b.len())
                    && b.iter()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-'))
            }
            Self::Date => date(text),
            Self::FullDate => b.len() == 10 && date(text),
            Self::DateOrOpen => text == "open" || date(text),
        }
    }

    /// The form in words, to complete "write ...".
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::SectionKey => {
                "a key of lower-case letters, digits and `_`, beginning with a letter, at most 32 characters, such as `challenge`"
            }
            Self::Kind => {
                "a kind of lower-case letters, digits and `-`, beginning with a letter, at most 32 characters, such as `practice`"
            }
            Self::Country => "a country as three capital letters (ISO 3166-1 alpha-3), such as GHA",
            Self::Region => {
                "a region code of lower-case letters, digits, `:` and `-`, at most 32 characters, such as `ecowas`"
            }
            Self::Theme => "a theme code such as TRJ or TRJ.MEM",
            Self::SdgTarget => "a target of the Sustainable Development Goals, such as 16.6",
            Self::RiskFactor => "a risk factor, RF01 to RF14",
            Self::LanguageTag => "a language tag (BCP 47), such as `en`, `fr` or `pt-MZ`",
            Self::Licence => "an SPDX licence identifier, such as CC-BY-4.0",
            Self::Date => "a date as YYYY, YYYY-MM or YYYY-MM-DD",
            Self::FullDate => "a date in full, as YYYY-MM-DD",
            Self::DateOrOpen => "a date as YYYY, YYYY-MM or YYYY-MM-DD, or `open`",
        }
    }
}

fn lower_or_digit(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn word(b: &[u8], joint: fn(u8) -> bool) -> bool {
    (1..=32).contains(&b.len())
        && b.first().is_some_and(u8::is_ascii_lowercase)
        && b.iter().all(|c| lower_or_digit(*c) || joint(*c))
}

fn theme(b: &[u8]) -> bool {
    let (top, rest) = b.split_at(b.len().min(3));
    top.len() == 3
        && top.iter().all(u8::is_ascii_uppercase)
        && match rest {
            [] => true,
            [b'.', code @ ..] => {
                (2..=6).contains(&code.len())
                    && code
                        .iter()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            }
            _ => false,
        }
}

fn language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    text.len() <= 35
        && parts.next().is_some_and(|first| {
            (2..=8).contains(&first.len()) && first.bytes().all(|c| c.is_ascii_alphabetic())
        })
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
        })
}

/// A day that exists in the proleptic Gregorian calendar, or a month, or a year; the year is 0001 to 9999.
fn date(text: &str) -> bool {
    let mut parts = text.split('-');
    let Some(year) = parts.next().and_then(|p| digits(p, 4)).filter(|y| *y >= 1) else {
        return false;
    };
    let Some(month) = parts.next() else {
        return true;
    };
    let Some(month) = digits(month, 2).filter(|m| (1..=12).contains(m)) else {
        return false;
    };
    let Some(day) = parts.next() else {
        return true;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    digits(day, 2).is_some_and(|d| (1..=last).contains(&d)) && parts.next().is_none()
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (scalars(text) == count && text.bytes().all(|c| c.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
