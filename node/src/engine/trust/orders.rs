//! Orders about trust: what the operator chooses, and what is explained to them.

use std::collections::BTreeSet;

use indaba_protocol::trust::{Acceptance, Level, Matter, PolicyFault};
use indaba_protocol::{DecodedItem, FeedName, Header, Id, Part, Statement, Verified, content};
use indaba_store::{HeldReason, Store, StoreError};

use super::policy::{Numbers, level};
use super::views::extent;
use crate::engine::boundary::Moment;
use crate::engine::order::{
    AnchorView, PolicyView, Refusal, RefusalKind, Reply, TrustOrder, TrustReply, TrustedView,
    WaitingView,
};
use crate::engine::orders::refused;
use crate::engine::{Engine, limits};

/// What a text means that is the id of an institution or of a record.
enum Subject {
    Institution(Id),
    Record(Verified<Header>),
}

/// An answer about trust.
pub(super) fn said(answer: TrustReply) -> Reply {
    Reply::Trust {
        answer: Box::new(answer),
    }
}

impl Engine {
    /// An order about trust, carried out.
    pub(in crate::engine) fn handle_trust(
        &mut self,
        now: Moment,
        act: TrustOrder,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        match act {
            TrustOrder::Policy => Ok(self.policy_view()),
            TrustOrder::SetPolicy {
                threshold,
                direct,
                depth,
                levels,
            } => self.set_policy(now, (threshold, direct, depth), levels, store),
            TrustOrder::Refuse { institution } => self.refuse(now, &institution, store),
            TrustOrder::Unrefuse { institution } => self.unrefuse(now, &institution, store),
            TrustOrder::Explain {
                subject,
                kind,
                feed,
            } => self.explain(&subject, kind, feed, store),
            TrustOrder::Trusted => Ok(said(TrustReply::Trusted {
                institutions: self.trusted(),
            })),
            TrustOrder::Whom { institution } => {
                let id = match self.find_institution(&institution, store)? {
                    Ok(id) => id,
                    Err(refusal) => return Ok(Reply::Refused(refusal)),
                };
                let (institution, claimed_name) = self.claiming_view(&id, store)?;
                Ok(said(TrustReply::Whom {
                    institution,
                    claimed_name,
                }))
            }
            TrustOrder::OwnVouches { subject } => self.own_vouches(&subject, store),
            TrustOrder::Charters => Ok(said(TrustReply::Charters {
                charters: self.charter_views(),
            })),
            TrustOrder::Charter { charter } => Ok(self.charter(&charter)),
            TrustOrder::AcceptCharter { charter, reach } => {
                self.accept_charter(now, &charter, reach, store)
            }
            TrustOrder::DropCharter { charter } => self.drop_charter(now, &charter, store),
            TrustOrder::Waiting { institution } => self.waiting(institution.as_deref(), store),
        }
    }

    /// The policy and what it comes to.
    pub(in crate::engine) fn policy_view(&self) -> Reply {
        let numbers = &self.choices.trust().numbers;
        let anchors = self
            .choices
            .anchors()
            .iter()
            .map(|(id, anchor)| AnchorView {
                institution: self.institution_view(id),
                full: anchor.full,
                reach: anchor.reach.clone(),
            });
        let web = self.trust.web();
        let charters = self.charter_views();
        said(TrustReply::Policy(PolicyView {
            threshold: numbers.threshold as u64,
            direct: numbers.direct as u64,
            depth: numbers.depth as u64,
            levels: numbers.levels.iter().cloned().collect(),
            anchors: anchors.collect(),
            charters: charters
                .into_iter()
                .filter(|charter| charter.accepted.is_some())
                .collect(),
            refused: self
                .choices
                .trust()
                .refused
                .iter()
                .map(|id| self.institution_view(id))
                .collect(),
            vouches: web.vouches() as u64,
            accepted: web.accepted().count() as u64,
        }))
    }

