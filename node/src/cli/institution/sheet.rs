//! `indaba institution sheet`: the recovery sheet as a page to print.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ceremony::{recovery_sheet, spoken};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::invite::fingerprint;
use crate::cli::record_file::write_new;
use crate::cli::screen::{Page, Report};

use super::files;

#[derive(Serialize)]
struct Written {
    file: String,
    institution: String,
    name: String,
    version: u64,
    lang: String,
    fingerprint: String,
}

impl Report for Written {
    const NAME: &'static str = "institution-sheet";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "{}: recovery sheet of {}, state {}",
            self.file, self.name, self.version
        ));
        page.field("fingerprint", &self.fingerprint);
    }
}

/// Runs the command.
pub(super) fn run(
    context: &Context,
    file: &Path,
    officers: &[PathBuf],
    lang: Option<&str>,
    out: &Path,
) -> Result<Exit, Failure> {
    let settled = files::settled(file)?;
    let cards = officers
        .iter()
        .map(|path| files::officer(path))
        .collect::<Result<Vec<_>, _>>()?;
    // What the officers read best is what their institution writes in.
    let lang = lang.or_else(|| spoken(settled.lang())).unwrap_or("en");
    write_new(out, recovery_sheet(&settled, &cards, lang)?.as_bytes())?;
    context.screen.report(&Written {
        file: out.display().to_string(),
        institution: settled.institution().to_string(),
        name: settled.name().to_owned(),
        version: settled.chain().version(),
        lang: lang.to_owned(),
        fingerprint: fingerprint(&settled.institution()),
    })?;
    context
        .screen
        .hint("open it in a browser and print it: two pages, one copy for every office");
    Ok(Exit::Ok)
}
