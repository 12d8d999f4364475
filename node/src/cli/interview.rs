//! The questions of `init`, one after another. On a terminal an answer that cannot be taken is asked for again, with the reason; a
//! flag that cannot be taken is an error.

use indaba_protocol::NetworkName;
use indaba_protocol::content::shape::Shape;
use indaba_protocol::text_forms::Invitation;
use indaba_protocol::vocabulary::{self, nearest};

use super::clock;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{AboutFlags, InitFlags, Role};
use super::founding::Founding;
use crate::authoring::{country_meant, language_meant};
use crate::config::{Layers, Raw, Settings};

/// Kinds of institution the protocol names.
const KINDS: &[&str] = &[
    "ministry",
    "peace-council",
    "nhri",
    "focal-point",
    "judiciary",
    "truth-body",
    "rec-secretariat",
    "un",
    "cso",
    "network",
    "academic",
    "traditional",
];

/// Longest name of an institution, characters; its profile allows no longer one.
const LONGEST_NAME: usize = 200;

/// Asks for all that an institution says about itself.
///
/// # Errors
/// A flag that cannot be taken, a question that nobody can be asked, or the end of input.
pub(super) fn about_the_institution(
    context: &Context,
    flags: &AboutFlags,
    invitation: Option<&Invitation>,
) -> Result<Founding, Failure> {
    let network = network(context, flags.network.as_deref(), invitation)?;
    let name = answer(
        context,
        flags.name.as_deref(),
        ("Name of the institution, as the public knows it", "--name"),
        None,
        name,
    )?;
    if flags.kind.is_none() {
        explain(context, &format!("Kinds: {}", KINDS.join(", ")));
    }
    let kind = answer(
        context,
        flags.kind.as_deref(),
        ("Kind", "--kind"),
        None,
        kind,
    )?;
    let language = answer(
        context,
        flags.language.as_deref(),
        ("Working language", "--language"),
        Some("en"),
        language,
    )?;
    let country = answer(
        context,
        flags.country.as_deref(),
        (
            "Country, three capital letters; empty for a regional body",
            "--country",
        ),
        Some(""),
        country,
    )?;
    let state_body = match (flags.role, kind.as_str()) {
        (Some(Role::Institution), _) => Some(true),
        (Some(Role::Organisation), _) => Some(false),
        // What these are is in their name; the others exist as both.
        (_, "ministry" | "judiciary") => Some(true),
        (_, "cso") => Some(false),
        _ => answer(
            context,
            None,
            (
                "A body of the state? yes or no; empty leaves it unsaid",
                "--role",
            ),
            Some(""),
            yes_no_or_unsaid,
        )?,
    };
    Ok(Founding {
        network,
        name,
        kind,
        language,
        country,
        state_body,
        listed: flags.role != Some(Role::Reader),
        day: clock::day(),
    })
}

/// Asks where the node listens; none when it only dials.
///
/// # Errors
/// As [`about_the_institution`].
pub(super) fn where_to_listen(
    context: &Context,
    flags: &InitFlags,
) -> Result<Vec<String>, Failure> {
    if !flags.listen.is_empty() || !context.asker.can_ask() {
        return Ok(flags.listen.clone());
    }
    explain(
        context,
        "Others can dial this node if it listens on an address such as /ip4/0.0.0.0/tcp/7421; left empty, it only dials.",
    );
    answer(context, None, ("Listen on", "--listen"), Some(""), listen)
}

/// A flag's value, or the answer to a question; `read` says whether it can be taken.
fn answer<T>(
    context: &Context,
    given: Option<&str>,
    (question, flag): (&str, &str),
    default: Option<&str>,
    read: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(given) = given {
        return read(given);
    }
    loop {
        match read(&context.asker.line(question, flag, default)?) {
            Err(failure) if context.asker.can_ask() => context.screen.failure(&failure),
            done => return done,
        }
    }
}

/// Says on a terminal what a question is about.
fn explain(context: &Context, text: &str) {
    if context.asker.can_ask() {
        context.screen.explain(text);
    }
}

fn wrong(problem: impl Into<String>) -> Failure {
    Failure::new(Exit::WrongUse, problem)
}

