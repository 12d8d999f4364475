//! Indaba node.
