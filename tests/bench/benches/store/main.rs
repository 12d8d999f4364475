//! The store beside a plain append log, and beside itself with redb as its index, at any size.
//!
//! `cargo bench -p indaba-bench --bench store -- --records 300000,1000000`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops where something is not as it should be"
)]

mod counting;
mod phases;
mod subject;
mod table;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use clap::Parser;
use indaba_bench::generator::Generator;

use phases::{Phase, Run};
use subject::Kind;

/// Measures the store at given sizes. One run measures everything beside a plain log and beside redb.
#[derive(Debug, Parser)]
struct Arguments {
    /// Records to import; several sizes with commas between them.
    #[arg(long, value_delimiter = ',', default_value = "20000")]
    records: Vec<u64>,
    /// What to measure.
    #[arg(long, value_delimiter = ',', default_value = "raw,sled,redb")]
    kinds: Vec<Kind>,
    /// Seed of the records.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the stores, which are removed afterwards; about 5 KiB a record are needed. On the disk to be measured.
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,
    /// One phase of one kind, as this program starts itself.
    #[arg(long, hide = true)]
    phase: Option<Phase>,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Figures by kind and name.
pub(crate) type Figures = BTreeMap<(Kind, String), f64>;

fn main() {
    let arguments = Arguments::parse();
    if let Some(phase) = arguments.phase {
        let run = Run {
            kind: arguments.kinds[0],
            records: arguments.records[0],
            folder: &arguments.dir,
            generator: Generator::new(arguments.seed),
        };
        run.phase(phase);
        return;
    }
    for records in &arguments.records {
        let mut figures = Figures::new();
        for kind in &arguments.kinds {
            let folder =
                arguments
                    .dir
                    .join(format!("bench-{}-{}", kind.name(), std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            measure(&arguments, *kind, *records, &folder, &mut figures);
            std::fs::remove_dir_all(&folder).unwrap();
        }
        println!("{}", table::of(*records, &arguments.kinds, &figures));
    }
}

fn measure(arguments: &Arguments, kind: Kind, records: u64, folder: &Path, figures: &mut Figures) {
    for phase in [
        Phase::Import,
        Phase::Read,
        Phase::Crash,
        Phase::Reopen,
        Phase::Rebuild,
        Phase::Delete,
    ] {
        eprintln!("{} at {records} records: {phase:?}", kind.name());
        let mut child = start(arguments, kind, records, folder, phase);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            let line = line.unwrap();
            let (name, value) = line.split_once(' ').unwrap();
            if name == "ready" {
                child.kill().unwrap();
                break;
            }
            figures.insert((kind, name.to_owned()), value.parse().unwrap());
        }
        let status = child.wait().unwrap();
        assert!(
            status.success() || phase == Phase::Crash,
            "{phase:?} of {kind:?} failed"
        );
    }
}

fn start(arguments: &Arguments, kind: Kind, records: u64, folder: &Path, phase: Phase) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--kinds", kind.name(), "--records", &records.to_string()])
        .args(["--seed", &arguments.seed.to_string(), "--dir"])
        .arg(folder)
        .args(["--phase", &format!("{phase:?}").to_lowercase()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}
