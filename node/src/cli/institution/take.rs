//! `indaba institution take`: a finished institution comes into the node.

use std::path::Path;

use indaba_protocol::{Key, SigningKey};
use serde::Serialize;

use crate::audit::{Deed, Subject};
use crate::ceremony::Settled;
use crate::cli::assembly::open_store;
use crate::cli::context::{Context, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::founding::write_private;
use crate::cli::hex;
use crate::cli::invite::fingerprint;
use crate::cli::screen::{Page, Report, clean};
use crate::config::{DataDir, Identity, mark_folder, template};
use crate::engine;
use crate::engine::order::{Order, Reply};
use crate::keystore::{KeyDir, KeyFault, Purpose};

use super::{files, show};

#[derive(Serialize)]
struct Taken {
    institution: String,
    name: String,
    version: u64,
    network: String,
    fingerprint: String,
    data_dir: String,
    set_up: bool,
    #[serde(skip)]
    typed: String,
}

impl Report for Taken {
    const NAME: &'static str = "institution-take";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "{} is set up in the network \"{}\".",
            self.name, self.network
        ));
        page.gap();
        page.field("institution", &self.institution);
        page.field("fingerprint", &self.fingerprint);
        page.field("data folder", &self.data_dir);
        page.gap();
        page.head("Next");
        for (command, what) in [
            ("feed follow region:ecowas", "follow a subject"),
            ("up", "run the node"),
            ("doctor", "see whether all is well"),
        ] {
            page.line(clean(&format!("  {} {command:<28} {what}", self.typed)));
        }
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, file: &Path) -> Result<Exit, Failure> {
    let settled = files::settled(file)?;
    let dir = context.data_dir()?;
    if dir.is_initialised() {
        return update(context, &dir, &settled);
    }
    context.screen.tell(format!(
        "Fingerprint: {}",
        fingerprint(&settled.institution())
    ));
    let agreed = context.asker.consent(
        "Compared with the officers, by voice or on paper, and the same? Set the node up?",
    )?;
    if !agreed {
        return Err(Failure::new(
            Exit::Refused,
            "not set up: the fingerprint was not confirmed",
        ));
    }
    set_up(context, &dir, &settled)?;
    let institution = Subject::new("institution", settled.institution().to_string());
    context.note(&dir, Deed::done("node-set-up", vec![institution]));
    context.screen.report(&Taken {
        institution: settled.institution().to_string(),
        name: settled.name().to_owned(),
        version: settled.chain().version(),
        network: settled.network().to_string(),
        fingerprint: fingerprint(&settled.institution()),
        data_dir: dir.path().display().to_string(),
        set_up: true,
        typed: context.typed(),
    })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Updated {
    institution: String,
    name: String,
    version: u64,
    new_states: u64,
    /// The node key that waited signs from now on.
    key_changed: bool,
    /// The newest state lets this node's key sign.
    may_sign: bool,
    node_key: String,
    /// The running node signs with its old key until it is started again.
    restart_needed: bool,
    set_up: bool,
}

impl Report for Updated {
    const NAME: &'static str = "institution-take";
    fn page(&self, page: &mut Page) {
        let what = match self.new_states {
            0 => "was here already".to_owned(),
            _ => "is in force and on its way to everybody".to_owned(),
        };
        page.line(format!(
            "{}: state {} {what}",
            clean(&self.name),
            self.version
        ));
        if self.key_changed && !self.restart_needed {
            page.line(format!(
                "this node signs with its next key now: {}",
                self.node_key
            ));
        }
        if self.restart_needed {
            page.line(format!(
                "this node signs with its next key once it is started again: {}",
                self.node_key
            ));
        }
        if !self.may_sign {
            page.line(format!(
                "this node may NOT sign any more: its key {} is not delegated",
                self.node_key
            ));
        }
    }
}

/// Brings an institution's newest states to its node, running or not.
fn update(context: &Context, dir: &DataDir, settled: &Settled) -> Result<Exit, Failure> {
    let identity = context.identity(dir)?;
    if identity.network != *settled.network() || identity.institution != settled.institution() {
        return Err(Failure::new(
            Exit::Refused,
            format!(
                "the file is about {} in the network \"{}\"; the node in {} belongs to another institution",
                settled.name(),
                settled.network(),
                dir.path().display()
            ),
        )
        .hint("name another folder with --data-dir"));
    }
    let mut statements: Vec<String> = engine::chain_statements(settled.chain())
        .iter()
        .map(|statement| hex::encode(statement))
        .collect();
    statements.extend(settled.lists().iter().map(|list| hex::encode(list.bytes())));
    let Reply::StatesTaken {
        version,
        new: new_states,
        ..
    } = context.ask(Order::Take { statements })?
    else {
        return Err(unexpected());
    };
    let newest = show::held(context, None)?;
    let delegates = |key: &Key| {
        newest
            .chain()
            .newest()
            .is_some_and(|state| state.signing_delegation(key).is_some())
    };
    let keys = KeyDir::open(&dir.keys())?;
    let public = |purpose| {
        keys.read(purpose, None)
            .map(|seed| SigningKey::from_seed(seed.expose()).key())
    };
    let waits = keys.has(Purpose::NextNode) && delegates(&public(Purpose::NextNode)?);
    if waits {
        keys.advance_node()?;
    }
    let node_key = public(Purpose::Node)?;
    if waits {
        let key = Subject::new("key", node_key.to_string());
        context.note(dir, Deed::done("node-key-change", vec![key]));
    }
    let restart_needed = waits && context.running(dir)?.is_some();
    context.screen.report(&Updated {
        institution: settled.institution().to_string(),
        name: newest.name().to_owned(),
        version,
        new_states,
        key_changed: waits,
        may_sign: delegates(&node_key),
        node_key: node_key.to_string(),
        restart_needed,
        set_up: false,
    })?;
    if restart_needed {
        context.screen.warn(
            "the node that runs now still has the old key in hand, and can publish nothing with it: end it (Ctrl-C, or systemctl restart), and start it again",
        );
    }
    Ok(Exit::Ok)
}

/// Sets a node up with the key that was made here beforehand. The file that marks the folder as set up comes last, so that an
/// interruption leaves no half node behind.
fn set_up(context: &Context, dir: &DataDir, settled: &Settled) -> Result<(), Failure> {
    let keys = KeyDir::open(&dir.keys()).map_err(no_key)?;
    let node = SigningKey::from_seed(keys.read(Purpose::Node, None).map_err(no_key)?.expose());
    let delegated = settled
        .chain()
        .newest()
        .is_some_and(|state| state.signing_delegation(&node.key()).is_some());
    if !delegated {
        return Err(Failure::new(
            Exit::Refused,
            format!(
                "the institution's state {} does not delegate this machine's node key {}",
                settled.chain().version(),
                node.key()
            ),
        )
        .hint("found it with the public file of this machine: indaba institution node-key --public FILE"));
    }
    let settings = context.settings(dir)?;
    let mut store = open_store(dir, &settings)?;
    engine::settle(settled.chain(), settled.lists(), &mut store)?;
    store
        .close()
        .map_err(|e| Failure::new(Exit::Failed, "the store does not close").because(e))?;
    if context.global.config.is_none() && !dir.config().exists() {
        write_private(&dir.config(), template().as_bytes())?;
    }
    mark_folder(dir.path()).map_err(|e| Failure::io("mark", dir.path(), &e))?;
    let identity = Identity {
        network: settled.network().clone(),
        institution: settled.institution(),
    };
    write_private(&dir.identity(), identity.to_text().as_bytes())
}

fn no_key(fault: KeyFault) -> Failure {
    let missing = matches!(fault, KeyFault::Missing { .. });
    let failure = Failure::from(fault);
    if missing {
        failure.hint(
            "make the node's key first, on this machine: indaba institution node-key --public FILE",
        )
    } else {
        failure
    }
}
