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
    etcetera::choose_base_strategy()
        .ok()
        .map(|base| base.data_dir().join("indaba"))
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

    /// Which network and institution the folder belongs to; there once a node is set up.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity.toml")
    }

    /// The configuration, unless `--config` names another.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Records and everything derived from them, unless the configuration names another place.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// Remembers how far this node published, apart from the store, so that an older copy of the store is noticed.
    pub fn guard(&self) -> PathBuf {
        self.0.join("published")
    }

    /// Who on this node did what.
    pub fn audit(&self) -> PathBuf {
        self.0.join("audit")
    }

    /// Whether a node was set up here.
    pub fn is_initialised(&self) -> bool {
        self.identity().is_file()
    }
}
