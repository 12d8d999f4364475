//! `indaba institution node-key`: the key that a founding, or a new state, delegates.

use std::path::Path;

use indaba_protocol::SigningKey;
use serde::Serialize;

use crate::audit::{Deed, Subject};
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
    /// The key this node had is gone; this one is its key from now on.
    replaces_lost: bool,
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
        if self.replaces_lost {
            page.line("The key this node had is gone from the data folder. This one is the node's key from now on, of the same institution.");
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
    let mut replaces_lost = false;
    let (keys, purpose) = if dir.is_initialised() {
        let keys = if dir.keys().exists() {
            KeyDir::open(&dir.keys())?
        } else {
            KeyDir::create(&dir.keys())?
        };
        // A node that runs still has the key in hand, though its file is gone.
        replaces_lost = !keys.has(Purpose::Node) && context.running(&dir)?.is_none();
        let purpose = if replaces_lost {
            keys.adopt_next_node()?;
            Purpose::Node
        } else {
            Purpose::NextNode
        };
        (keys, purpose)
    } else {
        make_folder(dir.path())?;
        (KeyDir::create(&dir.keys())?, Purpose::Node)
    };
    // Asked again, it gives the same key: the first public file may have been lost.
    let is_new = !keys.has(purpose);
    for purpose in [purpose, Purpose::Transport] {
        if !keys.has(purpose) {
            keys.add(purpose, &Seed::random()?, None)?;
        }
    }
    let key = SigningKey::from_seed(keys.read(purpose, None)?.expose()).key();
    write_new(public, NodeCard { key }.to_text().as_bytes())?;
    if is_new || replaces_lost {
        let key = Subject::new("key", key.to_string());
        context.note(&dir, Deed::done("node-key-new", vec![key]));
    }
    context.screen.report(&Made {
        node_key: key.to_string(),
        data_dir: dir.path().display().to_string(),
        public: public.display().to_string(),
        next: purpose == Purpose::NextNode,
        replaces_lost,
    })?;
    if replaces_lost {
        context.screen.hint(format!(
            "the root keys now let it sign, and cut the lost one; `indaba institution show` names that: indaba institution revoke LOST-KEY \
             --reason retired --delegate {} --out PROPOSAL; with --reason compromised if somebody else may have it",
            public.display()
        ));
    }
    Ok(Exit::Ok)
}
