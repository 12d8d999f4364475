//! Numbers that the code relies on, measured.

use super::*;
use crate::reconciliation::estimate;
use crate::reconciliation::mapping::Mapping;

fn shorts(chance: &mut Chance, n: usize) -> Vec<Short> {
    (0..n).map(|_| Short(chance.number())).collect()
}

#[test]
fn the_table_of_shares_is_what_the_jumps_give_and_what_is_seen() {
    // A jump from i is at most k with the chance 1 - ((i + 1.5) / (i + 1.5 + k))^2.
    let up_to = |i: usize, k: usize| {
        let from = i as f64 + 1.5;
        1.0 - (from / (from + k as f64)).powi(2)
    };
    let mut exact = vec![1.0];
    for j in 1..16 {
        let share: f64 = (0..j)
            .map(|i| exact[i] * (up_to(i, j - i) - up_to(i, j - i - 1)))
            .sum();
        exact.push(share);
    }
    let mut seen = [0u32; 64];
    let mut chance = Chance(1);
    for _ in 0..200_000 {
        let mut mapping = Mapping::new(Short(chance.number()));
        while let Some(slot) = seen.get_mut(mapping.index() as usize) {
            *slot += 1;
            mapping.advance();
        }
    }
    for (i, exact) in exact.iter().enumerate() {
        assert!((estimate::share(i) - exact).abs() < 1e-6, "cell {i}");
    }
    for (i, seen) in seen.iter().enumerate() {
        let found = f64::from(*seen) / 200_000.0;
        assert!(
            (found - estimate::share(i)).abs() < 0.005,
            "cell {i}: {found}"
        );
    }
}

#[test]
fn the_size_of_a_difference_is_estimated_without_bias_on_one_side_and_on_both() {
    let mut chance = Chance(2);
    for (ours, theirs) in [(500, 500), (1_000, 0), (0, 4_000), (3_000, 1_000)] {
        for (cells, spread) in [(16, 0.6), (64, 0.3)] {
            let runs = 60;
            let mean: f64 = (0..runs)
                .map(|_| {
                    let own = sketch_of(&shorts(&mut chance, ours), cells);
                    let other = sketch_of(&shorts(&mut chance, theirs), cells);
                    let pairs = own.cells().iter().zip(other.cells());
                    let minus: Vec<Cell> = pairs
                        .enumerate()
                        .map(|(i, (own, other))| own.minus(*other, i))
                        .collect();
                    estimate::difference(&minus, ours as i64 - theirs as i64)
                })
                .sum::<f64>()
                / f64::from(runs);
            let ratio = mean / (ours + theirs) as f64;
            assert!(
                (1.0 - spread / 2.0..1.0 + spread).contains(&ratio),
                "{ours} and {theirs} by {cells} cells: {ratio}"
            );
        }
    }
}

#[test]
fn the_cells_that_are_reckoned_with_suffice_in_nine_of_ten_cases() {
    let mut chance = Chance(3);
    for (size, runs) in [(1, 200), (5, 200), (30, 200), (300, 60), (2_500, 20)] {
        let cells = estimate::cells_for(size as f64).max(limits::COMPARE_LEAST_CELLS);
        let done = (0..runs)
            .filter(|_| {
                let ours = shorts(&mut chance, size);
                let own = sketch_of(&ours, cells);
                let other = sketch_of(&[], cells);
                decode(&own, &other, cells, |_| true).unwrap().is_some()
            })
            .count();
        assert!(
            done * 10 >= runs * 9,
            "{size}: {done} of {runs} in {cells} cells"
        );
    }
}
