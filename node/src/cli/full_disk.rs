//! A full disk, for people: how much is free, how much is needed, what is refused until then, and what to do.

use std::path::Path;

use indaba_store::space_needed;

use super::exit::Exit;
use super::failure::Failure;
use super::words;
use crate::config::Settings;

/// A volume that is full, as far as a node is concerned.
pub(crate) struct FullDisk {
    /// Bytes that may be used on it; none when it cannot be asked.
    free: Option<u64>,
    /// Bytes that must be free until everything is stored as before.
    needed: u64,
    /// The folder whose volume it is.
    folder: String,
}

impl FullDisk {
    /// Looks at the volume of a folder, for a node that needs so many bytes.
    pub(crate) fn of(folder: &Path, needed: u64) -> Self {
        Self {
            free: free_on(folder),
            needed,
            folder: folder.display().to_string(),
        }
    }

    /// How it is.
    pub(crate) fn problem(&self) -> String {
        let needed = words::bytes(self.needed);
        match self.free {
            Some(free) => format!(
                "the disk is full: {} free, {needed} needed",
                words::bytes(free)
            ),
            None => format!("the disk is full: {needed} must be free"),
        }
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> String {
        let folder = &self.folder;
        match self.free.map(|free| self.needed.saturating_sub(free)) {
            Some(0) => {
                "that is enough: a running node notices by itself within a minute".to_owned()
            }
            Some(missing) => format!(
                "make {} more free on the volume of {folder}; a running node notices by itself. What it holds: indaba store stats; what is of no use any more goes with indaba store compact",
                words::bytes(missing)
            ),
            None => format!(
                "make {} free on the volume of {folder}; a running node notices by itself",
                words::bytes(self.needed)
            ),
        }
    }

    /// Both, and what is refused meanwhile, of a node that is up.
    pub(crate) fn while_up(&self) -> String {
        format!(
            "{}. Until then nothing is published but withdrawals, and of others only states, cut lists and withdrawals are taken in; nothing that is stored is lost. {}",
            self.problem(),
            capital(&self.remedy())
        )
    }

    /// Of a node that waits for space before it starts again.
    pub(crate) fn while_down(&self) -> Failure {
        Failure::new(
            Exit::Full,
            format!(
                "{}. The node waits for space and then starts again by itself. Until then it publishes nothing, takes nothing in and shows nothing; nothing that is stored is lost",
                self.problem()
            ),
        )
        .hint(self.remedy())
    }
}

/// The volume of a node that has no answer for lack of space.
pub(crate) fn of_node(store: &Path, settings: &Settings) -> FullDisk {
    FullDisk::of(store, space_needed(settings.storage.reserve))
}

/// Bytes that may be used on the volume of a folder; none when it cannot be asked.
fn free_on(folder: &Path) -> Option<u64> {
    let volume = rustix::fs::statvfs(folder).ok()?;
    Some(volume.f_bavail.saturating_mul(volume.f_frsize))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(free: Option<u64>) -> FullDisk {
        FullDisk {
            free,
            needed: 80_000_000,
            folder: "/data".to_owned(),
        }
    }

    #[test]
    fn it_says_what_is_free_what_is_needed_what_is_refused_and_what_to_do() {
        let told = disk(Some(30_000_000)).while_up();
        for part in [
            words::bytes(30_000_000),
            words::bytes(80_000_000),
            words::bytes(50_000_000),
            "nothing is published but withdrawals".to_owned(),
            "on the volume of /data".to_owned(),
        ] {
            assert!(told.contains(&part), "{part}: {told}");
        }
    }

    #[test]
    fn what_is_enough_by_now_is_not_asked_for_again() {
        assert!(!disk(Some(90_000_000)).remedy().contains("more free"));
        // A volume that cannot be asked is not called empty.
        assert!(!disk(None).problem().contains("needed"));
        assert_eq!(disk(None).while_down().exit, Exit::Full);
    }

    #[test]
    fn a_volume_is_asked() {
        let here = tempfile::tempdir().map(|dir| free_on(dir.path()).is_some());
        assert_eq!(here.ok(), Some(true));
        assert_eq!(free_on(Path::new("/no such folder")), None);
    }
}
