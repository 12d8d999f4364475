//! `indaba institution sign`: one officer's signature, on the officer's own machine.

use indaba_protocol::{Key, SigningKey};

use crate::ceremony::{OfficerCard, Proposal};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::SignFlags;
use crate::cli::record_file::write_new;
use crate::keystore::read_officer_key;

use super::keys::passphrase_of;
use super::{files, show};

/// Runs the command.
pub(super) fn run(context: &Context, flags: &SignFlags) -> Result<Exit, Failure> {
    let mut proposal = files::proposal(&flags.proposal)?;
    let own = flags.public.as_deref().map(files::officer).transpose()?;
    if let Some(own) = &own {
        holds_own(&proposal, own)?;
    }
    // First what is to be signed, then the passphrase: nobody unseals a key for what they have not read.
    show::preview_proposal(context, &proposal, &flags.proposal);
    let agreed = context.asker.consent(
        "Have you read this, and did you compare the number of the proposal with the other officers? Sign it?",
    )?;
    if !agreed {
        return Err(Failure::new(Exit::Refused, "nothing was signed"));
    }
    let passphrase = passphrase_of(context, &flags.key, &flags.passphrase)?;
    let (_, seed) = read_officer_key(&flags.key, passphrase.as_ref())?;
    let key = SigningKey::from_seed(seed.expose());
    if let Some(own) = &own {
        is_own(&key.key(), own)?;
    }
    let new = proposal.sign(&key)?;
    write_new(&flags.out, proposal.to_text().as_bytes())?;
    if !new {
        context
            .screen
            .warn(format!("key {} had signed this before", key.key()));
    }
    show::report_signed(context, &proposal, &flags.out)?;
    if proposal.needs().iter().all(|need| need.is_met()) {
        context.screen.hint(
            "enough have signed. Finish it: indaba institution combine FILE... --out INSTITUTION",
        );
    }
    Ok(Exit::Ok)
}

/// Whoever collected the keys could have put others beside the officer's name.
fn holds_own(proposal: &Proposal, own: &OfficerCard) -> Result<(), Failure> {
    let wrong = |what: String| {
        Err(Failure::new(Exit::Refused, what).hint(
            "do not sign. Somebody exchanged the keys, or this is another institution's public file",
        ))
    };
    if *proposal.network() != own.network {
        return wrong(format!(
            "the proposal is for the network \"{}\", your keys were made for \"{}\"",
            proposal.network(),
            own.network
        ));
    }
    if !proposal.founds() {
        // Keys come and go with later states; what changes is told line by line.
        return Ok(());
    }
    let authority = proposal.authority();
    if !authority.roots.contains(&own.root) {
        return wrong(format!("your root key {} is not in the proposal", own.root));
    }
    if !authority.next.contains(&own.reserve) {
        return wrong(format!(
            "your reserve key {} is not in the proposal",
            own.reserve.short()
        ));
    }
    Ok(())
}

fn is_own(key: &Key, own: &OfficerCard) -> Result<(), Failure> {
    if *key == own.root || key.digest() == own.reserve {
        return Ok(());
    }
    Err(Failure::new(
        Exit::WrongUse,
        "the key file and the public file do not belong together",
    )
    .hint("take the public file that was made with this key"))
}
