//! Cuts the power of a real store at many points of a recorded run; see [`indaba_power`]. Started by `tests/power/run`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use indaba_power::disk::{Disk, Ignored, Image};
use indaba_power::random::Random;
use indaba_power::trace::{self, Act, Call};
use indaba_power::{Result, check, cost, load, said};

const HELP: &str = "\
Cuts the power of a real store at many points of a recorded run, and opens what comes up.

usage: tests/power/run [--images N] [--groups N] [--seed N]

  --images N   images for each body size, 2 KiB and 8 KiB [default: 100; 2000 with INDABA_TEST_FULL]
  --groups N   commits in the recorded run [default: 60]
  --seed N     draws the cut points and what survives [default: 1]

A hundred images take about 15 seconds. Example: thousands of crash states of a longer run:

  tests/power/run --images 5000 --groups 200
";

/// Bytes of the bodies stored: the median of records, and one that makes a group span many pages.
const BODIES: [usize; 2] = [2 << 10, 8 << 10];
/// Images of each control: enough that the missing sync must show.
const CONTROL_IMAGES: u64 = 12;

struct Run {
    images: u64,
    groups: u64,
    seed: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["worker", root, body, groups] => number(body)
            .and_then(|body| load::work(Path::new(root), body as usize, number(groups)?))
            .map(|()| true),
        ["check", root, body, groups, acknowledged] => number(body)
            .and_then(|body| {
                check::check(
                    Path::new(root),
                    body as usize,
                    number(groups)?,
                    number(acknowledged)?,
                )
            })
            .map(|()| true),
        ["-h" | "--help"] => say(HELP).map(|()| true),
        flags => parse(flags).and_then(|run| run.all()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().map_err(said(text))
}

fn say(line: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").map_err(said("say"))
}

fn parse(flags: &[&str]) -> Result<Run> {
    let is_full = std::env::var_os("INDABA_TEST_FULL").is_some();
    let mut run = Run {
        images: if is_full { 2_000 } else { 100 },
        groups: 60,
        seed: 1,
    };
    for pair in flags.chunks(2) {
        match pair {
            ["--images", n] => run.images = number(n)?,
            ["--groups", n] => run.groups = number(n)?.max(30),
            ["--seed", n] => run.seed = number(n)?,
            _ => {
                return Err(format!(
                    "unknown or incomplete flag {}; see --help",
                    pair[0]
                ));
            }
        }
    }
    Ok(run)
}

/// Where the power is cut: after so many calls, with so many groups acknowledged.
#[derive(Clone, Copy)]
struct Cut {
    calls: usize,
    acknowledged: u64,
}

impl Run {
    fn all(&self) -> Result<bool> {
        let (mut passed, mut failed) = (0, 0);
        for body in BODIES {
            let folder = tempfile::tempdir().map_err(said("make a folder"))?;
            let root = folder
                .path()
                .canonicalize()
                .map_err(said("find the folder"))?
                .join("data");
            std::fs::create_dir(&root).map_err(said("make a folder"))?;
            let calls = self.record(&root, &folder.path().join("trace"), body)?;
            std::fs::remove_dir_all(&root).map_err(said("clear"))?;
            let cost = cost::count(&calls);
            passed += u64::from(cost.is_ok());
            match cost {
                Ok(cost) => say(&format!(
                    "bodies of {body} bytes: {} groups acknowledged; {:.2} syncs for each of {} in the steady state, own head included \
                     ({} more began a segment: 3 syncs), {} segments cleared; bytes written per group: journal {}, guard {}, index {} in the background",
                    cost.groups,
                    cost.syncs as f64 / (cost.steady - cost.rolled) as f64,
                    cost.steady - cost.rolled,
                    cost.rolled,
                    cost.cleared,
                    cost.journal / cost.groups,
                    cost.guard / cost.groups,
                    cost.index / cost.groups,
                ))?,
                Err(error) => {
                    failed += 1;
                    say(&format!("bodies of {body} bytes: {error}"))?;
                }
            }
            let found = self.cut(
                &calls,
                &root,
                body,
                self.images,
                Ignored::Nothing,
                &Image::ALL,
            )?;
            for (cut, image, what) in found.iter().take(10) {
                say(&format!(
                    "FAILED: {body} bytes, call {}, {} acknowledged, {image:?}: {what}",
                    cut.calls, cut.acknowledged
                ))?;
            }
            passed += self.images - found.len() as u64;
            failed += found.len() as u64;
            say(&format!(
                "bodies of {body} bytes: {} of {} images whole",
                self.images - found.len() as u64,
                self.images
            ))?;
            // The same cuts, with syncs that do nothing: the harness must notice what they are for.
            for ignored in [Ignored::Journal, Ignored::Guard, Ignored::Folders] {
                let found = self.cut(
                    &calls,
                    &root,
                    body,
                    CONTROL_IMAGES,
                    ignored,
                    &[Image::Strict],
                )?;
                say(&format!(
                    "control, syncs of {ignored:?} ignored: {} of {CONTROL_IMAGES} images broken{}",
                    found.len(),
                    found
                        .first()
                        .map(|(_, _, what)| format!(", such as: {what}"))
                        .unwrap_or_default()
                ))?;
                if found.is_empty() {
                    failed += 1;
                } else {
                    passed += 1;
                }
            }
        }
        say(&format!("{passed} passed, {failed} failed"))?;
        Ok(failed == 0)
    }

