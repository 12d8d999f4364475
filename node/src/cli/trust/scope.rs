//! `--for`: how far a word is to reach.

use std::collections::BTreeSet;

use indaba_protocol::FeedName;
use indaba_protocol::content::fields;

use super::super::exit::Exit;
use super::super::failure::Failure;
use crate::engine::Reach;

/// What `--for` was given, several times: feeds, feeds that begin so, and `kind:KIND`.
pub(super) fn reach(given: &[String]) -> Result<Reach, Failure> {
    let (mut feeds, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for scope in given {
        match scope.strip_prefix("kind:") {
            Some(kind) => drop(kinds.insert(known_kind(kind)?)),
            None => drop(feeds.insert(feed_pattern(scope)?)),
        }
    }
    let some = |set: BTreeSet<String>| (!set.is_empty()).then_some(set);
    Ok(Reach {
        feeds: some(feeds),
        kinds: some(kinds),
    })
}

/// The same for a vouch, which can be limited to regions and kinds only: regions, and kinds.
pub(super) fn regions_and_kinds(given: &[String]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let reach = reach(given)?;
    let mut regions = Vec::new();
    for feed in reach.feeds.into_iter().flatten() {
        match feed.strip_prefix("region:").filter(|r| !r.ends_with('*')) {
            Some(region) => regions.push(region.to_owned()),
            None => {
                return Err(Failure::new(
                    Exit::WrongUse,
                    format!("`{feed}`: a vouch can be limited to regions and to kinds of records"),
                )
                .hint("write --for region:CODE or --for kind:KIND; without either it is for everything"));
            }
        }
    }
    Ok((regions, reach.kinds.into_iter().flatten().collect()))
}

fn known_kind(kind: &str) -> Result<String, Failure> {
    if fields::rules(kind).is_some() {
        return Ok(kind.to_owned());
    }
    Err(
        Failure::new(Exit::WrongUse, format!("`{kind}` is no kind of record"))
            .hint(format!("write one of: {}", fields::REVISABLE.join(", "))),
    )
}

/// A feed, or the beginning of feeds followed by `*`.
fn feed_pattern(text: &str) -> Result<String, Failure> {
    let whole = match text.strip_suffix('*') {
        // What follows may be anything; `x` stands for it.
        Some(begin) if begin.ends_with(':') => format!("{begin}x"),
        Some(begin) => begin.to_owned(),
        None => text.to_owned(),
    };
    match whole.parse::<FeedName>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(
            Failure::new(Exit::WrongUse, format!("`{text}`: {error}")).hint(
                "write a feed such as region:ecowas, a beginning such as theme:*, or kind:lesson",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_beginnings_and_kinds_are_told_apart() {
        let given = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let both = reach(&given(&["region:ecowas", "theme:*", "kind:lesson"])).unwrap();
        assert_eq!(
            both.words(),
            ", only for feed region:ecowas, theme:*, only for kind lesson"
        );
        assert_eq!(reach(&[]).unwrap(), Reach::default());
        for wrong in ["ecowas", "kind:essay", "region:", "*"] {
            assert!(reach(&given(&[wrong])).is_err(), "{wrong}");
        }
        let (regions, kinds) =
            regions_and_kinds(&given(&["region:ecowas", "kind:lesson"])).unwrap();
        assert_eq!((regions, kinds), (given(&["ecowas"]), given(&["lesson"])));
        for wrong in ["theme:trj", "region:*"] {
            assert!(regions_and_kinds(&given(&[wrong])).is_err(), "{wrong}");
        }
    }
}
