//! Text for people: lines, fields and tables, fitted to the terminal; and nothing in it that could steer one.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

use crate::authoring::lines;

/// Styles, as few as carry meaning.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    /// Headings and names.
    pub(crate) const BOLD: Style = Style::new().bold();
    /// Something holds or is done.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
    /// Something needs attention.
    pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();
    /// Something is wrong.
    pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
    /// What to do next.
    pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
    /// Detail.
    pub(crate) const DIM: Style = Style::new().dimmed();
}

/// Text for people, built line by line.
#[derive(Debug, Default)]
pub struct Page {
    pub(super) text: String,
    /// Columns of the terminal; none when it goes elsewhere, where nothing may be broken.
    pub(super) width: Option<usize>,
}

/// Narrowest terminal that text is fitted to; on a narrower one it is the terminal that breaks lines.
const NARROWEST: usize = 60;

/// Columns before the value of a field: its name and two spaces.
const VALUE: usize = 16;

/// Columns of the terminal a stream goes to, if it does and they are worth fitting to.
pub(super) fn columns(stream: impl IsTerminal + std::os::fd::AsFd) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns >= NARROWEST)
}

impl Page {
    /// A line of text; what comes from elsewhere must have passed `clean`.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A heading.
    pub fn head(&mut self, text: impl AsRef<str>) {
        self.line(paint(style::BOLD, &clean(text.as_ref())));
    }

    /// A name and its value, aligned.
    pub fn field(&mut self, name: &str, value: impl AsRef<str>) {
        self.hanging(&format!("{name:>14}  "), VALUE, value.as_ref());
    }

    /// A beginning that may be painted and takes `lead` columns, and text that is continued below itself where the terminal ends.
    pub fn hanging(&mut self, begin: &str, lead: usize, text: &str) {
        let text = clean(text);
        let Some(width) = self.width else {
            return self.line(format!("{begin}{text}"));
        };
        let room = width.saturating_sub(lead);
        let mut begin = begin.to_owned();
        for line in lines(&text, room, room) {
            self.line(format!("{begin}{line}"));
            begin = " ".repeat(lead);
        }
    }

    /// Text of several lines, each cleaned.
    pub fn block(&mut self, text: &str) {
        for line in text.lines() {
            self.line(clean(line));
        }
    }

    /// A table without lines, columns aligned by display width, first row as heading. Where the terminal is too narrow for it, what
    /// has no spaces, such as an id or a day, stays whole in a line of its own, and the rest follows below.
    pub fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| clean(cell)).collect())
            .collect();
        let widths = aligned(heads, &rows).column_max_content_widths();
        let room = self.width.unwrap_or(usize::MAX);
        let taken = |columns: &[usize]| -> usize {
            columns
                .iter()
                .filter_map(|c| widths.get(*c))
                .map(|w| usize::from(*w) + 2)
                .sum()
        };
        let all: Vec<usize> = (0..heads.len()).collect();
        if taken(&all) <= room {
            return self.grid(heads, &rows);
        }
        let whole = |c: &usize| {
            rows.iter()
                .all(|row| row.get(*c).is_some_and(|cell| !cell.contains(' ')))
        };
        let mut above: Vec<usize> = all.iter().copied().filter(whole).collect();
        while taken(&above) > room {
            above.pop();
        }
        let heads: Vec<&str> = above
            .iter()
            .filter_map(|c| heads.get(*c))
            .copied()
            .collect();
        let pick = |row: &Vec<String>| above.iter().filter_map(|c| row.get(*c)).cloned().collect();
        let lines = aligned(&heads, &rows.iter().map(pick).collect::<Vec<_>>()).to_string();
        let mut lines = lines.lines().map(str::trim_end);
        if !above.is_empty() {
            self.line(lines.next().unwrap_or_default());
        }
        for row in &rows {
            if !above.is_empty() {
                self.line(lines.next().unwrap_or_default());
            }
            for (_, cell) in row
                .iter()
                .enumerate()
                .filter(|(c, cell)| !above.contains(c) && !cell.is_empty())
            {
                self.hanging("     ", 5, cell);
            }
        }
    }

    fn grid(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        for line in aligned(heads, rows).to_string().lines() {
            self.line(line.trim_end());
        }
    }

    /// Columns there are for running text: those of the terminal, but no more than read well.
    pub fn columns(&self, most: usize) -> usize {
        self.width.map_or(most, |width| width.min(most))
    }

    /// What was written so far.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Rows below their headings, as wide as they are.
