//! `trust vouch` and `trust revoke-vouch`: this institution's own word for another, said and taken back.

use std::collections::BTreeMap;

use indaba_protocol::{Value, limits as wire};
use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::flags::{RevokeVouchFlags, VouchFlags};
use super::super::invite::fingerprint;
use super::super::screen::{Page, Report, clean};
use super::super::words;
use super::anchors::{Meant, meant, named, spelled};
use super::ask;
use super::scope::regions_and_kinds;
use super::signing::{Outcome, Saying, say_unsent, sign, text};
use crate::engine::Reach;
use crate::engine::order::{TrustOrder, TrustReply, VouchView};

/// What is said, before it is signed.
#[derive(Serialize)]
struct Preview {
    institution: String,
    name: Option<String>,
    fingerprint: String,
    level: String,
    introduces: bool,
    reach: Reach,
    expires: Option<String>,
    words: Option<String>,
    /// Vouches of this institution for it that stand already.
    standing: Vec<VouchView>,
}

impl Report for Preview {
    const NAME: &'static str = "trust-vouch-preview";
    fn page(&self, page: &mut Page) {
        page.head("What would be signed, publicly");
        page.field("vouch for", named(self.name.as_deref(), &self.institution));
        page.field("fingerprint", &self.fingerprint);
        page.field(
            "for what",
            match self.level.as_str() {
                "identity" => {
                    "identity: that it is who it says it is, checked on paper or in person"
                }
                "observer" => "observer: that it takes part as an observer",
                _ => "known: that this institution knows it from its work",
            },
        );
        let reach = self.reach.words();
        page.field(
            "reach",
            reach
                .strip_prefix(", ")
                .unwrap_or("everything it publishes"),
        );
        page.field(
            "introduces",
            match self.introduces {
                true => "yes: its own vouches are to count as well",
                false => "no",
            },
        );
        if let Some(day) = &self.expires {
            page.field("until", format!("{day}, as a note; it ends nothing"));
        }
        if let Some(words) = &self.words {
            page.field("words", words);
        }
        for vouch in &self.standing {
            page.field(
                "stands already",
                format!("{} ({}{})", vouch.short, vouch.level, vouch.reach.words()),
            );
        }
    }
}

/// A vouch that was signed.
#[derive(Serialize)]
struct Vouched {
    /// The id of the record.
    record: String,
    short: String,
    institution: String,
    name: Option<String>,
    level: String,
    introduces: bool,
    reach: Reach,
    announced: bool,
}

impl Report for Vouched {
    const NAME: &'static str = "trust-vouch";
    fn page(&self, page: &mut Page) {
        page.line(clean(&format!(
            "vouched for {} ({}{}), record {}",
            named(self.name.as_deref(), &self.institution),
            self.level,
            self.reach.words(),
            self.short
        )));
    }
}

/// Runs `trust vouch`.
pub(super) fn vouch(context: &Context, flags: VouchFlags) -> Result<Exit, Failure> {
    let (regions, kinds) = regions_and_kinds(&flags.scope)?;
    let meant = meant(context, &flags.institution)?;
    meant.say_marks(context);
    let Meant { id, name, .. } = meant;
    let own = context.identity(&context.node_dir()?)?.institution;
    if own == id {
        return Err(Failure::new(
            Exit::WrongUse,
            "this is the node's own institution; a vouch for oneself says nothing",
        ));
    }
    let strings = |texts: &[String]| Value::List(texts.iter().map(|t| text(t)).collect());
    let mut scope = BTreeMap::new();
    let mut reach = Reach::default();
    if !regions.is_empty() {
        scope.insert("regions".to_owned(), strings(&regions));
        reach.feeds = Some(regions.iter().map(|r| format!("region:{r}")).collect());
    }
    if !kinds.is_empty() {
        scope.insert("kinds".to_owned(), strings(&kinds));
        reach.kinds = Some(kinds.into_iter().collect());
    }
    let mut body = BTreeMap::from([
        ("subject".to_owned(), Value::Bytes(id.as_bytes().to_vec())),
        ("level".to_owned(), text(&flags.level)),
        (
            "depth".to_owned(),
            Value::Integer(flags.lets_introduce.into()),
        ),
    ]);
    if !scope.is_empty() {
        body.insert("scope".to_owned(), Value::Map(scope));
    }
    if let Some(day) = &flags.expires {
        body.insert("expires".to_owned(), text(day));
    }
    let (_, standing) = own_vouches(context, id.to_string())?;
    let preview = Preview {
        institution: id.to_string(),
        name: name.clone(),
        fingerprint: fingerprint(&id),
        level: flags.level.clone(),
        introduces: flags.lets_introduce,
        reach: reach.clone(),
        expires: flags.expires,
        words: flags.words.clone(),
        standing,
    };
    let saying = Saying {
        kind: "vouch",
        links: Vec::new(),
        body,
        words: flags.words,
        language: flags.language,
        source: "the vouch".to_owned(),
    };
    let question =
        "Fingerprint compared with the institution itself, and is this to be signed and published?";
    match sign(context, vec![saying], &preview, question, flags.dry_run)? {
        Outcome::Shown => Ok(Exit::Ok),
        Outcome::Declined => Ok(Exit::Interrupted),
        Outcome::Signed { records, announced } => {
            let record = records.into_iter().next().ok_or_else(unexpected)?;
            context.screen.report(&Vouched {
                record: record.id,
                short: record.short,
                institution: id.to_string(),
                name,
                level: flags.level,
                introduces: flags.lets_introduce,
                reach,
                announced,
            })?;
            say_unsent(context, announced);
            Ok(Exit::Ok)
        }
    }
}

