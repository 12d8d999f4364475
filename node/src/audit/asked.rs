//! What an order asks for, as the log names it: ids, never texts, and nothing of what is only read.

use super::entry::{Deed, Outcome, Subject, Who};
use crate::engine::order::{
    ClearanceOrder, ClearanceReply, Draft, DraftView, OfficerView, OfficerWord, Order, Published,
    RefusalKind, Reply, TrustOrder, TrustReply,
};
use crate::engine::shown_key;

/// An order that changes something, before it is carried out.
#[derive(Clone, Debug)]
pub struct Asked {
    act: &'static str,
    on: Vec<Subject>,
    /// The key of the officer in whose name it comes, in hexadecimal; nothing is proved about it yet.
    key: Option<String>,
    /// It carries texts or an address, which the reason of a refusal may quote.
    has_texts: bool,
    /// It may be about a feed that is followed quietly.
    is_quiet: Quiet,
}

/// Whether an order is about a feed that is followed quietly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    No,
    Yes,
    /// The reply tells.
    Perhaps,
}

impl Asked {
    /// What an order asks for; none when it changes nothing that anybody decides about. Those that move bytes only are logged by
    /// their commands, once and not a piece at a time.
    pub fn of(order: &Order) -> Option<Self> {
        let one = |act, what, id: &String| Some(Self::new(act, vec![Subject::new(what, id)]));
        match order {
            Order::Publish { drafts } => Some(Self::publishing(drafts)),
            Order::Clearance { act } => Self::about_drafts(act),
            Order::Trust { act } => Self::about_trust(act),
            Order::Follow { feed, quiet } => {
                let (act, is_quiet) = match quiet {
                    Some(true) => ("feed-follow-quietly", Quiet::Yes),
                    Some(false) => ("feed-follow", Quiet::No),
                    None => ("feed-follow", Quiet::Perhaps),
                };
                one(act, "feed", feed).map(|asked| Self { is_quiet, ..asked })
            }
            Order::Unfollow { feed } => one("feed-unfollow", "feed", feed).map(|asked| Self {
                is_quiet: Quiet::Perhaps,
                ..asked
            }),
            // Whom it is, not where; a refusal quotes the address.
            Order::AddPeer { address, .. } => {
                let peer = address.rsplit_once("/p2p/");
                let on = peer.map(|(_, peer)| Subject::new("peer", peer));
                Some(Self {
                    has_texts: true,
                    ..Self::new("peer-add", on.into_iter().collect())
                })
            }
            Order::NamePeer { peer, institution } => Some(Self::new(
                "peer-name",
                vec![
                    Subject::new("peer", peer),
                    Subject::new("institution", institution),
                ],
            )),
            Order::RemovePeer { peer } => one("peer-remove", "peer", peer),
            Order::Anchor { institution, .. } => one("trust-anchor", "institution", institution),
            Order::RemoveAnchor { institution } => one("trust-remove", "institution", institution),
            Order::Take { .. } => Some(Self::new("institution-take", Vec::new())),
            Order::Alarm { key, .. } => one("institution-alarm", "key", key),
            Order::Status
            | Order::Preflight { .. }
            | Order::Feeds
            | Order::KnownFeeds
            | Order::Feed { .. }
            | Order::Show { .. }
            | Order::Verify { .. }
            | Order::Search { .. }
            | Order::Peers
            | Order::Anchors
            | Order::Unvouched
            | Order::CatchUp
            // The command notes it, with the folder it is about.
            | Order::AcceptCopy
            | Order::Institution { .. }
            | Order::PlanCut { .. }
            | Order::Identity
            | Order::Compact { .. }
            | Order::HoldJournal { .. }
            | Order::Import { .. }
            // The node notes its end itself, however it comes.
            | Order::Stop => None,
        }
    }

    fn new(act: &'static str, on: Vec<Subject>) -> Self {
        Self {
            act,
            on,
            key: None,
            has_texts: false,
            is_quiet: Quiet::No,
        }
    }

    fn publishing(drafts: &[Draft]) -> Self {
        let all = |kind: &str| !drafts.is_empty() && drafts.iter().all(|d| d.kind == kind);
        let act = if all("withdrawal") {
            "withdraw"
        } else if all("revision") {
            "revise"
        } else if all("vouch") {
            "vouch"
        } else {
            "publish"
        };
        // What a withdrawal or a revision is about; of a vouch the institution is in its text.
        let targets =
            drafts
                .iter()
                .flat_map(|draft| &draft.links)
                .filter_map(|(rel, id)| match rel.as_str() {
                    "withdraws" => Some(Subject::new("withdrawn", id)),
                    "revises" => Some(Subject::new("revised", id)),
                    _ => None,
                });
        Self {
            has_texts: true,
            ..Self::new(act, targets.collect())
        }
    }

