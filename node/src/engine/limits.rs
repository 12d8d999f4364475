//! Every bound of the engine, with its reason. The bounds of the wire are in `indaba_protocol::limits`.

use indaba_protocol::limits as wire;

/// Gossip messages accepted from one peer at once before the rate below holds: a bulk publication of a large
/// institution (500 records) and its heads fit.
pub const MESSAGE_BURST: u32 = 1_000;
/// Gossip messages a second accepted from one peer in the long run. 50 peers at this rate are 10,000 cheap checks a
/// second, about a third of one core; what is refused here is healed by catch-up.
pub const MESSAGES_PER_SECOND: u32 = 200;
/// Catch-up requests answered to one peer at once: a session opens with a few dozen.
pub const REQUEST_BURST: u32 = 100;
/// Catch-up requests answered to one peer a second in the long run; each may read up to 1 MiB.
pub const REQUESTS_PER_SECOND: u32 = 20;

/// Items whose signatures are being checked at any time. Two full responses of median records; more waits in the
/// network's queue, which pushes back.
pub const CHECKS_IN_FLIGHT: usize = 2_048;

/// Bytes of items after which a group is committed though more is there: half of what one frame of the journal takes.
pub const COMMIT_BYTES: usize = 8 * 1024 * 1024;
/// Steps of a batch after which it is committed though more is there: a quarter of what one frame takes.
pub const COMMIT_STEPS: usize = 4_096;

/// Damaged records remembered, to be asked for again. More means that the disk is lost and the store must be rebuilt.
pub const DAMAGED: usize = 10_000;
/// Items of an answer that cost the peer one more of its questions: reading and judging fifty is about the work of one.
pub const ITEMS_PER_QUESTION: usize = 50;

/// Questions a catch-up session with one peer may have queued. What does not fit is found again by the next session.
pub const ASKS_QUEUED: usize = 4_096;
/// Bytes of items in one answer of ours: half the protocol's response bound leaves room for one item of any size.
pub const ANSWER_BYTES: usize = 512 * 1024;
/// Milliseconds after a question failed until peers are compared with again; half of it is added as jitter.
pub const COMPARE_AFTER_FAILURE: u64 = 5_000;
/// Milliseconds a session rests when the peer says that it is busy.
pub const REST_WHEN_BUSY: u64 = 2_000;
/// Milliseconds that announced statements may stay in the outbox, so that taking them out shares one sync.
pub const OUTBOX_LINGER: u64 = 2_000;
/// Peers compared with each time, so that one censoring relay cannot hide a record.
pub const COMPARE_WITH: usize = 3;
/// Milliseconds after which a quiet answer to one of our questions ends the session.
pub const ASK_WITHIN: u64 = 200_000;
/// Milliseconds during which what one peer was asked for is not asked of another: a good answer takes less, and a peer that
/// stalls withholds nothing for longer.
pub const ANSWER_AWAITED_ALONE: u64 = 10_000;
/// Records of a lane asked for in the first question to a peer. Only a whole answer counts, so the first is small: four records of
/// 11 kB, as long speeches are, take a line of 64 kbit/s six seconds.
pub const PORTION_FIRST: u64 = 4;
/// Most records of a lane asked for at once: more do not fit an answer.
pub const PORTION_MOST: u64 = 512;
/// Milliseconds within which an answer allows a portion four times as large next time.
pub const PORTION_QUICK: u64 = 1_500;
/// Milliseconds after which the next portion is half as large: this much is lost when the line ends.
pub const PORTION_SLOW: u64 = 5_000;
/// Milliseconds before a gap noticed in gossip is asked for: the missing record is most often already on its way.
pub const GAP_PATIENCE: u64 = 300;

/// Held records of one unvouched institution.
pub const QUARANTINE_RECORDS: u64 = 100;
/// Held bytes of one unvouched institution.
pub const QUARANTINE_BYTES: u64 = 10 * 1024 * 1024;
/// Unvouched institutions of which anything is held. Ids cost nothing, so their number needs a bound too; sixteen times as many as may be anchored.
pub const QUARANTINE_INSTITUTIONS: u64 = 4_096;
/// Statements of one accepted institution that wait for a state or a cut list.
pub const PENDING_PER_INSTITUTION: u64 = 1_000;
/// Bytes of those: anybody can name an accepted institution in a statement that will never be judged.
pub const PENDING_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of everything that waits unvouched, and as much again of what waits unjudged: a hundred institutions at their bound.
/// Two budgets, so that strangers cannot take the room of those who are accepted.
pub const WAITING_ALL_BYTES: u64 = 1024 * 1024 * 1024;
/// Records admitted lately whose copies on their other feeds are still passed on.
pub const RELAYED_LATELY: usize = 4_096;
/// Records without card or body that are remembered to be asked for, and how many of them one session asks for.
pub const PARTLESS: usize = 10_000;
/// As [`PARTLESS`].
pub const PARTS_ASKED: usize = 256;
/// Records looked at for missing parts at each comparison, so that a restart forgets none for good.
pub const PARTS_LOOKED_FOR: usize = 2_000;
/// Waiting statements that go through the door at once when what they waited for has come; the rest follows with the next arrival.
pub const RELEASED_AT_ONCE: usize = 2_000;

