//! A secret of 32 bytes and what it is for.

use std::fmt;

use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use super::KeyFault;

/// What a key is for. Each purpose has one file in the key folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signs the institution's states. Belongs on a stick, away from the network.
    Root,
    /// Takes the root key's place one day. Belongs somewhere else again.
    Reserve,
    /// Signs records on this machine, by delegation.
    Node,
    /// Will sign records on this machine once a state delegates it; then it takes the place of the node key.
    NextNode,
    /// Approves drafts inside the institution. Belongs on the stick of the officer; signs nothing that leaves the machine.
    Officer,
    /// Proves to connected nodes that this machine is the one they know. Signs no record.
    Transport,
}

impl Purpose {
    /// What an institution and its node begin with, in the order they are made.
    pub const ALL: [Purpose; 4] = [
        Purpose::Root,
        Purpose::Reserve,
        Purpose::Node,
        Purpose::Transport,
    ];

    /// The word used in file names and inside the files.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Root => "root",
            Purpose::Reserve => "reserve",
            // The same word: the file takes the other's place as it is.
            Purpose::Node | Purpose::NextNode => "node",
            Purpose::Officer => "officer",
            Purpose::Transport => "transport",
        }
    }

    /// The name of the file that holds such a key.
    pub fn file_name(self) -> &'static str {
        match self {
            Purpose::Root => "root.key",
            Purpose::Reserve => "reserve.key",
            Purpose::Node => "node.key",
            Purpose::NextNode => "next-node.key",
            Purpose::Officer => "officer.key",
            Purpose::Transport => "transport.key",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The secret behind a key. Erased from memory when dropped; never shown.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(hidden)")
    }
}

/// First line of a key file.
pub(super) const MARK: &str = "indaba-key 1";

impl Seed {
    /// A new secret from the operating system's random source.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> Result<Self, KeyFault> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        SysRng
            .try_fill_bytes(&mut bytes[..])
            .map_err(|e| KeyFault::Chance(e.to_string()))?;
        Ok(Self(bytes))
    }

    /// Takes over a secret that exists.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret itself, for the one who signs with it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text a key file holds.
    pub(super) fn to_text(&self, purpose: Purpose) -> Zeroizing<String> {
        // Sized beforehand: a growing string would leave copies of the secret behind.
        let mut text = Zeroizing::new(String::with_capacity(160));
        text.push_str(MARK);
        text.push_str("\npurpose ");
        text.push_str(purpose.word());
        text.push_str("\nseed ");
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
        text
    }

    /// Reads what [`Seed::to_text`] wrote; the purpose must be one of those accepted.
    pub(super) fn from_text(
        text: &str,
        accepted: &[Purpose],
    ) -> Result<(Purpose, Self), &'static str> {
        let mut lines = text.lines();
        if lines.next() != Some(MARK) {
            return Err("it does not begin with \"indaba-key 1\"");
        }
        let word = lines
            .next()
            .and_then(|l| l.strip_prefix("purpose "))
            .ok_or("the line \"purpose\" is missing")?;
        let purpose = accepted
            .iter()
            .find(|purpose| purpose.word() == word)
            .ok_or("it holds a key for another purpose")?;
        let digits = lines
            .next()
            .and_then(|l| l.strip_prefix("seed "))
            .ok_or("the line \"seed\" is missing")?;
        if digits.len() != 64 || lines.next().is_some() {
            return Err("the line \"seed\" must be the last one and hold 64 hexadecimal digits");
        }
        let mut bytes = Zeroizing::new([0u8; 32]);
        for (place, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let digit = |b: u8| (b as char).to_digit(16);
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err("the seed holds something else than hexadecimal digits");
            };
            *place = (high * 16 + low) as u8;
        }
        Ok((*purpose, Self(bytes)))
    }
}
