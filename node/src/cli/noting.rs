//! What commands and the running node leave in the audit log. Nothing waits for it to succeed: what was done is done, and whoever did
//! it is told when the log does not have it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::audit::{
    Account, Asked, AuditFault, AuditLog, AuditSettings, Deed, Outcome, Subject, Who,
    published_draft,
};
use crate::config::{DataDir, Layers, Origin, Raw, Settings, Shape};
use crate::control::Carrier;
use crate::engine::Notice;
use crate::engine::order::{Order, Reply};
use crate::runtime::RunningNode;
use indaba_protocol::Id;

impl Context {
    /// The audit log of a data folder. A configuration that does not read is no reason to note nothing.
    pub(crate) fn audit_log(&self, dir: &DataDir) -> AuditLog {
        let settings = match self.settings(dir) {
            Ok(settings) => settings.audit,
            Err(_) => AuditSettings::default(),
        };
        AuditLog::new(dir.audit(), settings)
    }

    /// Notes what this command did by itself.
    pub(crate) fn note(&self, dir: &DataDir, deed: Deed) {
        self.told(self.audit_log(dir).note_own(deed));
    }

    /// Notes what became of something that this command did by itself, and hands it on. Where nobody agreed to it, or another process
    /// has the store, nothing was tried.
    pub(crate) fn noting(
        &self,
        dir: &DataDir,
        act: &'static str,
        done: Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        match &done {
            Ok(Exit::Interrupted) => {}
            Ok(_) => self.note(dir, Deed::done(act, Vec::new())),
            Err(failure)
                if matches!(
                    failure.exit,
                    Exit::Locked | Exit::Interrupted | Exit::WrongUse
                ) => {}
            Err(failure) => self.note(
                dir,
                Deed {
                    outcome: Outcome::Failed,
                    why: Some(failure.exit.meaning().to_owned()),
                    ..Deed::done(act, Vec::new())
                },
            ),
        }
        done
    }

    /// Carries out an order on the store itself, and notes it.
    pub(crate) fn noted_here(
        &self,
        dir: &DataDir,
        order: Order,
        carry: impl FnOnce(Order) -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let asked = Asked::of(&order);
        let done = carry(order);
        let Some(asked) = asked else { return done };
        let log = self.audit_log(dir);
        let who = Account::own().who();
        let entry = match &done {
            Ok(reply) => asked.answered(reply, who, log.names_quiet_feeds()),
            // Asked again, or told so: nothing was tried.
            Err(failure) if failure.exit == Exit::Locked => None,
            Err(failure) => asked.unanswered(who, failure.exit.meaning()),
        };
        if let Some((who, deed)) = entry {
            self.told(log.note(who, deed));
        }
        done
    }

    fn told(&self, written: Result<(), AuditFault>) {
        if let Err(fault) = written {
            self.screen.warn(fault.to_string());
        }
    }
}

/// A carrier that notes who asked for what, and what became of it, before the answer goes back.
pub(crate) fn noting_carrier(log: Arc<AuditLog>, inner: Carrier) -> Carrier {
    Arc::new(move |order, account| {
        let Some(asked) = Asked::of(&order) else {
            return inner(order, account);
        };
        let carried = inner(order, account);
        let log = log.clone();
        // A task of its own: what outlives the patience of whoever asked is noted all the same.
        let noted = tokio::spawn(async move {
            let reply = carried.await;
            let who = account.who();
            let entry = match &reply {
                Some(reply) => asked.answered(reply, who, log.names_quiet_feeds()),
                None => asked.unanswered(who, "the node ended before it answered"),
            };
            if let Some((who, deed)) = entry {
                note(&log, who, deed).await;
            }
            reply
        });
        Box::pin(async move { noted.await.ok().flatten() })
    })
}

/// Notes what this process does as the node.
pub(crate) async fn note_own(log: &Arc<AuditLog>, deed: Deed) {
    note(log, Account::own().who(), deed).await;
}

async fn note(log: &Arc<AuditLog>, who: Who, deed: Deed) {
    let log = log.clone();
    let written = tokio::task::spawn_blocking(move || log.note(who, deed)).await;
    if let Ok(Err(fault)) = written {
        tracing::warn!("{fault}");
    }
}

/// Notes the drafts that a node publishes by itself, until it ends.
pub(crate) fn note_own_acts(log: &Arc<AuditLog>, node: &mut RunningNode) -> Option<JoinHandle<()>> {
    let log = log.clone();
    let mut acts: mpsc::Receiver<Notice> = node.own_acts()?;
    Some(tokio::spawn(async move {
        while let Some(act) = acts.recv().await {
            if let Notice::DraftPublished { number, record } = act {
                let who = Who {
                    node: true,
                    ..Account::own().who()
                };
                note(
                    &log,
                    who,
                    published_draft(number, record.as_deref().unwrap_or_default()),
                )
                .await;
            }
        }
    }))
}

/// The start of a node: its version, and every setting that is not the default, so that the log shows when one changed. Numbers,
/// switches and words of a list stand as they are; texts and addresses as the beginning of their hash.
pub(crate) fn started(layers: &Layers) -> Deed {
    let mut on = vec![Subject::new("version", env!("CARGO_PKG_VERSION"))];
    for (spec, raw, origin) in layers.all() {
        if *origin == Origin::Default {
            continue;
        }
        let value = match (spec.shape, raw) {
            (Shape::Text | Shape::List, _) | (_, Raw::List(_)) => {
                format!("#{}", Id::of(raw.to_string().as_bytes()).short())
            }
            _ => raw.to_string(),
        };
        on.push(Subject::new(
            "setting",
            format!("{} = {value}", spec.name()),
        ));
    }
    Deed::done("node-start", on)
}

/// The end of a node, and what ended it, unless somebody did.
pub(crate) fn stopped(problem: Option<&str>) -> Deed {
    let done = Deed::done("node-stop", Vec::new());
    match problem {
        None => done,
        Some(problem) => Deed {
            outcome: Outcome::Failed,
            why: Some(problem.to_owned()),
            ..done
        },
    }
}

/// The log of a node that runs.
pub(crate) fn log_of(dir: &DataDir, settings: &Settings) -> Arc<AuditLog> {
    Arc::new(AuditLog::new(dir.audit(), settings.audit))
}
