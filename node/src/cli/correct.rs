//! `indaba revise` and `indaba withdraw`: correct an own record, take it back.

use super::changes;
use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{ReviseFlags, WithdrawFlags};
use super::publish::sign;
use super::record_text::{Written, read_file};
use super::words;
use crate::authoring::{self, Source};
use crate::engine::order::{Order, RecordView, Reply};

/// Runs `revise`.
pub(crate) fn revise(context: &Context, flags: &ReviseFlags) -> Result<Exit, Failure> {
    let target = own_record(context, &flags.id, "revised", &["withdrawn", "superseded"])?;
    let mut written = read_file(&flags.file);
    let mut warnings = Vec::new();
    if let Ok(source) = written.read {
        if source.lang != target.line.lang {
            warnings.push(format!(
                "{}: its language is `{}`, and that of {} is `{}`; a translation is a record of its own: indaba new translation",
                written.file, source.lang, target.line.short, target.line.lang
            ));
        }
        written.read = Ok(revision(source, &target, &flags.reason)?);
    }
    sign(context, &[written], flags.dry_run, &flags.submit, warnings)
}

fn revision(source: Source, target: &RecordView, reason: &str) -> Result<Source, Failure> {
    if source.kind == "revision" {
        return Err(Failure::new(
            Exit::WrongUse,
            "the file is a revision itself, and says what it revises",
        )
        .hint("indaba publish FILE"));
    }
    source
        .into_revision(&target.line.id, reason)
        .map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::new(Exit::WrongUse, lines.join("\n")).hint("nothing was published")
        })
}

/// Runs `withdraw`.
pub(crate) fn withdraw(context: &Context, flags: &WithdrawFlags) -> Result<Exit, Failure> {
    let target = own_record(context, &flags.id, "withdrawn", &["withdrawn"])?;
    let lang = flags.language.as_ref().unwrap_or(&target.line.lang);
    // A JSON string is a YAML string as well.
    let note = match &flags.note {
        Some(note) => format!("note: {}\n", serde_json::json!(note)),
        None => String::new(),
    };
    let text = format!(
        "---\nkind: withdrawal\nlang: {lang}\nmarking: {}\nlinks: {{withdraws: [{}]}}\nreason: {}\n{note}---\n",
        target.marking, target.line.id, flags.reason
    );
    let written = Written {
        file: format!("withdrawal of {}", target.line.short),
        read: authoring::parse(&text),
        missing: false,
    };
    let left = changes::left_readable(context, &target, &flags.reason)?;
    sign(context, &[written], flags.dry_run, &flags.submit, left)
}

/// The record meant, unless another institution signed it, or one of these words stands against it.
fn own_record(
    context: &Context,
    id: &str,
    done: &str,
    against: &[&str],
) -> Result<RecordView, Failure> {
    let Reply::Record(target) = context.ask(Order::Show { id: id.to_owned() })? else {
        return Err(unexpected());
    };
    if target.holders.is_none() {
        return Err(Failure::new(
            Exit::Refused,
            format!(
                "{} was signed by {}, and can be {done} by nobody else",
                target.line.short,
                words::institution(&target.line.institution)
            ),
        )
        .hint("to disagree, or to add something: indaba new response"));
    }
    if let Some(word) = target
        .line
        .words
        .iter()
        .find(|word| against.contains(&word.as_str()))
    {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} is {word} already", target.line.short),
        )
        .hint(format!(
            "see what by: indaba show {}; a newer version can be {done}",
            target.line.short
        )));
    }
    Ok(*target)
}
