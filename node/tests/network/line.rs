//! A line between two nodes that can break so that only the one who called notices.

use std::net::SocketAddr;

use indaba::network::Multiaddr;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Line {
    /// Where to call.
    pub(crate) address: Multiaddr,
    breaks: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Line {
    /// A line to a node that listens at this address.
    pub(crate) async fn to(node: &Multiaddr) -> Self {
        let port = node
            .to_string()
            .rsplit('/')
            .next()
            .unwrap()
            .parse::<u16>()
            .unwrap();
        let far = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = listener.local_addr().unwrap().port();
        let (breaks, broken) = watch::channel(());
        let task = tokio::spawn(async move {
            // Ends of broken calls that are held on to, silent: to the node they look like a peer without a network.
            let mut calls = tokio::task::JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(far).await.unwrap();
                calls.spawn(carry(near, far, broken.clone()));
            }
        });
        Self {
            address: format!("/ip4/127.0.0.1/tcp/{near}").parse().unwrap(),
            breaks,
            task,
        }
    }

    /// Breaks every call that goes on now. Who called learns of it, the other end does not.
    pub(crate) fn breaks(&self) {
        self.breaks.send(()).unwrap();
    }
}

async fn carry(mut near: TcpStream, mut far: TcpStream, mut broken: watch::Receiver<()>) {
    broken.borrow_and_update();
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = broken.changed() => {
            drop(near);
            let _held = far;
            std::future::pending::<()>().await;
        }
    }
}
