//! A file that was carried here: a backup, or one record. Both are read in the same ways, and neither is believed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use indaba_protocol::{Day, DecodedItem, Item, Key, NetworkId, NetworkName, Statement, open_item};
use indaba_store::backup::{self, BackupReader, Contents, Kept};

use super::export::Origin;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::record_file::RecordFile;
use crate::cli::screen::clean;
use crate::engine::{ChosenOrder, chosen_order};

/// What is picked out of the file on one way through it.
#[derive(Clone, Copy)]
pub(super) enum Pass<'a> {
    /// Records signed by this node's key.
    Own(&'a NetworkId, &'a Key),
    /// Statements that records are judged by.
    Facts,
    /// Records, with the parts that are there.
    Records,
    /// What waited where a backup was made.
    Waiting,
}

/// A file whose every byte was looked at.
pub(super) struct Carried {
    path: PathBuf,
    what: What,
}

enum What {
    Backup(Contents),
    Record(RecordFile),
}

impl Carried {
    /// Reads the whole file: nothing is taken out of one that is damaged or was never finished, or that is of another network.
    ///
    /// # Errors
    /// [`Exit::NotFound`] when it is not there, [`Exit::WrongUse`] for a folder, [`Exit::Integrity`] when it is neither a backup nor a record
    /// or does not hold, [`Exit::Refused`] when it is of another network.
    pub(super) fn open(
        path: &Path,
        network: &NetworkName,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|e| Failure::io("open", path, &e))?;
        if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
            let problem = format!("{} is a folder; name the file in it", path.display());
            return Err(Failure::new(Exit::WrongUse, problem));
        }
        let what = if backup::is_backup(&file).map_err(|e| Failure::io("read", path, &e))? {
            let contents = reader(path)?.check(progress)?;
            let origin: Origin = serde_json::from_slice(&contents.origin).map_err(|e| {
                let problem = format!("{} does not say where it is from", path.display());
                Failure::new(Exit::Integrity, problem).because(e)
            })?;
            same_network(path, &origin.network, network)?;
            What::Backup(contents)
        } else {
            What::Record(record(path, network)?)
        };
        Ok(Self {
            path: path.to_owned(),
            what,
        })
    }

    /// The day it was made, as it says itself; of a record's file nobody knows.
    pub(super) fn made_on(&self) -> Option<String> {
        match &self.what {
            What::Backup(contents) => Some(
                Day::from_number(contents.made.div_euclid(86_400_000))
                    .map_or_else(|| "an unknown day".to_owned(), |day| day.to_string()),
            ),
            What::Record(_) => None,
        }
    }

    /// How many records are in it.
    pub(super) fn records(&self) -> u64 {
        match &self.what {
            What::Backup(contents) => contents.records,
            What::Record(_) => 1,
        }
    }

    /// The choices of an operator in it that this version understands.
    ///
    /// # Errors
    /// When the file changed since it was opened.
    pub(super) fn choices(&self) -> Result<Vec<ChosenOrder>, Failure> {
        let mut chosen = BTreeMap::new();
        if let What::Backup(_) = &self.what {
            let mut reader = reader(&self.path)?;
            while let Some(found) = reader.next()? {
                for kept in found {
                    if let Kept::Choice { column, key, value } = kept
                        && let Some(order) = chosen_order(&column, &key, &value)
                    {
                        chosen.insert((column, key), order);
                    }
                }
            }
        }
        Ok(chosen.into_values().collect())
    }

    /// Goes through it once and hands over the items that the pass wants; and says how many bytes of how many are read.
    ///
    /// # Errors
    /// Those of `take`, and when the file changed since it was opened.
    pub(super) fn each(
        &self,
        pass: Pass<'_>,
        progress: &mut dyn FnMut(u64, u64),
        take: &mut dyn FnMut(Vec<u8>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match &self.what {
            What::Backup(_) => {
                let mut reader = reader(&self.path)?;
                while let Some(found) = reader.next()? {
                    let (done, length) = reader.place();
                    progress(done, length);
                    for kept in found {
                        wanted(kept, pass).map_or(Ok(()), &mut *take)?;
                    }
                }
                Ok(())
            }
            What::Record(file) => match pass {
                Pass::Facts => file
                    .institution
                    .iter()
                    .try_for_each(|bytes| take(Item::of_statement(bytes).encode())),
                Pass::Records => take(file.item.clone()),
                Pass::Own(network, key) if is_own(network, key, &file.item) => {
                    take(file.item.clone())
                }
                Pass::Own(..) | Pass::Waiting => Ok(()),
            },
        }
    }
}

fn reader(path: &Path) -> Result<BackupReader, Failure> {
    let file = File::open(path).map_err(|e| Failure::io("open", path, &e))?;
    Ok(BackupReader::open(Box::new(file), path)?)
}

/// The record in a file that is no backup, its signature and parts looked at.
fn record(path: &Path, network: &NetworkName) -> Result<RecordFile, Failure> {
    let file = RecordFile::read(path).map_err(|failure| Failure {
        problem: format!("{}; nor is it a backup", failure.problem),
        ..failure
    })?;
    if let Some(named) = &file.network {
        same_network(path, named.as_str(), network)?;
    }
    open_item(&network.id(), &file.item).map_err(|unread| {
        let problem = format!("the record in {} does not hold: {unread}", path.display());
        Failure::new(Exit::Integrity, problem).hint(format!(
            "nothing of it was taken in; step by step: indaba verify {}",
            path.display()
        ))
    })?;
    Ok(file)
}

fn same_network(path: &Path, named: &str, network: &NetworkName) -> Result<(), Failure> {
    if named == network.as_str() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        format!(
            "{} is from the network \"{}\", this node is in \"{network}\"",
            path.display(),
            clean(named)
        ),
    )
    .hint("import it into a node of that network"))
}

fn wanted(kept: Kept, pass: Pass<'_>) -> Option<Vec<u8>> {
    let record = |kept| match kept {
        Kept::Record {
            statement,
            card,
            body,
        } => Some(
            Item {
                statement,
                card,
                body,
            }
            .encode(),
        ),
        _ => None,
    };
    match (pass, kept) {
        (Pass::Facts, Kept::Fact(bytes)) => Some(Item::of_statement(&bytes).encode()),
        (Pass::Records, kept) => record(kept),
        (Pass::Waiting, Kept::Waiting(item)) => Some(item),
        (Pass::Own(network, key), kept) => record(kept).filter(|item| is_own(network, key, item)),
        _ => None,
    }
}

fn is_own(network: &NetworkId, key: &Key, item: &[u8]) -> bool {
    DecodedItem::open(network, item).is_ok_and(
        |decoded| matches!(decoded.statement(), Statement::Record(header) if header.key == *key),
    )
}
