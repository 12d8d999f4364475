//! The log on a disk: what holds after a kill, after somebody's hand, when it is full, when it is off.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;
use crate::engine::order::{Order, Reply};

fn log(folder: &Path) -> AuditLog {
    AuditLog::new(folder.join("audit"), AuditSettings::default())
}

fn draft(number: u64) -> Deed {
    Deed::done(
        "draft-take-back",
        vec![Subject::new("draft", number.to_string())],
    )
}

fn found(folder: &Path) -> Found {
    Found::read(&folder.join("audit")).unwrap()
}

/// A log of six entries, its only file, and that file's lines.
fn six() -> (tempfile::TempDir, PathBuf, Vec<String>) {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    for number in 1..=6 {
        log.note_own(draft(number)).unwrap();
    }
    let file = place.path().join("audit/00000001.log");
    let text = fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(str::to_owned).collect();
    (place, file, lines)
}

fn head(found: &Found) -> Head {
    let (number, hash) = found.newest().unwrap();
    Head::parse(&format!("{number}:{}", hash.for_paper().to_uppercase())).unwrap()
}

#[test]
fn entries_are_kept_in_order_for_the_owner_alone() {
    let (place, file, _) = six();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let found = found(place.path());
    assert_eq!((&found.faults, &found.unfinished), (&vec![], &vec![]));
    let numbers: Vec<u64> = found.entries.iter().map(|entry| entry.n).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found.entries[3].on, [Subject::new("draft", "4")]);
    assert_eq!(
        found.entries[3].who.uid,
        rustix::process::geteuid().as_raw()
    );
}

#[test]
fn what_was_changed_taken_out_or_moved_is_found() {
    let (place, file, lines) = six();
    let noted = head(&found(place.path()));
    let write = |lines: &[String]| fs::write(&file, lines.join("\n") + "\n").unwrap();
    for at in 0..lines.len() - 1 {
        for byte in (0..lines[at].len()).step_by(7) {
            let mut changed = lines.clone();
            let mut bytes = changed[at].clone().into_bytes();
            bytes[byte] = if bytes[byte] == b'7' { b'8' } else { b'7' };
            changed[at] = String::from_utf8(bytes).unwrap();
            write(&changed);
            assert!(
                !found(place.path()).faults.is_empty(),
                "line {at}, byte {byte}"
            );
        }
        let mut removed = lines.clone();
        removed.remove(at);
        write(&removed);
        assert!(!found(place.path()).faults.is_empty(), "without line {at}");
        let mut moved = lines.clone();
        moved.swap(at, at + 1);
        write(&moved);
        assert!(!found(place.path()).faults.is_empty(), "line {at} moved");
        let mut twice = lines.clone();
        twice.insert(at, lines[at].clone());
        write(&twice);
        assert!(!found(place.path()).faults.is_empty(), "line {at} twice");
    }
    // Negative control: as it was written, nothing is found.
    write(&lines);
    let whole = found(place.path());
    assert!(whole.faults.is_empty(), "{:?}", whole.faults);
    assert_eq!(whole.differs_from(&noted), None);
}

#[test]
fn what_was_cut_off_or_written_anew_shows_by_a_noted_head_only() {
    let (place, file, lines) = six();
    let noted = head(&found(place.path()));
    for left in 1..lines.len() {
        fs::write(&file, lines[..left].join("\n") + "\n").unwrap();
        let cut = found(place.path());
        // The chain alone cannot know.
        assert!(cut.faults.is_empty(), "{left} left");
        assert!(cut.differs_from(&noted).unwrap().contains("cut off"));
    }
    fs::remove_dir_all(place.path().join("audit")).unwrap();
    let log = log(place.path());
    for number in 11..=16 {
        log.note_own(draft(number)).unwrap();
    }
    let anew = found(place.path());
    assert!(anew.faults.is_empty());
    assert!(anew.differs_from(&noted).unwrap().contains("anew"));
    // Negative control: its own head.
    assert_eq!(anew.differs_from(&head(&anew)), None);
}

#[test]
fn a_line_that_was_torn_anywhere_is_kept_and_the_log_goes_on() {
    let (place, file, lines) = six();
    let whole = fs::read(&file).unwrap();
    let before = whole.len() - lines[5].len() - 1;
    for length in before + 1..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        let torn = found(place.path());
        assert!(torn.faults.is_empty(), "{length}");
        let log = log(place.path());
        log.note_own(draft(7)).unwrap();
        log.note_own(draft(8)).unwrap();
        let found = found(place.path());
        assert!(found.faults.is_empty(), "{length}: {:?}", found.faults);
        let numbers: Vec<u64> = found.entries.iter().map(|entry| entry.n).collect();
        if length == whole.len() - 1 {
            // Only the break was missing.
            assert_eq!((numbers.len(), found.unfinished.len()), (8, 0));
        } else {
            assert_eq!(
                (numbers, found.unfinished.len()),
                (vec![1, 2, 3, 4, 5, 6, 7], 1)
            );
        }
        // What stands there was only added to.
        assert!(fs::read(&file).unwrap().starts_with(&whole[..length]));
    }
}

