//! Figures in the Prometheus text format, on request, for a monitoring system on this machine.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::engine::order::Status;

/// Longest request head read, bytes: a scraper sends a few hundred.
const MAX_HEAD: usize = 8192;

/// Most scrapes at once.
const MAX_SCRAPES: usize = 4;

/// How long one scrape may take, in seconds. Prometheus gives up after 10 by default.
const SCRAPE_SECONDS: u64 = 10;

/// Gives the text of one scrape; none when the node is stopping.
pub type FigureSource =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<String>> + Send>> + Send + Sync>;

/// The figures of one moment. No label names a peer or a person.
#[derive(Debug)]
pub struct Figures(String);

impl Figures {
    /// Takes the figures from a node's status.
    ///
    /// # Errors
    /// When they cannot be written as text.
    pub fn of(status: &Status) -> Result<Self, std::fmt::Error> {
        let mut registry = Registry::with_prefix("indaba");
        let mut gauge = |name: &str, help: &str, unit: Option<Unit>, value: u64| {
            let gauge = Gauge::<i64>::default();
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            match unit {
                Some(unit) => registry.register_with_unit(name, help, unit, gauge),
                None => registry.register(name, help, gauge),
            }
        };
        gauge("records", "Records held", None, status.records);
        gauge(
            "store",
            "Size of the store",
            Some(Unit::Bytes),
            status.store_bytes,
        );
        gauge(
            "peers_connected",
            "Peers connected now",
            None,
            status.peers_connected,
        );
        gauge(
            "peers_known",
            "Peers this node was told of",
            None,
            status.peers_known,
        );
        gauge(
            "institutions_accepted",
            "Institutions whose records are accepted",
            None,
            status.accepted,
        );
        gauge(
            "feeds_followed",
            "Feeds followed",
            None,
            status.feeds.iter().filter(|f| f.followed).count() as u64,
        );
        let complete = status
            .feeds
            .iter()
            .filter(|f| f.followed && f.state == "complete")
            .count();
        gauge(
            "feeds_complete",
            "Feeds followed of which every record promised is held",
            None,
            complete as u64,
        );
        let missing = status
            .feeds
            .iter()
            .map(|f| f.expected.saturating_sub(f.held))
            .sum();
        gauge(
            "records_missing",
            "Records promised in followed feeds and not held",
            None,
            missing,
        );
        gauge(
            "outbox",
            "Own statements not yet announced",
            None,
            status.outbox,
        );
        gauge(
            "unvouched",
            "Institutions waiting to be accepted or not",
            None,
            status.unvouched,
        );
        gauge(
            "waiting",
            "Statements waiting for what they depend on",
            None,
            status.waiting,
        );
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(Self(text))
    }

    /// The text a scraper reads.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// A small HTTP/1.1 responder for `GET /metrics`, and nothing else.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl MetricsServer {
    /// Begins to listen. Whether the address may be reached from elsewhere was decided by the configuration.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn open(address: SocketAddr, source: FigureSource) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            task: tokio::spawn(accept(listener, source)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, source: FigureSource) {
    let places = Arc::new(Semaphore::new(MAX_SCRAPES));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let source = source.clone();
                tokio::spawn(async move {
                    let _ =
                        timeout(Duration::from_secs(SCRAPE_SECONDS), serve(stream, source)).await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely: let others be closed first.
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn serve(mut stream: TcpStream, source: FigureSource) -> io::Result<()> {
    let mut head = Vec::new();
    let mut part = [0u8; 1024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        let read = stream.read(&mut part).await?;
        if read == 0 || head.len() + read > MAX_HEAD {
            return respond(
                &mut stream,
                "400 Bad Request",
                "text/plain",
                "bad request\n",
            )
            .await;
        }
        head.extend_from_slice(&part[..read]);
    }
    let line = head.split(|b| *b == b'\r').next().unwrap_or_default();
    if !(line.starts_with(b"GET /metrics ") || line.starts_with(b"GET /metrics?")) {
        return respond(
            &mut stream,
            "404 Not Found",
            "text/plain",
            "only GET /metrics\n",
        )
        .await;
    }
    match source().await {
        Some(text) => {
            respond(
                &mut stream,
                "200 OK",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                &text,
            )
            .await
        }
        None => {
            respond(
                &mut stream,
                "503 Service Unavailable",
                "text/plain",
                "stopping\n",
            )
            .await
        }
    }
}

async fn respond(stream: &mut TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\nx-content-type-options: nosniff\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn only_figures_are_served() {
        let source: FigureSource =
            Arc::new(|| Box::pin(async { Some("indaba_records 3\n# EOF\n".to_owned()) }));
        let server = MetricsServer::open("127.0.0.1:0".parse().unwrap(), source)
            .await
            .unwrap();
        let address = server.address();
        let good = ask(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(
            good.starts_with("HTTP/1.1 200") && good.ends_with("# EOF\n"),
            "{good}"
        );
        assert!(
            ask(address, "GET / HTTP/1.1\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 404")
        );
        assert!(
            ask(address, "POST /metrics HTTP/1.1\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 404")
        );
        let long = format!("GET /metrics HTTP/1.1\r\nx: {}", "a".repeat(MAX_HEAD));
        assert!(!ask(address, &long).await.contains("200 OK"));
    }
}
