//! The goals, and whether they were reached in this run.

use std::time::Duration;

use crate::sets::{Meeting, Place};
use crate::single::Single;
use crate::{Cost, Line};

use Meeting::{Again, First};
use Place::{Scattered, Tail, TailAndHoles};

struct Found<'a> {
    lines: &'a [Line],
    size: u64,
}

impl Found<'_> {
    fn line(&self, differences: u64, place: Place, meeting: Meeting) -> Option<&Line> {
        self.lines.iter().find(|line| {
            (line.size, line.differences, line.place, line.meeting)
                == (self.size, differences, place, meeting)
        })
    }

    /// A row about bytes.
    fn bytes(&self, goal: &str, of: (u64, Place, Meeting), most: usize) {
        if let Some(line) = self.line(of.0, of.1, of.2) {
            let median = line.at(0.5, Cost::bytes);
            row(
                goal,
                &format!("{median} B ({} with negentropy)", line.peer.bytes()),
                median <= most,
            );
        }
    }

    fn seconds(&self, goal: &str, of: (u64, Place, Meeting), most: f64) {
        if let Some(line) = self.line(of.0, of.1, of.2) {
            let median = line.at(0.5, |cost| (cost.seconds() * 1e6) as u64) as f64 / 1e6;
            row(
                goal,
                &format!("{median:.2} s ({:.2})", line.peer.seconds()),
                median <= most,
            );
        }
    }

    fn cpu(&self, goal: &str, of: (u64, Place, Meeting), most: Duration) {
        if let Some(line) = self.line(of.0, of.1, of.2) {
            let sides = [0, 1].map(|side| line.at(0.5, |cost| cost.cpu[side]));
            let found = format!(
                "{} / {} us ({} / {})",
                sides[0].as_micros(),
                sides[1].as_micros(),
                line.peer.cpu[0].as_micros(),
                line.peer.cpu[1].as_micros()
            );
            row(goal, &found, sides.iter().all(|side| *side <= most));
        }
    }
}

fn row(goal: &str, found: &str, reached: bool) {
    let word = if reached { "reached" } else { "**missed**" };
    println!("| {goal} | {found} | {word} |");
}

pub(crate) fn print(lines: &[Line], single: &Single, size: u64) {
    let found = Found { lines, size };
    println!(
        "**Goals at {size} elements, medians**\n\n| goal | found (negentropy) | |\n|---|---|---|"
    );
    found.bytes("1. nothing differs: 64 B", (0, Scattered, Again), 64);
    found.bytes(
        "2. one differs, met before: 450 B",
        (1, Scattered, Again),
        450,
    );
    found.bytes(
        "3. ten anywhere, met before: 700 B",
        (10, Scattered, Again),
        700,
    );
    found.bytes("3. ten newest, met before: 650 B", (10, Tail, Again), 650);
    found.bytes(
        "4. hundred anywhere: 3.4 kB",
        (100, Scattered, First),
        3_400,
    );
    found.bytes(
        "4. hundred newest, met before: 1.0 kB",
        (100, Tail, Again),
        1_000,
    );
    found.bytes(
        "4. hundred newest, first contact: 1.4 kB",
        (100, Tail, First),
        1_400,
    );
    found.bytes(
        "5. thousand anywhere: 21 kB",
        (1_000, Scattered, First),
        21_000,
    );
    found.bytes(
        "5. thousand newest, met before: 5 kB",
        (1_000, Tail, Again),
        5_000,
    );
    found.bytes(
        "5. thousand newest, first contact: 5 kB",
        (1_000, Tail, First),
        5_000,
    );
    found.bytes(
        "5. thousand newest and 20 holes, first contact: 5.8 kB",
        (1_000, TailAndHoles, First),
        5_800,
    );
    found.bytes(
        "6. ten thousand anywhere: 200 kB",
        (10_000, Scattered, First),
        200_000,
    );
    found.bytes(
        "6. ten thousand newest, first contact: 68 kB",
        (10_000, Tail, First),
        68_000,
    );
    found.bytes(
        "6. ten thousand newest, met before: 45 kB",
        (10_000, Tail, Again),
        45_000,
    );
    let worst = |share| {
        lines
            .iter()
            .map(|line| line.at(share, |cost| cost.rounds))
            .max()
            .unwrap_or(0)
    };
    row(
        "7. one round trip at p95, two at p99, at all sizes",
        &format!("{}, {} in the worst line", worst(0.95), worst(0.99)),
        worst(0.95) <= 1 && worst(0.99) <= 2,
    );
    found.seconds(
        "8. at 64 kbit/s and 600 ms: ten anywhere, met before, 0.8 s",
        (10, Scattered, Again),
        0.8,
    );
    found.seconds(
        "8. thousand anywhere, 3.3 s",
        (1_000, Scattered, First),
        3.3,
    );
    found.seconds(
        "8. thousand newest, first contact, 1.3 s",
        (1_000, Tail, First),
        1.3,
    );
    found.cpu(
        "9. processor of a side, ten, met before: 30 us",
        (10, Scattered, Again),
        Duration::from_micros(30),
    );
    found.cpu(
        "9. thousand newest, met before: 1 ms",
        (1_000, Tail, Again),
        Duration::from_millis(1),
    );
    found.cpu(
        "9. thousand anywhere, first contact: 1 ms",
        (1_000, Scattered, First),
        Duration::from_millis(1),
    );
    found.cpu(
        "9. ten thousand, met before: 10 ms",
        (10_000, Tail, Again),
        Duration::from_millis(10),
    );
    found.cpu(
        "9. ten thousand anywhere, first contact: 10 ms",
        (10_000, Scattered, First),
        Duration::from_millis(10),
    );
    row(
        "10. a sketch from nothing: 190 ms",
        &format!("{} ms", single.cold.as_millis()),
        single.cold <= Duration::from_millis(190),
    );
    row(
        "11. an element into sketch and root: 600 ns",
        &format!("{} ns", single.insert.as_nanos()),
        single.insert <= Duration::from_nanos(600),
    );
    row(
        "12. memory of a feed: 100 kB",
        &format!("{} B", single.memory),
        single.memory <= 100_000,
    );
    for (goal, of) in [
        (
            "12. memory of a session, thousand, met before: 256 kB",
            (1_000, Tail, Again),
        ),
        (
            "12. memory of a session, ten thousand anywhere: 256 kB",
            (10_000, Scattered, First),
        ),
    ] {
        if let Some(line) = found.line(of.0, of.1, of.2) {
            let memory = line.at(0.5, |cost| cost.memory);
            row(
                goal,
                &format!("{memory} B for both sides ({})", line.peer.memory),
                memory <= 2 * 256_000,
            );
        }
    }
}
