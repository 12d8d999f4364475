//! Markdown that means nothing in a record: text is signed without markup, so readers would see the signs themselves.
//!
//! Paragraphs and items that begin with `- ` are all there is (section 9 of the protocol). What editors and people write beyond that is
//! not refused, since a text may hold any sign; it is pointed at, once for each sort, before it is signed.

use super::finding::Findings;

/// A sort of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Markup {
    Emphasis,
    Link,
    Image,
    Item,
    Number,
    Level,
    Quote,
    Table,
    Code,
    Rule,
    Tag,
}

impl Markup {
    /// What becomes of it, behind the signs.
    fn problem(self) -> &'static str {
        match self {
            Self::Emphasis | Self::Link | Self::Image | Self::Quote | Self::Code | Self::Tag => {
                "is shown as it stands: a record has no markup"
            }
            Self::Item => "begins no item of a list here: such lines are joined",
            Self::Number => "is joined to the line above, and so is every numbered line",
            Self::Level => "is taken for an item of the list itself: lists have one level",
            Self::Table => "is no table: its lines are joined into one",
            Self::Rule => "is shown as it stands, and joined to the lines around it",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Emphasis => "remove the signs; let the words carry the weight",
            Self::Link => {
                "write the text alone, and the address under `sources` with its title, or behind the text"
            }
            Self::Image => "remove it and say in words what it shows",
            Self::Item => "begin each item with `- `",
            Self::Number => "put an empty line between the numbered lines, or begin each with `- `",
            Self::Level => {
                "write the inner items as sentences of the item above, or as items of their own"
            }
            Self::Quote => "put the words between quotation marks, and name their source",
            Self::Table => "write one item for each row, beginning with `- `",
            Self::Code => "remove the signs; put words that are quoted between quotation marks",
            Self::Rule => {
                "remove it; an empty line parts two paragraphs, a heading `## ` two sections"
            }
            Self::Tag => "remove the tag; an empty line parts two paragraphs",
        }
    }
}

/// Markup met so far: sort, place and signs of the first of each, and how many lines have it.
#[derive(Debug, Default)]
pub(super) struct Met(Vec<(Markup, (usize, usize), String, usize)>);

impl Met {
    /// Looks at a line of running text; `joined` says that it goes on from a line above.
    pub(super) fn look(&mut self, number: usize, line: &str, joined: bool) {
        for (markup, at, signs) in in_line(line, joined) {
            match self.0.iter_mut().find(|(met, ..)| *met == markup) {
                Some((.., lines)) => *lines += 1,
                None => {
                    let column = line[..at].chars().count() + 1;
                    self.0.push((markup, (number, column), signs.to_owned(), 1));
                }
            }
        }
    }

    /// Looks at the text of a field of the front matter, where a line of the text is no line of the file.
    pub(super) fn look_at_field(&mut self, text: &str) {
        for line in text.lines() {
            self.look(0, line, false);
        }
    }

    /// Tells what was met, as warnings about `field` of `file`.
    pub(super) fn tell(self, field: &str, file: &str, findings: &mut Findings) {
        for (markup, place, signs, lines) in self.0 {
            let more = match lines {
                1 => String::new(),
                2 => "; so is 1 more line".to_owned(),
                many => format!("; so are {} more lines", many - 1),
            };
            let problem = format!("`{signs}` {}{more}", markup.problem());
            let at = match place {
                (0, _) => findings.exactly(field, &problem, file),
                place => place,
            };
            findings.warning_at(at, field, problem, markup.remedy());
        }
    }
}

/// The markup in a line, each sort once: byte where it begins, and its signs.
fn in_line(line: &str, joined: bool) -> Vec<(Markup, usize, &str)> {
    let text = line.trim_start();
    let lead = line.len() - text.len();
    let text = text.trim_end();
    if text.starts_with('\\') {
        return Vec::new();
    }
    if let Some((markup, signs)) = of_whole_line(text, lead, joined) {
        return vec![(markup, lead, signs)];
    }
    let mut met = Vec::new();
    if let Some(at) = text.find('[')
        && let Some((at, end)) = link(text, at)
    {
        let image = text[..at].ends_with('!');
        let markup = if image { Markup::Image } else { Markup::Link };
        met.push((
            markup,
            lead + at - usize::from(image),
            &text[at - usize::from(image)..end],
        ));
    }
    if let Some((at, end)) = emphasis(text) {
        met.push((Markup::Emphasis, lead + at, &text[at..end]));
    }
    if let Some((at, end)) = between(text, '`') {
        met.push((Markup::Code, lead + at, &text[at..end]));
    }
    if let Some((at, end)) = tag(text) {
        met.push((Markup::Tag, lead + at, &text[at..end]));
    }
    met
}

