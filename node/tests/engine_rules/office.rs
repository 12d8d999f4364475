//! A node whose institution asks for clearance, with officers who have keys.

use indaba::engine::limits;
use indaba::engine::order::{
    ClearanceOrder, ClearanceReply, ClearanceRules, Draft, DraftView, Missing, OfficerWord, Order,
    RefusalKind, Reply,
};
use indaba::engine::{
    ClearanceSettings, Engine, EngineSettings, Input, Moment, Said, TODAY, Word, content_of,
};
use indaba_protocol::{SigningKey, Value, cbor};
use indaba_store::disk::{Image, MemoryDisk};

use crate::engine_rules::bench::{Bench, draft, settings};
use crate::engine_rules::cast::{FEED, feed, map, network, open};

pub(crate) const MINUTE: u64 = 60_000;

pub(crate) fn rules(approvals: u32, hold_minutes: u32) -> ClearanceRules {
    ClearanceRules {
        approvals,
        hold_minutes,
        named: true,
        withdrawals: false,
    }
}

pub(crate) fn officer(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A draft that must not go out before a day.
pub(crate) fn embargoed(title: &str, day: &str) -> Draft {
    let text = |text: &str| Value::String(text.to_owned());
    let sections = map(&[("challenge", text("Hard.")), ("solution", text("Done."))]);
    Draft {
        body: hex(&cbor::encode(&map(&[
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("embargo", text(day)),
            ("sections", sections),
        ]))),
        day: Some(TODAY.to_owned()),
        ..draft(title)
    }
}

/// A node with rules, whose adviser (1), deputy (2) and chair (3) are known officers.
pub(crate) struct Office {
    pub(crate) bench: Bench,
    pub(crate) disk: MemoryDisk,
    pub(crate) settings: ClearanceSettings,
}

pub(crate) const ADVISER: u8 = 61;
pub(crate) const DEPUTY: u8 = 62;
pub(crate) const CHAIR: u8 = 63;
pub(crate) const STRANGER: u8 = 64;

impl Office {
    pub(crate) fn new(rules: ClearanceRules) -> Office {
        let disk = MemoryDisk::new();
        let settings = ClearanceSettings {
            rules,
            is_copy: false,
        };
        let bench = Bench::on(&disk);
        let office = Office {
            bench,
            disk,
            settings,
        };
        let mut office = office.restart(0);
        for (seed, role) in [(ADVISER, "Adviser"), (DEPUTY, "Deputy"), (CHAIR, "Chair")] {
            office.know(seed, role);
        }
        office
    }

    pub(crate) fn know(&mut self, seed: u8, role: &str) {
        let act = ClearanceOrder::AddOfficer {
            key: hex(officer(seed).key().as_bytes()),
            role: format!("{role} (example)"),
        };
        assert!(matches!(
            self.ask(act),
            Ok(ClearanceReply::OfficerAdded { already: false, .. })
        ));
    }

    /// The machine is off while its clock goes on by so much, as far as it tells.
    pub(crate) fn restart(self, off: i64) -> Office {
        let Office {
            bench,
            disk,
            settings: clearance,
        } = self;
        let Bench {
            store, own, now, ..
        } = bench;
        store.close().unwrap();
        let mut store = open(&disk);
        let now = Moment {
            monotonic: 500,
            wall: now.wall + off,
        };
        let settings = EngineSettings {
            clearance,
            ..settings(own.id)
        };
        let engine = Engine::new(settings, now, &mut store).unwrap();
        let bench = Bench {
            engine,
            store,
            own,
            now,
            said: Vec::new(),
            notices: Vec::new(),
            replies: Vec::new(),
            next: 0,
        };
        Office {
            bench,
            disk,
            settings: clearance,
        }
    }

    /// Power fails: what was not synced is gone.
    pub(crate) fn power_cut(self) -> Office {
        let disk = self.disk.power_cut(Image::Strict);
        let Office {
            bench, settings, ..
        } = self;
        let (own, now) = (bench.own, bench.now);
        let mut store = open(&disk);
        let engine = EngineSettings {
            clearance: settings,
            ..crate::engine_rules::bench::settings(own.id)
        };
        let now = Moment {
            monotonic: 500,
            ..now
        };
        let engine = Engine::new(engine, now, &mut store).unwrap();
        let bench = Bench {
            engine,
            store,
            own,
            now,
            said: Vec::new(),
            notices: Vec::new(),
            replies: Vec::new(),
            next: 0,
        };
        Office {
            bench,
            disk,
            settings,
        }
    }

    pub(crate) fn ask(
        &mut self,
        act: ClearanceOrder,
    ) -> Result<ClearanceReply, (RefusalKind, String)> {
        match self.bench.order(Order::Clearance { act }) {
            Reply::Clearance { answer } => Ok(answer),
            Reply::Refused(refusal) => Err((refusal.kind, refusal.problem)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn word(
        &self,
        seed: u8,
        said: Said,
        about: (u64, u64),
        text: &Draft,
        words: &str,
    ) -> OfficerWord {
        Word {
            said,
            institution: self.bench.own.id,
            draft: about.0,
            version: about.1,
            content: content_of(text).unwrap(),
            rules: self.settings.rules,
            words,
        }
        .sign(&network().id(), &officer(seed))
    }

    /// Submits one text in an officer's name; gives the number of its draft.
    pub(crate) fn submit(&mut self, seed: u8, text: &Draft) -> u64 {
        let by = vec![self.word(seed, Said::Submit, (0, 0), text, "")];
        let act = ClearanceOrder::Submit {
            drafts: vec![text.clone()],
            hold: false,
            by,
        };
        match self.ask(act) {
            Ok(ClearanceReply::Submitted { published, kept }) => {
                assert!(published.is_empty());
                kept[0].number
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn text(&mut self, number: u64) -> (DraftView, Draft) {
        match self.ask(ClearanceOrder::Draft { number }) {
            Ok(ClearanceReply::Draft(whole)) => (whole.draft, whole.text),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn approve(
        &mut self,
        seed: u8,
        number: u64,
    ) -> Result<ClearanceReply, (RefusalKind, String)> {
        let (view, text) = self.text(number);
        let by = self.word(seed, Said::Approve, (number, view.version), &text, "");
        self.ask(ClearanceOrder::Approve { number, by })
    }

    pub(crate) fn release(
        &mut self,
        number: u64,
        today: Option<&str>,
    ) -> Result<ClearanceReply, (RefusalKind, String)> {
        let today = today.map(str::to_owned);
        self.ask(ClearanceOrder::Release { number, today })
    }

    pub(crate) fn drafts(&mut self) -> Vec<DraftView> {
        match self.ask(ClearanceOrder::Drafts) {
            Ok(ClearanceReply::Drafts { drafts, .. }) => drafts,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn missing(&mut self, number: u64) -> Vec<Missing> {
        self.text(number).0.missing
    }

    /// Lets time pass as it does while the node runs, then gives the engine its turns.
    pub(crate) fn pass(&mut self, millis: u64) {
        for millis in [millis, limits::CLEARANCE_LOOK + 1] {
            self.bench.now = self.bench.now.after(millis);
            self.bench.give(Input::Tick);
            self.bench.run();
        }
    }

    /// Records of this node in the feed.
    pub(crate) fn published(&self) -> u64 {
        let key = self.bench.own.node.key();
        let own = self.bench.store.own_positions(&key).unwrap();
        own.iter()
            .find(|(name, _, _)| *name == feed(FEED))
            .map_or(0, |(_, seq, _)| *seq)
    }

    pub(crate) fn approve_gone(&mut self, number: u64) -> (RefusalKind, String) {
        let by = self.word(CHAIR, Said::Approve, (number, 1), &draft("one"), "");
        self.ask(ClearanceOrder::Approve { number, by })
            .unwrap_err()
    }

    pub(crate) fn submit_unsigned(&mut self, text: &Draft) -> u64 {
        let act = ClearanceOrder::Submit {
            drafts: vec![text.clone()],
            hold: false,
            by: Vec::new(),
        };
        match self.ask(act) {
            Ok(ClearanceReply::Submitted { kept, .. }) => kept[0].number,
            other => panic!("{other:?}"),
        }
    }
}
