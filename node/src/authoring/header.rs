//! The fields of a file that go into the header of the record.

use indaba_protocol::content::fields::MARKINGS;
use indaba_protocol::content::shape::Shape;
use indaba_protocol::vocabulary::{self, nearest};

use super::finding::Findings;
use super::meant::language_meant;
use super::values::{placeholder, placeholder_text};
use super::yaml::{Node, Value};

/// Links a record may have (section 5 of the protocol).
const LINKS: usize = 32;
/// Fewest characters of a shortened id: with fewer a typing error is taken for another record.
const ID_CHARACTERS: usize = 4;

/// The text of a header field, if the node is one.
pub(super) fn text<'a>(field: &str, node: &'a Node, findings: &mut Findings) -> Option<&'a str> {
    findings.place(field, node.at);
    if let Some(hint) = placeholder(node) {
        findings.unfilled(field, hint);
        return None;
    }
    match &node.value {
        Value::Text { text, .. } => Some(text),
        _ => {
            findings.unreadable(field, "is not a text", "write one value behind the colon");
            None
        }
    }
}

/// The language of the record.
pub(super) fn lang(node: &Node, findings: &mut Findings) -> Option<String> {
    let lang = text("lang", node, findings)?;
    if !Shape::LanguageTag.fits(lang) {
        findings.fault(
            "lang",
            format!("is `{lang}`"),
            format!("write {}", Shape::LanguageTag.expected()),
        );
        return None;
    }
    // The form allows longer primary subtags, and none is registered: it is a name.
    if lang
        .split('-')
        .next()
        .is_some_and(|primary| primary.len() > 3)
    {
        let remedy = match language_meant(lang) {
            Some(tag) => format!("did you mean `{tag}`?"),
            None => "write the tag of a language, such as `en`, `fr` or `sw`; `indaba vocabulary languages` lists them".to_owned(),
        };
        findings.fault("lang", format!("is `{lang}`"), remedy);
        return None;
    }
    if vocabulary::language(lang).is_none() {
        findings.warning(
            "lang",
            format!("`{lang}` is not in the list of languages"),
            "check it with `indaba vocabulary languages`: any BCP 47 tag is accepted",
        );
    }
    Some(lang.to_owned())
}

/// The marking.
pub(super) fn marking(node: &Node, findings: &mut Findings) -> Option<String> {
    let marking = text("marking", node, findings)?;
    if !MARKINGS.contains(&marking) {
        let stronger = matches!(marking, "amber" | "amber+strict" | "red");
        findings.fault(
            "marking",
            format!("is `{marking}`"),
            if stronger {
                "write `clear` or `green`: what may not reach every reader must not be published on the mesh"
            } else {
                "write `clear` or `green`"
            },
        );
        return None;
    }
    Some(marking.to_owned())
}

/// What a file says about the day.
pub(super) enum Claim {
    /// This one, as `YYYY-MM-DD`.
    Day(String),
    /// None is to be claimed.
    Undated,
}

/// The day that the record claims for itself.
pub(super) fn day(node: &Node, findings: &mut Findings) -> Option<Claim> {
    let day = text("day", node, findings)?;
    if day == "none" {
        return Some(Claim::Undated);
    }
    if !Shape::FullDate.fits(day) {
        findings.fault(
            "day",
            format!("is `{day}`"),
            "write a day as YYYY-MM-DD, or `none` to claim no day",
        );
        return None;
    }
    Some(Claim::Day(day.to_owned()))
}

/// The links, as relation and target. Targets stay text: only a store can complete a shortened id.
pub(super) fn links(node: &Node, findings: &mut Findings) -> Vec<(String, String)> {
    findings.place("links", node.at);
    let Value::Map(entries) = &node.value else {
        findings.fault(
            "links",
            "is not a group of links",
            "write `{see: [bafyr4i...]}`",
        );
        return Vec::new();
    };
    let mut out: Vec<(String, String)> = Vec::new();
    for (key, node) in entries {
        let path = format!("links.{}", key.name);
        findings.place(&path, key.at);
        if !Shape::Kind.fits(&key.name) {
            findings.fault(
                &path,
                "is not a relation",
                "write one such as `adapts`, `see` or `part-of`",
            );
        } else if vocabulary::label("link", &key.name, "en").is_none() {
            let known = vocabulary::terms("link").map(|t| t.code.as_str());
            let hint = nearest(&key.name, known).map_or_else(
                || {
                    "check it with `indaba vocabulary link`: readers see unknown relations raw"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`?"),
            );
            findings.warning(&path, "is not a relation that this version knows", hint);
        }
        let targets = match &node.value {
            Value::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for (i, target) in targets.iter().enumerate() {
            let path = format!("{path}[{i}]");
            findings.place(&path, target.at);
            let text = match &target.value {
                Value::Text { text, .. } => text.as_str(),
                _ => "",
            };
            if let Some(hint) = placeholder_text(text) {
                findings.unfilled(&path, hint);
            } else if !is_id(text) {
                findings.unreadable(
                    &path,
                    "is not the id of a record",
                    "write an id as it is shown, such as `bafyr4i...`",
                );
            } else if out.iter().any(|(rel, t)| *rel == key.name && t == text) {
                findings.fault(&path, "stands in the list twice", "remove the repetition");
            } else {
                out.push((key.name.clone(), text.to_owned()));
            }
        }
    }
    if out.len() > LINKS {
        findings.fault(
            "links",
            format!("has {} links, {} too many", out.len(), out.len() - LINKS),
            format!("keep at most {LINKS}"),
        );
    }
    out
}

/// A whole id, or the beginning of one, or the beginning of what follows `bafyr4i`.
fn is_id(text: &str) -> bool {
    let most = 7 + 52;
    (ID_CHARACTERS..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
}
