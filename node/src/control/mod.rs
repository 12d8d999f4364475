//! The control socket: how commands reach the running node of their data folder.
//!
//! A Unix socket for the owner alone. One line of JSON is an [`Order`](crate::engine::order::Order), the line that comes back is its
//! [`Reply`](crate::engine::order::Reply). Everything about it is bounded: lines, connections, waits.

mod client;
mod place;
mod server;

pub use client::{Client, ClientFault};
pub use place::{SocketFault, SocketPlace};
pub use server::{Carrier, ControlServer};

/// Longest line in either direction, bytes. The largest order is a group of drafts: 64 KiB each, doubled by hexadecimal.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// Most connections served at once; commands are short, and one more waits in the kernel's queue.
pub const MAX_CONNECTIONS: usize = 16;

/// How long a connection may take to send its line, and how long the answer may take to be read, in seconds. Both ends are on
/// one machine; a guess with much room.
pub const LINE_SECONDS: u64 = 10;

/// How long an order may take, in seconds: a publication of many records waits for the disk.
pub const ORDER_SECONDS: u64 = 60;
