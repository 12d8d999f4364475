//! `indaba invite`: what another institution needs to join this network and meet this node.

use std::net::{Ipv4Addr, Ipv6Addr};

use indaba_protocol::Id;
use indaba_protocol::text_forms::{Fingerprint, Invitation, InvitedPeer, TextError};
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::qr;
use super::screen::{Page, Report, clean};
use crate::engine::order::{Order, Reply};

#[derive(Serialize)]
struct Invite {
    invitation: String,
    network: String,
    institution: String,
    name: String,
    fingerprint: String,
    addresses: Vec<String>,
}

impl Report for Invite {
    const NAME: &'static str = "invite";
    fn page(&self, page: &mut Page) {
        if let Some(code) = qr::draw(&self.invitation) {
            page.line(code.trim_end());
            page.gap();
        }
        page.line(clean(&self.invitation));
        page.gap();
        page.field("network", &self.network);
        page.field(
            "institution",
            format!("{} ({})", self.name, self.institution),
        );
        page.field("fingerprint", &self.fingerprint);
        for (place, address) in self.addresses.iter().enumerate() {
            page.field(if place == 0 { "addresses" } else { "" }, address);
        }
    }
}

/// Addresses of one node in an invitation, as the protocol bounds them.
const MOST_ADDRESSES: usize = 8;

/// The fingerprint of an institution, in eight groups.
pub(super) fn fingerprint(id: &Id) -> String {
    Fingerprint::of(id).to_string()
}

/// Addresses as `indaba peer add` takes them.
pub(super) fn peer_addresses(addresses: &[String], peer: Option<&str>) -> Vec<String> {
    let Some(peer) = peer else {
        return addresses.to_vec();
    };
    let whole = |a: &String| {
        if a.contains("/p2p/") {
            a.clone()
        } else {
            format!("{a}/p2p/{peer}")
        }
    };
    addresses.iter().map(whole).collect()
}

/// Whether only this machine, or only its own network segment, can dial the address.
fn only_near(address: &str) -> bool {
    let mut parts = address.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("ip4"), Some(ip)) => ip
            .parse::<Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback() || ip.is_link_local()),
        (Some("ip6"), Some(ip)) => ip
            .parse::<Ipv6Addr>()
            .is_ok_and(|ip| ip.is_loopback() || ip.is_unicast_link_local()),
        _ => false,
    }
}

/// The same addresses, those that others can dial first.
pub(super) fn outside_first(mut addresses: Vec<String>) -> Vec<String> {
    addresses.sort_by_key(|a| only_near(a));
    addresses
}

/// The addresses others can dial; all of them when there is no such address, as on a machine that tries out two nodes.
fn for_others(addresses: Vec<String>) -> Vec<String> {
    let far: Vec<String> = addresses
        .iter()
        .filter(|a| !only_near(a))
        .cloned()
        .collect();
    if far.is_empty() { addresses } else { far }
}

/// A text without what a file of another system puts around it: the mark at its beginning, spaces, the ends of lines.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

/// Whether a text is meant as an invitation.
pub(super) fn is_invitation(text: &str) -> bool {
    bare(text).to_lowercase().starts_with("indaba1")
}

/// Reads an invitation.
///
/// # Errors
/// What is wrong with it.
pub(super) fn open_invitation(text: &str) -> Result<Invitation, Failure> {
    bare(text).parse::<Invitation>().map_err(|e| {
        // It begins as it should, so what is wrong comes later.
        let begun = is_invitation(text);
        let problem = match e {
            TextError::Invitation if begun => {
                "the invitation is cut short, or holds what does not belong there".to_owned()
            }
            e => e.to_string(),
        };
        Failure::new(Exit::WrongUse, problem)
            .hint("copy it whole, from \"indaba1\" to its end; the other side's \"indaba invite\" shows it again")
    })
}

/// Runs the command.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let Reply::Identity(identity) = context.ask(Order::Identity)? else {
        return Err(unexpected());
    };
    let institution: Id = identity
        .institution
        .id
        .parse()
        .map_err(|_| Failure::new(Exit::Failed, "the node's own id does not read"))?;
    let name = identity.institution.name.clone().unwrap_or_default();
    let dir = context.node_dir()?;
    // What is reached from outside first: the first address of a list is dialled first.
    let external = context.settings(&dir)?.network.external;
    let mut addresses: Vec<String> = external.iter().map(ToString::to_string).collect();
    for address in identity.addresses {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let mut addresses = for_others(addresses);
    addresses.truncate(MOST_ADDRESSES);
    let peers = match &identity.peer {
        Some(peer) if !addresses.is_empty() => vec![InvitedPeer {
            peer: peer.clone(),
            addresses: addresses.clone(),
        }],
        _ => Vec::new(),
    };
    let reachable = !peers.is_empty();
    let invitation = Invitation {
        network: context.identity(&dir)?.network,
        institution,
        name: name.clone(),
        peers,
    };
    let invitation = invitation
        .to_text()
        .map_err(|e| Failure::new(Exit::Failed, "the invitation is too long").because(e))?;
    context.screen.report(&Invite {
        invitation,
        network: identity.network,
        institution: identity.institution.short,
        name,
        fingerprint: fingerprint(&institution),
        addresses: peer_addresses(&addresses, identity.peer.as_deref()),
    })?;
    if !reachable {
        if context.running(&dir)?.is_some() {
            context.screen.hint("this node only dials, so the invitation holds no address; with it others accept this institution: indaba trust anchor INVITATION");
        } else {
            context
                .screen
                .warn("the invitation holds no address: this node does not run");
            context
                .screen
                .hint("to put its addresses in, start it first: indaba up");
        }
    }
    context
        .screen
        .hint("the invitation is as good as the way it goes; compare the fingerprint by voice");
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_known_in_a_file_of_another_system() {
        let text = Invitation {
            network: indaba_protocol::NetworkName::parse("demo.example").unwrap(),
            institution: Id::from_bytes([7; 32]),
            name: "Bureau (example)".to_owned(),
            peers: Vec::new(),
        }
        .to_text()
        .unwrap();
        let carried = format!("\u{feff}  {text}\r\n");
        assert!(is_invitation(&carried));
        assert_eq!(
            open_invitation(&carried).unwrap().institution,
            Id::from_bytes([7; 32])
        );
        assert!(!is_invitation("bafyr4i"));
        // Negative control: what is cut short is still refused.
        assert!(open_invitation(&carried.replace(&text[text.len() - 4..], "")).is_err());
    }

    #[test]
    fn an_invitation_leaves_out_what_only_this_machine_can_dial() {
        let here = "/ip4/127.0.0.1/tcp/7421".to_owned();
        let segment = "/ip6/fe80::1/tcp/7421".to_owned();
        let outside = "/ip4/192.0.2.1/tcp/7421".to_owned();
        let all = vec![here.clone(), segment, outside.clone()];
        assert_eq!(for_others(all.clone()), std::slice::from_ref(&outside));
        assert_eq!(outside_first(all).first(), Some(&outside));
        // Negative control: when nothing else is known, it is better than nothing.
        assert_eq!(for_others(vec![here.clone()]), [here]);
    }
}
