//! `indaba vocabulary`: the codes that records and feeds are written with.

use serde::Serialize;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::{Page, Report};
use super::words;
use crate::authoring::{ListedCode, codes_of, feed_meant, language_meant, list_named, lists};

#[derive(Serialize)]
struct List {
    list: &'static str,
    about: &'static str,
    codes: usize,
}

#[derive(Serialize)]
struct Lists {
    lists: Vec<List>,
}

impl Report for Lists {
    const NAME: &'static str = "vocabulary-lists";
    fn page(&self, page: &mut Page) {
        let row = |list: &List| {
            vec![
                list.list.to_owned(),
                list.codes.to_string(),
                list.about.to_owned(),
            ]
        };
        page.table(
            &["list", "codes", "holds"],
            &self.lists.iter().map(row).collect::<Vec<_>>(),
        );
    }
}

#[derive(Serialize)]
struct Entry {
    list: &'static str,
    code: &'static str,
    label: &'static str,
    note: &'static str,
    /// The feed of what is about it.
    feed: Option<String>,
}

#[derive(Serialize)]
struct Codes {
    /// The list; none when all were searched.
    list: Option<&'static str>,
    words: Vec<String>,
    codes: Vec<Entry>,
}

/// Most codes that are shown with their notes: more are looked through for a code, not read.
const WITH_NOTES: usize = 20;

impl Report for Codes {
    const NAME: &'static str = "vocabulary";
    fn page(&self, page: &mut Page) {
        let feeds = self.codes.iter().any(|entry| entry.feed.is_some());
        let notes =
            self.codes.len() <= WITH_NOTES && self.codes.iter().any(|entry| !entry.note.is_empty());
        let mut heads = vec!["code", "means"];
        if feeds {
            heads.push("feed");
        }
        if self.list.is_none() {
            heads.push("list");
        }
        if notes {
            heads.push("note");
        }
        let row = |entry: &Entry| {
            let mut row = vec![entry.code.to_owned(), entry.label.to_owned()];
            if feeds {
                row.push(entry.feed.clone().unwrap_or_default());
            }
            if self.list.is_none() {
                row.push(entry.list.to_owned());
            }
            if notes {
                row.push(entry.note.to_owned());
            }
            row
        };
        if !self.codes.is_empty() {
            page.table(&heads, &self.codes.iter().map(row).collect::<Vec<_>>());
        }
        let found = words::count(self.codes.len() as u64, "code", "codes");
        let place = self.list.unwrap_or("the vocabulary");
        if !self.words.is_empty() {
            page.line(format!("{found} of {place} with {}", self.words.join(" ")));
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, words: &[String], language: &str) -> Result<Exit, Failure> {
    if language_meant(language).is_none() {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("`{language}` is not the tag of a language"),
        )
        .hint("labels are in en, fr, pt, es, ar and sw"));
    }
    if words.is_empty() {
        let lists = lists().into_iter().map(|list| List {
            list: list.name,
            about: list.about,
            codes: list.codes,
        });
        context.screen.report(&Lists {
            lists: lists.collect(),
        })?;
        context.screen.hint(
            "the codes of one: indaba vocabulary themes; with a word: indaba vocabulary land",
        );
        return Ok(Exit::Ok);
    }
    let (list, words) = match words.split_first() {
        Some((first, rest)) if list_named(first).is_some() => (list_named(first), rest),
        _ => (None, words),
    };
    let names = match list {
        Some(name) => vec![name],
        None => lists().iter().map(|list| list.name).collect(),
    };
    let codes: Vec<Entry> = names
        .into_iter()
        .flat_map(|name| codes_of(name, language))
        .filter(|code| code.holds(words))
        .map(entry)
        .collect();
    let none = codes.is_empty();
    context.screen.report(&Codes {
        list,
        words: words.to_vec(),
        codes,
    })?;
    if !none {
        return Ok(Exit::Ok);
    }
    context.screen.hint(match feed_meant(&words.join(" ")) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            "`indaba vocabulary` names the lists; a subject of your own is topic:NAME".to_owned()
        }
    });
    Ok(Exit::NotFound)
}

fn entry(code: ListedCode) -> Entry {
    Entry {
        list: code.list,
        code: code.code,
        label: code.label,
        note: code.note,
        feed: code.feed,
    }
}
