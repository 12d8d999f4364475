//! What the operator says about others: own vouches, charters, refusals, and names that deceive.

use indaba::engine::Reach;
use indaba::engine::order::{Order, Reply, TrustOrder, TrustReply};
use indaba::network::Relay;
use indaba_protocol::{CatchUpRequest, CatchUpResponse, Id, Item, Value, VerifiedItem, cbor};
use indaba_store::disk::MemoryDisk;
use libp2p::PeerId;

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::{Cast, FEED, id, map};
use crate::engine_rules::speaker::{REGISTRY, Speaker, about, anchored, chain_of, text};

#[test]
fn the_own_vouch_is_enough_here_and_to_take_it_back_every_version_has_to_be_named() {
    let new = Cast::abroad(30);
    let mut bench = anchored(&[]);
    bench.meet(&new);
    let hex = |value: &Value| {
        let bytes = cbor::encode(value);
        bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let said = |kind: &str, links: Vec<(String, String)>, body: &[(&str, Value)]| {
        let mut draft = draft("vouch");
        draft.kind = kind.to_owned();
        draft.feeds = vec![REGISTRY.to_owned()];
        draft.links = links;
        draft.card = hex(&map(&[]));
        draft.body = hex(&map(body));
        draft
    };
    let publish = |bench: &mut Bench, draft| match bench.order(Order::Publish {
        drafts: vec![draft],
    }) {
        Reply::Published { records } => records[0].id.clone(),
        other => panic!("{other:?}"),
    };
    let vouch = publish(&mut bench, said("vouch", Vec::new(), &about(&new, 0, None)));
    assert_eq!(bench.extent(&new.id), "everywhere");
    let mut revised = about(&new, 0, Some("ecowas"));
    revised.push(("revised_kind", text("vouch")));
    revised.push(("reason", text("For one region only.")));
    let link = |rel: &str, id: &str| (rel.to_owned(), id.to_owned());
    let revision = publish(
        &mut bench,
        said("revision", vec![link("revises", &vouch)], &revised),
    );
    assert_eq!(bench.extent(&new.id), "limited", "the revision counts");

    let standing = |bench: &mut Bench| {
        let act = TrustOrder::OwnVouches {
            subject: new.id.to_string(),
        };
        match bench.trust(act) {
            TrustReply::Vouches { vouches, .. } => {
                let mut ids: Vec<String> = vouches.into_iter().map(|v| v.record).collect();
                ids.sort();
                ids
            }
            other => panic!("{other:?}"),
        }
    };
    let mut both = vec![vouch.clone(), revision.clone()];
    both.sort();
    assert_eq!(standing(&mut bench), both);
    // Control: a withdrawal of the first alone leaves the revision.
    let reason = [("reason", text("other"))];
    publish(
        &mut bench,
        said("withdrawal", vec![link("withdraws", &vouch)], &reason),
    );
    assert_eq!(bench.extent(&new.id), "limited");
    let rest = standing(&mut bench);
    assert_eq!(rest, std::slice::from_ref(&revision));
    publish(
        &mut bench,
        said("withdrawal", vec![link("withdraws", &revision)], &reason),
    );
    assert_eq!(bench.extent(&new.id), "no");
    assert!(standing(&mut bench).is_empty());
}

#[test]
fn a_charter_comes_into_force_by_the_agreement_of_stewards_nobody_knew() {
    let mut secretariat = Speaker::new(10);
    let (mut first, second, new) = (Speaker::new(20), Speaker::new(30), Cast::abroad(40));
    let mut bench = anchored(&[&secretariat]);
    let ids = |casts: &[Id]| {
        let bytes = casts.iter().map(|id| Value::Bytes(id.as_bytes().to_vec()));
        Value::List(bytes.collect())
    };
    let admission = map(&[("state", Value::Integer(1)), ("cso", Value::Integer(1))]);
    let charter = secretariat.say(
        "charter",
        &[],
        &[
            ("region", text("ecowas")),
            ("stewards", ids(&[first.id(), second.id()])),
            ("threshold", Value::Integer(1)),
            ("admission", admission),
        ],
    );
    let cosign = first.say(
        "response",
        &[("responds-to", id(&charter))],
        &[("stance", text("cosign"))],
    );
    let vouch = first.vouch(&new);
    assert_eq!(bench.hear(&charter), Relay::Accept);
    bench.meet(&first.cast);
    bench.meet(&new);
    assert_eq!(bench.hear(&cosign), Relay::Ignore, "not accepted here yet");
    bench.hear(&vouch);
    let record = new.record(&[(FEED, 1, None)]);
    bench.gossip(FEED, record.to_item().encode());
    assert_eq!(bench.extent(&first.id()), "no");

    let accept = TrustOrder::AcceptCharter {
        charter: id(&charter).to_string(),
        reach: Reach::default(),
    };
    let TrustReply::Charters { charters } = bench.trust(accept) else {
        panic!()
    };
    assert_eq!(charters[0].name, "ecowas");
    let act = TrustOrder::Charter {
        charter: "ecowas".to_owned(),
    };
    let TrustReply::Charters { charters } = bench.trust(act) else {
        panic!()
    };
    assert!(
        charters[0].in_force,
        "what waited was taken in: {charters:?}"
    );
    assert_eq!(bench.extent(&first.id()), "limited");
    assert_eq!(bench.extent(&second.id()), "limited", "a steward");
    assert_eq!(bench.extent(&new.id), "limited");
    assert!(bench.store.contains(&id(&record)).unwrap());
    bench.begin_anew();
    assert_eq!(bench.extent(&new.id), "limited");
    bench.trust(TrustOrder::DropCharter {
        charter: "ecowas".to_owned(),
    });
    assert_eq!(bench.extent(&new.id), "no");
}

/// The charter of a secretariat that nobody accepts, with one steward.
fn charter_of(secretariat: &mut Speaker, steward: &Speaker) -> VerifiedItem {
    let steward = Value::Bytes(steward.id().as_bytes().to_vec());
    let admission = map(&[("state", Value::Integer(1)), ("cso", Value::Integer(1))]);
    secretariat.say(
        "charter",
        &[],
        &[
            ("region", text("ecowas")),
            ("stewards", Value::List(vec![steward])),
            ("threshold", Value::Integer(1)),
            ("admission", admission),
        ],
    )
}

/// Answers all questions of a node with what it asks for of these.
fn hands_over(bench: &mut Bench, charter: &VerifiedItem, chain: &[Item]) -> PeerId {
    let peer = bench.connect();
    let signer = charter.record().unwrap().institution;
    bench.serve(peer, &[], |request| match request {
        CatchUpRequest::Get(ids) if ids.contains(&id(charter)) => vec![charter.to_item()],
        CatchUpRequest::Institution(of) if *of == signer => chain.to_vec(),
        _ => Vec::new(),
    });
    peer
}

#[test]
fn an_accepted_charter_comes_back_to_a_lost_store_though_nobody_accepts_its_signer() {
    let (mut secretariat, mut steward) = (Speaker::new(10), Speaker::new(20));
    let charter = charter_of(&mut secretariat, &steward);
    let chain = chain_of(&secretariat.cast);
    let accept = || TrustOrder::AcceptCharter {
        charter: id(&charter).to_string(),
        reach: Reach::default(),
    };
    // A store that was lost holds nothing; the choices came back from a backup.
    let mut bench = Bench::new();
    bench.trust(accept());
    hands_over(&mut bench, &charter, &chain);
    assert!(bench.store.contains(&id(&charter)).unwrap());
    assert_eq!(
        bench.extent(&secretariat.id()),
        "no",
        "its signer is nobody"
    );
    bench.meet(&steward.cast);
    let agrees = steward.say(
        "response",
        &[("responds-to", id(&charter))],
        &[("stance", text("cosign"))],
    );
    bench.hear(&agrees);
    assert_eq!(bench.extent(&steward.id()), "limited", "it is in force");
    bench.begin_anew();
    assert_eq!(
        bench.extent(&steward.id()),
        "limited",
        "after a restart too"
    );
    // Whoever accepts it too gets it here, with what it is verified by.
    let asker = bench.connect();
    for request in [
        CatchUpRequest::Get(vec![id(&charter)]),
        CatchUpRequest::Institution(secretariat.id()),
    ] {
        let answer = CatchUpResponse::decode(&bench.ask(asker, &request)).unwrap();
        assert!(
            matches!(&answer, CatchUpResponse::Items { items, .. } if !items.is_empty()),
            "{request:?}"
        );
    }
    // Nothing else of its signer is let in; but what it takes back is taken back.
    let other = secretariat.vouch(&steward.cast);
    bench.hear(&other);
    assert!(!bench.store.contains(&id(&other)).unwrap());
    bench.hear(&secretariat.withdraw(&[id(&charter)]));
    assert_eq!(bench.extent(&steward.id()), "no");

    // One that waited before it was accepted is taken in then.
    let mut bench = Bench::new();
    bench.meet(&secretariat.cast);
    bench.hear(&charter);
    assert!(bench.store.is_waiting(&id(&charter)).unwrap());
    bench.trust(accept());
    assert!(bench.store.contains(&id(&charter)).unwrap());
}

#[test]
fn control_a_charter_that_is_not_accepted_stays_aside_with_its_signer() {
    let (mut secretariat, steward) = (Speaker::new(10), Speaker::new(20));
    let charter = charter_of(&mut secretariat, &steward);
    let mut bench = Bench::new();
    bench.meet(&secretariat.cast);
    bench.hear(&charter);
    assert!(!bench.store.contains(&id(&charter)).unwrap());
    let asker = bench.connect();
    let request = CatchUpRequest::Get(vec![id(&charter)]);
    let answer = CatchUpResponse::decode(&bench.ask(asker, &request)).unwrap();
    assert!(matches!(answer, CatchUpResponse::Items { items, .. } if items.is_empty()));
}

#[test]
fn who_is_refused_is_not_accepted_whoever_vouches_and_the_policy_outlives_a_restart() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    for anchor in [&a, &b] {
        bench.accept(&anchor.cast);
    }
    bench.hear(&a.vouch(&new));
    bench.hear(&b.vouch(&new));
    assert_eq!(bench.extent(&new.id), "everywhere");
    let refuse = TrustOrder::Refuse {
        institution: new.id.to_string(),
    };
    bench.trust(refuse);
    assert_eq!(bench.extent(&new.id), "no");
    bench.begin_anew();
    assert_eq!(bench.extent(&new.id), "no");
    bench.trust(TrustOrder::Unrefuse {
        institution: new.id.to_string(),
    });
    assert_eq!(bench.extent(&new.id), "everywhere");
    let three = TrustOrder::SetPolicy {
        threshold: Some(3),
        direct: None,
        depth: None,
        levels: None,
    };
    bench.trust(three);
    assert_eq!(bench.extent(&new.id), "no");
    let Bench { store, .. } = bench;
    drop(store);
    let one = TrustOrder::SetPolicy {
        threshold: Some(1),
        direct: None,
        depth: None,
        levels: None,
    };
    let mut again = Bench::on(&disk);
    assert_eq!(again.extent(&new.id), "no", "three are asked for still");
    assert!(matches!(
        again.order(Order::Trust { act: one }),
        Reply::Refused(_)
    ));
}

