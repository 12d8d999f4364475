//! A peer that has every statement that came so far, good or not, and answers every question with it.

use std::collections::BTreeMap;

use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, Id, Item, Key, LaneSummary, VerifiedStatement,
};

use super::world::Said;

/// Everything that came.
#[derive(Default)]
pub(super) struct Library {
    by_id: BTreeMap<Id, Said>,
}

impl Library {
    pub(super) fn add(&mut self, said: &Said) {
        self.by_id.insert(said.statement().id(), said.clone());
    }

    pub(super) fn answer(&self, request: &CatchUpRequest) -> CatchUpResponse {
        let items = |wanted: &dyn Fn(&Said) -> bool| CatchUpResponse::Items {
            items: self.items(wanted),
            more: false,
        };
        match request {
            CatchUpRequest::Facts { after } => {
                let ids = self
                    .by_id
                    .iter()
                    .filter(|(_, said)| said.record().is_none());
                CatchUpResponse::Facts {
                    ids: ids
                        .map(|(id, _)| *id)
                        .filter(|id| after.is_none_or(|after| after < *id))
                        .collect(),
                    more: false,
                }
            }
            CatchUpRequest::Lanes { feed, .. } => {
                let mut lanes: BTreeMap<(Key, Id), (u64, Id)> = BTreeMap::new();
                for record in self.by_id.values().filter_map(Said::record) {
                    if let Some(lane) = record.lane(feed) {
                        let end = (lane.seq, record.id());
                        let top = lanes.entry((record.key, record.institution)).or_insert(end);
                        *top = end.max(*top);
                    }
                }
                CatchUpResponse::Lanes {
                    lanes: lanes
                        .into_iter()
                        .map(|((key, institution), (seq, last))| LaneSummary {
                            institution,
                            key,
                            seq,
                            last,
                        })
                        .collect(),
                    more: false,
                }
            }
            CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            } => items(&|said| {
                said.record().is_some_and(|record| {
                    let lane = record.lane(feed);
                    record.key == *key && lane.is_some_and(|l| (*from..=*to).contains(&l.seq))
                })
            }),
            CatchUpRequest::Institution(institution) => items(&|said| {
                let is_of = said.statement().institution() == *institution;
                is_of
                    && matches!(
                        said.statement(),
                        VerifiedStatement::Inception(_)
                            | VerifiedStatement::State(_)
                            | VerifiedStatement::CutList(_)
                    )
            }),
            CatchUpRequest::Get(ids) => items(&|said| ids.contains(&said.statement().id())),
        }
    }

    fn items(&self, wanted: &dyn Fn(&Said) -> bool) -> Vec<Item> {
        let wanted = self.by_id.values().filter(|said| wanted(said));
        wanted.map(|said| said.item.to_item()).collect()
    }
}
