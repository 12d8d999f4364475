//! An officer's word, signed with the key on the officer's stick.

use std::path::Path;

use indaba_protocol::SigningKey;

use crate::cli::context::{Context, unexpected};
use crate::cli::failure::Failure;
use crate::cli::flags::PassphraseFlags;
use crate::cli::institution::passphrase_of;
use crate::engine::order::{Draft, OfficerWord};
use crate::engine::{Said, Word, content_of};
use crate::keystore::read_approving_key;

/// The key of an officer, opened.
pub(super) fn officer_key(
    context: &Context,
    file: &Path,
    passphrase: &PassphraseFlags,
) -> Result<SigningKey, Failure> {
    let passphrase = passphrase_of(context, file, passphrase)?;
    let seed = read_approving_key(file, passphrase.as_ref())?;
    Ok(SigningKey::from_seed(seed.expose()))
}

/// An officer's word that this text is submitted, in the place of a draft and version or as a new one.
pub(super) fn submission(
    context: &Context,
    draft: &Draft,
    about: (u64, u64),
    key: &Path,
    passphrase: &PassphraseFlags,
) -> Result<OfficerWord, Failure> {
    let drafts = std::slice::from_ref(draft);
    let words = submissions(context, drafts, about, key, passphrase)?;
    words.into_iter().next().ok_or_else(unexpected)
}

/// An officer's word about each of these.
pub(in crate::cli) fn submissions(
    context: &Context,
    drafts: &[Draft],
    about: (u64, u64),
    key: &Path,
    passphrase: &PassphraseFlags,
) -> Result<Vec<OfficerWord>, Failure> {
    let (rules, institution, _) = super::drafts(context)?;
    let network = context.identity(&context.node_dir()?)?.network.id();
    let key = officer_key(context, key, passphrase)?;
    let sign = |draft: &Draft| {
        let word = Word {
            said: Said::Submit,
            institution,
            draft: about.0,
            version: about.1,
            content: content_of(draft).ok_or_else(unexpected)?,
            rules,
            words: "",
        };
        Ok(word.sign(&network, &key))
    };
    drafts.iter().map(sign).collect()
}