/// The other half of the test below: its own process, which is killed.
#[test]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os("INDABA_TEST_AUDIT_FOLDER") else {
        // Run by itself it shows that it would write.
        let (place, _, lines) = six();
        assert_eq!(found(place.path()).entries.len(), lines.len());
        return;
    };
    let log = log(Path::new(&folder));
    let mut out = std::io::stdout();
    for number in 1.. {
        log.note_own(draft(number)).unwrap();
        writeln!(out, "noted {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_process_leaves_every_entry_it_had_written() {
    let place = tempfile::tempdir().unwrap();
    let mut noted = 0;
    for round in 1..=5u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "audit::tests::writes_until_it_is_killed",
                "--nocapture",
            ])
            .env("INDABA_TEST_AUDIT_FOLDER", place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut here = 0;
        while here < round * 3 {
            let line = lines.next().unwrap().unwrap();
            here += u64::from(line.contains("noted "));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What was still on its way through the pipe was written too.
        here += lines
            .map_while(Result::ok)
            .filter(|line| line.contains("noted "))
            .count() as u64;
        noted += here;
        let found = found(place.path());
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        let written = found.entries.len() as u64;
        assert!(written >= noted, "{written} of {noted} are there");
        noted = written;
    }
}

#[test]
fn old_files_are_given_up_and_said_and_no_others() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let large = || {
        let name = "x".repeat(limits::SUBJECT);
        let on = (0..limits::SUBJECTS + 5).map(|_| Subject::new("record", &name));
        Deed::done("publish", on.collect())
    };
    let files = || fs::read_dir(place.path().join("audit")).unwrap().count();
    while found(place.path())
        .entries
        .first()
        .is_none_or(|entry| entry.n == 1)
    {
        for _ in 0..10 {
            log.note_own(large()).unwrap();
        }
    }
    let whole = found(place.path());
    assert!(whole.faults.is_empty(), "{:?}", whole.faults);
    assert_eq!(files(), limits::FILES);
    let first = whole.entries[0].n;
    assert!(
        whole
            .entries
            .iter()
            .any(|entry| entry.given_up == Some(first - 1))
    );
    assert_eq!(
        (whole.entries[0].on.len(), whole.entries[0].more),
        (limits::SUBJECTS, Some(5))
    );
    for entry in fs::read_dir(place.path().join("audit")).unwrap() {
        assert!(entry.unwrap().metadata().unwrap().len() <= limits::FILE_BYTES);
    }
    let old = Head {
        number: 1,
        hash: "0".repeat(32),
    };
    assert!(
        whole
            .differs_from(&old)
            .unwrap()
            .contains("cannot be compared")
    );
    // Negative control: one more file taken away by hand, at the beginning or within.
    let mut names: Vec<_> = fs::read_dir(place.path().join("audit"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    let middle = fs::read(&names[5]).unwrap();
    fs::remove_file(&names[5]).unwrap();
    assert!(!found(place.path()).faults.is_empty());
    fs::write(&names[5], middle).unwrap();
    assert!(found(place.path()).faults.is_empty());
    fs::remove_file(&names[0]).unwrap();
    let shorter = found(place.path());
    assert!(
        shorter.faults[0].what.contains("given up"),
        "{:?}",
        shorter.faults
    );
}

#[test]
fn what_cannot_be_written_is_counted_and_holds_nobody_up() {
    let (place, _, _) = six();
    let log = log(place.path());
    let held = fs::File::open(place.path().join("audit")).unwrap();
    held.lock().unwrap();
    let begun = std::time::Instant::now();
    assert!(log.note_own(draft(7)).is_err());
    // As long as it waits for its turn, and not for ever.
    assert!(begun.elapsed() < limits::LOCK_WAIT * 5);
    held.unlock().unwrap();
    // A disk that takes nothing.
    let aside = place.path().join("aside");
    fs::rename(place.path().join("audit"), &aside).unwrap();
    fs::write(place.path().join("audit"), "").unwrap();
    assert!(log.note_own(draft(8)).is_err());
    fs::remove_file(place.path().join("audit")).unwrap();
    fs::rename(&aside, place.path().join("audit")).unwrap();
    log.note_own(draft(9)).unwrap();
    log.note_own(draft(10)).unwrap();
    let found = found(place.path());
    assert!(found.faults.is_empty());
    let missed: Vec<Option<u64>> = found.entries[6..]
        .iter()
        .map(|entry| entry.missed)
        .collect();
    assert_eq!(missed, [Some(2), None]);
}

#[test]
fn several_processes_at_once_make_one_chain() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let log = log(path);
                for number in 0..15 {
                    log.note_own(draft(number)).unwrap();
                }
            });
        }
    });
    let found = found(path);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!(found.entries.len(), 60);
}

