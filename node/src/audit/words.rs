//! The acts, as codes for programs and in words for people.

/// The log was switched off: the only entry that is written while it is.
pub(super) const SWITCHED_OFF: &str = "audit-off";

/// Every act, in words.
const ACTS: &[(&str, &str)] = &[
    ("publish", "publish"),
    ("revise", "revise"),
    ("withdraw", "withdraw"),
    ("vouch", "vouch"),
    ("draft-submit", "submit a draft"),
    ("draft-edit", "put another text in a draft"),
    ("draft-approve", "approve a draft"),
    ("draft-refuse", "refuse a draft"),
    ("draft-take-back", "take back a draft"),
    ("draft-release", "release a draft"),
    (
        "draft-published",
        "publish a draft that waited for nothing more",
    ),
    ("officer-add", "know an officer"),
    ("officer-remove", "know an officer no longer"),
    ("feed-follow", "follow a feed"),
    ("feed-follow-quietly", "follow a feed quietly"),
    ("feed-unfollow", "follow a feed no longer"),
    ("peer-add", "add a peer"),
    ("peer-name", "say whose a peer is"),
    ("peer-remove", "remove a peer"),
    ("trust-anchor", "accept an institution"),
    ("trust-remove", "accept an institution no longer"),
    ("trust-refuse", "refuse an institution"),
    ("trust-unrefuse", "end a refusal"),
    ("trust-policy", "change the policy of trust"),
    ("charter-accept", "accept a charter"),
    ("charter-drop", "accept a charter no longer"),
    (
        "institution-found",
        "found the institution and set up the node",
    ),
    ("institution-take", "take new states of the institution"),
    ("institution-alarm", "warn about a node key"),
    ("node-set-up", "set up the node for its institution"),
    ("node-key-new", "make a node key"),
    ("node-key-change", "sign with another node key"),
    ("store-import", "import into the store"),
    ("store-compact", "compact the store"),
    ("store-repair", "repair the store"),
    ("store-rebuild-index", "rebuild the index"),
    ("store-migrate", "write the store in the newest format"),
    ("store-accept-loss", "accept what the store lost"),
    ("store-accept-copy", "accept this copy of the data folder"),
    ("node-start", "start the node"),
    ("node-stop", "stop the node"),
    (SWITCHED_OFF, "switch off the audit log"),
];

/// An act in words; of a newer version's, the code.
pub fn words(act: &str) -> &str {
    ACTS.iter()
        .find(|(code, _)| *code == act)
        .map_or(act, |(_, words)| words)
}

/// Whether a code is one of the list.
pub(super) fn is_known(act: &str) -> bool {
    ACTS.iter().any(|(code, _)| *code == act)
}