fn network(
    context: &Context,
    named: Option<&str>,
    invitation: Option<&Invitation>,
) -> Result<NetworkName, Failure> {
    let Some(invitation) = invitation else {
        let question = ("Network to belong to", "--network");
        let default = NetworkName::default();
        return answer(context, named, question, Some(default.as_str()), |name| {
            NetworkName::parse(name).map_err(|e| wrong(format!("\"{name}\": {e}")))
        });
    };
    match named {
        Some(named) if named != invitation.network.as_str() => Err(wrong(format!(
            "the invitation is to the network \"{}\", not \"{named}\"",
            invitation.network
        ))
        .hint("leave out --network")),
        _ => Ok(invitation.network.clone()),
    }
}

fn name(text: &str) -> Result<String, Failure> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(wrong(format!(
            "the name must have 1 to {LONGEST_NAME} characters on one line"
        )));
    }
    Ok(name.to_owned())
}

fn kind(text: &str) -> Result<String, Failure> {
    if KINDS.contains(&text) {
        return Ok(text.to_owned());
    }
    let hint = match nearest(text, KINDS.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("choose one of {}", KINDS.join(", ")),
    };
    Err(wrong(format!("\"{text}\" is no kind of institution")).hint(hint))
}

fn language(text: &str) -> Result<String, Failure> {
    // A longer primary subtag is allowed by the form and registered for no language: it is a name.
    let primary = text.split('-').next().unwrap_or(text);
    if Shape::LanguageTag.fits(text) && primary.len() <= 3 {
        return Ok(text.to_owned());
    }
    let hint = match language_meant(text) {
        Some(tag) => format!("did you mean \"{tag}\"?"),
        None => "such as en, fr, pt, ar or sw; `indaba vocabulary languages` lists them".to_owned(),
    };
    Err(wrong(format!("\"{text}\" is not the tag of a language")).hint(hint))
}

/// A country's code; none when left empty. What is typed in small letters is taken, since nothing else can be meant.
fn country(text: &str) -> Result<Option<String>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let code = text.to_ascii_uppercase();
    if vocabulary::country(&code).is_some() || vocabulary::user_assigned_country(&code) {
        return Ok(Some(code));
    }
    let hint = match country_meant(text) {
        Some(code) => format!("did you mean \"{code}\"?"),
        None => {
            "three letters, such as GHA, ZAF or BRA, all in `indaba vocabulary countries`; leave it out for a regional body".to_owned()
        }
    };
    Err(wrong(format!("\"{text}\" is no country code of ISO 3166")).hint(hint))
}

fn yes_no_or_unsaid(text: &str) -> Result<Option<bool>, Failure> {
    match text.to_lowercase().as_str() {
        "y" | "yes" => Ok(Some(true)),
        "n" | "no" => Ok(Some(false)),
        "" => Ok(None),
        other => Err(wrong(format!("\"{other}\" is neither yes nor no"))),
    }
}

fn listen(text: &str) -> Result<Vec<String>, Failure> {
    let addresses: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let mut layers = Layers::defaults();
    layers.flag("network.listen", "listen", Raw::List(addresses.clone()));
    match Settings::validate(&layers) {
        Ok(_) => Ok(addresses),
        Err(_) => {
            let port = text.parse::<u16>().unwrap_or(7421);
            Err(wrong(format!("\"{text}\" is not an address to listen on"))
                .hint(format!("write it as /ip4/0.0.0.0/tcp/{port}")))
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_would_write_is_taken_or_led_to_the_word() {
        assert_eq!(country("gha").unwrap().as_deref(), Some("GHA"));
        assert_eq!(country("XKX").unwrap().as_deref(), Some("XKX"));
        assert_eq!(country("").unwrap(), None);
        let hint = |failure: Failure| failure.hint.unwrap();
        assert!(hint(country("Ghana").unwrap_err()).contains("GHA"));
        assert!(hint(country("gh").unwrap_err()).contains("GHA"));
        assert!(hint(country("Sembe").unwrap_err()).contains("three letters"));
        assert!(hint(kind("peace council").unwrap_err()).contains("peace-council"));
        assert!(hint(language("English").unwrap_err()).contains("\"en\""));
        assert_eq!(language("pt-BR").unwrap(), "pt-BR");
        assert_eq!(listen("").unwrap(), Vec::<String>::new());
        assert!(hint(listen("7422").unwrap_err()).contains("/tcp/7422"));
        assert_eq!(yes_no_or_unsaid("Yes").unwrap(), Some(true));
        assert!(yes_no_or_unsaid("maybe").is_err());
    }
}
