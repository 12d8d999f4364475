//! The node's end of the socket.

use std::fs;
use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::place::{SocketFault, SocketPlace};
use super::{LINE_SECONDS, MAX_CONNECTIONS, MAX_LINE, ORDER_SECONDS};
use crate::audit::Account;
use crate::engine::order::{Order, Refusal, RefusalKind, Reply};

/// Carries orders of an account to the engine and its replies back; none when the engine is gone.
pub type Carrier = Arc<
    dyn Fn(Order, Account) -> Pin<Box<dyn Future<Output = Option<Reply>> + Send>> + Send + Sync,
>;

/// The listening socket. Removed when dropped.
#[derive(Debug)]
pub struct ControlServer {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl ControlServer {
    /// Opens the socket of a data folder; takes over one whose node is gone. Needs a running tokio runtime. The caller holds the
    /// store's lock, so that no second node can be starting at the same time.
    ///
    /// # Errors
    /// When another node answers there, or the socket cannot be made.
    pub fn open(data_dir: &Path, carrier: Carrier) -> Result<Self, SocketFault> {
        let place = SocketPlace::of(data_dir);
        place.prepare()?;
        let path = place.path().to_owned();
        let wrong = |e: io::Error| SocketFault::Folder {
            path: path.clone(),
            what: e.to_string(),
        };
        match std::os::unix::net::UnixStream::connect(&path) {
            Ok(_) => return Err(SocketFault::Busy { path }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            // Nobody behind it: left by a node that was killed.
            Err(_) => fs::remove_file(&path).map_err(wrong)?,
        }
        let listener = UnixListener::bind(&path).map_err(wrong)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(wrong)?;
        let task = tokio::spawn(accept(listener, carrier));
        Ok(Self { path, task })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, carrier: Carrier) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let carrier = carrier.clone();
                tokio::spawn(async move {
                    if let Err(e) = serve(stream, carrier).await {
                        tracing::debug!(error = %e, "a control connection ended");
                    }
                    drop(place);
                });
            }
            Err(e) => {
                tracing::warn!(error = %e, "the control socket did not accept a connection");
                // Out of file descriptors, most likely: let others be closed first.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// Serves one connection until it ends or stays silent.
async fn serve(mut stream: UnixStream, carrier: Carrier) -> io::Result<()> {
    let caller = stream.peer_cred()?;
    // The mode of the socket keeps others out already; root passes modes, and is told no here.
    if caller.uid() != rustix::process::geteuid().as_raw() {
        let reply = refuse(
            RefusalKind::Policy,
            "this control socket serves the account of its node only",
            "",
        );
        return answer(&mut stream, &reply).await;
    }
    let account = Account::of_process(caller.uid(), caller.pid());
    loop {
        let mut line = Vec::new();
        let read = {
            let mut reader = BufReader::new((&mut stream).take(MAX_LINE as u64 + 1));
            timeout(
                Duration::from_secs(LINE_SECONDS),
                reader.read_until(b'\n', &mut line),
            )
            .await
        };
        let reply = match read {
            Err(_) => return Ok(()),
            Ok(Err(e)) => return Err(e),
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) if line.last() != Some(&b'\n') => {
                let reply = refuse(
                    RefusalKind::WrongUse,
                    &format!("an order is one line of at most {MAX_LINE} bytes"),
                    "publish fewer files at once",
                );
                return answer(&mut stream, &reply).await;
            }
            Ok(Ok(_)) => match serde_json::from_slice::<Order>(&line) {
                Err(e) => refuse(
                    RefusalKind::WrongUse,
                    &format!("the running node does not understand this order: {e}"),
                    "command and node must have the same version; restart the node",
                ),
                Ok(order) => {
                    match timeout(Duration::from_secs(ORDER_SECONDS), carrier(order, account)).await
                    {
                        Ok(Some(reply)) => reply,
                        Ok(None) => refuse(
                            RefusalKind::Storage,
                            "the node is stopping",
                            "ask again when it is up",
                        ),
                        Err(_) => refuse(
                            RefusalKind::Storage,
                            &format!(
                                "no answer within {ORDER_SECONDS} seconds; whether the order was carried out is unknown"
                            ),
                            "see `indaba status`; ask again",
                        ),
                    }
                }
            },
        };
        answer(&mut stream, &reply).await?;
    }
}

fn refuse(kind: RefusalKind, problem: &str, remedy: &str) -> Reply {
    Reply::Refused(Refusal {
        kind,
        problem: problem.into(),
        remedy: remedy.into(),
    })
}

async fn answer(stream: &mut UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply).map_err(io::Error::other)?;
    if line.len() >= MAX_LINE {
        let reply = refuse(
            RefusalKind::Storage,
            "the answer is too long for the control socket",
            "ask for less at once",
        );
        line = serde_json::to_vec(&reply).map_err(io::Error::other)?;
    }
    line.push(b'\n');
    timeout(Duration::from_secs(LINE_SECONDS), stream.write_all(&line))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::control::{Client, ClientFault};

    fn echo() -> Carrier {
        Arc::new(|order, _| {
            Box::pin(async move {
                match order {
                    Order::Follow { feed, quiet } => Some(Reply::Followed {
                        feed,
                        quiet: quiet == Some(true),
                        was_quiet: None,
                    }),
                    _ => None,
                }
            })
        })
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    }

    fn follow() -> Order {
        Order::Follow {
            feed: "theme:trj".into(),
            quiet: Some(true),
        }
    }

    #[test]
    fn an_order_goes_and_a_reply_comes() {
        let place = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let guard = runtime.enter();
        assert!(matches!(
            Client::connect(place.path()),
            Err(ClientFault::NotRunning)
        ));
        let server = ControlServer::open(place.path(), echo()).unwrap();
        assert_eq!(
            fs::metadata(server.path()).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let mut client = Client::connect(place.path()).unwrap();
        for _ in 0..2 {
            let reply = client.ask(&follow()).unwrap();
            assert!(
                matches!(reply, Reply::Followed { feed, quiet: true, .. } if feed == "theme:trj")
            );
        }
        assert!(
            matches!(client.ask(&Order::Status).unwrap(), Reply::Refused(_)),
            "an engine that is gone"
        );
        assert!(matches!(
            ControlServer::open(place.path(), echo()),
            Err(SocketFault::Busy { .. })
        ));
        drop(server);
        assert!(matches!(
            Client::connect(place.path()),
            Err(ClientFault::NotRunning)
        ));
        drop(guard);
    }

    #[test]
    fn a_socket_left_behind_is_taken_over() {
        let place = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let _guard = runtime.enter();
        let path = SocketPlace::of(place.path()).path().to_owned();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        assert!(matches!(
            Client::connect(place.path()),
            Err(ClientFault::NotRunning)
        ));
        let _server = ControlServer::open(place.path(), echo()).unwrap();
        Client::connect(place.path())
            .unwrap()
            .ask(&follow())
            .unwrap();
    }

    #[test]
    fn endless_and_unreadable_lines_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let _guard = runtime.enter();
        let server = ControlServer::open(place.path(), echo()).unwrap();
        let mut stream = std::os::unix::net::UnixStream::connect(server.path()).unwrap();
        stream.write_all(b"{\"order\":\"fly\"}\n").unwrap();
        let mut byte = [0u8; 4096];
        let read = stream.read(&mut byte).unwrap();
        assert!(String::from_utf8_lossy(&byte[..read]).contains("does not understand"));
        // The server stops reading at its bound, so the rest may not go through.
        let endless = vec![b'a'; MAX_LINE + 1];
        let _ = stream.write_all(&endless);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.contains("at most"), "{answer}");
    }
}
