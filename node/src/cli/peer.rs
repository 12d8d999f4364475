//! `indaba peer`: nodes to stay in touch with.

use indaba_protocol::text_forms::Invitation;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::PeerAct;
use super::invite::{is_invitation, open_invitation, peer_addresses};
use super::screen::{Page, Report, clean};
use super::words;
use crate::engine::order::{InstitutionView, Order, PeerView, Reply};

/// Characters of a peer id that are enough to mean a peer that is known here.
const SHORTEST_PEER: usize = 6;

#[derive(Serialize)]
struct Added {
    peer: String,
}

impl Report for Added {
    const NAME: &'static str = "peer-add";
    fn page(&self, page: &mut Page) {
        page.line(format!("staying in touch with {}", self.peer));
    }
}

#[derive(Serialize)]
struct Removed {
    peer: String,
    was_known: bool,
}

impl Report for Removed {
    const NAME: &'static str = "peer-remove";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "{}: {}",
            self.peer,
            if self.was_known {
                "forgotten"
            } else {
                "was not known"
            }
        ));
    }
}

#[derive(Serialize)]
struct Peers {
    peers: Vec<PeerView>,
    #[serde(skip)]
    running: bool,
}

#[derive(Serialize)]
struct Named {
    peer: String,
    institution: InstitutionView,
}

impl Report for Named {
    const NAME: &'static str = "peer-name";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "{} is shown as a node of {}; nothing proves that it is",
            clean(&self.peer),
            clean(&words::institution(&self.institution))
        ));
    }
}

impl Report for Peers {
    const NAME: &'static str = "peer-list";
    fn page(&self, page: &mut Page) {
        if self.peers.is_empty() {
            page.line("no peers; add one: indaba peer add ADDRESS");
            return;
        }
        let now = words::now();
        for (place, peer) in self.peers.iter().enumerate() {
            if place > 0 {
                page.gap();
            }
            page.line(clean(&peer.peer));
            page.field(
                "institution",
                match &peer.institution {
                    Some(institution) => words::institution(institution),
                    None => "not known; to name it: indaba peer name PEER INVITATION".to_owned(),
                },
            );
            page.field("connection", connection(peer, self.running, now));
            if let Some(compared) = differences(peer, now) {
                page.field("compared", compared);
            }
            if let Some(withholds) = &peer.withholds {
                page.field(
                    "withholds",
                    format!(
                        "{} that it lists and did not hand over when asked, last {}; others are asked for them",
                        words::count(withholds.records, "record", "records"),
                        words::ago(now, withholds.at)
                    ),
                );
            }
            // Every node holds the registry.
            let common = peer.feeds.iter().filter(|feed| *feed != "registry");
            let common: Vec<&str> = common.map(String::as_str).collect();
            if !common.is_empty() {
                page.field("in common", common.join(" "));
            }
            for (place, address) in peer.addresses.iter().enumerate() {
                page.field(if place == 0 { "addresses" } else { "" }, address);
            }
        }
    }
}

/// Whether a peer is reached, how, and since when; or when it last was, and why not.
fn connection(peer: &PeerView, running: bool, now: i64) -> String {
    let mut text = match (peer.connected, peer.last_seen) {
        (true, since) => {
            let path = peer.path.as_deref().unwrap_or("path unknown");
            let since = since.map(|since| format!(" for {}", words::span(now, since)));
            let by = match peer.outbound {
                Some(true) => ", called by this node",
                Some(false) => ", called by it",
                None => "",
            };
            format!("connected{} ({path}){by}", since.unwrap_or_default())
        }
        (false, _) if !running => "none: this node does not run".to_owned(),
        (false, Some(at)) => format!("not connected; last seen {}", words::ago(now, at)),
        (false, None) => "not connected; not seen since this node started".to_owned(),
    };
    if let (false, Some(problem)) = (peer.connected, &peer.last_problem) {
        text.push_str(&format!(": {problem}"));
    }
    if peer.partner {
        text.push_str("; a partner: asked for what is followed quietly");
    }
    text
}

/// What differed when the peer was last compared with.
fn differences(peer: &PeerView, now: i64) -> Option<String> {
    let compared = peer.compared.as_ref()?;
    let records = |count| words::count(count, "record", "records");
    let mut found = Vec::new();
    if compared.missing_here > 0 {
        found.push(format!(
            "{} it has are missing here",
            records(compared.missing_here)
        ));
    }
    if compared.missing_there > 0 {
        found.push(format!(
            "it did not have {} of this institution yet",
            records(compared.missing_there)
        ));
    }
    if found.is_empty() {
        found.push("nothing it has of what it was asked for is missing here".to_owned());
    }
    Some(format!(
        "{}: {}",
        words::ago(now, compared.at),
        found.join("; ")
    ))
}

