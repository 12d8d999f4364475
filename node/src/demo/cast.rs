//! Who takes part.

use super::cases::{CSO_NETWORK, Case, PEACE_COUNCIL, REGIONAL_SECRETARIAT};

/// An institution of the demonstration. All three are invented.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The name in its profile.
    pub name: &'static str,
    /// A name short enough for a line.
    pub short: &'static str,
    /// The name of its data folder.
    pub folder: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// Whether it is a body of a state; none for regional bodies.
    pub state_body: Option<bool>,
    /// The feeds it follows.
    pub follows: &'static [&'static str],
    /// What it publishes.
    pub cases: &'static [Case],
    /// How many of its cases, the last ones, it publishes only while the second institution is away.
    pub later: usize,
}

/// The three, in the order in which they appear. The second one goes away and comes back.
pub const CAST: [Part; 3] = [
    Part {
        name: "National Peace Council of Sembe (example)",
        short: "Peace Council",
        folder: "peace-council",
        kind: "peace-council",
        state_body: Some(true),
        follows: &[
            "region:au",
            "region:ecowas",
            "theme:ele",
            "theme:med",
            "topic:south-south",
        ],
        cases: PEACE_COUNCIL,
        later: 3,
    },
    Part {
        name: "Coast Dialogue Network (example)",
        short: "Dialogue Network",
        folder: "cso-network",
        kind: "cso",
        state_body: Some(false),
        follows: &[
            "region:ecowas",
            "theme:hrp",
            "theme:trj",
            "topic:south-south",
        ],
        cases: CSO_NETWORK,
        later: 0,
    },
    Part {
        name: "West Coast Regional Secretariat (example)",
        short: "Secretariat",
        folder: "regional-secretariat",
        kind: "rec-secretariat",
        state_body: None,
        follows: &[
            "region:au",
            "region:ecowas",
            "theme:prv",
            "theme:reg",
            "topic:south-south",
        ],
        cases: REGIONAL_SECRETARIAT,
        later: 3,
    },
];

/// Who goes away in the second act.
pub const AWAY: usize = 1;

/// The network of the demonstration: its nodes understand no other.
pub const NETWORK: &str = "demo.example";
