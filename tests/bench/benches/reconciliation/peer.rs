//! The same two sets with `negentropy`, without a limit of its frames, which would multiply its round trips.

use indaba_protocol::reconciliation::Element;
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::sets::Sets;
use crate::{Cost, MEMORY, processor};

fn storage(common: &[(u32, Element)], only: &[(u32, Element)]) -> NegentropyStorageVector {
    let mut storage = NegentropyStorageVector::with_capacity(common.len() + only.len());
    for (day, one) in common.iter().chain(only) {
        let id = Id::from_byte_array(*one.id.as_bytes());
        storage.insert(u64::from(*day), id).unwrap();
    }
    storage.seal().unwrap();
    storage
}

/// Its storages are made before the clock starts: it is measured warm, as ours is.
pub(crate) fn run(sets: &Sets) -> Cost {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let [a, b] = [0, 1].map(|side| storage(&sets.common, &sets.only[side]));
    let mut asking = Negentropy::borrowed(&a, 0).unwrap();
    let mut answering = Negentropy::borrowed(&b, 0).unwrap();
    let mut cost = Cost::default();
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let began = processor();
    let mut query = Some(asking.initiate().unwrap());
    cost.cpu[0] += processor() - began;
    while let Some(bytes) = query.take() {
        cost.there += bytes.len();
        cost.rounds += 1;
        let began = processor();
        let answer = answering.reconcile(&bytes).unwrap();
        cost.cpu[1] += processor() - began;
        cost.back += answer.len();
        let began = processor();
        query = asking
            .reconcile_with_ids(&answer, &mut have, &mut need)
            .unwrap();
        cost.cpu[0] += processor() - began;
    }
    cost.memory = MEMORY.peak_usage().saturating_sub(before);
    assert_eq!(have.len(), sets.only[0].len());
    assert_eq!(need.len(), sets.only[1].len());
    cost
}
