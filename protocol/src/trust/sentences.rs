//! An explanation in words.

use super::explanation::{CharterGround, Explanation, Losing, Path, PathGround};
use super::policy::Trust;
use super::scope::{Matter, Scope};
use super::vouch::{Class, Vouch};
use crate::id::Id;
use crate::limits;
use std::collections::BTreeSet;

impl Explanation {
    /// The explanation in English sentences, the answer first. `name` gives what an institution is called here; what it gives is put in
    /// as it is.
    pub fn sentences(&self, name: impl Fn(&Id) -> String) -> Vec<String> {
        let words = Words {
            name: &name,
            subject: name(&self.subject),
        };
        let mut said = vec![format!(
            "{} is {}accepted{}.",
            words.subject,
            if self.accepted { "" } else { "not " },
            matter(&self.matter)
        )];
        if self.refused {
            said.push("You refuse it; nothing else counts.".to_owned());
            return said;
        }
        match self.anchor {
            Some(Trust::Full) => said.push("It is one of your anchors, fully trusted.".to_owned()),
            Some(Trust::Partial) => said.push("It is one of your anchors.".to_owned()),
            // Who relies on charters alone is not told about paths.
            None if self.paths.anchors == 0 && !self.charters.is_empty() => {}
            None => words.paths(&self.paths, &mut said),
        }
        for charter in &self.charters {
            words.charter(charter, &mut said);
        }
        for vouch in &self.uncounted {
            said.push(format!("Does not count here: {}.", words.vouch(vouch)));
        }
        if self.uncounted_more > 0 {
            said.push(format!(
                "{} more vouches do not count here.",
                self.uncounted_more
            ));
        }
        said
    }
}

struct Words<'a> {
    name: &'a dyn Fn(&Id) -> String,
    subject: String,
}

