//! Trust as a person is shown it: paths, charters, sentences.

use indaba_protocol::trust::{
    Acceptance, CharterStanding, Explanation, Matter, NotCounted, Path, Vouch,
};
use indaba_protocol::{Header, Id, Verified};
use indaba_store::{Store, StoreError};

use super::policy::Reach;
use crate::engine::Engine;
use crate::engine::order::{
    AnswerView, CharterView, ExplanationView, InstitutionView, PathView, StewardView, VouchView,
};

/// The word for how far an institution is accepted.
pub(in crate::engine) fn extent(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::No => "no",
        Acceptance::Heard => "heard",
        Acceptance::Limited => "limited",
        Acceptance::Everywhere => "everywhere",
    }
}

impl Engine {
    /// What an institution is called in a sentence: its name, and what tells it from others of that name where nobody vouches for it.
    pub(in crate::engine) fn called(&self, id: &Id, store: &Store) -> Result<String, StoreError> {
        let (view, claimed) = self.claiming_view(id, store)?;
        let mut beside = vec![view.short.clone()];
        if !view.accepted {
            beside.push("unvouched".to_owned());
        }
        let name = match (view.name, claimed) {
            (Some(name), _) => name,
            (None, Some(claimed)) => {
                beside.push("by its own word".to_owned());
                claimed
            }
            (None, None) => return Ok(view.short),
        };
        let plain = view.accepted && view.marks.is_empty();
        beside.extend(view.marks);
        Ok(match plain {
            true => name,
            false => format!("{name} ({})", beside.join(", ")),
        })
    }

    /// Why an institution is accepted in some matters, or not.
    pub(in crate::engine) fn explanation(
        &self,
        institution: &Id,
        matters: &[Matter],
        record: Option<&Verified<Header>>,
        store: &Store,
    ) -> Result<ExplanationView, StoreError> {
        let acceptance = self.acceptance(institution);
        let mut answers = Vec::new();
        for matter in matters {
            let explanation = self.trust.web().explain(institution, matter);
            answers.push(self.answer_view(&explanation, store)?);
        }
        // A record of one that is only heard is accepted by its kind, not by a matter.
        let accepted = match record {
            Some(record) => self.trust.web().accepts_record(record),
            None => answers.iter().all(|answer| answer.accepted),
        };
        if acceptance == Acceptance::Heard
            && let Some(answer) = answers.last_mut()
        {
            let called = self.called(institution, store)?;
            answer.sentences.push(format!(
                "What {called} says about others is kept and counts: an anchor lets it introduce, or it is a steward of a charter that you accept."
            ));
        }
        Ok(ExplanationView {
            institution: self.institution_view(institution),
            record: record.map(|record| record.id().to_string()),
            extent: extent(acceptance).to_owned(),
            accepted,
            answers,
            disputes: self.rival_states(institution, store)?,
            became: self.became(institution, store)?,
        })
    }

    /// The sentences about a record, and whether it is accepted: the first matter in which it is not, or the first.
    pub(in crate::engine) fn why(
        &self,
        record: &Verified<Header>,
        store: &Store,
    ) -> Result<(bool, Vec<String>), StoreError> {
        if record.institution == self.identity.institution {
            return Ok((true, vec!["It is this node's own institution.".to_owned()]));
        }
        let matters = Matter::all_of(record);
        let view = self.explanation(&record.institution, &matters, Some(record), store)?;
        let mut answers = view.answers;
        let at = answers.iter().position(|answer| !answer.accepted);
        let said = match answers.is_empty() {
            true => Vec::new(),
            false => answers.swap_remove(at.unwrap_or(0)).sentences,
        };
        Ok((view.accepted, said))
    }

