//! Every bound of the protocol, with its reason (specification, section 12).
//!
//! Lengths are bytes unless the name says otherwise.

/// A gossip frame and an item: the default frame of every gossipsub implementation.
pub const ITEM: usize = 65_536;
/// The largest statement of any type: fits an item with room for its framing.
pub const STATEMENT: usize = 61_440;
/// A record's statement: two fit in a proof, and thin links fetch headers first.
pub const RECORD_STATEMENT: usize = 2_048;
/// A record's statement, card and body together: fits an item with room for its framing.
pub const RECORD_WHOLE: u64 = 61_440;
/// The same for a record in `registry`: every node on earth stores the registry.
pub const REGISTRY_WHOLE: u64 = 16_384;
/// A card: what a list of records shows must come cheap.
pub const CARD: u64 = 16_384;
/// The random bytes a part begins with: a hash of the part then confirms no guess of its content.
pub const PART_SALT: usize = 16;
/// The smallest part: the random bytes and the one byte of an empty map.
pub const PART_MIN: u64 = 17;
/// An inception: sixteen root keys, sixteen digests and thirty-two guardians with sixteen signatures.
pub const INCEPTION: usize = 6_144;
/// A head or an alarm: a registry statement.
pub const HEAD: usize = 16_384;
/// An equivocation proof: two heads and the framing.
pub const EQUIVOCATION: usize = 33_792;
/// An equivocation proof of two records: two headers and the framing.
pub const EQUIVOCATION_OF_RECORDS: usize = 4_608;
/// A manifest or custody statement: a dozen short fields.
pub const MANIFEST: usize = 2_048;
/// A receipt: its lane ends of at most 129 bytes each, and a dozen short fields.
pub const RECEIPT: usize = 32_768;

/// Nesting of arrays and maps: the deepest defined object needs five.
pub const DEPTH: usize = 8;
/// Values in one strict CBOR item: no statement, item or response of the protocol can hold more, and decoding one
/// then never needs more than a few megabytes.
pub const VALUES: usize = 65_536;
/// The largest `seq`, `beat` and `version`: what a JSON number carries exactly.
pub const COUNTER: u64 = (1 << 53) - 1;
/// A network's name, characters: fits a DNS label's habit.
pub const NETWORK_NAME: usize = 64;

/// Root keys of an institution: more officers than any known ceremony.
pub const ROOTS: usize = 16;
/// Guardians of a recovery policy.
pub const GUARDIANS: usize = 32;
/// Witnesses an institution names.
pub const WITNESSES: usize = 32;
/// Signatures of a threshold statement: the roots of two versions.
pub const SIGNATURES: usize = 32;
/// Delegated keys in a state: an institution's machines.
pub const DELEGATIONS: usize = 64;
/// Cut keys in a state: an institution's machines over decades; fits the state.
pub const CUTS: usize = 256;
/// Successions in a state.
pub const SUCCESSIONS: usize = 8;
/// Sealing recipients in a state.
pub const SEALING: usize = 4;
/// One sealing recipient: the longest post-quantum recipient in use is below 2,000 characters.
pub const SEALING_TEXT: usize = 2_560;
/// A profile, encoded: a page about an institution in its languages.
pub const PROFILE: usize = 8_192;
/// Kinds, and feeds, in a scope.
pub const SCOPE: usize = 32;
/// Adopted record ids in a cut list: what a person can have reviewed.
pub const ADOPTED: usize = 512;
/// A `purpose`, `relation`, `kind` or `rel`: one letter and 31 more.
pub const WORD: usize = 32;
/// A language tag (BCP 47): the longest recommended buffer of RFC 5646 section 4.4.1.
pub const LANG: usize = 35;

