//! `indaba store import`: what a backup or the file of one record holds, judged like everything that comes from elsewhere.

use std::path::Path;

use serde::Serialize;

use super::carried::{Carried, Pass};
use super::progress;
use crate::audit::{Deed, Subject};
use crate::cli::assembly::node_settings;
use crate::cli::context::{Context, Reached, refused, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report, clean};
use crate::cli::{hex, words};
use crate::config::{DataDir, Settings, unmark_folder};
use crate::control::Client;
use crate::engine::ChosenOrder;
use crate::engine::limits::{IMPORTED_AT_ONCE, IMPORTED_BYTES};
use crate::engine::order::{Imported, Order, Reply};
use crate::runtime::Offline;

#[derive(Serialize)]
struct Done {
    dry_run: bool,
    file: String,
    /// Of a backup.
    made_on: Option<String>,
    records_in_backup: u64,
    /// Statements of institutions handed over from it.
    statements_in_backup: u64,
    choices_in_backup: u64,
    choices_taken: u64,
    choices_left: u64,
    #[serde(flatten)]
    items: Imported,
    publishing_refused: bool,
}

impl Report for Done {
    const NAME: &'static str = "store-import";
    fn page(&self, page: &mut Page) {
        let items = &self.items;
        // What the lines below count together.
        page.line(format!(
            "{} and {} of institutions, of {}{}",
            words::count(self.records_in_backup, "record", "records"),
            words::count(self.statements_in_backup, "statement", "statements"),
            clean(&self.file),
            match &self.made_on {
                Some(day) => format!(", made on {}", clean(day)),
                None => String::new(),
            }
        ));
        let kept = if self.dry_run {
            "would be new"
        } else {
            "new and kept"
        };
        page.field(kept, items.new.to_string());
        page.field("here already", items.known.to_string());
        let rest = [
            (
                "waiting",
                items.waiting,
                "until their institution is accepted, or what they depend on comes",
            ),
            (
                "left out",
                items.left_out,
                "void, or of feeds and institutions that are not followed and accepted here",
            ),
            (
                "no room",
                items.no_room,
                "the disk is full, so records are not stored",
            ),
            (
                "invalid",
                items.invalid,
                "not what they should be; never kept",
            ),
        ];
        for (name, count, why) in rest {
            if count > 0 {
                page.field(name, format!("{count}: {why}"));
            }
        }
        if self.choices_taken > 0 {
            let verb = if self.dry_run {
                "would be taken over"
            } else {
                "taken over"
            };
            page.field(
                "choices",
                format!("{} {verb}: {CHOICES}", self.choices_taken),
            );
        }
        if self.choices_left > 0 {
            page.field(
                "choices",
                format!("{} left; take them over with --choices", self.choices_left),
            );
        }
        if self.publishing_refused {
            page.line(
                "Publishing is refused: what came back may not be all that this node has signed.",
            );
        }
        if self.dry_run {
            page.line("Nothing was changed.");
        }
    }
}

/// What an operator chooses, in words.
const CHOICES: &str = "feeds, whom to accept and refuse, the policy of trust, charters, peers";

/// The way to the engine: the running node, or the store itself for as long as the import takes.
enum Way {
    Running(Client),
    Offline(Box<Offline>),
}

impl Way {
    fn ask(&mut self, order: Order) -> Result<Reply, Failure> {
        let reply = match self {
            Way::Running(client) => client
                .ask(&order)
                .map_err(|e| Failure::new(Exit::NotRunning, e.to_string()))?,
            Way::Offline(node) => node.order(order)?,
        };
        refused(reply)
    }
}

/// What the command was told.
pub(super) struct Wish<'a> {
    pub(super) file: &'a Path,
    pub(super) dry_run: bool,
    pub(super) choices: bool,
}