/// Feeds a node may follow: a topic costs every neighbour memory, and the subscription filter of peers is bounded.
pub const FEEDS_FOLLOWED: usize = 256;
/// Peers a node may know by order of its operator.
pub const PEERS_KNOWN: usize = 1_024;
/// Institutions an operator may anchor by hand: as many as a policy may have, and the own institution is one of them.
pub const ANCHORS: usize = wire::TRUST_ANCHORS - 1;
/// Milliseconds after which peers are compared with because more is accepted than before: several words in a row cost one comparison.
pub const COMPARE_WHEN_ACCEPTED: u64 = 300;
/// Institutions accepted of which no state is held that one session asks for by name; the others are found among the facts.
pub const INSTITUTIONS_ASKED: usize = 64;
/// Records that cut lists adopt of which one session asks for those that are not here: as many as one list may name.
pub const ADOPTED_ASKED: usize = 512;
/// Waiting statements after which the next institution's wait until these are judged: an institution has a few hundred at most.
pub const REJUDGED_AT_ONCE: usize = 200;
/// Places in lanes remembered whose records are not accepted here, so that they are not asked for at every session: about 8 MiB.
pub const PLACES_DECLINED: usize = 100_000;
/// Drafts in one publish order: one group commit.
pub const DRAFTS_PER_ORDER: usize = 500;
/// Bytes of cards and bodies in one publish order: they become durable in one frame, all or none.
pub const DRAFT_BYTES_PER_ORDER: usize = 8 * 1024 * 1024;
/// Own records whose texts are remembered, so that none is published twice: a hundred times what the largest institution is expected to publish,
/// in about 10 MB. What comes after is not compared.
pub const OWN_TEXTS: usize = 50_000;
/// Milliseconds that what is to be signed waits for one peer to name the heads it holds: the longest list, and the head, over a satellite line
/// of 64 kbit/s. Who says nothing for so long keeps nobody from publishing.
pub const OWN_HEAD_WITHIN: u64 = 20_000;
/// Milliseconds after a start in which peers that are known are waited for to be connected: two attempts over a line of 600 ms.
pub const OWN_HEAD_DIALLED: u64 = 5_000;
/// Peers that said all they know, after whom no more are waited for: a second one covers for the first, and newcomers hold nobody up.
pub const OWN_HEAD_TOLD: usize = 2;
/// Statements remembered of what one peer named and is not here yet: a page of them. Who names more, as a large network does to a new node, is
/// counted when it has named them again.
pub const OWN_HEAD_NAMED: usize = wire::FACTS_RESPONSE;
/// Orders that wait for peers to be heard: as many as commands can be open at once. More are carried out at once.
pub const OWN_HEAD_ORDERS: usize = 64;
/// Lines in one page of an answer to the operator.
pub const PAGE: usize = 500;
/// Peers of which is remembered what they said they hold, and when they were last met: more than any profile connects with.
pub const PEERS_HEARD: usize = 256;
/// Lanes remembered of each of them: as many as a head names, and a few hundred bytes each.
pub const LANES_HEARD: usize = 128;
/// Steps remembered of each of those, from when on a peer has held an own lane up to where. Of older ones the date is told late.
pub const STEPS_HEARD: usize = 16;
/// Missing ranges named per lane; the counts are always whole.
pub const RANGES_NAMED: usize = 64;
/// Lanes of which is remembered that they lack something, and what peers said about them: an institution's node has a few in each feed, so a
/// mesh of three hundred institutions fits; some 2 kB each while all of it is missing. Of more the counts stay whole, and who withholds is not told.
pub const WITHHELD_LANES: usize = 1_024;
/// Peers of which is remembered what they said and did about each of those lanes: more than are asked between two comparisons.
pub const WITHHELD_PEERS: usize = 16;
/// Peers asked one after the other for what another one did not hand over, for each lane and between two periodic comparisons: enough to find
/// a second honest one among many, and too few for a peer that claims much to set the whole neighbourhood asking.
pub const ASKED_IN_TURN: usize = 4;
/// Periodic comparisons for which a peer that did not hand over what it listed is asked for it only if there is nobody else: about a quarter of
/// an hour, in which others had their turn. Then it is asked again, for it may be the only one that has it.
pub const FAILED_RESTS: u8 = 3;
/// Answers in a row that say more and hand over nothing of what was asked for, until the first place counts as answered. Whoever hands over at all
/// gives one record in each answer, for every record fits one; three allow for a slip, and cost three round trips.
pub const ANSWERS_IN_VAIN: u8 = 3;
/// Lanes that a peer is asked about at each comparison though neither it nor anybody else lists what is missing there.
pub const UNLISTED_ASKED: usize = 32;
/// Lanes with gaps, cuts or limited trust of which is remembered how far they may be listed: 200 bytes each.
pub const LANES_LISTED: usize = 4_096;
/// Records judged at most for one answer that lists lanes: about 100 ms. What is not judged yet is listed the next time.
pub const LISTED_JUDGED: usize = 1_000;
/// Places looked at for such an answer without judging, about as long.
pub const LISTED_PLACES: usize = 50_000;
/// Days after which a node signs its head again though nothing is new. A week suits a node that is switched on for
/// office hours and taken home for the weekend.
pub const HEAD_DUE_DAYS: i32 = 7;
/// Records looked at by one plain search.
pub const SEARCH_LOOKS_AT: u64 = 1_000_000;

