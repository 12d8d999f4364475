//! The recovery sheet: two printed pages that tell an officer, years later and perhaps in a bad hour, which institution this is, who
//! holds which key, and what to do when one is lost or stolen. Nothing on it is secret.

use std::collections::BTreeMap;
use std::fmt::Write;

use indaba_protocol::{Id, State};

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
section:last-of-type { break-after: auto; }
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

/// The page, complete in itself.
///
/// # Errors
/// When no file says who holds a key.
pub(crate) fn page(settled: &Settled, cards: &[OfficerCard]) -> Result<String, CeremonyFault> {
    let holdings = holdings(settled, cards)?;
    let state = newest(settled)?;
    let name = safe(settled.name());
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Recovery sheet: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    html.push_str("<section>\n");
    first_page(&mut html, settled, state, &name, &holdings);
    html.push_str("</section>\n<section>\n");
    second_page(&mut html, state, &name);
    html.push_str("</section>\n</body>\n</html>\n");
    Ok(html)
}

fn code(text: &str, what: &str) -> String {
    let drawn = qr::svg(text).unwrap_or_default();
    format!("<div role=\"img\" aria-label=\"QR code: {what}\">{drawn}<p>{what}</p></div>")
}

/// How many of how many, in words for a sentence.
fn so_many(needed: u64, of: usize) -> String {
    if needed == of as u64 {
        format!("all {of}")
    } else {
        format!("any {needed} of the {of}")
    }
}

