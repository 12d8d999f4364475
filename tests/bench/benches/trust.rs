#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark stops where something is not as it should be"
)]
//! Trust over 10,000 institutions and 100,000 vouches, on one core: from nothing, and when one vouch comes and goes.
//!
//! `cargo bench -p indaba-bench --bench trust`. The goals are 1 s from nothing and 50 ms for one vouch; nothing here asserts
//! them. *from_nothing* and *another_policy* are what *one_vouch* is to be compared with: doing without incremental evaluation.

use divan::{Bencher, black_box};
use indaba_protocol::Id;
use indaba_protocol::trust::{
    Acceptance, Anchor, Level, Matter, Policy, Scope, Testimony, Trust, Vouch, Web,
};

const INSTITUTIONS: u64 = 10_000;
const VOUCHES: u64 = 100_000;
/// Anchors give a fifth of all vouches.
const ANCHORS: u64 = 50;

fn main() {
    let web = world();
    let count = |at_least| {
        let all = (0..INSTITUTIONS).map(id);
        all.filter(|i| web.acceptance(i) >= at_least).count()
    };
    eprintln!(
        "{INSTITUTIONS} institutions, {VOUCHES} vouches, {ANCHORS} anchors: {} accepted, {} more heard",
        count(Acceptance::Limited),
        count(Acceptance::Heard) - count(Acceptance::Limited),
    );
    divan::main();
}

fn id(n: u64) -> Id {
    Id::of(&n.to_be_bytes())
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn vouch(n: u64, voucher: Id, subject: Id, introduces: bool) -> Vouch {
    Vouch {
        id: id(1_000_000 + n),
        voucher,
        subject,
        level: Level::Identity,
        introduces,
        scope: Scope::default(),
        day: None,
        expires: None,
        evidence: None,
    }
}

fn policy() -> Policy {
    let anchor = || Anchor {
        trust: Trust::Partial,
        scope: Scope::default(),
    };
    Policy {
        anchors: (0..ANCHORS).map(|n| (id(n), anchor())).collect(),
        ..Policy::default()
    }
}

/// A fifth of the vouches by anchors, one in five of which lets introduce; the others by anybody, one in ten for one region only.
fn testimony() -> Testimony {
    let mut chance = Chance(4);
    let vouches = (0..VOUCHES).map(|n| {
        let by_anchor = chance.below(5) == 0;
        let voucher = chance.below(if by_anchor { ANCHORS } else { INSTITUTIONS });
        let mut vouch = vouch(
            n,
            id(voucher),
            id(chance.below(INSTITUTIONS)),
            chance.below(5) == 0,
        );
        if !by_anchor && chance.below(10) == 0 {
            vouch.scope = Scope::region("ecowas");
        }
        vouch
    });
    Testimony {
        vouches: vouches.collect(),
        ..Testimony::default()
    }
}

fn world() -> Web {
    Web::new(policy(), testimony()).unwrap()
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn from_nothing(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| (policy(), testimony()))
        .bench_local_values(|(policy, testimony)| Web::new(policy, testimony));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn another_policy(bencher: Bencher<'_, '_>) {
    let mut web = world();
    let mut asks_for_three = false;
    bencher.bench_local(|| {
        asks_for_three = !asks_for_three;
        let mut policy = policy();
        policy.threshold = if asks_for_three { 3 } else { 2 };
        web.set_policy(policy)
    });
}

/// One vouch of an anchor for an institution comes, and goes.
#[divan::bench(sample_count = 200)]
fn one_vouch(bencher: Bencher<'_, '_>) {
    let mut web = world();
    let mut chance = Chance(5);
    bencher.bench_local(|| {
        let one = vouch(
            VOUCHES,
            id(chance.below(ANCHORS)),
            id(chance.below(INSTITUTIONS)),
            true,
        );
        let record = one.id;
        black_box(web.add(one));
        web.remove(&record)
    });
}

/// The worst there is: an anchor begins, and ceases, to let introduce an institution that vouches for all 10,000 others.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn an_introducer_of_everybody(bencher: Bencher<'_, '_>) {
    let mut web = world();
    let busy = id(INSTITUTIONS);
    for n in 0..INSTITUTIONS {
        web.add(vouch(VOUCHES + 1 + n, busy, id(n), false));
    }
    bencher.bench_local(|| {
        let one = vouch(VOUCHES, id(0), busy, true);
        let record = one.id;
        black_box(web.add(one));
        web.remove(&record)
    });
}

#[divan::bench(sample_count = 200)]
fn explain(bencher: Bencher<'_, '_>) {
    let web = world();
    let mut chance = Chance(6);
    bencher.bench_local(|| web.explain(&id(chance.below(INSTITUTIONS)), &Matter::Every));
}
