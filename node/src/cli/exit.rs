//! Exit codes: the one list. Scripts rely on them; an unknown code means failure.

macro_rules! exits {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal, $means:literal;)*) => {
        /// How a command ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $($(#[$doc])* $name = $code,)*
        }

        impl Exit {
            /// Every way a command can end, by rising code.
            pub const ALL: &'static [Exit] = &[$(Exit::$name),*];

            /// The word `--json` names it by.
            pub fn word(self) -> &'static str {
                match self {
                    $(Exit::$name => $word,)*
                }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Exit::$name => $means,)*
                }
            }
        }
    };
}

exits! {
    /// Done.
    Ok = 0, "ok", "done";
    /// Failed; of `check` and `publish`: a file has faults.
    Failed = 1, "failed", "failed; of check and publish: a file has faults";
    /// The command itself is wrong.
    WrongUse = 2, "wrong-use", "wrong use: a flag, an argument or the configuration";
    /// Some of it is done, some is not.
    Partly = 3, "partly-done", "partly done";
    /// Nothing of that name.
    NotFound = 4, "not-found", "not found";
    /// A signature or a hash does not hold, or what holds is disputed.
    Integrity = 5, "integrity", "a signature or a hash does not hold, or what was verified is disputed";
    /// The store is in use by another process, or a key is sealed.
    Locked = 6, "locked", "locked: another process has the store open, or a key is sealed";
    /// No peer could be reached.
    Unreachable = 7, "network-unreachable", "no peer could be reached";
    /// The node does not run, or does not answer.
    NotRunning = 8, "not-running", "the node does not run, or does not answer";
    /// A rule or the local policy forbids it.
    Refused = 9, "refused", "refused by a rule or by the local policy";
    /// There is no node in the data folder yet.
    NotInitialised = 10, "not-initialised", "there is no node in the data folder yet";
    /// The disk is full.
    Full = 11, "disk-full", "the disk is full";
    /// Interrupted by the operator (128 + SIGINT, as shells count).
    Interrupted = 130, "interrupted", "interrupted";
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The list as `indaba --help` shows it.
    pub(super) fn list() -> String {
        Exit::ALL
            .iter()
            .map(|exit| format!("\n  {:>3}  {}", exit.code(), exit.meaning()))
            .collect()
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::flags::Flags;

    #[test]
    fn help_and_page_list_every_exit_code_and_no_other() {
        let help = Flags::command().render_long_help().to_string();
        let (_, listed) = help.split_once("Exit codes").unwrap();
        let listed: Vec<(u8, &str)> = listed
            .lines()
            .filter_map(|line| line.trim().split_once("  "))
            .filter_map(|(code, means)| Some((code.parse().ok()?, means)))
            .collect();
        let all: Vec<(u8, &str)> = Exit::ALL
            .iter()
            .map(|exit| (exit.code(), exit.meaning()))
            .collect();
        assert_eq!(listed, all);

        let page = format!("{}/../docs/operating.md", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(page).unwrap();
        let (_, table) = page.split_once("| code | in `--json` | means |\n").unwrap();
        let rows: Vec<String> = table
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .map(str::to_owned)
            .collect();
        let wanted: Vec<String> = Exit::ALL
            .iter()
            .map(|exit| {
                format!(
                    "| {} | `{}` | {} |",
                    exit.code(),
                    exit.word(),
                    exit.meaning()
                )
            })
            .collect();
        assert_eq!(rows, wanted);
        assert!(
            Exit::ALL
                .windows(2)
                .all(|pair| pair[0].code() < pair[1].code())
        );
    }
}
