//! The charters that the policy accepts. The operator chose the record itself, whoever signed it: it is accepted though its signer need not be,
//! and so is its signer's word about it. Otherwise it would not come back to a store that was lost, nor reach whoever accepts it too.

use std::collections::BTreeMap;

use indaba_protocol::{CatchUpRequest, DecodedItem, Header, Id, Statement, limits as wire};
use indaba_store::{Store, StoreError};

use crate::engine::Engine;

/// Those that have come, by their ids.
#[derive(Default)]
pub(super) struct Chosen(BTreeMap<Id, Header>);

impl Chosen {
    /// Whether a record is one of them, or withdraws or revises one in the name of its signer.
    fn accepts(&self, record: &Header) -> bool {
        let speaks_of = |id: &Id| match record.kind.as_str() {
            "withdrawal" => record.targets("withdraws").any(|target| target == id),
            "revision" => record.targets("revises").any(|target| target == id),
            _ => false,
        };
        self.0.iter().any(|(id, charter)| {
            charter == record || (charter.institution == record.institution && speaks_of(id))
        })
    }

    fn is_signer(&self, institution: &Id) -> bool {
        let mut charters = self.0.values();
        charters.any(|charter| charter.institution == *institution)
    }
}

impl Engine {
    /// Whether a record is accepted, by whom it is signed or by what it is.
    pub(in crate::engine) fn accepts_record(&self, record: &Header) -> bool {
        self.trust.web.accepts_record(record) || self.trust.chosen.accepts(record)
    }

    /// Whether cut lists and proofs of an institution are kept and passed on, as its states are: it is heard, or it signed a charter that is
    /// accepted here.
    pub(in crate::engine) fn knows_chain_of(&self, institution: &Id) -> bool {
        self.hears(institution) || self.trust.chosen.is_signer(institution)
    }

    /// A record is at the door. Whether it is judged though its institution is not heard: it is an accepted charter, or about one.
    pub(in crate::engine) fn chooses(&mut self, id: &Id, record: &Header) -> bool {
        if record.kind == "charter" && self.choices.trust().charters.contains_key(id) {
            self.trust.chosen.0.insert(*id, record.clone());
        }
        self.trust.chosen.accepts(record)
    }

    /// Looks for the accepted charters among what is held and what waits.
    pub(super) fn find_chosen(&mut self, store: &Store) -> Result<(), StoreError> {
        self.trust.chosen = Chosen::default();
        let ids: Vec<Id> = self.choices.trust().charters.keys().copied().collect();
        for id in ids {
            let header = match self.header(&id, store)? {
                Some(header) => Some(header.body().clone()),
                None => store.held(&id)?.and_then(|held| {
                    let item = DecodedItem::open(&self.net, &held.item).ok()?;
                    match item.statement() {
                        Statement::Record(header) => Some(header.clone()),
                        _ => None,
                    }
                }),
            };
            if let Some(header) = header.filter(|header| header.kind == "charter") {
                // What of its signer waits is judged differently now.
                self.trust.rejudged.insert(header.institution);
                self.trust.chosen.0.insert(id, header);
            }
        }
        Ok(())
    }

    /// The question for accepted charters that do not count here: they may not have come.
    pub(in crate::engine) fn ask_for_chosen(&self) -> Option<CatchUpRequest> {
        let counts = |id: &Id| self.trust.web.charters().any(|c| c.charter.id == *id);
        let charters = self.choices.trust().charters.keys();
        let missing: Vec<Id> = charters.filter(|id| !counts(id)).copied().collect();
        let missing = missing.into_iter().take(wire::GET_IDS).collect::<Vec<_>>();
        (!missing.is_empty()).then_some(CatchUpRequest::Get(missing))
    }
}
