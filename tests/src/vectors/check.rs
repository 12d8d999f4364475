//! Running vectors against the protocol crate.

use super::case::{hex, unhex};
use indaba_protocol::text_forms::{Fingerprint, Invitation, parse_fingerprint};
use indaba_protocol::{
    Chain, ChainOutcome, Fault, Id, Key, NetworkId, NetworkName, Unread, VerifiedStatement, cbor,
    content, open_item, read,
};
use serde_json::Value as Json;

/// Runs a file of vectors: how many cases, and what went wrong, one line each.
///
/// # Errors
/// When the file is none of section 14, or has no cases.
pub fn run(name: &str, text: &str) -> Result<(usize, Vec<String>), String> {
    let file: Json = serde_json::from_str(text).map_err(|e| format!("{name}: {e}"))?;
    if file["format"] != 1 {
        return Err(format!("{name}: format {} is unknown", file["format"]));
    }
    let run = match name.strip_prefix("py-").unwrap_or(name) {
        "cbor.json" => cbor_case,
        "keys.json" => key_case,
        "statements.json" => statement_case,
        "parts.json" => part_case,
        "chains.json" => chain_case,
        "verdicts.json" => super::verdicts::run::case,
        "content.json" => content_case,
        "text-forms.json" => text_case,
        "trust.json" => super::trust::run::case,
        "reconciliation.json" => super::reconciliation::case,
        _ => return Err(format!("{name}: a file of unknown name")),
    };
    let cases = file["cases"]
        .as_array()
        .filter(|cases| !cases.is_empty())
        .ok_or(format!("{name}: no cases"))?;
    let failed = |case: &Json| {
        run(case)
            .err()
            .map(|why| format!("{name}: {}: {why}", case["name"]))
    };
    Ok((cases.len(), cases.iter().filter_map(failed).collect()))
}

type Outcome = Result<(), String>;

fn same(expected: &str, found: &str) -> Outcome {
    if expected == found {
        Ok(())
    } else {
        Err(format!("expected {expected}, found {found}"))
    }
}

fn text_of<'a>(case: &'a Json, field: &str) -> Result<&'a str, String> {
    case[field].as_str().ok_or(format!("{field} is missing"))
}

fn bytes_of(case: &Json, field: &str) -> Result<Vec<u8>, String> {
    text_of(case, field).map(unhex)
}

fn network(case: &Json) -> Result<NetworkId, String> {
    NetworkName::parse(text_of(case, "net")?)
        .map(|n| n.id())
        .map_err(|e| e.to_string())
}

pub(super) fn id(text: &str) -> Result<Id, String> {
    unhex(text)
        .try_into()
        .map(Id::from_bytes)
        .map_err(|_| format!("{text} is no id"))
}

/// `accept`, `unsupported`, or the code.
fn expected(case: &Json) -> Result<&str, String> {
    match text_of(case, "expect")? {
        "invalid" => text_of(case, "code"),
        other => Ok(other),
    }
}

fn outcome<T>(read: &Result<T, Unread>) -> &'static str {
    match read {
        Ok(_) => "accept",
        Err(Unread::Unsupported(_)) => "unsupported",
        Err(Unread::Invalid(fault)) => fault.code(),
    }
}

fn cbor_case(case: &Json) -> Outcome {
    let decoded = cbor::decode(&bytes_of(case, "bytes")?);
    same(
        text_of(case, "expect")?,
        decoded.map_or_else(|fault| fault.code(), |_| "accept"),
    )
}

fn key_case(case: &Json) -> Outcome {
    // A key of another length is refused before it is one; section 3 has one code for both.
    let checked = match bytes_of(case, "key")?.try_into() {
        Ok(key) => Key::from_bytes(key).check(),
        Err(_) => Err(Fault::Key),
    };
    same(
        text_of(case, "expect")?,
        checked.map_or_else(|fault| fault.code(), |()| "accept"),
    )
}

fn statement_case(case: &Json) -> Outcome {
    let read = read(&network(case)?, &bytes_of(case, "bytes")?);
    same(expected(case)?, outcome(&read))?;
    if let Ok(statement) = read {
        if let Some(kind) = case["type"].as_str() {
            same(kind, statement.kind().name())?;
        }
        if let Some(id) = case["id"].as_str() {
            same(id, &hex(statement.id().as_bytes()))?;
        }
    }
    Ok(())
}

