#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Runs the rules about trust that are written as text in `cases/trust`. The language of these files is described in
//! `cases/README.md`.

use indaba_protocol::trust::{
    Admission, Anchor, Charter, Class, Level, Matter, Policy, Scope, Testimony, Trust, Vouch, Web,
};
use indaba_protocol::{Day, Id};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/trust");

/// The files there must be: one that is added or taken away must be named here.
const EXPECTED: [&str; 5] = [
    "charters.txt",
    "impostors.txt",
    "paths.txt",
    "scopes.txt",
    "withdrawals.txt",
];

#[test]
fn every_file_is_read_and_every_case_holds() {
    let mut read = BTreeSet::new();
    let (mut cases, mut failures) = (0, Vec::new());
    for entry in fs::read_dir(FILES).expect("the folder of cases is there") {
        let path: PathBuf = entry.unwrap().path();
        read.insert(path.file_name().unwrap().to_string_lossy().into_owned());
        let text = fs::read_to_string(&path).unwrap();
        let found = split(&text, &path);
        assert!(!found.is_empty(), "{} has no case", path.display());
        cases += found.len();
        failures.extend(found.iter().filter_map(|case| case.run().err()));
    }
    let expected: BTreeSet<String> = EXPECTED.iter().map(|f| (*f).to_owned()).collect();
    assert_eq!(read, expected, "the files in {FILES}");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    println!("{cases} cases in {} files", read.len());
}

/// The reader refuses what it does not understand: a line that says nothing cannot hold either.
#[test]
fn a_line_that_does_not_read_fails() {
    let run = |text: &str| split(text, Path::new("test"))[0].run();
    let good = "case a\ngiven\n  A (example) is an anchor.\nthen\n  A (example) is accepted.\n    It is one of your anchors.\n";
    assert_eq!(run(good), Ok(()));
    for bad in [
        good.replace("is accepted", "is not accepted"),
        good.replace(
            "one of your anchors.",
            "one of your anchors, fully trusted.",
        ),
        good.replace("is an anchor.", "is an anker."),
        good.replace("    It is one of your anchors.\n", ""),
        good.replace("then\n", ""),
        good.replace(
            "is accepted.\n",
            "is accepted.\n  A (example) is welcome.\n",
        ),
    ] {
        assert!(run(&bad).is_err(), "{bad}");
    }
}

struct Case<'t> {
    place: String,
    given: Vec<&'t str>,
    then: Vec<&'t str>,
}

/// Cases begin with a line `case …`, and have a part `given` and a part `then`.
fn split<'t>(text: &'t str, path: &Path) -> Vec<Case<'t>> {
    let (mut cases, mut in_then) = (Vec::<Case<'t>>::new(), false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix("case ") {
            in_then = false;
            cases.push(Case {
                place: format!("{}:{}: {title}", path.display(), number + 1),
                given: Vec::new(),
                then: Vec::new(),
            });
            continue;
        }
        let case = cases.last_mut().expect("a case begins before its lines");
        match line {
            "given" => in_then = false,
            "then" => in_then = true,
            line if in_then => case.then.push(line),
            line => case.given.push(line.trim_start()),
        }
    }
    cases
}

impl Case<'_> {
    fn run(&self) -> Result<(), String> {
        let failed = |why: String| format!("{}\n  {why}", self.place);
        let mut situation = Situation::default();
        for line in &self.given {
            situation
                .read(line)
                .ok_or_else(|| failed(format!("does not read: {line}")))?;
        }
        let mut rest = self.then.as_slice();
        if rest.is_empty() {
            return Err(failed("nothing is asked".to_owned()));
        }
        while let Some((question, after)) = rest.split_first() {
            let because = after.iter().take_while(|line| line.starts_with("    "));
            let because: Vec<&str> = because.map(|line| line.trim_start()).collect();
            rest = &after[because.len()..];
            let said = situation
                .answer(question.trim_start())
                .ok_or_else(|| failed(format!("does not ask anything: {question}")))?;
            let mut expected = vec![question.trim_start()];
            expected.extend(because);
            if said != expected {
                let said = said.join("\n    ");
                return Err(failed(format!(
                    "asked: {question}\n  the answer is\n  {said}"
                )));
            }
        }
        Ok(())
    }
}

