//! `indaba up`: run the node until interrupted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indaba_store::space_needed;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::assembly::{network_settings, node_settings};
use super::context::{Context, LOCK_LOOK, LOCK_WAIT, faulty, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::UpFlags;
use super::invite::{outside_first, peer_addresses};
use super::noting::{log_of, note_own, note_own_acts, noting_carrier, started, stopped};
use super::open_files;
use super::restarts::{Restarts, Signals};
use super::screen::{Page, Report, paint, style};
use crate::audit::AuditLog;
use crate::config::{DataDir, Layers, Raw, Settings};
use crate::control::{Carrier, ControlServer};
use crate::engine::order::{IdentityView, Order, Reply};
use crate::engine::{Notice, full};
use crate::runtime::{self, Ended, OrderSender, RunningNode};
use crate::telemetry::{FigureSource, Figures, MetricsServer, start_log};

/// How long to wait for the configured addresses to be listened on before saying where the node is reachable.
const LISTEN_WAIT: Duration = Duration::from_secs(2);

/// How often to look whether the number of connected peers changed, for the log.
const PEERS_LOOK: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Up {
    network: String,
    institution: String,
    name: Option<String>,
    peer: Option<String>,
    listening: Vec<String>,
    control: String,
    metrics: Option<String>,
}

impl Report for Up {
    const NAME: &'static str = "up";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "{} is up in the network \"{}\"",
            self.name.as_deref().unwrap_or(&self.institution),
            self.network
        ));
        if let Some(peer) = &self.peer {
            page.field("peer id", peer);
        }
        match self.listening.as_slice() {
            [] => page.field("listening", "nowhere: outbound only"),
            addresses => {
                for (place, address) in addresses.iter().enumerate() {
                    page.field(if place == 0 { "listening" } else { "" }, address);
                }
            }
        }
        page.field("control", &self.control);
        if let Some(metrics) = &self.metrics {
            page.field("figures", format!("http://{metrics}/metrics"));
        }
        page.line(paint(
            style::DIM,
            "Ctrl-C ends it. In another window: indaba status",
        ));
    }
}

/// Puts the flags over the other layers.
fn overlay(mut layers: Layers, flags: UpFlags) -> Layers {
    if let Some(profile) = flags.profile {
        layers.flag("network.profile", "profile", Raw::Text(profile));
    }
    if !flags.listen.is_empty() {
        layers.flag("network.listen", "listen", Raw::List(flags.listen));
    }
    if flags.mdns {
        layers.flag("network.mdns", "mdns", Raw::Flag(true));
    }
    if let Some(metrics) = flags.metrics {
        layers.flag("metrics.listen", "metrics", Raw::Text(metrics.to_string()));
    }
    layers
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: UpFlags) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let layers = overlay(context.layers(&dir)?, flags);
    let settings = Settings::validate(&layers).map_err(faulty)?;
    start_log(&settings.log, context.screen.verbose());
    let tokio = tokio_runtime()?;
    if context.running(&dir)?.is_some() {
        return Err(Failure::new(
            Exit::Locked,
            "a node is running already with this data folder",
        )
        .hint("see `indaba status`"));
    }
    if context.is_copy(&dir)? {
        context.screen.warn("this data folder was restored from a backup, or copied: publishing is refused until its own records are back and `indaba store accept-copy` says so");
    }
    let profile = settings.network.profile;
    if !open_files::ask_for(profile) {
        let (found, mend) = open_files::too_few(profile);
        context.screen.warn(format!("{found}; more: {mend}"));
    }
    tokio.block_on(async {
        let mut signals = Signals::new()?;
        let (node, registry) = start(&dir, &settings).await?;
        let log = log_of(&dir, &settings);
        note_own(&log, started(&layers)).await;
        let (live, lives) = watch::channel(Some(Live::of(&node, registry)));
        let served = serve(&dir, &settings, &lives, &log).await;
        let (control, metrics) = match served {
            Ok(served) => served,
            Err(failure) => {
                let _ = node.stop().await;
                note_own(&log, stopped(Some("it could not be served"))).await;
                return Err(failure);
            }
        };
        let identity = identity_when_listening(&node, settings.network.listen.len()).await?;
        context.screen.report(&Up {
            network: identity.network,
            institution: identity.institution.short,
            name: identity.institution.name,
            peer: identity.peer.clone(),
            listening: peer_addresses(&outside_first(identity.addresses), identity.peer.as_deref()),
            control: control.path().display().to_string(),
            metrics: metrics.as_ref().map(|m| m.address().to_string()),
        })?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
        let ended = until_ended(&dir, &settings, node, &live, &mut signals, &log).await;
        let problem = ended.is_err().then_some("the store failed");
        note_own(&log, stopped(problem)).await;
        ended
    })
}

