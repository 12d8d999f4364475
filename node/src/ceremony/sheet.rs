//! The recovery sheet: two printed pages that tell an officer, years later and perhaps in a bad hour, which institution this is, who
//! holds which key, and what to do when one is lost or stolen. Nothing on it is secret.

mod words;

use std::collections::BTreeMap;
use std::fmt::Write;

use indaba_protocol::{Id, State};

use self::words::Words;
pub(crate) use self::words::{LANGUAGES, spoken};
use super::cards::OfficerCard;
use super::fault::CeremonyFault;
use super::settled::Settled;
use super::telling::number;
use crate::cli::qr;
use crate::cli::screen::clean;

/// Keys of one office.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The root key, as it is shown everywhere.
    pub root: Option<String>,
    /// The reserve key's digest, shortened.
    pub reserve: Option<String>,
}

/// Which office holds which key in force, by what the officers' public files say.
///
/// # Errors
/// When no file says who holds a key.
pub(crate) fn holdings(
    settled: &Settled,
    cards: &[OfficerCard],
) -> Result<BTreeMap<String, Holding>, CeremonyFault> {
    let state = newest(settled)?;
    let role_of = |digest: &Id| {
        cards
            .iter()
            // What was held in reserve when the file was made may be a root key by now.
            .find(|card| card.root.digest() == *digest || card.reserve == *digest)
            .map(|card| card.role.clone())
    };
    let nobody = |what: String| {
        CeremonyFault::rule(
            format!("no public file says who holds the {what}"),
            "name the public file of every officer with --officer",
        )
    };
    let mut holdings: BTreeMap<String, Holding> = BTreeMap::new();
    for key in &state.authority.roots {
        let role = role_of(&key.digest()).ok_or_else(|| nobody(format!("root key {key}")))?;
        holdings.entry(role).or_default().root = Some(key.to_string());
    }
    for digest in &state.authority.next {
        let role =
            role_of(digest).ok_or_else(|| nobody(format!("reserve key {}", digest.short())))?;
        holdings.entry(role).or_default().reserve = Some(digest.short());
    }
    Ok(holdings)
}

fn newest(settled: &Settled) -> Result<&State, CeremonyFault> {
    settled
        .chain()
        .newest()
        .map(|state| state.body())
        .ok_or_else(|| CeremonyFault::Content("it holds no state".into()))
}

