//! Flags of `audit`.

use clap::{Args, Subcommand};

/// Acts on the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditAct {
    /// The newest entries, oldest first; what `indaba audit` alone shows
    #[command(after_help = "Examples:
  indaba audit list
  indaba audit list --since 2027-03-01 --last 500
  indaba audit list --json | jq '.entries[] | select(.act == \"withdraw\")'

The number of an entry says the order, also where a clock was wrong.")]
    List(ListFlags),
    /// Check that nothing was changed, taken out or moved; with what was noted elsewhere, also that nothing was cut off at the end
    #[command(after_help = "Examples:
  indaba audit verify
  indaba audit verify --head 412:7c1e-09ab-55d0-31f2-88e4-6a0b-c9d7-2f43

Exits with 5 when something was. Whoever works with the account of the node can write the whole log anew so that it holds together;
only a head that was noted elsewhere before shows that. See `indaba audit head --help`.")]
    Verify {
        /// A head noted before, as `indaba audit head` gave it
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<String>,
    },
    /// The newest entry in one line, to be noted elsewhere: on paper, in another office, in the minutes
    #[command(after_help = "Examples:
  indaba audit head
  indaba audit head | lpr

Everything up to that entry can be checked by it later: indaba audit verify --head NUMBER:HASH")]
    Head,
}

/// Flags of `audit list`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListFlags {
    /// Begin with the first entry of this day or a later one
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub since: Option<jiff::civil::Date>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub last: u32,
}

impl Default for ListFlags {
    fn default() -> Self {
        Self {
            since: None,
            last: 50,
        }
    }
}
