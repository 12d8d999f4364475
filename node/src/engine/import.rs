//! Items out of a backup. They take the same door as what a peer sends, signature for signature: a backup proves nothing.

use std::collections::BTreeMap;

use indaba_protocol::{DecodedItem, Id, Statement};
use indaba_store::{Store, StoreError};

use super::boundary::{OrderTicket, Output};
use super::ingest::Origin;
use super::order::{Imported, RefusalKind, Reply};
use super::orders::refused;
use super::view::from_hex;
use super::{Engine, limits};

/// Orders to import that are not answered yet.
pub(super) type Imports = BTreeMap<OrderTicket, Import>;

/// One of them.
#[derive(Default)]
pub(super) struct Import {
    /// Items whose judgement is awaited.
    left: usize,
    ids: Vec<Id>,
    /// Of those judged, how many do not hold.
    refused: u64,
    done: Imported,
}

impl Engine {
    /// Takes items in; the answer comes when all of them are judged and durable. With `look_only` signatures are checked and it is said
    /// what would be new here, and nothing is changed.
    pub(super) fn import(
        &mut self,
        ticket: OrderTicket,
        items: &[String],
        look_only: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        if items.len() > limits::IMPORTED_AT_ONCE {
            let count = items.len();
            let most = limits::IMPORTED_AT_ONCE;
            let problem = format!("{count} items in one go; at most {most} are taken");
            let reply = refused(
                RefusalKind::WrongUse,
                problem,
                "import them in several goes",
            );
            self.outputs.push_back(Output::Reply { ticket, reply });
            return Ok(());
        }
        let mut import = Import::default();
        for item in items {
            let bytes = from_hex(item).unwrap_or_default();
            let Ok(item) = DecodedItem::open(&self.net, &bytes) else {
                import.done.invalid += 1;
                continue;
            };
            if self.is_held(&item, store)? {
                // What waits is here, and yet not taken in: whoever imports it again has to hear so.
                if store.is_waiting(&item.id())? {
                    import.done.waiting += 1;
                } else {
                    import.done.known += 1;
                }
            } else if look_only {
                let is_own = matches!(item.statement(), Statement::Record(header) if header.key == self.own_key());
                if item.verify().is_ok() {
                    import.done.new += 1;
                    import.done.own += u64::from(is_own);
                } else {
                    import.done.invalid += 1;
                }
            } else {
                import.left += 1;
                import.ids.push(item.id());
                self.ingest.take(item, Origin::Import { ticket });
            }
        }
        self.imports.insert(ticket, import);
        Ok(())
    }

    /// One item of an import was judged.
    pub(super) fn imported(&mut self, ticket: OrderTicket, is_invalid: bool) {
        if let Some(import) = self.imports.get_mut(&ticket) {
            import.left = import.left.saturating_sub(1);
            import.refused += u64::from(is_invalid);
        }
    }

    /// Answers the imports of which nothing is awaited any more.
    pub(super) fn answer_imports(&mut self, store: &Store) -> Result<(), StoreError> {
        let is_done =
            |(ticket, import): (&OrderTicket, &Import)| (import.left == 0).then_some(*ticket);
        let tickets: Vec<_> = self.imports.iter().filter_map(is_done).collect();
        for ticket in tickets {
            let Some(import) = self.imports.remove(&ticket) else {
                continue;
            };
            let Import {
                ids,
                refused,
                mut done,
                ..
            } = import;
            for id in &ids {
                if let Some((view, _)) = store.statement(id)? {
                    done.new += 1;
                    done.own += u64::from(view.key == self.own_key());
                } else if store.fact(id)?.is_some() {
                    done.new += 1;
                } else if store.held(id)?.is_some() {
                    done.waiting += 1;
                } else {
                    done.left_out += 1;
                }
            }
            // Those whose signature does not hold are in no store either.
            done.left_out = done.left_out.saturating_sub(refused);
            done.invalid += refused;
            if store.lacks_space() {
                done.no_room = std::mem::take(&mut done.left_out);
            }
            let reply = Reply::Imported(done);
            self.outputs.push_back(Output::Reply { ticket, reply });
        }
        Ok(())
    }
}
