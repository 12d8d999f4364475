//! Signs that a text may hold data about a person or a place too exact to be safe.
//!
//! These are hints for the author, made to be read before publishing. They miss much and sometimes err; nothing is refused
//! because of them.

/// What a text seems to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// An e-mail address.
    Email(String),
    /// A telephone number.
    Telephone(String),
    /// Coordinates finer than about ten kilometres.
    Coordinates(String),
    /// A title of courtesy followed by a name.
    Name(String),
}

/// What is found in `text`, at most [`MOST`] traces.
#[must_use]
pub fn traces(text: &str) -> Vec<Trace> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out: Vec<Trace> = Vec::new();
    out.extend(words.iter().filter_map(|w| email(w)).map(Trace::Email));
    out.extend(telephones(text).map(Trace::Telephone));
    out.extend(coordinates(&words));
    out.extend(words.windows(2).filter_map(name));
    out.truncate(MOST);
    out
}

/// Traces reported for one text: more would hide the first ones.
pub const MOST: usize = 5;

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+')
}

/// The address in `word`, if it looks like one: something, `@`, and a domain with a dot.
#[must_use]
pub fn email(word: &str) -> Option<String> {
    let word = trimmed(word).trim_start_matches("mailto:");
    let (local, domain) = word.split_once('@')?;
    let name_ok = !local.is_empty()
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || "._%+-".contains(c));
    let (host, end) = domain.rsplit_once('.')?;
    let domain_ok = !host.is_empty()
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || ".-".contains(c))
        && end.chars().count() >= 2
        && end.chars().all(char::is_alphabetic);
    (name_ok && domain_ok).then(|| word.to_owned())
}

/// Whether the part before the `@` reads like a person rather than a desk: two words joined by a dot.
#[must_use]
pub fn personal_mailbox(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, _)| {
        let mut parts = local.split('.');
        local.contains('.') && parts.all(|p| !p.is_empty() && p.chars().all(char::is_alphabetic))
    })
}

/// Runs of digits with the usual separators that begin with `+` or `00` and hold 8 to 15 digits (ITU-T E.164: at most 15), or that begin
/// with `0` and another digit, as numbers within a country do, and hold 9 to 11: fewer would be days, such as 01.02.2015.
fn telephones(text: &str) -> impl Iterator<Item = String> {
    let usual = |c: char| c.is_ascii_digit() || "+ -().\u{a0}".contains(c);
    text.split(move |c| !usual(c)).filter_map(|run| {
        let run = run.trim_matches(|c: char| !c.is_ascii_digit() && c != '+');
        let (run, lengths) = match run.find('+') {
            Some(start) => (&run[start..], 8..=15),
            None if run.starts_with("00") => (run, 8..=15),
            None if matches!(run.as_bytes(), [b'0', b'1'..=b'9', ..]) => (run, 9..=11),
            None => return None,
        };
        let digits = run.chars().filter(char::is_ascii_digit).count();
        lengths.contains(&digits).then(|| run.to_owned())
    })
}

/// Two numbers of at least two decimals side by side, or degrees with minutes.
fn coordinates(words: &[&str]) -> Option<Trace> {
    let fine = |word: &str| {
        let word = word.trim_matches(|c: char| "(),;[]°NSEW".contains(c));
        word.split_once('.').is_some_and(|(whole, decimals)| {
            let whole = whole.trim_start_matches(['-', '+', '\u{2212}']);
            (1..=3).contains(&whole.len())
                && whole.bytes().all(|b| b.is_ascii_digit())
                && decimals.len() >= 2
                && decimals.bytes().all(|b| b.is_ascii_digit())
                && whole.parse::<u16>().is_ok_and(|n| n <= 180)
        })
    };
    let joined = |word: &str| {
        word.split_once(',')
            .is_some_and(|(a, b)| fine(a) && fine(b))
    };
    if let Some(word) = words.iter().find(|w| joined(w)) {
        return Some(Trace::Coordinates((*word).to_owned()));
    }
    let separated = |a: &str| a.ends_with([',', ';']) || a.ends_with(['N', 'S']);
    if let Some([a, b]) = words
        .windows(2)
        .find(|p| matches!(p, [a, b] if separated(a) && fine(a) && fine(b)))
    {
        return Some(Trace::Coordinates(format!("{a} {b}")));
    }
    let minutes = |word: &&&str| {
        word.split_once('°').is_some_and(|(degrees, rest)| {
            degrees
                .chars()
                .next_back()
                .is_some_and(|c| c.is_ascii_digit())
                && rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.contains(['\'', '′', '’'])
        })
    };
    words
        .iter()
        .find(minutes)
        .map(|w| Trace::Coordinates((*w).to_owned()))
}

/// Titles of courtesy in the languages of the interface, as they stand before a name.
const HONORIFICS: &[&str] = &[
    "Mr",
    "Mr.",
    "Mrs",
    "Mrs.",
    "Ms",
    "Ms.",
    "Dr",
    "Dr.",
    "Prof.",
    "Professor",
    "Hon.",
    "Rev.",
    "Sheikh",
    "Cheikh",
    "Imam",
    "Pastor",
    "Bishop",
    "Archbishop",
    "Colonel",
    "Col.",
    "Captain",
    "Capt.",
    "Gen.",
    "Madame",
    "Mme",
    "Monsieur",
    "Señor",
    "Señora",
    "Sr.",
    "Sra.",
    "Senhor",
    "Senhora",
    "Doña",
    "Bwana",
    "Bi.",
    "السيد",
    "السيدة",
    "الدكتور",
    "الشيخ",
];

fn name(pair: &[&str]) -> Option<Trace> {
    let [title, name] = pair else { return None };
    let title = title.trim_start_matches(|c: char| !c.is_alphanumeric());
    let first = name.chars().next()?;
    // Scripts without capitals have no other sign than the title itself.
    let named = first.is_uppercase() || (first.is_alphabetic() && !first.is_lowercase());
    (HONORIFICS.contains(&title) && named)
        .then(|| Trace::Name(format!("{title} {}", trimmed(name))))
}
