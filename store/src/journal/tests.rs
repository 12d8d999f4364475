#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use super::*;
use crate::disk::{Image, MemoryDisk};

mod appending;
mod damage;
mod power;
mod retiring;

const DIR: &str = "/store/journal";
const ID: StoreId = [7; 16];
/// Small, so that a short workload crosses several segments.
const SEGMENT: u64 = 2048;

type Group = Vec<(u8, Vec<u8>)>;

fn opening() -> Opening {
    Opening {
        segment_bytes: SEGMENT,
        ..Opening::new(ID)
    }
}

fn open(disk: &MemoryDisk, opening: &Opening) -> Result<(Journal, Recovery)> {
    Journal::open(Arc::new(disk.clone()), Path::new(DIR), opening)
}

fn append(journal: &mut Journal, group: &Group) -> Result<Vec<At>> {
    let entries: Vec<_> = group
        .iter()
        .map(|(kind, bytes)| Entry { kind: *kind, bytes })
        .collect();
    journal.append(&entries)
}

fn contents(journal: &Journal) -> Vec<Group> {
    let frames = journal.reader().frames(Mark::START);
    frames
        .map(|frame| {
            let entries = frame.unwrap().entries().unwrap();
            entries
                .into_iter()
                .map(|entry| (entry.kind, entry.bytes))
                .collect()
        })
        .collect()
}

/// Bytes that do not compress, so that sizes are as asked.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(length)
    .collect()
}

fn groups(count: u64) -> Vec<Group> {
    (0..count)
        .map(|n| {
            let text = format!("the same words again and again {n} ").repeat(8);
            vec![
                (1, noise(n, 40 + (n as usize * 97) % 700)),
                (2, text.into_bytes()),
                (3, Vec::new()),
            ]
        })
        .collect()
}

/// Appends until something fails. Returns how many groups were acknowledged.
fn run(disk: &MemoryDisk, groups: &[Group]) -> usize {
    let Ok((mut journal, _)) = open(disk, &opening()) else {
        return 0;
    };
    groups
        .iter()
        .take_while(|group| append(&mut journal, group).is_ok())
        .count()
}

fn segment_paths(disk: &MemoryDisk) -> Vec<PathBuf> {
    let mut names = disk.list(Path::new(DIR)).unwrap();
    names.sort();
    names.iter().map(|name| Path::new(DIR).join(name)).collect()
}

fn images(seed: u64) -> impl Iterator<Item = Image> {
    [Image::Strict, Image::Everything]
        .into_iter()
        .chain((0..6).map(move |n| Image::Torn(seed * 6 + n)))
}
