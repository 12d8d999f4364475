//! Names that deceive: what about a name could make a reader take its bearer for another one. Nothing is trusted by name; this is for the
//! eye, which trusts them all the same.
//!
//! Two names look alike when their skeletons are the same (Unicode Technical Standard 39, section 4), in small letters or as written, without
//! what cannot be seen: `Council` and `Counciⅼ`, `COUNCIL` and `C0UNCIL`, `modern` and `rnodern`.

use unicode_security::{MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton};

/// What is odd about a name by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// Characters that cannot be seen, where no script needs them.
    Invisible,
    /// Characters that change the direction of what follows.
    Direction,
    /// Letters of several scripts in one word.
    MixedScripts,
}

impl Oddity {
    /// In words that follow a name.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Oddity::Invisible => "holds characters that cannot be seen",
            Oddity::Direction => "holds characters that change the direction of writing",
            Oddity::MixedScripts => "mixes the letters of several scripts in one word",
        }
    }
}

/// What two names share that look alike: as written, and in small letters. Names are bounded by the profile they stand in.
pub(crate) fn likeness(name: &str) -> [String; 2] {
    let mut seen = String::with_capacity(name.len());
    for word in name.split(|c: char| c.is_whitespace() || is_blank(c)) {
        let word: String = word
            .chars()
            .filter(|c| !is_invisible(*c) && !is_direction(*c))
            .collect();
        if !word.is_empty() {
            if !seen.is_empty() {
                seen.push(' ');
            }
            seen.push_str(&word);
        }
    }
    let written: String = skeleton(&seen).collect();
    let small: String = skeleton(&seen.to_lowercase()).collect();
    [written.to_lowercase(), small.to_lowercase()]
}

/// Whether two names look alike.
pub(crate) fn are_alike(a: &str, b: &str) -> bool {
    let looks = likeness(b);
    likeness(a).iter().any(|look| looks.contains(look))
}

/// Everything odd about a name by itself.
pub(crate) fn oddities(name: &str) -> Vec<Oddity> {
    let mut odd = Vec::new();
    if name.chars().any(is_direction) {
        odd.push(Oddity::Direction);
    }
    let mut before = ' ';
    for c in name.chars() {
        // Arabic and the scripts of India need the joiners to be written at all.
        let needed = matches!(c, '\u{200c}' | '\u{200d}') && before >= '\u{0600}';
        if (is_invisible(c) && !needed) || is_blank(c) {
            odd.push(Oddity::Invisible);
            break;
        }
        before = c;
    }
    let mixes = |word: &str| {
        !word.is_single_script()
            && word.detect_restriction_level() > RestrictionLevel::HighlyRestrictive
    };
    if name.split(|c: char| !c.is_alphanumeric()).any(mixes) {
        odd.push(Oddity::MixedScripts);
    }
    odd
}

/// Takes no room on the screen. The list of Unicode's default ignorable characters, without those that change direction.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !c.is_whitespace())
}

