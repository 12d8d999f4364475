//! What a thief signs.

use indaba_protocol::{Day, FeedName, Id, Lane, Part, RecordDraft, SigningKey, VerifiedItem};
use indaba_tests::simulator::{Network, practice};

/// A feed that everybody follows.
pub(crate) const FEED: &str = "region:ecowas";
/// Another one.
pub(crate) const OTHER: &str = "theme:trj";
/// A third one, in which nobody of the story publishes.
pub(crate) const NOWHERE_ELSE: &str = "topic:water-points";

/// A record by any key, in the name of any institution, at any place, on any day.
pub(crate) struct Forgery<'a> {
    pub(crate) institution: Id,
    pub(crate) state: Id,
    pub(crate) key: &'a SigningKey,
    pub(crate) feed: &'a str,
    pub(crate) seq: u64,
    pub(crate) prev: Option<Id>,
    pub(crate) day: Option<&'a str>,
    pub(crate) number: u64,
}

impl Forgery<'_> {
    pub(crate) fn sign(&self, network: &Network) -> VerifiedItem {
        let feed: FeedName = self.feed.parse().unwrap();
        let (card, body) = practice(self.number);
        RecordDraft {
            institution: self.institution,
            state: self.state,
            kind: "practice".to_owned(),
            lanes: vec![Lane {
                feed,
                seq: self.seq,
                prev: self.prev,
            }],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: self.day.map(|day| day.parse::<Day>().unwrap()),
            card: Part::seal([3; 16], &card),
            body: Part::seal([4; 16], &body),
        }
        .sign(self.key, &network.net())
        .unwrap()
    }
}

/// The id of what was signed.
pub(crate) fn id(item: &VerifiedItem) -> Id {
    item.statement().id()
}
