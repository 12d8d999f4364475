//! What the network room of a node does for its engine.

use indaba::network::{Command, Event, Offence, Outcome};

use super::node::Who;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::{Happening, World};

impl World {
    pub(super) fn command(&mut self, who: Who, command: Command) {
        match command {
            Command::Subscribe(topic) => self.subscribe(who, topic, true),
            Command::Unsubscribe(topic) => self.subscribe(who, topic, false),
            Command::Publish {
                topic,
                frame,
                ticket,
            } => self.publish(who, topic, frame, ticket),
            Command::Judge { message, verdict } => {
                self.judged(who, message, verdict);
                if self.sabotaged(who, Sabotage::JudgesTwice) {
                    self.judged(who, message, verdict);
                }
            }
            Command::Request { peer, ticket, body } => self.request(who, peer, ticket, body),
            Command::Respond { request, body } => self.respond(who, request, Some(body)),
            Command::Decline(request) => self.respond(who, request, None),
            Command::AddPeer { peer, .. } => {
                if let Some(other) = self.who_is(&peer) {
                    self.want(who, other);
                }
            }
            Command::Penalise { peer, offence } => {
                if let Some(other) = self.who_is(&peer) {
                    self.penalised(who, other, offence);
                }
            }
            Command::RemovePeer(_)
            | Command::Block(_)
            | Command::Unblock(_)
            | Command::Disconnect(_)
            | Command::Inspect(_)
            | Command::Shutdown => {}
        }
    }

    /// An engine found a peer at fault.
    pub(super) fn penalised(&mut self, who: Who, other: Who, offence: Offence) {
        let (node, peer) = (self.nodes[who].name.clone(), self.nodes[other].name.clone());
        self.say(format_args!("{node} penalises {peer}: {offence:?}"));
        if !self.nodes[other].hostile {
            let what = format!("{node} penalised {peer}, who is honest, for {offence:?}");
            self.fail(Rule::BlamesNobodyHonest, what);
            return;
        }
        let points = match offence {
            Offence::Nuisance => {
                self.counts.nuisance += 1;
                1
            }
            Offence::Invalid => {
                self.counts.penalised += 1;
                let proofs = self.nodes[who].invalid_from.entry(other).or_default();
                if *proofs == 0 {
                    let what = format!("{node} called bytes of {peer} invalid that are not");
                    return self.fail(Rule::RejectsTheInvalidOnly, what);
                }
                *proofs -= 1;
                4
            }
            Offence::Hostile => 10,
        };
        let sum = self.nodes[who].misconduct.entry(other).or_default();
        *sum += points;
        // The limit of the network room: the third provable offence is the last.
        if *sum >= 10 && self.nodes[who].banned.insert(other) {
            self.counts.banned += 1;
            self.disconnect(who, other);
            let peer = self.nodes[other].peer;
            self.tell(
                who,
                Event::Banned {
                    peer,
                    duration: indaba::network::conduct::BAN,
                },
            );
        }
    }

    /// Tells a publisher how it went, a moment later.
    pub(super) fn outcome(&mut self, who: Who, ticket: u64, outcome: Outcome) {
        let after = self.nodes[who].chance.between(0, 5);
        let life = self.nodes[who].life;
        self.in_millis(
            after,
            Happening::Own {
                who,
                life,
                event: Box::new(Event::Published { ticket, outcome }),
            },
        );
    }
}
