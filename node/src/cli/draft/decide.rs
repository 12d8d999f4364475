//! `indaba draft approve`, `refuse` and `release`.

use crate::cli::context::{Context, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::OfficerKeyFlags;
use crate::cli::officer::ask;
use crate::engine::order::{ClearanceOrder, ClearanceReply, DraftWhole, Missing, OfficerWord};
use crate::engine::{Said, Word, content_of};

use super::word::officer_key;
use super::{APPROVE, REFUSE, RELEASE, Shown, done, missing, whole};

/// Runs `draft approve`.
pub(super) fn approve(
    context: &Context,
    number: u64,
    flags: &OfficerKeyFlags,
) -> Result<Exit, Failure> {
    let question =
        "Have you read it? Approve exactly this text, to be published in the institution's name?";
    let by = sign(context, number, flags, Said::Approve, "", question)?;
    done::<APPROVE>(
        context,
        ask(context, ClearanceOrder::Approve { number, by })?,
    )
}

/// Runs `draft refuse`.
pub(super) fn refuse(
    context: &Context,
    number: u64,
    flags: &OfficerKeyFlags,
    words: &str,
) -> Result<Exit, Failure> {
    let question = "Refuse this text? It waits for another one then.";
    let by = sign(context, number, flags, Said::Refuse, words, question)?;
    let act = ClearanceOrder::Refuse {
        number,
        words: words.to_owned(),
        by,
    };
    done::<REFUSE>(context, ask(context, act)?)
}

/// Shows the draft, asks, and signs what was shown.
fn sign(
    context: &Context,
    number: u64,
    flags: &OfficerKeyFlags,
    said: Said,
    words: &str,
    question: &str,
) -> Result<OfficerWord, Failure> {
    let whole = whole(context, number)?;
    // First what is to be signed, then the passphrase: nobody unseals a key for what they have not read.
    let shown = Shown(whole);
    context.screen.preview(&shown);
    if !context.asker.consent(question)? {
        return Err(Failure::new(Exit::Refused, "nothing was signed"));
    }
    let network = context.identity(&context.node_dir()?)?.network.id();
    let word = word(&shown.0, said, words)?;
    let key = officer_key(context, &flags.key, &flags.passphrase)?;
    Ok(word.sign(&network, &key))
}

/// The word about the text that was shown: its hash is taken here, from the text itself.
fn word<'a>(whole: &DraftWhole, said: Said, words: &'a str) -> Result<Word<'a>, Failure> {
    let content = content_of(&whole.text).ok_or_else(unexpected)?;
    Ok(Word {
        said,
        institution: whole.institution.id.parse().map_err(|_| unexpected())?,
        draft: whole.draft.number,
        version: whole.draft.version,
        content,
        rules: whole.rules,
        words,
    })
}

/// Runs `draft release`.
pub(super) fn release(
    context: &Context,
    number: u64,
    today: Option<String>,
) -> Result<Exit, Failure> {
    // What waits for nothing but this order goes out with it, for ever: it is shown first, and asked for, like everything that is published.
    let shown = Shown(whole(context, number)?);
    let missing_of = &shown.0.draft.missing;
    if missing_of
        .iter()
        .all(|what| matches!(what, Missing::Release))
    {
        context.screen.preview(&shown);
        let question = format!("Sign and publish draft {number} now?");
        if !context.asker.consent(&question)? {
            return Err(Failure::new(Exit::Refused, "nothing was signed"));
        }
    }
    let answer = ask(context, ClearanceOrder::Release { number, today })?;
    let draft = match answer {
        ClearanceReply::Changed { draft } => draft,
        answer => return done::<RELEASE>(context, answer),
    };
    if let Some(problem) = &draft.problem {
        return Err(Failure::new(
            Exit::Failed,
            format!("draft {number} could not be published: {}", problem),
        )
        .hint("mend what is named; the running node tries again by itself"));
    }
    let lines: Vec<String> = draft
        .missing
        .iter()
        .map(|what| missing(draft.number, what))
        .collect();
    Err(Failure::new(
        Exit::Refused,
        format!("draft {number} waits for {}", lines.join("; for ")),
    )
    .hint("it goes out by itself while the node runs, as soon as nothing is missing"))
}
