//! Every configuration key there is.

use crate::engine::limits::{APPROVALS, ERASE_AFTER_DAYS, HOLD_MINUTES};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// A list of texts; in a variable, separated by commas.
    List,
    /// `true` or `false`.
    Flag,
    /// A whole number within these bounds, both included.
    Number(u32, u32),
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// The section in the file.
    pub section: &'static str,
    /// The key within the section.
    pub key: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// The default, as written in the file.
    pub default: &'static str,
    /// What it does, for the template.
    pub about: &'static str,
}

impl KeySpec {
    /// `section.key`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The environment variable: `INDABA_SECTION_KEY`.
    pub fn variable(&self) -> String {
        format!("INDABA_{}_{}", self.section, self.key).to_uppercase()
    }
}

const fn key(
    section: &'static str,
    key: &'static str,
    shape: Shape,
    default: &'static str,
    about: &'static str,
) -> KeySpec {
    KeySpec {
        section,
        key,
        shape,
        default,
        about,
    }
}

/// The one table. Defaults are the silent choice: outbound only, nothing announced, nobody asked.
pub const KEYS: &[KeySpec] = &[
    key(
        "network",
        "profile",
        Shape::Choice(&["default", "lean", "hub"]),
        "\"default\"",
        "What kind of line this node has: \"default\" an office, \"lean\" a metered or satellite link, \"hub\" a\nwell-connected machine that many others dial.",
    ),
    key(
        "network",
        "listen",
        Shape::List,
        "[]",
        "Addresses to listen on, as multiaddrs: \"/ip4/0.0.0.0/tcp/7421\", \"/ip4/0.0.0.0/udp/7421/quic-v1\".\nEmpty: this node only dials.",
    ),
    key(
        "network",
        "external",
        Shape::List,
        "[]",
        "Addresses under which others reach this node from outside; they go into invitations.",
    ),
    key(
        "network",
        "bootstrap",
        Shape::List,
        "[]",
        "Nodes to dial at the start: \"/dns4/node.example/tcp/7421/p2p/12D3KooW...\".",
    ),
    key(
        "network",
        "mdns",
        Shape::Flag,
        "false",
        "Find nodes on the local network, and be found there. Shows everybody on that network that a node runs here.",
    ),
    key(
        "network",
        "quic",
        Shape::Choice(&["auto", "on", "off"]),
        "\"auto\"",
        "QUIC beside TCP; \"auto\" leaves it to the profile.",
    ),
    key(
        "network",
        "routing",
        Shape::Flag,
        "false",
        "Look for more nodes of the network by Kademlia. Costs idle traffic.",
    ),
    key(
        "network",
        "probe",
        Shape::Flag,
        "false",
        "Ask connected nodes to test whether this node can be reached.",
    ),
    key(
        "network",
        "relays",
        Shape::List,
        "[]",
        "Nodes through which this one is to be reachable, written as for bootstrap. At most 4.",
    ),
    key(
        "network",
        "relayed_dialling",
        Shape::Flag,
        "false",
        "Dial nodes through relays when they cannot be reached directly.",
    ),
    key(
        "network",
        "serve",
        Shape::Flag,
        "false",
        "Relay connections for others and test their reachability. For hubs.",
    ),
    key(
        "network",
        "announce_listen",
        Shape::Flag,
        "false",
        "Tell connected nodes the addresses listened on, beside the external ones.",
    ),
    key(
        "network",
        "closed",
        Shape::Flag,
        "false",
        "Connect with the nodes added by hand only.",
    ),
    key(
        "storage",
        "path",
        Shape::Text,
        "\"\"",
        "Where records are kept. Empty: the folder \"store\" in the data folder.",
    ),
    key(
        "storage",
        "reserve",
        Shape::Text,
        "\"64 MiB\"",
        "Disk space kept back, so that states, cut lists and withdrawals are still stored when the disk is full. Small devices\nmay take less; \"0\": none.",
    ),
    key(
        "storage",
        "erase_after_days",
        Shape::Number(*ERASE_AFTER_DAYS.start(), *ERASE_AFTER_DAYS.end()),
        "30",
        "Days from a withdrawal until the text is erased here, 1 to 3650. It is hidden at once; the delay lets an institution\n\
         notice that somebody withdraws under its stolen key.",
    ),
    key(
        "clearance",
        "approvals",
        Shape::Number(0, APPROVALS),
        "0",
        "Officers, beside the one who submits, who must approve a record before it is published, 0 to 16. 0: nobody is asked.",
    ),
    key(
        "clearance",
        "hold_minutes",
        Shape::Number(0, HOLD_MINUTES),
        "0",
        "Minutes from the last approval until a record goes out, 0 to 43200; until then `indaba draft take-back` works.",
    ),
    key(
        "clearance",
        "submitters",
        Shape::Choice(&["officers", "anybody"]),
        "\"officers\"",
        "Who may submit where approvals are asked for: \"officers\", who sign with their key, so that the one who submits is never the\none who approves; or \"anybody\" with this account.",
    ),
    key(
        "clearance",
        "withdrawals",
        Shape::Flag,
        "false",
        "Withdrawals wait for approvals and the holding time as well. Off: they go out at once, because they protect people.",
    ),
    key(
        "audit",
        "keep",
        Shape::Flag,
        "true",
        "Note who on this node did what, for `indaba audit`; what is read is never noted. It stays on this machine. Off: nothing is.",
    ),
    key(
        "audit",
        "quiet_feeds",
        Shape::Flag,
        "false",
        "Note also which feeds are followed quietly. Whoever takes the machine reads it.",
    ),
    key(
        "log",
        "level",
        Shape::Text,
        "\"info\"",
        "error, warn, info, debug or trace; or a filter such as \"info,indaba::engine=debug\".",
    ),
    key(
        "log",
        "format",
        Shape::Choice(&["auto", "text", "json"]),
        "\"auto\"",
        "\"text\" for people, \"json\" one object a line; \"auto\" is text on a terminal and json elsewhere.",
    ),
    key(
        "metrics",
        "listen",
        Shape::Text,
        "\"\"",
        "Where figures are given in the Prometheus format, such as \"127.0.0.1:9464\". Empty: nowhere.",
    ),
    key(
        "metrics",
        "allow_remote",
        Shape::Flag,
        "false",
        "Allow figures on an address other machines can reach.",
    ),
];

/// The commented file `config template` writes: every key with its default.
pub fn template() -> String {
    let mut text = String::from(
        "# Configuration of an Indaba node. Every key is optional; what is commented out is the default.\n\
         # Precedence: flag, then the variable INDABA_SECTION_KEY, then this file, then the default.\n",
    );
    let mut section = "";
    for spec in KEYS {
        if spec.section != section {
            section = spec.section;
            text.push_str(&format!("\n[{section}]\n"));
        } else {
            text.push('\n');
        }
        for line in spec.about.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&format!("# {} = {}\n", spec.key, spec.default));
    }
    text
}
