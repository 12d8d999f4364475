//! Section 11: text forms.

use super::case::{bytes, hex, list, map, text};
use indaba_protocol::text_forms::{Fingerprint, Invitation, InvitedPeer};
use indaba_protocol::{Id, NetworkName, cbor};
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Json> {
    let accept = |name: &str, form: &str, bytes: &[u8], text: String| json!({ "name": name, "form": form, "expect": "accept", "bytes": hex(bytes), "text": text });
    let refuse = |name: &str, form: &str, text: String| json!({ "name": name, "form": form, "expect": "refused", "text": text });
    let ids = [
        ("zeros", Id::from_bytes([0; 32])),
        ("ones", Id::from_bytes([0xff; 32])),
        ("a hash", Id::of(b"indaba")),
        ("another", Id::of(b"vectors")),
    ];
    let mut cases = Vec::new();
    for (name, id) in ids {
        cases.push(accept(name, "id", id.as_bytes(), id.to_string()));
        cases.push(accept(
            name,
            "fingerprint",
            id.as_bytes(),
            Fingerprint::of(&id).to_string(),
        ));
    }
    let id = Id::of(b"indaba").to_string();
    for (name, wrong) in [
        ("upper case", id.to_uppercase()),
        ("one character short", id[..58].to_owned()),
        ("one character more", format!("{id}a")),
        ("stray last bits", format!("{}b", &id[..58])),
        (
            "codec dag-pb",
            id.replacen("bafy", "bafyb", 1)[..59].to_owned(),
        ),
        ("another base", format!("z{}", &id[1..])),
        ("empty", String::new()),
    ] {
        cases.push(refuse(name, "id", wrong));
    }
    let print = Fingerprint::of(&Id::of(b"indaba")).to_string();
    let turned = |n: usize| {
        let mut digits: Vec<char> = print.chars().collect();
        digits[n] = if digits[n] == '9' {
            '0'
        } else {
            char::from(digits[n] as u8 + 1)
        };
        digits.into_iter().collect::<String>()
    };
    cases.push(refuse("first digit wrong", "fingerprint", turned(0)));
    cases.push(refuse("check digit wrong", "fingerprint", turned(46)));
    cases.push(refuse(
        "a group short",
        "fingerprint",
        print[..41].to_owned(),
    ));

    let invitation = |name: &str, peers: Vec<InvitedPeer>| Invitation {
        network: NetworkName::default(),
        institution: Id::of(b"indaba"),
        name: name.to_owned(),
        peers,
    };
    let peer = |n: usize| InvitedPeer {
        peer: "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA".into(),
        addresses: (0..n)
            .map(|n| format!("/ip6/2001:db8::{n}/tcp/7470"))
            .collect(),
    };
    for (name, invitation) in [
        (
            "no peers",
            invitation("Peace Council of Sample Land (example)", vec![]),
        ),
        (
            "two peers",
            invitation("Conseil de la paix (example)", vec![peer(2), peer(0)]),
        ),
        (
            "eight addresses",
            invitation("مجلس السلام (example)", vec![peer(8)]),
        ),
    ] {
        if let Ok(text) = invitation.to_text() {
            let bytes = map_bytes(&text);
            cases.push(accept(name, "invitation", &bytes, text));
        }
    }
    let fields = |net: &str, peers| {
        map([
            ("net", text(net)),
            ("inst", bytes(&[7; 32])),
            ("name", text("x (example)")),
            ("peers", peers),
        ])
    };
    let row = || list([text("peer"), list([])]);
    for (name, value) in [
        ("nine peers", fields("indaba", list((0..9).map(|_| row())))),
        (
            "nine addresses",
            fields(
                "indaba",
                list([list([text("peer"), list((0..9).map(|_| text("/a")))])]),
            ),
        ),
        ("no network name", fields("Indaba", list([]))),
        (
            "institution missing",
            map([
                ("net", text("indaba")),
                ("name", text("x (example)")),
                ("peers", list([])),
            ]),
        ),
        ("no map", list([])),
    ] {
        cases.push(refuse(name, "invitation", written(&cbor::encode(&value))));
    }
    if let Ok(good) = invitation("x (example)", vec![]).to_text() {
        let slip = if good.ends_with('a') { "b" } else { "a" };
        cases.push(refuse(
            "last character wrong",
            "invitation",
            format!("{}{slip}", &good[..good.len() - 1]),
        ));
        cases.push(refuse("upper case", "invitation", good.to_uppercase()));
        cases.push(refuse(
            "another beginning",
            "invitation",
            good.replacen("indaba1", "indaba2", 1),
        ));
        cases.push(refuse(
            "cut short",
            "invitation",
            good[..good.len() - 3].to_owned(),
        ));
    }
    cases.push(refuse(
        "more than 2,048 characters",
        "invitation",
        written(&cbor::encode(&map([
            ("net", text("indaba")),
            ("inst", bytes(&[7; 32])),
            ("name", text(&"x".repeat(1_300))),
            ("peers", list([])),
        ]))),
    ));
    cases
}

/// Base32 written out once more, so that the vectors do not rest on the code they test.
fn written(map: &[u8]) -> String {
    let mut all = map.to_vec();
    all.extend_from_slice(&Id::of(map).as_bytes()[..4]);
    let bits: Vec<u8> = all
        .iter()
        .flat_map(|b| (0..8).rev().map(move |i| b >> i & 1))
        .collect();
    let letter = |five: &[u8]| {
        let value = (0..5).fold(0u8, |v, i| v << 1 | five.get(i).copied().unwrap_or(0));
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(value)])
    };
    format!("indaba1{}", bits.chunks(5).map(letter).collect::<String>())
}

/// The map inside an invitation: base32 undone, without the four bytes of the hash.
fn map_bytes(invitation: &str) -> Vec<u8> {
    let value = |c: u8| {
        if c.is_ascii_lowercase() {
            c - b'a'
        } else {
            c.wrapping_sub(b'2').wrapping_add(26)
        }
    };
    let bits: Vec<u8> = invitation
        .bytes()
        .skip(7)
        .flat_map(|c| (0..5).rev().map(move |i| value(c) >> i & 1))
        .collect();
    let bytes: Vec<u8> = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |v, b| v << 1 | b))
        .collect();
    bytes[..bytes.len().saturating_sub(4)].to_vec()
}
