//! `indaba institution node-key`: the key that a founding, or a new state, delegates.

use std::path::Path;

use indaba_protocol::SigningKey;
use serde::Serialize;

use crate::ceremony::NodeCard;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::founding::make_folder;
use crate::cli::record_file::write_new;
use crate::cli::screen::{Page, Report};
use crate::keystore::{KeyDir, Purpose, Seed};

#[derive(Serialize)]
struct Made {
    node_key: String,
    data_dir: String,
    public: String,
    /// It waits beside the key in use, until a state delegates it.
    next: bool,
}

impl Report for Made {
    const NAME: &'static str = "institution-node-key";
    fn page(&self, page: &mut Page) {
        page.field("node key", &self.node_key);
        page.field("data folder", &self.data_dir);
        page.field("public file", &self.public);
        if self.next {
            page.line("The node goes on with its present key until `institution take` brings a state that delegates this one.");
        }
        page.line("The key stays on this machine. Hand in the public file; nobody may sign with the key before a state delegates it.");
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, public: &Path) -> Result<Exit, Failure> {
    let dir = context.data_dir()?;
    if std::fs::symlink_metadata(public).is_ok() {
        return Err(Failure::new(
            Exit::Failed,
            format!(
                "{} exists already and is never overwritten",
                public.display()
            ),
        )
        .hint("choose another name"));
    }
    let (keys, purpose) = if dir.is_initialised() {
        (KeyDir::open(&dir.keys())?, Purpose::NextNode)
    } else {
        make_folder(dir.path())?;
        (KeyDir::create(&dir.keys())?, Purpose::Node)
    };
    // Asked again, it gives the same key: the first public file may have been lost.
    for purpose in [purpose, Purpose::Transport] {
        if !keys.has(purpose) {
            keys.add(purpose, &Seed::random()?, None)?;
        }
    }
    let key = SigningKey::from_seed(keys.read(purpose, None)?.expose()).key();
    write_new(public, NodeCard { key }.to_text().as_bytes())?;
    context.screen.report(&Made {
        node_key: key.to_string(),
        data_dir: dir.path().display().to_string(),
        public: public.display().to_string(),
        next: purpose == Purpose::NextNode,
    })?;
    Ok(Exit::Ok)
}
