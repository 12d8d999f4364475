//! Questions and answers of catch-up.

use indaba::network::{Event, PeerId, RequestFailure, RequestTicket, RespondFailure};
use indaba_protocol::{CatchUpRequest, CatchUpResponse, Unread};

use super::links::Parcel;
use super::node::Who;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::{Happening, World, brief};

/// How long the network room waits for an answer.
const PATIENCE: u64 = 60_000;
/// Questions to one peer at a time.
const IN_FLIGHT: usize = 32;

impl World {
    /// An engine asks a peer.
    pub(super) fn request(&mut self, who: Who, peer: PeerId, ticket: u64, body: Vec<u8>) {
        let other = self.who_is(&peer);
        let epoch = other.and_then(|other| self.epoch(who, other));
        let (Some(other), Some(epoch)) = (other, epoch) else {
            return self.fail_later(who, peer, ticket, RequestFailure::NotConnected);
        };
        if self.nodes[who].asked.len() >= IN_FLIGHT {
            return self.fail_later(who, peer, ticket, RequestFailure::Busy);
        }
        let asked = CatchUpRequest::decode(&body);
        self.counts.questions += 1;
        let label = asked
            .as_ref()
            .map_or_else(|_| "nonsense".to_owned(), name_question);
        let names = (self.nodes[who].name.clone(), self.nodes[other].name.clone());
        self.say_routine(format_args!("{} ==> {}  {label}", names.0, names.1));
        self.nodes[who].asked.insert(ticket, (other, epoch));
        let dropped = self.sabotaged(who, Sabotage::FillsNoGaps)
            && matches!(asked, Ok(CatchUpRequest::Range { .. }))
            || self.loses_gets && matches!(asked, Ok(CatchUpRequest::Get(_)));
        let loss = self.weather.question_loss;
        if dropped || self.links.chance(who, other).permille(loss) {
            self.counts.questions_lost += 1;
            return self.silence(who, other, ticket);
        }
        self.send(who, other, 0, Parcel::Question { ticket, body });
    }

    /// Nothing will come; who asked notices after a while.
    fn silence(&mut self, who: Who, other: Who, ticket: u64) {
        if let Some(epoch) = self.epoch(who, other) {
            self.in_millis(
                PATIENCE,
                Happening::Arrive {
                    from: other,
                    to: who,
                    epoch,
                    parcel: Parcel::Silence { ticket },
                },
            );
        }
    }

    fn fail_later(&mut self, who: Who, peer: PeerId, ticket: u64, reason: RequestFailure) {
        let life = self.nodes[who].life;
        self.in_millis(
            1,
            Happening::Own {
                who,
                life,
                event: Box::new(Event::RequestFailed {
                    ticket,
                    peer,
                    reason,
                }),
            },
        );
    }

    pub(super) fn question_failed(&mut self, who: Who, ticket: u64, reason: RequestFailure) {
        if let Some((other, _)) = self.nodes[who].asked.remove(&ticket) {
            let peer = self.nodes[other].peer;
            self.tell(
                who,
                Event::RequestFailed {
                    ticket,
                    peer,
                    reason,
                },
            );
        }
    }

    pub(super) fn question_arrives(
        &mut self,
        from: Who,
        to: Who,
        epoch: u64,
        ticket: u64,
        body: Vec<u8>,
    ) {
        self.counts.hostile_questions += u64::from(self.nodes[from].hostile);
        if self.nodes[to].hostile {
            return self.hostile_answers(from, to, ticket, &body);
        }
        let request = RequestTicket(self.nodes[to].ticket());
        self.nodes[to]
            .serving
            .insert(request, (from, ticket, epoch));
        let peer = self.nodes[from].peer;
        self.tell(
            to,
            Event::Request {
                ticket: request,
                peer,
                body,
            },
        );
    }

