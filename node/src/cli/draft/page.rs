//! Drafts as people see them.

use indaba_protocol::{Value, cbor};

use crate::authoring;
use crate::cli::screen::{Page, clean, paint, style};
use crate::cli::show::audience;
use crate::cli::{hex, words};
use crate::engine::order::{DraftView, DraftWhole, Missing, Published, SaidView};

/// Characters a line of text is wrapped to, as for records.
const WIDTH: usize = 96;

/// What keeps a draft back, in words that follow "waits for".
pub(crate) fn missing(number: u64, what: &Missing) -> String {
    match what {
        Missing::AnotherText => {
            format!("another text, because an officer refused this one: indaba draft edit {number} FILE")
        }
        Missing::Submitter => format!(
            "an officer known here to submit it: indaba draft edit {number} FILE --by KEYFILE"
        ),
        Missing::Approvals { have, need } => {
            format!("approval by other officers, {have} of {need} given")
        }
        Missing::Release => format!("somebody's order: indaba draft release {number}"),
        Missing::Embargo { day } => {
            format!("{day} to have begun everywhere, which is at 12:00 UTC of that day")
        }
        Missing::Clock { day, today } => format!(
            "somebody who confirms that {day} has come, since only this machine's clock says that it is {today}: \
             indaba draft release {number} --today YYYY-MM-DD"
        ),
        Missing::Hold { minutes } => format!(
            "the holding time, {} left while the node runs",
            words::count(*minutes, "minute", "minutes")
        ),
        Missing::Copy => {
            "this data folder to be more than a copy: indaba store accept-copy, then start the node again"
                .to_owned()
        }
    }
}

/// All that keeps a draft back, or what went wrong.
pub(crate) fn waits_for(draft: &DraftView) -> String {
    if let Some(problem) = &draft.problem {
        return format!("somebody who mends this: {problem}");
    }
    let all: Vec<String> = draft
        .missing
        .iter()
        .map(|what| missing(draft.number, what))
        .collect();
    match all.as_slice() {
        [] => "the node to run".to_owned(),
        all => all.join("; "),
    }
}

/// One line about a draft that is kept, and one for each thing it waits for.
pub(crate) fn kept(page: &mut Page, how: &str, draft: &DraftView) {
    page.line(format!(
        "{} draft {}  {}",
        paint(style::GOOD, how),
        draft.number,
        clean(draft.title.as_deref().unwrap_or(&draft.source))
    ));
    if let Some(problem) = &draft.problem {
        page.field("not published", problem);
    }
    for what in &draft.missing {
        page.field("waits for", missing(draft.number, what));
    }
}

/// One line about a record that went out.
pub(crate) fn published(page: &mut Page, record: &Published) {
    page.line(format!(
        "{} {}  {}",
        paint(style::GOOD, "published"),
        record.id,
        clean(&record.source)
    ));
}

/// What the header of a draft will tell.
pub(super) fn facts(whole: &DraftWhole) -> authoring::Facts {
    let text = &whole.text;
    authoring::Facts {
        id: None,
        institution: whole.institution.name.clone(),
        state: None,
        kind: text.kind.clone(),
        lang: text.lang.clone(),
        marking: text.marking.clone(),
        // `today` stands for the day on which it is signed; a file says nothing then.
        day: text.day.clone().filter(|day| day != crate::engine::TODAY),
        feeds: text.feeds.clone(),
        links: text.links.clone(),
    }
}

/// A draft with its text, and what was said about it.
pub(super) fn whole(page: &mut Page, whole: &DraftWhole) {
    let draft = &whole.draft;
    let map = |text: &str| {
        let value = hex::decode(text).and_then(|bytes| cbor::decode(&bytes).ok());
        value.unwrap_or(Value::Map(std::collections::BTreeMap::new()))
    };
    let mut facts = facts(whole);
    facts.institution = Some(words::institution(&whole.institution));
    facts.state = Some(format!("draft {}, version {}", draft.number, draft.version));
    // Both stand below.
    facts.marking = String::new();
    facts.feeds = Vec::new();
    let (card, body) = (map(&whole.text.card), map(&whole.text.body));
    let text = authoring::render(&facts, &card, &body, page.columns(WIDTH));
    page.block(text.trim_end());
    page.gap();
    page.head("What would become of it");
    page.field("audience", audience(&draft.marking));
    page.field("feeds", draft.feeds.join(", "));
    page.field(
        "day",
        match whole.text.day.as_deref() {
            None => "none",
            Some(crate::engine::TODAY) => "the day on which it goes out",
            Some(day) => day,
        },
    );
    page.field(
        "text",
        format!("{} ({})", draft.content, words::bytes(draft.bytes)),
    );
    page.field(
        "submitted",
        format!(
            "by {}, {}",
            draft
                .submitter
                .as_ref()
                .map_or_else(|| "the account of this machine".to_owned(), words::officer),
            words::moment(draft.submitted)
        ),
    );
    for approval in &draft.approvals {
        let mut said = said(approval);
        if !approval.counts {
            said.push_str(&format!("; does not count: {}", approval.words));
        }
        page.field("approved", said);
    }
    if let Some(refused) = &draft.refused {
        page.field("refused", format!("{}: {}", said(refused), refused.words));
    }
    if let Some(problem) = &draft.problem {
        page.field("not published", problem);
    }
    for what in &draft.missing {
        page.field("waits for", missing(draft.number, what));
    }
}

fn said(said: &SaidView) -> String {
    format!(
        "by {}, {}",
        words::officer(&said.officer),
        words::moment(said.at)
    )
}
