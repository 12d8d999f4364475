//! Every bound of a ceremony's files, with its reason.

/// Bytes of a file that travels: a chain of 500 states of the usual 4 KiB, written in hexadecimal. What is larger was not made here.
pub(crate) const FILE: u64 = 4 * 1024 * 1024;
/// Bytes of a file with public keys: it has five short lines.
pub(crate) const CARD_FILE: u64 = 4_096;
/// Characters of a holder's role: one line of a printed sheet.
pub(crate) const ROLE: usize = 80;
/// Roles in one proposal: sixteen root keys and sixteen in reserve, before and after a rotation.
pub(crate) const ROLES: usize = 64;
/// Cut lists in one proposal: the protocol's bound on cuts in a state.
pub(crate) const CUT_LISTS: usize = indaba_protocol::limits::CUTS;
/// Names of feeds in one proposal, for the reader's eye: as many as a head can name.
pub(crate) const FEED_NAMES: usize = indaba_protocol::limits::HEAD_LANES;
