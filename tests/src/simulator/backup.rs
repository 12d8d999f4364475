//! Old copies of a node's disk that come back, and nodes that get another key.

use std::path::Path;

use indaba::engine::order::{Order, Reply};
use indaba_protocol::SigningKey;
use indaba_store::disk::{Disk, MemoryDisk};

use super::network::Network;
use super::node::{GUARD, Who};
use super::watch::Watch;
use super::world::Down;

/// Milliseconds within which every order is answered: peers are waited for as long, and a little more.
const PATIENCE: u64 = 30_000;

/// A copy of a node's whole disk, guard and all.
pub struct Backup(MemoryDisk);

/// What of a backup is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// The store; the guard stays what it was, as when it lies beside the keys.
    Store,
    /// Everything, as of a machine that is restored or cloned: the guard remembers no more than the store.
    Everything,
}

impl Network {
    /// Copies a node's disk while it runs.
    pub fn back_up(&self, who: Who) -> Backup {
        Backup(self.world.nodes[who].disk.copy())
    }

    /// Switches a node off.
    pub fn stop(&mut self, who: Who) {
        self.world.stop(who, Down::Clean);
        self.run(0);
    }

    /// Switches a node on.
    pub fn start_again(&mut self, who: Who) {
        self.world.start(who);
        self.run(0);
    }

    /// Puts a backup in the place of what a node that is off has.
    pub fn restore(&mut self, who: Who, backup: &Backup, what: Restored) {
        let node = &mut self.world.nodes[who];
        let old = backup.0.copy();
        if what == Restored::Store {
            let guard = Path::new(GUARD);
            let newer = node.disk.open(guard).unwrap();
            let mut bytes = vec![0; usize::try_from(newer.length().unwrap()).unwrap()];
            newer.read_at(0, &mut bytes).unwrap();
            old.remove(guard).unwrap();
            let file = old.create(guard).unwrap();
            file.write_at(0, &bytes).unwrap();
            file.sync().unwrap();
            old.sync_dir(Path::new("/")).unwrap();
        }
        node.disk = old;
        // What the copy does not know is not held against it; what it signs next is.
        node.watch = Watch::default();
    }

    /// Whether the store of a node that is off opens as it is.
    pub fn opens(&self, who: Who) -> bool {
        self.world.nodes[who].open().is_ok()
    }

    /// The operator of a node accepts that its store is an older copy.
    pub fn accept_loss(&mut self, who: Who) {
        self.world.nodes[who].accepts_loss = true;
    }

    /// From now on a node signs without asking others for its newest head.
    pub fn ask_nobody(&mut self, who: Who) {
        self.world.nodes[who].asks_nobody = true;
    }

    /// The operator of a node answers for it that no other copy runs, and that what it published is back.
    pub fn accept_copy(&mut self, who: Who) {
        self.order(who, Order::AcceptCopy);
    }

    /// Gives a node an order that may be refused, and waits for the answer as long as a command does.
    pub fn attempt(&mut self, who: Who, order: Order) -> Reply {
        let ticket = self.world.try_order(who, order);
        let answered = |network: &mut Network| network.world.tried[&ticket].is_some();
        self.run_until(PATIENCE, answered);
        let answer = self.world.tried.remove(&ticket).flatten();
        answer.expect("an answer in time")
    }

    /// Gives a node that is off another key to sign with; its institution must let it.
    pub fn give_key(&mut self, who: Who, key: &SigningKey) {
        self.world.ledger.know(key.key());
        self.world.nodes[who].key = key.key();
        self.world.new_keys.insert(who, key.clone());
    }
}
