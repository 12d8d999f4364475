//! The command's end of the socket.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::{LINE_SECONDS, MAX_LINE, ORDER_SECONDS, SocketPlace};
use crate::engine::order::{Order, Reply};

/// Why the running node gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientFault {
    /// No node runs with this data folder.
    #[error("no node is running with this data folder")]
    NotRunning,
    /// Something runs but cannot be talked to.
    #[error("the running node cannot be reached: {0}")]
    Unreachable(io::Error),
    /// It answered something unreadable, as another version might.
    #[error("the running node gave an answer that cannot be read: {0}")]
    Unreadable(String),
}

/// A connection to the running node.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
}

impl Client {
    /// Connects to the node of a data folder.
    ///
    /// # Errors
    /// [`ClientFault::NotRunning`] when there is no socket or nobody behind it.
    pub fn connect(data_dir: &Path) -> Result<Self, ClientFault> {
        let place = SocketPlace::of(data_dir);
        match UnixStream::connect(place.path()) {
            Ok(stream) => {
                let limits = stream
                    .set_write_timeout(Some(Duration::from_secs(LINE_SECONDS)))
                    .and_then(|()| {
                        stream.set_read_timeout(Some(Duration::from_secs(
                            ORDER_SECONDS + LINE_SECONDS,
                        )))
                    });
                limits.map_err(ClientFault::Unreachable)?;
                Ok(Self { stream })
            }
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                ) =>
            {
                Err(ClientFault::NotRunning)
            }
            Err(e) => Err(ClientFault::Unreachable(e)),
        }
    }

    /// Gives an order and waits for the reply.
    ///
    /// # Errors
    /// When the node goes away, takes too long, or answers unreadably.
    pub fn ask(&mut self, order: &Order) -> Result<Reply, ClientFault> {
        let mut line =
            serde_json::to_vec(order).map_err(|e| ClientFault::Unreadable(e.to_string()))?;
        line.push(b'\n');
        self.stream
            .write_all(&line)
            .map_err(ClientFault::Unreachable)?;
        let mut answer = Vec::new();
        BufReader::new(Read::by_ref(&mut self.stream).take(MAX_LINE as u64))
            .read_until(b'\n', &mut answer)
            .map_err(ClientFault::Unreachable)?;
        if answer.last() != Some(&b'\n') {
            return Err(ClientFault::Unreadable(
                "the connection ended before the answer did".into(),
            ));
        }
        serde_json::from_slice(&answer).map_err(|e| ClientFault::Unreadable(e.to_string()))
    }
}