fn first_page(
    html: &mut String,
    settled: &Settled,
    state: &State,
    name: &str,
    holdings: &BTreeMap<String, Holding>,
) {
    let id = settled.institution();
    let digits = number(&id);
    let authority = &state.authority;
    let groups: Vec<&str> = digits.split(' ').collect();
    let (upper, lower) = groups.split_at(groups.len() / 2);
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<h1>Recovery sheet</h1>\n<p class=\"lead\"><bdi>{name}</bdi> in the network \
         <code>{network}</code>. Keep a copy with every key. Nothing on this sheet is secret.</p>\n\
         <div class=\"print\"><div><p>Fingerprint. Whoever reads out these 40 digits, in any language, means this institution and no other.</p>\n\
         <div class=\"number\" dir=\"ltr\">{upper}<br>{lower}</div></div>{code}</div>\n",
        network = settled.network(),
        upper = upper.join(" "),
        lower = lower.join(" "),
        code = code(&groups.concat(), "the 40 digits"),
    );
    let _ = write!(
        html,
        "<h2>Who holds which key</h2>\n\
         <p>{roots} root keys decide for the institution together. When root keys are replaced, {reserve} reserve keys must take part. \
         Offices hold keys, not persons: who leaves an office hands over its keys.</p>\n\
         <table{many}>\n<thead><tr><th>Office</th><th>Root key</th><th>Reserve key</th><th>Kept where (by hand)</th></tr></thead>\n<tbody>\n",
        // Sixteen offices, the most there may be, have to fit the page too.
        many = if holdings.len() > 8 {
            " class=\"many\""
        } else {
            ""
        },
        roots = capital(&so_many(authority.threshold, authority.roots.len())),
        reserve = so_many(authority.next_threshold, authority.next.len()),
    );
    for (role, holding) in holdings {
        let shown = |key: &Option<String>| key.as_deref().map_or("none".to_owned(), safe);
        let _ = writeln!(
            html,
            "<tr><td><bdi>{}</bdi></td><td class=\"key\">{}</td><td class=\"key\">{}</td><td></td></tr>",
            safe(role),
            shown(&holding.root),
            shown(&holding.reserve),
        );
    }
    html.push_str("</tbody>\n</table>\n");
    html.push_str("<div class=\"codes\">");
    html.push_str(&code(&id.to_string(), "the institution's id"));
    html.push_str(&code(
        &format!("indaba institution show {id}"),
        "the command that shows it",
    ));
    let nodes: Vec<String> = state
        .delegations
        .iter()
        .filter(|d| d.may_sign())
        .map(|d| format!("<span class=\"key\">{}</span>", d.key))
        .collect();
    let _ = write!(
        html,
        "<div><p><b>Printed for state {version}</b>, claimed day {day}. Print it anew after every change of keys and destroy the old one.</p>\n\
         <p>Node keys that may sign records: {nodes}. They are on machines, not on sticks.</p>\n\
         <p class=\"key\">{id}</p></div></div>\n",
        version = state.version,
        day = state.day,
        nodes = if nodes.is_empty() {
            "none".to_owned()
        } else {
            nodes.join(", ")
        },
    );
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn second_page(html: &mut String, state: &State, name: &str) {
    let authority = &state.authority;
    let spare = (authority.roots.len() as u64).saturating_sub(authority.threshold);
    let margin = match spare {
        0 => "Every one of them is needed: after the first loss nothing can be decided any more, so keep two copies of each.".to_owned(),
        1 => "One may be lost before nothing can be decided any more. Act at the first loss.".to_owned(),
        spare => format!("{spare} may be lost before nothing can be decided any more. Act at the first loss."),
    };
    let thieves = match authority.threshold {
        1 => "One stolen root key is enough to speak for the institution: act within the hour."
            .to_owned(),
        needed => format!(
            "A thief needs {needed} of them; one alone decides nothing. Replace it all the same, at once."
        ),
    };
    let needed = authority.threshold;
    let reserve = authority.next_threshold;
    let _ = write!(
        html,
        "<h1>What to do</h1>\n<p class=\"lead\"><bdi>{name}</bdi></p>\n\
         <h2>A root key is lost</h2>\n<p>{margin}</p>\n\
         <ol><li>Look for its copy. If there is one, make another and stop here.</li>\n\
         <li>Tell the other offices, by voice. Let {reserve} offices fetch their reserve keys and make new ones: <code>indaba institution keys</code>.</li>\n\
         <li>Replace the root keys, below.</li></ol>\n\
         <h2>A root key is stolen, or somebody may have copied it</h2>\n<p>{thieves}</p>\n\
         <ol><li>Call the other offices. Nobody signs anything until all have compared notes.</li>\n\
         <li>Replace the root keys, below. The thief cannot: that takes reserve keys.</li></ol>\n\
         <h2>A reserve key is lost or stolen</h2>\n\
         <p>Nothing changes outside. While {reserve} of them are left, the root keys can still be replaced; do it now, so that there are enough again.</p>\n\
         <h2>Replacing the root keys</h2>\n\
         <ol><li>Every office that gives up a key makes new ones, and hands in the new public file.</li>\n\
         <li>On the node: <code>indaba institution propose --rotate ...</code> makes a proposal; <code>--help</code> has an example.</li>\n\
         <li>{needed} of today's root keys sign it, and so do enough of the new ones, among them {reserve} from the reserve: <code>indaba institution sign</code>.</li>\n\
         <li><code>indaba institution combine</code>, then on the node <code>indaba institution take</code>. Print this sheet anew.</li></ol>\n\
         <h2>The node, or its key, is stolen</h2>\n\
         <ol><li>If another node of the institution runs: <code>indaba institution alarm</code> there, at once. Readers then see <i>disputed</i>.</li>\n\
         <li>Find the last record that is yours. <code>indaba institution revoke</code> proposes the cut: what came before stays valid, what came after is void.</li>\n\
         <li>{needed} root keys sign. The fingerprint stays the same; nobody has to accept the institution anew.</li></ol>\n\
         <h2>A passphrase is forgotten</h2>\n<p>The key is lost; nobody can open it. Do as under <i>A root key is lost</i>.</p>\n\
         <h2>Once a year</h2>\n\
         <p>Each office tries its passphrase on both keys, as a drill; a sealed key is an age file, and <code>age --decrypt</code> opens it too. Look whether the copies still read. Read the 40 digits to each other.</p>\n\
         <h2>Whom to call (by hand)</h2>\n<div class=\"write\"></div>\n<div class=\"write\"></div>\n<div class=\"write\"></div>\n"
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
        let html = page(&settled, &cards).unwrap();
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
    fn a_key_of_which_nobody_says_who_holds_it_stops_it() {
        let officers = officers();
        let settled = founded(&officers);
        let cards: Vec<OfficerCard> = officers[1..].iter().map(|o| o.card.clone()).collect();
        let error = page(&settled, &cards).unwrap_err().to_string();
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
