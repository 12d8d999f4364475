//! Running the cases of section 15 against the protocol crate.

use crate::vectors::case::unhex;
use crate::vectors::forge::{Pair, single};
use indaba_protocol::trust::{
    Acceptance, Admission, Anchor, Charter, Class, Level, Policy, Scope, Testimony, Trust, Vouch,
    Web,
};
use indaba_protocol::{
    FeedName, Header, Held, Id, Item, Key, Lane, NetworkName, Part, PartRef, Value, Verified,
    VerifiedStatement, cbor, judge, open_item,
};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a case expects and what is found do not differ.
pub(in crate::vectors) fn case(case: &Json) -> Result<(), String> {
    let found = answer(case)?;
    for (part, found) in &found {
        if case[part] != *found {
            return Err(format!("{part}: expected {}, found {found}", case[part]));
        }
    }
    match found.is_empty() {
        true => Err("nothing is asked".to_owned()),
        false => Ok(()),
    }
}

/// What a case asks, answered: the members of the case that hold answers.
pub(super) fn answer(case: &Json) -> Result<BTreeMap<String, Json>, String> {
    let policy = policy(&case["policy"])?;
    let mut found = BTreeMap::new();
    if case.get("sound").is_some() {
        found.insert("sound".to_owned(), json!(policy.check().is_ok()));
        return Ok(found);
    }
    let testimony = match case.get("items") {
        Some(items) => {
            let mut items = list(items)?
                .map(|item| text(item).map(unhex))
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(said) = case.get("many") {
                items.extend(many(said)?);
            }
            let (testimony, counted) = testimony_of(&items, case["net"].as_str())?;
            let asked = members(&case["counts"])?;
            let counts = asked
                .map(|(name, _)| Ok((name.clone(), json!(counted.contains(&id(name)?)))))
                .collect::<Result<_, String>>()?;
            found.insert("counts".to_owned(), Json::Object(counts));
            testimony
        }
        None => said(&case["words"])?,
    };
    let web = in_any_order(&policy, &testimony)?;
    let standing = members(&case["standing"])?
        .map(|(name, _)| Ok((name.clone(), json!(standing(&web, &id(name)?)))))
        .collect::<Result<_, String>>()?;
    found.insert("standing".to_owned(), Json::Object(standing));
    let records = list(&case["records"])?
        .map(|asked| {
            let header = header(asked)?;
            Ok(json!([
                asked[0],
                asked[1],
                asked[2],
                web.accepts_record(&header)
            ]))
        })
        .collect::<Result<_, String>>()?;
    found.insert("records".to_owned(), Json::Array(records));
    Ok(found)
}

/// The web made at once; made word by word it must say the same of everybody.
fn in_any_order(policy: &Policy, testimony: &Testimony) -> Result<Web, String> {
    let web = |testimony| Web::new(policy.clone(), testimony).map_err(|e| e.to_string());
    let at_once = web(testimony.clone())?;
    let mut stepwise = web(Testimony::default())?;
    for (institution, class) in &testimony.classes {
        stepwise.classify(*institution, Some(*class));
    }
    for (record, institution, charter) in testimony.cosigns.iter().rev() {
        stepwise.add_cosign(*record, *institution, *charter);
    }
    for vouch in testimony.vouches.iter().rev() {
        stepwise.add(vouch.clone());
    }
    for charter in &testimony.charters {
        stepwise.add_charter(charter.clone());
    }
    let all = |web: &Web| {
        let accepted: BTreeSet<Id> = web.accepted().copied().collect();
        let heard: BTreeSet<Id> = web.heard().copied().collect();
        (accepted, heard)
    };
    match all(&at_once) == all(&stepwise) {
        true => Ok(at_once),
        false => Err("the answer depends on the order in which words come".to_owned()),
    }
}

fn standing(web: &Web, institution: &Id) -> &'static str {
    match web.acceptance(institution) {
        Acceptance::No => "none",
        Acceptance::Heard => "heard",
        Acceptance::Limited | Acceptance::Everywhere => "accepted",
    }
}

