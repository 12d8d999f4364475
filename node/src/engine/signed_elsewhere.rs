//! What shows that this node's key signs elsewhere: a head, or a record, that neither the store nor the guard remembers.
//!
//! It is an older copy of the machine that signed it, or somebody else has the key. Nothing here can tell the two apart, so nothing more is signed
//! before the operator has said which it is. A thief need not publish a head: a record behind the newest own place, or in a feed the node never
//! published in, says as much, and is noted at the moment it is stored, with it. Afterwards the store would remember it like one of its own.

use indaba_protocol::{Header, Id};
use indaba_store::{Batch, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::ingest::Origin;
use super::order::{Refusal, RefusalKind, Reply};

/// Column in the store of the first such record, by node key. No backup carries it: where one is restored, another key signs.
const COLUMN: &str = "signed-elsewhere";

/// The trace that something signed elsewhere left.
pub(super) enum Trace {
    /// A head with so high a count, where no higher one than `known` is remembered.
    Head {
        /// How many heads the key has signed, as this one says.
        beat: u64,
        /// How many are remembered here.
        known: u64,
    },
    /// A record.
    Record(Unremembered),
}

/// A record of the own key at a place that was not remembered when it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unremembered {
    feed: String,
    seq: u64,
    /// Its id, whole.
    record: String,
    /// The newest place in this feed that was remembered.
    known: u64,
}

impl Trace {
    /// What was seen, and what it means.
    fn problem(&self) -> String {
        let seen = match self {
            Trace::Head { beat, known } => {
                format!(
                    "peers hold head {beat} of this node's key, and this machine remembers {known} only"
                )
            }
            Trace::Record(Unremembered {
                feed,
                seq,
                record,
                known,
            }) => {
                let remembered = match known {
                    0 => "none".to_owned(),
                    known => format!("#{known} as the newest"),
                };
                format!(
                    "record {record} came from peers, signed with this node's key at {feed} #{seq}, and this machine remembers {remembered} there"
                )
            }
        };
        format!(
            "{seen}: it is an older copy of the machine that signed it, or somebody else signs with the key. Nothing more is signed here, so that no place of a \
             lane is taken twice"
        )
    }
}

impl Engine {
    /// What was signed elsewhere with the own key, if anything shows it.
    pub(super) fn signed_elsewhere(&self, store: &Store) -> Result<Option<Trace>, StoreError> {
        let key = self.own_key();
        if let Some(head) = self.institutions.head(&key) {
            let known = store.own_head(&key)?.unwrap_or(0);
            if head.beat > known {
                let beat = head.beat;
                return Ok(Some(Trace::Head { beat, known }));
            }
        }
        let noted = store.choice(COLUMN, key.as_bytes())?;
        // A note that does not read still says that there was one.
        let record = noted.map(|noted| serde_json::from_slice(&noted).unwrap_or_default());
        Ok(record.map(Trace::Record))
    }

    /// Notes a record of the own key at a place beyond what is remembered, with the record: afterwards its place is remembered too. Says whether
    /// it did; the first one stays. What the operator imports is no trace: the folder is marked as a restored copy then.
    pub(super) fn note_elsewhere(
        &self,
        header: &Header,
        record: Id,
        origin: &Origin,
        batch: &mut Batch,
        store: &Store,
    ) -> Result<bool, StoreError> {
        let key = self.own_key();
        if header.key != key || matches!(origin, Origin::Import { .. }) {
            return Ok(false);
        }
        for lane in &header.lanes {
            let known = store.own_known(&key, &lane.feed)?;
            if lane.seq <= known || store.choice(COLUMN, key.as_bytes())?.is_some() {
                continue;
            }
            let seen = Unremembered {
                feed: lane.feed.to_string(),
                seq: lane.seq,
                record: record.to_string(),
                known,
            };
            let value = serde_json::to_vec(&seen).unwrap_or_default();
            batch.choose(COLUMN, key.as_bytes(), &value);
            return Ok(true);
        }
        Ok(false)
    }

    /// Why nothing is signed once anything shows that.
    pub(super) fn another_copy(&self, store: &Store) -> Result<Option<Refusal>, StoreError> {
        let trace = self.signed_elsewhere(store)?;
        Ok(trace.map(|trace| Refusal {
            kind: RefusalKind::Integrity,
            problem: trace.problem(),
            remedy: "is this the only copy, and are its own records back? Then: indaba store accept-copy. Otherwise go on under a key of its own, whose lanes \
                     begin at the beginning, and keep all that was published: `indaba institution node-key` here, and the officers delegate it in the place of \
                     the old one (docs/manual/restoring.md)"
                .to_owned(),
        }))
    }

    /// The operator answers for it that no other copy runs and that what it published is back: what was seen counts as an own one.
    pub(super) fn accept_copy(&mut self, store: &mut Store) -> Result<Reply, StoreError> {
        let key = self.own_key();
        let Some(trace) = self.signed_elsewhere(store)? else {
            return Ok(Reply::CopyAccepted { was_copy: false });
        };
        if let Some((feed, known, held)) = self.behind(store)? {
            return Ok(Reply::Refused(Refusal {
                kind: RefusalKind::Integrity,
                problem: format!(
                    "not all is back: {feed} was published up to #{known}, and #{held} is the newest here"
                ),
                remedy: "let the node connect to a peer that has the rest; if nobody has it, go on under a key of its own: indaba institution node-key"
                    .to_owned(),
            }));
        }
        let mut batch = Batch::new();
        if let Trace::Head { beat, .. } = trace {
            batch.own_head(key, beat);
        }
        batch.unchoose(COLUMN, key.as_bytes());
        store.commit(batch)?;
        Ok(Reply::CopyAccepted { was_copy: true })
    }
}
