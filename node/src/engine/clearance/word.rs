//! What an officer signs, to the byte. Node and command both build it from here.

use std::collections::BTreeMap;

use indaba_protocol::{Id, Key, NetworkId, Signature, SigningKey, Value, cbor};

use crate::engine::order::{ClearanceRules, Draft, OfficerWord};
use crate::engine::view::{from_hex, to_hex};

/// The local type of the signature (section 3 of the protocol).
const TYPE: &str = "clearance";

/// What an officer says about a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// I submit this.
    Submit,
    /// I approve this.
    Approve,
    /// I refuse this.
    Refuse,
}

/// An officer's word about one draft: bound to the institution, the draft's number and version, the whole of its text and the rules
/// under which it is given. None of these can change without the signature failing.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// What is said.
    pub said: Said,
    /// The institution.
    pub institution: Id,
    /// The draft's number; 0 of a new draft, which has none yet.
    pub draft: u64,
    /// The version spoken about; of an edit, the version it replaces; 0 of a new draft.
    pub version: u64,
    /// The hash of the text: [`content_of`].
    pub content: Id,
    /// The rules in force.
    pub rules: ClearanceRules,
    /// The reason of a refusal; empty otherwise.
    pub words: &'a str,
}

impl Word<'_> {
    /// The bytes that are signed: a strict CBOR map.
    pub fn payload(&self) -> Vec<u8> {
        let bytes = |id: &Id| Value::Bytes(id.as_bytes().to_vec());
        let said = match self.said {
            Said::Submit => "submit",
            Said::Approve => "approve",
            Said::Refuse => "refuse",
        };
        let rules = map([
            ("approvals", Value::Integer(self.rules.approvals.into())),
            (
                "hold_minutes",
                Value::Integer(self.rules.hold_minutes.into()),
            ),
            ("named", Value::Bool(self.rules.named)),
            ("withdrawals", Value::Bool(self.rules.withdrawals)),
        ]);
        cbor::encode(&map([
            ("said", Value::String(said.to_owned())),
            ("inst", bytes(&self.institution)),
            ("draft", Value::Integer(self.draft.into())),
            ("version", Value::Integer(self.version.into())),
            ("content", bytes(&self.content)),
            ("rules", rules),
            ("words", Value::String(self.words.to_owned())),
        ]))
    }

    /// Signs it.
    pub fn sign(&self, network: &NetworkId, key: &SigningKey) -> OfficerWord {
        OfficerWord {
            key: to_hex(key.key().as_bytes()),
            signature: to_hex(&key.sign_local(TYPE, network, &self.payload())),
        }
    }

    /// Whether an officer's key signed exactly this; gives the key.
    pub(super) fn signer(&self, network: &NetworkId, by: &OfficerWord) -> Option<Key> {
        check(network, &self.payload(), by)
    }
}

/// Whether a key signed these bytes as an officer's word; gives the key.
pub(in crate::engine) fn check(
    network: &NetworkId,
    payload: &[u8],
    by: &OfficerWord,
) -> Option<Key> {
    let key = read_key(&by.key)?;
    let signature = Signature::try_from(from_hex(&by.signature)?).ok()?;
    key.verify_local(TYPE, network, payload, &signature).ok()?;
    Some(key)
}

