//! From verified statements to what the store keeps of them.

use indaba_protocol::{Header, Id, Verified, VerifiedItem, VerifiedStatement};
use indaba_store::{Fact, FactKind, HeldItem, HeldReason, LanePlace, Link, NewRecord, RecordView};

/// A record as the store takes it.
pub(super) fn record(
    header: &Verified<Header>,
    card: Option<&[u8]>,
    body: Option<&[u8]>,
) -> NewRecord {
    NewRecord {
        view: RecordView {
            id: header.id(),
            institution: header.institution,
            key: header.key,
            kind: header.kind.clone(),
            lanes: header
                .lanes
                .iter()
                .map(|lane| LanePlace {
                    feed: lane.feed.clone(),
                    seq: lane.seq,
                })
                .collect(),
            links: header
                .links
                .iter()
                .map(|link| Link {
                    rel: link.rel.clone(),
                    target: link.target,
                })
                .collect(),
            card: header.card.hash,
            body: header.body.hash,
        },
        statement: header.bytes().to_vec(),
        card: card.map(<[u8]>::to_vec),
        body: body.map(<[u8]>::to_vec),
    }
}

/// Any other statement as the store takes it.
pub(super) fn fact(kind: FactKind, statement: &VerifiedStatement) -> Fact {
    let (key, order) = match statement {
        VerifiedStatement::State(state) => (None, state.version),
        VerifiedStatement::Head(head) => (Some(head.key), head.beat),
        VerifiedStatement::CutList(list) => (Some(list.key), 0),
        VerifiedStatement::Equivocation(proof) => (Some(proof.key), 0),
        VerifiedStatement::Alarm(alarm) => (Some(alarm.against), 0),
        _ => (None, 0),
    };
    let (id, institution, bytes) = (
        statement.id(),
        statement.institution(),
        statement.bytes().to_vec(),
    );
    Fact {
        id,
        kind,
        institution,
        key,
        order,
        bytes,
    }
}

/// An item that waits.
pub(super) fn waiting(why: HeldReason, item: &VerifiedItem, awaiting: Option<Id>) -> HeldItem {
    let statement = item.statement();
    HeldItem {
        id: statement.id(),
        why,
        institution: statement.institution(),
        awaiting,
        item: item.to_item().encode(),
    }
}