/// Text of others in a page: nothing in it is markup, and it keeps its own direction.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "
@page { size: A4; margin: 14mm 15mm; }
* { box-sizing: border-box; }
html { font: 10pt/1.4 'Noto Sans', 'Noto Sans Arabic', 'DejaVu Sans', Arial, sans-serif; color: #000; background: #fff; }
body { margin: 0 auto; max-width: 178mm; }
section { break-after: page; }
section:last-of-type { break-after: auto; font-size: 9pt; line-height: 1.35; }
h1 { font-size: 17pt; line-height: 1.2; margin: 0 0 1mm; }
h2 { font-size: 11.5pt; margin: 4.5mm 0 1mm; border-bottom: 0.4mm solid #000; break-after: avoid; }
p { margin: 0 0 1.5mm; }
ol, ul { margin: 0 0 1.5mm; padding-inline-start: 6mm; }
.lead { color: #333; margin-bottom: 3mm; }
.print { display: grid; grid-template-columns: 1fr 38mm; gap: 6mm; align-items: center; border: 0.5mm solid #000; padding: 4mm; }
.number { font: bold 20pt/1.5 'DejaVu Sans Mono', 'Noto Sans Mono', monospace; word-spacing: 3mm; }
.codes { display: grid; grid-template-columns: repeat(2, 38mm) minmax(0, 1fr); gap: 6mm; margin-top: 4mm; }
.codes p, .print p { font-size: 8pt; margin: 1mm 0 0; }
svg { display: block; width: 38mm; height: 38mm; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: 9pt; }
tr { break-inside: avoid; }
th:nth-child(2) { width: 36mm; }
th:nth-child(3) { width: 27mm; }
th:nth-child(4) { width: 42mm; }
th, td { text-align: start; vertical-align: top; border: 0.2mm solid #555; padding: 1mm 1.6mm; }
th { background: #eee; }
code, .key { font-family: 'DejaVu Sans Mono', 'Noto Sans Mono', monospace; font-size: 8.3pt; unicode-bidi: isolate; direction: ltr; overflow-wrap: anywhere; }
.many { font-size: 7.5pt; }
.many th, .many td { padding: 0.5mm 1.2mm; line-height: 1.2; }
.many .key { font-size: 7pt; }
.many ~ .codes { margin-top: 2mm; }
.many ~ .codes svg { width: 28mm; height: 28mm; }
.write { border-bottom: 0.2mm solid #555; height: 6.5mm; }
@media screen { body { padding: 8mm; } }
";

/// The page, complete in itself, in one of [`LANGUAGES`].
///
/// # Errors
/// When no file says who holds a key.
pub(crate) fn page(
    settled: &Settled,
    cards: &[OfficerCard],
    lang: &str,
) -> Result<String, CeremonyFault> {
    let holdings = holdings(settled, cards)?;
    let state = newest(settled)?;
    let name = safe(settled.name());
    let words = Words::of(lang);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{lang}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        lang = words.lang(),
        direction = words.direction(),
        title = words.text("title"),
    );
    html.push_str("<section>\n");
    first_page(&mut html, settled, state, &name, &holdings, &words);
    html.push_str("</section>\n<section>\n");
    second_page(&mut html, state, &name, &words);
    html.push_str("</section>\n</body>\n</html>\n");
    Ok(html)
}

fn code(text: &str, what: &str, words: &Words) -> String {
    let drawn = qr::svg(text).unwrap_or_default();
    let label = words.fill("code", &[("what", what)]);
    format!("<div role=\"img\" aria-label=\"{label}\">{drawn}<p>{what}</p></div>")
}

/// How many of how many, in words for a sentence.
fn so_many(needed: u64, of: usize, words: &Words) -> String {
    let (needed, all) = (needed.to_string(), of.to_string());
    if needed == all {
        words.fill("all", &[("of", &all)])
    } else {
        words.fill("some", &[("needed", &needed), ("of", &all)])
    }
}

fn first_page(
    html: &mut String,
    settled: &Settled,
    state: &State,
    name: &str,
    holdings: &BTreeMap<String, Holding>,
    words: &Words,
) {
    let id = settled.institution();
    let digits = number(&id);
    let authority = &state.authority;
    let groups: Vec<&str> = digits.split(' ').collect();
    let (upper, lower) = groups.split_at(groups.len() / 2);
    let network = safe(&settled.network().to_string());
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<h1>{title}</h1>\n<p class=\"lead\">{lead}{unchecked}</p>\n\
         <div class=\"print\"><div><p>{fingerprint}</p>\n\
         <div class=\"number\" dir=\"ltr\">{upper}<br>{lower}</div></div>{code}</div>\n",
        title = words.text("title"),
        lead = words.fill("lead", &[("name", name), ("network", &network)]),
        unchecked = if words.is_unchecked() {
            format!(" {}", words.text("unchecked"))
        } else {
            String::new()
        },
        fingerprint = words.text("fingerprint"),
        upper = upper.join(" "),
        lower = lower.join(" "),
        code = code(&groups.concat(), words.text("code.digits"), words),
    );
    let roots = so_many(authority.threshold, authority.roots.len(), words);
    let reserve = so_many(authority.next_threshold, authority.next.len(), words);
    let text = words.fill("keys.text", &[("roots", &roots), ("reserve", &reserve)]);
    let _ = write!(
        html,
        "<h2>{keys}</h2>\n<p>{text}</p>\n\
         <table{many}>\n<thead><tr><th>{office}</th><th>{root}</th><th>{reserve}</th><th>{place}</th></tr></thead>\n<tbody>\n",
        keys = words.text("keys"),
        text = capital(&text),
        // Sixteen offices, the most there may be, have to fit the page too.
        many = if holdings.len() > 8 {
            " class=\"many\""
        } else {
            ""
        },
        office = words.text("keys.office"),
        root = words.text("keys.root"),
        reserve = words.text("keys.reserve"),
        place = words.text("keys.where"),
    );
    for (role, holding) in holdings {
        // A key keeps its direction, a word that stands for one has that of the page.
        let shown = |key: &Option<String>| match key.as_deref() {
            Some(key) => format!("<td class=\"key\">{}</td>", safe(key)),
            None => format!("<td>{}</td>", words.text("none")),
        };
        let _ = writeln!(
            html,
            "<tr><td><bdi>{}</bdi></td>{}{}<td></td></tr>",
            safe(role),
            shown(&holding.root),
            shown(&holding.reserve),
        );
    }
    html.push_str("</tbody>\n</table>\n");
    html.push_str("<div class=\"codes\">");
    html.push_str(&code(&id.to_string(), words.text("code.id"), words));
    html.push_str(&code(
        &format!("indaba institution show {id}"),
        words.text("code.command"),
        words,
    ));
    let nodes: Vec<String> = state
        .delegations
        .iter()
        .filter(|d| d.may_sign())
        .map(|d| format!("<span class=\"key\">{}</span>", d.key))
        .collect();
    let nodes = match nodes.as_slice() {
        [] => words.text("none").to_owned(),
        some => some.join(", "),
    };
    let (version, day) = (state.version.to_string(), state.day.to_string());
    let _ = write!(
        html,
        "<div><p>{printed}</p>\n<p>{nodes}</p>\n<p class=\"key\">{id}</p></div></div>\n",
        printed = words.fill("printed", &[("version", &version), ("day", &day)]),
        nodes = words.fill("nodes", &[("nodes", &nodes)]),
    );
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// What to do, each with what stands before the steps, and its steps.
const CASES: [(&str, Option<&str>, &[&str]); 7] = [
    ("lost", Some("margin"), &["lost.1", "lost.2", "lost.3"]),
    ("stolen", Some("thieves"), &["stolen.1", "stolen.2"]),
    ("reserve", Some("reserve.text"), &[]),
    (
        "replace",
        None,
        &["replace.1", "replace.2", "replace.3", "replace.4"],
    ),
    ("node", None, &["node.1", "node.2", "node.3"]),
    ("passphrase", Some("passphrase.text"), &[]),
    ("year", Some("year.text"), &[]),
];

fn second_page(html: &mut String, state: &State, name: &str, words: &Words) {
    let authority = &state.authority;
    let spare = (authority.roots.len() as u64).saturating_sub(authority.threshold);
    let needed = authority.threshold.to_string();
    let reserve = authority.next_threshold.to_string();
    let spare_text = spare.to_string();
    let values = [
        ("needed", needed.as_str()),
        ("reserve", reserve.as_str()),
        ("spare", spare_text.as_str()),
        ("lost", words.text("lost")),
    ];
    let _ = write!(
        html,
        "<h1>{}</h1>\n<p class=\"lead\"><bdi>{name}</bdi></p>\n",
        words.text("do")
    );
    for (title, text, steps) in CASES {
        let _ = writeln!(html, "<h2>{}</h2>", words.text(title));
        if let Some(text) = text {
            let key = match text {
                "margin" if spare == 0 => "lost.none",
                "margin" => "lost.spare",
                "thieves" if authority.threshold == 1 => "stolen.one",
                "thieves" => "stolen.some",
                key => key,
            };
            let _ = writeln!(html, "<p>{}</p>", words.fill(key, &values));
        }
        if !steps.is_empty() {
            let items = steps.iter().map(|step| words.fill(step, &values));
            let items: Vec<String> = items.map(|step| format!("<li>{step}</li>")).collect();
            let _ = writeln!(html, "<ol>{}</ol>", items.join("\n"));
        }
    }
    let _ = write!(
        html,
        "<h2>{}</h2>\n<div class=\"write\"></div>\n<div class=\"write\"></div>\n<div class=\"write\"></div>\n",
        words.text("call")
    );
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::super::tests::{founded, officers};
    use super::*;

    #[test]
    fn it_names_offices_and_fingerprint_and_loads_nothing() {
        let officers = officers();
        let settled = founded(&officers);
        let cards: Vec<OfficerCard> = officers.iter().map(|o| o.card.clone()).collect();
        let html = page(&settled, &cards, "en").unwrap();
        for card in &cards {
            assert!(html.contains(&card.role) && html.contains(&card.root.to_string()));
        }
        let digits = number(&settled.institution());
        assert!(html.contains(&digits[..23]) && html.contains(&digits[24..]));
        assert!(html.contains("Any 3 of the 5 root keys"), "{html}");
        assert_eq!(html.matches("<section>").count(), 2);
        assert_eq!(html.matches("<svg").count(), 3);
        for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }

    #[test]
    fn in_every_language_it_says_the_same_and_whether_anybody_checked_it() {
        let officers = officers();
        let settled = founded(&officers);
        let cards: Vec<OfficerCard> = officers.iter().map(|o| o.card.clone()).collect();
        let english = page(&settled, &cards, "en").unwrap();
        let counted = ["<section>", "<h2>", "<li>", "<p", "<td", "<code>", "<svg"];
        let count = |html: &str| counted.map(|part| html.matches(part).count());
        for lang in LANGUAGES {
            let html = page(&settled, &cards, lang).unwrap();
            assert_eq!(count(&html), count(&english), "{lang}");
            assert!(!html.contains('{') || html.matches('{').count() == STYLE.matches('{').count());
            let words = Words::of(lang);
            let begin = format!("<html lang=\"{lang}\" dir=\"{}\">", words.direction());
            assert!(html.contains(&begin), "{lang}");
            assert_eq!(
                html.contains(words.text("unchecked")),
                words.is_unchecked(),
                "{lang}"
            );
            // What is read out and typed is the same, and reads from the left.
            assert!(
                html.contains("<div class=\"number\" dir=\"ltr\">"),
                "{lang}"
            );
            for card in &cards {
                assert!(html.contains(&card.role) && html.contains(&card.root.to_string()));
            }
        }
        let arabic = page(&settled, &cards, "ar").unwrap();
        assert!(arabic.contains("dir=\"rtl\""));
    }

    #[test]
    fn a_key_of_which_nobody_says_who_holds_it_stops_it() {
        let officers = officers();
        let settled = founded(&officers);
        let cards: Vec<OfficerCard> = officers[1..].iter().map(|o| o.card.clone()).collect();
        let error = page(&settled, &cards, "en").unwrap_err().to_string();
        assert!(
            error.contains(&officers[0].card.root.to_string()),
            "{error}"
        );
    }

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(
            safe("<b a=\"1\">&'x\u{202e}"),
            "&lt;b a=&quot;1&quot;&gt;&amp;&#39;x\\u{202e}"
        );
    }
}
