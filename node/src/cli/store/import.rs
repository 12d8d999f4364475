//! `indaba store import`: what a backup holds, judged like everything that comes from elsewhere.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use indaba_protocol::{Day, DecodedItem, Item, Key, NetworkId, Statement};
use indaba_store::backup::{BackupReader, Contents, Kept};
use serde::Serialize;

use super::export::Origin;
use super::progress;
use crate::cli::assembly::node_settings;
use crate::cli::context::{Context, Reached, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report, clean};
use crate::cli::{hex, words};
use crate::config::{DataDir, Settings, unmark_folder};
use crate::control::Client;
use crate::engine::limits::{IMPORTED_AT_ONCE, IMPORTED_BYTES};
use crate::engine::order::{Imported, Order, Reply};
use crate::engine::{ChosenOrder, chosen_order};
use crate::runtime::Offline;

#[derive(Serialize)]
struct Done {
    dry_run: bool,
    file: String,
    made_on: String,
    records_in_backup: u64,
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
        page.line(format!(
            "{} of {}, made on {}",
            words::count(self.records_in_backup, "record", "records"),
            clean(&self.file),
            clean(&self.made_on)
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
                format!("{} {verb}: feeds, institutions, peers", self.choices_taken),
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
                "Publishing is refused: the backup may not know of all that this node has signed.",
            );
        }
        if self.dry_run {
            page.line("Nothing was changed.");
        }
    }
}

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
        match reply {
            Reply::Refused(refusal) => Err(refusal.into()),
            reply => Ok(reply),
        }
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
    let contents = open(wish.file)?.check(&mut progress(&context.screen, "Checking"))?;
    let identity = context.identity(dir)?;
    same_network(&contents, identity.network.as_str(), wish.file)?;
    let own_key = node_settings(dir, settings)?.engine.identity.node.key();
    let network = identity.network.id();
    let choices = chosen(wish.file)?;
    let takes_choices = !choices.is_empty()
        && (wish.choices
            || (!wish.dry_run
                && context.asker.can_ask()
                && {
                    preview(context, &choices);
                    context.asker.consent("Take these over? What the backup follows and accepts, this node then follows and accepts.")?
                }));
    let open = || Ok(Offline::open(node_settings(dir, settings)?)?);
    let mut way = match context.reach(dir, open)? {
        Reached::Running(client) => Way::Running(client),
        Reached::Here(node) => Way::Offline(Box::new(node)),
    };

    // Own records that are not here: whoever restores them must not publish before it is sure that there are no newer ones. The mark
    // goes first, so that no moment is without it.
    let own = sum(
        wish.file,
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
            if let Err(failure) = way.ask(order) {
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
    for pass in [Pass::Facts, Pass::Records, Pass::Waiting] {
        add(
            &mut items,
            &sum(wish.file, &mut way, pass, wish.dry_run, &mut show)?,
        );
    }
    if let Way::Offline(node) = way {
        node.close()?;
    }
    let count = choices.len() as u64;
    context.screen.report(&Done {
        dry_run: wish.dry_run,
        file: wish.file.display().to_string(),
        made_on: Day::from_number(contents.made.div_euclid(86_400_000))
            .map_or_else(|| "an unknown day".to_owned(), |day| day.to_string()),
        records_in_backup: contents.records,
        choices_in_backup: count,
        choices_taken: if takes_choices { count } else { 0 },
        choices_left: if takes_choices { 0 } else { count },
        items,
        publishing_refused,
    })?;
    if items.waiting > 0 && !wish.dry_run {
        context.screen.hint("what waits is taken in when its institution is accepted and one of its feeds is followed: indaba trust list");
    }
    if publishing_refused {
        context.screen.hint("run the node until it was connected and its own records are back, then: indaba store accept-copy");
    }
    Ok(if items.invalid > 0 {
        Exit::Integrity
    } else {
        Exit::Ok
    })
}

fn open(file: &Path) -> Result<BackupReader, Failure> {
    let opened = File::open(file).map_err(|e| Failure::io("open", file, &e))?;
    if fs::metadata(file).is_ok_and(|found| found.is_dir()) {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("{} is a folder; name the backup in it", file.display()),
        ));
    }
    Ok(BackupReader::open(Box::new(opened), file)?)
}

