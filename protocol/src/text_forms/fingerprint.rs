//! Fingerprints: an institution's id, shortened so that it can be compared by voice.

use super::TextError;
use crate::id::Id;
use std::fmt;

/// 39 digits of an institution's id and a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The fingerprint of an institution.
    pub fn of(institution: &Id) -> Fingerprint {
        let mut first = [0u8; 16];
        first.copy_from_slice(&institution.as_bytes()[..16]);
        Fingerprint(u128::from_be_bytes(first))
    }
}

/// The Luhn check digit of a number without one.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    (10 - sum % 10) % 10
}

/// Understands a fingerprint that somebody typed; spaces do not matter.
///
/// # Errors
/// [`TextError::Fingerprint`] or [`TextError::CheckDigit`].
pub fn parse_fingerprint(text: &str) -> Result<Fingerprint, TextError> {
    // Forty digits and generous spacing.
    if text.len() > 200 {
        return Err(TextError::Fingerprint);
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TextError::Fingerprint);
    }
    let (number, check) = digits.split_at(39);
    if luhn(number).to_string() != check {
        return Err(TextError::CheckDigit);
    }
    number
        .parse()
        .map(Fingerprint)
        .map_err(|_| TextError::Fingerprint)
}

impl fmt::Display for Fingerprint {
    /// Eight groups of five digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = format!("{:039}", self.0);
        let digits = format!("{number}{}", luhn(&number));
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && i % 5 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_luhn_example() {
        assert_eq!(luhn("7992739871"), 3);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_noticed(bytes in any::<[u8; 32]>(), at in 0usize..40, add in 1u8..10) {
            let text = Fingerprint::of(&Id::from_bytes(bytes)).to_string();
            prop_assert_eq!(text.len(), 47);
            prop_assert_eq!(parse_fingerprint(&text).unwrap().to_string(), text.clone());
            let mut digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
            digits[at] = b'0' + (digits[at] - b'0' + add) % 10;
            let wrong = String::from_utf8(digits).unwrap();
            prop_assert!(parse_fingerprint(&wrong).is_err());
        }
    }
}
