//! Where a node keeps its things.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The folder a node lives in, and the names inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

/// The folder used when none is named: what the service manager gives (`STATE_DIRECTORY`), else the operator's data folder by
/// the XDG rules.
pub fn default_data_dir() -> Option<PathBuf> {
    if let Some(state) = std::env::var_os("STATE_DIRECTORY").filter(|s| !s.is_empty()) {
        return Some(PathBuf::from(state));
    }
    etcetera::choose_base_strategy().ok().map(|base| base.data_dir().join("indaba"))
}

impl DataDir {
    /// Takes a folder as the data folder; it need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The keys, for the owner alone.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The institution's own statements, as they were signed: the file names are the version numbers.
    pub fn institution(&self) -> PathBuf {
        self.0.join("institution")
    }

    /// The name of the network this node belongs to, one line of text.
    pub fn network_file(&self) -> PathBuf {
        self.institution().join("network")
    }

    /// The configuration, unless `--config` names another.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Records and everything derived from them, unless the configuration names another place.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// Whether a node was set up here.
    pub fn is_initialised(&self) -> bool {
        self.network_file().is_file()
    }
}