/// What is given. Institutions get their ids in the order in which they are named first, so that lists come in that order.
#[derive(Default)]
struct Situation {
    names: Vec<String>,
    policy: Policy,
    testimony: Testimony,
    charters: BTreeMap<String, Charter>,
}

impl Situation {
    fn id(&mut self, name: &str) -> Id {
        let known = self.names.iter().position(|n| n == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        let mut bytes = [0; 32];
        bytes[31] = u8::try_from(at).unwrap();
        Id::from_bytes(bytes)
    }

    fn name(&self, id: &Id) -> String {
        self.names[usize::from(id.as_bytes()[31])].clone()
    }

    /// One sentence of the part `given`. `None` if it says nothing that is known.
    fn read(&mut self, line: &str) -> Option<()> {
        let line = line.strip_suffix('.')?;
        if let Some(rest) = line.strip_prefix("You ask for ") {
            let (paths, direct) = between(rest, " paths, ", " of them an anchor's own vouch")?;
            self.policy.threshold = paths.parse().ok()?;
            self.policy.direct = direct.parse().ok()?;
        } else if let Some(rest) = line.strip_prefix("A path is at most ") {
            self.policy.depth = rest.strip_suffix(" vouches long")?.parse().ok()?;
        } else if let Some(level) = line.strip_prefix("You count vouches of the level ") {
            self.policy.levels.insert(level_of(level)?);
        } else if let Some(rest) = line.strip_prefix("You accept the charter ") {
            let (name, scope) = scoped(rest)?;
            let id = self.charters.get(name)?.id;
            self.policy.charters.insert(id, scope);
        } else if let Some(rest) = line.strip_prefix("You refuse ") {
            let id = self.id(rest);
            self.policy.refused.insert(id);
        } else if let Some(rest) = line.strip_prefix("The charter ") {
            self.read_charter(rest)?;
        } else if let Some((name, rest)) = line.split_once(" is an anchor") {
            let (trusted, scope) = scoped(rest)?;
            let trust = match trusted {
                "" => Trust::Partial,
                ", fully trusted" => Trust::Full,
                _ => return None,
            };
            let id = self.id(name);
            self.policy.anchors.insert(id, Anchor { trust, scope });
        } else if let Some(name) = line.strip_suffix(" is a state body") {
            let id = self.id(name);
            self.testimony.classes.insert(id, Class::State);
        } else if let Some(name) = line.strip_suffix(" is a civil-society organisation") {
            let id = self.id(name);
            self.testimony.classes.insert(id, Class::Civil);
        } else if let Some((voucher, rest)) = line.split_once(" vouches for ") {
            self.read_vouch(voucher, rest)?;
        } else if let Some((voucher, subject)) = line.split_once(" withdraws its vouch for ") {
            let (voucher, subject) = (self.id(voucher), self.id(subject));
            let before = self.testimony.vouches.len();
            self.testimony
                .vouches
                .retain(|v| (v.voucher, v.subject) != (voucher, subject));
            (self.testimony.vouches.len() < before).then_some(())?;
        } else if let Some((name, charter)) = line.split_once(" cosigns the charter ") {
            let charter = self.charters.get(charter)?.id;
            let institution = self.id(name);
            let record = Id::of(line.as_bytes());
            self.testimony.cosigns.push((record, institution, charter));
        } else {
            return None;
        }
        Some(())
    }

    fn read_vouch(&mut self, voucher: &str, rest: &str) -> Option<()> {
        let (rest, scope) = scoped(rest)?;
        // The names end in "(example)" too: the details are the last brackets.
        let (who, details) = rest.strip_suffix(')')?.rsplit_once(" (")?;
        let (subject, introduces) = match who.strip_suffix(" and lets it introduce") {
            Some(subject) => (subject, true),
            None => (who, false),
        };
        let mut details = details.split(", ");
        let level = level_of(details.next()?)?;
        let (mut day, mut expires) = (None, None);
        for detail in details {
            match between(detail, "until ", " by its own word") {
                Some(("", until)) => expires = Some(until.parse::<Day>().ok()?),
                _ => day = Some(detail.parse::<Day>().ok()?),
            }
        }
        let mut record = [1; 32];
        record[30..].copy_from_slice(
            &u16::try_from(self.testimony.vouches.len())
                .ok()?
                .to_be_bytes(),
        );
        let vouch = Vouch {
            id: Id::from_bytes(record),
            voucher: self.id(voucher),
            subject: self.id(subject),
            level,
            introduces,
            scope,
            day,
            expires,
            evidence: None,
        };
        self.testimony.vouches.push(vouch);
        Some(())
    }

    fn read_charter(&mut self, rest: &str) -> Option<()> {
        if let Some((name, rest)) = rest.split_once(" admits a state body with ") {
            let (state, civil) =
                between(rest, " stewards, a civil-society organisation with ", "")?;
            let admission = &mut self.charters.get_mut(name)?.admission;
            admission.state = state.parse().ok()?;
            admission.civil = civil.parse().ok()?;
            return Some(());
        }
        let (name, rest) = rest.split_once(" of the ")?;
        let (kind, rest) = rest.split_once(" is signed by ")?;
        let scope = match kind.split_once(' ')? {
            ("region", code) => Scope::region(code),
            ("network", _) => Scope::default(),
            _ => return None,
        };
        let (signer, rest) = rest.split_once("; its stewards are ")?;
        let (stewards, threshold) = between(rest, "; it asks for ", " of them to agree")?;
        let stewards = stewards.split(", ").map(|s| self.id(s)).collect();
        let charter = Charter {
            id: Id::of(name.as_bytes()),
            signer: self.id(signer),
            name: name.to_owned(),
            scope,
            stewards,
            threshold: threshold.parse().ok()?,
            admission: Admission { state: 0, civil: 0 },
        };
        self.charters.insert(name.to_owned(), charter);
        Some(())
    }

    /// The sentences, found in three ways that must agree: from nothing, in reverse order, and one word after the other.
    fn answer(&mut self, question: &str) -> Option<Vec<String>> {
        let asked = question.strip_suffix('.')?;
        let (name, matter) = asked
            .split_once(" is not accepted")
            .or_else(|| asked.split_once(" is accepted"))?;
        let matter = match matter {
            "" => Matter::Any,
            " for everything" => Matter::Every,
            of => {
                let (kind, feed) = of.strip_prefix(" for the kind ")?.split_once(" in ")?;
                Matter::Of {
                    kind: kind.to_owned(),
                    feed: feed.parse().ok()?,
                }
            }
        };
        let subject = self.id(name);
        let mut testimony = self.testimony.clone();
        testimony.charters = self.charters.values().cloned().collect();
        let cold = Web::new(self.policy.clone(), testimony.clone()).ok()?;
        let mut backwards = testimony.clone();
        backwards.vouches.reverse();
        backwards.cosigns.reverse();
        let backwards = Web::new(self.policy.clone(), backwards).ok()?;
        let classes = testimony.classes;
        let none = Testimony::default();
        let mut stepwise = Web::new(self.policy.clone(), none).ok()?;
        for vouch in testimony.vouches {
            stepwise.add(vouch);
        }
        for (record, institution, charter) in testimony.cosigns {
            stepwise.add_cosign(record, institution, charter);
        }
        for charter in testimony.charters {
            stepwise.add_charter(charter);
        }
        for (institution, class) in classes {
            stepwise.classify(institution, Some(class));
        }
        let explanation = cold.explain(&subject, &matter);
        for other in [backwards, stepwise] {
            assert_eq!(explanation, other.explain(&subject, &matter));
            assert_eq!(explanation.accepted, other.accepts(&subject, &matter));
        }
        Some(explanation.sentences(|id| self.name(id)))
    }
}

/// What stands before and after `middle`, when the text ends in `end`.
fn between<'t>(text: &'t str, middle: &str, end: &str) -> Option<(&'t str, &'t str)> {
    text.strip_suffix(end)?.split_once(middle)
}

fn level_of(word: &str) -> Option<Level> {
    [Level::Identity, Level::Known, Level::Observer]
        .into_iter()
        .find(|level| level.word() == word)
}

/// Takes `, only for feed a, b` and `, only for kind c` from the end.
fn scoped(text: &str) -> Option<(&str, Scope)> {
    let list = |texts: &str| {
        Some(
            texts
                .split(", ")
                .map(str::to_owned)
                .collect::<BTreeSet<_>>(),
        )
    };
    let (text, kinds) = match text.split_once(", only for kind ") {
        Some((text, kinds)) => (text, list(kinds)),
        None => (text, None),
    };
    let (text, feeds) = match text.split_once(", only for feed ") {
        Some((text, feeds)) => (text, list(feeds)),
        None => (text, None),
    };
    Some((text, Scope { feeds, kinds }))
}