/// What is taken back, before it is signed.
#[derive(Serialize)]
struct Standing {
    institution: String,
    vouches: Vec<VouchView>,
    reason: String,
    words: Option<String>,
}

impl Report for Standing {
    const NAME: &'static str = "trust-revoke-vouch-preview";
    fn page(&self, page: &mut Page) {
        page.head("What would be withdrawn, publicly");
        page.field("vouch for", &self.institution);
        for vouch in &self.vouches {
            let day = vouch.day.as_ref().map(|day| format!(", {day}"));
            page.field(
                "record",
                format!(
                    "{} ({}{}{}){}",
                    vouch.short,
                    vouch.level,
                    day.unwrap_or_default(),
                    vouch.reach.words(),
                    match &vouch.not_counted {
                        Some(why) => format!(": counts for nothing, {why}; named all the same"),
                        None => String::new(),
                    }
                ),
            );
        }
        page.field("reason", &self.reason);
        if let Some(words) = &self.words {
            page.field("words", words);
        }
    }
}

/// Vouches that were taken back.
#[derive(Serialize)]
struct Revoked {
    institution: String,
    /// The records that were withdrawn.
    vouches: Vec<String>,
    /// The withdrawals.
    withdrawals: Vec<String>,
    #[serde(skip)]
    short: Vec<String>,
    announced: bool,
}

impl Report for Revoked {
    const NAME: &'static str = "trust-revoke-vouch";
    fn page(&self, page: &mut Page) {
        page.line(clean(&format!(
            "{} for {} taken back, record {}",
            words::count(self.vouches.len() as u64, "vouch", "vouches"),
            self.institution,
            self.short.join(", ")
        )));
    }
}

/// Runs `trust revoke-vouch`.
pub(super) fn revoke(context: &Context, flags: RevokeVouchFlags) -> Result<Exit, Failure> {
    let (institution, vouches) = own_vouches(context, spelled(&flags.institution)?)?;
    if vouches.is_empty() {
        return Err(Failure::new(
            Exit::NotFound,
            format!("this institution does not vouch for {institution}"),
        )
        .hint("see `indaba trust explain ID` for those who do"));
    }
    let ids: Vec<String> = vouches.iter().map(|vouch| vouch.record.clone()).collect();
    let mut body = BTreeMap::from([("reason".to_owned(), text(&flags.reason))]);
    if let Some(words) = &flags.words {
        body.insert("note".to_owned(), text(words));
    }
    let sayings = ids.chunks(wire::LINKS).map(|ids| Saying {
        kind: "withdrawal",
        links: ids
            .iter()
            .map(|id| ("withdraws".to_owned(), id.clone()))
            .collect(),
        body: body.clone(),
        words: None,
        language: flags.language.clone(),
        source: "the withdrawal".to_owned(),
    });
    let preview = Standing {
        institution: institution.clone(),
        vouches,
        reason: flags.reason.clone(),
        words: flags.words.clone(),
    };
    let question = "Sign and publish the withdrawal?";
    match sign(
        context,
        sayings.collect(),
        &preview,
        question,
        flags.dry_run,
    )? {
        Outcome::Shown => Ok(Exit::Ok),
        Outcome::Declined => Ok(Exit::Interrupted),
        Outcome::Signed { records, announced } => {
            let (withdrawals, short) = records.into_iter().map(|r| (r.id, r.short)).unzip();
            context.screen.report(&Revoked {
                institution,
                vouches: ids,
                withdrawals,
                short,
                announced,
            })?;
            say_unsent(context, announced);
            Ok(Exit::Ok)
        }
    }
}

/// What the institution is called, and the vouches of this one for it that were not taken back.
fn own_vouches(context: &Context, subject: String) -> Result<(String, Vec<VouchView>), Failure> {
    match ask(context, TrustOrder::OwnVouches { subject })? {
        TrustReply::Vouches { subject, vouches } => {
            Ok((named(subject.name.as_deref(), &subject.short), vouches))
        }
        _ => Err(unexpected()),
    }
}
