//! An alarm: one live key of the institution warns about another before the root holders can meet.

use indaba_protocol::{Alarm, FeedName, VerifiedStatement};
use indaba_store::{Batch, FactKind, Store, StoreError};

use super::boundary::Moment;
use super::cutting::Line;
use super::order::{RefusalKind, Reply};
use super::orders::refused;
use super::{Engine, durable};

impl Engine {
    /// Signs an alarm with this node's key and tells the network.
    pub(super) fn raise_alarm(
        &mut self,
        now: Moment,
        key: &str,
        line: &Line,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        if let Some(refusal) = self.may_sign_now(store) {
            return Ok(Reply::Refused(refusal));
        }
        let plan = match self.plan_cut(key, line, store)? {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let institution = self.identity.institution;
        let (against, own) = match self.find_key(key) {
            Ok(against) => (against, self.own_key()),
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        if against == own {
            return Ok(refused(
                RefusalKind::Policy,
                "a key cannot warn about itself",
                "raise the alarm on another node of the institution, or let the root keys cut this one",
            ));
        }
        if self
            .institutions
            .alarm(&institution, &against, &own)
            .is_some()
        {
            return Ok(refused(
                RefusalKind::Policy,
                format!("this node raised the alarm about {against} before"),
                "the root keys settle the matter now: indaba institution revoke",
            ));
        }
        let Some(state) = self.own_state().map(|state| state.id()) else {
            return Ok(refused(
                RefusalKind::Policy,
                "this institution has no state yet",
                "found it with `indaba init`",
            ));
        };
        let alarm = Alarm {
            institution,
            key: own,
            state,
            against,
            good: Engine::good_ends(&plan),
            day: Engine::today(now),
        }
        .sign(&self.identity.node, &self.net);
        let alarm = match alarm {
            Ok(alarm) => VerifiedStatement::Alarm(alarm),
            Err(error) => {
                return Ok(refused(
                    RefusalKind::Policy,
                    error.to_string(),
                    "an alarm names at most 128 feeds: name the last good records with --last",
                ));
            }
        };
        let mut batch = Batch::new();
        batch.put_fact(durable::fact(FactKind::Alarm, &alarm));
        batch.outbox_push(alarm.id(), vec![FeedName::registry()]);
        store.commit(batch)?;
        self.institutions.remember(&alarm);
        self.announce_in_registry(&alarm);
        Ok(Reply::Alarmed(Box::new(plan)))
    }
}
