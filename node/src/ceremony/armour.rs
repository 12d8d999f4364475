//! The form of a file that travels: words for people above, bytes for the program below, and both say the same.
//!
//! ```text
//! indaba-proposal 1
//! DRAFT. ...
//!
//!   what it says, in words
//!
//! ----- the same for the program -----
//! hexadecimal, 76 to a line
//! ----- end 0123456789abcdef -----
//! ```
//!
//! The number at the end is the beginning of the hash of the bytes, so that a damaged copy is told apart from a changed one.

use indaba_protocol::Id;

use super::fault::CeremonyFault;
use crate::cli::hex;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A draft that officers sign.
    Proposal,
    /// An institution whose every statement is signed by enough.
    Settled,
}

impl Kind {
    /// The word in the first line.
    fn mark(self) -> &'static str {
        match self {
            Kind::Proposal => "indaba-proposal",
            Kind::Settled => "indaba-institution",
        }
    }

    /// What it is called in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Proposal => "a proposal",
            Kind::Settled => "a finished institution file",
        }
    }

    /// The second line: nobody may take one for the other.
    fn banner(self) -> &'static str {
        match self {
            Kind::Proposal => {
                "DRAFT. Nothing below holds until enough root keys have signed and `indaba institution combine` says so."
            }
            Kind::Settled => {
                "SIGNED by enough root keys. Nothing here is secret; `indaba institution take` brings it into a node."
            }
        }
    }
}

/// The version of the form, words included.
const VERSION: &str = "1";
const BEGIN: &str = "----- the same for the program -----";
const COLUMNS: usize = 76;

/// What a file says it is.
pub(crate) fn kind_of(text: &str) -> Option<Kind> {
    let first = text.lines().next()?;
    [Kind::Proposal, Kind::Settled]
        .into_iter()
        .find(|kind| first.split(' ').next() == Some(kind.mark()))
}

fn end_line(bytes: &[u8]) -> String {
    let hash = hex::encode(&Id::of(bytes).as_bytes()[..8]);
    format!("----- end {hash} -----")
}

/// The text of a file.
pub(crate) fn write(kind: Kind, words: &[String], bytes: &[u8]) -> String {
    let mut text = format!("{} {VERSION}\n{}\n\n", kind.mark(), kind.banner());
    for line in words {
        // Indented, so that no word of others can stand where a mark stands.
        text.push_str(format!("  {line}").trim_end());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(BEGIN);
    text.push('\n');
    let digits = hex::encode(bytes);
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(COLUMNS.min(rest.len()));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&end_line(bytes));
    text.push('\n');
    text
}

/// The bytes in a file of that kind. Whether the words fit them is for [`write`] to show: the caller writes the file again and compares.
///
/// # Errors
/// [`CeremonyFault::Kind`] for another kind or version, [`CeremonyFault::Damaged`] when the bytes do not come back.
pub(crate) fn read(kind: Kind, text: &str) -> Result<Vec<u8>, CeremonyFault> {
    let wrong = |what: String| CeremonyFault::Kind {
        wanted: kind.name(),
        what,
    };
    let first = text.lines().next().unwrap_or_default();
    match (kind_of(text), first.split_once(' ')) {
        (Some(found), Some((_, VERSION))) if found == kind => {}
        (Some(found), _) if found != kind => {
            return Err(wrong(format!("it is {}", found.name())));
        }
        (Some(_), _) => {
            return Err(wrong(format!(
                "it is of another version than {VERSION}, the one this program knows"
            )));
        }
        (None, _) => {
            return Err(wrong(format!(
                "its first line is not \"{} {VERSION}\"",
                kind.mark()
            )));
        }
    }
    let mut lines = text.lines().skip_while(|line| *line != BEGIN).skip(1);
    let mut digits = String::new();
    let end = loop {
        match lines.next() {
            None => return Err(CeremonyFault::Damaged("its end is missing")),
            Some(line) if line.starts_with('-') => break line,
            Some(line) => digits.push_str(line),
        }
    };
    let bytes = hex::decode(&digits).ok_or(CeremonyFault::Damaged(
        "the part for the program holds something else than hexadecimal digits",
    ))?;
    if end != end_line(&bytes) {
        return Err(CeremonyFault::Damaged(
            "the number in its last line does not fit",
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_the_kinds_are_told_apart() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = write(Kind::Proposal, &["words".into()], &bytes);
        assert_eq!(read(Kind::Proposal, &text).unwrap(), bytes);
        assert!(text.lines().nth(1).unwrap().starts_with("DRAFT"));
        let other = read(Kind::Settled, &text).unwrap_err().to_string();
        assert!(other.contains("it is a proposal"), "{other}");
        let newer = text.replacen(" 1\n", " 2\n", 1);
        let refused = read(Kind::Proposal, &newer).unwrap_err().to_string();
        assert!(refused.contains("another version"), "{refused}");
        assert!(read(Kind::Proposal, "").is_err());
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let text = write(Kind::Proposal, &[], &[7; 100]);
        let from = text.find(BEGIN).unwrap() + BEGIN.len() + 1;
        for at in from..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'5' { b'6' } else { b'5' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(read(Kind::Proposal, &changed).is_err(), "at {at}");
            assert!(read(Kind::Proposal, &text[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn no_word_can_stand_where_a_mark_stands() {
        let words = [BEGIN.to_owned(), "00".to_owned(), end_line(&[0])];
        let text = write(Kind::Proposal, &words, &[9]);
        assert_eq!(read(Kind::Proposal, &text).unwrap(), [9]);
    }
}