    /// An engine answers, or declines.
    pub(super) fn respond(&mut self, who: Who, request: RequestTicket, body: Option<Vec<u8>>) {
        let Some((other, ticket, epoch)) = self.nodes[who].serving.remove(&request) else {
            let life = self.nodes[who].life;
            let event = Event::RespondFailed {
                ticket: request,
                reason: RespondFailure::Gone,
            };
            return self.in_millis(
                1,
                Happening::Own {
                    who,
                    life,
                    event: Box::new(event),
                },
            );
        };
        if let Some(body) = &body
            && body.len() > indaba::network::codec::MAX_RESPONSE
        {
            let what = format!(
                "{} answered with {} bytes",
                self.nodes[who].name,
                body.len()
            );
            return self.fail(Rule::AnswersWithinBounds, what);
        }
        if self.epoch(who, other) != Some(epoch) {
            return;
        }
        let loss = self.weather.question_loss;
        if !self.nodes[other].hostile && self.links.chance(who, other).permille(loss) {
            self.counts.questions_lost += 1;
            return self.silence(other, who, ticket);
        }
        let body = body.map(|body| self.held_back(who, other, body));
        self.send(who, other, 0, Parcel::Answer { ticket, body });
    }

    pub(super) fn answer_arrives(
        &mut self,
        from: Who,
        to: Who,
        ticket: u64,
        body: Option<Vec<u8>>,
    ) {
        if self.nodes[to].hostile {
            return;
        }
        let Some(body) = body else {
            return self.question_failed(to, ticket, RequestFailure::Stream("closed".to_owned()));
        };
        let expected = self.nodes[to]
            .asked
            .get(&ticket)
            .is_some_and(|(whom, _)| *whom == from);
        if !expected {
            return;
        }
        self.nodes[to].asked.remove(&ticket);
        let body = self.without_seconds(to, body);
        let answer = CatchUpResponse::decode(&body);
        let label = answer
            .as_ref()
            .map_or_else(|_| "nonsense".to_owned(), name_answer);
        let names = (self.nodes[to].name.clone(), self.nodes[from].name.clone());
        let line = format_args!("{} <== {}  {label}", names.0, names.1);
        match &answer {
            Ok(CatchUpResponse::Items { items, .. }) if !items.is_empty() => self.say(line),
            _ => self.say_routine(line),
        }
        if self.nodes[from].hostile {
            self.counts.hostile_answers += 1;
            let proofs = match &answer {
                Err(_) => 1,
                Ok(CatchUpResponse::Items { items, .. }) => {
                    let invalid =
                        |bytes: &[u8]| matches!(self.readings.open(bytes), Err(Unread::Invalid(_)));
                    items.iter().filter(|item| invalid(&item.encode())).count() as u64
                }
                Ok(_) => 0,
            };
            *self.nodes[to].invalid_from.entry(from).or_default() += proofs;
        }
        let peer = self.nodes[from].peer;
        self.tell(to, Event::Response { ticket, peer, body });
    }
}

fn name_question(question: &CatchUpRequest) -> String {
    match question {
        CatchUpRequest::Lanes { feed, .. } => format!("asks for the lanes of {feed}"),
        CatchUpRequest::Range { feed, from, to, .. } => format!("asks for {feed} #{from} to #{to}"),
        CatchUpRequest::Facts { .. } => "asks for facts".to_owned(),
        CatchUpRequest::Institution(id) => format!("asks for institution {}", brief(id)),
        CatchUpRequest::Get(ids) => format!("asks for {} by id", ids.len()),
    }
}

fn name_answer(answer: &CatchUpResponse) -> String {
    match answer {
        CatchUpResponse::Lanes { lanes, .. } => format!("{} lanes", lanes.len()),
        CatchUpResponse::Items { items, more } => {
            format!("{} items{}", items.len(), if *more { ", more" } else { "" })
        }
        CatchUpResponse::Facts { ids, .. } => format!("{} facts", ids.len()),
        CatchUpResponse::Refused(reason) => format!("refused: {}", reason.name()),
    }
}
