//! `indaba peer`: nodes to stay in touch with.

use indaba_protocol::text_forms::Invitation;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::PeerAct;
use super::invite::{open_invitation, peer_addresses};
use super::screen::{Page, Report, clean};
use crate::engine::order::{Order, PeerView, Reply};

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
}

impl Report for Peers {
    const NAME: &'static str = "peer-list";
    fn page(&self, page: &mut Page) {
        if self.peers.is_empty() {
            page.line("no peers; add one: indaba peer add ADDRESS");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .peers
            .iter()
            .map(|p| {
                let state = match (p.connected, &p.last_problem) {
                    (true, _) => {
                        format!("connected, {}", p.path.as_deref().unwrap_or("path unknown"))
                    }
                    (false, Some(problem)) => format!("not connected: {problem}"),
                    (false, None) => "not connected".into(),
                };
                vec![
                    p.peer.clone(),
                    if p.partner {
                        "partner".into()
                    } else {
                        String::new()
                    },
                    state,
                    p.addresses.first().cloned().unwrap_or_default(),
                    p.feeds.join(" "),
                ]
            })
            .collect();
        page.table(&["peer", "", "state", "address", "feeds in common"], &rows);
    }
}

/// The addresses meant: one as typed, or those of an invitation, the one to dial first coming last, since the newest is dialled first.
fn addresses(text: &str) -> Result<Vec<String>, Failure> {
    let typed = vec![text.to_owned()];
    let addresses = if text.to_lowercase().starts_with("indaba1") {
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
                .hint("the other side's `indaba invite` shows its addresses, and the invitation itself will do")
        })?;
    }
    Ok(addresses)
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
            let addresses = addresses(&address)?;
            let mut added = String::new();
            for address in addresses {
                let Reply::PeerAdded { peer } = context.ask(Order::AddPeer { address, partner })?
                else {
                    return Err(unexpected());
                };
                added = peer;
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
            context.screen.report(&Peers { peers })?;
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
