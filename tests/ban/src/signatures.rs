use ed25519_dalek::Verifier;

fn permissive(key: &ed25519_dalek::VerifyingKey, message: &[u8], signature: &ed25519_dalek::Signature) -> bool {
    key.verify(message, signature).is_ok() // ban: ed25519_dalek::Verifier::verify
}
