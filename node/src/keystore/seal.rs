//! Sealing a key with a passphrase: an age file (scrypt), so that the `age` tool opens it as well.

use std::io::{Read, Write};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::KeyFault;

/// Highest scrypt work factor (log2 N) that is tried when opening: 2^22 needs 4 GiB, and no honest file asks for more. A
/// planted file must not be able to occupy the machine for hours.
pub const MAX_WORK_FACTOR: u8 = 22;

/// Largest plain text inside a sealed file, bytes. A key file has about 100.
const MAX_PLAIN: u64 = 4096;

/// What sealed files begin with.
const MARK: &[u8] = b"age-encryption.org/";

/// A passphrase. Erased from memory when dropped; never shown.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}

impl Passphrase {
    /// Fewest characters accepted for a new passphrase; scrypt slows guessing but does not replace length.
    pub const SHORTEST: usize = 10;

    /// Takes a passphrase as typed or read; a line break at its end is not part of it.
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        ))
    }

    /// How many characters it has.
    pub fn length(&self) -> usize {
        age::secrecy::ExposeSecret::expose_secret(&self.0)
            .chars()
            .count()
    }

    /// Whether both are the same.
    pub fn same_as(&self, other: &Passphrase) -> bool {
        use age::secrecy::ExposeSecret;
        self.0.expose_secret() == other.0.expose_secret()
    }
}

/// Whether these are the first bytes of a sealed file.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

/// Seals `plain`. `work_factor` none lets age choose one that takes about a second here.
pub(super) fn seal(
    plain: &str,
    passphrase: &Passphrase,
    work_factor: Option<u8>,
) -> Result<Vec<u8>, KeyFault> {
    let fail = |what: String| KeyFault::Seal { what };
    let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
    if let Some(factor) = work_factor {
        recipient.set_work_factor(factor.clamp(1, MAX_WORK_FACTOR));
    }
    let recipient: &dyn age::Recipient = &recipient;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))
        .map_err(|e| fail(e.to_string()))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(|e| fail(e.to_string()))?;
    writer
        .write_all(plain.as_bytes())
        .map_err(|e| fail(e.to_string()))?;
    writer.finish().map_err(|e| fail(e.to_string()))?;
    Ok(sealed)
}

/// Why a seal was not opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SealFault {
    /// The passphrase is another one. A file of which just the sealed key was damaged looks the same.
    Passphrase,
    /// The file is damaged, or asks for more work than is done.
    File(String),
}

/// Opens what [`seal`] made.
pub(super) fn unseal(
    sealed: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<String>, SealFault> {
    let file = |what: String| SealFault::File(what);
    let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|e| file(e.to_string()))?;
    let identity: &dyn age::Identity = &identity;
    let reader = decryptor
        .decrypt(std::iter::once(identity))
        .map_err(|e| match e {
            age::DecryptError::DecryptionFailed => SealFault::Passphrase,
            other => file(other.to_string()),
        })?;
    let mut plain = Zeroizing::new(String::with_capacity(MAX_PLAIN as usize));
    reader
        .take(MAX_PLAIN)
        .read_to_string(&mut plain)
        .map_err(|e| file(e.to_string()))?;
    Ok(plain)
}
