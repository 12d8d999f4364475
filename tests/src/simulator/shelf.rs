//! What a hostile node gives to those who ask it: what its master put there, and nothing else. So it can serve yesterday as if it were
//! today, keep back what it knows, or offer what others must not take.

use std::collections::BTreeMap;

use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, FeedName, Header, Id, Item, Key, LaneSummary, StatementType,
    Verified, VerifiedItem,
};

/// Bytes of items in one answer: what honest nodes put into one.
const ANSWER_BYTES: usize = indaba::engine::limits::ANSWER_BYTES;
/// Ids in one answer about facts.
const FACTS: usize = indaba_protocol::limits::FACTS_RESPONSE;

/// The statements of one hostile node, by id.
#[derive(Default)]
pub(super) struct Shelf {
    items: BTreeMap<Id, VerifiedItem>,
}

impl Shelf {
    pub(super) fn put(&mut self, item: VerifiedItem) {
        self.items.insert(item.statement().id(), item);
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    fn records(&self) -> impl Iterator<Item = (&VerifiedItem, &Verified<Header>)> {
        self.items
            .values()
            .filter_map(|item| Some((item, item.record()?)))
    }

    /// The answer to a question, as an honest node that holds just this would give it.
    pub(super) fn answer(&self, question: &CatchUpRequest) -> CatchUpResponse {
        match question {
            CatchUpRequest::Lanes { feed, after } => {
                let mut lanes: BTreeMap<Key, LaneSummary> = BTreeMap::new();
                for (item, header) in self.records() {
                    let Some(lane) = header.lane(feed) else {
                        continue;
                    };
                    let summary = LaneSummary {
                        institution: header.institution,
                        key: header.key,
                        seq: lane.seq,
                        last: item.statement().id(),
                    };
                    let known = lanes.entry(header.key).or_insert(summary);
                    if known.seq < summary.seq {
                        *known = summary;
                    }
                }
                lanes.retain(|key, _| after.is_none_or(|after| *key > after));
                CatchUpResponse::lanes_that_fit(lanes.into_values().collect())
            }
            CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            } => items(self.lane(feed, key, *from, *to)),
            CatchUpRequest::Get(ids) => items(ids.iter().filter_map(|id| self.items.get(id))),
            CatchUpRequest::Facts { after } => {
                let mut ids: Vec<Id> = self
                    .items
                    .iter()
                    .filter(|(id, item)| item.record().is_none() && after.is_none_or(|a| **id > a))
                    .map(|(id, _)| *id)
                    .collect();
                let more = ids.len() > FACTS;
                ids.truncate(FACTS);
                CatchUpResponse::Facts { ids, more }
            }
            CatchUpRequest::Institution(institution) => {
                let of = self.items.values().filter(|item| {
                    item.record().is_none() && item.statement().institution() == *institution
                });
                let mut of: Vec<_> = of.collect();
                // The inception first, for what follows is judged by it.
                of.sort_by_key(|item| item.statement().kind() != StatementType::Inception);
                items(of.into_iter())
            }
        }
    }

    fn lane(
        &self,
        feed: &FeedName,
        key: &Key,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = &VerifiedItem> {
        let mut lane: Vec<(u64, &VerifiedItem)> = self
            .records()
            .filter(|(_, header)| header.key == *key)
            .filter_map(|(item, header)| Some((header.lane(feed)?.seq, item)))
            .filter(|(seq, _)| (from..=to).contains(seq))
            .collect();
        lane.sort_by_key(|(seq, _)| *seq);
        lane.into_iter().map(|(_, item)| item)
    }
}

/// As many of these as fit one answer.
fn items<'a>(all: impl Iterator<Item = &'a VerifiedItem>) -> CatchUpResponse {
    let (mut given, mut bytes, mut more) = (Vec::new(), 0, false);
    for item in all {
        let item: Item = item.to_item();
        bytes += item.encode().len();
        if bytes > ANSWER_BYTES {
            more = true;
            break;
        }
        given.push(item);
    }
    CatchUpResponse::Items { items: given, more }
}
