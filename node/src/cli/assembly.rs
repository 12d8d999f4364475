//! From a data folder to what starts a node: identity, keys and settings put together.

use indaba_protocol::{NetworkName, SigningKey, catch_up_protocol};
use indaba_store::{Options, Store, StoreError};

use super::exit::Exit;
use super::failure::Failure;
use crate::config::{DataDir, FolderMark, Identity, NetworkSettings, Settings, folder_mark};
use crate::engine::order::{Order, Reply};
use crate::engine::{self, ClearanceSettings, EngineSettings};
use crate::keystore::{KeyDir, Purpose, Seed};
use crate::runtime::{self, NodeSettings};
use crate::{network, runtime::StartError};

/// Where the store is, and who signs.
///
/// # Errors
/// When identity or node key cannot be read.
pub(crate) fn node_settings(dir: &DataDir, settings: &Settings) -> Result<NodeSettings, Failure> {
    let identity = Identity::read(&dir.identity())?;
    let keys = KeyDir::open(&dir.keys())?;
    let node = SigningKey::from_seed(keys.read(Purpose::Node, None)?.expose());
    Ok(NodeSettings {
        store: store_path(dir, settings),
        guard: dir.guard(),
        accept_loss: false,
        reserve: settings.storage.reserve,
        engine: EngineSettings {
            network: identity.network,
            identity: engine::Identity {
                institution: identity.institution,
                node,
            },
            seed: *Seed::random()?.expose(),
            peer: None,
            compare_every: milliseconds(settings.network.profile.parameters().compare),
            erase_after: u64::from(settings.storage.erase_after_days) * engine::limits::DAY,
            clearance: ClearanceSettings {
                rules: settings.clearance,
                // What cannot be looked up counts as a copy: nothing goes out by itself then.
                is_copy: !matches!(
                    folder_mark(dir.path()),
                    Ok(FolderMark::Same | FolderMark::Unknown)
                ),
            },
        },
    })
}

/// How this node meets others.
///
/// # Errors
/// When the transport key cannot be read.
pub(crate) fn network_settings(
    dir: &DataDir,
    name: &NetworkName,
    settings: &NetworkSettings,
) -> Result<network::Settings, Failure> {
    let keys = KeyDir::open(&dir.keys())?;
    let seed = keys.read(Purpose::Transport, None)?;
    let mut network = network::Settings::new(*seed.expose(), protocols(name));
    network.profile = settings.profile;
    network.listen.clone_from(&settings.listen);
    network.external.clone_from(&settings.external);
    network.bootstrap.clone_from(&settings.bootstrap);
    network.quic = settings.quic;
    network.local_discovery = settings.mdns;
    network.routing = settings.routing;
    network.probe_reachability = settings.probe;
    network.relayed_dialling = settings.relayed_dialling;
    network.relays.clone_from(&settings.relays);
    network.serve_others = settings.serve;
    network.announce_listen_addresses = settings.announce_listen;
    network.known_peers_only = settings.closed;
    Ok(network)
}

/// The names of the protocols of a network; they carry the beginning of its id, so that networks do not understand each other.
fn protocols(name: &NetworkName) -> network::Protocols {
    let net = name.id();
    let beginning = format!("/indaba/1/{}", net.prefix());
    network::Protocols {
        topic_prefix: format!("{beginning}/"),
        topic_rest: indaba_protocol::limits::FEED_NAME,
        catch_up: catch_up_protocol(&net),
        routing: format!("{beginning}/kad/1"),
        identify: beginning,
    }
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Where the store of a data folder is.
pub(crate) fn store_path(dir: &DataDir, settings: &Settings) -> std::path::PathBuf {
    settings.storage.path.clone().unwrap_or_else(|| dir.store())
}

/// Opens the store of a data folder under its lock.
///
/// # Errors
/// [`Exit::Locked`] when another process has it open; otherwise what is wrong with it.
pub(crate) fn open_store(dir: &DataDir, settings: &Settings) -> Result<Store, Failure> {
    open_store_accepting(dir, settings, false)
}

/// As [`open_store`]; with `accept_loss`, also when the store is behind what this node published.
///
/// # Errors
/// As [`open_store`].
pub(crate) fn open_store_accepting(
    dir: &DataDir,
    settings: &Settings,
    accept_loss: bool,
) -> Result<Store, Failure> {
    let mut options = store_options(dir, settings)?;
    options.accept_loss = accept_loss;
    Ok(Store::open(&store_path(dir, settings), options)?.0)
}

/// How the store of a data folder is opened.
///
/// # Errors
/// When the operating system gives no random bytes.
pub(crate) fn store_options(dir: &DataDir, settings: &Settings) -> Result<Options, Failure> {
    let mut random = [0; 16];
    random.copy_from_slice(&Seed::random()?.expose()[..16]);
    let mut options = Options::new(random);
    options.guard = Some(dir.guard());
    options.reserve_bytes = settings.storage.reserve;
    Ok(options)
}

/// Carries out an order on the store itself.
///
/// # Errors
/// As [`open_store`], or when the store fails.
pub(crate) fn offline(dir: &DataDir, settings: &Settings, order: Order) -> Result<Reply, Failure> {
    Ok(runtime::offline(node_settings(dir, settings)?, order)?)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (exit, hint) = match &error {
            StoreError::Locked { .. } => (
                Exit::Locked,
                "another command or node has the store open; wait for it, or stop it",
            ),
            StoreError::Backup { .. } => (
                Exit::Integrity,
                "nothing of it was taken in; copy it again from where it came, or have it made anew there with \"indaba store export\"",
            ),
            StoreError::Damaged { .. } | StoreError::BadEntry { .. } => (
                Exit::Integrity,
                "indaba store verify says what is missing, indaba store repair leads back",
            ),
            // The error itself says that the newest copy should come back first.
            StoreError::Behind { .. } | StoreError::GuardLost { .. } => (
                Exit::Integrity,
                "only when there is no newer copy: indaba store accept-loss",
            ),
            full if full.is_full() => (
                Exit::Full,
                "make room on the volume of the data folder, then run the command again",
            ),
            _ => (Exit::Failed, "see `indaba doctor`"),
        };
        let problem = error.to_string();
        let hint = disk_hint(&problem).unwrap_or(hint);
        Failure::new(exit, problem).hint(hint)
    }
}

/// What to do when it is the disk that refuses. The store passes on the system's words, whichever of its files was concerned.
fn disk_hint(problem: &str) -> Option<&'static str> {
    [
        ("Read-only file system", "the data folder must be writable, also for reading: copy it elsewhere, or mount its volume writable"),
        ("Permission denied", "run the command as the account that owns the data folder"),
    ]
    .into_iter()
    .find_map(|(words, hint)| problem.contains(words).then_some(hint))
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store(fault) => fault.into(),
            StartError::Network(fault) => Failure::new(Exit::WrongUse, fault.to_string())
                .hint("see `indaba config show --origin`"),
            other => Failure::new(Exit::Failed, other.to_string()),
        }
    }
}