    /// Changes numbers of the policy; those that are not given stay.
    pub(in crate::engine) fn set_policy(
        &mut self,
        now: Moment,
        change: (Option<usize>, Option<usize>, Option<usize>),
        levels: Option<Vec<String>>,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let (threshold, direct, depth) = change;
        let mut numbers = self.choices.trust().numbers.clone();
        numbers.threshold = threshold.unwrap_or(numbers.threshold);
        numbers.direct = direct.unwrap_or(numbers.direct);
        numbers.depth = depth.unwrap_or(numbers.depth);
        if let Some(levels) = levels {
            if let Some(unknown) = levels.iter().find(|word| level(word).is_none()) {
                let known: Vec<&str> = Level::ALL.iter().map(|level| level.word()).collect();
                return Ok(refused(
                    RefusalKind::WrongUse,
                    format!("`{unknown}` is no level of a vouch"),
                    &format!("write one or more of: {}", known.join(", ")),
                ));
            }
            numbers.levels = levels.into_iter().collect();
        }
        if let Err(fault) = self.check(&numbers) {
            return Ok(refused(
                RefusalKind::WrongUse,
                fault.to_string(),
                "see `indaba trust policy show`",
            ));
        }
        self.choices.set_numbers(store, numbers)?;
        self.policy_changed(now);
        Ok(self.policy_view())
    }

    fn check(&self, numbers: &Numbers) -> Result<(), PolicyFault> {
        let mut policy = self.choices.policy(&self.identity.institution);
        policy.threshold = numbers.threshold;
        policy.direct = numbers.direct;
        policy.depth = numbers.depth;
        policy.check()
    }