/// A key in hexadecimal, if it may be used.
pub(super) fn read_key(text: &str) -> Option<Key> {
    let key = Key::from_bytes(<[u8; 33]>::try_from(from_hex(text)?).ok()?);
    key.check().ok()?;
    Some(key)
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// The text of a draft as strict CBOR: what is kept, and what its hash is taken of. Where it came from is no part of it. None when card
/// or body is not hexadecimal.
pub(super) fn encode_text(draft: &Draft) -> Option<Vec<u8>> {
    let texts = |texts: &[String]| Value::List(texts.iter().cloned().map(Value::String).collect());
    let links = draft.links.iter().map(|(rel, target)| {
        Value::List(vec![
            Value::String(rel.clone()),
            Value::String(target.clone()),
        ])
    });
    let day = draft.day.clone().map_or(Value::Null, Value::String);
    Some(cbor::encode(&map([
        ("kind", Value::String(draft.kind.clone())),
        ("feeds", texts(&draft.feeds)),
        ("links", Value::List(links.collect())),
        ("lang", Value::String(draft.lang.clone())),
        ("marking", Value::String(draft.marking.clone())),
        ("day", day),
        ("card", Value::Bytes(from_hex(&draft.card)?)),
        ("body", Value::Bytes(from_hex(&draft.body)?)),
    ])))
}

/// Reads what [`encode_text`] wrote.
pub(super) fn decode_text(bytes: &[u8], source: &str) -> Option<Draft> {
    let Ok(Value::Map(mut map)) = cbor::decode(bytes) else {
        return None;
    };
    let text = |map: &mut BTreeMap<String, Value>, name: &str| match map.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let part = |map: &mut BTreeMap<String, Value>, name: &str| match map.remove(name) {
        Some(Value::Bytes(bytes)) => Some(to_hex(&bytes)),
        _ => None,
    };
    let list = |value: Option<Value>| match value {
        Some(Value::List(items)) => Some(items),
        _ => None,
    };
    let one = |value: Value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    let feeds: Option<Vec<String>> = list(map.remove("feeds"))?.into_iter().map(one).collect();
    let pair = |value: Value| {
        let mut items = list(Some(value))?.into_iter().map(one);
        Some((items.next()??, items.next()??))
    };
    let links: Option<Vec<(String, String)>> =
        list(map.remove("links"))?.into_iter().map(pair).collect();
    let day = match map.remove("day") {
        Some(Value::Null) => None,
        Some(Value::String(day)) => Some(day),
        _ => return None,
    };
    Some(Draft {
        kind: text(&mut map, "kind")?,
        feeds: feeds?,
        links: links?,
        lang: text(&mut map, "lang")?,
        marking: text(&mut map, "marking")?,
        day,
        card: part(&mut map, "card")?,
        body: part(&mut map, "body")?,
        source: source.to_owned(),
    })
}

/// The hash of the whole text of a draft: what officers sign. None when card or body is not hexadecimal.
pub fn content_of(draft: &Draft) -> Option<Id> {
    Some(Id::of(&encode_text(draft)?))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use indaba_protocol::NetworkName;

    use super::*;

    fn draft() -> Draft {
        Draft {
            kind: "lesson".into(),
            feeds: vec!["region:ecowas".into(), "theme:ifp".into()],
            links: vec![("see".into(), "bafyr4i".into())],
            lang: "en".into(),
            marking: "clear".into(),
            day: None,
            card: "a0".into(),
            body: "a0".into(),
            source: "lesson.md".into(),
        }
    }

    #[test]
    fn a_text_comes_back_and_every_field_is_in_its_hash() {
        let text = draft();
        let bytes = encode_text(&text).unwrap();
        assert_eq!(decode_text(&bytes, "lesson.md").unwrap(), text);
        assert!(decode_text(&bytes[1..], "").is_none());
        let content = content_of(&text);
        let moved = Draft {
            source: "elsewhere.md".into(),
            ..text.clone()
        };
        assert_eq!(content_of(&moved), content, "the file's name is no part");
        let changes: [fn(&mut Draft); 8] = [
            |d| d.kind = "practice".into(),
            |d| d.feeds.truncate(1),
            |d| d.links.clear(),
            |d| d.lang = "fr".into(),
            |d| d.marking = "green".into(),
            |d| d.day = Some("2026-01-01".into()),
            |d| d.card = "a1".into(),
            |d| d.body = "a1".into(),
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut other = text.clone();
            change(&mut other);
            assert_ne!(content_of(&other), content, "change {place}");
        }
    }

    #[test]
    fn a_word_holds_for_exactly_what_it_was_given_for() {
        let network = NetworkName::parse("test.example").unwrap().id();
        let key = SigningKey::from_seed(&[9; 32]);
        let rules = ClearanceRules {
            approvals: 1,
            hold_minutes: 0,
            named: true,
            withdrawals: false,
        };
        let word = Word {
            said: Said::Approve,
            institution: Id::of(b"institution"),
            draft: 3,
            version: 1,
            content: Id::of(b"text"),
            rules,
            words: "",
        };
        let by = word.sign(&network, &key);
        assert_eq!(word.signer(&network, &by), Some(key.key()));
        let looser = ClearanceRules {
            approvals: 0,
            ..rules
        };
        let (said, institution) = (Said::Submit, Id::of(b"another"));
        for other in [
            Word { said, ..word },
            Word {
                institution,
                ..word
            },
            Word { draft: 4, ..word },
            Word { version: 2, ..word },
            Word {
                content: institution,
                ..word
            },
            Word {
                rules: looser,
                ..word
            },
            Word { words: "x", ..word },
        ] {
            assert_eq!(other.signer(&network, &by), None, "{other:?}");
        }
        let elsewhere = NetworkName::parse("other.example").unwrap().id();
        assert_eq!(word.signer(&elsewhere, &by), None);
        // Another's name under a signature.
        let stranger = OfficerWord {
            key: to_hex(SigningKey::from_seed(&[8; 32]).key().as_bytes()),
            ..by
        };
        assert_eq!(word.signer(&network, &stranger), None);
    }
}