fn part_case(case: &Json) -> Outcome {
    same(
        expected(case)?,
        outcome(&open_item(&network(case)?, &bytes_of(case, "item")?)),
    )
}

pub(super) fn statements(case: &Json) -> Result<Vec<VerifiedStatement>, String> {
    let net = network(case)?;
    let all = case["statements"]
        .as_array()
        .ok_or("statements are missing")?;
    all.iter()
        .map(|s| read(&net, &unhex(s.as_str().unwrap_or_default())).map_err(|e| e.to_string()))
        .collect()
}

fn chain_case(case: &Json) -> Outcome {
    let mut chain: Option<Chain> = None;
    let mut found = Vec::new();
    for statement in statements(case)? {
        let word = match (statement, chain.as_mut()) {
            (VerifiedStatement::Inception(inception), None) => {
                chain = Some(Chain::found(inception));
                "accepted".to_owned()
            }
            (VerifiedStatement::Inception(inception), Some(chain))
                if inception.id() == chain.institution() =>
            {
                "held".to_owned()
            }
            (VerifiedStatement::State(state), Some(chain)) => match chain.offer(state) {
                ChainOutcome::Accepted => "accepted".to_owned(),
                ChainOutcome::AlreadyHeld => "held".to_owned(),
                ChainOutcome::Rival | ChainOutcome::FurtherRival => "rival".to_owned(),
                ChainOutcome::Ahead => "waiting".to_owned(),
                ChainOutcome::Refused(fault) => format!("refused:{}", fault.code()),
            },
            _ => return Err("neither a first inception nor a state".into()),
        };
        found.push(word);
    }
    same(
        &case["expect"].to_string(),
        &serde_json::json!(found).to_string(),
    )
}

fn content_case(case: &Json) -> Outcome {
    let value = |field| cbor::decode(&bytes_of(case, field)?).map_err(|e| format!("{field}: {e}"));
    let faults = content::check(text_of(case, "kind")?, &value("card")?, &value("body")?);
    same(
        text_of(case, "expect")?,
        if faults.is_empty() {
            "accept"
        } else {
            "malformed"
        },
    )?;
    let Some(field) = case["field"].as_str() else {
        return Ok(());
    };
    let top = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    if faults.iter().any(|fault| top(&fault.field) == field) {
        return Ok(());
    }
    Err(format!(
        "expected a fault of {field}, found {:?}",
        faults.iter().map(|f| &f.field).collect::<Vec<_>>()
    ))
}

fn text_case(case: &Json) -> Outcome {
    let text = text_of(case, "text")?;
    let form = text_of(case, "form")?;
    if text_of(case, "expect")? == "refused" {
        let accepted = match form {
            "id" => text.parse::<Id>().is_ok(),
            "fingerprint" => parse_fingerprint(text).is_ok(),
            "invitation" => text.parse::<Invitation>().is_ok(),
            _ => return Err(format!("form {form} is unknown")),
        };
        return same("refused", if accepted { "accept" } else { "refused" });
    }
    let bytes = bytes_of(case, "bytes")?;
    match form {
        "id" => {
            let id = id(text_of(case, "bytes")?)?;
            same(text, &id.to_string())?;
            same(
                &hex(id.as_bytes()),
                &text
                    .parse::<Id>()
                    .map(|i| hex(i.as_bytes()))
                    .unwrap_or_default(),
            )
        }
        "fingerprint" => {
            let print = Fingerprint::of(&id(text_of(case, "bytes")?)?);
            same(text, &print.to_string())?;
            same(
                text,
                &parse_fingerprint(text)
                    .map(|p| p.to_string())
                    .unwrap_or_default(),
            )
        }
        "invitation" => {
            let invitation: Invitation = text.parse().map_err(|e| format!("{e}"))?;
            same(text, &invitation.to_text().map_err(|e| e.to_string())?)?;
            let Ok(cbor::Value::Map(map)) = cbor::decode(&bytes) else {
                return Err("bytes are no map".into());
            };
            same(
                &format!("{:?}", map.get("name")),
                &format!("{:?}", Some(cbor::Value::String(invitation.name.clone()))),
            )?;
            same(
                &format!("{:?}", map.get("inst")),
                &format!(
                    "{:?}",
                    Some(cbor::Value::Bytes(
                        invitation.institution.as_bytes().to_vec()
                    ))
                ),
            )
        }
        _ => Err(format!("form {form} is unknown")),
    }
}