/// Takes room, and shows nothing.
fn is_blank(c: char) -> bool {
    c == '\u{2800}'
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENUINE: [&str; 12] = [
        "National Peace Council of Sembe (example)",
        "Conseil national de la paix (exemple)",
        "Comissão da Verdade (exemplo)",
        "Совет мира (пример)",
        "مجلس السلام الوطني (مثال)",
        "شورای صلح می‌خواهیم (مثال)",
        "全国平和評議会 (例)",
        "शांति परिषद् (उदाहरण)",
        "Συμβούλιο Ειρήνης (παράδειγμα)",
        "Խաղաղության խորհուրդ (օրինակ)",
        "የሰላም ምክር ቤት (ምሳሌ)",
        "Peace Council Совет мира (example)",
    ];

    #[test]
    fn genuine_names_are_not_odd_and_not_alike() {
        for (place, name) in GENUINE.iter().enumerate() {
            assert_eq!(oddities(name), [], "{name}");
            for other in &GENUINE[place + 1..] {
                assert!(!are_alike(name, other), "{name} and {other}");
            }
        }
    }

    #[test]
    fn what_looks_like_another_name_is_alike() {
        let name = "National Peace Council";
        for other in [
            "Nаtional Peace Council",         // a Cyrillic a
            "Nationa1 Peace Council",         // one for l
            "National  Peace\u{a0}Council",   // other spaces
            "Nati\u{200b}onal Peace Council", // nothing to see
            "NATIONAL PEACE COUNCIL",
            "Νational Peace Council", // a Greek Nu
            "\u{202d}National Peace Council",
            "National Peace Council\u{2800}",
            "𝐍ational Peace Council", // a mathematical N
        ] {
            assert!(
                are_alike(name, other),
                "{other}: {:?} {:?}",
                likeness(other),
                likeness(name)
            );
        }
        for other in [
            "National Peace Court",
            "Regional Peace Council",
            "National Peace",
        ] {
            assert!(!are_alike(name, other), "{other}");
        }
    }

    #[test]
    fn odd_characters_are_named() {
        let cases: [(&str, &[Oddity]); 5] = [
            ("Pe\u{200d}ace", &[Oddity::Invisible]),
            ("Peace\u{2800}", &[Oddity::Invisible]),
            ("Peace \u{202e}lic", &[Oddity::Direction]),
            ("Pеace", &[Oddity::MixedScripts]),
            ("Ρeace", &[Oddity::MixedScripts]),
        ];
        for (name, odd) in cases {
            assert_eq!(oddities(name), odd, "{name:?}");
        }
    }

    /// Thousands of spoofs, made by replacing letters of names with letters that look the same: each is alike or odd; and control: the
    /// names themselves are neither.
    #[test]
    fn spoofs_of_names_are_noticed_and_names_are_not() {
        let confusable = [
            ('a', 'а'),
            ('c', 'с'),
            ('e', 'е'),
            ('i', 'і'),
            ('o', 'о'),
            ('p', 'р'),
            ('x', 'х'),
            ('y', 'у'),
            ('s', 'ѕ'),
            ('A', 'Α'),
            ('B', 'Β'),
            ('E', 'Ε'),
            ('H', 'Η'),
            ('I', 'Ι'),
            ('K', 'Κ'),
            ('M', 'Μ'),
            ('N', 'Ν'),
            ('O', 'Ο'),
            ('P', 'Ρ'),
            ('T', 'Τ'),
            ('l', '1'),
            ('O', '0'),
            ('o', 'ο'),
            ('o', 'օ'),
            ('n', 'ո'),
            ('u', 'ս'),
        ];
        let (first, second, third) = (
            [
                "National",
                "Regional",
                "Coastal",
                "Northern",
                "United",
                "Joint",
                "Open",
                "Inter-Parliamentary",
            ],
            ["Peace", "Dialogue", "Human Rights", "Mediation", "Truth"],
            ["Council", "Commission", "Network", "Secretariat", "Union"],
        );
        let (mut spoofs, mut missed) = (0, Vec::new());
        for place in 0..first.len() * second.len() * third.len() {
            let (a, rest) = (place % first.len(), place / first.len());
            let (b, c) = (rest % second.len(), rest / second.len());
            let (a, b, c) = (first[a], second[b], third[c]);
            let name = format!("{a} {b} {c} (example)");
            assert_eq!(oddities(&name), [], "{name}");
            for (genuine, spoof) in confusable {
                for (at, letter) in name.char_indices().filter(|(_, letter)| *letter == genuine) {
                    let mut other = name.clone();
                    other.replace_range(at..at + letter.len_utf8(), &spoof.to_string());
                    spoofs += 1;
                    if !are_alike(&name, &other) {
                        missed.push(other);
                    }
                }
            }
        }
        assert!(spoofs > 5_000, "{spoofs}");
        assert!(
            missed.is_empty(),
            "{} of {spoofs}: {:?}",
            missed.len(),
            &missed[..missed.len().min(5)]
        );
    }
}
