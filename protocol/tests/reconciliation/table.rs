//! Two nodes at a table: what one gives the other takes, until both are silent.

use crate::Chance;
use indaba_protocol::Id;
use indaba_protocol::reconciliation::{
    Budget, Difference, Element, Held, HeldInMemory, Initiator, Message, Outcome, Responder, Salt,
    SessionFault, ShortKey, Start,
};
use std::collections::BTreeSet;

/// What went over the table.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) there: usize,
    pub(crate) back: usize,
    pub(crate) messages: Vec<Message>,
}

/// Runs a session. The initiator's result, and the responder's; bytes and messages.
pub(crate) fn talk(
    a: &dyn Held,
    b: &dyn Held,
    start: Start,
    nonce: [u8; 16],
) -> (
    Result<Outcome, SessionFault>,
    Result<Option<Outcome>, SessionFault>,
    Tally,
) {
    let mut initiator = Initiator::new(a, start, Budget::default());
    let mut responder = Responder::new(nonce, Budget::default());
    let mut tally = Tally::default();
    for _ in 0..10_000 {
        let mut silent = true;
        while let Some(bytes) = initiator.poll() {
            silent = false;
            tally.there += bytes.len();
            tally.messages.push(Message::decode(&bytes).unwrap());
            if let Err(fault) = responder.handle(&bytes, b) {
                let own = initiator.outcome().cloned();
                return (own.ok_or(fault), Err(fault), tally);
            }
        }
        if let Some(bytes) = responder.poll(b) {
            silent = false;
            tally.back += bytes.len();
            tally.messages.push(Message::decode(&bytes).unwrap());
            if let Err(fault) = initiator.handle(&bytes, a) {
                return (Err(fault), Ok(responder.outcome().cloned()), tally);
            }
        }
        if silent {
            let outcome = initiator.outcome().cloned();
            return (
                outcome.ok_or(SessionFault::Unexplained),
                Ok(responder.outcome().cloned()),
                tally,
            );
        }
    }
    panic!("no end after {} messages", tally.messages.len());
}

pub(crate) fn all(held: &dyn Held) -> BTreeSet<Element> {
    let mut all = BTreeSet::new();
    held.each(&mut |element| {
        all.insert(element);
    });
    all
}

/// What the want list of one side means at the other.
pub(crate) fn meant(
    difference: &Difference,
    messages: &[Message],
    other: &HeldInMemory,
) -> BTreeSet<Element> {
    let mut meant: BTreeSet<Element> = difference
        .want
        .iter()
        .filter_map(|short| other.find(*short))
        .collect();
    let mut salt = Salt::default();
    let mut list = false;
    for message in messages {
        match message {
            Message::Again(again) => salt.initiator = again.salt,
            Message::Answer(answer) => {
                salt.responder = answer.salt.unwrap_or_default();
                list = answer.plan == indaba_protocol::reconciliation::message::Plan::List;
            }
            _ => {}
        }
    }
    let wanted: BTreeSet<u64> = difference.want_salted.iter().map(|s| s.0).collect();
    let keys: Vec<ShortKey> = other
        .feeds()
        .iter()
        .map(|feed| ShortKey::salted(feed, &salt))
        .collect();
    let mut resolved = 0;
    other.each(&mut |element| {
        let short = keys[element.feed].short(&element.id).0;
        let short = if list { short >> 16 << 16 } else { short };
        if wanted.contains(&short) {
            resolved += 1;
            meant.insert(element);
        }
    });
    assert_eq!(resolved, wanted.len(), "all that is wanted is there");
    meant
}

/// Checks both sides' results against the plain difference. Whether it was equal.
pub(crate) fn check(
    a: &HeldInMemory,
    b: &HeldInMemory,
    start: Start,
    nonce: [u8; 16],
) -> Result<(bool, Tally), String> {
    let (ours, theirs) = (all(a), all(b));
    let (at_a, at_b, tally) = talk(a, b, start, nonce);
    let at_a = at_a.map_err(|fault| format!("{fault}: {:?}", tally.messages))?;
    let at_b = at_b
        .map_err(|fault| fault.to_string())?
        .ok_or("the responder has no result")?;
    match (at_a, at_b) {
        (Outcome::Equal { .. }, Outcome::Equal { .. }) => {
            if ours == theirs {
                Ok((true, tally))
            } else {
                Err("unequal sets were called equal".into())
            }
        }
        (Outcome::Everything { .. }, Outcome::Everything { .. }) => {
            if ours.is_empty() || theirs.is_empty() {
                Ok((false, tally))
            } else {
                Err("neither is empty".into())
            }
        }
        (Outcome::Difference(left), Outcome::Difference(right)) => {
            let give: BTreeSet<Element> = left.give.iter().copied().collect();
            let want = meant(&left, &tally.messages, b);
            let gets: BTreeSet<Element> = right.give.iter().copied().collect();
            if give != &ours - &theirs {
                return Err(format!("gives {} too many or few", give.len()));
            }
            if want != &theirs - &ours || gets != want {
                return Err(format!("wants {} and gets {}", want.len(), gets.len()));
            }
            Ok((false, tally))
        }
        (a, b) => Err(format!("{a:?} and {b:?}")),
    }
}

pub(crate) fn feeds(n: usize) -> Vec<Id> {
    (0..n)
        .map(|i| Id::of(format!("topic:feed-{i}").as_bytes()))
        .collect()
}

/// Two sets with something in common: so many elements in both, only here, only there.
pub(crate) fn pair(
    feed_count: usize,
    [common, ours, theirs]: [u64; 3],
    chance: &mut Chance,
) -> (HeldInMemory, HeldInMemory) {
    let feeds = feeds(feed_count);
    let mut a = HeldInMemory::new(&feeds, 1);
    let mut b = HeldInMemory::new(&feeds, 2);
    let mut left = [common, ours, theirs];
    let mut day = 1 << 31;
    while left.iter().sum::<u64>() > 0 {
        let mut at = chance.below(left.iter().sum());
        let which = (0..3).find(|i| {
            let here = at < left[*i];
            at = at.saturating_sub(left[*i]);
            here
        });
        let which = which.unwrap();
        left[which] -= 1;
        day += chance.below(2) as u32;
        let element = Element {
            feed: chance.below(feed_count as u64) as usize,
            id: chance.id(),
        };
        if which != 2 {
            a.insert(day, element);
        }
        if which != 1 {
            b.insert(day, element);
        }
    }
    (a, b)
}