/// Watches over a node, and starts it again when it ended for lack of space.
async fn until_ended(
    dir: &DataDir,
    settings: &Settings,
    mut node: RunningNode,
    live: &watch::Sender<Option<Live>>,
    signals: &mut Signals,
    log: &Arc<AuditLog>,
) -> Result<Exit, Failure> {
    let mut restarts = Restarts::default();
    loop {
        let begun = Instant::now();
        let own_acts = note_own_acts(log, &mut node);
        let (told, ended) = watch_over(node, signals).await;
        if let Some(own_acts) = own_acts {
            // It ends with the node; what it still has to note comes before the node's end.
            let _ = own_acts.await;
        }
        let Err(ended) = ended else {
            return Ok(Exit::Ok);
        };
        if told || !ended.is_full() {
            return Err(
                Failure::new(Exit::Failed, "the node ended because its store failed")
                    .because(ended)
                    .hint("see `indaba doctor`"),
            );
        }
        live.send_replace(None);
        let again = restarts.wait(begun.elapsed(), signals, || start(dir, settings));
        let Some((started, registry)) = again.await? else {
            return Ok(Exit::Ok);
        };
        live.send_replace(Some(Live::of(&started, registry)));
        node = started;
    }
}

/// Opens the control socket and, if they are wanted, gives figures. Both outlive a node that starts again.
async fn serve(
    dir: &DataDir,
    settings: &Settings,
    lives: &watch::Receiver<Option<Live>>,
    log: &Arc<AuditLog>,
) -> Result<(ControlServer, Option<MetricsServer>), Failure> {
    let control = ControlServer::open(
        dir.path(),
        noting_carrier(
            log.clone(),
            carrier_between(lives.clone(), space_needed(settings.storage.reserve)),
        ),
    )
    .map_err(|e| Failure::new(Exit::Locked, e.to_string()).hint("see `indaba status`"))?;
    let metrics = match settings.metrics.listen {
        None => None,
        Some(address) => {
            let opened = MetricsServer::open(address, figures(lives.clone())).await;
            Some(opened.map_err(|e| {
                Failure::new(Exit::Failed, format!("cannot give figures on {address}")).because(e)
            })?)
        }
    };
    Ok((control, metrics))
}

/// Starts the node, waiting a little for a command that has the store open.
async fn start(dir: &DataDir, settings: &Settings) -> Result<(RunningNode, Registry), Failure> {
    let begun = Instant::now();
    loop {
        let node = node_settings(dir, settings)?;
        let network = network_settings(dir, &node.engine.network, &settings.network)?;
        let mut registry = Registry::default();
        match runtime::start(node, network, Some(&mut registry)) {
            Ok(node) => return Ok((node, registry)),
            Err(error) => {
                let failure = Failure::from(error);
                if failure.exit != Exit::Locked || begun.elapsed() >= LOCK_WAIT {
                    return Err(failure);
                }
                tokio::time::sleep(LOCK_LOOK).await;
            }
        }
    }
}

/// The threads libp2p and the control socket run on.
pub(crate) fn tokio_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Failed, "the operating system gave no threads").because(e))
}

/// The node that runs at the moment.
#[derive(Clone)]
struct Live {
    orders: OrderSender,
    registry: Arc<Registry>,
}

impl Live {
    fn of(node: &RunningNode, registry: Registry) -> Self {
        Self {
            orders: node.orders(),
            registry: Arc::new(registry),
        }
    }
}

/// Carries orders from the control socket to a running node.
pub(crate) fn carrier(orders: OrderSender) -> Carrier {
    Arc::new(move |order, _| {
        let orders = orders.clone();
        Box::pin(async move { orders.order(order).await.ok() })
    })
}

