//! The one output layer: what a command found goes to stdout, as text or as JSON; talk goes to stderr.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::exit::Exit;
use super::failure::Failure;
pub use super::page::Page;
use super::page::columns;
pub(crate) use super::page::{clean, paint, style};

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

/// Where a command writes.
#[derive(Debug)]
pub struct Screen {
    json: bool,
    quiet: bool,
    verbose: u8,
    color: ColorChoice,
    terminal: bool,
    /// How the command is typed here, where `indaba` alone would mean another data folder.
    typed: Option<String>,
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
            typed: None,
        }
    }

    /// The same screen, which names commands as they are to be typed here, such as `indaba --data-dir DIR`.
    pub(super) fn typed_as(self, typed: String) -> Self {
        let typed = Some(typed).filter(|typed| typed != "indaba");
        Self { typed, ..self }
    }

    /// A text that names commands, as they are to be typed here. What is typed on another machine stands between double quotes in the
    /// text, and stays as it is: a folder of this machine would be wrong there.
    pub(super) fn commands(&self, text: &str) -> String {
        let Some(typed) = &self.typed else {
            return text.to_owned();
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("indaba ") {
            let (before, from) = rest.split_at(at);
            let after = &from["indaba ".len()..];
            let begins = before
                .chars()
                .next_back()
                .is_none_or(|c| " `\n".contains(c));
            out.push_str(before);
            if begins && after.starts_with(|c: char| c.is_ascii_lowercase()) {
                out.push_str(typed);
                out.push(' ');
            } else {
                out.push_str("indaba ");
            }
            rest = after;
        }
        out.push_str(rest);
        out
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

    /// The result of a command as it is for people, without colour and not fitted to a terminal: for a file.
    pub fn plain<R: Report>(report: &R) -> String {
        let mut page = Page::default();
        report.page(&mut page);
        anstream::adapter::strip_str(&page.text).to_string()
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

    /// Plain talk of more than a few words, fitted to the terminal.
    pub fn explain(&self, text: &str) {
        if !self.quiet && !self.json {
            let mut page = Page {
                width: columns(std::io::stderr()),
                ..Page::default()
            };
            page.hanging("", 0, text);
            self.talk(&page.text);
        }
    }

    /// Something that needs attention but stops nothing. Shown even when quiet.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.talk(&headed(style::WARN, "warning:", text.as_ref()));
    }

    /// What to type next.
    pub fn hint(&self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            self.talk(&headed(style::HINT, "hint:", &self.commands(text.as_ref())));
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
        let mut text = headed(style::BAD, "error:", &failure.problem);
        for cause in &failure.causes {
            text.push_str(&format!("  caused by: {}\n", clean(cause)));
        }
        if let Some(hint) = &failure.hint {
            text.push_str(&headed(style::HINT, "hint:", &self.commands(hint)));
        }
        self.talk(&text);
    }

    fn talk(&self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr().lock(), self.color);
        // Nobody is left to tell when stderr is closed.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

/// A word in colour and what it is about, fitted to the terminal; each line of a text of several is one.
fn headed(style: anstyle::Style, word: &str, text: &str) -> String {
    let mut page = Page {
        width: columns(std::io::stderr()),
        ..Page::default()
    };
    let mut begin = format!("{} ", paint(style, word));
    let mut lead = word.len() + 1;
    for line in text.lines() {
        page.hanging(&begin, lead, line);
        (begin, lead) = (String::new(), 0);
    }
    page.text
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
    fn hints_name_the_data_folder_where_one_was_named() {
        let screen = Screen::new(false, false, 0, Color::Never);
        assert_eq!(screen.commands("indaba up"), "indaba up");
        let screen = screen.typed_as("indaba --data-dir /a".to_owned());
        assert_eq!(
            screen.commands("start the node: indaba up; then `indaba feed list`, see /opt/indaba up; indaba --help"),
            "start the node: indaba --data-dir /a up; then `indaba --data-dir /a feed list`, see /opt/indaba up; indaba --help"
        );
        let elsewhere = "the other side's \"indaba invite\" shows it again";
        assert_eq!(screen.commands(elsewhere), elsewhere);
    }

    #[test]
    fn json_says_its_schema_first() {
        let text = with_schema(Sample::NAME, &Sample { count: 3 }).unwrap();
        assert_eq!(text, r#"{"schema":"indaba/sample/1","count":3}"#);
    }
}
