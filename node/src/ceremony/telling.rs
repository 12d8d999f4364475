//! What a state says, or changes, in plain language. Every field is told: an officer signs what stands here and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::institution::{Authority, Succession};
use indaba_protocol::text_forms::Fingerprint;
use indaba_protocol::{Chain, Cut, CutList, Delegation, FeedName, Id, Key, State, Value, Verified};

use crate::cli::hex;
use crate::cli::screen::clean;

/// Who holds which key: an office by the digest of its key. Says nothing that is signed; it helps a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles(pub(super) BTreeMap<Id, String>);

impl Roles {
    /// Notes who holds a key.
    pub(crate) fn note(&mut self, digest: Id, role: &str) {
        self.0.insert(digest, role.to_owned());
    }

    /// Who holds the key with this digest.
    pub(crate) fn of(&self, digest: &Id) -> Option<&str> {
        self.0.get(digest).map(String::as_str)
    }

    fn with_key(&self, key: &Key) -> String {
        match self.of(&key.digest()) {
            Some(role) => format!("{key}  {}", clean(role)),
            None => key.to_string(),
        }
    }

    fn with_digest(&self, digest: &Id) -> String {
        match self.of(digest) {
            Some(role) => format!("{}  {}", digest.short(), clean(role)),
            None => digest.short(),
        }
    }
}

/// What is at hand to tell of a state: who holds the keys, which cut lists, which names of feeds.
pub(super) struct Hand<'a> {
    pub(super) roles: &'a Roles,
    pub(super) lists: &'a [Verified<CutList>],
    pub(super) feeds: &'a [FeedName],
}

/// A number to compare by voice: eight groups of five digits.
pub(super) fn number(id: &Id) -> String {
    Fingerprint::of(id).to_string()
}

/// A new institution: all of its first state.
pub(super) fn founding(state: &State, hand: &Hand<'_>) -> Vec<String> {
    let mut told = vec!["This founds a new institution.".to_owned()];
    told.extend(profile(None, state.profile.value()));
    told.extend(authority(&state.authority, hand));
    told.extend(rest(None, state, hand));
    told.push(format!("claimed day: {}", state.day));
    told
}

/// What a state changes in the one before it.
pub(super) fn change(old: &State, new: &State, hand: &Hand<'_>) -> Vec<String> {
    let mut told = vec![format!(
        "This makes state {} of {} (state {} is in force).",
        new.version,
        quoted(old.profile.name()),
        old.version
    )];
    let differences = differences(old, new, hand);
    if differences.is_empty() {
        told.push("It changes nothing but the day.".to_owned());
    } else {
        told.extend(differences);
        told.push("Nothing else changes.".to_owned());
    }
    told.push(format!("claimed day: {}", new.day));
    told
}

/// What is different, but for the day.
pub(super) fn differences(old: &State, new: &State, hand: &Hand<'_>) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(profile(Some(old.profile.value()), new.profile.value()));
    if old.authority != new.authority {
        told.push("The root keys are rotated. From then on:".to_owned());
        told.extend(authority(&new.authority, hand));
        let gone = |key: &&Key| !new.authority.roots.contains(key);
        for key in old.authority.roots.iter().filter(gone) {
            told.push(format!(
                "  no longer a root key: {}",
                hand.roles.with_key(key)
            ));
        }
    }
    told.extend(rest(Some(old), new, hand));
    told
}

/// An institution as its newest state leaves it.
pub(super) fn institution(chain: &Chain, hand: &Hand<'_>) -> Vec<String> {
    let Some(state) = chain.newest() else {
        return vec!["An institution without a state: nobody may sign for it yet.".to_owned()];
    };
    let mut told = profile(None, state.profile.value());
    told.extend(authority(&state.authority, hand));
    told.extend(rest(None, state, hand));
    told.push(format!(
        "state {} is the newest here, claimed day {}",
        state.version, state.day
    ));
    if chain.is_disputed() {
        told.push(
            "DISPUTED: enough root keys signed two different states of one version; ask the institution".to_owned(),
        );
    }
    told
}

