//! Signing what a command says about others: shown first, asked, then published in `registry`.

use std::collections::BTreeMap;

use indaba_protocol::{Value, cbor};

use super::super::clock;
use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::hex;
use super::super::publish::not_a_copy;
use super::super::screen::Report;
use crate::engine::order::{Draft, Order, Published, Reply};

/// What a command is about to say.
pub(super) struct Saying {
    /// The kind of the record.
    pub(super) kind: &'static str,
    /// Relation and id of what it is about.
    pub(super) links: Vec<(String, String)>,
    /// The body.
    pub(super) body: BTreeMap<String, Value>,
    /// A sentence for people, in the card.
    pub(super) words: Option<String>,
    /// The language of the sentence.
    pub(super) language: String,
    /// What it is called where something is wrong with it.
    pub(super) source: String,
}

/// Text as a value.
pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

impl Saying {
    fn draft(self) -> Draft {
        let card = self.words.map(|words| ("summary".to_owned(), text(&words)));
        let part = |map: BTreeMap<String, Value>| hex::encode(&cbor::encode(&Value::Map(map)));
        Draft {
            kind: self.kind.to_owned(),
            feeds: vec!["registry".to_owned()],
            links: self.links,
            lang: self.language,
            marking: "clear".to_owned(),
            // A clock that cannot be right claims nothing.
            day: clock::doubt().is_none().then(clock::today),
            card: part(card.into_iter().collect()),
            body: part(self.body),
            source: self.source,
        }
    }
}

/// What became of it.
pub(super) enum Outcome {
    /// Signed, and whether a running node sends it at once.
    Signed {
        records: Vec<Published>,
        announced: bool,
    },
    /// Only shown.
    Shown,
    /// The person did not agree.
    Declined,
}

/// Shows what would be signed; unless it is a dry run, asks, signs and publishes it.
pub(super) fn sign(
    context: &Context,
    sayings: Vec<Saying>,
    preview: &impl Report,
    question: &str,
    dry_run: bool,
) -> Result<Outcome, Failure> {
    let dir = context.node_dir()?;
    if !dry_run {
        not_a_copy(context, &dir)?;
    }
    let drafts: Vec<Draft> = sayings.into_iter().map(Saying::draft).collect();
    let order = Order::Preflight {
        drafts: drafts.clone(),
    };
    let Reply::Preflight(preflight) = context.ask(order)? else {
        return Err(unexpected());
    };
    let faults: Vec<String> = preflight
        .records
        .into_iter()
        .flat_map(|r| r.faults)
        .collect();
    if !faults.is_empty() {
        return Err(Failure::new(Exit::WrongUse, faults.join("\n")).hint("nothing was signed"));
    }
    if dry_run {
        context.screen.report(preview)?;
        context.screen.tell("Nothing was signed.");
        return Ok(Outcome::Shown);
    }
    context.screen.preview(preview);
    if !context.asker.consent(question)? {
        context.screen.tell("Nothing was signed.");
        return Ok(Outcome::Declined);
    }
    let Reply::Published { records } = context.ask(Order::Publish { drafts })? else {
        return Err(unexpected());
    };
    let announced = context.running(&dir)?.is_some();
    Ok(Outcome::Signed { records, announced })
}

/// Says where what was signed is now, when no node runs that would send it.
pub(super) fn say_unsent(context: &Context, announced: bool) {
    if !announced {
        context.screen.hint(format!(
            "signed and stored; it leaves this machine when the node runs: {} up",
            context.typed()
        ));
    }
}
