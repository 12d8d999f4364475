//! `indaba institution combine`: from signed copies to an institution.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ceremony::{Roles, Settled, Version};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::invite::fingerprint;
use crate::cli::qr;
use crate::cli::record_file::write_new;
use crate::cli::screen::{Page, Report, clean};

use super::{files, show};

/// A finished institution, as `combine` and `show` give it.
#[derive(Serialize)]
pub(super) struct Finished {
    network: String,
    institution: String,
    name: String,
    version: u64,
    fingerprint: String,
    file: String,
    /// Rival states are known to this node.
    disputed: bool,
    told: Vec<String>,
    history: Vec<Version>,
}

impl Finished {
    pub(super) fn of(settled: &Settled, file: &Path, disputed: bool) -> Self {
        Self {
            network: settled.network().to_string(),
            institution: settled.institution().to_string(),
            name: settled.name().to_owned(),
            version: settled.chain().version(),
            fingerprint: fingerprint(&settled.institution()),
            file: file.display().to_string(),
            disputed,
            told: settled.told(&Roles::default()),
            history: settled.history(),
        }
    }
}

impl Report for Finished {
    const NAME: &'static str = "institution-finished";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "SIGNED by enough root keys: {}, state {}",
            self.name, self.version
        ));
        for line in &self.told {
            page.line(format!("  {}", clean(line)));
        }
        if self.history.len() > 1 {
            page.gap();
            page.head("How it came to stand so");
            for state in &self.history {
                page.line(format!(
                    "  state {}, claimed day {}",
                    state.version, state.day
                ));
                for line in &state.told {
                    page.line(format!("    {}", clean(line)));
                }
            }
        }
        if self.disputed {
            page.gap();
            page.line("DISPUTED: enough root keys signed two different states of one version. Ask the institution by another way.");
        }
        page.gap();
        page.field("file", &self.file);
        page.field("network", &self.network);
        page.field("institution", &self.institution);
        page.gap();
        page.line("Fingerprint, to compare over the telephone in any language:");
        page.gap();
        page.line(format!("    {}", self.fingerprint));
        page.gap();
        let digits: String = self.fingerprint.split(' ').collect();
        if let Some(code) = qr::draw(&digits) {
            page.line(code.trim_end());
        }
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, proposals: &[PathBuf], out: &Path) -> Result<Exit, Failure> {
    let mut together = None;
    for path in proposals {
        let proposal = files::proposal(path)?;
        match &mut together {
            None => together = Some(proposal),
            Some(together) => together.merge(&proposal).map_err(files::of_file(path))?,
        }
    }
    let Some(together) = together else {
        return Err(Failure::new(Exit::WrongUse, "no proposal is named"));
    };
    match together.finish() {
        Ok(settled) => {
            write_new(out, settled.to_text().as_bytes())?;
            context.screen.report(&Finished::of(&settled, out, false))?;
            context
                .screen
                .hint("on the node's machine: indaba institution take FILE");
            Ok(Exit::Ok)
        }
        Err(fault) => {
            for line in together.progress() {
                context.screen.tell(clean(&line));
            }
            for line in show::missing(&together) {
                context.screen.tell(clean(&line));
            }
            Err(fault.into())
        }
    }
}
