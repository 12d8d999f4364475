//! Reading the cases of section 16, whoever made them.

use super::super::case::{hex, unhex};
use super::{keys, number, numbers, places, root, sketch};
use indaba_protocol::Id;
use indaba_protocol::reconciliation::{
    CheckKey, Decoder, Message, Salt, Tier, Work, cell, id_list,
};
use serde_json::{Value as Json, json};

type Outcome = Result<(), String>;

fn same(expected: &Json, found: &Json) -> Outcome {
    if expected == found {
        Ok(())
    } else {
        Err(format!("expected {expected}, found {found}"))
    }
}

fn salt(case: &Json) -> Option<Salt> {
    let bytes = unhex(case["salt"].as_str()?);
    let (initiator, responder) = bytes.split_first_chunk::<16>()?;
    Some(Salt {
        initiator: *initiator,
        responder: responder.try_into().ok()?,
    })
}

fn id(text: &Json) -> Result<Id, String> {
    let bytes = unhex(text.as_str().unwrap_or_default());
    bytes
        .try_into()
        .map(Id::from_bytes)
        .map_err(|_| format!("{text} is no id"))
}

fn elements(list: &Json) -> Result<Vec<(&str, Id)>, String> {
    let pairs = list.as_array().ok_or("elements are missing")?;
    pairs
        .iter()
        .map(|pair| Ok((pair[0].as_str().ok_or("a feed is missing")?, id(&pair[1])?)))
        .collect()
}

/// One case.
pub(in super::super) fn case(case: &Json) -> Outcome {
    match case["do"].as_str() {
        Some("short") => short(case),
        Some("sketch") => {
            let all = elements(&case["elements"])?;
            let length = unhex(case["cells"].as_str().unwrap_or_default()).len();
            let count = (0..)
                .find(|n| cell::encoded_len(0, *n) >= length)
                .unwrap_or(0);
            same(&case["root"], &json!(hex(&root(&all).0)))?;
            same(
                &case["cells"],
                &json!(hex(&cell::encode(0, &sketch(&all, None, count)))),
            )
        }
        Some("difference") => difference(case),
        Some("list") => list(case),
        Some("message") => {
            let bytes = unhex(case["bytes"].as_str().unwrap_or_default());
            let read = Message::decode(&bytes);
            // A reason that only a later version knows reads as one that is known.
            if let Ok(message) = &read
                && !matches!(message, Message::Refused(_))
            {
                same(&json!(hex(&bytes)), &json!(hex(&message.encode())))?;
            }
            same(
                &case["expect"],
                &json!(if read.is_ok() { "accept" } else { "refused" }),
            )
        }
        _ => Err("nothing that can be done".into()),
    }
}

fn short(case: &Json) -> Outcome {
    let feed = case["feed"].as_str().unwrap_or_default();
    let (key, check) = keys(feed, salt(case).as_ref());
    let short = key.short(&id(&case["id"])?);
    same(&case["short"], &json!(number(&short)))?;
    same(
        &case["check"],
        &json!(format!("{:08x}", check.check(short))),
    )?;
    same(&case["places"], &json!(places(short)))
}

fn difference(case: &Json) -> Outcome {
    let salt = salt(case);
    let (a, b) = (elements(&case["a"])?, elements(&case["b"])?);
    let cells = case["cells"].as_u64().unwrap_or_default() as usize;
    let key = salt
        .as_ref()
        .map_or_else(CheckKey::cached, CheckKey::salted);
    let mut decoder = Decoder::new(key, Tier::Salted).looked_up_later();
    decoder
        .push(
            &sketch(&a, salt.as_ref(), cells),
            &sketch(&b, salt.as_ref(), cells),
            &mut |_| true,
            &mut Work::new(1_000_000),
        )
        .map_err(|fault| fault.to_string())?;
    if !decoder.is_done() {
        return same(&case["expect"], &json!("left"));
    }
    let found = decoder.found();
    same(&case["expect"], &json!("recovered"))?;
    same(&case["ours"], &json!(numbers(&found.ours)))?;
    same(&case["theirs"], &json!(numbers(&found.theirs)))
}

fn list(case: &Json) -> Outcome {
    let parameter = u32::try_from(case["parameter"].as_u64().unwrap_or(99)).unwrap_or(99);
    let count = case["count"].as_u64().unwrap_or_default() as usize;
    let before = case["before"]
        .as_str()
        .and_then(|text| u64::from_str_radix(text, 16).ok());
    let bytes = unhex(case["bytes"].as_str().unwrap_or_default());
    let Some(ids) = id_list::decode(parameter, before, count, &bytes) else {
        return same(&case["expect"], &json!("refused"));
    };
    same(&case["expect"], &json!("accept"))?;
    let shown: Vec<String> = ids.iter().map(|id| format!("{id:012x}")).collect();
    same(&case["ids"], &json!(shown))?;
    same(
        &json!(hex(&bytes)),
        &json!(hex(&id_list::encode(parameter, before, &ids))),
    )
}
