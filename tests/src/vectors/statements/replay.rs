//! Signatures made for another type or another network.

use super::super::case::Map;
use super::super::forge::{encoded, net, single_of, threshold_of};
use super::super::world::World;
use super::{accept, refuse};
use indaba_protocol::{NetworkId, NetworkName};
use serde_json::Value as Json;

/// A signature of one type and network under a payload of another.
pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let singles: Vec<(&str, Map)> = w
        .one_of_each()
        .into_iter()
        .filter(|(_, _, s)| s[0] == 0x84)
        .map(|(k, m, _)| (k, m))
        .collect();
    for (kind, map) in &singles {
        let payload = encoded(map);
        for (other, _) in singles.iter().filter(|(other, _)| other != kind) {
            let name = format!("{kind} under a signature made for {other}");
            refuse(
                cases,
                &name,
                &single_of(&payload, &w.node.sign(other, &net(), &payload)),
                "signature",
            );
        }
        let elsewhere = NetworkName::parse("other").map(|n| n.id()).unwrap_or(net());
        let name = format!("{kind} under a signature made for another network");
        refuse(
            cases,
            &name,
            &single_of(&payload, &w.node.sign(kind, &elsewhere, &payload)),
            "signature",
        );
    }
    let elsewhere = NetworkName::parse("other").map(|n| n.id()).unwrap_or(net());
    for (kind, other, map) in [
        ("inception", "state", w.inception_map()),
        ("state", "inception", w.state_map()),
    ] {
        let payload = encoded(&map);
        let signed = |kind: &str, network: &NetworkId| {
            let mut pairs: Vec<_> = w
                .two()
                .iter()
                .map(|root| (root.key(), root.sign(kind, network, &payload)))
                .collect();
            pairs.sort();
            threshold_of(&payload, &pairs)
        };
        accept(
            cases,
            &format!("{kind} under its own signatures"),
            &signed(kind, &net()),
        );
        refuse(
            cases,
            &format!("{kind} under signatures made for {other}"),
            &signed(other, &net()),
            "signature",
        );
        refuse(
            cases,
            &format!("{kind} under signatures made for another network"),
            &signed(kind, &elsewhere),
            "signature",
        );
        // One envelope's signature in the other: the signed bytes are the same, so only the envelope tells.
        let root = w.two()[0];
        let signature = root.sign(kind, &net(), &payload);
        refuse(
            cases,
            &format!("{kind} in the envelope of one signer"),
            &single_of(&payload, &signature),
            "envelope",
        );
    }
    for (kind, map) in &singles {
        let payload = encoded(map);
        let signature = w.node.sign(kind, &net(), &payload);
        refuse(
            cases,
            &format!("{kind} in the envelope of several signers"),
            &threshold_of(&payload, &[(w.node.key(), signature)]),
            "envelope",
        );
    }
}
