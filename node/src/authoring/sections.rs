//! The text of a file: sections under `## headings`.

use indaba_protocol::content::text::folded;
use indaba_protocol::vocabulary;

use super::finding::Findings;
use super::markup::Met;
use super::paragraphs;

/// A section as it stands in the file.
pub(super) struct Written {
    /// Its key.
    pub(super) key: String,
    /// Its heading as written.
    pub(super) heading: String,
    /// The line of its heading, from 1.
    pub(super) line: usize,
    /// Its text, ready to be signed.
    pub(super) text: String,
    /// What the template says should be written, if nothing else stands there.
    pub(super) hint: Option<String>,
}

/// The sections of `text`, which begins on line `first` of the file.
pub(super) fn read(text: &str, first: usize, findings: &mut Findings) -> Vec<Written> {
    let mut out: Vec<Written> = Vec::new();
    let mut stray: Option<usize> = None;
    let text = without_comments(text);
    let mut lines: Vec<&str> = Vec::new();
    let close = |out: &mut Vec<Written>, lines: &mut Vec<&str>, findings: &mut Findings| {
        if let Some(last) = out.last_mut() {
            let mut met = Met::default();
            for (i, line) in lines.iter().enumerate() {
                let above = i
                    .checked_sub(1)
                    .and_then(|i| lines.get(i))
                    .map_or("", |l| l.trim());
                let joined = !above.is_empty() && !above.ends_with('\\');
                met.look(last.line + 1 + i, line, joined);
            }
            met.tell(&format!("sections.{}", last.key), "", findings);
            let raw = lines.join("\n");
            last.text = paragraphs::join(&raw);
            last.hint = super::values::placeholder_text(&raw).map(paragraphs::join);
        }
        lines.clear();
    };
    for (i, line) in text.lines().enumerate() {
        let number = first + i;
        if let Some(heading) = line.strip_prefix("## ") {
            close(&mut out, &mut lines, findings);
            let heading = heading.trim().trim_end_matches('#').trim().to_owned();
            out.push(Written {
                key: key_of(&heading),
                heading,
                line: number,
                text: String::new(),
                hint: None,
            });
        } else if is_heading(line) {
            findings.fault_at(
                (number, 1),
                "",
                "only headings with two signs, `## Heading`, make a section",
                "write `## ` and the heading; to begin a line of text with `#`, write `\\#`",
            );
        } else if out.is_empty() {
            if !line.trim().is_empty() {
                stray.get_or_insert(number);
            }
        } else {
            lines.push(line);
        }
    }
    close(&mut out, &mut lines, findings);
    if let Some(line) = stray {
        findings.fault_at(
            (line, 1),
            "sections",
            "there is text before the first heading",
            "put it under a heading such as `## Challenge`, or into `summary`",
        );
    }
    out
}

fn is_heading(line: &str) -> bool {
    let signs = line.bytes().take_while(|b| *b == b'#').count();
    (1..=6).contains(&signs) && line[signs..].starts_with([' ', '\t'])
        || (signs > 0 && line.len() == signs)
        // Two signs and no space: a heading all the same, which would become text of the section before.
        || ((2..=6).contains(&signs) && line[signs..].starts_with(char::is_alphabetic))
}

/// `text` without `<!-- comments -->`; the line feeds in them stay, so that lines keep their numbers.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        let Some(length) = rest[start..].find("-->") else {
            break;
        };
        out.push_str(&rest[..start]);
        out.extend(rest[start..start + length].chars().filter(|c| *c == '\n'));
        rest = &rest[start + length + 3..];
    }
    out.push_str(rest);
    out
}

/// The key of a heading: `What happened`, `what_happened` and `Ce qui s'est passé` are all `what_happened`.
pub(super) fn key_of(heading: &str) -> String {
    let spoken = folded(heading.trim_end_matches([':', '.', '?', '؟']).trim_end());
    let known = vocabulary::sections()
        .iter()
        .find(|section| section.labels.all().any(|label| folded(label) == spoken));
    if let Some(section) = known {
        return section.key.clone();
    }
    let mut key = String::new();
    for c in heading.chars() {
        match c {
            _ if c.is_alphanumeric() => key.extend(c.to_lowercase()),
            '\'' | '’' => {}
            _ if key.is_empty() || key.ends_with('_') => {}
            _ => key.push('_'),
        }
    }
    key.trim_end_matches('_').to_owned()
}

/// The heading of a key in a language, where it has one.
pub(super) fn heading_in(key: &str, lang: &str) -> String {
    match vocabulary::section(key) {
        Some(section) => section.labels.get(lang).to_owned(),
        None => heading_of(key),
    }
}

/// The heading of a key, in words.
pub(super) fn heading_of(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
