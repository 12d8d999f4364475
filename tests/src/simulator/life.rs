//! How nodes come up and go down.

use indaba::engine::Engine;
use indaba_store::disk::{Fault, Image};

use super::acts::Act;
use super::node::{Running, Who};
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::watch::Watch;
use super::world::{Down, Happening, World};

impl World {
    /// Starts a node on what its disk holds.
    pub(super) fn start(&mut self, who: Who) {
        if self.nodes[who].run.is_some() {
            return;
        }
        let first = self.nodes[who].life == 0;
        self.nodes[who].life += 1;
        self.nodes[who].booted_at = self.now;
        let name = self.nodes[who].name.clone();
        self.say(format_args!("{name} starts"));
        for other in self.links.of(who).to_vec() {
            self.disconnect(who, other);
        }
        if let (true, Some(old)) = (self.sabotaged(who, Sabotage::RunsAnOldCopy), &self.old_copy) {
            // What it forgot is not held against it here: what it signs next is the point.
            self.nodes[who].disk = old.copy();
            self.nodes[who].watch = Watch::default();
            self.nodes[who].asks_nobody = true;
        }
        let mut store = match self.nodes[who].open() {
            Ok(store) => store,
            Err(error) => {
                let what = format!("{name} cannot open its store: {error}");
                return self.fail(Rule::StoresRead, what);
            }
        };
        let institution = self.nodes[who].institution;
        let id = self.institutions[institution].id;
        if first {
            if self.sabotaged(who, Sabotage::AcknowledgesEarly) {
                self.nodes[who].disk.set_fault(Some(Fault::IgnoreSyncs));
            }
            if let Err(error) = self.nodes[who].found(&mut store, &self.institutions[institution]) {
                let what = format!("{name} cannot be founded: {error}");
                return self.fail(Rule::StoresRead, what);
            }
            if self.sabotaged(who, Sabotage::KeepsStrangers) {
                self.hostile.intrude(&mut store);
            }
        }
        let key = self.new_keys.get(&who).unwrap_or(&self.cast.keys()[who]);
        let settings = self.nodes[who].settings(id, key);
        let moment = self.nodes[who].moment(self.now);
        match Engine::new(settings, moment, &mut store) {
            Ok(engine) => self.nodes[who].run = Some(Running { engine, store }),
            Err(error) => {
                let what = format!("{name} cannot start its engine: {error}");
                return self.fail(Rule::StoresRead, what);
            }
        }
        self.nodes[who].watch.restarted();
        self.settle(who);
        self.redial(who);
        if std::mem::take(&mut self.nodes[who].orders_lost) {
            self.instruct(who);
        }
    }

    /// Stops a node.
    pub(super) fn stop(&mut self, who: Who, down: Down) {
        let name = self.nodes[who].name.clone();
        let Some(run) = self.nodes[who].run.take() else {
            return;
        };
        match down {
            Down::Clean => {
                self.counts.clean_restarts += 1;
                self.say(format_args!("{name} stops"));
                match run.store.close() {
                    Ok(()) => {}
                    // What closing could not write is written at the next opening; nothing acknowledged was left to it.
                    Err(error) if self.nodes[who].disk_may_fail => {
                        self.say(format_args!("{name}: {error}"));
                        self.counts.disk_failures += 1;
                    }
                    Err(error) => {
                        let what = format!("{name} cannot close its store: {error}");
                        self.fail(Rule::StoresRead, what);
                    }
                }
                if self.nodes[who].disk_may_fail {
                    // The trouble ends with the run it was meant for.
                    self.nodes[who].disk.set_fault(None);
                }
            }
            Down::Power(image) => {
                self.counts.power_cuts += 1;
                self.counts.torn += u64::from(matches!(image, Image::Torn(_)));
                self.say(format_args!("{name} loses power ({image:?})"));
                let left = self.nodes[who].disk.power_cut(image);
                drop(run);
                self.nodes[who].disk = left;
            }
        }
        self.nodes[who].forget();
        self.lose_links(who, matches!(down, Down::Clean));
    }

    /// A store reported a failure: the engine is dropped, the machine comes back on what its disk kept.
    pub(super) fn store_failed(&mut self, who: Who, error: &str) {
        let name = self.nodes[who].name.clone();
        if !self.nodes[who].disk_may_fail {
            let what =
                format!("{name}: the store failed and nothing was wrong with the disk: {error}");
            return self.fail(Rule::StoresRead, what);
        }
        self.say(format_args!("{name}: {error}"));
        self.counts.disk_failures += 1;
        self.nodes[who].orders_lost = true;
        let seed = self.nodes[who].chance.between(0, u64::MAX - 1);
        self.stop(who, Down::Power(Image::Torn(seed)));
        let after = self.nodes[who].chance.between(1_000, 20_000);
        self.in_millis(after, Happening::Act(Act::Start(who)));
    }
}
