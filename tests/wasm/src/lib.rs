//! The protocol's reader behind a WebAssembly module. A host gives it a network's name and a
//! statement byte by byte and reads the verdict byte by byte, so that no memory is shared.
//!
//! `unsafe` appears only because exporting a name needs it; nothing here is dereferenced.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indaba_protocol::{NetworkName, Unread, read};

static NETWORK: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STATEMENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn open(cell: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Appends one byte to the network's name.
#[unsafe(no_mangle)]
pub extern "C" fn push_network(byte: u8) {
    open(&NETWORK).push(byte);
}

/// Appends one byte to the statement.
#[unsafe(no_mangle)]
pub extern "C" fn push_statement(byte: u8) {
    open(&STATEMENT).push(byte);
}

/// Reads the statement in full, signatures included, forgets the input, and returns the length of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn judge() -> u32 {
    let network = std::mem::take(&mut *open(&NETWORK));
    let statement = std::mem::take(&mut *open(&STATEMENT));
    let answer = answer(&network, &statement);
    let length = answer.len() as u32;
    *open(&ANSWER) = answer.into_bytes();
    length
}

/// A byte of the answer: `accept:ID`, `unsupported` or `invalid:CODE`.
#[unsafe(no_mangle)]
pub extern "C" fn answer_byte(index: u32) -> u32 {
    open(&ANSWER)
        .get(index as usize)
        .map_or(u32::MAX, |byte| u32::from(*byte))
}

fn answer(network: &[u8], statement: &[u8]) -> String {
    let Some(name) = std::str::from_utf8(network)
        .ok()
        .and_then(|name| NetworkName::parse(name).ok())
    else {
        return "invalid network name".into();
    };
    match read(&name.id(), statement) {
        Ok(statement) => {
            let id: String = statement
                .id()
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("accept:{id}")
        }
        Err(Unread::Unsupported(_)) => "unsupported".into(),
        Err(Unread::Invalid(fault)) => format!("invalid:{}", fault.code()),
    }
}

/// Negative control: something only a host can answer.
#[cfg(feature = "host-import")]
mod control {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        safe fn now() -> u64;
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn ask_host() -> u64 {
        now()
    }
}