fn authority(authority: &Authority, hand: &Hand<'_>) -> Vec<String> {
    let mut told = vec![of_so_many(
        authority.threshold,
        authority.roots.len(),
        "root key",
        "decides for the institution",
        "decide for the institution, together",
    )];
    for key in &authority.roots {
        told.push(format!("  {}", hand.roles.with_key(key)));
    }
    told.push(of_so_many(
        authority.next_threshold,
        authority.next.len(),
        "reserve key",
        "must take part when root keys are replaced",
        "must take part when root keys are replaced",
    ));
    for digest in &authority.next {
        told.push(format!("  {}", hand.roles.with_digest(digest)));
    }
    if let Some(recovery) = &authority.recovery {
        told.push(format!(
            "recovery: {} of these institutions, from {} jurisdictions, may help when all keys are lost",
            recovery.k, recovery.jurisdictions
        ));
        told.extend(recovery.guardians.iter().map(|id| format!("  {id}")));
    }
    told
}

fn of_so_many(needed: u64, of: usize, what: &str, one: &str, several: &str) -> String {
    match (needed, of) {
        (1, 1) => format!("1 {what} {one}:"),
        (1, of) => format!("any 1 of {of} {what}s {one}:"),
        (needed, of) if needed == of as u64 => format!("all {of} {what}s {several}:"),
        (needed, of) => format!("any {needed} of {of} {what}s {several}:"),
    }
}

/// What is new, changed or gone in a list whose entries are told apart by `name`.
fn listed<T: PartialEq>(
    old: &[T],
    new: &[T],
    comes: impl Fn(&T) -> String,
    goes: impl Fn(&T) -> String,
) -> Vec<String> {
    let mut told: Vec<String> = new
        .iter()
        .filter(|entry| !old.contains(entry))
        .map(comes)
        .collect();
    told.extend(old.iter().filter(|entry| !new.contains(entry)).map(goes));
    told
}

/// Everything in a state but profile, root keys and day.
fn rest(old: Option<&State>, new: &State, hand: &Hand<'_>) -> Vec<String> {
    let (mut delegated, mut succession, mut sealing): (&[Delegation], &[Succession], &[String]) =
        (&[], &[], &[]);
    let mut cuts: &[Cut] = &[];
    if let Some(old) = old {
        (delegated, succession) = (&old.delegations, &old.succession);
        (sealing, cuts) = (&old.sealing, &old.cuts);
    }
    let mut told = Vec::new();
    // A delegation that goes is told with its cut: it leaves in no other way.
    told.extend(
        new.delegations
            .iter()
            .filter(|d| !delegated.contains(d))
            .map(delegation),
    );
    for cut in new.cuts.iter().filter(|cut| !cuts.contains(cut)) {
        told.extend(cut_told(cut, hand));
    }
    told.extend(listed(
        succession,
        &new.succession,
        succession_told,
        |gone| format!("no longer said: {}", succession_told(gone)),
    ));
    told.extend(listed(
        sealing,
        &new.sealing,
        |recipient| format!("files may be sealed for {}", clean(recipient)),
        |gone| format!("files are no longer sealed for {}", clean(gone)),
    ));
    let witnesses = old.and_then(|old| old.witnesses.as_ref());
    if witnesses != new.witnesses.as_ref() {
        match &new.witnesses {
            None => told.push("no institution witnesses its heads any more".to_owned()),
            Some(witnesses) => {
                told.push(format!(
                    "{} of these institutions witness its heads:",
                    witnesses.quorum
                ));
                told.extend(witnesses.institutions.iter().map(|id| format!("  {id}")));
            }
        }
    }
    told
}

fn delegation(delegation: &Delegation) -> String {
    let mut told = if delegation.may_sign() {
        let (kinds, feeds) = match &delegation.scope {
            None => (None, None),
            Some(scope) => (scope.kinds.as_ref(), scope.feeds.as_ref()),
        };
        let list = |texts: &[String]| clean(&texts.join(", "));
        let kinds = kinds.map_or("records of every kind".to_owned(), |kinds| {
            format!("only records of the kinds {}", list(kinds))
        });
        let feeds = feeds.map_or("in every feed".to_owned(), |feeds| {
            format!("only in the feeds {}", list(feeds))
        });
        format!("node key {} may sign {kinds}, {feeds}", delegation.key)
    } else {
        format!(
            "node key {} is named for {}, which lets it sign nothing in this version",
            delegation.key,
            quoted(&delegation.purpose)
        )
    };
    if let Some(day) = delegation.expires {
        told.push_str(&format!("; it is meant to be replaced by {day}"));
    }
    told
}

