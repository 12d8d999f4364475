//! `indaba institution`: founding and changing an institution whose root keys several officers hold.

mod alarm;
mod combine;
mod files;
mod found;
mod keys;
mod node_key;
mod propose;
mod revoke;
mod sheet;
mod show;
mod sign;
mod take;

pub(super) use files::approver;
pub(super) use keys::{new_passphrase, passphrase_of};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::flags::InstitutionAct;

/// Runs the command.
pub(crate) fn run(context: &Context, act: InstitutionAct) -> Result<Exit, Failure> {
    match act {
        InstitutionAct::Keys(flags) => keys::run(context, &flags),
        InstitutionAct::NodeKey { public } => node_key::run(context, &public),
        InstitutionAct::Found(flags) => found::run(context, flags),
        InstitutionAct::Sign(flags) => sign::run(context, &flags),
        InstitutionAct::Combine { proposals, out } => combine::run(context, &proposals, &out),
        InstitutionAct::Propose(flags) => propose::run(context, &flags),
        InstitutionAct::Revoke(flags) => revoke::revoke(context, &flags),
        InstitutionAct::Adopt(flags) => revoke::adopt(context, &flags),
        InstitutionAct::Alarm(flags) => alarm::run(context, &flags),
        InstitutionAct::Sheet {
            file,
            officers,
            lang,
            out,
        } => sheet::run(context, &file, &officers, lang.as_deref(), &out),
        InstitutionAct::Show { what } => show::run(context, what.as_deref()),
        InstitutionAct::Take { file } => take::run(context, &file),
    }
}