fn aligned(heads: &[&str], rows: &[Vec<String>]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(heads.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.clone());
    }
    table
}

/// Text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{}", style.render_reset())
}

/// Text that cannot steer a terminal: control characters and the embeddings and overrides of direction become visible
/// escapes. Records are written by others.
pub(crate) fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(' '),
            c if c.is_control() => safe.extend(c.escape_unicode()),
            '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authoring::columns;

    #[test]
    fn a_field_is_fitted_to_the_terminal_and_left_alone_elsewhere() {
        let value = "one two three four five six seven eight nine ten eleven twelve thirteen";
        let mut narrow = Page {
            width: Some(60),
            ..Page::default()
        };
        narrow.field("count", value);
        assert_eq!(narrow.text().lines().count(), 2, "{}", narrow.text());
        assert!(narrow.text().lines().all(|l| l.chars().count() <= 60));
        let words: Vec<&str> = narrow.text().split_whitespace().skip(1).collect();
        assert_eq!(words.join(" "), value);
        let mut pipe = Page::default();
        pipe.field("count", value);
        assert_eq!(pipe.text().lines().count(), 1);
        // What takes two columns a letter is broken twice as often, and fits.
        let mut narrow = Page {
            width: Some(60),
            ..Page::default()
        };
        narrow.field("title", "权利".repeat(40));
        assert!(narrow.text().lines().all(|l| columns(l) <= 60));
        assert_eq!(narrow.text().lines().count(), 4, "{}", narrow.text());
    }

    #[test]
    fn a_table_too_wide_for_the_terminal_keeps_ids_whole() {
        let rows = vec![vec![
            "b7g4jes2kb".to_owned(),
            "verified".to_owned(),
            "National Peace Council of Sembe (example)".to_owned(),
            "A dialogue that was called off too late and came back".to_owned(),
        ]];
        let heads = ["id", "state", "signed by", "title"];
        let mut narrow = Page {
            width: Some(60),
            ..Page::default()
        };
        narrow.table(&heads, &rows);
        let lines: Vec<&str> = narrow.text().lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "id          state",
                "b7g4jes2kb  verified",
                "National Peace Council of Sembe (example)",
                "A dialogue that was called off too late and came back"
            ]
        );
        // Where there is room, and where it goes to a file, each record is one line.
        for width in [Some(200), None] {
            let mut page = Page {
                width,
                ..Page::default()
            };
            page.table(&heads, &rows);
            assert_eq!(page.text().lines().count(), 2, "{}", page.text());
        }
        // A word that is wider than the terminal is not cut either.
        let mut narrow = Page {
            width: Some(60),
            ..Page::default()
        };
        narrow.table(&["peer", "state"], &[vec!["x".repeat(90), "on".to_owned()]]);
        assert!(narrow.text().contains(&"x".repeat(90)), "{}", narrow.text());
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        let hostile = "a\u{1b}[2Jb\u{202e}c\r\u{7}d\u{9b}1m";
        let safe = clean(hostile);
        assert!(
            !safe.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{safe}"
        );
        assert_eq!(clean("Café · سلام"), "Café · سلام");
        let mut page = Page::default();
        page.field("title", hostile);
        page.table(&["title"], &[vec![hostile.into()]]);
        page.block(hostile);
        assert!(!page.text().contains('\u{1b}') && !page.text().contains('\u{202e}'));
    }
}
