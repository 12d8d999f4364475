//! Indaba protocol.
