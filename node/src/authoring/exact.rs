//! Where exactly in a file stands what a finding quotes: a section may hold eight thousand characters.

/// The place of `needle` in the field that begins at `from`, as line and column in characters, both from 1.
///
/// The field ends where the next one begins: at a heading `## `, or at a line of the front matter that is not indented. A text that an
/// editor broke over two lines is found by its first word. None when the file writes it another way, such as an escape.
pub(super) fn place(file: &str, from: (usize, usize), needle: &str) -> Option<(usize, usize)> {
    if needle.is_empty() {
        return None;
    }
    let (line, column) = from;
    let mut lines = file.lines().enumerate().skip(line.checked_sub(1)?);
    let (_, first) = lines.next()?;
    let of_text = first.starts_with("## ");
    let own = first
        .char_indices()
        .nth(column - 1)
        .map_or("", |(at, _)| &first[at..]);
    let mut broken = None;
    let rest = lines.take_while(|(_, text)| {
        if of_text {
            !text.starts_with("## ")
        } else {
            text.is_empty() || text.starts_with([' ', '\t', '#'])
        }
    });
    for (index, lead, text) in
        std::iter::once((line - 1, column - 1, own)).chain(rest.map(|(i, text)| (i, 0, text)))
    {
        let at = |byte: usize| (index + 1, lead + text[..byte].chars().count() + 1);
        if let Some(byte) = text.find(needle) {
            return Some(at(byte));
        }
        if broken.is_none() {
            broken = begins_at_end(text, needle).map(at);
        }
    }
    broken
}

/// Where in `line` a beginning of `needle`, broken at a space, stands last.
fn begins_at_end(line: &str, needle: &str) -> Option<usize> {
    let line = line.trim_end();
    let breaks = needle.match_indices(' ').map(|(at, _)| &needle[..at]);
    breaks
        .filter(|head| line.ends_with(head))
        .map(|head| line.len() - head.len())
        .next_back()
}

/// What a finding about a text quotes: `U+0007` names a character, backticks hold what was noticed.
pub(super) fn quoted(problem: &str) -> Option<String> {
    if let Some((_, code)) = problem.rsplit_once("U+") {
        let c = u32::from_str_radix(code.trim_end(), 16)
            .ok()
            .and_then(char::from_u32)?;
        return Some(c.to_string());
    }
    let (_, rest) = problem.split_once('`')?;
    let (inside, _) = rest.rsplit_once('`')?;
    Some(inside.to_owned())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    const FILE: &str = "---\nkind: practice\nsummary: >\n  Call +233 20 123\n  4567 today.\ntitle: a@b.example\n---\n## One\n\nText a@b.example\n\n## Two\n\nBell \u{7} here.\n";

    #[test]
    fn what_is_quoted_is_found_in_its_own_field() {
        assert_eq!(place(FILE, (8, 1), "a@b.example"), Some((10, 6)));
        assert_eq!(place(FILE, (6, 8), "a@b.example"), Some((6, 8)));
        assert_eq!(place(FILE, (3, 10), "+233 20 123 4567"), Some((4, 8)));
        let bell = quoted("holds the control character U+0007").unwrap();
        assert_eq!(place(FILE, (12, 1), &bell), Some((14, 6)));
    }

    #[test]
    fn what_stands_in_another_field_is_not_taken_for_it() {
        assert_eq!(place(FILE, (12, 1), "a@b.example"), None);
        assert_eq!(place(FILE, (3, 10), "a@b.example"), None);
        assert_eq!(place(FILE, (8, 1), "\u{7}"), None);
        assert_eq!(place(FILE, (99, 1), "x"), None);
        assert_eq!(quoted("is missing"), None);
    }
}
