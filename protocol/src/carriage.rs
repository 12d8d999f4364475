//! Section 10: how statements travel.

mod catch_up;
mod decoded;
mod item;
mod topic;

pub use catch_up::{CatchUpRequest, CatchUpResponse, LaneSummary, RefusedReason};
pub use decoded::DecodedItem;
pub use item::{Item, VerifiedItem, open_item};
pub use topic::{catch_up_protocol, feed_of_topic, topic};
