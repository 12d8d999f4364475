//! What leaves an officer's machine, and a node's, before a founding: public keys and digests, as a few lines of text.

use indaba_protocol::{Id, Key, NetworkName};

use super::fault::CeremonyFault;
use super::limits;
use crate::cli::hex;

const OFFICER: &str = "indaba-officer 1";
const NODE: &str = "indaba-node-key 1";
const APPROVER: &str = "indaba-approving-officer 1";

/// An officer's public part: the root key in use, and the digest of the one in reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfficerCard {
    /// The network the keys are made for.
    pub network: NetworkName,
    /// Who holds them: an office, never a person.
    pub role: String,
    /// The root key.
    pub root: Key,
    /// The digest of the reserve key, which itself stays unknown until it is used.
    pub reserve: Id,
}

/// A node's public key, to be delegated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeCard {
    /// The key.
    pub key: Key,
}

/// The public part of a key that approves drafts inside an institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApproverCard {
    /// Who holds it: an office, never a person.
    pub role: String,
    /// The key.
    pub key: Key,
}

impl ApproverCard {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        checked(&format!(
            "{APPROVER}\nrole {}\nkey {}\n",
            self.role,
            hex::encode(self.key.as_bytes())
        ))
    }

    /// Reads what [`ApproverCard::to_text`] wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, CeremonyFault> {
        let [role, digits] = fields(text, APPROVER, ["role", "key"])?;
        Ok(Self {
            role: check_role(role)?,
            key: key(digits)?,
        })
    }
}

impl OfficerCard {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        checked(&format!(
            "{OFFICER}\nnetwork {}\nrole {}\nroot {}\nreserve {}\n",
            self.network,
            self.role,
            hex::encode(self.root.as_bytes()),
            hex::encode(self.reserve.as_bytes()),
        ))
    }

    /// Reads what [`OfficerCard::to_text`] wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, CeremonyFault> {
        let [network, role, root, reserve] =
            fields(text, OFFICER, ["network", "role", "root", "reserve"])?;
        let root = key(root)?;
        let reserve = hex::decode(reserve)
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Id::from_bytes)
            .ok_or_else(|| CeremonyFault::Content("the digest does not read".into()))?;
        if root.digest() == reserve {
            return Err(CeremonyFault::rule(
                "the same key is the root key and the reserve: whoever steals one has both",
                "make two keys with `indaba institution keys`",
            ));
        }
        Ok(Self {
            network: NetworkName::parse(network)
                .map_err(|e| CeremonyFault::Content(format!("network: {e}")))?,
            role: check_role(role)?,
            root,
            reserve,
        })
    }
}

impl NodeCard {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        checked(&format!(
            "{NODE}\nnode {}\n",
            hex::encode(self.key.as_bytes())
        ))
    }

    /// Reads what [`NodeCard::to_text`] wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, CeremonyFault> {
        let [node] = fields(text, NODE, ["node"])?;
        Ok(Self { key: key(node)? })
    }
}

/// A role as it may stand in a file: one line, nothing that steers a screen.
///
/// # Errors
/// [`CeremonyFault::Rule`] when it is empty, too long or holds such characters.
pub(crate) fn check_role(role: &str) -> Result<String, CeremonyFault> {
    let role = role.trim();
    let length = role.chars().count();
    if length == 0 || length > limits::ROLE || crate::cli::screen::clean(role) != role {
        return Err(CeremonyFault::rule(
            format!(
                "a role has 1 to {} characters on one line, without control characters",
                limits::ROLE
            ),
            "write the office, such as \"Permanent secretary (example)\"; never a person's name",
        ));
    }
    Ok(role.to_owned())
}

/// The lines with a last one that holds the beginning of their hash: a slip in copying is noticed.
fn checked(lines: &str) -> String {
    let check = hex::encode(&Id::of(lines.as_bytes()).as_bytes()[..8]);
    format!("{lines}check {check}\n")
}

/// The values of the lines, which must stand in that order and be all there is.
fn fields<'a, const N: usize>(
    text: &'a str,
    mark: &'static str,
    names: [&str; N],
) -> Result<[&'a str; N], CeremonyFault> {
    let wrong = |what: String| CeremonyFault::Kind {
        wanted: match mark {
            NODE => "a node's key file",
            APPROVER => "the public file of an officer who approves drafts",
            _ => "an officer's public file",
        },
        what,
    };
    let first = text.lines().next().unwrap_or_default();
    if first != mark {
        return Err(wrong(format!("its first line is not \"{mark}\"")));
    }
    let body = text
        .rfind("check ")
        .map(|at| &text[..at])
        .ok_or(CeremonyFault::Damaged("its last line is missing"))?;
    if checked(body) != text {
        return Err(CeremonyFault::Damaged(
            "its last line does not fit the others",
        ));
    }
    let mut values = [""; N];
    let mut lines = body.lines().skip(1);
    for (value, name) in values.iter_mut().zip(names) {
        *value = lines
            .next()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .ok_or_else(|| CeremonyFault::Content(format!("the line \"{name}\" is missing")))?;
    }
    match lines.next() {
        None => Ok(values),
        Some(_) => Err(CeremonyFault::Content("it has a line too many".into())),
    }
}

fn key(digits: &str) -> Result<Key, CeremonyFault> {
    let key = hex::decode(digits)
        .and_then(|bytes| <[u8; 33]>::try_from(bytes).ok())
        .map(Key::from_bytes)
        .ok_or_else(|| CeremonyFault::Content("the key does not read".into()))?;
    key.check()
        .map_err(|fault| CeremonyFault::Content(fault.to_string()))?;
    Ok(key)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use indaba_protocol::SigningKey;

    use super::*;

    fn card() -> OfficerCard {
        OfficerCard {
            network: NetworkName::default(),
            role: "Permanent secretary (example)".into(),
            root: SigningKey::from_seed(&[1; 32]).key(),
            reserve: SigningKey::from_seed(&[2; 32]).key().digest(),
        }
    }

    #[test]
    fn cards_come_back_and_every_slip_is_noticed() {
        let text = card().to_text();
        assert_eq!(OfficerCard::read(&text).unwrap(), card());
        let node = NodeCard { key: card().root };
        assert_eq!(NodeCard::read(&node.to_text()).unwrap(), node);
        assert!(NodeCard::read(&text).is_err() && ApproverCard::read(&text).is_err());
        let approver = ApproverCard {
            role: "Legal adviser (example)".into(),
            key: card().root,
        };
        let read = ApproverCard::read(&approver.to_text()).unwrap();
        assert_eq!(read, approver);
        assert!(OfficerCard::read(&approver.to_text()).is_err());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'b' { b'c' } else { b'b' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(OfficerCard::read(&changed).is_err(), "at {at}");
        }
    }

    #[test]
    fn one_key_in_both_places_is_refused() {
        let mut same = card();
        same.reserve = same.root.digest();
        let error = OfficerCard::read(&same.to_text()).unwrap_err().to_string();
        assert!(error.contains("the same key"), "{error}");
    }

    #[test]
    fn roles_are_one_clean_line() {
        for bad in [
            "",
            "  ",
            "a\u{202e}b",
            "a\nb",
            "a\u{1b}[2J",
            &"x".repeat(81),
        ] {
            assert!(check_role(bad).is_err(), "{bad:?}");
        }
        assert_eq!(check_role(" Chair ").unwrap(), "Chair");
    }
}
