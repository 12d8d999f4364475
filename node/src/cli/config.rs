//! `indaba config`: the configuration and where each value came from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::{Context, faulty};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::ConfigAct;
use super::screen::{Page, Report};
use crate::config::{DataDir, Layers, Raw, Settings, template};

#[derive(Serialize)]
struct Value {
    value: serde_json::Value,
    origin: String,
}

#[derive(Serialize)]
struct Shown {
    values: BTreeMap<String, Value>,
    #[serde(skip)]
    text: Vec<(String, String, String)>,
    #[serde(skip)]
    origin: bool,
}

impl Report for Shown {
    const NAME: &'static str = "config-show";
    fn page(&self, page: &mut Page) {
        let rows: Vec<Vec<String>> = self
            .text
            .iter()
            .map(|(name, value, origin)| {
                let mut row = vec![name.clone(), value.clone()];
                if self.origin {
                    row.push(origin.clone());
                }
                row
            })
            .collect();
        page.table(
            if self.origin {
                &["key", "value", "from"]
            } else {
                &["key", "value"]
            },
            &rows,
        );
    }
}

#[derive(Serialize)]
struct Checked {
    file: String,
    faults: Vec<String>,
}

impl Report for Checked {
    const NAME: &'static str = "config-check";
    fn page(&self, page: &mut Page) {
        page.line(format!("{}: no faults", self.file));
    }
}

#[derive(Serialize)]
struct Template {
    template: String,
}

impl Report for Template {
    const NAME: &'static str = "config-template";
    fn page(&self, page: &mut Page) {
        page.block(&self.template);
    }
}

fn json(raw: &Raw) -> serde_json::Value {
    match raw {
        Raw::Text(text) => text.clone().into(),
        Raw::Flag(flag) => (*flag).into(),
        Raw::Number(number) => (*number).into(),
        Raw::List(items) => items.clone().into(),
    }
}

fn shown(layers: &Layers, origin: bool) -> Shown {
    let mut values = BTreeMap::new();
    let mut text = Vec::new();
    for (spec, raw, from) in layers.all() {
        values.insert(
            spec.name(),
            Value {
                value: json(raw),
                origin: from.to_string(),
            },
        );
        text.push((spec.name(), raw.to_string(), from.to_string()));
    }
    Shown {
        values,
        text,
        origin,
    }
}

/// Says so when the running node does not know yet what the file says now.
fn say_if_not_yet(context: &Context, dir: &DataDir) {
    if context.runs_as_before(dir) {
        context.screen.warn(
            "the file was changed after the running node read it: stop the node and start it again (indaba up)",
        );
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: ConfigAct) -> Result<Exit, Failure> {
    match act {
        ConfigAct::Show { origin } => {
            let layers = context.layers(&context.data_dir()?)?;
            context.screen.report(&shown(&layers, origin))?;
            say_if_not_yet(context, &context.data_dir()?);
        }
        ConfigAct::Check => {
            let dir = context.data_dir()?;
            let file = context
                .global
                .config
                .clone()
                .unwrap_or_else(|| dir.config());
            Settings::validate(&context.layers(&dir)?).map_err(faulty)?;
            context.screen.report(&Checked {
                file: file.display().to_string(),
                faults: Vec::new(),
            })?;
            say_if_not_yet(context, &dir);
        }
        ConfigAct::Template => context.screen.report(&Template {
            template: template(),
        })?,
    }
    Ok(Exit::Ok)
}
