//! All keys of the index. Numbers are big-endian, so that keys sort like what they encode.

use indaba_protocol::Id;

use crate::encoding::Writer;

/// Tables inside the column of small things, by the first byte of the key. 0 is the mark.
pub(crate) mod table {
    pub(crate) const COUNTERS: u8 = 1;
    pub(crate) const FEED_NUMBER: u8 = 2;
    pub(crate) const FEED_NAME: u8 = 3;
    pub(crate) const SIGNER_NUMBER: u8 = 4;
    pub(crate) const SIGNER: u8 = 5;
    pub(crate) const LANE_TOP: u8 = 6;
    pub(crate) const FACT: u8 = 7;
    pub(crate) const FACT_ORDER: u8 = 8;
    pub(crate) const HELD: u8 = 9;
    pub(crate) const HELD_AWAITING: u8 = 10;
    pub(crate) const HELD_INSTITUTION: u8 = 11;
    pub(crate) const HELD_USE: u8 = 12;
    pub(crate) const OUTBOX: u8 = 13;
    pub(crate) const OWN_POSITION: u8 = 14;
    pub(crate) const OWN_BEAT: u8 = 15;
    pub(crate) const CHOICE: u8 = 16;
    /// Bytes still needed, by the start of a segment.
    pub(crate) const SEGMENT: u8 = 17;
    /// Bytes of parts dropped on purpose, by the start of the segment that holds them.
    pub(crate) const ERASED: u8 = 18;
}

/// Whether what stands under a key of the column of small things never changes once it stands there: the numbers that stand
/// for names, and the names.
pub(crate) fn is_fixed(key: &[u8]) -> bool {
    matches!(
        key.first(),
        Some(&(table::FEED_NUMBER | table::FEED_NAME | table::SIGNER_NUMBER | table::SIGNER))
    )
}

/// A key of the column of small things.
pub(crate) fn small(table: u8, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![table];
    rest.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(crate) fn record(id: &Id) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(crate) fn arrival(arrival: u64) -> Vec<u8> {
    arrival.to_be_bytes().to_vec()
}

pub(crate) fn feed(feed: u32, arrival: u64) -> Vec<u8> {
    Writer::default().u32(feed).u64(arrival).0
}

/// Feed first, so that one walk finds a feed's lanes.
pub(crate) fn lane(feed: u32, signer: u32, seq: u64, arrival: u64) -> Vec<u8> {
    Writer::default()
        .u32(feed)
        .u32(signer)
        .u64(seq)
        .u64(arrival)
        .0
}

pub(crate) fn link(target: &Id, arrival: u64, place: u8) -> Vec<u8> {
    Writer::default()
        .fixed(target.as_bytes())
        .u64(arrival)
        .u8(place)
        .0
}

pub(crate) fn lane_top(feed: u32, signer: u32) -> Vec<u8> {
    small(
        table::LANE_TOP,
        &[&feed.to_be_bytes(), &signer.to_be_bytes()],
    )
}

/// The first key after all that begin with `prefix`; with a prefix of 0xff only, after which
/// nothing can come, one longer than any key.
pub(crate) fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    vec![u8::MAX; prefix.len().max(80) + 1]
}

/// The text keys of choices: the column's name behind its length, so that none is another's prefix.
pub(crate) fn choice(column: &str, key: &[u8]) -> Vec<u8> {
    let name = Writer::default().bytes(column.as_bytes()).0;
    small(table::CHOICE, &[&name, key])
}