#[test]
fn a_name_that_looks_like_an_accepted_one_is_marked_and_the_genuine_one_is_not() {
    // Every institution of the cast has the same name, as impostors would.
    let (genuine, impostor) = (Speaker::new(10), Cast::abroad(30));
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    let waiting = |bench: &mut Bench, id: &Id| {
        let Reply::Unvouched { institutions } = bench.order(Order::Unvouched) else {
            panic!()
        };
        let id = id.to_string();
        let found = institutions
            .into_iter()
            .find(|one| one.institution.id == id);
        found.unwrap().institution.marks
    };
    bench.meet(&impostor);
    let marks = waiting(&mut bench, &impostor.id);
    assert_eq!(
        marks.len(),
        1,
        "the own institution is called the same: {marks:?}"
    );
    assert!(
        marks[0].starts_with("looks like Peace Council (example) ("),
        "{marks:?}"
    );
    bench.accept(&genuine.cast);
    assert_eq!(waiting(&mut bench, &impostor.id).len(), 2);
    let marks_of = |bench: &mut Bench, id: &Id| {
        let id = id.to_string();
        let found = bench
            .trusted()
            .into_iter()
            .find(|one| one.institution.id == id);
        found.unwrap().institution.marks
    };
    // Two that are accepted are both marked; who is not accepted marks nobody.
    assert_eq!(marks_of(&mut bench, &genuine.id()).len(), 1);
    let view = bench.explain(&impostor.id);
    let said = &view.answers[0].sentences[0];
    assert!(
        said.contains("unvouched") && said.contains("looks like"),
        "{said}"
    );
}
