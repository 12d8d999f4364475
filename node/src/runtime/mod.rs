//! The threads of a node. One owns engine and store, one checks signatures, libp2p has tokio's. They meet in
//! bounded channels only.
//!
//! ```text
//! network task ──events──► engine thread ──checks──► signature thread
//!      ▲                     │   ▲  ▲                      │
//!      └──────commands───────┘   │  └───────results────────┘
//!                             orders
//! ```
//!
//! No cycle of full channels can stand still: the network task takes commands even while its events wait, and the
//! signature thread's two channels hold every group the engine lets be under way.

mod event_loop;
mod offline;
mod signatures;

use std::path::PathBuf;
use std::thread::JoinHandle;

use indaba_store::{OpenReport, Options, Store, StoreError};
use prometheus_client::registry::Registry;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::engine::order::{Order, Reply};
use crate::engine::{EngineSettings, Notice, limits};
use crate::network::{self, Network};

pub use offline::{Offline, offline};

/// Orders that may wait. One operator and one page at a time; more means that the node is stuck, and the caller is told.
const ORDERS: usize = 64;
/// Notices a watcher may be behind before it misses some. A bulk publication of 500 records to several feeds fits.
const NOTICES: usize = 4_096;

/// Where the store is and who signs.
pub struct NodeSettings {
    /// The store's folder.
    pub store: PathBuf,
    /// The file that remembers how far this node published, outside the store's folder.
    pub guard: PathBuf,
    /// The operator accepts that the store is behind its guard, or that the guard is gone.
    pub accept_loss: bool,
    /// Bytes of the disk kept back for what must be stored even when it is full.
    pub reserve: u64,
    /// For the engine.
    pub engine: EngineSettings,
}

impl NodeSettings {
    /// Opens the store, under its lock.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_store(&self) -> Result<(Store, OpenReport), StoreError> {
        let mut options = Options::new(rand::random());
        options.guard = Some(self.guard.clone());
        options.accept_loss = self.accept_loss;
        options.reserve_bytes = self.reserve;
        Store::open(&self.store, options)
    }
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network.
    #[error(transparent)]
    Network(#[from] network::StartError),
    /// The operating system gave no thread.
    #[error("the operating system gave no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Why a node ended that nobody told to.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The store failed. What was acknowledged is durable; opening it again tells what is wrong.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// A thread of the node broke off.
    #[error(
        "a thread of the node broke off; what was acknowledged is durable. Start the node again"
    )]
    Thread,
}

impl Ended {
    /// Whether it ended because the disk is full: then it can start again when there is space.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_full())
    }
}

/// A node that runs.
pub struct RunningNode {
    orders: OrderSender,
    notices: broadcast::Sender<Notice>,
    own_acts: Option<mpsc::Receiver<Notice>>,
    /// The node's peer id.
    pub peer: String,
    /// What opening the store had to mend.
    pub opened: OpenReport,
    engine: JoinHandle<Result<(), Ended>>,
}

/// The node ended, or is too busy to take an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the node has ended")]
pub struct Gone;

/// Takes orders to a running node. Cheap to clone.
#[derive(Clone)]
pub struct OrderSender(mpsc::Sender<(Order, oneshot::Sender<Reply>)>);

impl OrderSender {
    /// Carries out an order.
    ///
    /// # Errors
    /// [`Gone`] when the node ended before it answered.
    pub async fn order(&self, order: Order) -> Result<Reply, Gone> {
        let (reply, answer) = oneshot::channel();
        self.0.send((order, reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}

impl RunningNode {
    /// A handle for orders.
    pub fn orders(&self) -> OrderSender {
        self.orders.clone()
    }

    /// Carries out an order.
    ///
    /// # Errors
    /// [`Gone`] when the node ended before it answered.
    pub async fn order(&self, order: Order) -> Result<Reply, Gone> {
        self.orders.order(order).await
    }

    /// What happens from now on. A watcher that falls behind misses some.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// What the node does by itself in the institution's name, none of it missed by one who keeps up; once.
    pub fn own_acts(&mut self) -> Option<mpsc::Receiver<Notice>> {
        self.own_acts.take()
    }

    /// Whether the node ended by itself.
    pub fn has_ended(&self) -> bool {
        self.engine.is_finished()
    }

    /// Ends the node: closes its connections and the store, waits for both.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub async fn stop(self) -> Result<(), Ended> {
        let _ = self.orders.order(Order::Stop).await;
        self.join().await
    }

    /// Waits until the node ends.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub async fn join(self) -> Result<(), Ended> {
        let RunningNode { orders, engine, .. } = self;
        drop(orders);
        match tokio::task::spawn_blocking(move || engine.join()).await {
            Ok(Ok(ended)) => ended,
            // The panic was printed where it happened.
            Ok(Err(_)) | Err(_) => Err(Ended::Thread),
        }
    }
}

/// Opens the store, joins the network, starts the threads. Needs a running tokio runtime.
///
/// # Errors
/// Whatever keeps the node from starting; nothing is left running then.
pub fn start(
    settings: NodeSettings,
    network: network::Settings,
    registry: Option<&mut Registry>,
) -> Result<RunningNode, StartError> {
    let opened = settings.open_store()?;
    let network = network::spawn(network, registry)?;
    run(settings, opened, network)
}

/// The same on a network that is there already, such as one made of channels.
///
/// # Errors
/// As [`start`].
pub fn start_on(settings: NodeSettings, network: Network) -> Result<RunningNode, StartError> {
    let opened = settings.open_store()?;
    run(settings, opened, network)
}

fn run(
    mut settings: NodeSettings,
    (store, opened): (Store, OpenReport),
    network: Network,
) -> Result<RunningNode, StartError> {
    let peer = network.local_peer.to_string();
    settings.engine.peer = Some(peer.clone());
    let (orders, incoming) = mpsc::channel(ORDERS);
    let (notices, _) = broadcast::channel(NOTICES);
    let (acts, own_acts) = mpsc::channel(limits::DRAFTS_KEPT);
    let checks = signatures::spawn()?;
    let world = event_loop::World {
        network,
        checks,
        orders: incoming,
        notices: notices.clone(),
        acts,
    };
    let engine = settings.engine;
    let engine = std::thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || event_loop::run(engine, store, world))?;
    Ok(RunningNode {
        orders: OrderSender(orders),
        notices,
        own_acts: Some(own_acts),
        peer,
        opened,
        engine,
    })
}
