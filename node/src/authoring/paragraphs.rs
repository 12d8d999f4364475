//! Running text as it is signed, and as it stands in a file.
//!
//! In a file a paragraph may be broken over several lines, as people and editors do; signed, it is one line. Paragraphs are
//! separated by an empty line; list items begin with `- `. A backslash at the end of a line keeps a line break, and a backslash at
//! its beginning takes the meaning from the sign that follows.

/// The signed text of what stands in a file.
pub(super) fn join(written: &str) -> String {
    let mut out = String::new();
    let mut fresh = true;
    let mut empty = false;
    for line in written.lines() {
        let line = line.trim_matches([' ', '\t']);
        if line.is_empty() {
            empty = !out.is_empty();
            continue;
        }
        if empty {
            out.push_str("\n\n");
        } else if !out.is_empty() && !fresh {
            out.push(if line.starts_with("- ") { '\n' } else { ' ' });
        }
        empty = false;
        // At the end of a line two backslashes stand for one, and a single one more keeps the break.
        let bare = line.trim_end_matches('\\');
        let signs = line.len() - bare.len();
        let hard = signs % 2 == 1;
        out.push_str(unescaped(&line[..bare.len() + signs / 2]));
        fresh = hard;
        if hard {
            out.push('\n');
        }
    }
    out.trim_end_matches('\n').to_owned()
}

fn unescaped(line: &str) -> &str {
    match line.strip_prefix('\\') {
        Some(rest) if rest.starts_with(SIGNS) => rest,
        _ => line,
    }
}

/// Signs that mean something at the beginning of a line of a file.
const SIGNS: [char; 4] = ['#', '<', '\\', '-'];

/// What to write into a file for a signed text, if it can be written so that [`join`] gives it back.
pub(super) fn lay_out(signed: &str) -> Option<String> {
    let mut out = String::new();
    let mut lines = signed.split('\n').peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(SIGNS) && !line.starts_with("- ") {
            out.push('\\');
        }
        out.push_str(line);
        out.extend(line.chars().rev().take_while(|c| *c == '\\'));
        if let Some(next) = lines.peek() {
            if !line.is_empty() && !next.is_empty() && !next.starts_with("- ") {
                out.push('\\');
            }
            out.push('\n');
        }
    }
    (join(&out) == signed).then_some(out)
}
