//! Taking a file apart: the fields between two lines `---`, then the text.

use super::finding::Findings;

/// The two parts of a file.
pub(super) struct Parts<'a> {
    /// What stands between the lines `---`.
    pub(super) fields: &'a str,
    /// What follows.
    pub(super) text: &'a str,
    /// The line on which `text` begins, from 1.
    pub(super) text_line: usize,
}

/// The first line of the fields, from 1: the line `---` comes before.
pub(super) const FIELDS_LINE: usize = 2;

/// Takes `file` apart. Its lines end with a line feed alone.
pub(super) fn split<'a>(file: &'a str, findings: &mut Findings) -> Option<Parts<'a>> {
    let is_rule = |line: &str| line.trim_end() == "---";
    let mut lines = file.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if !is_rule(first) {
        findings.fault_at(
            (1, 1),
            "",
            "the file does not begin with a line `---`",
            "put the fields between two lines `---`; `indaba new practice` writes such a file",
        );
        return None;
    }
    let mut end = first.len();
    for (i, line) in lines.enumerate() {
        if is_rule(line) {
            return Some(Parts {
                fields: &file[first.len()..end],
                text: &file[end + line.len()..],
                text_line: i + FIELDS_LINE + 1,
            });
        }
        end += line.len();
    }
    findings.fault_at(
        (1, 1),
        "",
        "the fields have no end",
        "put a second line `---` after the last field",
    );
    None
}
