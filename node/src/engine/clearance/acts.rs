//! What is said about drafts, carried out. Each answer comes after what it says is durable.

use indaba_protocol::{Day, Key};
use indaba_store::{Batch, Store, StoreError};

use super::draft::{Approval, Kept, Officer, Refused};
use super::not_there;
use super::officers::view;
use super::word::{Said, Word, read_key};
use crate::engine::boundary::Moment;
use crate::engine::order::{
    ClearanceOrder, ClearanceReply, DraftWhole, OfficerView, OfficerWord, Refusal, RefusalKind,
    Reply,
};
use crate::engine::{Engine, limits};

/// What became of an order, or why it was not carried out.
pub(super) type Answer = Result<Result<ClearanceReply, Refusal>, StoreError>;

pub(super) fn policy(problem: impl Into<String>, remedy: &str) -> Refusal {
    refusal(RefusalKind::Policy, problem, remedy)
}

pub(super) fn refusal(kind: RefusalKind, problem: impl Into<String>, remedy: &str) -> Refusal {
    Refusal {
        kind,
        problem: problem.into(),
        remedy: remedy.to_owned(),
    }
}

impl Engine {
    pub(in crate::engine) fn clearance_order(
        &mut self,
        now: Moment,
        act: ClearanceOrder,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let answer = match act {
            ClearanceOrder::Submit { drafts, hold, by } => {
                self.submit_drafts(now, &drafts, hold, &by, store)?
            }
            ClearanceOrder::Drafts => Ok(self.drafts(now)),
            ClearanceOrder::Draft { number } => self.draft(now, number, store)?,
            ClearanceOrder::Edit { number, draft, by } => {
                self.edit_draft(now, number, &draft, by.as_ref(), store)?
            }
            ClearanceOrder::Approve { number, by } => {
                self.approve_draft(now, number, &by, store)?
            }
            ClearanceOrder::Refuse { number, words, by } => {
                self.refuse_draft(now, number, words, &by, store)?
            }
            ClearanceOrder::TakeBack { number } => self.take_back_draft(now, number, store)?,
            ClearanceOrder::Release { number, today } => {
                self.release_draft(now, number, today.as_deref(), store)?
            }
            ClearanceOrder::Officers => Ok(ClearanceReply::Officers {
                officers: self.clearance.officers.views(),
            }),
            ClearanceOrder::AddOfficer { key, role } => {
                self.add_officer(now, &key, &role, store)?
            }
            ClearanceOrder::RemoveOfficer { officer } => {
                self.remove_officer(now, &officer, store)?
            }
        };
        Ok(answer.map_or_else(Reply::Refused, |answer| Reply::Clearance { answer }))
    }

    /// Commits a change, and the time waited with it.
    pub(super) fn commit_clearance(
        &mut self,
        now: Moment,
        mut batch: Batch,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        self.clearance.patience.note(&mut batch);
        store.commit(batch)?;
        self.look_again(now);
        Ok(())
    }

    /// The officer whose word this is, if it is one about this draft.
    pub(super) fn officer_of(
        &self,
        word: &Word<'_>,
        by: &OfficerWord,
    ) -> Result<(Key, Officer), Refusal> {
        // A foreign key is told from a wrong signature: the two call for different people.
        let known = read_key(&by.key).and_then(|key| self.clearance.officers.officer(&key));
        let Some(officer) = known else {
            return Err(policy(
                "this node knows no officer with that key",
                "give it the officer's public file: indaba officer add FILE",
            ));
        };
        match word.signer(&self.net, by) {
            Some(key) => Ok((key, officer)),
            None => Err(refusal(
                RefusalKind::Integrity,
                "the signature is not for this text under the rules in force: either changed since it was shown",
                "look at it again, then sign again",
            )),
        }
    }

