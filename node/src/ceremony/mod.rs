//! Institutions whose root keys are held by several officers on machines that never meet: the files that travel between them on
//! a stick, what those files say in plain language, and who must still sign.
//!
//! A [`Proposal`] is a draft and stays one: only [`Proposal::finish`] makes a [`Settled`] institution of it, and only when every rule
//! of the protocol holds, signatures included. Both are text files ([`armour`]) in which what a person reads and what the
//! program reads say the same; a file in which they differ is refused.

mod armour;
mod cards;
mod change;
mod fault;
mod founding;
mod limits;
mod proposal;
mod settled;
mod sheet;
mod telling;
#[cfg(test)]
mod tests;

pub(crate) use armour::{Kind, kind_of};
pub(crate) use cards::{ApproverCard, NodeCard, OfficerCard, check_role};
pub(crate) use change::Change;
pub(crate) use fault::CeremonyFault;
pub(crate) use founding::Founding;
pub(crate) use limits::{CARD_FILE, FILE};
pub(crate) use proposal::{Need, Proposal};
pub(crate) use settled::{Settled, Version};
pub(crate) use sheet::{LANGUAGES as SHEET_LANGUAGES, page as recovery_sheet, spoken};
pub(crate) use telling::Roles;
