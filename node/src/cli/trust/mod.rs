//! `indaba trust`: whose records this node accepts, by whose word, and why.

mod anchors;
mod charter;
mod explain;
mod list;
mod policy;
mod scope;
mod signing;
mod vouching;
mod waiting;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::TrustAct;
use crate::engine::order::{Order, Reply, TrustOrder, TrustReply};

/// Runs the command.
pub(crate) fn run(context: &Context, act: TrustAct) -> Result<Exit, Failure> {
    match act {
        TrustAct::Anchor(flags) => anchors::anchor(context, flags),
        TrustAct::Remove { institution } => anchors::remove(context, &institution),
        TrustAct::Refuse { institution, undo } => anchors::refuse(context, &institution, undo),
        TrustAct::Vouch(flags) => vouching::vouch(context, flags),
        TrustAct::RevokeVouch(flags) => vouching::revoke(context, flags),
        TrustAct::List => list::run(context),
        TrustAct::Explain {
            subject,
            feed,
            kind,
        } => explain::run(context, &subject, kind, feed),
        TrustAct::Waiting { institution } => waiting::run(context, institution.as_deref()),
        TrustAct::Policy { act } => policy::run(context, act),
        TrustAct::Charter { act } => charter::run(context, act),
    }
}

/// Asks about trust.
fn ask(context: &Context, act: TrustOrder) -> Result<TrustReply, Failure> {
    match context.ask(Order::Trust { act })? {
        Reply::Trust { answer } => Ok(*answer),
        _ => Err(unexpected()),
    }
}
