//! Running text in lines that fit, counted in the columns of a terminal: an Arabic vowel point takes none, a Chinese letter two.

use unicode_width::UnicodeWidthStr;

/// Columns that a text takes in a terminal.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The text in lines: the first at most `first` columns wide, the others `rest`. It is broken at spaces and, in scripts that put
/// none between words, between syllables. What is too long for a line by itself, such as an id, stays whole: it may be copied.
pub(crate) fn lines(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut gap = usize::from(!line.is_empty());
        for piece in pieces(word) {
            let room = if lines.is_empty() { first } else { rest };
            let wide = columns(piece);
            if !line.is_empty() && taken + gap + wide > room {
                lines.push(std::mem::take(&mut line));
                (taken, gap) = (0, 0);
            }
            if gap > 0 {
                line.push(' ');
            }
            line.push_str(piece);
            taken += gap + wide;
            gap = 0;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// What of a word must not be parted.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    if word.is_ascii() {
        return vec![word];
    }
    let letters: Vec<(usize, char)> = word.char_indices().collect();
    let mut from = 0;
    for around in 1..letters.len() {
        let Some((_, before)) = letters.get(around - 1) else {
            continue;
        };
        let Some((at, letter)) = letters.get(around) else {
            continue;
        };
        let after = letters.get(around + 1).map(|(_, c)| *c);
        if may_part(*before, *letter, after) {
            pieces.push(&word[from..*at]);
            from = *at;
        }
    }
    pieces.push(&word[from..]);
    pieces
}

/// Whether a line may end before `letter`, without a space.
fn may_part(before: char, letter: char, after: Option<char>) -> bool {
    // Ethiopic writes its word space as a letter, and nothing but a sign of punctuation stays with the word before it.
    if before == '\u{1361}' {
        return !matches!(letter, '\u{1361}'..='\u{1368}');
    }
    match letter {
        // Thai and Lao: before a consonant or a vowel that is written before its consonant, unless such a vowel stands there.
        '\u{E01}'..='\u{E2E}'
        | '\u{E40}'..='\u{E44}'
        | '\u{E81}'..='\u{EAE}'
        | '\u{EC0}'..='\u{EC4}' => {
            matches!(before, '\u{E01}'..='\u{EDF}')
                && !matches!(before, '\u{E40}'..='\u{E44}' | '\u{EC0}'..='\u{EC4}')
        }
        // Burmese: before what begins a syllable. A letter that is stacked or killed ends one.
        '\u{1000}'..='\u{102A}' | '\u{103F}' => {
            matches!(before, '\u{1000}'..='\u{109F}')
                && before != '\u{1039}'
                && !matches!(after, Some('\u{1039}' | '\u{103A}'))
        }
        // Khmer: before a letter that is not written below another.
        '\u{1780}'..='\u{17B3}' => {
            matches!(before, '\u{1780}'..='\u{17D3}') && before != '\u{17D2}'
        }
        // Chinese and Japanese: anywhere, but no closing sign begins a line and no opening one ends it.
        c if ideographic(c) => {
            !"、。，．！？：；」』）】》〉〕々ー".contains(c)
                && !"「『（【《〈〔".contains(before)
                && (ideographic(before) || !before.is_ascii())
        }
        _ => false,
    }
}

fn ideographic(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first article of the Universal Declaration of Human Rights, its first sentence.
    const TEXTS: [(&str, &str); 7] = [
        (
            "English",
            "All human beings are born free and equal in dignity and rights.",
        ),
        (
            "Arabic",
            "يُولَدُ جَمِيعُ النَّاسِ أَحْرَارًا مُتَسَاوِينَ فِي الكَرَامَةِ وَالحُقُوقِ.",
        ),
        (
            "Tamil",
            "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள்.",
        ),
        (
            "Burmese",
            "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း၊ မွေးဖွားလာသူများ ဖြစ်သည်။",
        ),
        (
            "Chinese",
            "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
        ),
        (
            "Amharic with word spaces",
            "እያንዳንዱ፡ሰው፡የዘር፡የቀለም፡የጾታ፡የቋንቋ፡የሃይማኖት፡የፖለቲካ፡ወይም፡የሌላ፡ዓይነት፡አስተሳሰብ፡ልዩነት፡ሳይኖር፡መብት፡አለው።፡",
        ),
        ("Thai", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
    ];

    #[test]
    fn lines_are_filled_by_columns_in_every_script() {
        for (script, text) in TEXTS {
            let lines = lines(text, 24, 30);
            assert!(columns(&lines[0]) <= 24, "{script}: {lines:?}");
            assert!(
                lines[1..].iter().all(|line| columns(line) <= 30),
                "{script}: {lines:?}"
            );
            // Full lines, not a few letters each: nothing takes more columns than it is given.
            let fewest = columns(text).div_ceil(30);
            assert!(
                lines.len() <= fewest + fewest.div_ceil(2) + 1,
                "{script}: {lines:?}"
            );
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text), "{script}");
        }
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        assert_eq!(columns("dignity"), 7);
        assert_eq!(columns("尊严"), 4);
        assert_eq!(columns("كَرَامَة"), columns("كرامة"));
        assert_eq!(columns("e\u{301}"), 1);
    }

    #[test]
    fn what_may_be_copied_and_what_is_one_syllable_stays_whole() {
        let id = "bafyr4ic4n".repeat(5);
        assert_eq!(
            lines(&format!("see {id} there"), 20, 20),
            ["see", &id, "there"]
        );
        // Stacked and killed letters of Burmese, signs of Chinese.
        assert_eq!(pieces("သိက္ခာ"), ["သိက္ခာ"]);
        assert_eq!(pieces("တိုင်း"), ["တိုင်း"]);
        assert_eq!(pieces("平等。他"), ["平", "等。", "他"]);
        assert_eq!(pieces("ሰው፡ሁሉ፡ነው።፡መብት"), ["ሰው፡", "ሁሉ፡", "ነው።፡", "መብት"]);
        assert_eq!(lines("", 10, 10), [""]);
    }
}
