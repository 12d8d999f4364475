//! A record's file as a person gives it: what it says, or what is wrong with it, also when it is no text at all.

use std::io::{ErrorKind, Read};
use std::path::Path;

use indaba_protocol::Value;

use super::clock;
use super::words;
use crate::authoring::{self, Finding, Severity, Source};

/// A file that was looked at.
pub(super) struct Written {
    /// The file's name as given.
    pub(super) file: String,
    /// What it says, or what is wrong with it.
    pub(super) read: Result<Source, Vec<Finding>>,
    /// There is no such file.
    pub(super) missing: bool,
}

impl Written {
    /// Faults and warnings, from top to bottom.
    pub(super) fn findings(&self) -> &[Finding] {
        match &self.read {
            Ok(source) => &source.warnings,
            Err(findings) => findings,
        }
    }
}

/// Reads a record's file, or standard input where it is called `-`. That it cannot be read is a finding like others, so that one bad
/// file among many does not hide what is wrong with the rest.
pub(super) fn read_file(path: &Path) -> Written {
    let mut bytes = Vec::new();
    let most = authoring::FILE_BYTES as u64 + 1;
    let done = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(most).read_to_end(&mut bytes))
    };
    let read = match &done {
        Ok(_) if bytes.len() > authoring::FILE_BYTES => Err(vec![too_large(path, &bytes)]),
        Ok(_) => text(&bytes).and_then(|text| {
            let mut source = authoring::parse(text)?;
            source.warnings.extend(later(&source, text));
            source.warnings.extend(over(&source, text));
            source.warnings.sort_by_key(|f| (f.line, f.column));
            Ok(source)
        }),
        Err(e) => Err(vec![unreadable(path, e)]),
    };
    Written {
        file: path.display().to_string(),
        read,
        missing: matches!(&done, Err(e) if e.kind() == ErrorKind::NotFound),
    }
}

fn about(
    (line, column): (usize, usize),
    problem: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding {
        line,
        column,
        field: String::new(),
        problem: problem.into(),
        remedy: remedy.into(),
        severity: Severity::Fault,
    }
}

/// About the file as a whole.
const WHOLE: (usize, usize) = (0, 0);

/// A file of which only the beginning was read.
fn too_large(path: &Path, beginning: &[u8]) -> Finding {
    // What a file is says more than that it is large.
    if let Err(mut findings) = text(beginning)
        && let Some(finding) = findings.pop().filter(|finding| finding.line == 0)
    {
        return finding;
    }
    let size = std::fs::metadata(path).ok().filter(|m| m.is_file());
    let size = match size {
        Some(file) => format!("the file has {}", words::bytes(file.len())),
        None => "there is more of it".to_owned(),
    };
    about(
        WHOLE,
        format!(
            "{size}, and a record takes at most {}",
            words::bytes(authoring::FILE_BYTES as u64)
        ),
        "shorten it: say where the whole text is under `sources`",
    )
}

fn unreadable(path: &Path, e: &std::io::Error) -> Finding {
    match e.kind() {
        ErrorKind::NotFound => about(WHOLE, "there is no such file", "check the name"),
        ErrorKind::IsADirectory => about(
            WHOLE,
            "this is a folder",
            format!("name the files in it, such as {}/*.md", path.display()),
        ),
        ErrorKind::PermissionDenied => about(
            WHOLE,
            "this account may not read it",
            format!("let it, such as with: chmod u+r {}", path.display()),
        ),
        _ => about(WHOLE, format!("cannot be read: {e}"), "try another copy"),
    }
}