#[test]
fn a_log_that_is_off_says_so_once_and_a_new_one_is_not_begun() {
    let off = AuditSettings {
        keep: false,
        quiet_feeds: false,
    };
    let place = tempfile::tempdir().unwrap();
    let silent = AuditLog::new(place.path().join("audit"), off);
    silent.note_own(draft(1)).unwrap();
    assert!(!place.path().join("audit").exists());
    log(place.path()).note_own(draft(2)).unwrap();
    silent.note_own(draft(3)).unwrap();
    silent.note_own(draft(4)).unwrap();
    log(place.path()).note_own(draft(5)).unwrap();
    let found = found(place.path());
    let acts: Vec<&str> = found
        .entries
        .iter()
        .map(|entry| entry.act.as_str())
        .collect();
    assert_eq!(acts, ["draft-take-back", "audit-off", "draft-take-back"]);
}

#[test]
fn what_is_read_and_what_is_followed_quietly_is_not_noted() {
    let follow = |quiet| Order::Follow {
        feed: "theme:trj".into(),
        quiet,
    };
    let followed = |quiet| Reply::Followed {
        feed: "theme:trj".into(),
        quiet,
        was_quiet: None,
    };
    let unfollow = || {
        Asked::of(&Order::Unfollow {
            feed: "theme:trj".into(),
        })
        .unwrap()
    };
    let unfollowed = |was_quiet| Reply::Unfollowed {
        feed: "theme:trj".into(),
        was_followed: true,
        was_quiet,
    };
    let who = Who::default;
    assert!(Asked::of(&Order::Show { id: "x".into() }).is_none());
    assert!(
        Asked::of(&Order::Search {
            words: vec!["x".into()],
            feed: None,
            limit: 1
        })
        .is_none()
    );
    let quietly = Asked::of(&follow(Some(true))).unwrap();
    assert!(
        quietly
            .clone()
            .answered(&followed(true), who(), false)
            .is_none()
    );
    assert!(quietly.clone().unanswered(who(), "gone").is_none());
    assert!(
        unfollow()
            .answered(&unfollowed(true), who(), false)
            .is_none()
    );
    assert!(unfollow().unanswered(who(), "gone").is_none());
    // Not said how: the reply tells.
    let again = Asked::of(&follow(None)).unwrap();
    assert!(
        again
            .clone()
            .answered(&followed(true), who(), false)
            .is_none()
    );
    assert!(again.clone().unanswered(who(), "gone").is_none());
    let (_, deed) = again
        .clone()
        .answered(&followed(true), who(), true)
        .unwrap();
    assert_eq!(deed.act, "feed-follow-quietly");
    let (_, deed) = again.answered(&followed(false), who(), false).unwrap();
    assert_eq!(deed.act, "feed-follow");
    // Negative control: openly, or where the institution asks for it.
    let openly = Asked::of(&follow(Some(false))).unwrap();
    assert!(openly.answered(&followed(false), who(), false).is_some());
    assert!(
        unfollow()
            .answered(&unfollowed(false), who(), false)
            .is_some()
    );
    let (_, deed) = quietly.answered(&followed(true), who(), true).unwrap();
    assert_eq!(deed.on, [Subject::new("feed", "theme:trj")]);
}

#[test]
fn heads_are_read_as_they_were_written_down() {
    let hash = LineHash::of(b"a line");
    let paper = hash.for_paper();
    assert_eq!(paper.len(), 39);
    let noted = Head::parse(&format!(" 12:{} ", paper.replace('-', " ").to_uppercase())).unwrap();
    assert_eq!(noted.number, 12);
    assert!(hash.hex().starts_with(&noted.hash));
    for wrong in [
        "",
        "12",
        "12:",
        "12:abc",
        "x:00",
        "12:zz1e-09ab-55d0-31f2-88e4-6a0b-c9d7-2f43",
    ] {
        assert_eq!(Head::parse(wrong), None, "{wrong}");
    }
}
