//! Founding an institution: its keys, its first two statements, and where they are kept.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use indaba_protocol::{Day, Id, Key, NetworkName, SigningKey, Value, content};

use super::assembly::open_store;
use super::exit::Exit;
use super::failure::Failure;
use crate::config::{DataDir, Identity, Settings, mark_folder};
use crate::engine;
use crate::keystore::{KeyDir, Passphrase, Purpose, Seed};

/// What an institution says about itself when it is founded.
#[derive(Clone, Debug)]
pub(crate) struct Founding {
    /// The network it belongs to.
    pub(crate) network: NetworkName,
    /// Its name.
    pub(crate) name: String,
    /// Its kind, one of the protocol's words.
    pub(crate) kind: String,
    /// Its working language.
    pub(crate) language: String,
    /// Its country, three capital letters.
    pub(crate) country: Option<String>,
    /// Whether it is a body of the state; none leaves it unsaid.
    pub(crate) state_body: Option<bool>,
    /// Whether it wishes to stand in directories.
    pub(crate) listed: bool,
    /// The claimed day.
    pub(crate) day: Day,
}

impl Founding {
    /// The profile it will sign.
    ///
    /// # Errors
    /// Every rule of content that it breaks.
    pub(crate) fn profile(&self) -> Result<Value, Failure> {
        let mut map = BTreeMap::new();
        for (name, text) in [
            ("name", &self.name),
            ("kind", &self.kind),
            ("lang", &self.language),
        ] {
            map.insert(name.to_owned(), Value::String(text.clone()));
        }
        map.insert("listed".to_owned(), Value::Bool(self.listed));
        if let Some(country) = &self.country {
            map.insert("country".to_owned(), Value::String(country.clone()));
        }
        if let Some(state_body) = self.state_body {
            map.insert("state_body".to_owned(), Value::Bool(state_body));
        }
        let profile = Value::Map(map);
        let faults: Vec<String> = content::check_profile(&profile)
            .iter()
            .map(|f| format!("{} {}; {}", f.field, f.problem, f.remedy))
            .collect();
        if faults.is_empty() {
            Ok(profile)
        } else {
            Err(Failure::new(Exit::WrongUse, faults.join("\n")))
        }
    }
}

/// What was founded.
#[derive(Debug)]
pub(crate) struct Founded {
    /// The institution.
    pub(crate) institution: Id,
    /// The node key that may sign for it.
    pub(crate) node_key: Key,
    /// The key folder.
    pub(crate) keys: KeyDir,
}

/// Makes keys and statements in a data folder. The file that marks the folder as set up comes last, so that an interrupted founding
/// leaves no half node behind.
///
/// # Errors
/// When the folder holds a node or keys already, the profile is faulty, or a file cannot be written.
pub(crate) fn found(
    dir: &DataDir,
    settings: &Settings,
    founding: &Founding,
    passphrase: Option<&Passphrase>,
) -> Result<Founded, Failure> {
    let profile = founding.profile()?;
    make_folder(dir.path())?;
    let keys = KeyDir::create(&dir.keys())?;
    let mut seeds = Vec::new();
    for purpose in Purpose::ALL {
        let seed = Seed::random()?;
        let sealed = matches!(purpose, Purpose::Root | Purpose::Reserve);
        keys.add(purpose, &seed, passphrase.filter(|_| sealed)).map_err(|fault| {
            Failure::from(fault).hint(format!(
                "an earlier `indaba init` was interrupted here; if nothing was ever signed with these keys, remove {} and run it again",
                dir.keys().display()
            ))
        })?;
        seeds.push(SigningKey::from_seed(seed.expose()));
    }
    let [root, reserve, node, _] = seeds.as_slice() else {
        return Err(Failure::new(Exit::Failed, "a key is missing"));
    };
    let mut store = open_store(dir, settings)?;
    let founding_keys = engine::Founding {
        network: founding.network.id(),
        root,
        reserve: reserve.key(),
        node: node.key(),
        profile,
        day: founding.day,
    };
    let institution = engine::found(&founding_keys, &mut store)
        .map_err(|e| Failure::new(Exit::Failed, "the institution cannot be founded").because(e))?;
    store
        .close()
        .map_err(|e| Failure::new(Exit::Failed, "the store does not close").because(e))?;
    let identity = Identity {
        network: founding.network.clone(),
        institution,
    };
    mark_folder(dir.path()).map_err(|e| Failure::io("mark", dir.path(), &e))?;
    write_private(&dir.identity(), identity.to_text().as_bytes())?;
    Ok(Founded {
        institution,
        node_key: node.key(),
        keys,
    })
}

/// Makes a folder for the owner alone; an existing one is taken over.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|e| Failure::io("create", path, &e))
}

/// Writes a file for the owner alone, durably: a passing name, then a rename.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let passing = path.with_extension("new");
    let fail = |e: io::Error| Failure::io("write", path, &e);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&passing)
        .map_err(fail)?;
    io::Write::write_all(&mut file, bytes)
        .and_then(|()| file.sync_all())
        .map_err(fail)?;
    fs::rename(&passing, path).map_err(fail)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|d| d.sync_all())
        .map_err(fail)
}