/// The addresses meant: one as typed, those of an invitation, or those of a peer that is known already; the one to dial first coming last,
/// since the newest is dialled first.
fn addresses(context: &Context, text: &str) -> Result<Vec<String>, Failure> {
    let typed = vec![text.to_owned()];
    let addresses = if let Some(peer) = known_peer(context, text)? {
        peer_addresses(&peer.addresses, Some(&peer.peer))
    } else if is_invitation(text) {
        let invitation = open_invitation(text)?;
        let peers = invitation.peers.iter().rev();
        let all: Vec<String> = peers
            .flat_map(|p| {
                peer_addresses(&p.addresses, Some(&p.peer))
                    .into_iter()
                    .rev()
            })
            .collect();
        if all.is_empty() {
            return Err(
                Failure::new(Exit::NotFound, "this invitation holds no address")
                    .hint("its node only dials; let it add the address of this one: indaba invite"),
            );
        }
        all
    } else {
        typed
    };
    for address in &addresses {
        crate::config::parse_bootstrap(address).map_err(|problem| {
            Failure::new(Exit::WrongUse, problem)
                .hint("the other side's invitation holds its addresses and will do; so will the id of a peer that is known here, as in: indaba peer list")
        })?;
    }
    Ok(addresses)
}

/// The peer that is known by this id, or by its last characters.
fn known_peer(context: &Context, text: &str) -> Result<Option<PeerView>, Failure> {
    if text.contains('/') || text.len() < SHORTEST_PEER {
        return Ok(None);
    }
    let Reply::Peers { peers } = context.ask(Order::Peers)? else {
        return Err(unexpected());
    };
    let mut meant = peers.into_iter().filter(|peer| peer.peer.ends_with(text));
    Ok(match (meant.next(), meant.next()) {
        (Some(peer), None) if !peer.addresses.is_empty() => Some(peer),
        _ => None,
    })
}

/// Says that the inviter's node is called, and what it signs is not kept yet.
fn still_to_accept(context: &Context, inviter: &Invitation) -> Result<(), Failure> {
    let Reply::Anchors { anchors } = context.ask(Order::Anchors)? else {
        return Err(unexpected());
    };
    let id = inviter.institution.to_string();
    if anchors.iter().all(|anchor| anchor.id != id) {
        context.screen.hint(format!(
            "what {} signs is not kept before it is accepted: indaba trust anchor {id}",
            clean(&inviter.name)
        ));
    }
    Ok(())
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: PeerAct) -> Result<Exit, Failure> {
    match act {
        PeerAct::Add { address, partner } => {
            let inviter = open_invitation(&address).ok();
            // Every address is looked at before the first is taken over.
            let addresses = addresses(context, &address)?;
            let mut added = String::new();
            for address in addresses {
                let Reply::PeerAdded { peer } = context.ask(Order::AddPeer { address, partner })?
                else {
                    return Err(unexpected());
                };
                added = peer;
            }
            if let Some(inviter) = &inviter
                && inviter.peers.len() == 1
            {
                context.ask(Order::NamePeer {
                    peer: added.clone(),
                    institution: inviter.institution.to_string(),
                })?;
            }
            context.screen.report(&Added { peer: added })?;
            if let Some(inviter) = inviter {
                still_to_accept(context, &inviter)?;
            }
        }
        PeerAct::List => {
            let Reply::Peers { peers } = context.ask(Order::Peers)? else {
                return Err(unexpected());
            };
            let running = context.running(&context.node_dir()?)?.is_some();
            context.screen.report(&Peers { peers, running })?;
        }
        PeerAct::Name { peer, institution } => {
            let institution = match is_invitation(&institution) {
                true => open_invitation(&institution)?.institution.to_string(),
                false => institution,
            };
            let Reply::PeerNamed { peer, institution } =
                context.ask(Order::NamePeer { peer, institution })?
            else {
                return Err(unexpected());
            };
            context.screen.report(&Named { peer, institution })?;
        }
        PeerAct::Remove { peer } => {
            let Reply::PeerRemoved { peer, was_known } = context.ask(Order::RemovePeer { peer })?
            else {
                return Err(unexpected());
            };
            let exit = if was_known { Exit::Ok } else { Exit::NotFound };
            context.screen.report(&Removed { peer, was_known })?;
            return Ok(exit);
        }
    }
    Ok(Exit::Ok)
}
