//! What is submitted: what may go out at once does, the rest is kept; and another text in the place of one that is kept.

use indaba_protocol::Id;
use indaba_store::{Batch, Store, StoreError};

use super::acts::{Answer, policy, refusal};
use super::draft::{Kept, Officer, short_source, text_of};
use super::word::{Said, Word, content_of};
use super::{COLUMN, NEXT, not_there};
use crate::engine::boundary::Moment;
use crate::engine::drafting::Ready;
use crate::engine::order::{ClearanceReply, Draft, OfficerWord, Refusal, RefusalKind, Reply};
use crate::engine::{Engine, limits, space};

impl Engine {
    pub(super) fn submit_drafts(
        &mut self,
        now: Moment,
        drafts: &[Draft],
        hold: bool,
        by: &[OfficerWord],
        store: &mut Store,
    ) -> Answer {
        if let Some(refusal) = self.may_publish(drafts, store) {
            return Ok(Err(refusal));
        }
        if !by.is_empty() && by.len() != drafts.len() {
            return Ok(Err(refusal(
                RefusalKind::WrongUse,
                "who submits several records signs each of them",
                "command and node must have the same version",
            )));
        }
        let ready = match self.all_ready(drafts, None, store)? {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let lived = self.clearance.patience.pass(now);
        let mut batch = Batch::new();
        let mut kept: Vec<Kept> = Vec::new();
        let mut at_once = Vec::new();
        for (place, ready) in ready.into_iter().enumerate() {
            if self.would_wait(now, &ready, hold).is_empty() {
                at_once.push(ready);
                continue;
            }
            let Some(draft) = drafts.get(place) else {
                continue;
            };
            let number = self.clearance.next_number + kept.len() as u64;
            let submitter = match self.submitter(draft, (0, 0), by.get(place)) {
                Ok(submitter) => submitter,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (mut new, text) = match self.keep(now, draft, &ready, number, store)? {
                Ok(new) => new,
                Err(refusal) => return Ok(Err(refusal)),
            };
            new.submitter = submitter;
            new.held = hold;
            new.cleared = self.undecided(&new).is_empty().then_some(lived);
            new.put(&mut batch);
            new.put_text(&text, &mut batch);
            kept.push(new);
        }
        if let Some(refusal) = self.is_full(&kept) {
            return Ok(Err(refusal));
        }
        let next = self.clearance.next_number + kept.len() as u64;
        if !kept.is_empty() {
            batch.choose(COLUMN, NEXT, &next.to_be_bytes());
            self.clearance.patience.note(&mut batch);
        }
        let published = if at_once.is_empty() {
            store.commit(batch)?;
            Vec::new()
        } else {
            match self.publish_ready(now, at_once, batch, store)? {
                Reply::Published { records } => records,
                Reply::Refused(refusal) => return Ok(Err(refusal)),
                _ => Vec::new(),
            }
        };
        self.clearance.next_number = next;
        let mut views = Vec::new();
        for new in kept {
            views.push(self.draft_view(now, lived, &new));
            self.clearance.drafts.insert(new.number, new);
        }
        self.look_again(now);
        Ok(Ok(ClearanceReply::Submitted {
            published,
            kept: views,
        }))
    }

    /// Who submits a text; `about` is the draft and version that it replaces.
    fn submitter(
        &self,
        draft: &Draft,
        about: (u64, u64),
        by: Option<&OfficerWord>,
    ) -> Result<Option<Officer>, Refusal> {
        let rules = self.clearance.settings.rules;
        let Some(by) = by else {
            return if rules.approvals > 0 && rules.named {
                Err(policy(
                    "the policy of this institution asks which officer submits",
                    "sign with the officer's key: --by KEYFILE",
                ))
            } else {
                Ok(None)
            };
        };
        let Some(content) = content_of(draft) else {
            return Err(refusal(
                RefusalKind::WrongUse,
                format!("{}: card or body is not hexadecimal", draft.source),
                "command and node must have the same version",
            ));
        };
        let word = Word {
            said: Said::Submit,
            institution: self.identity.institution,
            draft: about.0,
            version: about.1,
            content,
            rules,
            words: "",
        };
        self.officer_of(&word, by).map(|(_, officer)| Some(officer))
    }

    /// A new version of a draft, with its text; nothing is said about it yet.
    fn keep(
        &mut self,
        now: Moment,
        draft: &Draft,
        ready: &Ready,
        number: u64,
        store: &Store,
    ) -> Result<Result<(Kept, Vec<u8>), Refusal>, StoreError> {
        let wrong = |problem: String, remedy: &str| {
            Ok(Err(refusal(
                RefusalKind::WrongUse,
                format!("{}: {problem}", draft.source),
                remedy,
            )))
        };
        // A draft that could never be signed is told so now, not when everybody has approved it.
        if let Err(problem) = self.can_sign(now, ready, store)? {
            return wrong(
                problem,
                "shorten the text, or post to fewer feeds; nothing was kept",
            );
        }
        let links = ready.links.iter();
        let links = links.map(|link| (link.rel.clone(), link.target.to_string()));
        let Some(text) = text_of(draft, links.collect()) else {
            return wrong(
                "card or body is not hexadecimal".to_owned(),
                "command and node must have the same version",
            );
        };
        let lived = self.clearance.patience.pass(now);
        let kept = Kept {
            number,
            version: 1,
            content: Id::of(&text).to_string(),
            same: ready.text.to_string(),
            title: ready.title(),
            kind: ready.kind.clone(),
            feeds: ready.feeds.iter().map(ToString::to_string).collect(),
            marking: ready.marking.clone(),
            source: short_source(&draft.source),
            bytes: text.len() as u64,
            submitted: now.wall,
            since: lived,
            submitter: None,
            rules: self.clearance.settings.rules,
            approvals: Vec::new(),
            refused: None,
            embargo: ready.embargo.map(|day| day.to_string()),
            held: false,
            cleared: None,
            day_confirmed: false,
        };
        Ok(Ok((kept, text)))
    }

    /// Why these cannot be kept beside the others.
    fn is_full(&self, new: &[Kept]) -> Option<Refusal> {
        let others = self.clearance.drafts.values();
        let others = others.filter(|draft| new.iter().all(|n| n.number != draft.number));
        let all: Vec<u64> = others.chain(new).map(|draft| draft.bytes).collect();
        let remedy = "publish or take back some: indaba draft list";
        if all.len() > limits::DRAFTS_KEPT && !new.is_empty() {
            return Some(policy(
                format!(
                    "{} drafts would wait; one node keeps {}",
                    all.len(),
                    limits::DRAFTS_KEPT
                ),
                remedy,
            ));
        }
        let bytes: u64 = all.iter().sum();
        (bytes > limits::DRAFT_BYTES_KEPT && !new.is_empty()).then(|| {
            policy(
                format!(
                    "the drafts would take {bytes} bytes; one node keeps {}",
                    limits::DRAFT_BYTES_KEPT
                ),
                remedy,
            )
        })
    }

    pub(super) fn edit_draft(
        &mut self,
        now: Moment,
        number: u64,
        draft: &Draft,
        by: Option<&OfficerWord>,
        store: &mut Store,
    ) -> Answer {
        let Some(old) = self.clearance.drafts.get(&number).cloned() else {
            return Ok(Err(not_there(number)));
        };
        let drafts = std::slice::from_ref(draft);
        if let Some(refusal) = space::refusal(drafts, store) {
            return Ok(Err(refusal));
        }
        let ready = match self.all_ready(drafts, Some(number), store)? {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let submitter = match self.submitter(draft, (number, old.version), by) {
            Ok(submitter) => submitter,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(ready) = ready.first() else {
            return Ok(Err(not_there(number)));
        };
        let (mut new, text) = match self.keep(now, draft, ready, number, store)? {
            Ok(new) => new,
            Err(refusal) => return Ok(Err(refusal)),
        };
        new.version = old.version + 1;
        new.submitter = submitter;
        // Whoever wanted it to wait for an order wants that of the new text too; and what was kept never goes out by an edit alone.
        let waits = self.would_wait(now, ready, old.held);
        new.held = old.held || waits.is_empty();
        if let Some(refusal) = self.is_full(std::slice::from_ref(&new)) {
            return Ok(Err(refusal));
        }
        let lived = self.clearance.patience.pass(now);
        new.cleared = self.undecided(&new).is_empty().then_some(lived);
        let mut batch = Batch::new();
        new.put(&mut batch);
        new.put_text(&text, &mut batch);
        let view = self.draft_view(now, lived, &new);
        self.clearance.drafts.insert(number, new);
        self.clearance.failed.remove(&number);
        self.commit_clearance(now, batch, store)?;
        Ok(Ok(ClearanceReply::Changed {
            draft: Box::new(view),
        }))
    }
}
