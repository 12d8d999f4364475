//! The command `indaba`.

use std::process::ExitCode;

fn main() -> ExitCode {
    indaba::cli::run(std::env::args_os())
}