    /// A word about a draft as it stands.
    fn word_about<'a>(
        &self,
        draft: &Kept,
        said: Said,
        words: &'a str,
    ) -> Result<Word<'a>, Refusal> {
        let Some(content) = draft.content_id() else {
            return Err(refusal(
                RefusalKind::Integrity,
                format!("draft {} does not say which text it is for", draft.number),
                "put the text in its place again with `indaba draft edit`",
            ));
        };
        Ok(Word {
            said,
            institution: self.identity.institution,
            draft: draft.number,
            version: draft.version,
            content,
            rules: self.clearance.settings.rules,
            words,
        })
    }

    fn drafts(&mut self, now: Moment) -> ClearanceReply {
        let lived = self.clearance.patience.pass(now);
        let drafts = self.clearance.drafts.values();
        ClearanceReply::Drafts {
            rules: self.clearance.settings.rules,
            institution: self.identity.institution.to_string(),
            drafts: drafts.map(|d| self.draft_view(now, lived, d)).collect(),
        }
    }

    fn draft(&mut self, now: Moment, number: u64, store: &Store) -> Answer {
        let lived = self.clearance.patience.pass(now);
        let Some(draft) = self.clearance.drafts.get(&number) else {
            return Ok(Err(not_there(number)));
        };
        let Some(text) = draft.text(store)? else {
            return Ok(Err(refusal(
                RefusalKind::Integrity,
                format!("the text of draft {number} is not the one that was kept"),
                "put the text in its place again with `indaba draft edit`",
            )));
        };
        Ok(Ok(ClearanceReply::Draft(Box::new(DraftWhole {
            rules: self.clearance.settings.rules,
            institution: self.institution_view(&self.identity.institution),
            draft: self.draft_view(now, lived, draft),
            text,
        }))))
    }

    fn approve_draft(
        &mut self,
        now: Moment,
        number: u64,
        by: &OfficerWord,
        store: &mut Store,
    ) -> Answer {
        let Some(old) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(Err(not_there(number)));
        };
        let word = self.word_about(&old, Said::Approve, "");
        let officer = match word.and_then(|word| self.officer_of(&word, by)) {
            Ok((_, officer)) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(refused) = &old.refused {
            return Ok(Err(policy(
                format!("draft {number} was refused: {}", refused.words),
                "it waits for another text: indaba draft edit",
            )));
        }
        if old.submitter.as_ref().map(|by| &by.key) == Some(&officer.key) {
            return Ok(Err(policy(
                format!(
                    "\"{}\" submitted draft {number}; another officer approves it",
                    officer.role
                ),
                "hand it to a second officer",
            )));
        }
        let counting = self.approvals_of(&old);
        let mut approvals = old.approvals.iter().zip(&counting);
        if approvals.any(|(had, why)| had.officer.key == officer.key && why.is_none()) {
            return Ok(Err(policy(
                format!("\"{}\" approved draft {number} already", officer.role),
                "every approval must be another officer's",
            )));
        }
        let said_by = view(&officer);
        let mut new = old;
        new.approvals.retain(|had| had.officer.key != officer.key);
        new.approvals.push(Approval {
            officer,
            signature: by.signature.clone(),
            rules: self.clearance.settings.rules,
            at: now.wall,
        });
        let lived = self.clearance.patience.pass(now);
        let is_decided = self.undecided(&new).is_empty();
        new.cleared = is_decided.then(|| new.cleared.unwrap_or(lived));
        self.draft_changed(now, new, Some(said_by), store)
    }

    /// Writes a draft about which something was said, perhaps by an officer; publishes it when nothing is missing any more.
    fn draft_changed(
        &mut self,
        now: Moment,
        draft: Kept,
        by: Option<OfficerView>,
        store: &mut Store,
    ) -> Answer {
        let number = draft.number;
        let lived = self.clearance.patience.pass(now);
        let mut batch = Batch::new();
        draft.put(&mut batch);
        let missing = self.missing(now, lived, &draft);
        self.clearance.drafts.insert(number, draft.clone());
        self.commit_clearance(now, batch, store)?;
        if missing.is_empty()
            && let Reply::Published { records } = self.publish_draft(now, number, store)?
        {
            return Ok(Ok(ClearanceReply::Released {
                number,
                records,
                by,
            }));
        }
        let view = self.draft_view(now, lived, &draft);
        Ok(Ok(ClearanceReply::Changed {
            draft: Box::new(view),
        }))
    }

    fn refuse_draft(
        &mut self,
        now: Moment,
        number: u64,
        words: String,
        by: &OfficerWord,
        store: &mut Store,
    ) -> Answer {
        let Some(old) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(Err(not_there(number)));
        };
        let length = words.chars().count();
        if length == 0 || length > limits::REFUSAL {
            return Ok(Err(refusal(
                RefusalKind::WrongUse,
                format!(
                    "the reason has {length} characters; 1 to {} are kept",
                    limits::REFUSAL
                ),
                "say in a few words what is to be changed",
            )));
        }
        let word = self.word_about(&old, Said::Refuse, &words);
        let officer = match word.and_then(|word| self.officer_of(&word, by)) {
            Ok((_, officer)) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut new = old;
        new.approvals.clear();
        new.cleared = None;
        let said_by = view(&officer);
        new.refused = Some(Refused {
            officer,
            words: words.clone(),
            at: now.wall,
        });
        self.draft_changed(now, new, Some(said_by), store)
    }

    fn take_back_draft(&mut self, now: Moment, number: u64, store: &mut Store) -> Answer {
        let Some(draft) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(Err(not_there(number)));
        };
        let mut batch = Batch::new();
        super::draft::remove(number, &mut batch);
        self.clearance.drafts.remove(&number);
        self.clearance.failed.remove(&number);
        self.commit_clearance(now, batch, store)?;
        Ok(Ok(ClearanceReply::TakenBack {
            number,
            title: draft.title,
        }))
    }

    fn release_draft(
        &mut self,
        now: Moment,
        number: u64,
        today: Option<&str>,
        store: &mut Store,
    ) -> Answer {
        let Some(old) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(Err(not_there(number)));
        };
        let lived = self.clearance.patience.pass(now);
        let mut new = old.clone();
        if let Some(today) = today {
            let clock = Engine::today(now);
            let Ok(day) = today.parse::<Day>() else {
                return Ok(Err(refusal(
                    RefusalKind::WrongUse,
                    format!("`{today}` is no day written as YYYY-MM-DD"),
                    "write the day of today, from a calendar",
                )));
            };
            // Where it is already, or still, another day than in UTC.
            if (day.number() - clock.number()).abs() > 1 {
                return Ok(Err(policy(
                    format!("you say that today is {day}, and this machine's clock says {clock}"),
                    "set the clock, then try again: timedatectl set-time",
                )));
            }
            if new.embargo_day().is_some_and(|embargo| day < embargo) {
                return Ok(Err(policy(
                    format!(
                        "draft {number} must not go out before {}",
                        new.embargo.as_deref().unwrap_or_default()
                    ),
                    "wait for that day, or change the text with `indaba draft edit`",
                )));
            }
            new.day_confirmed = true;
        }
        new.held = false;
        let is_decided = self.undecided(&new).is_empty();
        new.cleared = is_decided.then(|| new.cleared.unwrap_or(lived));
        let is_changed = new.held != old.held
            || new.day_confirmed != old.day_confirmed
            || new.cleared != old.cleared;
        if !is_changed && !self.missing(now, lived, &new).is_empty() {
            let view = self.draft_view(now, lived, &new);
            return Ok(Ok(ClearanceReply::Changed {
                draft: Box::new(view),
            }));
        }
        self.draft_changed(now, new, None, store)
    }
}
