//! Invitations: what a newcomer needs to find an institution and its peers. Unsigned: as good as the way it came.

use super::TextError;
use crate::bytes::fields::{self, Fields, Row};
use crate::bytes::{Value, base32, build, cbor};
use crate::fault::Fault;
use crate::id::Id;
use crate::limits;
use crate::network::NetworkName;
use std::fmt;
use std::str::FromStr;

const BEGIN: &str = "indaba1";
/// Bytes of the hash at the end: notices a slip of copying, proves nothing.
const CHECKSUM: usize = 4;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The network.
    pub network: NetworkName,
    /// The institution that invites; compare its fingerprint.
    pub institution: Id,
    /// What it calls itself. Trust no name.
    pub name: String,
    /// Where to connect; at most 8.
    pub peers: Vec<InvitedPeer>,
}

/// A peer to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedPeer {
    /// The libp2p peer id in its text form.
    pub peer: String,
    /// Multiaddrs; at most 8.
    pub addresses: Vec<String>,
}

impl Invitation {
    /// The text form.
    ///
    /// # Errors
    /// [`TextError::InvitationField`] if there are too many peers or addresses, [`TextError::Invitation`] if the text would be too long.
    pub fn to_text(&self) -> Result<String, TextError> {
        let peer = |p: &InvitedPeer| {
            Value::List(vec![
                build::text(&p.peer),
                build::list(&p.addresses, |a| build::text(a)),
            ])
        };
        let mut bytes = cbor::encode(&build::map([
            ("net", build::text(self.network.as_str())),
            ("inst", build::id(&self.institution)),
            ("name", build::text(&self.name)),
            ("peers", build::list(&self.peers, peer)),
        ]));
        let checksum = Id::of(&bytes);
        bytes.extend_from_slice(&checksum.as_bytes()[..CHECKSUM]);
        let text = format!("{BEGIN}{}", base32::encode(&bytes));
        text.parse::<Invitation>().map(|_| text)
    }
}

fn peer(value: &Value, name: &'static str) -> Result<InvitedPeer, Fault> {
    let row = Row::<2>::new(value, name)?;
    let addresses = fields::list(
        row.at(1)?,
        name,
        0..=limits::INVITATION_PEERS,
        fields::owned,
    )?;
    Ok(InvitedPeer {
        peer: row.text(0)?.to_owned(),
        addresses,
    })
}

fn read(value: &Value) -> Result<Invitation, Fault> {
    let f = Fields::new(value, "invitation")?;
    Ok(Invitation {
        network: NetworkName::parse(f.text("net")?).map_err(|_| Fault::Field("net"))?,
        institution: f.id("inst")?,
        name: f.text("name")?.to_owned(),
        peers: f.list("peers", 0..=limits::INVITATION_PEERS, peer)?,
    })
}

impl FromStr for Invitation {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Invitation, TextError> {
        if text.len() > limits::INVITATION {
            return Err(TextError::Invitation);
        }
        let bytes = text
            .strip_prefix(BEGIN)
            .and_then(base32::decode)
            .ok_or(TextError::Invitation)?;
        let (map, checksum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(TextError::Invitation)?;
        if Id::of(map).as_bytes()[..CHECKSUM] != *checksum {
            return Err(TextError::Checksum);
        }
        let value = cbor::decode(map).map_err(|_| TextError::Invitation)?;
        read(&value).map_err(|fault| match fault {
            Fault::Field(name) => TextError::InvitationField(name),
            _ => TextError::Invitation,
        })
    }
}

impl fmt::Display for InvitedPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.peer, self.addresses.join(", "))
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
    fn an_invitation_comes_back_and_a_slip_is_noticed() {
        let invitation = Invitation {
            network: NetworkName::default(),
            institution: Id::of(b"x"),
            name: "Peace Council of Sample Land (example)".into(),
            peers: vec![InvitedPeer {
                peer: "12D3KooWExample".into(),
                addresses: vec!["/dns4/node.example/tcp/7470".into()],
            }],
        };
        let text = invitation.to_text().unwrap();
        assert_eq!(text.parse::<Invitation>().unwrap(), invitation);
        for i in BEGIN.len()..text.len() {
            let mut slip = text.clone().into_bytes();
            slip[i] = if slip[i] == b'a' { b'b' } else { b'a' };
            let slip = String::from_utf8(slip).unwrap();
            assert!(slip.parse::<Invitation>().is_err(), "{slip}");
        }
        let crowd = Invitation {
            peers: vec![invitation.peers[0].clone(); 9],
            ..invitation.clone()
        };
        assert_eq!(crowd.to_text(), Err(TextError::InvitationField("peers")));
        let long = Invitation {
            name: "x".repeat(2_000),
            ..invitation
        };
        assert_eq!(long.to_text(), Err(TextError::Invitation));
    }
}
