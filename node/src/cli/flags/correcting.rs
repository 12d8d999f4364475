//! Flags of the commands that correct and take back.

use std::path::PathBuf;

use clap::Args;

use super::SubmitFlags;

/// Flags of `revise`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReviseFlags {
    /// The id of the record to correct; may be shortened while it fits one record only
    pub id: String,
    /// The file with the whole new text
    pub file: PathBuf,
    /// What was changed, and why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who submits it, and what for
    #[command(flatten)]
    pub submit: SubmitFlags,
}

/// Flags of `withdraw`.
#[derive(Args, Clone, Debug)]
pub(crate) struct WithdrawFlags {
    /// The id of the record; may be shortened while it fits one record only
    pub id: String,
    /// Why it is withdrawn
    #[arg(long, value_name = "error|safety|consent|superseded|legal|other", value_parser = ["error", "safety", "consent", "superseded", "legal", "other"])]
    pub reason: String,
    /// More about it, in a few words that everybody may read
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The language of the note; that of the record, when it is left out
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who submits it, and what for
    #[command(flatten)]
    pub submit: SubmitFlags,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use indaba_protocol::vocabulary;

    use crate::cli::flags::Flags;

    #[test]
    fn the_reasons_are_those_of_the_vocabulary() {
        let command = Flags::command();
        let reasons: Vec<String> = command
            .find_subcommand("withdraw")
            .and_then(|withdraw| {
                withdraw
                    .get_arguments()
                    .find(|arg| arg.get_id() == "reason")
            })
            .map(|reason| reason.get_possible_values())
            .unwrap_or_default()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        let known: Vec<&str> = vocabulary::terms("withdrawal_reason")
            .map(|term| term.code.as_str())
            .collect();
        assert_eq!(reasons, known);
    }
}
