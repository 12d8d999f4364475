//! What the rules of content say about a file that was read, and where.

use indaba_protocol::cbor;
use indaba_protocol::content;

use super::feeds::unknown_feed;
use super::finding::Findings;
use super::lists::{codes_with, list_of};
use super::markup::Met;
use super::meant::code_meant;
use super::source::Source;

/// Bytes of a card (section 5 of the protocol), less the random bytes before it.
const CARD_BYTES: usize = 16_384 - SALT;
/// Bytes of card and body together: the bound of a record less the largest statement and the random bytes.
const CONTENT_BYTES: usize = 61_440 - 2_048 - 2 * SALT;
/// Random bytes at the beginning of a part.
const SALT: usize = 16;

/// What to write instead of a code that is written as a person would say it, such as `GH` or `cc by 4.0`.
fn instead(field: &str, source: &Source) -> Option<String> {
    let body = content::Body::new(&source.body);
    let text = match field.split_once('[') {
        Some((list, at)) => body.texts(list).nth(at.strip_suffix(']')?.parse().ok()?)?,
        None => body.text(field)?,
    };
    if let Some(code) = code_meant(field, text) {
        return Some(format!("did you mean `{code}`?"));
    }
    let near = codes_with(field, text);
    let named: Vec<String> = near.iter().map(|code| format!("`{code}`")).collect();
    (!near.is_empty()).then(|| format!("did you mean one of {}?", named.join(", ")))
}

/// A remedy that tells where the codes of the field are listed, unless it names one already.
fn with_list(field: &str, remedy: String) -> String {
    match list_of(field) {
        Some(list) if !remedy.starts_with("did you mean") => {
            format!("{remedy}; `indaba vocabulary {list}` lists what there is")
        }
        _ => remedy,
    }
}

/// Judges card, body and feeds by the rules of content, and names the places in `file`.
pub(super) fn content(source: &Source, file: &str, findings: &mut Findings) {
    let mut faulty = Vec::new();
    for fault in content::check(&source.kind, &source.card, &source.body) {
        if !findings.is_unread(&fault.field) {
            let at = findings.exactly(&fault.field, &fault.problem, file);
            let remedy = instead(&fault.field, source)
                .unwrap_or_else(|| with_list(&fault.field, fault.remedy));
            findings.fault_at(at, &fault.field, fault.problem, remedy);
            faulty.push(fault.field);
        }
    }
    for advice in content::advise(&source.kind, &source.card, &source.body) {
        // Unknown sections were named where they stand, in the words of the file.
        let told = advice.concern == content::Concern::UnknownField
            && advice.field.starts_with("sections.");
        // A code that has not even the right form need not be called unknown as well.
        let told = told
            || advice.concern == content::Concern::UnknownCode && faulty.contains(&advice.field);
        if !told && !findings.is_unread(&advice.field) {
            let at = match advice.concern {
                content::Concern::PersonalData => {
                    findings.exactly(&advice.field, &advice.problem, file)
                }
                _ => findings.whereabouts(&advice.field),
            };
            let remedy = match advice.concern {
                content::Concern::UnknownCode => with_list(&advice.field, advice.remedy),
                _ => advice.remedy,
            };
            findings.warning_at(at, &advice.field, advice.problem, remedy);
        }
    }
    let card = content::Card::new(&source.card);
    for (field, text) in [("title", card.title()), ("summary", card.summary())] {
        // A summary under a heading was looked at where it stands.
        let (line, _) = findings.whereabouts(field);
        let heading = file
            .lines()
            .nth(line - 1)
            .is_some_and(|l| l.starts_with("## "));
        if let (Some(text), false) = (text, heading) {
            let mut met = Met::default();
            met.look_at_field(text);
            met.tell(field, file, findings);
        }
    }
    // Derived feeds follow from fields that were judged above.
    let named = source.feeds.iter().filter(|_| !source.feeds_derived);
    for (problem, remedy) in named.filter_map(|feed| unknown_feed(feed)) {
        findings.warning("feeds", problem, remedy);
    }
    let card = cbor::encode(&source.card).len();
    let body = cbor::encode(&source.body).len();
    if card > CARD_BYTES {
        findings.fault(
            "title_i18n",
            format!(
                "card: title, titles in other languages and summary take {card} bytes, {} too many",
                card - CARD_BYTES
            ),
            "shorten them",
        );
    }
    if card + body > CONTENT_BYTES {
        findings.fault(
            "sections",
            format!(
                "the record takes {} bytes, {} too many",
                card + body,
                card + body - CONTENT_BYTES
            ),
            "shorten the text, or put annexes into attachments",
        );
    }
}