/// 64 hexadecimal digits stand for themselves, any other name for its hash.
fn id(name: &str) -> Result<Id, String> {
    if name.is_empty() {
        return Err("an empty name".to_owned());
    }
    let bytes: Result<[u8; 32], _> = unhex(name).try_into();
    Ok(bytes.map_or_else(|_| Id::of(name.as_bytes()), Id::from_bytes))
}

fn text(value: &Json) -> Result<&str, String> {
    value.as_str().ok_or(format!("{value} is no text"))
}

fn name(value: &Json) -> Result<Id, String> {
    id(text(value)?)
}

fn number(value: &Json) -> Result<u64, String> {
    value.as_u64().ok_or(format!("{value} is no number"))
}

fn list(value: &Json) -> Result<impl Iterator<Item = &Json>, String> {
    Ok(value
        .as_array()
        .ok_or(format!("{value} is no list"))?
        .iter())
}

fn members(value: &Json) -> Result<impl Iterator<Item = (&String, &Json)>, String> {
    Ok(value
        .as_object()
        .ok_or(format!("{value} is no map"))?
        .iter())
}

fn scope(value: &Json) -> Result<Scope, String> {
    let texts = |part: &str| match value.get(part) {
        None => Ok(None),
        Some(all) => list(all)?
            .map(|one| text(one).map(str::to_owned))
            .collect::<Result<BTreeSet<_>, _>>()
            .map(Some),
    };
    Ok(Scope {
        feeds: texts("feeds")?,
        kinds: texts("kinds")?,
    })
}

fn level(value: &Json) -> Result<Level, String> {
    let word = text(value)?;
    let found = Level::ALL.into_iter().find(|level| level.word() == word);
    found.ok_or(format!("{word} is no level"))
}

fn policy(said: &Json) -> Result<Policy, String> {
    let mut policy = Policy::default();
    for (part, value) in members(said)? {
        let count = || number(value).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        match part.as_str() {
            "threshold" => policy.threshold = count()?,
            "direct" => policy.direct = count()?,
            "depth" => policy.depth = count()?,
            "levels" => policy.levels = list(value)?.map(level).collect::<Result<_, _>>()?,
            "refused" => policy.refused = list(value)?.map(name).collect::<Result<_, _>>()?,
            "charters" => {
                for (charter, reach) in members(value)? {
                    policy.charters.insert(id(charter)?, scope(reach)?);
                }
            }
            "anchors" => {
                for (institution, said) in members(value)? {
                    let trust = match text(&said["trust"])? {
                        "full" => Trust::Full,
                        "partial" => Trust::Partial,
                        other => return Err(format!("trust {other} is unknown")),
                    };
                    let scope = scope(&said["scope"])?;
                    policy
                        .anchors
                        .insert(id(institution)?, Anchor { trust, scope });
                }
            }
            other => return Err(format!("a policy has no {other}")),
        }
    }
    Ok(policy)
}

/// Words as a case writes them down.
fn said(words: &Json) -> Result<Testimony, String> {
    let mut testimony = Testimony::default();
    for (at, vouch) in list(&words["vouches"])?.enumerate() {
        testimony.vouches.push(Vouch {
            id: Id::of(format!("vouch {at}").as_bytes()),
            voucher: name(&vouch[0])?,
            subject: name(&vouch[1])?,
            level: level(&vouch[2])?,
            introduces: number(&vouch[3])? == 1,
            scope: scope(&vouch[4])?,
            day: None,
            expires: None,
            evidence: None,
        });
    }
    for (charter, said) in members(&words["charters"])? {
        testimony.charters.push(Charter {
            id: id(charter)?,
            signer: name(&said["signer"])?,
            name: charter.clone(),
            scope: scope(&said["scope"])?,
            stewards: list(&said["stewards"])?
                .map(name)
                .collect::<Result<_, _>>()?,
            threshold: number(&said["threshold"])?,
            admission: Admission {
                state: number(&said["admission"]["state"])?,
                civil: number(&said["admission"]["cso"])?,
            },
        });
    }
    for (at, cosign) in list(&words["cosigns"])?.enumerate() {
        let record = Id::of(format!("cosignature {at}").as_bytes());
        testimony
            .cosigns
            .push((record, name(&cosign[0])?, name(&cosign[1])?));
    }
    for (institution, state_body) in members(&words["state_bodies"])? {
        let class = match state_body.as_bool() {
            Some(true) => Class::State,
            Some(false) => Class::Civil,
            None => return Err("state_bodies holds true or false".to_owned()),
        };
        testimony.classes.insert(id(institution)?, class);
    }
    Ok(testimony)
}

