//! Configuration: defaults, overridden by the file, overridden by the environment, overridden by flags.
//!
//! Raw values with their origins ([`Layers`]), validated settings ([`Settings`]) and the program are three things. Every key
//! there is stands in one table ([`KEYS`]); the file format, the environment, the template and `config show` all read it.

mod fault;
mod folder_mark;
mod identity;
mod keys;
mod layers;
mod paths;
mod settings;

pub use fault::ConfigFault;
pub use folder_mark::{
    FolderMark, look as folder_mark, mark as mark_folder, unmark as unmark_folder,
};
pub use identity::Identity;
pub use keys::{KEYS, KeySpec, Shape, template};
pub use layers::{Layers, Origin, Raw};
pub use paths::{DataDir, default_data_dir};
pub use settings::{
    LogFormat, LogSettings, MetricsSettings, NetworkSettings, Settings, StorageSettings,
    parse_bootstrap,
};
