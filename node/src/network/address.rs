//! Reading addresses that an operator typed.

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Longest address text accepted, in bytes. A relayed address over DNS with two peer ids is
/// about 250; the double leaves room.
pub const MAX_ADDRESS_TEXT: usize = 512;

/// Why an address cannot be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("the address is empty; write one like {EXAMPLE}")]
    Empty,
    /// Longer than [`MAX_ADDRESS_TEXT`].
    #[error(
        "the address has {0} bytes, at most {MAX_ADDRESS_TEXT} are accepted; check what was pasted"
    )]
    TooLong(usize),
    /// Not in the multiaddr notation.
    #[error("\"{text}\" is not a multiaddr ({cause}); write one like {EXAMPLE}")]
    NotAnAddress {
        /// What was given.
        text: String,
        /// What the parser said.
        cause: String,
    },
    /// The peer id at the end is missing.
    #[error(
        "\"{0}\" does not say which node answers there; add /p2p/ and the node id that its operator gave you"
    )]
    NoPeer(String),
    /// The address names another peer than the one it was given for.
    #[error("\"{text}\" belongs to {found}, not to {expected}; check which of the two is meant")]
    OtherPeer {
        /// What was given.
        text: String,
        /// The peer in the address.
        found: Box<PeerId>,
        /// The peer it was given for.
        expected: Box<PeerId>,
    },
    /// There is no transport for it.
    #[error("\"{0}\" cannot be dialled; use an address with /tcp/<port> or /udp/<port>/quic-v1")]
    NoTransport(String),
    /// `0.0.0.0`, `::` or port 0: good for listening, not for dialling.
    #[error(
        "\"{0}\" is not the address of one node; replace 0.0.0.0, :: or port 0 by the address and port others can reach"
    )]
    Unspecified(String),
    /// A listen address that names a peer.
    #[error("\"{0}\" is meant for listening; leave /p2p/ and the node id away")]
    PeerInListen(String),
}

/// What a good address looks like (documentation range, invented id).
const EXAMPLE: &str = "/ip4/192.0.2.7/tcp/4711/p2p/12D3KooW…";

fn parse(text: &str) -> Result<Multiaddr, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > MAX_ADDRESS_TEXT {
        return Err(AddressError::TooLong(text.len()));
    }
    text.parse().map_err(
        |cause: libp2p::multiaddr::Error| AddressError::NotAnAddress {
            text: text.to_owned(),
            cause: cause.to_string(),
        },
    )
}

/// Takes the `/p2p/…` ending off, if there is one.
pub(crate) fn split_peer(mut address: Multiaddr) -> (Multiaddr, Option<PeerId>) {
    match address.pop() {
        Some(Protocol::P2p(peer)) => (address, Some(peer)),
        Some(other) => (address.with(other), None),
        None => (address, None),
    }
}

fn check_dialable(text: &str, address: &Multiaddr) -> Result<(), AddressError> {
    let mut transport = false;
    let mut udp = false;
    for part in address.iter() {
        match part {
            Protocol::Ip4(ip) if ip.is_unspecified() => {
                return Err(AddressError::Unspecified(text.to_owned()));
            }
            Protocol::Ip6(ip) if ip.is_unspecified() => {
                return Err(AddressError::Unspecified(text.to_owned()));
            }
            Protocol::Tcp(0) | Protocol::Udp(0) => {
                return Err(AddressError::Unspecified(text.to_owned()));
            }
            Protocol::Udp(_) => udp = true,
            Protocol::QuicV1 if udp => transport = true,
            // A relayed address may name the relay by id only; a dnsaddr record holds the rest.
            Protocol::Tcp(_) | Protocol::P2pCircuit | Protocol::Dnsaddr(_) => transport = true,
            _ => {}
        }
    }
    if transport {
        Ok(())
    } else {
        Err(AddressError::NoTransport(text.to_owned()))
    }
}

/// Reads an address to dial that says which node answers there:
/// `/ip4/…/tcp/…/p2p/<id>`. The address comes back without that ending.
pub fn parse_peer_address(text: &str) -> Result<(PeerId, Multiaddr), AddressError> {
    let (address, peer) = split_peer(parse(text)?);
    let peer = peer.ok_or_else(|| AddressError::NoPeer(text.trim().to_owned()))?;
    check_dialable(text.trim(), &address)?;
    Ok((peer, address))
}

