//! What the network counts, beside the metrics of libp2p.

use libp2p::metrics::{Metrics, Recorder};
use libp2p::swarm::SwarmEvent;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::behaviour::BehaviourEvent;

/// Counters; without a registry they count for nobody.
#[derive(Default)]
pub(crate) struct Meter {
    libp2p: Option<Metrics>,
    /// Messages ignored because the engine did not judge them in time.
    pub(crate) unjudged: Counter,
    /// Messages ignored because too many waited for their judgement.
    pub(crate) crowded: Counter,
    /// Requests of peers refused because too many were open.
    pub(crate) refused_requests: Counter,
    /// Answers to commands dropped because the engine did not read events.
    pub(crate) lost_answers: Counter,
    /// Connections open now; more than peers connected when some have two.
    pub(crate) connections: Gauge,
    /// Times the swarm had to wait because the engine did not read events fast enough.
    pub(crate) waits: Counter,
}

impl Meter {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let libp2p = Some(Metrics::new(registry));
        let meter = Self {
            libp2p,
            ..Self::default()
        };
        let own = registry.sub_registry_with_prefix("indaba_network");
        let entries = [
            (
                "messages_unjudged",
                "Gossip messages ignored because no judgement came in time",
                &meter.unjudged,
            ),
            (
                "messages_crowded_out",
                "Gossip messages ignored because too many waited for judgement",
                &meter.crowded,
            ),
            (
                "requests_refused",
                "Requests of peers refused because too many were open",
                &meter.refused_requests,
            ),
            (
                "answers_lost",
                "Answers to commands dropped because events were not read",
                &meter.lost_answers,
            ),
            (
                "event_waits",
                "Times the network waited because events were not read",
                &meter.waits,
            ),
        ];
        for (name, help, counter) in entries {
            own.register(name, help, counter.clone());
        }
        own.register(
            "connections",
            "Connections open now; a peer that has two counts twice",
            meter.connections.clone(),
        );
        meter
    }

    pub(crate) fn record(&self, event: &SwarmEvent<BehaviourEvent>) {
        let Some(metrics) = &self.libp2p else {
            return;
        };
        metrics.record(event);
        match event {
            SwarmEvent::ConnectionEstablished { .. } => {
                self.connections.inc();
            }
            SwarmEvent::ConnectionClosed { .. } => {
                self.connections.dec();
            }
            _ => {}
        }
        if let SwarmEvent::Behaviour(event) = event {
            match event {
                BehaviourEvent::Gossip(event) => metrics.record(event),
                BehaviourEvent::Identify(event) => metrics.record(event),
                BehaviourEvent::Ping(event) => metrics.record(event),
                BehaviourEvent::Routing(event) => metrics.record(event),
                BehaviourEvent::RelayServer(event) => metrics.record(event),
                BehaviourEvent::Dcutr(event) => metrics.record(event),
                _ => {}
            }
        }
    }
}
