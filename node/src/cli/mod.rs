//! The command line: flags in, one result out, one exit code.

mod about;
mod ask;
pub(crate) mod assembly;
mod audit;
mod changes;
pub(crate) mod check;
pub(crate) mod clock;
mod config;
mod context;
mod correct;
mod doctor;
mod draft;
mod exit;
mod failure;
mod feed;
mod flags;
pub(crate) mod founding;
mod full_disk;
pub(crate) mod hex;
mod init;
mod institution;
mod interview;
mod invite;
mod missing;
pub(crate) mod noting;
mod officer;
mod open_files;
mod page;
mod peer;
mod publish;
pub(crate) mod qr;
mod readable;
mod record_file;
mod record_text;
mod restarts;
pub(crate) mod screen;
mod search;
mod show;
mod status;
mod store;
mod trust;
pub(crate) mod up;
mod verify;
mod verify_file;
mod vocabulary;
pub(crate) mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

pub use exit::Exit;
pub use failure::Failure;
pub use screen::{Color, Page, Report, Screen};

use context::Context;
pub(crate) use context::faulty;
use flags::{Command, Flags};

/// Runs the command line of a process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let exit = match Flags::try_parse_from(&args) {
        Ok(flags) => {
            let context = Context::new(flags.global);
            match dispatch(&context, flags.command) {
                Ok(exit) => exit,
                Err(failure) => {
                    context.screen.failure(&failure);
                    failure.exit
                }
            }
        }
        Err(error) => wrong_use(&args, &error),
    };
    ExitCode::from(exit.code())
}

/// Flags that do not parse. `--help` and `--version` come this way too, and are no failures.
fn wrong_use(args: &[OsString], error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Ok;
    }
    if args.iter().any(|a| a == "--json") {
        let text = error.to_string();
        let problem = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        Screen::new(true, false, 0, Color::Never)
            .failure(&Failure::new(Exit::WrongUse, problem).hint(remedy(error)));
    } else {
        let _ = error.print();
    }
    Exit::WrongUse
}

/// What to write instead of flags that do not parse.
fn remedy(error: &clap::Error) -> String {
    let words = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        Some(ContextValue::Strings(words)) if !words.is_empty() => Some(words.join(", ")),
        _ => None,
    };
    let near = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    if let Some(word) = near.into_iter().find_map(words) {
        return format!("did you mean {word}?");
    }
    match words(ContextKind::ValidValue) {
        Some(values) => format!("write one of: {values}"),
        None => "see `indaba --help`".to_owned(),
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Demo(flags) => crate::demo::run(
            &context.screen,
            context.global.data_dir.as_deref(),
            flags.keep,
        ),
        Command::Init(flags) => init::run(context, flags),
        Command::Up(flags) => up::run(context, flags),
        Command::Status => status::run(context),
        Command::Doctor => doctor::run(context),
        Command::New { kind, language } => check::new(context, &kind, &language),
        Command::Check { files } => check::check(context, &files),
        Command::Publish(flags) => publish::run(context, &flags),
        Command::Draft { act } => draft::run(context, act),
        Command::Officer { act } => officer::run(context, act),
        Command::Revise(flags) => correct::revise(context, &flags),
        Command::Withdraw(flags) => correct::withdraw(context, &flags),
        Command::Feed { act } => feed::run(context, act),
        Command::Show(flags) => show::run(context, flags),
        Command::Verify(flags) => verify::run(context, flags),
        Command::Search(flags) => search::run(context, flags),
        Command::Vocabulary { words, language } => vocabulary::run(context, &words, &language),
        Command::Peer { act } => peer::run(context, act),
        Command::Invite => invite::run(context),
        Command::Institution { act } => institution::run(context, act),
        Command::Trust { act } => trust::run(context, act),
        Command::Audit { act } => audit::run(context, act),
        Command::Config { act } => config::run(context, act),
        Command::Store { act } => store::run(context, act),
        Command::Completions { shell } => about::completions(context, shell),
        Command::Version => about::version(context),
    }
}
