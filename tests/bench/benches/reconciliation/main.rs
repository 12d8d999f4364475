//! Comparing sets: ours beside `negentropy` on the same two sets in one run, beside a list of all ids, and beside what no method can go below.
//!
//! `cargo bench -p indaba-bench --bench reconciliation` takes minutes; `-- --sizes 10000` seconds. Whatever is measured has to find exactly the difference, or the run stops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops where something is not as it should be"
)]

mod bars;
mod floor;
mod ours;
mod peer;
mod plot;
mod sets;
mod single;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use peak_alloc::PeakAlloc;

use sets::{Meeting, Place, Sets};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Measures comparisons of two sets.
#[derive(Debug, Parser)]
struct Arguments {
    /// Elements of each set; several sizes with commas between them.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    sizes: Vec<u64>,
    /// Elements that differ, half on each side.
    #[arg(long, value_delimiter = ',', default_value = "0,1,10,100,1000,10000")]
    differences: Vec<u64>,
    /// Sessions of ours for each line; a tenth as many where 10,000 differ.
    #[arg(long, default_value_t = 100)]
    sessions: u64,
    /// Where to write the plot of bytes at the last size.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one method took to tell the initiator all differences.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// From the initiator to the responder, and back.
    pub(crate) there: usize,
    pub(crate) back: usize,
    pub(crate) rounds: u32,
    /// Of the processor, at the initiator and at the responder.
    pub(crate) cpu: [Duration; 2],
    /// Beyond what was there before, both sides together.
    pub(crate) memory: usize,
}

impl Cost {
    pub(crate) fn bytes(&self) -> usize {
        self.there + self.back
    }

    /// Seconds on a line of 64 kbit/s with 600 ms there and back: latency, bytes with 60 more for each 1,400, and the processor.
    pub(crate) fn seconds(&self) -> f64 {
        let bytes = self.bytes() + 60 * self.bytes().div_ceil(1_400);
        f64::from(self.rounds) * 0.6
            + bytes as f64 * 8.0 / 64_000.0
            + self.cpu.iter().sum::<Duration>().as_secs_f64()
    }
}

/// All sessions of one line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) size: u64,
    pub(crate) differences: u64,
    pub(crate) place: Place,
    pub(crate) meeting: Meeting,
    pub(crate) costs: Vec<Cost>,
    pub(crate) peer: Cost,
}

impl Line {
    /// The value that this share of the sessions stayed within.
    pub(crate) fn at<T: Ord + Copy>(&self, share: f64, of: impl Fn(&Cost) -> T) -> T {
        let mut values: Vec<T> = self.costs.iter().map(of).collect();
        values.sort_unstable();
        let last = values.len() - 1;
        values[((values.len() as f64 * share) as usize).min(last)]
    }
}

/// The thread's own time on the processor.
pub(crate) fn processor() -> Duration {
    cpu_time::ThreadTime::now().as_duration()
}

fn main() {
    let arguments = Arguments::parse();
    let mut lines = Vec::new();
    for size in &arguments.sizes {
        lines.extend(measure(*size, &arguments));
    }
    println!();
    let largest = arguments.sizes.iter().max().copied().unwrap_or(10_000);
    let single = single::measure(largest);
    single.print();
    bars::print(&lines, &single, largest);
    if let Some(path) = &arguments.plot {
        std::fs::write(path, plot::svg(&lines, largest)).unwrap();
        println!("\nplot: {}", path.display());
    }
}

fn measure(size: u64, arguments: &Arguments) -> Vec<Line> {
    let mut sets = Sets::new(size);
    let mut lines = Vec::new();
    println!(
        "\n**{size} elements on each side**\n\n| differ | where | met before | bytes there + back, median (p95) | round trips, p95 (p99) | CPU asking / answering, us | memory, KiB | s at 64 kbit/s, 600 ms | negentropy: bytes | round trips | CPU, us | memory, KiB | s | all ids | floor |\n|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    for differences in &arguments.differences {
        let places: &[Place] = match differences {
            0 => &[Place::Scattered],
            1_000 | 10_000 => &[Place::Scattered, Place::Tail, Place::TailAndHoles],
            _ => &[Place::Scattered, Place::Tail],
        };
        for place in places {
            for meeting in [Meeting::First, Meeting::Again] {
                let many = *differences >= 10_000;
                let sessions = if many {
                    arguments.sessions.div_ceil(10)
                } else {
                    arguments.sessions
                };
                let mut costs = Vec::new();
                let mut peer = Cost::default();
                for seed in 0..sessions {
                    sets.differ(*differences, *place, seed);
                    costs.push(ours::run(&sets, meeting));
                    if seed == 0 {
                        peer = peer::run(&sets);
                    }
                    sets.agree();
                }
                let line = Line {
                    size,
                    differences: *differences,
                    place: *place,
                    meeting,
                    costs,
                    peer,
                };
                print(&line);
                lines.push(line);
            }
        }
    }
    for (name, common) in [("half the set", size / 2), ("cold start", 0)] {
        let (ours, peer) = sets::apart(size, common);
        println!(
            "| {name} | | no | {} + {} | {} | {} / {} | {} | {:.2} | {} | {} | {} / {} | {} | {:.2} | {} | |",
            ours.there,
            ours.back,
            ours.rounds,
            micros(ours.cpu[0]),
            micros(ours.cpu[1]),
            ours.memory / 1_024,
            ours.seconds(),
            peer.bytes(),
            peer.rounds,
            micros(peer.cpu[0]),
            micros(peer.cpu[1]),
            peer.memory / 1_024,
            peer.seconds(),
            32 * size,
        );
    }
    lines
}

pub(crate) fn micros(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000)
}

fn print(line: &Line) {
    let peer = &line.peer;
    let middle = |of: fn(&Cost) -> Duration| micros(line.at(0.5, of));
    let seconds = line.at(0.5, |cost| (cost.seconds() * 1_000.0) as u64) as f64 / 1_000.0;
    println!(
        "| {} | {} | {} | {} + {} ({}) | {} ({}) | {} / {} | {} | {seconds:.2} | {} | {} | {} / {} | {} | {:.2} | {} | {} |",
        line.differences,
        line.place.name(),
        line.meeting.name(),
        line.at(0.5, |cost| cost.there),
        line.at(0.5, |cost| cost.back),
        line.at(0.95, Cost::bytes),
        line.at(0.95, |cost| cost.rounds),
        line.at(0.99, |cost| cost.rounds),
        middle(|cost| cost.cpu[0]),
        middle(|cost| cost.cpu[1]),
        line.at(0.5, |cost| cost.memory) / 1_024,
        peer.bytes(),
        peer.rounds,
        micros(peer.cpu[0]),
        micros(peer.cpu[1]),
        peer.memory / 1_024,
        peer.seconds(),
        32 * line.size,
        floor::bytes(line.size, line.differences),
    );
}
