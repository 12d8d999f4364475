//! Real swarms on the loopback interface, through the two channels only.
//!
//! Every wait is for an event and has a time limit. Where a test says that something does
//! *not* happen, a twin shows that it does happen when the defence is off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod network {
    pub(crate) mod hostile;
    pub(crate) mod line;
    pub(crate) mod node;

    mod connections;
    mod finding;
    mod gossip;
    mod pressure;
    mod reconnecting;
    mod relayed;
    mod requests;
    mod stranger;
}