/// Markup that a line is, or begins with.
fn of_whole_line(text: &str, lead: usize, joined: bool) -> Option<(Markup, &str)> {
    let only = |sign: char| text.len() >= 3 && text.chars().all(|c| c == sign);
    if ['-', '*', '_', '='].into_iter().any(only) {
        return Some((Markup::Rule, &text[..3]));
    }
    if text.starts_with("```") || text.starts_with("~~~") {
        return Some((Markup::Code, &text[..3]));
    }
    if text.starts_with('|') && text.len() > 1 && text.ends_with('|') {
        return Some((Markup::Table, "|"));
    }
    if text.starts_with("> ") {
        return Some((Markup::Quote, ">"));
    }
    for sign in ["*", "+", "•", "–", "·"] {
        if text
            .strip_prefix(sign)
            .is_some_and(|rest| rest.starts_with([' ', '\t']))
        {
            return Some((Markup::Item, sign));
        }
    }
    if text.starts_with("- ") && lead >= 2 {
        return Some((Markup::Level, "-"));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=3).contains(&digits)
        && (text[digits..].starts_with(". ") || text[digits..].starts_with(") "));
    (numbered && joined).then(|| (Markup::Number, &text[..=digits]))
}

/// `[text](address)` at or after `from`: where it begins and ends.
fn link(text: &str, from: usize) -> Option<(usize, usize)> {
    let middle = from + text[from..].find("](")?;
    let end = middle + text[middle..].find(')')? + 1;
    let at = text[..middle].rfind('[')?;
    Some((at, end))
}

/// `*so*`, `**so**`, `_so_` or `__so__`: where it begins and ends. A sign within a word, or beside a space, marks nothing.
fn emphasis(text: &str) -> Option<(usize, usize)> {
    for signs in ["**", "__", "*", "_"] {
        let mut from = 0;
        while let Some(found) = text[from..].find(signs) {
            let at = from + found;
            let inner = at + signs.len();
            from = inner;
            let fresh = text[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric());
            let opens = text[inner..]
                .chars()
                .next()
                .is_some_and(|c| !c.is_whitespace() && !signs.contains(c));
            if !fresh || !opens {
                continue;
            }
            let Some(close) = text[inner..].find(signs).map(|close| inner + close) else {
                continue;
            };
            let end = close + signs.len();
            let closes = text[..close]
                .chars()
                .next_back()
                .is_some_and(|c| !c.is_whitespace())
                && text[end..]
                    .chars()
                    .next()
                    .is_none_or(|c| !c.is_alphanumeric());
            if closes {
                return Some((at, end));
            }
        }
    }
    None
}

/// What stands between two of the same sign, with them.
fn between(text: &str, sign: char) -> Option<(usize, usize)> {
    let at = text.find(sign)?;
    let inner = at + sign.len_utf8();
    let length = text[inner..].find(sign).filter(|length| *length > 0)?;
    Some((at, inner + length + sign.len_utf8()))
}

/// Elements of HTML that editors and people put into running text.
const TAGS: [&str; 22] = [
    "a",
    "b",
    "blockquote",
    "br",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
];

/// An HTML tag such as `<b>` or `<br/>`: where it begins and ends.
fn tag(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text[from..].find('<') {
        let at = from + found;
        from = at + 1;
        let length = text[at..].find('>')?;
        let inside = text[at + 1..at + length].trim_start_matches('/');
        let name = inside
            .split([' ', '/'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if TAGS.contains(&name.as_str()) {
            return Some((at, at + length + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(line: &str, joined: bool) -> Vec<(Markup, &str)> {
        in_line(line, joined)
            .into_iter()
            .map(|(markup, at, signs)| {
                assert!(line[at..].starts_with(signs), "{line}");
                (markup, signs)
            })
            .collect()
    }

    #[test]
    fn markup_is_seen_where_it_stands() {
        for (line, joined, markup, signs) in [
            (
                "They **agreed** on it.",
                false,
                Markup::Emphasis,
                "**agreed**",
            ),
            ("*Nobody* came.", false, Markup::Emphasis, "*Nobody*"),
            (
                "see _Act 818_, section 2",
                false,
                Markup::Emphasis,
                "_Act 818_",
            ),
            (
                "as [the report](https://a.example/b) says",
                false,
                Markup::Link,
                "[the report](https://a.example/b)",
            ),
            ("![map](map.png)", false, Markup::Image, "![map](map.png)"),
            ("* first", true, Markup::Item, "*"),
            ("• الأول", false, Markup::Item, "•"),
            ("2. second", true, Markup::Number, "2."),
            ("  - inner", false, Markup::Level, "-"),
            ("> quoted", false, Markup::Quote, ">"),
            ("| a | b |", false, Markup::Table, "|"),
            ("```", false, Markup::Code, "```"),
            ("run `check` first", false, Markup::Code, "`check`"),
            ("-----", false, Markup::Rule, "---"),
            ("one<br/>two", false, Markup::Tag, "<br/>"),
        ] {
            assert_eq!(met(line, joined), [(markup, signs)], "{line}");
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for line in [
            "- an item, and 3 * 4 is 12, and 2*3*4 too",
            "the field lesson_outcome and the file a_b_c.csv",
            "1. the first of a paragraph",
            "[sic] and (so) and [1]",
            "a < b and c > d; <name of the place>",
            "\\* kept as it is",
            "Act 818, s. 2 (1)",
            "--",
            "",
        ] {
            assert_eq!(met(line, false), [], "{line}");
        }
    }
}
