//! `trust charter`: what founds a region or a network, and who admits its members.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::flags::{CharterAct, PublishFlags, SubmitFlags};
use super::super::record_text::read_file;
use super::super::screen::{Page, Report, clean};
use super::super::{publish, words};
use super::ask;
use super::scope::reach;
use super::signing::{Outcome, Saying, say_unsent, sign, text};
use crate::engine::order::{CharterView, TrustOrder, TrustReply};

#[derive(Serialize)]
struct Charters {
    charters: Vec<CharterView>,
}

impl Report for Charters {
    const NAME: &'static str = "trust-charter-list";
    fn page(&self, page: &mut Page) {
        if self.charters.is_empty() {
            page.line("no charter is held here");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .charters
            .iter()
            .map(|charter| {
                vec![
                    charter.short.clone(),
                    charter.name.clone(),
                    standing(charter).to_owned(),
                    format!("{} of {}", agreed(charter), charter.stewards.len()),
                    match &charter.signer {
                        Some(signer) => words::institution(signer),
                        None => "not held here yet".to_owned(),
                    },
                ]
            })
            .collect();
        page.table(
            &["id", "charter", "state", "stewards agreed", "signed by"],
            &rows,
        );
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(CharterView);

impl Report for Shown {
    const NAME: &'static str = "trust-charter";
    fn page(&self, page: &mut Page) {
        let charter = &self.0;
        page.head(format!("charter {}", charter.name));
        page.field("id", &charter.id);
        let Some(signer) = &charter.signer else {
            page.field("state", "accepted here, and not held yet");
            return;
        };
        page.field("signed by", words::institution(signer));
        let reach = charter.reach.words();
        page.field(
            "reaches",
            reach.strip_prefix(", only for ").unwrap_or("everything"),
        );
        page.field("state", standing(charter));
        if let Some(words) = charter.accepted.as_ref().map(|reach| reach.words())
            && !words.is_empty()
        {
            page.field("followed", words.trim_start_matches(", "));
        }
        page.field(
            "agreement",
            format!(
                "{} of {} stewards agreed, {} are needed",
                agreed(charter),
                charter.stewards.len(),
                charter.threshold
            ),
        );
        page.field(
            "admission",
            format!(
                "a state body with the vouches of {}, any other institution with those of {}",
                words::count(charter.state, "steward", "stewards"),
                words::count(charter.civil, "steward", "stewards")
            ),
        );
        for (place, steward) in charter.stewards.iter().enumerate() {
            let agreed = if steward.agreed {
                "agreed"
            } else {
                "has not agreed"
            };
            page.field(
                if place == 0 { "stewards" } else { "" },
                format!("{}: {agreed}", words::institution(&steward.institution)),
            );
        }
    }
}

fn agreed(charter: &CharterView) -> usize {
    charter
        .stewards
        .iter()
        .filter(|steward| steward.agreed)
        .count()
}

fn standing(charter: &CharterView) -> &'static str {
    match (&charter.accepted, charter.in_force) {
        (None, _) => "not accepted here",
        (Some(_), true) => "accepted, in force",
        (Some(_), false) => "accepted, not in force",
    }
}

/// What a cosignature says, before it is signed.
#[derive(Serialize)]
struct Preview {
    charter: CharterView,
    words: Option<String>,
}

impl Report for Preview {
    const NAME: &'static str = "trust-charter-cosign-preview";
    fn page(&self, page: &mut Page) {
        page.head("What would be signed, publicly");
        page.field(
            "agree to",
            format!("charter {} ({})", self.charter.name, self.charter.short),
        );
        if let Some(signer) = &self.charter.signer {
            page.field("signed by", words::institution(signer));
        }
        if let Some(words) = &self.words {
            page.field("words", words);
        }
    }
}

#[derive(Serialize)]
struct Cosigned {
    record: String,
    charter: String,
    announced: bool,
}

impl Report for Cosigned {
    const NAME: &'static str = "trust-charter-cosign";
    fn page(&self, page: &mut Page) {
        page.line(clean(&format!(
            "agreed to charter {}, record {}",
            self.charter, self.record
        )));
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, act: CharterAct) -> Result<Exit, Failure> {
    match act {
        CharterAct::List => {
            let charters = charters(context, TrustOrder::Charters)?;
            context.screen.report(&Charters { charters })?;
            Ok(Exit::Ok)
        }
        CharterAct::Show { charter } => show(context, TrustOrder::Charter { charter }),
        CharterAct::Publish { file, dry_run } => {
            let kind = read_file(&file).read.ok().map(|source| source.kind);
            // What does not read at all is told by publishing itself.
            if let Some(kind) = kind.filter(|kind| kind != "charter") {
                return Err(Failure::new(
                    Exit::WrongUse,
                    format!("{} holds a {kind}, no charter", file.display()),
                )
                .hint("begin with `indaba new charter`, or use `indaba publish`"));
            }
            let flags = PublishFlags {
                files: vec![file],
                dry_run,
                submit: SubmitFlags::default(),
            };
            publish::run(context, &flags)
        }
        CharterAct::Accept { charter, scope } => {
            let reach = reach(&scope)?;
            let charter = one(context, charter)?;
            context.screen.tell(format!(
                "The stewards of {} decide who is accepted by it: {}.",
                clean(&charter.name),
                clean(
                    &charter
                        .stewards
                        .iter()
                        .map(|s| words::institution(&s.institution))
                        .collect::<Vec<_>>()
                        .join("; ")
                )
            ));
            if !context.asker.consent("Accept this charter here?")? {
                return Err(Failure::new(Exit::Refused, "the charter was not accepted"));
            }
            let charter = charter.id;
            show(context, TrustOrder::AcceptCharter { charter, reach })
        }
        CharterAct::Drop { charter } => {
            ask(
                context,
                TrustOrder::DropCharter {
                    charter: charter.clone(),
                },
            )?;
            context.screen.report(&Dropped { charter })?;
            Ok(Exit::Ok)
        }
        CharterAct::Cosign {
            charter,
            words,
            language,
            dry_run,
        } => cosign(context, charter, words, language, dry_run),
    }
}

#[derive(Serialize)]
struct Dropped {
    charter: String,
}

impl Report for Dropped {
    const NAME: &'static str = "trust-charter-drop";
    fn page(&self, page: &mut Page) {
        page.line(clean(&format!(
            "charter {}: no longer accepted here",
            self.charter
        )));
    }
}

fn cosign(
    context: &Context,
    charter: String,
    note: Option<String>,
    language: String,
    dry_run: bool,
) -> Result<Exit, Failure> {
    let charter = one(context, charter)?;
    let own = context
        .identity(&context.node_dir()?)?
        .institution
        .to_string();
    match charter.stewards.iter().find(|s| s.institution.id == own) {
        Some(steward) if steward.agreed => {
            context.screen.tell(format!(
                "This institution agreed to charter {} already.",
                clean(&charter.name)
            ));
            return Ok(Exit::Ok);
        }
        Some(_) => {}
        None => context.screen.tell(format!(
            "This institution is no steward of charter {}: its agreement does not count there.",
            clean(&charter.name)
        )),
    }
    let mut body = BTreeMap::from([("stance".to_owned(), text("cosign"))]);
    if let Some(note) = &note {
        body.insert("note".to_owned(), text(note));
    }
    let saying = Saying {
        kind: "response",
        links: vec![("responds-to".to_owned(), charter.id.clone())],
        body,
        words: None,
        language,
        source: "the cosignature".to_owned(),
    };
    let id = charter.id.clone();
    let preview = Preview {
        charter,
        words: note,
    };
    let question = "Sign and publish the agreement?";
    match sign(context, vec![saying], &preview, question, dry_run)? {
        Outcome::Shown => Ok(Exit::Ok),
        Outcome::Declined => Ok(Exit::Interrupted),
        Outcome::Signed { records, announced } => {
            let record = records.into_iter().next().ok_or_else(unexpected)?;
            context.screen.report(&Cosigned {
                record: record.id,
                charter: id,
                announced,
            })?;
            say_unsent(context, announced);
            Ok(Exit::Ok)
        }
    }
}

fn charters(context: &Context, act: TrustOrder) -> Result<Vec<CharterView>, Failure> {
    match ask(context, act)? {
        TrustReply::Charters { charters } => Ok(charters),
        _ => Err(unexpected()),
    }
}

fn one(context: &Context, charter: String) -> Result<CharterView, Failure> {
    let found = charters(context, TrustOrder::Charter { charter })?;
    found.into_iter().next().ok_or_else(unexpected)
}

fn show(context: &Context, act: TrustOrder) -> Result<Exit, Failure> {
    let charter = charters(context, act)?.into_iter().next();
    context
        .screen
        .report(&Shown(charter.ok_or_else(unexpected)?))?;
    Ok(Exit::Ok)
}
