//! To which feeds a record goes.

use indaba_protocol::FeedName;
use indaba_protocol::Value as Ipld;
use indaba_protocol::content::Body;
use indaba_protocol::vocabulary;

use super::finding::Findings;
use super::lists::list_of;
use super::meant::{PREFIXES, codes, feed_meant};
use super::yaml::{Node, Value};

/// How a feed is written.
const FORM: &str =
    "write a prefix, a colon and a name in lower case, at most 48 bytes, such as `region:ecowas`";
/// Feeds a record may be posted to (section 5 of the protocol).
pub(super) const MOST: usize = 8;

/// The feeds that the file names.
pub(super) fn explicit(node: &Node, findings: &mut Findings) -> Vec<String> {
    findings.place("feeds", node.at);
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        Value::Text { .. } => std::slice::from_ref(node),
        Value::Map(_) => {
            findings.fault(
                "feeds",
                "is not a list",
                "write `[region:ecowas, theme:trj]`",
            );
            return Vec::new();
        }
    };
    let mut out: Vec<String> = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let path = format!("feeds[{i}]");
        findings.place(&path, node.at);
        let Value::Text { text, .. } = &node.value else {
            findings.fault(
                &path,
                "is not a text",
                "write a feed such as `region:ecowas`, with no space after the colon",
            );
            continue;
        };
        if let Some(hint) = super::values::placeholder_text(text) {
            findings.unfilled(&path, hint);
        } else if text.starts_with("circle:") {
            findings.fault(
                &path,
                "is a circle, which this version cannot post to",
                "name a public feed",
            );
        } else if text.parse::<FeedName>().is_err() {
            let remedy = match feed_meant(text) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("{FORM}; `indaba vocabulary` lists those there are"),
            };
            findings.fault(&path, format!("`{text}` is not the name of a feed"), remedy);
        } else if out.contains(text) {
            findings.fault(
                &path,
                format!("`{text}` stands in the list twice"),
                "remove the repetition",
            );
        } else {
            out.push(text.clone());
        }
    }
    if out.len() > MOST {
        findings.fault(
            "feeds",
            format!("names {} feeds, {} too many", out.len(), out.len() - MOST),
            format!("keep at most {MOST}"),
        );
    }
    if out.len() > 1 && out.iter().any(|f| f == "registry") {
        findings.fault(
            "feeds",
            "names `registry` beside other feeds",
            "keep `registry` alone: a record of the registry names no other feed",
        );
    }
    out
}

/// What is wrong with a feed whose name the vocabulary does not know, and what may have been meant. It is allowed all the same: another
/// version may know it. None when it is known, or free to be anything.
#[must_use]
pub fn unknown_feed(feed: &str) -> Option<(String, String)> {
    let (prefix, rest) = feed.split_once(':')?;
    let problem = if !PREFIXES.contains(&prefix) {
        format!("`{prefix}:` is no kind of subject that this version knows")
    } else {
        let known = codes(prefix);
        let free = prefix == "country" && vocabulary::user_assigned_country(&rest.to_uppercase());
        if free || known.is_empty() || known.iter().any(|k| k == rest) {
            return None;
        }
        format!("`{feed}` names nothing in the vocabulary")
    };
    let remedy = match feed_meant(feed) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match list_of(prefix) {
            Some(list) => format!("`indaba vocabulary {list}` lists those there are"),
            None => "`indaba vocabulary` lists regions, themes and countries".to_owned(),
        },
    };
    Some((problem, remedy))
}

/// The feeds that follow from what a record is about: regions first, then themes of the first level, then countries; at most
/// [`MOST`]. A vouch and a charter go to the registry, which every node holds.
pub(super) fn derived(kind: &str, body: &Ipld) -> Vec<String> {
    if matches!(kind, "vouch" | "charter") {
        return vec!["registry".to_owned()];
    }
    let body = Body::new(body);
    let regions = body.texts("regions").map(|r| format!("region:{r}"));
    let themes = body
        .texts("themes")
        .map(|t| format!("theme:{}", t.split('.').next().unwrap_or(t).to_lowercase()));
    let countries = body
        .texts("countries")
        .map(|c| format!("country:{}", c.to_lowercase()));
    let mut out: Vec<String> = Vec::new();
    for feed in regions.chain(themes).chain(countries) {
        if out.len() < MOST && !out.contains(&feed) && feed.parse::<FeedName>().is_ok() {
            out.push(feed);
        }
    }
    out
}