/// Runs the command.
pub(super) fn run(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
    wish: &Wish<'_>,
) -> Result<Exit, Failure> {
    // The whole file first: nothing of one that is damaged or was never finished.
    let identity = context.identity(dir)?;
    let carried = Carried::open(
        wish.file,
        &identity.network,
        &mut progress(&context.screen, "Checking"),
    )?;
    let own_key = node_settings(dir, settings)?.engine.identity.node.key();
    let network = identity.network.id();
    let choices = carried.choices()?;
    let takes_choices = !choices.is_empty()
        && (wish.choices
            || (!wish.dry_run
                && context.asker.can_ask()
                && {
                    preview(context, &choices);
                    context.asker.consent("Take these over? They then hold on this node as on the one the backup is from.")?
                }));
    let open = || Ok(Offline::open(node_settings(dir, settings)?)?);
    let mut way = match context.reach(dir, open)? {
        Reached::Running(client) => Way::Running(client),
        Reached::Here(node) => Way::Offline(Box::new(node)),
    };

    // Own records that are not here: whoever restores them must not publish before it is sure that there are no newer ones. The mark
    // goes first, so that no moment is without it.
    let own = sum(
        &carried,
        &mut way,
        Pass::Own(&network, &own_key),
        true,
        &mut |_, _| {},
    )?;
    let publishing_refused = own.own > 0 && !wish.dry_run;
    if publishing_refused {
        unmark_folder(dir.path()).map_err(|e| Failure::io("mark", dir.path(), &e))?;
    }

    if takes_choices && !wish.dry_run {
        for order in choices.iter().flat_map(|choice| choice.orders.clone()) {
            // One that this node does not take, such as its own address, keeps nothing else from coming.
            let done = match &mut way {
                // The running node notes it itself.
                Way::Running(_) => way.ask(order),
                Way::Offline(node) => context
                    .noted_here(dir, order, |order| Ok(node.order(order)?))
                    .and_then(refused),
            };
            if let Err(failure) = done {
                context.screen.warn(failure.problem);
            }
        }
    }
    let mut items = Imported::default();
    let mut show = progress(
        &context.screen,
        if wish.dry_run { "Looking" } else { "Importing" },
    );
    // What records are judged by comes before them.
    let mut statements = 0;
    for pass in [Pass::Facts, Pass::Records, Pass::Waiting] {
        let done = sum(&carried, &mut way, pass, wish.dry_run, &mut show)?;
        if let Pass::Facts = pass {
            statements = all(&done);
        }
        add(&mut items, &done);
    }
    if let Way::Offline(node) = way {
        node.close()?;
    }
    if !wish.dry_run {
        let new = words::count(items.new, "new item", "new items");
        context.note(
            dir,
            Deed::done("store-import", vec![Subject::new("items", new)]),
        );
    }
    let count = choices.len() as u64;
    context.screen.report(&Done {
        dry_run: wish.dry_run,
        file: wish.file.display().to_string(),
        made_on: carried.made_on(),
        records_in_backup: carried.records(),
        statements_in_backup: statements,
        choices_in_backup: count,
        choices_taken: if takes_choices { count } else { 0 },
        choices_left: if takes_choices { 0 } else { count },
        items,
        publishing_refused,
    })?;
    if items.no_room > 0 {
        context.screen.hint("make room on the volume of the data folder, as much as `indaba doctor` says, and import the same file again: what is here already is not stored twice");
    } else if items.waiting + items.left_out > 0 && !wish.dry_run {
        context.screen.hint("what waits is taken in when its institution is accepted and one of its feeds is followed: indaba trust list; what was left out comes when the same file is imported again after that");
    }
    if publishing_refused {
        context.screen.hint("run the node until it was connected and its own records are back, then: indaba store accept-copy");
    }
    Ok(if items.invalid > 0 {
        Exit::Integrity
    } else if items.no_room > 0 {
        Exit::Full
    } else {
        Exit::Ok
    })
}

fn preview(context: &Context, choices: &[ChosenOrder]) {
    for choice in choices {
        context.screen.tell(format!("  {}", clean(&choice.words)));
    }
}

/// Goes through the file once and hands over what the pass wants, in orders of a bounded size.
fn sum(
    carried: &Carried,
    way: &mut Way,
    pass: Pass<'_>,
    look_only: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, Failure> {
    let mut done = Imported::default();
    let mut items: Vec<String> = Vec::new();
    let mut size = 0;
    let mut give = |items: Vec<String>| match way.ask(Order::Import { items, look_only })? {
        Reply::Imported(more) => {
            add(&mut done, &more);
            Ok(())
        }
        _ => Err(unexpected()),
    };
    carried.each(pass, progress, &mut |item| {
        if items.len() >= IMPORTED_AT_ONCE || (size > 0 && size + item.len() > IMPORTED_BYTES) {
            give(std::mem::take(&mut items))?;
            size = 0;
        }
        size += item.len();
        items.push(hex::encode(&item));
        Ok(())
    })?;
    if !items.is_empty() {
        give(items)?;
    }
    Ok(done)
}

/// All items of an import.
fn all(of: &Imported) -> u64 {
    of.new + of.known + of.waiting + of.left_out + of.no_room + of.invalid
}

fn add(to: &mut Imported, more: &Imported) {
    to.new += more.new;
    to.own += more.own;
    to.known += more.known;
    to.waiting += more.waiting;
    to.left_out += more.left_out;
    to.no_room += more.no_room;
    to.invalid += more.invalid;
}
