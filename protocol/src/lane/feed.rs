//! The names of feeds.

use crate::{id::Id, limits};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The name of a feed: `registry`, or a prefix, a colon and a rest, as in `region:ecowas`. A reserved
/// `circle:` name can be parsed so that it is recognised; nothing of version 1 may use it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedName(String);

/// A text that names no feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not a feed name: `registry`, or a prefix (a-z, then a-z 0-9 -, at most 16), a colon and a rest \
     (a-z 0-9, then a-z 0-9 . : _ -), at most 48 bytes in all"
)]
pub struct FeedNameError;

const REGISTRY: &str = "registry";
const CIRCLE: &str = "circle:";

impl FeedName {
    /// The feed that every node follows.
    pub fn registry() -> FeedName {
        FeedName(REGISTRY.to_owned())
    }

    /// Whether this is `registry`.
    pub fn is_registry(&self) -> bool {
        self.0 == REGISTRY
    }

    /// Whether the name is reserved for circles, and so not public: nothing of version 1 may be posted there.
    pub fn is_circle(&self) -> bool {
        self.0.starts_with(CIRCLE)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash of the name: how a cut list names the feed.
    pub fn hash(&self) -> Id {
        Id::of(self.0.as_bytes())
    }
}

fn is_name(text: &str) -> bool {
    if text == REGISTRY {
        return true;
    }
    let Some((prefix, rest)) = text.split_once(':') else {
        return false;
    };
    if prefix == "circle" {
        return rest.len() == 64 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    }
    let alnum = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9');
    text.len() <= limits::FEED_NAME
        && prefix.len() <= limits::FEED_PREFIX
        && prefix
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_lowercase)
        && prefix.bytes().all(|b| alnum(b) || b == b'-')
        && rest.bytes().next().is_some_and(alnum)
        && rest
            .bytes()
            .all(|b| alnum(b) || matches!(b, b'.' | b':' | b'_' | b'-'))
}

impl FromStr for FeedName {
    type Err = FeedNameError;

    fn from_str(text: &str) -> Result<FeedName, FeedNameError> {
        if is_name(text) {
            Ok(FeedName(text.to_owned()))
        } else {
            Err(FeedNameError)
        }
    }
}

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;

    #[test]
    fn names() {
        let long = format!("topic:{}", "a".repeat(42));
        for good in [
            "registry",
            "region:ecowas",
            "theme:trj",
            "topic:water-points",
            "a:0",
            "x-1:a.b:c_d-",
            &long,
        ] {
            assert!(good.parse::<FeedName>().is_ok(), "{good}");
        }
        let too_long = format!("topic:{}", "a".repeat(43));
        for bad in [
            "",
            "Registry",
            "region",
            "region:",
            ":a",
            "1a:b",
            "a:-b",
            "a:B",
            "a b:c",
            "circle:abc",
            "abcdefghijklmnopq:a",
            &too_long,
        ] {
            assert!(bad.parse::<FeedName>().is_err(), "{bad}");
        }
        let circle = format!("circle:{}", "0f".repeat(32));
        assert!(circle.parse::<FeedName>().unwrap().is_circle());
    }
}
