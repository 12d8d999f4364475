//! `indaba version` and `indaba completions`.

use clap::CommandFactory;
use serde::Serialize;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::flags::Flags;
use super::screen::{Page, Report};

#[derive(Serialize)]
struct Version {
    version: &'static str,
    protocol: u32,
    target: String,
    licence: &'static str,
}

impl Report for Version {
    const NAME: &'static str = "version";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "indaba {} (protocol {}, {}, {})",
            self.version, self.protocol, self.target, self.licence
        ));
    }
}

#[derive(Serialize)]
struct Completions {
    shell: String,
    script: String,
}

impl Report for Completions {
    const NAME: &'static str = "completions";
    fn page(&self, page: &mut Page) {
        // The script is ours and goes into a file: nothing in it may be changed.
        page.line(self.script.trim_end());
    }
}

/// Runs `version`.
pub(crate) fn version(context: &Context) -> Result<Exit, Failure> {
    context.screen.report(&Version {
        version: env!("CARGO_PKG_VERSION"),
        protocol: 1,
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        licence: env!("CARGO_PKG_LICENSE"),
    })?;
    Ok(Exit::Ok)
}

/// Runs `completions`.
pub(crate) fn completions(context: &Context, shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Flags::command(), "indaba", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    context.screen.report(&Completions {
        shell: shell.to_string(),
        script,
    })?;
    Ok(Exit::Ok)
}
