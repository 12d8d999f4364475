//! Files of a ceremony: read within their bounds, written once and never over another.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::ceremony::{
    ApproverCard, CARD_FILE, CeremonyFault, FILE, NodeCard, OfficerCard, Proposal, Settled,
};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::keystore::is_key_file;

/// What a file of a ceremony is, for whoever holds another one in his hands.
const EXPECTED: &str = "a file of a ceremony is a short text that `indaba institution keys`, `node-key`, `found`, `propose`, `sign` or `combine` wrote, and its first line says what it is; a damaged copy is to be \
     fetched again from where it was written";

fn read(path: &Path, most: u64) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|e| Failure::io("read", path, &e))?;
    if bytes.len() as u64 > most {
        return Err(Failure::new(
            Exit::Integrity,
            format!("{} is larger than {most} bytes", path.display()),
        )
        .hint(EXPECTED));
    }
    if is_key_file(&bytes) {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("{} is a secret key, and no public file", path.display()),
        )
        .hint("keep the key, and hand it to nobody: the public file was written when it was made, under the name after --public"));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Integrity, format!("{} is no text", path.display())).hint(EXPECTED)
    })?;
    Ok(plain_lines(text))
}

/// The text with the line ends it was written with. What is signed stands in the file in letters and digits; mail and other systems that
/// end lines differently, or put a mark in front, change nothing of it.
fn plain_lines(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains("\r\n") {
        text.replace("\r\n", "\n")
    } else {
        text
    }
}

/// A fault of a file, with the file's name.
pub(super) fn of_file(path: &Path) -> impl Fn(CeremonyFault) -> Failure {
    move |fault| {
        let mut failure = Failure::from(fault);
        failure.problem = format!("{}: {}", path.display(), failure.problem);
        failure
    }
}

/// An officer's public file.
pub(super) fn officer(path: &Path) -> Result<OfficerCard, Failure> {
    OfficerCard::read(&read(path, CARD_FILE)?).map_err(of_file(path))
}

/// A node's public file.
pub(super) fn node(path: &Path) -> Result<NodeCard, Failure> {
    NodeCard::read(&read(path, CARD_FILE)?).map_err(of_file(path))
}

/// The public file of an officer who approves drafts.
pub(in crate::cli) fn approver(path: &Path) -> Result<ApproverCard, Failure> {
    ApproverCard::read(&read(path, CARD_FILE)?).map_err(of_file(path))
}

/// A proposal.
pub(super) fn proposal(path: &Path) -> Result<Proposal, Failure> {
    Proposal::read(&read(path, FILE)?).map_err(of_file(path))
}

/// A finished institution.
pub(super) fn settled(path: &Path) -> Result<Settled, Failure> {
    Settled::read(&read(path, FILE)?).map_err(of_file(path))
}

/// The text of a file that may be either.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    read(path, FILE)
}

impl From<CeremonyFault> for Failure {
    fn from(fault: CeremonyFault) -> Self {
        let exit = match &fault {
            CeremonyFault::Rule { .. } | CeremonyFault::Kind { .. } => Exit::WrongUse,
            CeremonyFault::Unfinished(_) => Exit::Partly,
            fault if fault.is_integrity() => Exit::Integrity,
            _ => Exit::Refused,
        };
        Failure::new(exit, fault.to_string()).hint(fault.remedy())
    }
}

#[cfg(test)]
mod tests {
    use super::plain_lines;

    #[test]
    fn line_ends_of_other_systems_change_nothing() {
        for text in ["a\r\nb\r\n", "\u{feff}a\nb\n", "a\nb\n"] {
            assert_eq!(plain_lines(text.to_owned()), "a\nb\n");
        }
        // The control: any other difference stays, and is found out.
        assert_eq!(plain_lines("a \nb\n".to_owned()), "a \nb\n");
    }
}
