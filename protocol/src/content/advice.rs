//! What is allowed, and should be looked at before it is published.

use ipld_core::ipld::Ipld;

use super::body::Body;
use super::fields;
use super::personal::{self, Trace};
use super::shape::Shape;
use super::text::{self, Role};
use crate::vocabulary::{self, nearest};

/// What an [`Advice`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A code that the vocabulary at hand does not list. It is kept and shown raw.
    UnknownCode,
    /// A field or section that the kind does not foresee. It is kept and shown raw.
    UnknownField,
    /// Perhaps data about a person, or a place too exact.
    PersonalData,
    /// Fields that do not fit each other.
    Consistency,
}

/// Something to look at before publishing. Never a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it is about.
    pub concern: Concern,
    /// The path to the field, as in a fault.
    pub field: String,
    /// What was noticed, to follow the field's name.
    pub problem: String,
    /// What the author can do.
    pub remedy: String,
}

/// What an author should look at before publishing content of `kind`. Order: as the table of fields, then personal data.
#[must_use]
pub fn advise(kind: &str, card: &Ipld, body: &Ipld) -> Vec<Advice> {
    let mut out = Advices(Vec::new());
    let view = Body::new(body);
    out.codes(view);
    out.facet("i4p", body);
    out.facet("tj", body);
    out.unforeseen(kind, view);
    out.consistency(kind, view);
    out.personal("", card);
    out.personal("", body);
    out.0
}

struct Advices(Vec<Advice>);

impl Advices {
    fn add(&mut self, concern: Concern, field: String, problem: String, remedy: impl Into<String>) {
        self.0.push(Advice {
            concern,
            field,
            problem,
            remedy: remedy.into(),
        });
    }

