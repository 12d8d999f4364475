//! Section 11: statements for the air gap.

mod custody;
mod manifest;
mod receipt;

pub use custody::Custody;
pub use manifest::{Manifest, ManifestRole};
pub use receipt::{Hold, Receipt};