/// Milliseconds of a day.
pub const DAY: u64 = 24 * 60 * 60 * 1_000;
/// Milliseconds from a withdrawal until card and body are erased, unless the operator sets another delay: long enough for an
/// institution to notice that somebody withdraws under its stolen key, and to cut the key.
pub const ERASE_AFTER: u64 = 30 * DAY;
/// Days an operator may set for that. Under one, a thief's withdrawal would be carried out before anybody woke up; ten years are
/// keeping, not erasing.
pub const ERASE_AFTER_DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;
/// Milliseconds that the time between two runs counts towards the delay at most, whatever the wall clock says: a machine switched
/// off over night waits as long as one that runs, and a clock that is wrong by years adds one day.
pub const STOP_COUNTS_AT_MOST: u64 = DAY;
/// Milliseconds between two notes of the time lived through while something waits for it; a crash loses at most these, and erases later.
pub const LIVED_NOTED_EVERY: u64 = 6 * 60 * 60 * 1_000;
/// Notes of withdrawn and of erased records looked at in each turn: each is judged anew, about a tenth of a millisecond.
pub const ERASURES_LOOKED_AT: usize = 200;

/// Drafts that may wait at once: what a head of unit can look through in a morning.
pub const DRAFTS_KEPT: usize = 100;
/// Bytes of the texts of all drafts that wait: as many at the size of a record, and nothing an operator notices on the disk.
pub const DRAFT_BYTES_KEPT: u64 = 6 * 1024 * 1024;
/// Officers a node may know: the root keys of the largest institution, four times over.
pub const OFFICERS: usize = 64;
/// Approvals that may be asked for: more than sixteen signatures are a session, not a clearance.
pub const APPROVALS: u32 = 16;
/// Minutes a draft may be held after it was cleared: thirty days.
pub const HOLD_MINUTES: u32 = 30 * 24 * 60;
/// Characters of an officer's role, as in a ceremony: one line.
pub const ROLE: usize = 80;
/// Characters of the reason of a refusal: a paragraph. What needs more is said in person.
pub const REFUSAL: usize = 500;
/// Characters kept of the name of the file that a draft came from.
pub const SOURCE: usize = 200;
/// Milliseconds between two looks whether a draft may go out, while one waits for nothing but time.
pub const CLEARANCE_LOOK: u64 = 5_000;
/// Milliseconds until a draft that could not be published is tried again: whatever it was, an operator mends it, not haste.
pub const CLEARANCE_RETRY: u64 = 10 * 60 * 1_000;
/// Milliseconds between two notes of the time waited, while a draft waits for time; a crash loses at most these, and waits longer.
pub const PATIENCE_NOTED_EVERY: u64 = 60 * 60 * 1_000;
/// Milliseconds by which the wall clock must run ahead of the monotonic one to call it a gap: a sleep, a stop, a correction.
pub const GAP_AT_LEAST: u64 = 60 * 1_000;
/// Milliseconds from the first moment of a day in UTC until it has begun everywhere on earth.
pub const DAY_BEGUN_EVERYWHERE: i64 = 12 * 60 * 60 * 1_000;

/// Milliseconds between two looks whether a segment of the journal is worth clearing.
pub const COMPACT_EVERY: u64 = 10 * 60 * 1_000;
/// Milliseconds between two pieces while one is cleared: a 64 MiB segment takes about a minute, and publishing has the disk for itself
/// nearly all of it.
pub const COMPACT_PAUSE: u64 = 1_000;
/// Bytes of one piece: one write and one sync, some ten milliseconds. A frame larger than this is a piece of its own.
pub const COMPACT_PIECE: u64 = 1024 * 1024;
/// Percent of live bytes below which a closed segment is cleared: what is moved is less than what is given back.
pub const COMPACT_BELOW: u64 = 50;
/// Milliseconds within which erased content leaves the disk of a running node; at a start it goes at the first look. Once a day bounds
/// what is written anew for it: each segment at most once a day.
pub const ERASED_LEAVES_WITHIN: u64 = DAY;
/// Pieces done for one order to compact: the command asks again, and others are heard in between.
pub const COMPACT_PIECES: usize = 8;
/// Seconds for which the journal may be held for a reader, who asks again while it reads.
pub const HOLD_SECONDS: u64 = 120;

/// Items in one order to import: about a MiB of ordinary records, which become durable in one frame.
pub const IMPORTED_AT_ONCE: usize = 500;
/// Bytes of the items in one order to import; doubled by hexadecimal they still fit a line of the control socket.
pub const IMPORTED_BYTES: usize = 1024 * 1024;
