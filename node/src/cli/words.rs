//! How counts, sizes, times and institutions are written for people.

use indaba_protocol::{Id, Value};

use crate::engine::order::{Act, FeedView, InstitutionView, OfficerView, RecordLine};

/// A size in the unit that reads best.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = count as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{count} B")
    } else {
        format!("{size:.1} {}", UNITS[unit])
    }
}

/// A count with its noun.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A word with its article: a lesson, an offer.
pub(crate) fn one(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

/// How long ago a moment was, both in milliseconds since 1970.
pub(crate) fn ago(now: i64, then: i64) -> String {
    if then > now {
        return "in the future, by this machine's clock".into();
    }
    format!("{} ago", span(now, then))
}

/// How much time lies between two moments, both in milliseconds since 1970.
pub(crate) fn span(now: i64, then: i64) -> String {
    let seconds = (now - then).max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Milliseconds since 1970 by the wall clock.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A moment in milliseconds since 1970, by this machine's clock and where it stands: day and time.
pub(crate) fn moment(at: i64) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(at) => at
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        // A clock beyond the calendar; `indaba doctor` names it.
        Err(_) => format!("{at} ms after 1970"),
    }
}

/// An officer: the office, and the key because offices can be anybody's word.
pub(crate) fn officer(view: &OfficerView) -> String {
    format!("{} (key {})", view.role, view.shown)
}

/// An institution: its name, and its short id because names can be anybody's.
pub(crate) fn institution(view: &InstitutionView) -> String {
    let mut text = match &view.name {
        Some(name) => format!("{name} ({})", view.short),
        None => view.short.clone(),
    };
    if view.disputed {
        text.push_str(", disputed");
    }
    if !view.accepted {
        text.push_str(", unvouched");
    }
    text + &marks(view)
}

/// What a reader must know about the name of an institution, to be written behind it.
pub(crate) fn marks(view: &InstitutionView) -> String {
    view.marks.iter().map(|mark| format!(", {mark}")).collect()
}

/// Who signed a record: the name alone where nothing stands against it, else with what tells it from others of that name.
fn signer(view: &InstitutionView) -> String {
    match &view.name {
        Some(name) if view.accepted && view.marks.is_empty() => name.clone(),
        Some(_) => institution(view),
        None => view.short.clone(),
    }
}

/// The name of an institution for a column beside its id; of one that nobody here vouches for, with the word for that.
pub(crate) fn institution_name(view: &InstitutionView) -> String {
    let name = view.name.clone().unwrap_or_default();
    let name = match view.accepted {
        true => name,
        false if name.is_empty() => "unvouched".to_owned(),
        false => format!("{name}, unvouched"),
    };
    name + &marks(view)
}

/// The name that an unvouched institution gives itself, for a column beside its id.
pub(crate) fn claimed_name(view: &InstitutionView, claimed: Option<&str>) -> String {
    let name = view.name.as_deref().or(claimed);
    name.map_or_else(String::new, |name| {
        format!("{name} (claimed{})", marks(view))
    })
}

/// Who claims to have signed what waits: the name it gives itself, and its id.
pub(crate) fn claimed(view: &InstitutionView, claimed: Option<&str>) -> String {
    match view.name.as_deref().or(claimed) {
        Some(name) if view.accepted => format!("{name} ({})", view.short),
        Some(name) => format!("{name} ({}, claimed{})", view.short, marks(view)),
        None => view.short.clone(),
    }
}

/// Positions from one to another, both included.
pub(crate) fn range(first: u64, last: u64) -> String {
    match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    }
}

