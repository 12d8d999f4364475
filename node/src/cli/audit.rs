//! `indaba audit`: who on this node did what, read from the files alone; it needs no node and no store.

use serde::Serialize;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{AuditAct, ListFlags};
use super::screen::{Page, Report};
use super::words;
use crate::audit::{self, Entry, Fault, Found, Head, Outcome, Subject, Who};

/// Things named of one entry on the screen; JSON has them all.
const NAMED: usize = 3;

/// Runs the command.
pub(crate) fn run(context: &Context, act: Option<AuditAct>) -> Result<Exit, Failure> {
    let found = read(context)?;
    match act.unwrap_or(AuditAct::List(ListFlags::default())) {
        AuditAct::List(flags) => list(context, found, &flags),
        AuditAct::Verify { head } => verify(context, &found, head.as_deref()),
        AuditAct::Head => head(context, &found),
    }
}

fn read(context: &Context) -> Result<Found, Failure> {
    // Also where the node's identity is lost: its log may tell by whom.
    let dir = context.data_dir()?;
    let folder = dir.audit();
    if !folder.exists() {
        context.node_dir()?;
    }
    Found::read(&folder).map_err(|e| {
        Failure::io("read the audit log in", &folder, &e)
            .hint("run the command as the account that owns the data folder")
    })
}

#[derive(Serialize)]
struct Listed {
    entries: Vec<Entry>,
    /// Entries before these.
    earlier: u64,
}

impl Report for Listed {
    const NAME: &'static str = "audit-list";
    fn page(&self, page: &mut Page) {
        if self.entries.is_empty() {
            page.line("nothing is noted");
            return;
        }
        let rows: Vec<Vec<String>> = self.entries.iter().map(row).collect();
        page.table(&["no.", "when", "what", "on", "who", "outcome"], &rows);
    }
}

fn row(entry: &Entry) -> Vec<String> {
    vec![
        entry.n.to_string(),
        when(entry),
        audit::words(&entry.act).to_owned(),
        on(entry),
        who(&entry.who),
        outcome(entry),
    ]
}

fn when(entry: &Entry) -> String {
    entry.at.parse::<jiff::Timestamp>().map_or_else(
        |_| entry.at.clone(),
        |at| words::moment(at.as_millisecond()),
    )
}

fn on(entry: &Entry) -> String {
    let named: Vec<String> = entry
        .on
        .iter()
        .take(NAMED)
        .map(|Subject { what, id }| format!("{what} {}", words::short(id)))
        .collect();
    let left = entry.on.len().saturating_sub(NAMED) as u64 + entry.more.unwrap_or(0);
    let more = if left > 0 {
        format!(" and {left} more")
    } else {
        String::new()
    };
    named.join(", ") + &more
}

/// The officer first, where a signature proves one; then the account.
fn who(who: &Who) -> String {
    let mut parts = Vec::new();
    if who.node {
        parts.push("the node itself".to_owned());
    }
    match (&who.officer, &who.key) {
        (Some(officer), Some(key)) => parts.push(format!("{officer} (key {key})")),
        (Some(officer), None) => parts.push(officer.clone()),
        (None, Some(key)) => parts.push(format!("key {key}, not proven")),
        (None, None) => {}
    }
    let name =
        |name: &Option<String>, uid: u32| name.clone().unwrap_or_else(|| format!("number {uid}"));
    parts.push(format!("account {}", name(&who.account, who.uid)));
    if let Some(uid) = who.login_uid {
        parts.push(format!("logged in as {}", name(&who.login, uid)));
    }
    parts.join(", ")
}

fn outcome(entry: &Entry) -> String {
    let word = match entry.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    };
    let mut text = word.to_owned();
    if let Some(why) = &entry.why {
        text.push_str(&format!(": {why}"));
    }
    if let Some(missed) = entry.missed {
        let missed = words::count(missed, "entry", "entries");
        text.push_str(&format!("; {missed} before it could not be written"));
    }
    if let Some(number) = entry.given_up {
        text.push_str(&format!("; up to no. {number} given up for room"));
    }
    text
}

