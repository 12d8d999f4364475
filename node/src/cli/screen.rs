//! The one output layer: what a command found goes to stdout, as text or as JSON; talk goes to stderr.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::exit::Exit;
use super::failure::Failure;

/// A result a command can give.
///
/// The two forms say the same: [`Report::page`] for people, the serialised form for programs.
pub trait Report: Serialize {
    /// The command's name in `"schema": "indaba/<name>/1"`.
    const NAME: &'static str;

    /// Writes it for people.
    fn page(&self, page: &mut Page);
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

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

/// Where a command writes.
#[derive(Debug)]
pub struct Screen {
    json: bool,
    quiet: bool,
    verbose: u8,
    color: ColorChoice,
    terminal: bool,
}

impl Screen {
    /// A screen as the global flags want it.
    pub fn new(json: bool, quiet: bool, verbose: u8, color: Color) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            json,
            quiet,
            verbose,
            color,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.json
    }

    /// How much more than usual is wanted.
    pub fn verbose(&self) -> u8 {
        self.verbose
    }

    /// Whether a person is likely watching the talk.
    pub fn on_terminal(&self) -> bool {
        self.terminal
    }

    /// Gives the result of a command.
    ///
    /// # Errors
    /// When stdout is closed or full.
    pub fn report<R: Report>(&self, report: &R) -> Result<(), Failure> {
        if self.json {
            return self.data(&(with_schema(R::NAME, report)? + "\n"));
        }
        let mut page = Page {
            width: columns(std::io::stdout()),
            ..Page::default()
        };
        report.page(&mut page);
        self.data(&page.text)
    }

    /// Shows, before a question, what it is about: for people only, and on stderr.
    pub fn preview<R: Report>(&self, report: &R) {
        if !self.quiet && !self.json {
            let mut page = Page {
                width: columns(std::io::stderr()),
                ..Page::default()
            };
            report.page(&mut page);
            self.talk(&page.text);
        }
    }

    /// Gives bytes or text as they are: the result of commands whose result is a file.
    ///
    /// # Errors
    /// When stdout is closed or full.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(std::io::stdout().lock(), self.color);
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match written {
            Ok(()) => Ok(()),
            // `indaba ... | head` is no failure.
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(e) => Err(Failure::new(Exit::Failed, "cannot write to stdout").because(e)),
        }
    }

    /// One aligned line of talk, in the manner of cargo: a green verb and what it is about.
    pub fn say(&self, verb: &str, what: impl AsRef<str>) {
        if !self.quiet && !self.json {
            self.talk(&format!(
                "{}{verb:>12}{} {}\n",
                style::GOOD,
                style::GOOD.render_reset(),
                clean(what.as_ref())
            ));
        }
    }

    /// Plain talk.
    pub fn tell(&self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            self.talk(&format!("{}\n", text.as_ref()));
        }
    }

    /// Something that needs attention but stops nothing. Shown even when quiet.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.talk(&format!(
            "{}warning:{} {}\n",
            style::WARN,
            style::WARN.render_reset(),
            clean(text.as_ref())
        ));
    }

    /// What to type next.
    pub fn hint(&self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            self.talk(&format!(
                "{}hint:{} {}\n",
                style::HINT,
                style::HINT.render_reset(),
                clean(text.as_ref())
            ));
        }
    }

    /// Shows why a command failed: as one JSON object on stdout, or as text on stderr.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let error = ErrorReport {
                error: ErrorFields {
                    code: failure.exit.code(),
                    kind: failure.exit.word(),
                    problem: &failure.problem,
                    causes: &failure.causes,
                    hint: failure.hint.as_deref(),
                },
            };
            // A closed stdout leaves only the exit code, which the caller sets.
            let _ = self.report(&error);
            return;
        }
        let mut text = format!(
            "{}error:{} {}\n",
            style::BAD,
            style::BAD.render_reset(),
            clean_lines(&failure.problem)
        );
        for cause in &failure.causes {
            text.push_str(&format!("  caused by: {}\n", clean(cause)));
        }
        if let Some(hint) = &failure.hint {
            text.push_str(&format!(
                "{}hint:{} {}\n",
                style::HINT,
                style::HINT.render_reset(),
                clean_lines(hint)
            ));
        }
        self.talk(&text);
    }

    fn talk(&self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr().lock(), self.color);
        // Nobody is left to tell when stderr is closed.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

#[derive(Serialize)]
struct ErrorFields<'a> {
    code: u8,
    kind: &'static str,
    problem: &'a str,
    causes: &'a [String],
    hint: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorReport<'a> {
    error: ErrorFields<'a>,
}

impl Report for ErrorReport<'_> {
    const NAME: &'static str = "error";
    fn page(&self, page: &mut Page) {
        page.block(self.error.problem);
    }
}

/// The serialised form, its schema first.
fn with_schema<R: Report>(name: &str, report: &R) -> Result<String, Failure> {
    let body = serde_json::to_string(report).map_err(|e| {
        Failure::new(Exit::Failed, "the result cannot be written as JSON").because(e)
    })?;
    let schema = format!("\"schema\":\"indaba/{name}/1\"");
    Ok(match body.strip_prefix('{') {
        Some("}") => format!("{{{schema}}}"),
        Some(fields) => format!("{{{schema},{fields}"),
        None => format!("{{{schema},\"value\":{body}}}"),
    })
}

/// Text for people, built line by line.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    /// Columns of the terminal; none when it goes elsewhere, where nothing may be broken.
    width: Option<usize>,
}

/// Narrowest terminal that text is fitted to; on a narrower one it is the terminal that breaks lines.
const NARROWEST: usize = 60;

/// Columns before the value of a field: its name and two spaces.
const VALUE: usize = 16;

/// Columns of the terminal a stream goes to, if it does and they are worth fitting to.
fn columns(stream: impl IsTerminal + std::os::fd::AsFd) -> Option<usize> {
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
        let room = self
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(lead));
        let mut begin = begin.to_owned();
        let mut line = String::new();
        for word in clean(text).split(' ') {
            // What is too long for a line by itself, such as an id, stays whole: it may be copied.
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                self.line(format!("{begin}{line}"));
                begin = " ".repeat(lead);
                line.clear();
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(format!("{begin}{line}"));
    }

    /// Text of several lines, each cleaned.
    pub fn block(&mut self, text: &str) {
        for line in text.lines() {
            self.line(clean(line));
        }
    }

    /// A table without lines, columns aligned by display width, first row as heading.
    pub fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        if let Some(width) = self.width {
            table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        table.set_header(heads.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
        for row in rows {
            table.add_row(row.iter().map(|cell| clean(cell)).collect::<Vec<_>>());
        }
        for line in table.to_string().lines() {
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

/// [`clean`], keeping line breaks.
pub(crate) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Sample {
        count: u32,
    }

    impl Report for Sample {
        const NAME: &'static str = "sample";
        fn page(&self, page: &mut Page) {
            page.field("count", self.count.to_string());
        }
    }

    #[test]
    fn json_says_its_schema_first() {
        let text = with_schema(Sample::NAME, &Sample { count: 3 }).unwrap();
        assert_eq!(text, r#"{"schema":"indaba/sample/1","count":3}"#);
    }

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
