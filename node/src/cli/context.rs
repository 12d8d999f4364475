//! What every command has at hand: flags, screen, questions, data folder, configuration, and the way to the engine.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::ask::Asker;
use super::assembly;
use super::exit::Exit;
use super::failure::Failure;
use super::flags::GlobalFlags;
use super::screen::Screen;
use crate::config::{
    ConfigFault, DataDir, FolderMark, Identity, Layers, Settings, default_data_dir, folder_mark,
};
use crate::control::{Client, ClientFault, SocketPlace};
use crate::engine::order::{Order, Reply};
use crate::keystore::Purpose;

/// How long to wait for another process to let go of the store: a command takes well under a second, a node closes its store within
/// two.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How often to look whether it has.
pub(crate) const LOCK_LOOK: Duration = Duration::from_millis(50);

/// What every command has at hand.
#[derive(Debug)]
pub(crate) struct Context {
    /// Flags of every command.
    pub global: GlobalFlags,
    /// Where results and talk go.
    pub screen: Screen,
    /// How questions are asked.
    pub asker: Asker,
}

/// How a command gets at the store.
#[derive(Debug)]
pub(crate) enum Reached<T> {
    /// Through the node that runs on it.
    Running(Client),
    /// It has it open itself.
    Here(T),
}

impl Context {
    /// Takes the global flags.
    pub(crate) fn new(global: GlobalFlags) -> Self {
        let screen = Screen::new(global.json, global.quiet, global.verbose, global.color)
            .typed_as(typed(&global));
        let asker = Asker::new(global.no_input || global.json, global.yes);
        Self {
            global,
            screen,
            asker,
        }
    }

    /// The data folder, whether or not there is a node in it.
    ///
    /// # Errors
    /// When none is named and none can be derived.
    pub(crate) fn data_dir(&self) -> Result<DataDir, Failure> {
        let named = self
            .global
            .data_dir
            .clone()
            .or_else(default_data_dir)
            .ok_or_else(|| {
                Failure::new(Exit::WrongUse, "no data folder: this account has no home")
                    .hint("name one with --data-dir")
            })?;
        // What is shown must still be right when typed in another folder.
        Ok(DataDir::new(std::path::absolute(&named).unwrap_or(named)))
    }

    /// How the command is typed for this data folder.
    pub(crate) fn typed(&self) -> String {
        typed(&self.global)
    }

    /// The data folder of a node that was set up.
    ///
    /// # Errors
    /// [`Exit::NotInitialised`] when there is none.
    pub(crate) fn node_dir(&self) -> Result<DataDir, Failure> {
        let dir = self.data_dir()?;
        if dir.is_initialised() {
            return Ok(dir);
        }
        Err(Failure::new(
            Exit::NotInitialised,
            format!("there is no node in {}", dir.path().display()),
        )
        .hint(how_to_set_up(&dir)))
    }

    /// Configuration values with their origins.
    ///
    /// # Errors
    /// Every fault found.
    pub(crate) fn layers(&self, dir: &DataDir) -> Result<Layers, Failure> {
        let (file, named) = match &self.global.config {
            Some(file) => (file.clone(), true),
            None => (dir.config(), false),
        };
        Layers::read(&file, named, std::env::vars()).map_err(faulty)
    }

    /// Validated settings.
    ///
    /// # Errors
    /// Every fault found.
    pub(crate) fn settings(&self, dir: &DataDir) -> Result<Settings, Failure> {
        Settings::validate(&self.layers(dir)?).map_err(faulty)
    }

    /// The network and the institution of the node.
    ///
    /// # Errors
    /// When the file that says so is gone or faulty.
    pub(crate) fn identity(&self, dir: &DataDir) -> Result<Identity, Failure> {
        Ok(Identity::read(&dir.identity())?)
    }

    /// Carries out an order: through the running node when there is one, else on the store itself, under its lock.
    ///
    /// # Errors
    /// When neither way is open, or the order is refused.
    pub(crate) fn ask(&self, order: Order) -> Result<Reply, Failure> {
        let dir = self.node_dir()?;
        let offline = || self.offline(&dir, order.clone());
        let reply = match self.reach(&dir, offline)? {
            Reached::Running(mut client) => client.ask(&order).map_err(|e| self.unreachable(&e))?,
            Reached::Here(reply) => reply,
        };
        refused(reply)
    }

