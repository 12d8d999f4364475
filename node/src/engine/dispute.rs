//! Why something is disputed, in sentences. Which word that makes is decided in `protocol`; here a reader is told what lies behind it.

use std::collections::BTreeSet;

use indaba_protocol::{Alarm, Header, Id, Verdict, Verified};
use indaba_store::{Store, StoreError};

use super::order::InstitutionView;
use super::{Engine, limits};

impl Engine {
    /// One sentence for each reason for which a record is disputed.
    pub(super) fn disputes(
        &self,
        record: &Verified<Header>,
        verdict: Verdict,
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let mut told = self.rival_states(&record.institution, store)?;
        let (institution, key) = (&record.institution, &record.key);
        for alarm in self.alarms_disputing(record) {
            told.push(format!(
                "Node key {} of the same institution warned on {} that key {key}, which signed this, is in other hands. Its root keys have not decided yet.",
                alarm.key, alarm.day
            ));
        }
        if verdict != Verdict::Contested {
            return Ok(told);
        }
        for lane in &record.lanes {
            let at = store.at(institution, key, &lane.feed, lane.seq)?;
            let others: BTreeSet<Id> = at.into_iter().filter(|id| *id != record.id()).collect();
            let others: Vec<String> = others.iter().map(Id::short).collect();
            let place = format!("{} #{}", lane.feed, lane.seq);
            if !others.is_empty() {
                told.push(format!(
                    "The same key signed {} for the same place, {place}. Which is meant is not known.",
                    others.join(", ")
                ));
            } else if self
                .institutions
                .is_contested(institution, key, &lane.feed, lane.seq)
            {
                told.push(format!(
                    "It is proven that the same key signed two records for one place, {place}; the other is not held here."
                ));
            }
        }
        Ok(told)
    }

    /// The alarms that make a record disputed. Those of an institution that is not accepted do not: whether one of them is kept depends on
    /// when it came.
    pub(super) fn alarms_disputing<'a>(
        &'a self,
        record: &'a Header,
    ) -> impl Iterator<Item = &'a Verified<Alarm>> {
        let accepted = self.accepts(&record.institution);
        self.institutions
            .alarms_about(&record.institution, &record.key)
            .filter(move |alarm| accepted && alarm.disputes(record))
    }

    /// Institutions with rival states that matter here: the own one, and those that are accepted.
    pub(super) fn disputed_institutions(&self) -> Vec<InstitutionView> {
        let disputed = self
            .institutions
            .chains()
            .filter(|chain| chain.is_disputed());
        disputed
            .map(|chain| self.institution_view(&chain.institution()))
            .filter(|view| view.accepted)
            .take(limits::PAGE)
            .collect()
    }

    /// One sentence for each version of which an institution signed two states.
    pub(super) fn rival_states(
        &self,
        institution: &Id,
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let Some(chain) = self
            .institutions
            .chain(institution)
            .filter(|c| c.is_disputed())
        else {
            return Ok(Vec::new());
        };
        let called = self.called(institution, store)?;
        let told = chain.rivals().map(|rival| {
            format!(
                "Enough root keys of {called} signed two different states {}. The one that came first here stands, and which is meant is not known. Ask the institution by another way.",
                rival.version
            )
        });
        Ok(told.collect())
    }
}
