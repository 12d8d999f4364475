//! A record as a file that can be verified anywhere, without a node and without a network.
//!
//! Strict CBOR: `{"indaba": 1, "net": the network's name, "item": the item as it travels, "institution": [statements]}`. The last holds
//! the inception and the states of the signing institution, oldest first, or nothing. All of it is as good as the
//! signatures inside; the file itself is not signed.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use indaba_protocol::{NetworkName, Value, cbor};

use super::exit::Exit;
use super::failure::Failure;
use super::hex;

/// Largest file read, bytes: an item, and an inception with a hundred states of the largest size.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// What a record file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RecordFile {
    /// The network's name; none in a bare item.
    pub network: Option<NetworkName>,
    /// The item as it travels.
    pub item: Vec<u8>,
    /// Statements of the signing institution, oldest first.
    pub institution: Vec<Vec<u8>>,
}

impl RecordFile {
    /// The bytes of the file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut map = std::collections::BTreeMap::new();
        map.insert("indaba".to_owned(), Value::Integer(1));
        map.insert("item".to_owned(), Value::Bytes(self.item.clone()));
        map.insert(
            "institution".to_owned(),
            Value::List(
                self.institution
                    .iter()
                    .map(|s| Value::Bytes(s.clone()))
                    .collect(),
            ),
        );
        if let Some(network) = &self.network {
            map.insert("net".to_owned(), Value::String(network.as_str().to_owned()));
        }
        cbor::encode(&Value::Map(map))
    }

    /// Writes the file; it must not exist.
    ///
    /// # Errors
    /// When it exists or cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        write_new(path, &self.encode())
    }

    /// Reads a file: the form above, or a bare item, or its hexadecimal digits.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is neither.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|f| f.take(MAX_FILE + 1).read_to_end(&mut bytes))
            .map_err(|e| Failure::io("read", path, &e))?;
        let wrong = |what: &str| {
            Failure::new(
                Exit::Integrity,
                format!("{} is not a record file: {what}", path.display()),
            )
            .hint("a node that holds the record writes one with \"indaba show ID --raw --with-institution --out FILE\"")
        };
        if bytes.len() as u64 > MAX_FILE {
            return Err(wrong(&format!("larger than {MAX_FILE} bytes")));
        }
        // What `show --raw` prints on a screen is the item in hexadecimal digits.
        if let Some(printed) = std::str::from_utf8(&bytes).ok().and_then(hex::decode) {
            bytes = printed;
        }
        match cbor::decode(&bytes) {
            Ok(Value::Map(map)) => {
                if map.get("indaba") != Some(&Value::Integer(1)) {
                    return Err(wrong("\"indaba\" is not 1"));
                }
                let Some(Value::Bytes(item)) = map.get("item") else {
                    return Err(wrong("no \"item\""));
                };
                let network = match map.get("net") {
                    Some(Value::String(name)) => {
                        Some(NetworkName::parse(name).map_err(|e| wrong(&e.to_string()))?)
                    }
                    _ => None,
                };
                let mut institution = Vec::new();
                if let Some(Value::List(statements)) = map.get("institution") {
                    for statement in statements {
                        let Value::Bytes(statement) = statement else {
                            return Err(wrong("\"institution\" is not a list of statements"));
                        };
                        institution.push(statement.clone());
                    }
                }
                Ok(Self {
                    network,
                    item: item.clone(),
                    institution,
                })
            }
            Ok(Value::List(_)) => Ok(Self {
                network: None,
                item: bytes,
                institution: Vec::new(),
            }),
            Ok(_) => Err(wrong("neither a map nor an item")),
            Err(_) if std::str::from_utf8(&bytes).is_ok() => {
                Err(wrong("it is a text").hint(format!(
                    "to look for faults before it is published: indaba check {}",
                    path.display()
                )))
            }
            Err(_) => Err(wrong("it is damaged, or cut short").hint(
                "copy it again from where it came; a node that holds the record writes it with \"indaba show ID --raw --with-institution --out FILE\"",
            )),
        }
    }
}

/// Writes a new file; one that exists is left alone.
///
/// # Errors
/// When it exists or cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| {
            let failure =
                Failure::new(Exit::Failed, format!("cannot write {}", path.display())).because(&e);
            if e.kind() == std::io::ErrorKind::AlreadyExists {
                failure.hint("choose another name; nothing is overwritten")
            } else {
                failure
            }
        })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|e| Failure::io("write", path, &e))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn a_record_file_comes_back_and_is_not_overwritten() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("record.indaba");
        let file = RecordFile {
            network: Some(NetworkName::parse("demo.example").unwrap()),
            item: vec![1, 2, 3],
            institution: vec![vec![4], vec![5, 6]],
        };
        file.write(&path).unwrap();
        assert_eq!(RecordFile::read(&path).unwrap(), file);
        assert!(file.write(&path).is_err());
        std::fs::write(&path, b"\x01").unwrap();
        assert!(RecordFile::read(&path).is_err());
        std::fs::write(&path, b"# a text").unwrap();
        assert!(RecordFile::read(&path).is_err());
    }
}