/// Items of records that differ in their position only, made and signed here.
fn many(said: &Json) -> Result<Vec<Vec<u8>>, String> {
    let seed: [u8; 32] = unhex(text(&said["seed"])?)
        .try_into()
        .map_err(|_| "a seed is 32 bytes".to_owned())?;
    let signer = Pair::from_seed(&seed);
    let Ok(Value::Map(record)) = cbor::decode(&unhex(text(&said["record"])?)) else {
        return Err("a record that is no map".to_owned());
    };
    let item = |n: u64| {
        let mut record = record.clone();
        let lane = match record.get_mut("lanes") {
            Some(Value::List(lanes)) => lanes.first_mut(),
            _ => None,
        };
        match lane {
            Some(Value::List(lane)) => match lane.get_mut(1) {
                Some(Value::Integer(seq)) => *seq += i128::from(n),
                _ => return Err("a lane without a position".to_owned()),
            },
            _ => return Err("a record without a lane".to_owned()),
        }
        Ok(Item {
            statement: single(&record, &signer),
            card: None,
            body: None,
        }
        .encode())
    };
    (0..number(&said["count"])?).map(item).collect()
}

/// Words read from records, and the ids of the records that count.
fn testimony_of(items: &[Vec<u8>], net: Option<&str>) -> Result<(Testimony, BTreeSet<Id>), String> {
    let net = NetworkName::parse(net.unwrap_or_default()).map_err(|e| e.to_string())?;
    let (mut held, mut bodies) = (Held::new(), BTreeMap::new());
    for item in items {
        let item = open_item(&net.id(), item).map_err(|e| e.to_string())?;
        if let VerifiedStatement::Record(record) = item.statement() {
            let map = item.body().and_then(|body| Part::open(body).ok());
            bodies.insert(record.id(), map.map(|(_, map)| map));
        }
        held.hold(item.statement().clone());
    }
    // What steps 1 and 2 of section 7 do not let pass is not held.
    let kept = |record: &Verified<Header>| {
        let verdict = judge(record, &held).to_string();
        let unkept = [
            "PENDING:state",
            "VOID:rival-state",
            "VOID:not-delegated",
            "VOID:scope",
        ];
        !unkept.contains(&verdict.as_str())
    };
    let records: BTreeMap<Id, (Verified<Header>, Option<Value>)> = held
        .records()
        .filter(|record| kept(record))
        .map(|r| (r.id(), (r.clone(), bodies.get(&r.id()).cloned().flatten())))
        .collect();
    let (testimony, _) = Testimony::of(&records, &held);
    let vouches = testimony.vouches.iter().map(|v| v.id);
    let charters = testimony.charters.iter().map(|c| c.id);
    let cosigns = testimony.cosigns.iter().map(|(record, _, _)| *record);
    let counted = vouches.chain(charters).chain(cosigns).collect();
    Ok((testimony, counted))
}

/// A record as far as it matters for whether it is accepted.
fn header(asked: &Json) -> Result<Header, String> {
    let lane = |feed: &Json| {
        Ok(Lane {
            feed: text(feed)?.parse::<FeedName>().map_err(|e| e.to_string())?,
            seq: 1,
            prev: None,
        })
    };
    Ok(Header {
        institution: name(&asked[0])?,
        key: Key::ed25519([0; 32]),
        state: Id::of(b"a state"),
        kind: text(&asked[1])?.to_owned(),
        lanes: list(&asked[2])?.map(lane).collect::<Result<_, String>>()?,
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: None,
        card: PartRef::of(b""),
        body: PartRef::of(b""),
    })
}