fn list(context: &Context, found: Found, flags: &ListFlags) -> Result<Exit, Failure> {
    let is_whole = found.faults.is_empty();
    let mut entries = found.entries;
    if let Some(since) = flags.since {
        // The first of that day, and then in the order they were written: behind it a clock may have been set back.
        let begin = entries
            .iter()
            .position(|entry| day(entry).is_some_and(|day| day >= since));
        entries.drain(..begin.unwrap_or(entries.len()));
    }
    let earlier = entries.len().saturating_sub(flags.last as usize);
    entries.drain(..earlier);
    context.screen.report(&Listed {
        entries,
        earlier: earlier as u64,
    })?;
    if earlier > 0 {
        context.screen.hint(format!(
            "{} before these: indaba audit list --last N",
            words::count(earlier as u64, "entry", "entries")
        ));
    }
    if !is_whole {
        context
            .screen
            .warn("the log is not as it was written; `indaba audit verify` says where");
    }
    Ok(Exit::Ok)
}

/// The day of an entry, where this machine stands.
fn day(entry: &Entry) -> Option<jiff::civil::Date> {
    let at: jiff::Timestamp = entry.at.parse().ok()?;
    Some(at.to_zoned_datetime(jiff::tz::TimeZone::system()).date())
}

#[derive(Serialize)]
struct Checked {
    entries: u64,
    first: Option<u64>,
    head: Option<String>,
    /// With a head that was noted: the entry of that number is the noted one.
    noted: Option<bool>,
    faults: Vec<String>,
    unfinished: Vec<String>,
}

impl Report for Checked {
    const NAME: &'static str = "audit-verify";
    fn page(&self, page: &mut Page) {
        let first = self.first.unwrap_or(1);
        page.line(format!(
            "{}{} read, every hash compared",
            words::count(self.entries, "entry", "entries"),
            if first > 1 {
                format!(", from no. {first} on; earlier ones were given up for room")
            } else {
                String::new()
            }
        ));
        for place in &self.unfinished {
            page.line(format!(
                "{place}: a line that was never finished; its process or the machine ended while it was written"
            ));
        }
        for fault in &self.faults {
            page.line(fault);
        }
        if let Some(head) = &self.head {
            page.field("head", head);
        }
        page.line(match (self.faults.is_empty(), self.noted) {
            (false, _) => "the log is not as it was written",
            (true, Some(_)) => "nothing was changed, taken out or moved up to the noted entry",
            (true, None) => {
                "nothing was changed, taken out or moved; the newest entry itself, and what was cut off behind it, show only by a head noted elsewhere"
            }
        });
    }
}

fn verify(context: &Context, found: &Found, noted: Option<&str>) -> Result<Exit, Failure> {
    let noted = noted.map(|text| {
        Head::parse(text).ok_or_else(|| {
            Failure::new(Exit::WrongUse, format!("`{text}` is no head"))
                .hint("write it as `indaba audit head` gave it: NUMBER:HASH")
        })
    });
    let noted = noted.transpose()?;
    let differs = noted.as_ref().and_then(|noted| found.differs_from(noted));
    let mut faults: Vec<String> = found.faults.iter().map(fault).collect();
    let is_noted = noted.map(|_| differs.is_none());
    faults.extend(differs);
    let exit = if faults.is_empty() {
        Exit::Ok
    } else {
        Exit::Integrity
    };
    context.screen.report(&Checked {
        entries: found.entries.len() as u64,
        first: found.entries.first().map(|entry| entry.n),
        head: newest(found),
        noted: is_noted,
        faults,
        unfinished: found
            .unfinished
            .iter()
            .map(|(file, line)| format!("{file}, line {line}"))
            .collect(),
    })?;
    if exit == Exit::Integrity {
        context.screen.hint("copy the folder `audit` of the data folder away as it is, and compare with the institution's own papers");
    }
    Ok(exit)
}

fn fault(fault: &Fault) -> String {
    match &fault.place {
        Some((file, line)) => format!("{file}, line {line}: {}", fault.what),
        None => fault.what.clone(),
    }
}

fn newest(found: &Found) -> Option<String> {
    found
        .newest()
        .map(|(number, hash)| format!("{number}:{}", hash.for_paper()))
}

#[derive(Serialize)]
struct Newest {
    head: String,
    /// By this machine's clock, UTC.
    at: String,
    /// All 64 digits.
    hash: String,
}

impl Report for Newest {
    const NAME: &'static str = "audit-head";
    fn page(&self, page: &mut Page) {
        page.line(&self.head);
    }
}

fn head(context: &Context, found: &Found) -> Result<Exit, Failure> {
    let (Some(head), Some((_, hash)), Some(entry)) =
        (newest(found), found.newest(), found.entries.last())
    else {
        return Err(Failure::new(Exit::NotFound, "nothing is noted yet")
            .hint("an entry comes with the next act that changes something"));
    };
    context.screen.report(&Newest {
        head,
        at: entry.at.clone(),
        hash: hash.hex(),
    })?;
    Ok(Exit::Ok)
}