    /// The running node of the data folder; or what `open` gives, which opens the store under its lock.
    ///
    /// # Errors
    /// When neither way is open.
    pub(crate) fn reach<T>(
        &self,
        dir: &DataDir,
        open: impl Fn() -> Result<T, Failure>,
    ) -> Result<Reached<T>, Failure> {
        let begun = Instant::now();
        loop {
            if let Some(client) = self.running(dir)? {
                return Ok(Reached::Running(client));
            }
            match open() {
                // Another command is at it, or a node is starting or stopping: none takes long.
                Err(failure) if failure.exit == Exit::Locked && begun.elapsed() < LOCK_WAIT => {
                    std::thread::sleep(LOCK_LOOK);
                }
                opened => return opened.map(Reached::Here),
            }
        }
    }

    /// Whether the data folder is a copy of the one that was set up.
    ///
    /// # Errors
    /// When that cannot be looked up.
    pub(crate) fn is_copy(&self, dir: &DataDir) -> Result<bool, Failure> {
        match folder_mark(dir.path()) {
            Ok(mark) => Ok(mark == FolderMark::Copied),
            Err(e) => Err(Failure::io("read the mark of", dir.path(), &e)),
        }
    }

    /// The running node of the data folder, if there is one.
    ///
    /// # Errors
    /// When there is one and it cannot be reached.
    pub(crate) fn running(&self, dir: &DataDir) -> Result<Option<Client>, Failure> {
        match Client::connect(dir.path()) {
            Ok(client) => Ok(Some(client)),
            Err(ClientFault::NotRunning) => Ok(None),
            Err(e) => Err(self.unreachable(&e)),
        }
    }

    /// Whether a node is running that has read its configuration before the file was changed last: it reads it when it starts.
    pub(crate) fn runs_as_before(&self, dir: &DataDir) -> bool {
        let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
        let file = self.global.config.clone().unwrap_or_else(|| dir.config());
        let started = changed(SocketPlace::of(dir.path()).path());
        matches!(self.running(dir), Ok(Some(_))) && changed(&file) > started
    }

    fn offline(&self, dir: &DataDir, order: Order) -> Result<Reply, Failure> {
        let settings = self.settings(dir)?;
        self.noted_here(dir, order, |order| assembly::offline(dir, &settings, order))
    }

    fn unreachable(&self, fault: &ClientFault) -> Failure {
        Failure::new(Exit::NotRunning, fault.to_string())
            .hint("see `indaba doctor`; restart the node if it hangs")
    }
}

/// How the command is typed for a data folder: by its name alone where it is the usual one, or the environment names it.
fn typed(global: &GlobalFlags) -> String {
    let named = std::env::var_os("INDABA_DATA_DIR");
    match &global.data_dir {
        Some(dir) if named.as_deref() != Some(dir.as_os_str()) => {
            let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
            format!("indaba --data-dir {}", dir.display())
        }
        _ => "indaba".to_owned(),
    }
}

/// What to do in a folder where there was never a node.
pub(crate) const NEW: &str = "run `indaba init`, or name another folder with --data-dir";

/// What to do in a folder that is no node's: found one, unless one was here or is about to be.
pub(crate) fn how_to_set_up(dir: &DataDir) -> String {
    let key = |purpose: Purpose| dir.keys().join(purpose.file_name()).exists();
    if dir.guard().exists() {
        return format!(
            "its file identity.toml is missing: put it back from a copy of {0}; `indaba init` would found another institution. Only where setting up \
             was interrupted and nothing was ever signed, remove {0} and run it again",
            dir.path().display()
        );
    }
    if key(Purpose::Node) && !key(Purpose::Root) {
        return "a node key waits there for its institution, which takes it in when the officers have signed: indaba institution take FILE".to_owned();
    }
    NEW.to_owned()
}

/// An order that was not carried out is a failure of its command.
pub(crate) fn refused(reply: Reply) -> Result<Reply, Failure> {
    match reply {
        Reply::Refused(refusal) => Err(refusal.into()),
        reply => Ok(reply),
    }
}

/// An answer that does not belong to the order, as another version might give.
pub(crate) fn unexpected() -> Failure {
    Failure::new(Exit::Failed, "the node gave an answer to another question")
        .hint("restart the node with this version")
}

/// All faults of a configuration as one failure.
pub(crate) fn faulty(faults: Vec<ConfigFault>) -> Failure {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let failure = Failure::new(Exit::WrongUse, lines.join("\n"));
    match faults.iter().find_map(ConfigFault::remedy) {
        Some(remedy) => failure.hint(remedy),
        None => failure.hint("see `indaba config template`"),
    }
}