    fn unknown_code<'a>(
        &mut self,
        field: String,
        code: &str,
        known: impl Iterator<Item = &'a str>,
    ) {
        let remedy = match nearest(code, known) {
            Some(near) => format!("did you mean `{near}`? Readers see unknown codes raw"),
            None => "check it: readers see unknown codes raw".to_owned(),
        };
        let code = text::escaped(code, Role::Line);
        self.add(
            Concern::UnknownCode,
            field,
            format!("`{code}` is not in the vocabulary"),
            remedy,
        );
    }

    fn codes(&mut self, body: Body<'_>) {
        for (i, code) in body.texts("countries").enumerate() {
            if vocabulary::country(code).is_none() && !vocabulary::user_assigned_country(code) {
                let known = vocabulary::countries().iter().map(|c| c.alpha3.as_str());
                self.unknown_code(format!("countries[{i}]"), code, known);
            }
        }
        for (i, code) in body.texts("regions").enumerate() {
            if vocabulary::region(code).is_none() {
                let known = vocabulary::regions().iter().map(|r| r.code.as_str());
                self.unknown_code(format!("regions[{i}]"), code, known);
            }
        }
        for (i, code) in body.texts("themes").enumerate() {
            match vocabulary::theme(code) {
                None => {
                    let known = vocabulary::themes().iter().map(|t| t.code.as_str());
                    self.unknown_code(format!("themes[{i}]"), code, known);
                }
                Some(theme) => {
                    if let Some(next) = &theme.deprecated_by {
                        self.add(
                            Concern::UnknownCode,
                            format!("themes[{i}]"),
                            format!("`{code}` is no longer used"),
                            format!("write `{next}`"),
                        );
                    }
                }
            }
        }
        if let Some(licence) = body.text("licence")
            && !vocabulary::is_licence(licence)
        {
            let meant = match nearest(licence, vocabulary::licences()) {
                Some(near) => format!("did you mean `{near}`? "),
                None => String::new(),
            };
            self.add(
                Concern::UnknownCode,
                "licence".to_owned(),
                format!("`{}` is no licence that readers know", text::escaped(licence, Role::Line)),
                format!("{meant}They have to know what they may do: write an SPDX identifier such as CC-BY-4.0, or LicenseRef-NAME for terms of your own"),
            );
        }
        for (field, known) in [
            ("sdg", vocabulary::sdg_targets()),
            ("risk", vocabulary::risk_factors()),
        ] {
            for (i, code) in body.texts(field).enumerate() {
                if known.iter().all(|c| c.code != code) {
                    self.unknown_code(
                        format!("{field}[{i}]"),
                        code,
                        known.iter().map(|c| c.code.as_str()),
                    );
                }
            }
        }
    }

    fn facet(&mut self, facet: &str, body: &Ipld) {
        let Some(Ipld::Map(map)) = Body::new(body).get(facet) else {
            return;
        };
        for (key, value) in map {
            let field = format!("{facet}.{key}");
            if vocabulary::term_label(&field).is_none() {
                let prefix = format!("{facet}.");
                let known =
                    vocabulary::term_fields().filter_map(|f| f.strip_prefix(prefix.as_str()));
                let shown = format!("{facet}.{}", text::escaped(key, Role::Line));
                self.unknown_code(shown, key, known);
                continue;
            }
            let codes: Vec<&str> = vocabulary::terms(&field).map(|t| t.code.as_str()).collect();
            if codes.is_empty() {
                continue;
            }
            let given: Vec<&str> = match value {
                Ipld::String(s) => vec![s],
                Ipld::List(list) => list
                    .iter()
                    .filter_map(|v| {
                        if let Ipld::String(s) = v {
                            Some(s.as_str())
                        } else {
                            None
                        }
                    })
                    .collect(),
                Ipld::Map(map) => map.keys().map(String::as_str).collect(),
                _ => continue,
            };
            for code in given {
                if !codes.contains(&code) {
                    self.unknown_code(field.clone(), code, codes.iter().copied());
                }
            }
        }
    }

    fn unforeseen(&mut self, kind: &str, body: Body<'_>) {
        let revised = body.text("revised_kind");
        let Some(rules) = fields::ruling(kind, revised) else {
            return;
        };
        let known: Vec<&str> = fields::of_body(kind, revised)
            .iter()
            .map(|f| f.name)
            .collect();
        for (name, _) in body.unknown(kind) {
            let hint = nearest(name, known.iter().copied()).map_or_else(
                || "readers see it raw".to_owned(),
                |near| format!("did you mean `{near}`? Readers see unknown fields raw"),
            );
            self.add(
                Concern::UnknownField,
                text::escaped(name, Role::Line),
                format!("is not a field of kind `{}`", rules.kind),
                hint,
            );
        }
        if rules.sections.is_empty() {
            return;
        }
        for (key, _) in body.sections(kind) {
            if rules.sections.iter().all(|s| s.key != key) {
                let hint = nearest(key, rules.sections.iter().map(|s| s.key)).map_or_else(
                    || "it is kept, under its own heading".to_owned(),
                    |near| {
                        format!(
                            "did you mean `{near}`? Otherwise it is kept, under its own heading"
                        )
                    },
                );
                self.add(
                    Concern::UnknownField,
                    format!("sections.{}", text::escaped(key, Role::Line)),
                    format!("is not a section of kind `{}`", rules.kind),
                    hint,
                );
            }
        }
    }

    fn consistency(&mut self, kind: &str, body: Body<'_>) {
        for field in ["period", "horizon"] {
            let Some(Ipld::Map(map)) = body.get(field) else {
                continue;
            };
            if let (Some(Ipld::String(from)), Some(Ipld::String(to))) =
                (map.get("from"), map.get("to"))
            {
                let shared = from.len().min(to.len());
                if to != "open" && from.as_bytes()[..shared] > to.as_bytes()[..shared] {
                    self.add(
                        Concern::Consistency,
                        field.to_owned(),
                        "ends before it begins".to_owned(),
                        "check `from` and `to`",
                    );
                }
            }
        }
        if matches!(kind, "request" | "offer") && body.sections(kind).is_empty() {
            let section = if kind == "request" {
                "need"
            } else {
                "expertise"
            };
            self.add(
                Concern::Consistency,
                "sections".to_owned(),
                "is empty".to_owned(),
                format!("say what it is about under `{section}`"),
            );
        }
        if kind == "charter" {
            self.charter(body);
        }
    }

    /// What keeps a charter from ever counting, or from ever admitting anybody (section 15.1).
    fn charter(&mut self, body: Body<'_>) {
        let mut add = |field: &str, problem: &str, remedy: &str| {
            self.add(
                Concern::Consistency,
                field.to_owned(),
                problem.to_owned(),
                remedy,
            );
        };
        match (body.text("region"), body.text("network")) {
            (Some(region), _) if !Shape::Region.fits(region) => add(
                "region",
                "is no code of a region: the charter never counts",
                "write a code such as ecowas, or name a `network` instead",
            ),
            (None, None) => add(
                "region",
                "is missing, and so is `network`: the charter never counts",
                "say what it is for",
            ),
            _ => {}
        }
        let stewards = match body.get("stewards") {
            Some(Ipld::List(list)) => list.len(),
            _ => 0,
        };
        if stewards == 0 {
            add(
                "stewards",
                "is missing: the charter never counts",
                "name the institutions that decide who is admitted",
            );
        }
        let admission = Body::new(body.get("admission").unwrap_or(&Ipld::Null));
        for (field, given) in [
            ("threshold", body.number("threshold")),
            ("admission.state", admission.number("state")),
            ("admission.cso", admission.number("cso")),
        ] {
            match given {
                None => add(
                    field,
                    "is missing: the charter never counts",
                    "say how many stewards are needed",
                ),
                Some(0) => add(
                    field,
                    "is 0, which no number of stewards reaches",
                    "say how many stewards are needed",
                ),
                Some(needed) if usize::try_from(needed).is_ok_and(|n| n <= stewards) => {}
                Some(_) => add(
                    field,
                    "is greater than the number of stewards",
                    "lower it, or name more stewards",
                ),
            }
        }
    }

    fn personal(&mut self, at: &str, value: &Ipld) {
        match value {
            Ipld::String(s) => self.personal_text(at, s),
            Ipld::List(list) => {
                for (i, item) in list.iter().enumerate() {
                    self.personal(&format!("{at}[{i}]"), item);
                }
            }
            Ipld::Map(map) => {
                for (key, item) in map {
                    let key = text::escaped(key, Role::Line);
                    let inner = if at.is_empty() {
                        key
                    } else {
                        format!("{at}.{key}")
                    };
                    self.personal(&inner, item);
                }
            }
            _ => {}
        }
    }

    fn personal_text(&mut self, at: &str, s: &str) {
        let route = at.starts_with("contact[");
        for trace in personal::traces(s) {
            let (what, remedy) = match trace {
                Trace::Email(address) if route && !personal::personal_mailbox(&address) => continue,
                Trace::Email(address) => (
                    format!("holds the e-mail address `{address}`"),
                    "give a role mailbox under `contact`, or leave it out",
                ),
                Trace::Telephone(_) if route => continue,
                Trace::Telephone(number) => (
                    format!("holds what looks like the telephone number `{number}`"),
                    "leave it out, or give the number of a desk under `contact`",
                ),
                Trace::Coordinates(point) => (
                    format!("holds what looks like the coordinates `{point}`"),
                    "name a district at most: exact places can endanger people",
                ),
                Trace::Name(name) => (
                    format!("seems to name a person: `{name}`"),
                    "name the office or the organisation instead",
                ),
            };
            self.add(
                Concern::PersonalData,
                at.to_owned(),
                text::escaped(&what, Role::Line),
                remedy,
            );
        }
    }
}
