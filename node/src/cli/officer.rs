//! `indaba officer`: the keys that approve drafts, and whose of them this node knows.

use indaba_protocol::SigningKey;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{OfficerAct, OfficerNewFlags};
use super::hex;
use super::institution::{approver, new_passphrase};
use super::record_file::write_new;
use super::screen::{Page, Report, clean};
use super::words;
use crate::ceremony::{ApproverCard, check_role};
use crate::engine::order::{ClearanceOrder, ClearanceReply, OfficerView, Order, Reply};
use crate::keystore::{Purpose, Seed, write_officer_key};

#[derive(Serialize)]
struct Made {
    role: String,
    key: String,
    key_file: String,
    public: String,
    sealed: bool,
}

impl Report for Made {
    const NAME: &'static str = "officer-new";
    fn page(&self, page: &mut Page) {
        page.head(format!("Key of {}", self.role));
        page.field("key", format!("{}  in {}", self.key, self.key_file));
        page.field("public file", &self.public);
        page.field("sealed", if self.sealed { "yes" } else { "NO" });
        page.gap();
        page.line(
            "Keep the key on your own stick. Hand in the public file: indaba officer add FILE",
        );
    }
}

#[derive(Serialize)]
struct Added {
    #[serde(flatten)]
    officer: OfficerView,
    already: bool,
}

impl Report for Added {
    const NAME: &'static str = "officer-add";
    fn page(&self, page: &mut Page) {
        let how = if self.already {
            "was known already"
        } else {
            "may submit, approve and refuse drafts"
        };
        page.line(clean(&format!("{} {how}", words::officer(&self.officer))));
    }
}

#[derive(Serialize)]
struct Removed {
    #[serde(flatten)]
    officer: OfficerView,
    /// Drafts that lost an approval.
    voided: u64,
}

impl Report for Removed {
    const NAME: &'static str = "officer-remove";
    fn page(&self, page: &mut Page) {
        page.line(clean(&format!(
            "{} is known no longer; {} lost an approval",
            words::officer(&self.officer),
            words::count(self.voided, "draft", "drafts")
        )));
    }
}

#[derive(Serialize)]
struct Listed {
    officers: Vec<OfficerView>,
}

impl Report for Listed {
    const NAME: &'static str = "officer-list";
    fn page(&self, page: &mut Page) {
        if self.officers.is_empty() {
            page.line("no officers; each makes a key: indaba officer new --help");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .officers
            .iter()
            .map(|officer| vec![officer.shown.clone(), officer.role.clone()])
            .collect();
        page.table(&["key", "office"], &rows);
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: OfficerAct) -> Result<Exit, Failure> {
    match act {
        OfficerAct::New(flags) => new(context, &flags),
        OfficerAct::Add { file } => {
            let card = approver(&file)?;
            let question = format!(
                "Let \"{}\" with key {} submit and approve drafts here? Compare the key with the officer.",
                card.role, card.key
            );
            if !context.asker.consent(&clean(&question))? {
                return Err(Failure::new(Exit::Refused, "no officer was added"));
            }
            let act = ClearanceOrder::AddOfficer {
                key: hex::encode(card.key.as_bytes()),
                role: card.role,
            };
            let ClearanceReply::OfficerAdded { officer, already } = ask(context, act)? else {
                return Err(unexpected());
            };
            context.screen.report(&Added { officer, already })?;
            Ok(Exit::Ok)
        }
        OfficerAct::List => {
            let ClearanceReply::Officers { officers } = ask(context, ClearanceOrder::Officers)?
            else {
                return Err(unexpected());
            };
            context.screen.report(&Listed { officers })?;
            Ok(Exit::Ok)
        }
        OfficerAct::Remove { officer } => {
            let act = ClearanceOrder::RemoveOfficer { officer };
            let ClearanceReply::OfficerRemoved { officer, voided } = ask(context, act)? else {
                return Err(unexpected());
            };
            context.screen.report(&Removed { officer, voided })?;
            Ok(Exit::Ok)
        }
    }
}

/// Gives an order about drafts or officers.
pub(super) fn ask(context: &Context, act: ClearanceOrder) -> Result<ClearanceReply, Failure> {
    match context.ask(Order::Clearance { act })? {
        Reply::Clearance { answer } => Ok(answer),
        _ => Err(unexpected()),
    }
}

fn new(context: &Context, flags: &OfficerNewFlags) -> Result<Exit, Failure> {
    let role = check_role(&flags.role)?;
    if flags.key == flags.public {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("{} is named twice", flags.key.display()),
        )
        .hint("the key and its public part are two files; only the second leaves the stick"));
    }
    for file in [&flags.key, &flags.public] {
        if std::fs::symlink_metadata(file).is_ok() {
            return Err(Failure::new(
                Exit::Failed,
                format!("{} exists already and is never overwritten", file.display()),
            )
            .hint("choose another name"));
        }
    }
    let question = "A passphrase to seal the key with";
    let passphrase = new_passphrase(context, flags.unsealed, &flags.passphrase, question)?;
    let seed = Seed::random()?;
    write_officer_key(&flags.key, Purpose::Officer, &seed, passphrase.as_ref())?;
    let card = ApproverCard {
        role,
        key: SigningKey::from_seed(seed.expose()).key(),
    };
    write_new(&flags.public, card.to_text().as_bytes())?;
    context.screen.report(&Made {
        key: card.key.to_string(),
        role: card.role,
        key_file: flags.key.display().to_string(),
        public: flags.public.display().to_string(),
        sealed: passphrase.is_some(),
    })?;
    if passphrase.is_none() {
        context.screen.warn(
            "the key is NOT sealed: whoever finds the file can approve in this officer's place",
        );
    }
    Ok(Exit::Ok)
}
