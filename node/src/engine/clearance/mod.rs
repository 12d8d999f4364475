//! Clearance: a draft that waits for other officers, for a day, or for somebody's order, and goes out by itself when nothing is missing.
//!
//! What is kept is durable before it is acknowledged, and every condition is judged anew from what is kept: signatures over the text as it
//! stands, by officers known now, under the rules in force now. A word given under other rules, by an officer no longer known, or about
//! another text does not count. Nothing here makes a record go out earlier than its conditions say; a clock that is wrong, a machine
//! that sleeps and a crash make it go out later.

mod acts;
mod draft;
mod officers;
mod patience;
mod submitting;
mod word;

use std::collections::BTreeMap;

use indaba_protocol::Id;
use indaba_store::{Batch, Store, StoreError};

use self::draft::{Kept, begun_everywhere};
use self::officers::Officers;
use self::patience::{Lived, Patience};
use super::boundary::{Moment, Notice};
use super::drafting::Ready;
use super::order::{ClearanceRules, DraftView, Missing, Refusal, RefusalKind, Reply, SaidView};
use super::orders::refused;
use super::{Engine, limits};

pub(super) use self::draft::embargo_of;
pub use self::officers::shown_key;
pub use self::word::{Said, Word, content_of};

/// What the engine is told about clearance.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClearanceSettings {
    /// The rules in force.
    pub rules: ClearanceRules,
    /// This data folder is a copy, or came out of a backup: it may sign nothing by itself.
    pub is_copy: bool,
}

/// Drafts, officers and how long things waited.
pub(super) struct Clearance {
    settings: ClearanceSettings,
    drafts: BTreeMap<u64, Kept>,
    officers: Officers,
    patience: Patience,
    /// The number that the next draft gets.
    next_number: u64,
    /// When to look whether a draft may go out, on the monotonic clock; none while none waits for time alone.
    look: Option<u64>,
    /// Drafts that could not be published, why, and when to try again on the monotonic clock.
    failed: BTreeMap<u64, (String, u64)>,
}

/// Where the next number is kept.
const COLUMN: &str = "clearance";
const NEXT: &[u8] = b"next";
/// The kind of record that goes out at once unless the rules say otherwise: it protects people.
const WITHDRAWAL: &str = "withdrawal";

impl Clearance {
    pub(super) fn load(
        settings: ClearanceSettings,
        now: Moment,
        store: &Store,
    ) -> Result<Clearance, StoreError> {
        let drafts: BTreeMap<u64, Kept> = draft::load(store)?
            .into_iter()
            .map(|draft| (draft.number, draft))
            .collect();
        let next = store.choice(COLUMN, NEXT)?;
        let next = next.and_then(|next| Some(u64::from_be_bytes(next.try_into().ok()?)));
        let beyond = drafts.last_key_value().map_or(1, |(number, _)| number + 1);
        Ok(Clearance {
            settings,
            look: (!drafts.is_empty()).then_some(now.monotonic),
            drafts,
            officers: Officers::load(store)?,
            patience: Patience::load(now, store)?,
            next_number: next.unwrap_or(1).max(beyond),
            failed: BTreeMap::new(),
        })
    }

    /// When it wants to look next, on the monotonic clock.
    pub(super) fn next_look(&self) -> Option<u64> {
        self.look
    }

    /// Drafts that wait, and those that could not be published.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.drafts.len() as u64, self.failed.len() as u64)
    }
}

impl Engine {
    /// What a new draft would wait for; nothing: it may go out at once.
    pub(super) fn would_wait(&self, now: Moment, ready: &Ready, hold: bool) -> Vec<Missing> {
        let rules = self.clearance.settings.rules;
        let is_exempt = ready.kind == WITHDRAWAL && !rules.withdrawals;
        let mut missing = Vec::new();
        if rules.approvals > 0 && !is_exempt {
            missing.push(Missing::Approvals {
                have: 0,
                need: rules.approvals,
            });
        }
        if hold {
            missing.push(Missing::Release);
        }
        if let Some(day) = ready
            .embargo
            .filter(|day| now.wall < begun_everywhere(*day))
        {
            missing.push(Missing::Embargo {
                day: day.to_string(),
            });
        }
        if rules.hold_minutes > 0 && !is_exempt {
            missing.push(Missing::Hold {
                minutes: rules.hold_minutes.into(),
            });
        }
        missing
    }

    /// Where the texts of the drafts stand, in words, by the hash that finds the same text again.
    pub(super) fn kept_texts(&self, except: Option<u64>) -> BTreeMap<Id, String> {
        let kept = self.clearance.drafts.values();
        kept.filter(|draft| Some(draft.number) != except)
            .filter_map(|draft| {
                let words = format!(
                    "is kept already, as draft {0}, which another text can take the place of (indaba draft edit {0} FILE)",
                    draft.number
                );
                Some((draft.same.parse().ok()?, words))
            })
            .collect()
    }