    fn answer_view(
        &self,
        explanation: &Explanation,
        store: &Store,
    ) -> Result<AnswerView, StoreError> {
        let mut named = std::collections::BTreeMap::new();
        for id in mentioned(explanation) {
            named.insert(id, self.called(&id, store)?);
        }
        let sentences = explanation.sentences(|id| {
            let called = named.get(id).cloned();
            called.unwrap_or_else(|| id.short().to_string())
        });
        let institutions = |ids: &[Id]| -> Vec<InstitutionView> {
            ids.iter().map(|id| self.institution_view(id)).collect()
        };
        let losing = explanation.paths.losing.iter();
        let losing = losing.chain(
            explanation
                .charters
                .iter()
                .filter_map(|c| c.losing.as_ref()),
        );
        let (kind, feed) = match &explanation.matter {
            Matter::Of { kind, feed } => (Some(kind.clone()), Some(feed.to_string())),
            Matter::Any | Matter::Every => (None, None),
        };
        Ok(AnswerView {
            kind,
            feed,
            accepted: explanation.accepted,
            sentences,
            paths: explanation
                .paths
                .found
                .iter()
                .map(|path| self.path_view(path))
                .collect(),
            needed: explanation
                .paths
                .needed
                .as_ref()
                .filter(|_| !explanation.accepted)
                .map(|needed| institutions(&needed.from)),
            losing: losing
                .min_by_key(|losing| losing.institutions.len())
                .filter(|_| explanation.anchor.is_none())
                .map(|losing| institutions(&losing.institutions)),
        })
    }

    fn path_view(&self, path: &Path) -> PathView {
        PathView {
            anchor: self.institution_view(&path.anchor),
            full: path.trust == indaba_protocol::trust::Trust::Full,
            steps: path
                .steps
                .iter()
                .map(|vouch| self.vouch_view(vouch, None))
                .collect(),
            reach: Reach::of(&path.scope),
        }
    }

    pub(in crate::engine) fn vouch_view(
        &self,
        vouch: &Vouch,
        not_counted: Option<NotCounted>,
    ) -> VouchView {
        VouchView {
            record: vouch.id.to_string(),
            short: vouch.id.short(),
            voucher: self.institution_view(&vouch.voucher),
            subject: self.institution_view(&vouch.subject),
            level: vouch.level.to_string(),
            introduces: vouch.introduces,
            reach: Reach::of(&vouch.scope),
            day: vouch.day.map(|day| day.to_string()),
            expires: vouch.expires.map(|day| day.to_string()),
            not_counted: not_counted.map(|reason| reason.to_string()),
        }
    }

    pub(in crate::engine) fn charter_view(&self, standing: &CharterStanding<'_>) -> CharterView {
        let charter = standing.charter;
        CharterView {
            id: charter.id.to_string(),
            short: charter.id.short(),
            name: charter.name.clone(),
            signer: Some(self.institution_view(&charter.signer)),
            reach: Reach::of(&charter.scope),
            stewards: charter
                .stewards
                .iter()
                .map(|steward| StewardView {
                    institution: self.institution_view(steward),
                    agreed: standing.agreeing.contains(steward),
                })
                .collect(),
            threshold: charter.threshold,
            state: charter.admission.state,
            civil: charter.admission.civil,
            accepted: standing.accepted.map(Reach::of),
            in_force: standing.in_force,
        }
    }
}

/// Every institution that the sentences of an explanation can name.
fn mentioned(explanation: &Explanation) -> std::collections::BTreeSet<Id> {
    let vouches = |vouch: &Vouch| [vouch.voucher, vouch.subject];
    let paths = &explanation.paths;
    let mut ids = std::collections::BTreeSet::from([explanation.subject]);
    ids.extend(paths.found.iter().map(|path| path.anchor));
    let steps = paths.found.iter().flat_map(|path| &path.steps);
    ids.extend(steps.chain(&explanation.uncounted).flat_map(vouches));
    ids.extend(paths.needed.iter().flat_map(|needed| &needed.from));
    let losing = paths.losing.iter();
    let charters = &explanation.charters;
    let losing = losing.chain(charters.iter().filter_map(|c| c.losing.as_ref()));
    ids.extend(losing.flat_map(|losing| &losing.institutions));
    ids.extend(charters.iter().flat_map(|c| &c.vouches).flat_map(vouches));
    ids
}
