//! Nobody publishes the same text twice by a second press of a key.

use indaba::engine::limits::{DAY, ERASE_AFTER};
use indaba::engine::order::{Draft, Order, RefusalKind, Reply};
use indaba_protocol::{Value, cbor};
use indaba_store::disk::MemoryDisk;

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::map;

impl Bench {
    fn publish(&mut self, drafts: Vec<Draft>) -> Reply {
        self.order(Order::Publish { drafts })
    }

    /// Publishes one draft; its id.
    fn published(&mut self, draft: Draft) -> String {
        match self.publish(vec![draft]) {
            Reply::Published { records } => records[0].id.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn assert_known(&mut self, title: &str, id: &str) {
        for order in [
            Order::Publish {
                drafts: vec![draft(title)],
            },
            Order::Preflight {
                drafts: vec![draft(title)],
            },
        ] {
            let problem = match self.order(order) {
                Reply::Refused(refusal) if refusal.kind == RefusalKind::WrongUse => refusal.problem,
                Reply::Preflight(preflight) => preflight.records[0].faults.join(""),
                other => panic!("{other:?}"),
            };
            assert!(problem.contains("was published already"), "{problem}");
            assert!(problem.contains(id), "{problem} names {id}");
        }
    }
}

fn withdrawal(of: &str) -> Draft {
    let body = map(&[("reason", Value::String("consent".to_owned()))]);
    let hex = |value: &Value| {
        let bytes = cbor::encode(value);
        bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    Draft {
        kind: "withdrawal".to_owned(),
        links: vec![("withdraws".to_owned(), of.to_owned())],
        card: hex(&map(&[])),
        body: hex(&body),
        ..draft("withdrawal")
    }
}

#[test]
fn a_text_is_published_once_however_much_came_between() {
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    let first = bench.published(draft("one"));
    bench.assert_known("one", &first);
    let second = bench.published(draft("two"));
    bench.assert_known("one", &first);
    bench.assert_known("two", &second);
    let mut bench = bench.restart(&disk, 0);
    bench.assert_known("one", &first);
    bench.assert_known("two", &second);
    bench.published(draft("three"));
    bench.assert_known("two", &second);
}

#[test]
fn one_order_cannot_repeat_itself() {
    let mut bench = Bench::new();
    let reply = bench.publish(vec![draft("one"), draft("one")]);
    let Reply::Refused(refusal) = reply else {
        panic!("{reply:?}")
    };
    assert!(
        refusal.problem.contains("is to be published as one"),
        "{}",
        refusal.problem
    );
    bench.published(draft("one"));
}

#[test]
fn what_was_withdrawn_may_be_published_again() {
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    let first = bench.published(draft("one"));
    bench.assert_known("one", &first);
    bench.published(withdrawal(&first));
    let again = bench.published(draft("one"));
    assert_ne!(again, first);
    bench.assert_known("one", &again);
    bench.pass(ERASE_AFTER + DAY + 1);
    bench.assert_known("one", &again);
}
