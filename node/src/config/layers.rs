//! Raw values and where each came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::fault::ConfigFault;
use super::keys::{KEYS, KeySpec, Shape};

/// Largest configuration file read, bytes. The template with every comment has about 4,000.
const MAX_FILE: u64 = 262_144;

/// Most entries in a list value. A node has a handful of addresses.
const MAX_LIST: usize = 64;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the file.
    File(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => write!(f, "${name}"),
            Origin::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// A value before validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// One text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u32),
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raw::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Raw::Flag(flag) => write!(f, "{flag}"),
            Raw::Number(number) => write!(f, "{number}"),
            Raw::List(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|i| toml::Value::String(i.clone()).to_string())
                    .collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// All values of all keys, the strongest of each, with its origin.
#[derive(Clone, Debug)]
pub struct Layers {
    values: BTreeMap<String, (Raw, Origin)>,
}

impl Layers {
    /// Reads defaults, then the file (when there is one), then the variables.
    ///
    /// # Errors
    /// Every fault found, each with its place.
    pub fn read(
        file: &Path,
        must_exist: bool,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigFault>> {
        let mut layers = Self::defaults();
        let mut faults = Vec::new();
        match std::fs::File::open(file) {
            Ok(open) => {
                let mut text = String::new();
                match std::io::Read::read_to_string(
                    &mut std::io::Read::take(open, MAX_FILE + 1),
                    &mut text,
                ) {
                    Ok(read) if read as u64 > MAX_FILE => {
                        faults.push(ConfigFault::new(
                            file.display(),
                            format!("larger than {MAX_FILE} bytes"),
                        ));
                    }
                    Ok(_) => layers.file(file, &text, &mut faults),
                    Err(e) => faults.push(ConfigFault::new(
                        file.display(),
                        format!("cannot be read: {e}"),
                    )),
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must_exist => {}
            Err(e) => faults.push(ConfigFault::new(
                file.display(),
                format!("cannot be read: {e}"),
            )),
        }
        layers.variables(variables, &mut faults);
        if faults.is_empty() {
            Ok(layers)
        } else {
            Err(faults)
        }
    }

    /// Only the defaults.
    pub fn defaults() -> Self {
        let mut values = BTreeMap::new();
        for spec in KEYS {
            let raw = match (spec.shape, spec.default) {
                (Shape::List, _) => Raw::List(Vec::new()),
                (Shape::Flag, text) => Raw::Flag(text == "true"),
                (Shape::Number(least, _), text) => Raw::Number(text.parse().unwrap_or(least)),
                (_, text) => Raw::Text(text.trim_matches('"').to_owned()),
            };
            values.insert(spec.name(), (raw, Origin::Default));
        }
        Self { values }
    }

    /// Sets a value from a flag.
    pub fn flag(&mut self, name: &str, flag: &'static str, raw: Raw) {
        if let Some(place) = self.values.get_mut(name) {
            *place = (raw, Origin::Flag(flag));
        }
    }

    /// The value of a key and its origin.
    pub fn get(&self, name: &str) -> Option<(&Raw, &Origin)> {
        self.values.get(name).map(|(raw, origin)| (raw, origin))
    }

    /// All keys in the order of the table.
    pub fn all(&self) -> impl Iterator<Item = (&'static KeySpec, &Raw, &Origin)> {
        KEYS.iter().filter_map(|spec| {
            self.get(&spec.name())
                .map(|(raw, origin)| (spec, raw, origin))
        })
    }

    fn file(&mut self, path: &Path, text: &str, faults: &mut Vec<ConfigFault>) {
        let place = |offset: usize| {
            let before = &text[..offset.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            (format!("{}:{line}:{column}", path.display()), line)
        };
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(e) => {
                let span = e.span().unwrap_or_default();
                let at = place(span.start).0;
                let what = match text.get(span) {
                    Some(name) if e.message() == "duplicate key" => {
                        format!(
                            "\"{name}\" stands here a second time: write what belongs to it in one place"
                        )
                    }
                    _ => format!("not TOML: {}", e.message()),
                };
                faults.push(ConfigFault::new(at, what));
                return;
            }
        };
        for (section, content) in document.get_ref() {
            let at = place(section.span().start).0;
            let name: &str = section.get_ref();
            if !KEYS.iter().any(|k| k.section == name) {
                let sections = KEYS.iter().map(|k| k.section);
                faults.push(unknown(at, "section", name, sections));
                continue;
            }
            let Some(table) = content.get_ref().as_table() else {
                faults.push(ConfigFault::new(
                    at,
                    format!("\"{name}\" is a section: write [{name}]"),
                ));
                continue;
            };
            for (key, value) in table {
                let key_name: &str = key.get_ref();
                let Some(spec) = KEYS.iter().find(|k| k.section == name && k.key == key_name)
                else {
                    let known = KEYS.iter().filter(|k| k.section == name).map(|k| k.key);
                    faults.push(unknown(place(key.span().start).0, "key", key_name, known));
                    continue;
                };
                let (at, line) = place(value.span().start);
                match from_toml(spec, value.get_ref()) {
                    Ok(raw) => {
                        self.values
                            .insert(spec.name(), (raw, Origin::File(path.to_owned(), line)));
                    }
                    Err(problem) => {
                        faults.push(ConfigFault::new(at, format!("{}: {problem}", spec.name())))
                    }
                }
            }
        }
    }

    fn variables(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
        faults: &mut Vec<ConfigFault>,
    ) {
        for (variable, text) in variables {
            if !variable.starts_with("INDABA_") {
                continue;
            }
            if let Some(spec) = KEYS.iter().find(|k| k.variable() == variable) {
                match from_text(spec, &text) {
                    Ok(raw) => {
                        self.values
                            .insert(spec.name(), (raw, Origin::Variable(variable)));
                    }
                    Err(problem) => faults.push(ConfigFault::new(format!("${variable}"), problem)),
                }
            } else if KEYS
                .iter()
                .any(|k| variable.starts_with(&format!("INDABA_{}_", k.section.to_uppercase())))
            {
                // A misspelt variable must not be silently without effect; one of another section is not ours.
                let known: Vec<String> = KEYS.iter().map(KeySpec::variable).collect();
                faults.push(unknown(
                    format!("${variable}"),
                    "variable",
                    &variable,
                    known.iter().map(String::as_str),
                ));
            }
        }
    }
}

fn unknown<'a>(
    place: String,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> ConfigFault {
    let fault = ConfigFault::new(place, format!("unknown {what} \"{name}\""));
    match nearest(name, known) {
        Some(near) => fault.remedy_is(format!("did you mean \"{near}\"?")),
        None => fault.remedy_is("`indaba config template` lists every key"),
    }
}

/// The known word nearest to a misspelt one, if it is near at all.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn from_toml(spec: &KeySpec, value: &DeValue<'_>) -> Result<Raw, String> {
    match (spec.shape, value) {
        (Shape::Flag, value) => value
            .as_bool()
            .map(Raw::Flag)
            .ok_or_else(|| "must be true or false".into()),
        (Shape::Number(..), DeValue::Integer(number)) if number.radix() == 10 => {
            from_text(spec, number.as_str())
        }
        (Shape::Number(..), _) => Err("must be a whole number without quotes".into()),
        (Shape::List, DeValue::Array(items)) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|i| i.get_ref().as_str().map(str::to_owned))
                .collect();
            checked(
                spec,
                Raw::List(texts.ok_or("must be a list of texts in quotes")?),
            )
        }
        (Shape::List, _) => Err("must be a list: [\"...\"]".into()),
        (_, value) => checked(
            spec,
            Raw::Text(value.as_str().ok_or("must be a text in quotes")?.to_owned()),
        ),
    }
}

fn from_text(spec: &KeySpec, text: &str) -> Result<Raw, String> {
    match spec.shape {
        Shape::Flag => match text {
            "true" | "1" | "yes" => Ok(Raw::Flag(true)),
            "false" | "0" | "no" => Ok(Raw::Flag(false)),
            other => Err(format!("\"{other}\" is neither true nor false")),
        },
        Shape::Number(least, most) => match text.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Raw::Number(number)),
            _ => Err(format!(
                "{text} is not a whole number from {least} to {most}"
            )),
        },
        Shape::List => checked(
            spec,
            Raw::List(
                text.split(',')
                    .map(str::trim)
                    .filter(|t| !t.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
        ),
        _ => checked(spec, Raw::Text(text.to_owned())),
    }
}

fn checked(spec: &KeySpec, raw: Raw) -> Result<Raw, String> {
    match (&spec.shape, &raw) {
        (Shape::List, Raw::List(items)) if items.len() > MAX_LIST => Err(format!(
            "{} entries, at most {MAX_LIST} are taken",
            items.len()
        )),
        (Shape::Choice(words), Raw::Text(text)) if !words.contains(&text.as_str()) => {
            let near = nearest(text, words.iter().copied())
                .map(|n| format!("; did you mean \"{n}\"?"))
                .unwrap_or_default();
            Err(format!(
                "\"{text}\" is not one of {}{near}",
                words.join(", ")
            ))
        }
        _ => Ok(raw),
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;
    use crate::config::{Settings, template};

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Layers, Vec<ConfigFault>> {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        let variables: Vec<_> = variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        Layers::read(&file, true, variables.into_iter())
    }

    #[test]
    fn the_stronger_layer_wins_and_says_so() {
        let text = "[network]\nmdns = true\nprofile = \"lean\"\n";
        let mut layers = read(text, &[("INDABA_NETWORK_PROFILE", "hub"), ("HOME", "/")]).unwrap();
        assert_eq!(layers.get("network.listen").unwrap().1, &Origin::Default);
        assert!(matches!(
            layers.get("network.mdns").unwrap(),
            (Raw::Flag(true), Origin::File(_, 2))
        ));
        assert_eq!(
            layers.get("network.profile").unwrap().1.to_string(),
            "$INDABA_NETWORK_PROFILE"
        );
        layers.flag("network.profile", "profile", Raw::Text("default".into()));
        assert_eq!(
            layers.get("network.profile").unwrap(),
            (&Raw::Text("default".into()), &Origin::Flag("profile"))
        );
    }

    #[test]
    fn a_section_that_stands_twice_is_named_with_its_line() {
        let faults =
            read("[log]\nlevel = \"info\"\n\n[log]\nformat = \"json\"\n", &[]).unwrap_err();
        assert!(faults[0].place.contains("config.toml:4:"), "{}", faults[0]);
        assert!(
            faults[0]
                .to_string()
                .contains("\"log\" stands here a second time"),
            "{}",
            faults[0]
        );
        // The control: other faults keep the reader's words.
        let faults = read("[log\n", &[]).unwrap_err();
        assert!(faults[0].to_string().contains("not TOML"), "{}", faults[0]);
    }

    #[test]
    fn a_misspelt_key_is_an_error_with_line_and_suggestion() {
        let faults = read("[log]\nlevel = \"info\"\n\n[network]\nlistn = []\n", &[]).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].place.ends_with("config.toml:5:1"),
            "{}",
            faults[0]
        );
        assert_eq!(faults[0].remedy().unwrap(), "did you mean \"listen\"?");
        let faults = read("[netwrok]\nmdns = true\n", &[]).unwrap_err();
        assert_eq!(faults[0].remedy().unwrap(), "did you mean \"network\"?");
        let faults = read("", &[("INDABA_NETWORK_LISTN", "x")]).unwrap_err();
        assert!(
            faults[0]
                .remedy()
                .unwrap()
                .contains("INDABA_NETWORK_LISTEN")
        );
    }

    #[test]
    fn every_fault_is_reported_with_its_place() {
        let faults = read(
            "[network]\nmdns = \"yes\"\nprofile = \"leen\"\nlisten = \"/ip4\"\n",
            &[],
        )
        .unwrap_err();
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 3, "{all:?}");
        assert!(
            all.iter()
                .any(|f| f.contains(":3:11") && f.contains("did you mean \"lean\"")),
            "{all:?}"
        );
        assert!(
            read("[network\n", &[]).unwrap_err()[0]
                .problem
                .contains("TOML")
        );
    }

    #[test]
    fn the_template_is_the_defaults() {
        let text = template();
        let same = read(&text, &[]).unwrap();
        assert!(same.all().all(|(_, _, origin)| *origin == Origin::Default));
        let uncommented: String = text
            .lines()
            .map(|l| match l.strip_prefix("# ") {
                Some(line)
                    if KEYS
                        .iter()
                        .any(|k| line.starts_with(&format!("{} = ", k.key))) =>
                {
                    line
                }
                _ => l,
            })
            .collect::<Vec<_>>()
            .join("\n");
        let written = read(&uncommented, &[]).unwrap();
        for ((spec, default, _), (_, raw, origin)) in same.all().zip(written.all()) {
            assert_eq!(default, raw, "{}", spec.name());
            assert!(
                matches!(origin, Origin::File(..)),
                "{} is in the template",
                spec.name()
            );
        }
        Settings::validate(&same).unwrap();
    }
}