    fn about_drafts(act: &ClearanceOrder) -> Option<Self> {
        let by = |asked: Self, by: Option<&OfficerWord>| Self {
            key: by.map(|by| by.key.clone()),
            ..asked
        };
        let one =
            |act, number: &u64| Self::new(act, vec![Subject::new("draft", number.to_string())]);
        Some(match act {
            ClearanceOrder::Submit {
                drafts, by: words, ..
            } => by(Self::publishing(drafts), words.first()),
            ClearanceOrder::Edit {
                number, by: word, ..
            } => Self {
                has_texts: true,
                ..by(one("draft-edit", number), word.as_ref())
            },
            ClearanceOrder::Approve { number, by: word } => {
                by(one("draft-approve", number), Some(word))
            }
            ClearanceOrder::Refuse {
                number, by: word, ..
            } => by(one("draft-refuse", number), Some(word)),
            ClearanceOrder::TakeBack { number } => one("draft-take-back", number),
            ClearanceOrder::Release { number, .. } => one("draft-release", number),
            ClearanceOrder::AddOfficer { key, .. } => {
                Self::new("officer-add", vec![Subject::new("key", key)])
            }
            ClearanceOrder::RemoveOfficer { officer } => {
                Self::new("officer-remove", vec![Subject::new("officer", officer)])
            }
            ClearanceOrder::Drafts | ClearanceOrder::Draft { .. } | ClearanceOrder::Officers => {
                return None;
            }
        })
    }

    fn about_trust(act: &TrustOrder) -> Option<Self> {
        let one = |act, what, id: &String| Some(Self::new(act, vec![Subject::new(what, id)]));
        match act {
            TrustOrder::SetPolicy {
                threshold,
                direct,
                depth,
                levels,
            } => {
                let number = |name, value: &Option<usize>| {
                    value.map(|value| Subject::new("setting", format!("{name} = {value}")))
                };
                let levels = levels
                    .as_ref()
                    .map(|all| Subject::new("setting", format!("levels = {}", all.join(" "))));
                let numbers = [
                    number("threshold", threshold),
                    number("direct", direct),
                    number("depth", depth),
                    levels,
                ];
                Some(Self::new(
                    "trust-policy",
                    numbers.into_iter().flatten().collect(),
                ))
            }
            TrustOrder::Refuse { institution } => one("trust-refuse", "institution", institution),
            TrustOrder::Unrefuse { institution } => {
                one("trust-unrefuse", "institution", institution)
            }
            TrustOrder::AcceptCharter { charter, .. } => one("charter-accept", "charter", charter),
            TrustOrder::DropCharter { charter } => one("charter-drop", "charter", charter),
            TrustOrder::Policy
            | TrustOrder::Explain { .. }
            | TrustOrder::Trusted
            | TrustOrder::Whom { .. }
            | TrustOrder::OwnVouches { .. }
            | TrustOrder::Charters
            | TrustOrder::Charter { .. }
            | TrustOrder::Waiting { .. } => None,
        }
    }

    /// The entry: what was asked for and what became of it. None where it is not for the log: a feed that is followed quietly, unless
    /// `quiet_feeds`.
    pub fn answered(self, reply: &Reply, mut who: Who, quiet_feeds: bool) -> Option<(Who, Deed)> {
        let is_quiet = match self.is_quiet {
            Quiet::No => false,
            Quiet::Yes => true,
            Quiet::Perhaps => !matches!(
                reply,
                Reply::Unfollowed {
                    was_quiet: false,
                    ..
                } | Reply::Followed { quiet: false, .. }
            ),
        };
        if is_quiet && !quiet_feeds {
            return None;
        }
        who.key = self.key.clone();
        let mut deed = Deed::done(self.act, self.on);
        match reply {
            Reply::Refused(refusal) => {
                deed.outcome = match refusal.kind {
                    RefusalKind::Storage => Outcome::Failed,
                    _ => Outcome::Refused,
                };
                deed.why = Some(why(refusal.kind, &refusal.problem, self.has_texts));
            }
            Reply::Followed { quiet: true, .. } => deed.act = "feed-follow-quietly",
            Reply::Published { records } => add_records(&mut deed, records),
            Reply::Anchored { institution, .. } | Reply::AnchorRemoved { institution, .. } => {
                only(&mut deed, "institution", institution);
            }
            Reply::PeerRemoved { peer, .. } => only(&mut deed, "peer", peer),
            Reply::StatesTaken {
                institution,
                version,
                ..
            } => {
                deed.on = vec![
                    Subject::new("institution", institution),
                    Subject::new("version", version.to_string()),
                ];
            }
            Reply::Trust { answer } => {
                if let TrustReply::Refused { institution, .. } = answer.as_ref() {
                    only(&mut deed, "institution", institution);
                }
            }
            Reply::Clearance { answer } => about_clearance(&mut deed, &mut who, answer),
            _ => {}
        }
        if who.officer.is_none() {
            who.key = self.key.as_deref().and_then(shown_key);
        }
        Some((who, deed))
    }