    /// Refuses an institution, whoever vouches for it.
    pub(in crate::engine) fn refuse(
        &mut self,
        now: Moment,
        text: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let institution = match self.find_institution(text, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        if institution == self.identity.institution {
            return Ok(refused(
                RefusalKind::WrongUse,
                "this is the node's own institution",
                "name another one",
            ));
        }
        if self.choices.trust().refused.len() >= indaba_protocol::limits::TRUST_REFUSED {
            return Ok(refused(
                RefusalKind::Policy,
                PolicyFault::Refused.to_string(),
                "end another refusal first: `indaba trust refuse --undo ID`",
            ));
        }
        let new = self.choices.refuse(store, institution)?;
        self.policy_changed(now);
        Ok(said(TrustReply::Refused {
            institution: institution.to_string(),
            refused: true,
            already: !new,
        }))
    }

    /// Ends a refusal.
    pub(in crate::engine) fn unrefuse(
        &mut self,
        now: Moment,
        text: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let institution = match self.find_institution(text, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let was_refused = self.choices.unrefuse(store, &institution)?;
        self.policy_changed(now);
        Ok(said(TrustReply::Refused {
            institution: institution.to_string(),
            refused: false,
            already: !was_refused,
        }))
    }

    /// Why an institution or a record is accepted or not.
    pub(in crate::engine) fn explain(
        &self,
        text: &str,
        kind: Option<String>,
        feed: Option<String>,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let subject = match self.find_subject(text, store)? {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let feed = match feed.map(|name| name.parse::<FeedName>().map_err(|e| (name, e))) {
            None => None,
            Some(Ok(feed)) => Some(feed),
            Some(Err((name, error))) => {
                return Ok(refused(
                    RefusalKind::WrongUse,
                    format!("`{name}`: {error}"),
                    "write it as region:ecowas, theme:trj, country:gha or topic:water-points",
                ));
            }
        };
        let view = match &subject {
            Subject::Record(header) => {
                let matters = Matter::all_of(header);
                self.explanation(&header.institution, &matters, Some(header), store)?
            }
            Subject::Institution(institution) => {
                let matter = match feed {
                    None => Matter::Any,
                    Some(feed) => Matter::Of {
                        kind: kind.unwrap_or_else(|| "practice".to_owned()),
                        feed,
                    },
                };
                self.explanation(institution, &[matter], None, store)?
            }
        };
        Ok(said(TrustReply::Explained(view)))
    }

    fn find_subject(
        &self,
        text: &str,
        store: &Store,
    ) -> Result<Result<Subject, Refusal>, StoreError> {
        let text = text.trim();
        if let Ok(id) = text.parse::<Id>() {
            return Ok(Ok(match self.record_known(&id, store)? {
                Some(header) => Subject::Record(header),
                None => Subject::Institution(id),
            }));
        }
        let institution = self.find_institution(text, store)?;
        let record = self.find_id(text, store);
        Ok(match (institution, record) {
            (Ok(_), Ok(_)) => Err(Refusal {
                kind: RefusalKind::Ambiguous,
                problem: format!("`{text}` fits an institution and a record"),
                remedy: "write more of the id".to_owned(),
            }),
            (Ok(id), Err(_)) => Ok(Subject::Institution(id)),
            (Err(_), Ok(id)) => match self.record_known(&id, store)? {
                Some(header) => Ok(Subject::Record(header)),
                None => Ok(Subject::Institution(id)),
            },
            (Err(refusal), Err(_)) => Err(refusal),
        })
    }

    /// The header of a record that is held, or waits.
    fn record_known(&self, id: &Id, store: &Store) -> Result<Option<Verified<Header>>, StoreError> {
        if let Some(header) = self.header(id, store)? {
            return Ok(Some(header));
        }
        let held = store.held(id)?;
        let item = held.and_then(|held| indaba_protocol::open_item(&self.net, &held.item).ok());
        Ok(item.and_then(|item| item.record().cloned()))
    }

    /// Everybody who is accepted or heard, and by whose word.
    pub(in crate::engine) fn trusted(&self) -> Vec<TrustedView> {
        let web = self.trust.web();
        let known = web.accepted().copied().chain(web.heard().copied());
        known
            .map(|id| {
                let vouchers: BTreeSet<Id> = web
                    .vouches_for(&id)
                    .map(|vouch| vouch.voucher)
                    .filter(|voucher| self.hears(voucher))
                    .collect();
                let by = if id == self.identity.institution {
                    "itself"
                } else if self.choices.anchors().contains_key(&id) {
                    "anchor"
                } else if self.acceptance(&id) == Acceptance::Heard {
                    "introduction"
                } else if web.explain(&id, &Matter::Any).paths.suffices {
                    "vouches"
                } else {
                    "charter"
                };
                TrustedView {
                    institution: self.institution_view(&id),
                    extent: extent(self.acceptance(&id)).to_owned(),
                    by: by.to_owned(),
                    vouchers: vouchers
                        .iter()
                        .map(|id| self.institution_view(id))
                        .collect(),
                }
            })
            .collect()
    }

    /// Records by which the own institution vouches for another, and that it did not withdraw: counting or not.
    pub(in crate::engine) fn own_vouches(
        &self,
        subject: &str,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let subject = match self.find_institution(subject, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let own = self.identity.institution;
        let standing = self.standing_vouches(&own, &subject, store)?;
        let vouches = standing
            .into_iter()
            .map(|(vouch, reason)| self.vouch_view(&vouch, reason))
            .collect();
        Ok(said(TrustReply::Vouches {
            subject: self.institution_view(&subject),
            vouches,
        }))
    }

    /// Statements that wait: of one institution, or of everybody who is not accepted; at most a page.
    pub(in crate::engine) fn waiting(
        &self,
        institution: Option<&str>,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let institutions: Vec<Id> = match institution {
            Some(text) => match self.find_institution(text, store)? {
                Ok(id) => vec![id],
                Err(refusal) => return Ok(Reply::Refused(refusal)),
            },
            None => store.held_uses()?.into_iter().map(|(id, _)| id).collect(),
        };
        let (mut waiting, mut more) = (Vec::new(), 0);
        for institution in institutions {
            let mut claimed = None;
            for id in store.held_of(&institution, limits::RELEASED_AT_ONCE)? {
                if waiting.len() >= limits::PAGE {
                    more += 1;
                    continue;
                }
                let Some(held) = store.held(&id)? else {
                    continue;
                };
                let Ok(item) = DecodedItem::open(&self.net, &held.item) else {
                    continue;
                };
                let word = match held.why {
                    HeldReason::Pending => "incomplete",
                    HeldReason::Quarantine if self.unfollowed(&held, &item).is_some() => {
                        "not followed"
                    }
                    HeldReason::Quarantine => "unvouched",
                };
                if claimed.is_none() {
                    claimed = Some(self.claiming_view(&institution, store)?);
                }
                let (kind, feeds) = match item.statement() {
                    Statement::Record(header) => (
                        header.kind.clone(),
                        header.feeds().map(ToString::to_string).collect(),
                    ),
                    other => (other.kind().name().to_owned(), Vec::new()),
                };
                let card = item.card().and_then(|card| Part::open(card).ok());
                waiting.push(WaitingView {
                    id: id.to_string(),
                    short: id.short(),
                    word: word.to_owned(),
                    institution: claimed.as_ref().map_or_else(
                        || self.institution_view(&institution),
                        |(view, _)| view.clone(),
                    ),
                    claimed_name: claimed.as_ref().and_then(|(_, name)| name.clone()),
                    kind,
                    feeds,
                    title: card
                        .and_then(|(_, card)| content::Card::new(&card).title().map(str::to_owned)),
                    bytes: held.item.len() as u64,
                });
            }
        }
        Ok(said(TrustReply::Waiting { waiting, more }))
    }
}