/// A feed's name: 48 bytes keep eight lanes inside a header.
pub const FEED_NAME: usize = 48;
/// The part of a feed's name before the colon.
pub const FEED_PREFIX: usize = 16;
/// Feeds of a record: lanes dominate the header at 94 bytes each.
pub const LANES: usize = 8;
/// Links of a record: fit the header beside a few lanes.
pub const LINKS: usize = 32;
/// Lanes in a head or an alarm: fit 16 KiB with the longest feed names.
pub const HEAD_LANES: usize = 128;
/// Lane ends in a receipt: fit 32 KiB with the longest feed names.
pub const HOLDS: usize = 240;

/// A catch-up request: as large as an item, far above any defined request.
pub const REQUEST: usize = 65_536;
/// A catch-up response: sixteen of the largest items; a memory bound for both sides.
pub const RESPONSE: usize = 1_048_576;
/// Ids in one `get`: so many small items fill one response.
pub const GET_IDS: usize = 64;
/// Lanes in one `lanes` response.
pub const LANES_RESPONSE: usize = 512;
/// Ids in one `facts` response: 70 KiB.
pub const FACTS_RESPONSE: usize = 2_048;
/// An invitation's text, characters: fits a QR code that a phone reads.
pub const INVITATION: usize = 2_048;
/// Peers in an invitation, and addresses of each.
pub const INVITATION_PEERS: usize = 8;

/// Anchors of a policy: what a person can keep an eye on.
pub const TRUST_ANCHORS: usize = 256;
/// Paths a policy may ask for: beyond that, nobody would be accepted.
pub const TRUST_THRESHOLD: usize = 16;
/// Charters a policy may accept: the regions and networks of the world that matter to one institution.
pub const TRUST_CHARTERS: usize = 64;
/// Institutions a policy may refuse: a list that a person has put together.
pub const TRUST_REFUSED: usize = 4_096;
/// Records of one institution in `registry` that are looked at for vouches, charters and cosignatures: more than any institution knows others. It
/// bounds what one that is heard can put into the memory of everybody, at about 2 MiB.
pub const WORDS: usize = 4_096;
/// Regions in the scope of a vouch: section 9 allows a body no more.
pub const REGIONS: usize = 16;
/// Stewards of a charter: the members of the largest regional organisation.
pub const STEWARDS: usize = 64;
/// Vouches that an explanation lists though they do not count, and members of any other of its lists that a sentence names.
pub const EXPLAINED: usize = 16;

/// Cells of a feed's sketch that a node keeps: they recover a difference of 2,900 elements, for 66 KiB and a dozen cells touched with each element that comes or goes.
pub const COMPARE_PREFIX: usize = 4_096;
/// Cells without which a comparison concludes nothing: records that cancel each other in so many cells are not made by solving equations.
pub const COMPARE_LEAST_CELLS: usize = 16;
/// Cells of one session: a difference of 750,000 elements.
pub const COMPARE_CELLS: usize = 1 << 20;
/// Salted cells made in one pass because a peer's cells let so many be expected: a difference of 9,600 elements, 384 KiB. More are made as they come.
pub const COMPARE_FORESEEN: usize = 16_384;
/// Steps of one session on one side, a cell touched or an element looked at each: comparing two sets of a million elements in the salted tier takes 20 to 40 million.
pub const COMPARE_WORK: u64 = 80_000_000;
/// One message of a comparison: 2,500 cells. Far above an opener, and small enough to stop in time.
pub const COMPARE_MESSAGE: usize = 36_864;
/// Bytes of all messages of one session, each way: as many cells as a session may have, or lists of four million ids.
pub const COMPARE_BYTES: u64 = 16 << 20;
/// Short ids in one message.
pub const COMPARE_IDS: usize = 4_096;
/// Suffixes that a first message may describe, from 16 elements to 131,072.
pub const COMPARE_RUNGS: usize = 14;
/// Feeds that two nodes compare at once: more than a node follows.
pub const COMPARE_FEEDS: usize = 4_096;
/// Cells in a first message: what one packet of 1,200 bytes holds.
pub const COMPARE_OPENER: usize = 80;
/// Short ids of a hint: half a megabyte.
pub const COMPARE_HINT: usize = 65_536;