impl Words<'_> {
    fn paths(&self, ground: &PathGround, said: &mut Vec<String>) {
        if ground.anchors == 0 {
            said.push("You have no anchor whose word counts in this.".to_owned());
            return;
        }
        said.extend(ground.found.iter().map(|path| self.path(path)));
        let direct = ground.found.iter().filter(|p| p.steps.len() == 1).count();
        let asked = match ground.direct {
            0 => String::new(),
            asked => format!(", at least {asked} of them an anchor's own vouch"),
        };
        said.push(format!(
            "Paths that share no institution: {}, {direct} of them an anchor's own vouch. You ask for {}{asked}.",
            ground.found.len(),
            ground.threshold,
        ));
        let full = |path: &&Path| path.trust == Trust::Full && path.steps.len() == 1;
        if let Some(path) = ground.found.iter().find(full) {
            said.push(format!(
                "You trust {} fully: its own vouch is enough.",
                (self.name)(&path.anchor)
            ));
        }
        match (&ground.needed, &ground.losing) {
            (_, Some(losing)) => said.push(self.losing(losing)),
            (Some(needed), None) => said.push(format!(
                "{} would be enough, such as by {}; fewer would not.",
                more_vouches(needed.from.len()),
                self.names(&needed.from)
            )),
            (None, None) => said.push(format!(
                "More vouches would not be enough: {} here whose word counts in this, and {} must agree.",
                there_are(ground.anchors, "anchor"),
                ground.threshold
            )),
        }
    }

    fn path(&self, path: &Path) -> String {
        let mut sentence = format!("{}, an anchor, ", (self.name)(&path.anchor));
        let last = path.steps.len().saturating_sub(1);
        for (at, vouch) in path.steps.iter().enumerate() {
            if at > 0 {
                sentence += &format!("; {} ", (self.name)(&vouch.voucher));
            }
            let introduces = if at < last {
                " and lets it introduce"
            } else {
                ""
            };
            let of = (self.name)(&vouch.subject);
            sentence += &format!("vouches for {of}{introduces} {}", details(vouch));
        }
        sentence + &reach(&path.scope) + "."
    }

    fn charter(&self, ground: &CharterGround, said: &mut Vec<String>) {
        let name = &ground.charter.name;
        if !ground.covers {
            said.push(format!("The charter {name} does not reach this."));
            return;
        }
        if !ground.in_force {
            let asked = match ground.charter.agreement() {
                Some(asked) => format!("it asks for {asked}"),
                None => "no number of them is enough".to_owned(),
            };
            let agreeing = ground.agreeing.len();
            said.push(format!(
                "The charter {name} is not in force: {agreeing} of its stewards agreed to it, {asked}."
            ));
            return;
        }
        if ground.steward {
            said.push(format!(
                "It is a steward of the charter {name}, which you accept."
            ));
            return;
        }
        for vouch in &ground.vouches {
            said.push(format!(
                "{}, a steward of the charter {name}, vouches for it {}.",
                (self.name)(&vouch.voucher),
                details(vouch)
            ));
        }
        let class = match ground.class {
            Some(Class::State) => "a state body",
            Some(Class::Civil) => "a civil-society organisation",
            None => "an institution that has not said whether it is a state body",
        };
        let Some(needed) = ground.needed else {
            said.push(format!("The charter {name} does not admit {class}."));
            return;
        };
        said.push(format!(
            "The charter {name} asks for {} to vouch for {class}; {} {}.",
            count(needed, "steward"),
            ground.vouches.len(),
            if ground.vouches.len() == 1 {
                "does"
            } else {
                "do"
            },
        ));
        match &ground.losing {
            Some(losing) => said.push(self.losing(losing)),
            None => said.push(format!(
                "{} of its stewards would be enough; fewer would not.",
                more_vouches(needed.saturating_sub(ground.vouches.len()))
            )),
        }
    }

    fn losing(&self, losing: &Losing) -> String {
        let whose = if losing.institutions.len() == 1 {
            "its"
        } else {
            "their"
        };
        format!(
            "It would take {} to change this by withdrawing {whose} vouches, such as {}.",
            count(losing.institutions.len(), "institution"),
            self.names(&losing.institutions)
        )
    }

    fn vouch(&self, vouch: &Vouch) -> String {
        let (voucher, subject) = ((self.name)(&vouch.voucher), (self.name)(&vouch.subject));
        let (details, reach) = (details(vouch), reach(&vouch.scope));
        format!("{voucher} vouches for {subject} {details}{reach}")
    }

    fn names(&self, institutions: &[Id]) -> String {
        let mut names: Vec<String> = institutions.iter().map(self.name).collect();
        if names.len() > limits::EXPLAINED {
            let more = names.len() - limits::EXPLAINED;
            names.truncate(limits::EXPLAINED);
            names.push(format!("{more} more"));
        }
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
            None => "nobody".to_owned(),
        }
    }
}

/// `(identity, 2026-01-05)`
fn details(vouch: &Vouch) -> String {
    let mut details = vouch.level.to_string();
    if let Some(day) = vouch.day {
        details += &format!(", {day}");
    }
    if let Some(day) = vouch.expires {
        details += &format!(", until {day} by its own word");
    }
    format!("({details})")
}

fn reach(scope: &Scope) -> String {
    let list = |texts: &BTreeSet<String>, what: &str| match texts.is_empty() {
        true => format!(", for no {what}"),
        false => format!(
            ", only for {what} {}",
            texts.iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    };
    let feeds = scope.feeds.as_ref().map(|f| list(f, "feed"));
    let kinds = scope.kinds.as_ref().map(|k| list(k, "kind"));
    feeds.unwrap_or_default() + &kinds.unwrap_or_default()
}

fn matter(matter: &Matter) -> String {
    match matter {
        Matter::Any => String::new(),
        Matter::Every => " for everything".to_owned(),
        Matter::Of { kind, feed } => format!(" for the kind {kind} in {feed}"),
    }
}

fn count(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

fn more_vouches(n: usize) -> String {
    match n {
        1 => "1 more vouch".to_owned(),
        n => format!("{n} more vouches"),
    }
}

fn there_are(n: usize, noun: &str) -> String {
    let verb = if n == 1 { "there is" } else { "there are" };
    format!("{verb} {}", count(n, noun))
}