fn same_network(contents: &Contents, network: &str, file: &Path) -> Result<(), Failure> {
    let origin: Origin = serde_json::from_slice(&contents.origin).map_err(|e| {
        Failure::new(
            Exit::Integrity,
            format!("{} does not say where it is from", file.display()),
        )
        .because(e)
    })?;
    if origin.network == network {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        format!(
            "{} is from the network \"{}\", this node is in \"{network}\"",
            file.display(),
            clean(&origin.network)
        ),
    )
    .hint("import it into a node of that network"))
}

/// The operator's choices in the backup that this version understands.
fn chosen(file: &Path) -> Result<Vec<ChosenOrder>, Failure> {
    let mut chosen = BTreeMap::new();
    let mut reader = open(file)?;
    while let Some(found) = reader.next()? {
        for kept in found {
            if let Kept::Choice { column, key, value } = kept
                && let Some(order) = chosen_order(&column, &key, &value)
            {
                chosen.insert((column, key), order);
            }
        }
    }
    Ok(chosen.into_values().collect())
}

fn preview(context: &Context, choices: &[ChosenOrder]) {
    for choice in choices {
        context.screen.tell(format!("  {}", clean(&choice.words)));
    }
}

/// What is picked out of the file on one way through it.
#[derive(Clone, Copy)]
enum Pass<'a> {
    Own(&'a NetworkId, &'a Key),
    Facts,
    Records,
    Waiting,
}

fn wanted(kept: Kept, pass: Pass<'_>) -> Option<Vec<u8>> {
    let record = |kept| match kept {
        Kept::Record {
            statement,
            card,
            body,
        } => Some(
            Item {
                statement,
                card,
                body,
            }
            .encode(),
        ),
        _ => None,
    };
    match (pass, kept) {
        (Pass::Facts, Kept::Fact(bytes)) => Some(Item::of_statement(&bytes).encode()),
        (Pass::Records, kept) => record(kept),
        (Pass::Waiting, Kept::Waiting(item)) => Some(item),
        (Pass::Own(network, key), kept) => {
            let item = record(kept)?;
            let decoded = DecodedItem::open(network, &item).ok()?;
            let is_own =
                matches!(decoded.statement(), Statement::Record(header) if header.key == *key);
            is_own.then_some(item)
        }
        _ => None,
    }
}

/// Goes through the file once and hands over what the pass wants, in orders of a bounded size.
fn sum(
    file: &Path,
    way: &mut Way,
    pass: Pass<'_>,
    look_only: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, Failure> {
    let mut all = Imported::default();
    let mut items: Vec<String> = Vec::new();
    let mut size = 0;
    let mut give = |items: &mut Vec<String>, size: &mut usize| {
        if items.is_empty() {
            return Ok(());
        }
        *size = 0;
        let order = Order::Import {
            items: std::mem::take(items),
            look_only,
        };
        match way.ask(order)? {
            Reply::Imported(done) => {
                add(&mut all, &done);
                Ok(())
            }
            _ => Err(unexpected()),
        }
    };
    let mut reader = open(file)?;
    while let Some(found) = reader.next()? {
        let (done, length) = reader.place();
        progress(done, length);
        for kept in found {
            let Some(item) = wanted(kept, pass) else {
                continue;
            };
            if items.len() >= IMPORTED_AT_ONCE || size + item.len() > IMPORTED_BYTES {
                give(&mut items, &mut size)?;
            }
            size += item.len();
            items.push(hex::encode(&item));
        }
    }
    give(&mut items, &mut size)?;
    Ok(all)
}

fn add(to: &mut Imported, more: &Imported) {
    to.new += more.new;
    to.own += more.own;
    to.known += more.known;
    to.waiting += more.waiting;
    to.left_out += more.left_out;
    to.invalid += more.invalid;
}