    /// Of the approvals of a draft, whether each counts, or why it does not.
    fn approvals_of(&self, draft: &Kept) -> Vec<Option<&'static str>> {
        let rules = self.clearance.settings.rules;
        let content = draft.content_id();
        let judge = |approval: &draft::Approval| {
            let word = content.map(|content| Word {
                said: Said::Approve,
                institution: self.identity.institution,
                draft: draft.number,
                version: draft.version,
                content,
                rules: approval.rules,
                words: "",
            });
            let submitter = draft.submitter.as_ref().map(|by| &by.key);
            if word.is_none_or(|word| word.signer(&self.net, &approval.word()).is_none()) {
                Some("its signature does not hold for this text")
            } else if !self.clearance.officers.knows(&approval.officer.key) {
                Some("the officer is not known here any more")
            } else if submitter == Some(&approval.officer.key) {
                Some("who submits a draft does not approve it")
            } else if approval.rules != rules {
                Some("it was given under other rules")
            } else {
                None
            }
        };
        draft.approvals.iter().map(judge).collect()
    }

    /// How many approvals a draft needs: those that were asked for when it was submitted, even if fewer are now.
    fn approvals_needed(&self, draft: &Kept) -> u32 {
        self.clearance
            .settings
            .rules
            .approvals
            .max(draft.rules.approvals)
    }

    /// What people must still do about a draft.
    fn undecided(&self, draft: &Kept) -> Vec<Missing> {
        let mut missing = Vec::new();
        if draft.refused.is_some() {
            missing.push(Missing::AnotherText);
        }
        let need = self.approvals_needed(draft);
        let named = self.clearance.settings.rules.named || draft.rules.named;
        let submitter = draft.submitter.as_ref().map(|by| by.key.as_str());
        let is_known = submitter.is_some_and(|key| self.clearance.officers.knows(key));
        if need > 0 && named && !is_known {
            missing.push(Missing::Submitter);
        }
        let approvals = self.approvals_of(draft);
        let have = approvals.iter().filter(|why| why.is_none()).count();
        // At most as many as there are officers.
        let have = u32::try_from(have).unwrap_or(u32::MAX);
        if have < need {
            missing.push(Missing::Approvals { have, need });
        }
        if draft.held {
            missing.push(Missing::Release);
        }
        missing
    }

    /// Everything that is still missing, in the order it is looked at.
    fn missing(&self, now: Moment, lived: Lived, draft: &Kept) -> Vec<Missing> {
        let mut missing = self.undecided(draft);
        if let Some(day) = draft.embargo_day() {
            let begins = begun_everywhere(day);
            let takes = begins.saturating_sub(draft.submitted).max(0).unsigned_abs();
            if now.wall < begins {
                missing.push(Missing::Embargo {
                    day: day.to_string(),
                });
            } else if lived.since(draft.since) < takes && !draft.day_confirmed {
                missing.push(Missing::Clock {
                    day: day.to_string(),
                    today: Engine::today(now).to_string(),
                });
            }
        }
        let minutes = self
            .clearance
            .settings
            .rules
            .hold_minutes
            .max(draft.rules.hold_minutes);
        let hold = u64::from(minutes) * MINUTE;
        let held = draft.cleared.map_or(0, |cleared| lived.since(cleared));
        if held < hold {
            missing.push(Missing::Hold {
                minutes: (hold - held).div_ceil(MINUTE),
            });
        }
        if self.clearance.settings.is_copy {
            missing.push(Missing::Copy);
        }
        missing
    }

    /// Notes of every draft since when nothing but time is missing. True if one changed, which is then in the batch.
    fn note_cleared(&mut self, lived: Lived, batch: &mut Batch) -> bool {
        let mut changed = false;
        let numbers: Vec<u64> = self.clearance.drafts.keys().copied().collect();
        for number in numbers {
            let Some(draft) = self.clearance.drafts.get(&number) else {
                continue;
            };
            let is_decided = self.undecided(draft).is_empty();
            if is_decided == draft.cleared.is_some() {
                continue;
            }
            if let Some(draft) = self.clearance.drafts.get_mut(&number) {
                draft.cleared = is_decided.then_some(lived);
                draft.put(batch);
                changed = true;
            }
        }
        changed
    }

    /// A turn of clearance, if it is time for one: publishes what waits for nothing any more.
    pub(super) fn clear_due(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        if self.clearance.look.is_none_or(|look| now.monotonic < look) {
            return Ok(());
        }
        let lived = self.clearance.patience.pass(now);
        let mut batch = Batch::new();
        let changed = self.note_cleared(lived, &mut batch);
        let waits = self.clearance.drafts.values().any(|d| d.cleared.is_some());
        if changed || (waits && self.clearance.patience.unnoted() >= limits::PATIENCE_NOTED_EVERY) {
            self.clearance.patience.note(&mut batch);
            store.commit(batch)?;
        }
        let numbers: Vec<u64> = self.clearance.drafts.keys().copied().collect();
        for number in numbers {
            let again = self.clearance.failed.get(&number).map(|(_, again)| *again);
            let is_due = again.is_none_or(|again| now.monotonic >= again);
            let Some(draft) = self.clearance.drafts.get(&number) else {
                continue;
            };
            if is_due
                && !self.awaits_own_head(now)
                && self.missing(now, lived, draft).is_empty()
                && let Reply::Published { records } = self.publish_draft(now, number, store)?
            {
                let record = records.first().map(|record| record.id.clone());
                self.notice(Notice::DraftPublished { number, record });
            }
        }
        self.look_again(now);
        Ok(())
    }

    /// When to look next: soon while a draft waits for time alone.
    fn look_again(&mut self, now: Moment) {
        let waits = self.clearance.drafts.values().any(|d| d.cleared.is_some());
        let is_copy = self.clearance.settings.is_copy;
        self.clearance.look =
            (waits && !is_copy).then(|| now.after(limits::CLEARANCE_LOOK).monotonic);
    }

    /// Publishes a draft of which nothing is missing; it is a draft no longer in the same batch. What keeps it back is remembered.
    fn publish_draft(
        &mut self,
        now: Moment,
        number: u64,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let Some(draft) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(no_draft(number));
        };
        let reply = self.publish_kept(now, &draft, store)?;
        match &reply {
            Reply::Published { .. } => {
                self.clearance.drafts.remove(&number);
                self.clearance.failed.remove(&number);
                tracing::info!(draft = number, "published: nothing was missing any more");
            }
            Reply::Refused(refusal) => {
                let again = now.after(limits::CLEARANCE_RETRY).monotonic;
                tracing::warn!(draft = number, why = refusal.problem, "not published");
                let problem = refusal.problem.clone();
                self.clearance.failed.insert(number, (problem, again));
            }
            _ => {}
        }
        Ok(reply)
    }

    fn publish_kept(
        &mut self,
        now: Moment,
        draft: &Kept,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let Some(text) = draft.text(store)? else {
            return Ok(refused(
                RefusalKind::Integrity,
                format!(
                    "the text of draft {} is not the one that was kept",
                    draft.number
                ),
                "put the text in its place again with `indaba draft edit`",
            ));
        };
        let drafts = [text];
        if let Some(refusal) = self.may_publish(&drafts, store) {
            return Ok(Reply::Refused(refusal));
        }
        let ready = match self.all_ready(&drafts, Some(draft.number), store)? {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let mut batch = Batch::new();
        draft::remove(draft.number, &mut batch);
        self.publish_ready(now, ready, batch, store)
    }

    fn draft_view(&self, now: Moment, lived: Lived, draft: &Kept) -> DraftView {
        let approvals = draft.approvals.iter().zip(self.approvals_of(draft));
        let approvals = approvals.map(|(approval, why)| SaidView {
            officer: officers::view(&approval.officer),
            at: approval.at,
            counts: why.is_none(),
            words: why.unwrap_or_default().to_owned(),
        });
        let failed = self.clearance.failed.get(&draft.number);
        DraftView {
            number: draft.number,
            version: draft.version,
            content: draft.content.clone(),
            title: draft.title.clone(),
            kind: draft.kind.clone(),
            feeds: draft.feeds.clone(),
            marking: draft.marking.clone(),
            source: draft.source.clone(),
            bytes: draft.bytes,
            submitted: draft.submitted,
            submitter: draft.submitter.as_ref().map(officers::view),
            approvals: approvals.collect(),
            approvals_needed: self.approvals_needed(draft),
            refused: draft.refused.as_ref().map(|refused| SaidView {
                officer: officers::view(&refused.officer),
                at: refused.at,
                counts: true,
                words: refused.words.clone(),
            }),
            embargo: draft.embargo.clone(),
            missing: self.missing(now, lived, draft),
            problem: failed.map(|(problem, _)| problem.clone()),
        }
    }
}

const MINUTE: u64 = 60_000;

fn no_draft(number: u64) -> Reply {
    Reply::Refused(not_there(number))
}

fn not_there(number: u64) -> Refusal {
    Refusal {
        kind: RefusalKind::NotFound,
        problem: format!("there is no draft {number}"),
        remedy: "it may be published or taken back; see `indaba draft list`".to_owned(),
    }
}
