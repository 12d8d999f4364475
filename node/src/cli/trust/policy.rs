//! `trust policy`: how many vouches it takes, and whose.

use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::flags::PolicyAct;
use super::super::screen::{Page, Report};
use super::super::words;
use super::ask;
use crate::engine::order::{PolicyView, TrustOrder, TrustReply};

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(PolicyView);

impl Report for Shown {
    const NAME: &'static str = "trust-policy";
    fn page(&self, page: &mut Page) {
        let p = &self.0;
        page.head("Who is accepted here");
        page.field(
            "paths",
            format!(
                "{} from different anchors that share no institution, {} of them an anchor's own vouch",
                p.threshold, p.direct
            ),
        );
        page.field(
            "length",
            match p.depth {
                1 => "1 vouch: nobody introduces others",
                _ => "2 vouches at most: whom an anchor lets introduce may confirm others",
            },
        );
        page.field("levels", p.levels.join(", "));
        page.field(
            "comes to",
            format!(
                "{} accepted, by {}",
                words::count(p.accepted, "institution", "institutions"),
                words::count(p.vouches, "vouch that counts", "vouches that count")
            ),
        );
        if !p.anchors.is_empty() {
            page.gap();
            page.head("anchors");
            let rows: Vec<Vec<String>> = p
                .anchors
                .iter()
                .map(|anchor| {
                    let trust = if anchor.full {
                        "fully trusted"
                    } else {
                        "one of several"
                    };
                    vec![
                        anchor.institution.short.clone(),
                        trust.to_owned(),
                        for_what(&anchor.reach.words()),
                        words::institution_name(&anchor.institution),
                    ]
                })
                .collect();
            page.table(&["id", "its vouch", "counts for", "name"], &rows);
        }
        if !p.charters.is_empty() {
            page.gap();
            page.head("charters");
            for charter in &p.charters {
                let reach = charter.accepted.as_ref().map(|reach| reach.words());
                let state = if charter.in_force {
                    "in force"
                } else {
                    "not in force"
                };
                page.line(format!(
                    "{}  {}, {state}{}",
                    charter.short,
                    super::super::screen::clean(&charter.name),
                    reach.unwrap_or_default()
                ));
            }
        }
        if !p.refused.is_empty() {
            page.gap();
            page.head("refused");
            for institution in &p.refused {
                page.line(super::super::screen::clean(&words::institution(
                    institution,
                )));
            }
        }
    }
}

/// `everything`, or what it is limited to.
fn for_what(reach: &str) -> String {
    match reach
        .strip_prefix(", only for ")
        .or_else(|| reach.strip_prefix(", "))
    {
        Some(reach) => reach.to_owned(),
        None => "everything".to_owned(),
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, act: PolicyAct) -> Result<Exit, Failure> {
    let order = match act {
        PolicyAct::Show => TrustOrder::Policy,
        PolicyAct::Set {
            paths: None,
            own_vouches: None,
            length: None,
            level,
        } if level.is_empty() => {
            return Err(Failure::new(Exit::WrongUse, "nothing to change")
                .hint("give --paths, --own-vouches, --length or --level; see --help"));
        }
        PolicyAct::Set {
            paths,
            own_vouches,
            length,
            level,
        } => {
            if own_vouches == Some(0)
                && !context.asker.consent(
                    "With no anchor's own vouch asked for, two impostors that two anchors let introduce bring in as many others as they like. Agreed?",
                )?
            {
                return Err(Failure::new(Exit::Refused, "the policy stays as it was"));
            }
            TrustOrder::SetPolicy {
                threshold: paths,
                direct: own_vouches,
                depth: length,
                levels: (!level.is_empty()).then_some(level),
            }
        }
    };
    let TrustReply::Policy(view) = ask(context, order)? else {
        return Err(unexpected());
    };
    context.screen.report(&Shown(view))?;
    Ok(Exit::Ok)
}
