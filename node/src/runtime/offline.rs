//! One order on a store that no node has open: no network, the same engine, the same door.

use super::event_loop::Clock;
use super::{NodeSettings, StartError, signatures};
use crate::engine::order::{Order, Reply};
use crate::engine::{Engine, Input, OrderTicket, Output};

/// Opens the store under its lock, carries out one order, closes it. What it would have told the network waits in the outbox.
///
/// # Errors
/// When the store cannot be opened, fails, or is open in a running node.
pub fn offline(settings: NodeSettings, order: Order) -> Result<Reply, StartError> {
    let (mut store, _) = settings.open_store()?;
    let clock = Clock::start();
    let mut engine = Engine::new(settings.engine, clock.now(), &mut store)?;
    engine.handle(
        clock.now(),
        Input::Order {
            ticket: OrderTicket(0),
            order,
        },
        &mut store,
    )?;
    let mut answer = Reply::Stopping;
    loop {
        engine.settle(clock.now(), &mut store)?;
        let mut checked = Vec::new();
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Check { ticket, items } => checked.push(Input::Checked {
                    ticket,
                    items: signatures::check(items),
                }),
                Output::Reply { reply, .. } => answer = reply,
                Output::Network(_) | Output::Notice(_) => {}
            }
        }
        if checked.is_empty() {
            break;
        }
        for input in checked {
            engine.handle(clock.now(), input, &mut store)?;
        }
    }
    store.close()?;
    Ok(answer)
}
