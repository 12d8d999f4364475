//! Whom the engine stays in touch with.

use indaba::engine::order::Order;
use indaba::network::{Command, Event};
use libp2p::PeerId;

use crate::engine_rules::bench::Bench;

/// A peer the operator added may pass a closed circle; one that announced itself on the local network is none.
#[test]
fn a_found_peer_is_not_added_by_itself() {
    let mut bench = Bench::new();
    let address: indaba::network::Multiaddr = "/ip4/192.0.2.7/tcp/7421".parse().unwrap();
    let peer = PeerId::random();
    bench.said.clear();
    bench.event(Event::Discovered {
        peer,
        addresses: vec![address.clone()],
    });
    let added = |bench: &Bench| {
        bench
            .said
            .iter()
            .any(|command| matches!(command, Command::AddPeer { peer: p, .. } if *p == peer))
    };
    assert!(!added(&bench));
    // The twin: the operator does it.
    bench.order(Order::AddPeer {
        address: format!("{address}/p2p/{peer}"),
        partner: false,
    });
    assert!(added(&bench));
}
