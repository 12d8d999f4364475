//! Section 5: records.

mod draft;
mod effect;
mod header;
mod part;

pub use draft::RecordDraft;
pub use effect::{NoEffect, takes_effect};
pub use header::{Header, Link};
pub use part::{Part, PartRef};
