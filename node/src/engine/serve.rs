//! Catch-up, the answering side: what a peer may have, and how much of it at once.

use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, FeedName, Id, Item, RefusedReason, limits as wire,
};
use indaba_store::{FactKind, FactNote, Store, StoreError};
use libp2p::PeerId;

use super::boundary::Moment;
use super::{Engine, limits};
use crate::network::{Command, Offence, RequestTicket};

impl Engine {
    /// A peer asks.
    pub(super) fn handle_request(
        &mut self,
        now: Moment,
        request: RequestTicket,
        peer: PeerId,
        body: &[u8],
        store: &Store,
    ) -> Result<(), StoreError> {
        if !self.peers.may_ask(&peer, now) {
            let body = CatchUpResponse::Refused(RefusedReason::Busy).encode();
            self.command(Command::Respond { request, body });
            return Ok(());
        }
        let response = match CatchUpRequest::decode(body) {
            Ok(asked) => {
                tracing::trace!(%peer, ?asked, "asked");
                self.answer(now, &peer, asked, store)?
            }
            Err(_) => {
                self.command(Command::Penalise {
                    peer,
                    offence: Offence::Nuisance,
                });
                CatchUpResponse::Refused(RefusedReason::UnknownRequest)
            }
        };
        if let CatchUpResponse::Items { items, .. } = &response {
            self.peers
                .charge(&peer, items.len() / limits::ITEMS_PER_QUESTION);
        }
        self.command(Command::Respond {
            request,
            body: response.encode(),
        });
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        now: Moment,
        peer: &PeerId,
        asked: CatchUpRequest,
        store: &Store,
    ) -> Result<CatchUpResponse, StoreError> {
        Ok(match asked {
            CatchUpRequest::Lanes { feed, after } => {
                CatchUpResponse::lanes_that_fit(self.lanes_promised(&feed, after, peer, store)?)
            }
            CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            } => {
                // Answered before anything is looked up: even how many records there are would tell that the feed is followed.
                if !self.serves(&feed, peer) && key != self.own_key() {
                    return Ok(CatchUpResponse::Items {
                        items: Vec::new(),
                        more: false,
                    });
                }
                let mut lanes = self.lanes_served(&feed, peer, store)?;
                lanes.retain(|lane| lane.key == key);
                let (mut ids, mut full) = (Vec::new(), false);
                // A key may sign for several institutions: their records come in the order of their places.
                for lane in lanes {
                    let places = from..=to;
                    let some = store.lane(&lane.institution, &key, &feed, places, limits::PAGE)?;
                    full |= some.len() >= limits::PAGE;
                    ids.extend(some);
                }
                ids.sort_by_key(|(seq, _)| *seq);
                full |= ids.len() > limits::PAGE;
                ids.truncate(limits::PAGE);
                self.items(now, ids.into_iter().map(|(_, id)| id), peer, full, store)?
            }
            CatchUpRequest::Get(ids) => self.items(now, ids.into_iter(), peer, false, store)?,
            CatchUpRequest::Facts { after } => {
                let mut ids = Vec::new();
                let mut cursor = after;
                let mut more = false;
                'pages: loop {
                    let page = store.fact_notes(cursor, wire::FACTS_RESPONSE)?;
                    let Some(last) = page.last() else { break };
                    cursor = Some(last.id);
                    for fact in page {
                        if ids.len() >= wire::FACTS_RESPONSE {
                            more = true;
                            break 'pages;
                        }
                        if self.relays_fact(&fact) {
                            ids.push(fact.id);
                        }
                    }
                }
                CatchUpResponse::Facts { ids, more }
            }
            CatchUpRequest::Institution(institution) => {
                let Some(chain) = self.institutions.chain(&institution) else {
                    return Ok(CatchUpResponse::Items {
                        items: Vec::new(),
                        more: false,
                    });
                };
                let mut ids = vec![institution];
                ids.extend(chain.states().iter().map(|state| state.id()));
                ids.extend(
                    chain
                        .states()
                        .iter()
                        .flat_map(|state| state.cuts.iter().filter_map(|cut| cut.list)),
                );
                self.items(now, ids.into_iter(), peer, false, store)?
            }
        })
    }

    /// As many of these as fit one answer and as this peer may have.
    pub(super) fn items(
        &mut self,
        now: Moment,
        ids: impl Iterator<Item = Id>,
        peer: &PeerId,
        full: bool,
        store: &Store,
    ) -> Result<CatchUpResponse, StoreError> {
        let mut items = Vec::new();
        let mut bytes = 0;
        let mut more = full;
        for id in ids {
            let Some(item) = self.servable(&id, peer, store)? else {
                continue;
            };
            let size = item.statement.len()
                + item.card.as_ref().map_or(0, Vec::len)
                + item.body.as_ref().map_or(0, Vec::len);
            if bytes + size > limits::ANSWER_BYTES && !items.is_empty() {
                more = true;
                break;
            }
            bytes += size;
            items.push(item);
            // Whoever asked has it: a feed that is only followed quietly is never heard by gossip.
            self.announced(now, id);
        }
        Ok(CatchUpResponse::Items { items, more })
    }

    /// The item, if this peer may have it.
    pub(super) fn servable(
        &self,
        id: &Id,
        peer: &PeerId,
        store: &Store,
    ) -> Result<Option<Item>, StoreError> {
        if let Some(fact) = store.fact(id)? {
            return Ok(self
                .relays_fact(&FactNote {
                    id: *id,
                    kind: fact.kind,
                    institution: fact.institution,
                })
                .then(|| Item::of_statement(&fact.bytes)));
        }
        let Some((header, record)) = self.readable_record(id, store)? else {
            return Ok(None);
        };
        let own = header.key == self.own_key();
        let served = own
            || header
                .lanes
                .iter()
                .any(|lane| self.serves(&lane.feed, peer));
        if !served || !self.is_carried(&header, store)? {
            return Ok(None);
        }
        Ok(Some(Item {
            statement: record.statement,
            card: record.card,
            body: record.body,
        }))
    }

    /// Section 8 of the protocol, for statements that are not records.
    pub(super) fn relays_fact(&self, fact: &FactNote) -> bool {
        let institution = &fact.institution;
        match fact.kind {
            FactKind::Inception | FactKind::State | FactKind::RivalState => {
                self.keeps_states_of(institution)
            }
            FactKind::Head => {
                self.accepts(institution)
                    && self
                        .institutions
                        .signer_of_head(&fact.id)
                        .is_none_or(|key| !self.institutions.is_cut(institution, &key))
            }
            FactKind::CutList => {
                self.knows_chain_of(institution) && self.institutions.chain(institution).is_some()
            }
            FactKind::Equivocation => self.knows_chain_of(institution),
            _ => self.accepts(institution),
        }
    }

    /// Whether this node may tell a peer that it cares about a feed.
    pub(super) fn may_name(&self, feed: &FeedName, peer: &PeerId) -> bool {
        !self.is_quiet(feed) || self.choices.is_partner(&peer.to_string())
    }

    /// Whether a peer's question about a feed is answered with everything held of it: it is followed openly, or quietly and the
    /// peer is a partner. To everybody else a quiet feed looks exactly like one that is not followed: only what this node
    /// published itself is there.
    pub(super) fn serves(&self, feed: &FeedName, peer: &PeerId) -> bool {
        self.follows(feed) && self.may_name(feed, peer)
    }
}