/// Reads an address of a peer whose id is known from elsewhere; the `/p2p/…` ending may be
/// missing, but must not name anyone else.
pub fn parse_address_of(expected: PeerId, text: &str) -> Result<Multiaddr, AddressError> {
    let (address, peer) = split_peer(parse(text)?);
    if let Some(found) = peer
        && found != expected
    {
        return Err(AddressError::OtherPeer {
            text: text.trim().to_owned(),
            found: Box::new(found),
            expected: Box::new(expected),
        });
    }
    check_dialable(text.trim(), &address)?;
    Ok(address)
}

/// Reads an address to listen on. `0.0.0.0`, `::` and port 0 are fine here.
pub fn parse_listen_address(text: &str) -> Result<Multiaddr, AddressError> {
    let (address, peer) = split_peer(parse(text)?);
    if peer.is_some() {
        return Err(AddressError::PeerInListen(text.trim().to_owned()));
    }
    let transport = address
        .iter()
        .any(|part| matches!(part, Protocol::Tcp(_) | Protocol::QuicV1));
    if !transport {
        return Err(AddressError::NoTransport(text.trim().to_owned()));
    }
    Ok(address)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_its_peer_is_split() {
        let peer = PeerId::random();
        let text = format!(" /ip4/192.0.2.7/tcp/4711/p2p/{peer}\n");
        let (found, address) = parse_peer_address(&text).unwrap();
        assert_eq!(found, peer);
        assert_eq!(address.to_string(), "/ip4/192.0.2.7/tcp/4711");
    }

    #[test]
    fn a_relayed_address_keeps_the_relay() {
        let (relay, peer) = (PeerId::random(), PeerId::random());
        let text = format!("/ip4/192.0.2.7/tcp/1/p2p/{relay}/p2p-circuit/p2p/{peer}");
        let (found, address) = parse_peer_address(&text).unwrap();
        assert_eq!(found, peer);
        assert!(address.to_string().ends_with("/p2p-circuit"));
        assert!(address.to_string().contains(&relay.to_string()));
    }

    #[test]
    fn each_mistake_has_its_own_advice() {
        let peer = PeerId::random();
        let other = PeerId::random();
        assert_eq!(parse_peer_address("  "), Err(AddressError::Empty));
        assert_eq!(
            parse_peer_address(&"/".repeat(600)),
            Err(AddressError::TooLong(600))
        );
        let hostport = parse_peer_address("192.0.2.7:4711").unwrap_err();
        assert!(matches!(hostport, AddressError::NotAnAddress { .. }));
        assert!(hostport.to_string().contains("/ip4/"), "{hostport}");
        let bare = parse_peer_address("/ip4/192.0.2.7/tcp/4711").unwrap_err();
        assert!(bare.to_string().contains("add /p2p/"), "{bare}");
        assert!(matches!(
            parse_peer_address(&format!("/ip4/0.0.0.0/tcp/4711/p2p/{peer}")),
            Err(AddressError::Unspecified(_))
        ));
        assert!(matches!(
            parse_peer_address(&format!("/ip4/192.0.2.7/udp/4711/p2p/{peer}")),
            Err(AddressError::NoTransport(_))
        ));
        assert!(matches!(
            parse_address_of(peer, &format!("/ip4/192.0.2.7/tcp/1/p2p/{other}")),
            Err(AddressError::OtherPeer { .. })
        ));
        assert!(matches!(
            parse_listen_address(&format!("/ip4/0.0.0.0/tcp/0/p2p/{peer}")),
            Err(AddressError::PeerInListen(_))
        ));
    }

    #[test]
    fn the_ending_is_optional_when_the_peer_is_known() {
        let peer = PeerId::random();
        let bare = "/dns4/node.example/udp/4711/quic-v1";
        let full = format!("{bare}/p2p/{peer}");
        assert_eq!(
            parse_address_of(peer, bare).unwrap(),
            parse_address_of(peer, &full).unwrap()
        );
        assert!(parse_listen_address("/ip4/0.0.0.0/tcp/0").is_ok());
    }
}
