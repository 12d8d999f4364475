//! What a responder sends, until it is stopped.

use super::super::cell;
use super::super::decoder::DecodeFault;
use super::super::held::{Element, Held};
use super::super::id_list;
use super::super::message::{Message, Plan};
use super::super::short::{Salt, Short};
use super::known::Salted;
use super::{Budget, SessionFault};
use crate::limits;
use std::collections::{BTreeSet, VecDeque};

/// Cells in one message.
const CELLS: usize = 2_500;
/// Ids of a list in one message: 48 bits at most for each, and a few more.
const LISTED: usize = 4_096;

/// What is being sent, until it is stopped.
#[derive(Debug)]
pub(super) struct Flow {
    /// Cells beyond which no difference goes.
    pub(super) cap: usize,
    pub(super) salted: Option<Salted>,
    pub(super) without: BTreeSet<Element>,
    pub(super) hint: Option<VecDeque<Short>>,
    pub(super) list: Option<Listing>,
    pub(super) listed: bool,
    pub(super) next: usize,
    pub(super) first: usize,
    pub(super) agains: u8,
    pub(super) wanted: BTreeSet<Short>,
    pub(super) wanted_salted: BTreeSet<Short>,
}

#[derive(Debug)]
pub(super) struct Listing {
    ids: Vec<u64>,
    at: usize,
    parameter: u32,
}

impl Flow {
    /// Nothing more of what was begun.
    pub(super) fn silence(&mut self) {
        self.hint = None;
        self.list = None;
        self.next = usize::MAX;
    }

    pub(super) fn salt(
        &mut self,
        salt: Salt,
        plan: Plan,
        held: &dyn Held,
        budget: &mut Budget,
    ) -> Result<(), SessionFault> {
        let mut salted = Salted::new(salt, held);
        self.listed = plan == Plan::List;
        if self.listed {
            let ids = salted.listed(held, &mut budget.work)?;
            self.list = Some(Listing {
                parameter: id_list::parameter(ids.len() as u64),
                ids,
                at: 0,
            });
        } else {
            // Once for what is sent first and a half more.
            let wanted = self.first.saturating_mul(2).min(self.cap);
            salted.cells(wanted, held, &self.without, &mut budget.work)?;
        }
        self.salted = Some(salted);
        Ok(())
    }

    pub(super) fn next(&mut self, held: &dyn Held, budget: &mut Budget) -> Option<Message> {
        if let Some(list) = &mut self.list {
            let piece = list.ids.get(list.at..)?;
            let piece = piece.get(..LISTED).unwrap_or(piece);
            let before = list
                .at
                .checked_sub(1)
                .and_then(|i| list.ids.get(i))
                .copied();
            let message = Message::List {
                parameter: list.parameter,
                count: piece.len() as u64,
                bytes: id_list::encode(list.parameter, before, piece),
                last: list.at + piece.len() == list.ids.len(),
            };
            list.at += piece.len();
            if list.at == list.ids.len() {
                self.list = None;
            }
            return Some(message);
        }
        if self.listed {
            return None;
        }
        if let Some(ids) = &mut self.hint {
            let piece: Vec<Short> = ids.drain(..ids.len().min(limits::COMPARE_IDS)).collect();
            if piece.is_empty() {
                self.hint = None;
            }
            return Some(Message::Ids(piece));
        }
        self.cells(held, budget).ok().flatten()
    }

    fn cells(
        &mut self,
        held: &dyn Held,
        budget: &mut Budget,
    ) -> Result<Option<Message>, DecodeFault> {
        let end = match &self.salted {
            Some(_) => self.cap,
            None => held.cells().len().min(self.cap),
        };
        let step = if self.next == 0 {
            self.first
        } else {
            (self.next / 20).max(8)
        };
        let to = self.next.saturating_add(step.min(CELLS)).min(end);
        if self.next >= to {
            return Ok(None);
        }
        let all = match &mut self.salted {
            Some(salted) => salted.cells(to, held, &self.without, &mut budget.work)?,
            None => held.cells(),
        };
        let Some(cells) = all.get(self.next..to) else {
            return Ok(None);
        };
        let message = Message::Cells {
            from: self.next as u64,
            bytes: cell::encode(self.next, cells),
        };
        self.next = to;
        Ok(Some(message))
    }
}
