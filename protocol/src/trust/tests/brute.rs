//! Trust by trying everything: every path, every set of paths that share no institution. Written apart from the code it checks.

use super::*;

/// The institutions of a path before the subject.
type Way = Vec<Id>;

fn in_scope(v: &Vouch, policy: &Policy, matter: &Matter) -> bool {
    policy.levels.contains(&v.level) && v.scope.covers(matter)
}

pub(super) fn ways(policy: &Policy, vouches: &[Vouch], subject: &Id, matter: &Matter) -> Vec<Way> {
    let trusted = |id: &Id| {
        !policy.refused.contains(id)
            && policy
                .anchors
                .get(id)
                .is_some_and(|a| a.scope.covers(matter))
    };
    let mut ways = BTreeSet::new();
    for last in vouches {
        if last.subject != *subject || last.voucher == *subject || !in_scope(last, policy, matter) {
            continue;
        }
        if trusted(&last.voucher) {
            ways.insert(vec![last.voucher]);
        }
        for first in vouches {
            if policy.depth == 2
                && first.subject == last.voucher
                && first.voucher != first.subject
                && first.introduces
                && first.voucher != *subject
                && in_scope(first, policy, matter)
                && trusted(&first.voucher)
                && !policy.refused.contains(&last.voucher)
            {
                ways.insert(vec![first.voucher, last.voucher]);
            }
        }
    }
    ways.into_iter().collect()
}

/// Calls `each` with every set of ways of which no two share an institution.
fn each_disjoint(ways: &[Way], chosen: &mut Vec<Way>, each: &mut impl FnMut(&[Way])) {
    let Some((first, rest)) = ways.split_first() else {
        each(chosen);
        return;
    };
    each_disjoint(rest, chosen, each);
    if !chosen.iter().flatten().any(|id| first.contains(id)) {
        chosen.push(first.clone());
        each_disjoint(rest, chosen, each);
        chosen.pop();
    }
}

/// Whether some set of disjoint ways suffices, and how many ways the largest has.
pub(super) fn try_all(policy: &Policy, ways: &[Way]) -> (bool, usize) {
    let (mut suffices, mut most) = (false, 0);
    each_disjoint(ways, &mut Vec::new(), &mut |chosen| {
        let direct = chosen.iter().filter(|way| way.len() == 1);
        let full = direct
            .clone()
            .any(|way| policy.anchors[&way[0]].trust == Trust::Full);
        let enough = chosen.len() >= policy.threshold && direct.count() >= policy.direct;
        suffices |= full || enough;
        most = most.max(chosen.len());
    });
    (suffices, most)
}

pub(super) fn accepts(policy: &Policy, vouches: &[Vouch], subject: &Id, matter: &Matter) -> bool {
    !policy.refused.contains(subject)
        && (policy.anchors.contains_key(subject)
            || try_all(policy, &ways(policy, vouches, subject, matter)).0)
}