    /// Runs the worker under strace.
    fn record(&self, root: &Path, file: &Path, body: usize) -> Result<Vec<Call>> {
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-y",
                "-xx",
                "-s",
                &trace::LONGEST.to_string(),
                "-e",
                &format!("trace={}", trace::CALLS),
                "-o",
            ])
            .arg(file);
        command
            .arg(own()?)
            .arg("worker")
            .arg(root)
            .args([body.to_string(), self.groups.to_string()]);
        let done = command.output().map_err(said("run strace"))?;
        if !done.status.success() {
            return Err(format!(
                "the worker failed: {}",
                String::from_utf8_lossy(&done.stderr)
            ));
        }
        let text = std::fs::read_to_string(file).map_err(said("read the trace"))?;
        trace::read(&text, root)
    }

    /// Half of the cuts right after an acknowledgement, half anywhere in the middle of what comes between two.
    fn cuts(&self, calls: &[Call], images: u64) -> Vec<Cut> {
        let mut random = Random(self.seed);
        let mut acknowledged = vec![0];
        for (place, call) in calls.iter().enumerate() {
            if matches!(&call.act, Act::Said(line) if line.starts_with("acknowledged ")) {
                acknowledged.push(place + 1);
            }
        }
        let mut cuts: Vec<Cut> = (0..images)
            .map(|n| {
                let after = random.below(acknowledged.len() as u64) as usize;
                let begin = acknowledged[after];
                let end = acknowledged
                    .get(after + 1)
                    .copied()
                    .unwrap_or(calls.len() + 1);
                let further = if n % 2 == 0 {
                    0
                } else {
                    random.below((end - begin) as u64) as usize
                };
                Cut {
                    calls: begin + further,
                    acknowledged: after as u64,
                }
            })
            .collect();
        cuts.sort_by_key(|cut| cut.calls);
        cuts
    }

    /// Cuts the power so often and checks what comes up. Returns what was broken.
    fn cut(
        &self,
        calls: &[Call],
        root: &Path,
        body: usize,
        images: u64,
        ignored: Ignored,
        kinds: &[Image],
    ) -> Result<Vec<(Cut, Image, String)>> {
        let mut disk = Disk::new(root, ignored);
        let (mut played, mut broken, mut random) = (0, Vec::new(), Random(self.seed ^ 0x5eed));
        let mut checks = Checks::default();
        for (n, cut) in self.cuts(calls, images).into_iter().enumerate() {
            for call in &calls[played..cut.calls] {
                disk.play(call)?;
            }
            played = cut.calls;
            let image = kinds[(n + n / kinds.len()) % kinds.len()];
            let into = tempfile::tempdir().map_err(said("make a folder"))?;
            disk.cut(image, &mut random, &into.path().join("data"))?;
            checks.begin(cut, image, into, body, self.groups)?;
            broken.extend(checks.end(1)?);
        }
        broken.extend(checks.end(0)?);
        Ok(broken)
    }
}

fn own() -> Result<PathBuf> {
    std::env::current_exe().map_err(said("find this program"))
}

/// Checks under way: each in a process of its own, while the next image is being made.
#[derive(Default)]
struct Checks(Vec<(Cut, Image, tempfile::TempDir, std::process::Child)>);

impl Checks {
    fn begin(
        &mut self,
        cut: Cut,
        image: Image,
        folder: tempfile::TempDir,
        body: usize,
        groups: u64,
    ) -> Result<()> {
        let child = Command::new(own()?)
            .arg("check")
            .arg(folder.path().join("data"))
            .args([
                body.to_string(),
                groups.to_string(),
                cut.acknowledged.to_string(),
            ])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .map_err(said("start a check"))?;
        self.0.push((cut, image, folder, child));
        Ok(())
    }

    /// Waits until at most so many are under way.
    fn end(&mut self, at_most: usize) -> Result<Vec<(Cut, Image, String)>> {
        let mut broken = Vec::new();
        while self.0.len() > at_most {
            let (cut, image, _folder, child) = self.0.remove(0);
            let done = child.wait_with_output().map_err(said("wait for a check"))?;
            if !done.status.success() {
                // The last line: before it may stand what the index's engine has to say.
                let text = String::from_utf8_lossy(&done.stderr).into_owned();
                broken.push((
                    cut,
                    image,
                    text.lines().last().unwrap_or("it died").to_owned(),
                ));
            }
        }
        Ok(broken)
    }
}
