//! Names on the wire.

use crate::lane::FeedName;
use crate::network::NetworkId;

/// The gossip topic of a feed.
pub fn topic(network: &NetworkId, feed: &FeedName) -> String {
    format!("/indaba/1/{}/{feed}", network.prefix())
}

/// The feed of a gossip topic of this network.
pub fn feed_of_topic(network: &NetworkId, topic: &str) -> Option<FeedName> {
    topic
        .strip_prefix(&format!("/indaba/1/{}/", network.prefix()))?
        .parse()
        .ok()
}

/// The name of the catch-up protocol.
pub fn catch_up_protocol(network: &NetworkId) -> String {
    format!("/indaba/1/{}/catch-up/1", network.prefix())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;
    use crate::network::NetworkName;

    #[test]
    fn a_topic_comes_back_in_its_network_only() {
        let (net, other) = (
            NetworkName::default().id(),
            NetworkName::parse("other").unwrap().id(),
        );
        let feed: FeedName = "region:ecowas".parse().unwrap();
        assert_eq!(feed_of_topic(&net, &topic(&net, &feed)), Some(feed.clone()));
        assert_eq!(feed_of_topic(&other, &topic(&net, &feed)), None);
        assert_eq!(
            feed_of_topic(&net, &format!("{}/x", topic(&net, &feed))),
            None
        );
    }
}
