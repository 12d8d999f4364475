//! The judgement about a record file: what it proves by itself, step by step.

use indaba_protocol::institution::Pinned;
use indaba_protocol::{
    Chain, ChainOutcome, Fault, Header, Inception, Item, NetworkId, NetworkName, State, Unread,
    Verified, VerifiedStatement, read,
};

use super::invite::fingerprint;
use super::record_file::RecordFile;
use crate::engine::order::{Step, VerifyView};

fn step(what: impl Into<String>, holds: bool, detail: impl Into<String>) -> Step {
    Step {
        what: what.into(),
        holds,
        detail: detail.into(),
    }
}

/// What came out, and the word for it.
type Outcome = (String, &'static str);

/// The steps about a file, in the order in which they are taken.
///
/// A file proves who signed and that the institution's root keys had delegated the key, as far as the states inside go. It cannot
/// prove that the key was not revoked later, nor that the institution is the one a reader thinks of: for that it gives the
/// fingerprint.
pub(super) fn judge_file(file: &RecordFile, name: &NetworkName) -> VerifyView {
    let net = name.id();
    let mut steps = Vec::new();
    let (id, (verdict, word)) = record(file, name, &net, &mut steps);
    let holds = steps.iter().all(|s| s.holds);
    VerifyView {
        id,
        steps,
        verdict,
        words: vec![if holds { word } else { "not verified" }.to_owned()],
    }
}

fn record(
    file: &RecordFile,
    name: &NetworkName,
    net: &NetworkId,
    steps: &mut Vec<Step>,
) -> (String, Outcome) {
    let reads = format!(
        "the statement is strict, belongs to the network \"{name}\", and its signature holds"
    );
    // The statement first, its parts after it: who reads on has to know which of them does not hold.
    let opened = Item::decode(&file.item)
        .map_err(Unread::from)
        .and_then(|item| Ok((read(net, &item.statement)?, item)));
    let (statement, item) = match opened {
        Ok(opened) => opened,
        Err(unread) => {
            let (code, hint) = match &unread {
                Unread::Invalid(Fault::Network) => {
                    ("network".to_owned(), "; name its network with --network")
                }
                Unread::Invalid(fault) => (fault.code().to_owned(), ""),
                Unread::Unsupported(_) => {
                    ("unsupported".to_owned(), "; a newer version may read it")
                }
            };
            steps.push(step(reads, false, format!("{unread}{hint}")));
            return (
                "unknown".into(),
                (format!("INVALID:{code}"), "not verified"),
            );
        }
    };
    let id = statement.id().to_string();
    let VerifiedStatement::Record(header) = &statement else {
        steps.push(step(
            "the statement is a record",
            false,
            format!("it is of type {}", statement.kind().name()),
        ));
        return (id, ("INVALID:field".into(), "not verified"));
    };
    steps.push(step(reads, true, format!("signed by key {}", header.key)));
    let mut is_changed = false;
    for (part, held, reference) in [
        ("card", &item.card, header.card),
        ("body", &item.body, header.body),
    ] {
        let (holds, detail) = match held {
            Some(bytes) if reference.matches(bytes) => (
                true,
                format!("{} bytes, hash {}", bytes.len(), reference.hash),
            ),
            Some(_) => {
                is_changed = true;
                (
                    false,
                    "it was changed or damaged after the signature: believe nothing in it".into(),
                )
            }
            None => (
                false,
                "it is not in the file; the signature covers its hash only".into(),
            ),
        };
        steps.push(step(
            format!("the {part} is the one that was signed"),
            holds,
            detail,
        ));
    }
    if is_changed {
        let verdict = format!("INVALID:{}", Fault::Part.code());
        return (id, (verdict, "not verified"));
    }
    let outcome = institution(file, net, header, steps);
    (id, outcome)
}

fn institution(
    file: &RecordFile,
    net: &NetworkId,
    header: &Header,
    steps: &mut Vec<Step>,
) -> Outcome {
    let pending = || ("PENDING:state".to_owned(), "incomplete");
    if file.institution.is_empty() {
        steps.push(step(
            "the institution's statements show that the key may sign",
            false,
            "they are not in the file; write it with: indaba show ID --raw --with-institution --out FILE",
        ));
        return pending();
    }
    let mut chain: Option<Chain> = None;
    for (place, bytes) in file.institution.iter().enumerate() {
        let accepted = read(net, bytes)
            .map_err(|e| e.to_string())
            .and_then(|statement| offer(&mut chain, statement, header));
        let what = if place == 0 {
            "the institution's inception founds it".into()
        } else {
            format!("statement {place} of the institution follows")
        };
        match accepted {
            Ok(detail) => steps.push(step(what, true, detail)),
            Err(problem) => {
                steps.push(step(what, false, problem));
                return pending();
            }
        }
    }
    let Some(chain) = chain else { return pending() };
    let Pinned::State(state) = chain.pinned(&header.state) else {
        steps.push(step(
            "the state the record names is in the file",
            false,
            header.state.to_string(),
        ));
        return pending();
    };
    let permitted = state
        .signing_delegation(&header.key)
        .is_some_and(|d| d.permits(&header.kind, header.feeds()));
    steps.push(step(
        "that state lets the key sign this kind in these feeds",
        permitted,
        format!("version {} of {}", state.version, state.profile.name()),
    ));
    if !permitted {
        return ("VOID:not-delegated".into(), "not verified");
    }
    let cut = chain.cuts_of(&header.key);
    steps.push(step(
        "no state in the file revokes the key",
        cut.is_empty(),
        if cut.is_empty() {
            String::new()
        } else {
            "a node that holds the cut list can say whether this record stands".into()
        },
    ));
    if cut.is_empty() {
        ("VALID".into(), "verified")
    } else {
        ("PENDING:cut-list".into(), "incomplete")
    }
}

/// Adds a statement to the chain of the record's institution.
fn offer(
    chain: &mut Option<Chain>,
    statement: VerifiedStatement,
    header: &Header,
) -> Result<String, String> {
    match chain {
        None => {
            let inception = Verified::<Inception>::try_from(statement)
                .map_err(|s| format!("it is of type {}", s.kind().name()))?;
            if inception.id() != header.institution {
                return Err("it founds another institution".into());
            }
            let detail = format!(
                "fingerprint {}: compare it with the institution's own",
                fingerprint(&inception.id())
            );
            *chain = Some(Chain::found(inception));
            Ok(detail)
        }
        Some(chain) => {
            let state = Verified::<State>::try_from(statement)
                .map_err(|s| format!("it is of type {}", s.kind().name()))?;
            let version = state.version;
            match chain.offer(state) {
                ChainOutcome::Accepted => {
                    Ok(format!("version {version}, signed by enough root keys"))
                }
                ChainOutcome::Refused(fault) => Err(format!("refused: {}", fault.code())),
                ChainOutcome::AlreadyHeld => Err("it is there twice".into()),
                ChainOutcome::Ahead => Err("a version before it is missing".into()),
                ChainOutcome::Rival | ChainOutcome::FurtherRival => {
                    Err("two states claim the same version".into())
                }
            }
        }
    }
}