/// How complete a feed is, in words.
pub(crate) fn completeness(feed: &FeedView) -> String {
    let mut text = match feed.state.as_str() {
        "empty" => "nobody accepted here is known to publish in it".to_owned(),
        "unproven" => format!(
            "{}, no promise received yet",
            count(feed.held, "record", "records")
        ),
        state => format!("{state} {}/{} records", feed.held, feed.expected),
    };
    if let (true, Some(carried)) = (feed.state == "empty", carried(feed)) {
        text.push_str(", and ");
        text.push_str(&carried);
    }
    if feed.parts_missing > 0 {
        text.push_str(&format!(", text of {} missing", feed.parts_missing));
    }
    if feed.unvouched > 0 {
        text.push_str(&format!(", {} unvouched beside them", feed.unvouched));
    }
    if feed.stale_lanes > 0 {
        text.push_str(&format!(
            ", {} stale",
            count(feed.stale_lanes, "lane", "lanes")
        ));
    }
    let disputed = feed.lanes.iter().filter(|lane| lane.disputed).count() as u64;
    if disputed > 0 {
        text.push_str(&format!(", {} disputed", count(disputed, "lane", "lanes")));
    }
    text
}

/// How many of the peers that are connected carry a feed; none when no peer is.
pub(crate) fn carried(feed: &FeedView) -> Option<String> {
    let of = count(feed.connected, "connected peer", "connected peers");
    match (feed.connected, feed.carried_by) {
        (0, _) => None,
        (_, 0) => Some(format!("of {of} none says that it carries it")),
        (_, 1) => Some(format!("of {of} 1 carries it")),
        (_, some) => Some(format!("of {of} {some} carry it")),
    }
}

/// One row about a record: id, words, kind, language, day, who, title.
pub(crate) fn record_row(record: &RecordLine) -> Vec<String> {
    vec![
        record.short.clone(),
        record.words.first().cloned().unwrap_or_default(),
        record.kind.clone(),
        record.day.clone().unwrap_or_default(),
        signer(&record.institution),
        title(record),
    ]
}

/// The title of a record, or what it does, or why there is none.
fn title(record: &RecordLine) -> String {
    if let Some(title) = &record.title {
        return title.clone();
    }
    let is = |word: &str| record.words.iter().any(|w| w == word);
    match &record.act {
        Some(act) => done(act),
        None if is("withdrawn") => "(withdrawn, its text is erased)".into(),
        None if is("incomplete") => "(title not here yet)".into(),
        None => "(no title)".into(),
    }
}

/// What a record that is held does to another one, such as `withdraws e5vhywxhsk: consent`.
pub(crate) fn done(act: &Act) -> String {
    let said = act.said.as_ref().map(|said| format!(": {said}"));
    format!(
        "{} {}{}",
        act.rel.replace('-', " "),
        short(&act.target),
        said.unwrap_or_default()
    )
}

/// What a record that needs no title does, such as `withdraws bafyr4ic4n..: consent`.
pub(crate) fn act(kind: &str, links: &[(String, String)], body: &Value) -> String {
    let target = |rel: &str| {
        let found = links.iter().find(|(r, _)| r == rel);
        found.map_or_else(String::new, |(_, id)| short(id))
    };
    let text = |field: &str| match body {
        Value::Map(map) => match map.get(field) {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    match kind {
        "withdrawal" => format!("withdraws {}: {}", target("withdraws"), text("reason")),
        "revision" => format!("revises {}: {}", target("revises"), text("reason")),
        "response" => format!("responds to {}: {}", target("responds-to"), text("stance")),
        _ => match links.first() {
            Some((rel, id)) => format!("{rel} {}", short(id)),
            None => "(no title)".to_owned(),
        },
    }
}

/// An id as lists show it; one that was typed shortened stays as it is.
pub(crate) fn short(id: &str) -> String {
    id.parse::<Id>()
        .map_or_else(|_| id.to_owned(), |id| id.short().to_string())
}

/// The headings of [`record_row`].
pub(crate) const RECORD_HEADS: [&str; 6] = ["id", "state", "kind", "day", "signed by", "title"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_their_unit() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(61_440), "61.4 kB");
        assert_eq!(count(1, "record", "records"), "1 record");
        assert_eq!(one("offer"), "an offer");
        assert_eq!(one("lesson"), "a lesson");
        assert_eq!(ago(200_000, 0), "3 min ago");
        assert!(ago(0, 5_000).contains("future"));
    }
}
