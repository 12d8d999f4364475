//! `indaba institution keys`: what an officer makes on a machine without a network.

use std::path::Path;

use indaba_protocol::{NetworkName, SigningKey};
use serde::Serialize;

use crate::ceremony::{OfficerCard, check_role};
use crate::cli::ask::{passphrase_fd, passphrase_file};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::{KeysFlags, PassphraseFlags};
use crate::cli::record_file::write_new;
use crate::cli::screen::{Page, Report};
use crate::keystore::{
    KeyFault, Passphrase, Purpose, Seed, officer_key_is_sealed, read_officer_key, write_officer_key,
};

#[derive(Serialize)]
struct Made {
    role: String,
    network: String,
    root_key: String,
    reserve_digest: String,
    root: String,
    reserve: String,
    public: String,
    sealed: bool,
}

impl Report for Made {
    const NAME: &'static str = "institution-keys";
    fn page(&self, page: &mut Page) {
        page.head(format!("Keys of {}", self.role));
        page.field("root key", format!("{}  in {}", self.root_key, self.root));
        page.field(
            "reserve key",
            format!("{}  in {}", self.reserve_digest, self.reserve),
        );
        page.field("public file", &self.public);
        page.field("network", &self.network);
        page.field("sealed", if self.sealed { "yes" } else { "NO" });
        page.gap();
        page.line("Hand in the public file and nothing else. Put the root key on one stick and the reserve key on another, each with a copy,");
        page.line(
            "in two buildings. If both are lost, or the passphrase is, nobody can restore them.",
        );
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, flags: &KeysFlags) -> Result<Exit, Failure> {
    let role = check_role(&flags.role)?;
    let network = NetworkName::parse(&flags.network)
        .map_err(|e| Failure::new(Exit::WrongUse, format!("\"{}\": {e}", flags.network)))?;
    let mut files = vec![&flags.reserve, &flags.public];
    files.extend(&flags.root);
    for (place, file) in files.iter().enumerate() {
        if files[..place].contains(file) {
            return Err(
                Failure::new(Exit::WrongUse, format!("{} is named twice", file.display()))
                    .hint("root key, reserve key and public file are three files in three places"),
            );
        }
        if std::fs::symlink_metadata(file).is_ok() {
            return Err(Failure::new(
                Exit::Failed,
                format!("{} exists already and is never overwritten", file.display()),
            )
            .hint("choose another name"));
        }
    }
    // The old reserve key is opened before anything is made: a wrong passphrase leaves no files behind.
    let from_reserve = match &flags.from_reserve {
        Some(path) => {
            let passphrase = passphrase_of(context, path, &flags.passphrase)?;
            Some(read_officer_key(path, passphrase.as_ref())?.1)
        }
        None => None,
    };
    let passphrase = new_passphrase(
        context,
        flags.unsealed,
        &flags.passphrase,
        "A passphrase to seal both keys with",
    )?;
    let make = |purpose, path: &Path| {
        let seed = Seed::random()?;
        write_officer_key(path, purpose, &seed, passphrase.as_ref())?;
        Ok::<_, KeyFault>(seed)
    };
    let root = match (from_reserve, &flags.root) {
        (Some(seed), _) => seed,
        (None, Some(path)) => make(Purpose::Root, path)?,
        (None, None) => return Err(Failure::new(Exit::WrongUse, "no file for the root key")),
    };
    let reserve = make(Purpose::Reserve, &flags.reserve)?;
    let public = |seed: &Seed| SigningKey::from_seed(seed.expose()).key();
    let root_file = flags.from_reserve.as_ref().or(flags.root.as_ref());
    let root_file = root_file.cloned().unwrap_or_default();
    let card = OfficerCard {
        network,
        role,
        root: public(&root),
        reserve: public(&reserve).digest(),
    };
    write_new(&flags.public, card.to_text().as_bytes())?;
    context.screen.report(&Made {
        role: card.role.clone(),
        network: card.network.to_string(),
        root_key: card.root.to_string(),
        reserve_digest: card.reserve.short(),
        root: root_file.display().to_string(),
        reserve: flags.reserve.display().to_string(),
        public: flags.public.display().to_string(),
        sealed: passphrase.is_some(),
    })?;
    if passphrase.is_none() {
        context.screen.warn(
            "the keys are NOT sealed: whoever finds the files can use them. Keep the sticks in a safe",
        );
    }
    if root_file.parent() == flags.reserve.parent() {
        context
            .screen
            .warn("root key and reserve key lie in one folder: move one of them away now");
    }
    Ok(Exit::Ok)
}

/// A passphrase for keys that are about to be made, from the flags or the terminal; none where none is wanted.
pub(in crate::cli) fn new_passphrase(
    context: &Context,
    unsealed: bool,
    flags: &PassphraseFlags,
    question: &str,
) -> Result<Option<Passphrase>, Failure> {
    if unsealed {
        return Ok(None);
    }
    if let Some(named) = named(flags)? {
        return Ok(Some(named));
    }
    match context.asker.new_passphrase(question, &context.screen)? {
        Some(passphrase) => Ok(Some(passphrase)),
        None => Err(Failure::new(
            Exit::WrongUse,
            "no passphrase, so what is made would lie open",
        )
        .hint(
            "give one on a terminal, with --passphrase-file or --passphrase-fd; or say --unsealed",
        )),
    }
}

/// The passphrase that flags name.
fn named(flags: &PassphraseFlags) -> Result<Option<Passphrase>, Failure> {
    match (&flags.passphrase_file, flags.passphrase_fd) {
        (Some(file), _) => passphrase_file(file).map(Some),
        (None, Some(number)) => passphrase_fd(number).map(Some),
        (None, None) => Ok(None),
    }
}

/// The passphrase of a key file that exists, if it needs one.
pub(in crate::cli) fn passphrase_of(
    context: &Context,
    key: &Path,
    flags: &PassphraseFlags,
) -> Result<Option<Passphrase>, Failure> {
    if !officer_key_is_sealed(key)? {
        return Ok(None);
    }
    match named(flags)? {
        Some(passphrase) => Ok(Some(passphrase)),
        None => context
            .asker
            .passphrase(&format!("Passphrase of {}", key.display())),
    }
}