/// Carries orders from the control socket to the running node; while there is none, for lack of space, says so.
fn carrier_between(lives: watch::Receiver<Option<Live>>, needed: u64) -> Carrier {
    Arc::new(move |order, _| {
        let mut lives = lives.clone();
        Box::pin(async move {
            let live = lives.borrow_and_update().clone();
            if let Some(live) = live {
                if let Ok(reply) = live.orders.order(order).await {
                    return Some(reply);
                }
                // It ended without having taken the order. Whether it starts again is known when its end was looked at.
                lives.changed().await.ok()?;
            }
            Some(Reply::Refused(full(needed)))
        })
    })
}

fn figures(lives: watch::Receiver<Option<Live>>) -> FigureSource {
    Arc::new(move || {
        let live = lives.borrow().clone();
        Box::pin(async move {
            let Live { orders, registry } = live?;
            let Ok(Reply::Status(status)) = orders.order(Order::Status).await else {
                return None;
            };
            let own = Figures::of(&status).ok()?.into_text();
            let mut text = String::new();
            encode(&mut text, &registry).ok()?;
            // Each ends with a mark of its own; only the last may stay.
            Some(own.trim_end_matches("# EOF\n").to_owned() + &text)
        })
    })
}

/// Who and where the node is, once it listens on as many addresses as configured, or a while has passed.
pub(crate) async fn identity_when_listening(
    node: &RunningNode,
    wanted: usize,
) -> Result<IdentityView, Failure> {
    let mut news = node.notices();
    let until = tokio::time::Instant::now() + LISTEN_WAIT;
    loop {
        let reply = node
            .order(Order::Identity)
            .await
            .map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let Reply::Identity(identity) = reply else {
            return Err(unexpected());
        };
        if identity.addresses.len() >= wanted {
            return Ok(identity);
        }
        // Asked again after each piece of news; missed news is news too.
        let next = tokio::time::timeout_at(until, news.recv()).await;
        if matches!(next, Err(_) | Ok(Err(RecvError::Closed))) {
            return Ok(identity);
        }
    }
}

/// Logs what happens until a signal comes, which is told, or the node ends by itself.
async fn watch_over(node: RunningNode, signals: &mut Signals) -> (bool, Result<(), Ended>) {
    let mut told = false;
    let mut notices = node.notices();
    let mut look = tokio::time::interval(Duration::from_secs(1));
    let orders = node.orders();
    let mut count = tokio::time::interval(PEERS_LOOK);
    let mut connected = None;
    loop {
        tokio::select! {
            () = signals.any() => {
                told = true;
                break;
            }
            _ = look.tick() => if node.has_ended() { break },
            _ = count.tick() => if let Some(now) = peers_connected(&orders).await && connected.replace(now) != Some(now) {
                tracing::info!(connected = now, "peers");
            },
            notice = notices.recv() => match notice {
                Ok(notice) => log(&notice),
                Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "notices missed"),
                Err(RecvError::Closed) => break,
            },
        }
    }
    tracing::info!("stopping");
    (told, node.stop().await)
}

/// How many peers are connected; none when the node no longer answers.
async fn peers_connected(orders: &OrderSender) -> Option<usize> {
    match orders.order(Order::Peers).await {
        Ok(Reply::Peers { peers }) => Some(peers.iter().filter(|p| p.connected).count()),
        _ => None,
    }
}

/// One line a notice: ids in short form, no titles, no addresses. What was read stands at DEBUG: the log of a machine that is taken
/// away must not list it.
fn log(notice: &Notice) {
    match notice {
        Notice::Admitted {
            record,
            institution,
            feeds,
            way,
        } => {
            let feeds: Vec<String> = feeds.iter().map(ToString::to_string).collect();
            tracing::debug!(record = record.short(), institution = institution.short(), feeds = feeds.join(" "), way = ?way, "record admitted");
        }
        Notice::Pinned {
            institution,
            version,
        } => {
            tracing::debug!(
                institution = institution.short(),
                version,
                "institution state pinned"
            );
        }
        // In the log already, where it happened.
        Notice::DraftPublished { .. } => {}
        Notice::Head { institution, beat } => {
            tracing::debug!(institution = institution.short(), beat, "head kept");
        }
        // What `up` says at the start; a log holds no addresses.
        Notice::Listening { .. } => {}
        Notice::Equivocation { institution } => {
            tracing::warn!(
                institution = institution.short(),
                "a key of this institution contradicted itself"
            );
        }
        Notice::Refused { code } => tracing::debug!(code, "statement refused"),
    }
}
