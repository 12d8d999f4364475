//! One session of ours.

use indaba_protocol::reconciliation::{Budget, Initiator, Outcome, Responder, Start};

use crate::sets::{Meeting, Sets};
use crate::{Cost, MEMORY, processor};

pub(crate) fn run(sets: &Sets, meeting: Meeting) -> Cost {
    let start = match meeting {
        Meeting::First => Start::default(),
        Meeting::Again => Start {
            since: Some(sets.agreed.1),
            own_since: Some(sets.agreed.0.seq),
            agreed: Some(sets.agreed.2),
            expected: None,
            nonce: [0; 16],
        },
    };
    let mut cost = Cost::default();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let began = processor();
    let mut initiator = Initiator::new(&sets.a, start, Budget::default());
    cost.cpu[0] += processor() - began;
    let mut responder = Responder::new([1; 16], Budget::default());
    while initiator.outcome().is_none() {
        let began = processor();
        let said = initiator.poll();
        cost.cpu[0] += processor() - began;
        let began = processor();
        if let Some(bytes) = said {
            cost.there += bytes.len();
            cost.rounds += 1;
            responder.handle(&bytes, &sets.b).unwrap();
        }
        let answer = responder.poll(&sets.b).expect("an answer");
        cost.cpu[1] += processor() - began;
        cost.back += answer.len();
        let began = processor();
        initiator.handle(&answer, &sets.a).unwrap();
        cost.cpu[0] += processor() - began;
    }
    cost.memory = MEMORY.peak_usage().saturating_sub(before);
    check(sets, &initiator);
    cost
}

fn check(sets: &Sets, initiator: &Initiator) {
    let [ours, theirs] = [0, 1].map(|side| sets.only[side].len());
    match initiator.outcome() {
        Some(Outcome::Equal { .. }) => assert_eq!(ours + theirs, 0),
        Some(Outcome::Everything { .. }) => assert!(sets.common.is_empty()),
        Some(Outcome::Difference(found)) => {
            assert_eq!(found.give.len(), ours);
            assert_eq!(found.want.len() + found.want_salted.len(), theirs);
            let mut give: Vec<_> = found.give.iter().map(|one| one.id).collect();
            let mut only: Vec<_> = sets.only[0].iter().map(|(_, one)| one.id).collect();
            give.sort_unstable();
            only.sort_unstable();
            assert_eq!(give, only);
            if found.want_salted.is_empty() {
                let mut only: Vec<_> = sets.only[1]
                    .iter()
                    .map(|(_, one)| sets.a.short(one).unwrap())
                    .collect();
                only.sort_unstable();
                assert_eq!(found.want, only);
            }
        }
        None => panic!("no outcome"),
    }
}