fn cut_told(cut: &Cut, hand: &Hand<'_>) -> Vec<String> {
    let reason = match cut.reason.name() {
        "retired" => "it is no longer used",
        "superseded" => "another key takes its place",
        _ => "it is in other hands",
    };
    let begin = format!(
        "node key {} is cut ({}: {reason})",
        cut.key,
        cut.reason.name()
    );
    let Some(id) = cut.list else {
        return vec![format!("{begin}; nothing that it ever signed is valid")];
    };
    let Some(list) = hand.lists.iter().find(|list| list.id() == id) else {
        return vec![format!("{begin}; what stays valid says cut list {id}")];
    };
    let mut told = vec![format!(
        "{begin}; of what it signed this stays valid, all else is void:"
    )];
    for entry in &list.feeds {
        let name = hand.feeds.iter().find(|feed| feed.hash() == entry.feed);
        let feed = name.map_or_else(
            || format!("feed with the hash {}", entry.feed.short()),
            ToString::to_string,
        );
        told.push(format!(
            "  {feed} up to #{} ({})",
            entry.seq,
            entry.last.short()
        ));
    }
    if list.feeds.is_empty() {
        told.push("  nothing in any feed".to_owned());
    }
    if !list.adopted.is_empty() {
        told.push("  and these records, which the institution adopts:".to_owned());
        told.extend(list.adopted.iter().map(|id| format!("    {id}")));
    }
    told
}

fn succession_told(succession: &Succession) -> String {
    let (relation, day) = (succession.relation.as_str(), succession.day);
    match (relation, &succession.institution) {
        ("renamed", None) => format!("it has a new name since {day}"),
        ("dissolved", None) => format!("it was dissolved on {day}"),
        ("merged-into", Some(id)) => format!("it merged into institution {id} on {day}"),
        ("split-from", Some(id)) => format!("it was split from institution {id} on {day}"),
        ("successor-of", Some(id)) => format!("it succeeds institution {id} since {day}"),
        (relation, Some(id)) => format!("{} institution {id}, {day}", quoted(relation)),
        (relation, None) => format!("{}, {day}", quoted(relation)),
    }
}

fn profile(old: Option<&Value>, new: &Value) -> Vec<String> {
    let empty = BTreeMap::new();
    let fields = |value: &'_ Value| match value {
        Value::Map(map) => map.clone(),
        _ => BTreeMap::new(),
    };
    let (before, after) = (old.map_or(empty, fields), fields(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    // The name first, then as the map has it.
    let ordered = names
        .iter()
        .filter(|name| *name == &"name")
        .chain(names.iter().filter(|name| *name != &"name"));
    let mut told = Vec::new();
    for name in ordered {
        let shown = clean(name);
        match (before.get(*name), after.get(*name)) {
            (Some(was), Some(is)) if was == is => {}
            (None, Some(is)) if old.is_none() => told.push(format!("{shown}: {}", value(is))),
            (None, Some(is)) => told.push(format!("{shown} is new: {}", value(is))),
            (Some(was), Some(is)) => told.push(format!(
                "{shown} was: {} and becomes: {}",
                value(was),
                value(is)
            )),
            (Some(was), None) => told.push(format!("{shown} is dropped; it was: {}", value(was))),
            (None, None) => {}
        }
    }
    told
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Bytes(bytes) => hex::encode(bytes),
        Value::List(values) => {
            let all: Vec<String> = values.iter().map(self::value).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Map(map) => {
            let all: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{}: {}", clean(name), self::value(value)))
                .collect();
            format!("{{{}}}", all.join(", "))
        }
        // Strict CBOR has no other values.
        _ => "something this version does not know".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", clean(text))
}