/// The text of a file, or what it is instead.
fn text(bytes: &[u8]) -> Result<&str, Vec<Finding>> {
    let plain =
        "save it as plain text, encoding UTF-8, and begin with what `indaba new KIND` prints";
    let what = if bytes.iter().all(u8::is_ascii_whitespace) {
        Some("it is empty")
    } else if bytes.starts_with(b"PK\x03\x04") {
        Some("it is a word processor's or a packed file")
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        Some("it is a word processor's file")
    } else if bytes.starts_with(b"%PDF") {
        Some("it is a PDF")
    } else if bytes.starts_with(b"{\\rtf") {
        Some("it is a word processor's file (RTF)")
    } else if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        Some("it is text in UTF-16")
    } else if bytes.contains(&0) {
        Some("it is no text")
    } else {
        None
    };
    if let Some(what) = what {
        return Err(vec![about(WHOLE, what, plain)]);
    }
    std::str::from_utf8(bytes).map_err(|e| {
        let (good, bad) = bytes.split_at(e.valid_up_to());
        let good = String::from_utf8_lossy(good);
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let byte = bad.first().copied().unwrap_or_default();
        vec![about(
            (line, column),
            format!("the text is not in UTF-8 (byte {byte:#04x} here), perhaps in Windows-1252 or Latin-1"),
            "open it in the program that wrote it and save it with the encoding UTF-8",
        )]
    })
}

/// A warning about a day that has not come yet.
fn later(source: &Source, text: &str) -> Option<Finding> {
    let day = source.day.as_ref().filter(|day| **day > clock::today())?;
    let line = text.lines().position(|l| l.starts_with("day:"))? + 1;
    Some(Finding {
        field: "day".to_owned(),
        severity: Severity::Warning,
        ..about(
            (line, 1),
            format!("`{day}` has not come yet, by this machine's clock"),
            "check it; `embargo:` says from when a record may be quoted",
        )
    })
}

/// A warning about a record that is of no use any more on the day it is published.
fn over(source: &Source, text: &str) -> Option<Finding> {
    let Value::Map(body) = &source.body else {
        return None;
    };
    let Some(Value::String(day)) = body.get("expires") else {
        return None;
    };
    if *day >= clock::today() {
        return None;
    }
    let line = text.lines().position(|l| l.starts_with("expires:"))? + 1;
    Some(Finding {
        field: "expires".to_owned(),
        severity: Severity::Warning,
        ..about(
            (line, 1),
            format!("`{day}` is over, by this machine's clock"),
            "name a day that is still to come, or leave it out: readers are told that the record stands no longer",
        )
    })
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_told_its_size() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = place.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read_file(&path).read.unwrap_err().remove(0).problem
        };
        assert!(file("large.md", &[b'a'; 5_000_000]).contains("5.0 MB"));
        assert!(file("large.bin", &[0; 5_000_000]).contains("no text"));
        assert!(file("large.md", &[b'a'; authoring::FILE_BYTES]).contains("---"));
    }

    #[test]
    fn a_record_that_is_over_already_is_pointed_at() {
        let place = tempfile::tempdir().unwrap();
        let warnings = |day: &str| {
            let path = place.path().join("offer.md");
            let text = format!(
                "---\nkind: offer\nlang: en\nmarking: clear\nfeeds: [region:ecowas]\ntitle: An offer (example)\nexpires: {day}\n\
                 licence: CC-BY-4.0\nattribution: organisation\n---\n\n## Expertise\n\nMediation of land disputes.\n"
            );
            std::fs::write(&path, text).unwrap();
            let source = read_file(&path).read.unwrap();
            let lines = source.warnings.iter().map(ToString::to_string);
            lines.collect::<Vec<_>>().join("\n")
        };
        assert!(warnings("2001-01-01").contains("is over"));
        assert!(!warnings("2999-01-01").contains("is over"));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let problem = |bytes: &[u8]| {
            let mut findings = text(bytes).unwrap_err();
            assert_eq!(findings.len(), 1);
            findings.remove(0)
        };
        assert!(problem(b" \n").problem.contains("empty"));
        assert!(
            problem(b"PK\x03\x04rest")
                .problem
                .contains("word processor")
        );
        assert!(problem(b"%PDF-1.7").problem.contains("PDF"));
        assert!(problem(b"\xFF\xFE-\0-\0").problem.contains("UTF-16"));
        assert!(problem(b"\x80\0\x01").problem.contains("no text"));
        let latin = problem(b"---\ntitle: \xC9tat\n---\n");
        assert_eq!((latin.line, latin.column), (2, 8), "{latin}");
        assert!(latin.problem.contains("0xc9") && latin.problem.contains("Latin-1"));
        assert!(text("---\ntitle: État\n".as_bytes()).is_ok());
    }
}