    /// The entry of an order that got no answer.
    pub fn unanswered(self, who: Who, why: &str) -> Option<(Who, Deed)> {
        // Whether the feed was followed quietly is not known either.
        (self.is_quiet == Quiet::No).then(|| {
            let deed = Deed {
                outcome: Outcome::Failed,
                why: Some(why.to_owned()),
                ..Deed::done(self.act, self.on)
            };
            (
                Who {
                    key: self.key.as_deref().and_then(shown_key),
                    ..who
                },
                deed,
            )
        })
    }
}

/// A draft that the node published by itself.
pub fn published_draft(number: u64, record: &str) -> Deed {
    Deed::done(
        "draft-published",
        vec![
            Subject::new("draft", number.to_string()),
            Subject::new("record", record),
        ],
    )
}

fn add_records(deed: &mut Deed, records: &[Published]) {
    let records = records.iter().map(|r| Subject::new("record", &r.id));
    // The new ones first.
    let targets = std::mem::take(&mut deed.on);
    deed.on = records.chain(targets).collect();
}

/// The whole id in the place of a shortened one.
fn only(deed: &mut Deed, what: &str, id: &str) {
    deed.on = vec![Subject::new(what, id)];
}

fn about_clearance(deed: &mut Deed, who: &mut Who, answer: &ClearanceReply) {
    let draft = |draft: &DraftView| Subject::new("draft", draft.number.to_string());
    match answer {
        ClearanceReply::Submitted { published, kept } => {
            if published.is_empty() {
                deed.act = "draft-submit";
            }
            add_records(deed, published);
            let at = published.len();
            deed.on.splice(at..at, kept.iter().map(draft));
            if let Some(kept) = kept.first() {
                submitted(who, kept);
            }
        }
        ClearanceReply::Changed { draft } => {
            let word = who.key.clone();
            let said = draft.approvals.iter().chain(&draft.refused);
            let officer = said
                .map(|said| &said.officer)
                .chain(&draft.submitter)
                .find(|officer| Some(&officer.key) == word.as_ref());
            prove(who, officer);
            if deed.act == "draft-release" {
                deed.why = Some("it still waits for something else".to_owned());
            }
        }
        ClearanceReply::Released { records, by, .. } => {
            prove(who, by.as_ref());
            deed.on
                .extend(records.iter().map(|r| Subject::new("record", &r.id)));
        }
        ClearanceReply::OfficerAdded { officer, .. }
        | ClearanceReply::OfficerRemoved { officer, .. } => {
            deed.on = vec![
                Subject::new("officer", &officer.role),
                Subject::new("key", &officer.shown),
            ];
        }
        _ => {}
    }
}

fn submitted(who: &mut Who, draft: &DraftView) {
    prove(who, draft.submitter.as_ref());
}

/// The engine knows the officer, and the signature held.
fn prove(who: &mut Who, officer: Option<&OfficerView>) {
    if let Some(officer) = officer {
        who.officer = Some(officer.role.clone());
        who.key = Some(officer.shown.clone());
    }
}

/// Why it was refused: up to where the engine begins to quote. Of orders that carry texts or an address only the class, because a fault
/// in one quotes it.
fn why(kind: RefusalKind, problem: &str, has_texts: bool) -> String {
    if has_texts {
        let class = match kind {
            RefusalKind::WrongUse => "a fault in it",
            RefusalKind::NotFound => "nothing of that name",
            RefusalKind::Ambiguous => "a shortened id fits several",
            RefusalKind::Integrity => "a signature or a hash does not hold",
            RefusalKind::Policy => "the policy or a rule forbids it",
            RefusalKind::Storage => "the store failed",
            RefusalKind::Full => "the disk is full",
        };
        return class.to_owned();
    }
    let line = problem.lines().next().unwrap_or_default();
    line.split(": ").next().unwrap_or_default().to_owned()
}
