//! The rules for text: normalisation, controls, direction marks.

use std::fmt;

use unicode_normalization::is_nfc;

/// What a text is for: it decides which controls may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A name, a title, a code: one line, no isolates.
    Line,
    /// Paragraphs: line feeds and isolates are allowed.
    Running,
}

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// Not in Unicode normalisation form C.
    NotNormalised,
    /// A line feed in a name or title.
    LineBreak,
    /// An isolate, U+2066 to U+2069, in a name or title.
    Isolate(char),
    /// A character of category Cc.
    Control(char),
    /// An embedding or override, U+202A to U+202E: it can make a line read otherwise than it is.
    Override(char),
    /// U+2028 or U+2029.
    Separator(char),
    /// U+FEFF, or a tag character U+E0000 to U+E007F: text that nobody sees.
    Invisible(char),
}

impl TextFault {
    /// What the author can do.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotNormalised => {
                "save the text in Unicode normalisation form C (letters with their accents composed)"
            }
            Self::LineBreak => "write it on one line",
            Self::Isolate(_) => "remove the direction character; names and titles hold none",
            Self::Control(_) => "remove the control character",
            Self::Override(_) => {
                "remove the direction character; isolates (U+2066 to U+2069) are allowed in running text"
            }
            Self::Separator(_) => "use an ordinary line break",
            Self::Invisible(_) => "remove the invisible character",
        }
    }
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNormalised => f.write_str("is not in Unicode normalisation form C"),
            Self::LineBreak => f.write_str("holds a line break"),
            Self::Isolate(c) => {
                write!(f, "holds the direction isolate U+{:04X}", u32::from(*c))
            }
            Self::Control(c) => write!(f, "holds the control character U+{:04X}", u32::from(*c)),
            Self::Override(c) => {
                write!(
                    f,
                    "holds the direction override or embedding U+{:04X}",
                    u32::from(*c)
                )
            }
            Self::Invisible(c) => {
                write!(f, "holds the invisible character U+{:04X}", u32::from(*c))
            }
            Self::Separator(c) => write!(f, "holds the separator U+{:04X}", u32::from(*c)),
        }
    }
}

/// The first rule of text that `text` breaks, if any.
#[must_use]
pub fn fault_in(text: &str, role: Role) -> Option<TextFault> {
    for c in text.chars() {
        let fault = match c {
            '\n' if role == Role::Running => continue,
            '\n' => TextFault::LineBreak,
            '\u{2066}'..='\u{2069}' if role == Role::Running => continue,
            '\u{2066}'..='\u{2069}' => TextFault::Isolate(c),
            '\u{202A}'..='\u{202E}' => TextFault::Override(c),
            '\u{2028}' | '\u{2029}' => TextFault::Separator(c),
            '\u{FEFF}' | '\u{E0000}'..='\u{E007F}' => TextFault::Invisible(c),
            _ if c.is_control() => TextFault::Control(c),
            _ => continue,
        };
        return Some(fault);
    }
    (!is_nfc(text)).then_some(TextFault::NotNormalised)
}

/// Length as section 9 counts it: Unicode scalar values.
#[must_use]
pub fn scalars(text: &str) -> usize {
    text.chars().count()
}

/// `text` with everything that could disturb a terminal or mislead a reader written as `\u{...}`.
///
/// Keeps line feeds when `role` is [`Role::Running`]. The marks that section 9 allows anywhere stay.
#[must_use]
pub fn escaped(text: &str, role: Role) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if role == Role::Running => out.push(c),
            '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}' => {
                out.extend(c.escape_unicode());
            }
            _ if c.is_control() => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

/// `text` in Unicode normalisation form C, for text that is not signed yet.
#[must_use]
pub fn normalised(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

/// `text` as it is compared when a reader looks for it: without letter case, accents, Arabic and Hebrew vowel points and the
/// lengthening of Arabic letters; the forms of alef, ya, ta marbuta and of the apostrophe are one each. For looking up only: what is signed stays as it is.
#[must_use]
pub fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut out = String::with_capacity(text.len());
    for c in text.nfd() {
        match c {
            // Accents; points of Hebrew; vowel points, hamza and madda of Arabic; tatweel. Marks of other scripts make other words.
            '\u{300}'..='\u{36F}'
            | '\u{591}'..='\u{5C7}'
            | '\u{610}'..='\u{61A}'
            | '\u{640}'
            | '\u{64B}'..='\u{65F}'
            | '\u{670}'
            | '\u{6D6}'..='\u{6ED}' => {}
            // Typewriters and printers have different apostrophes.
            '\u{2019}' | '\u{2BC}' => out.push('\''),
            '\u{671}' => out.push('\u{627}'),
            '\u{649}' => out.push('\u{64A}'),
            '\u{629}' => out.push('\u{647}'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}
