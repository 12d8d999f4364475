//! Orders about charters: which are held, which are accepted here.

use indaba_protocol::Id;
use indaba_protocol::trust::PolicyFault;
use indaba_store::{Store, StoreError};

use super::orders::said;
use super::policy::Reach;
use crate::engine::Engine;
use crate::engine::boundary::Moment;
use crate::engine::order::{CharterView, Refusal, RefusalKind, Reply, TrustReply};
use crate::engine::orders::refused;

impl Engine {
    /// Accepts a charter that is held and counts.
    pub(in crate::engine) fn accept_charter(
        &mut self,
        now: Moment,
        text: &str,
        reach: Reach,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let id = match self.find_id(text, store) {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let counts = self.trust.web().charters().any(|c| c.charter.id == id);
        // A whole id is enough when a backup is restored: the charter may come later.
        if !counts && store.contains(&id)? {
            let why = self.weigh(&id, store)?.and_then(Result::err);
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            return Ok(refused(
                RefusalKind::Policy,
                format!("record {} is no charter that counts{why}", id.short()),
                "see `indaba trust charter list`",
            ));
        }
        let known = self.choices.trust().charters.contains_key(&id);
        if !known && self.choices.trust().charters.len() >= indaba_protocol::limits::TRUST_CHARTERS
        {
            return Ok(refused(
                RefusalKind::Policy,
                PolicyFault::Charters.to_string(),
                "drop one first: `indaba trust charter drop ID`",
            ));
        }
        self.choices.accept_charter(store, id, reach)?;
        self.find_chosen(store)?;
        self.policy_changed(now);
        if let Some(request) = self.ask_for_chosen() {
            let peers: Vec<_> = self.peers.all().copied().collect();
            for peer in peers {
                self.sessions.ask(peer, [request.clone()]);
            }
        }
        Ok(self.charter_reply(&id))
    }

    /// Accepts a charter no longer.
    pub(in crate::engine) fn drop_charter(
        &mut self,
        now: Moment,
        text: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let id = match self.find_charter(text) {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        if !self.choices.drop_charter(store, &id)? {
            return Ok(refused(
                RefusalKind::NotFound,
                format!("the charter {} is not accepted here", id.short()),
                "see `indaba trust charter list`",
            ));
        }
        self.find_chosen(store)?;
        self.policy_changed(now);
        Ok(self.charter_reply(&id))
    }

    /// Every charter that counts, and those that are accepted and not held.
    pub(in crate::engine) fn charter_views(&self) -> Vec<CharterView> {
        let web = self.trust.web();
        let mut views: Vec<CharterView> = web.charters().map(|c| self.charter_view(&c)).collect();
        for (id, reach) in &self.choices.trust().charters {
            if web.charters().all(|c| c.charter.id != *id) {
                views.push(CharterView {
                    id: id.to_string(),
                    short: id.short(),
                    name: String::new(),
                    signer: None,
                    reach: Reach::default(),
                    stewards: Vec::new(),
                    threshold: 0,
                    state: 0,
                    civil: 0,
                    accepted: Some(reach.clone()),
                    in_force: false,
                });
            }
        }
        views
    }

    /// One charter.
    pub(in crate::engine) fn charter(&self, text: &str) -> Reply {
        match self.find_charter(text) {
            Ok(id) => self.charter_reply(&id),
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn charter_reply(&self, id: &Id) -> Reply {
        let text = id.to_string();
        let charters = self.charter_views();
        said(TrustReply::Charters {
            charters: charters.into_iter().filter(|c| c.id == text).collect(),
        })
    }

    fn find_charter(&self, text: &str) -> Result<Id, Refusal> {
        let text = text.trim();
        let bare = text.strip_prefix("bafyr4i").unwrap_or(text);
        let views = self.charter_views();
        let begins =
            |id: &str| !bare.is_empty() && id.get(7..).is_some_and(|t| t.starts_with(bare));
        let found: Vec<Id> = views
            .iter()
            .filter(|view| view.name == text || begins(&view.id))
            .filter_map(|view| view.id.parse().ok())
            .collect();
        match found.as_slice() {
            [id] => Ok(*id),
            [] => Err(Refusal {
                kind: RefusalKind::NotFound,
                problem: format!(
                    "no charter held here has the name `{text}`, or an id that begins so"
                ),
                remedy: "see `indaba trust charter list`".to_owned(),
            }),
            _ => Err(Refusal {
                kind: RefusalKind::Ambiguous,
                problem: format!("`{text}` fits {} charters", found.len()),
                remedy: "write more of the id; see `indaba trust charter list`".to_owned(),
            }),
        }
    }
}
