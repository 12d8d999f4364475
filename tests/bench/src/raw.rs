//! The least that keeps records durably: one file, a checksum and one sync for each group, maps in memory. What the store
//! costs beyond this is what its guarantees and its queries cost.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use indaba_protocol::Id;
use indaba_store::NewRecord;

/// Length, checksum.
const HEADER: usize = 8;

/// Where a record stands.
type Place = (u64, u32);

/// The log and its maps.
pub struct Raw {
    file: File,
    end: u64,
    by_id: HashMap<Id, Place>,
    by_feed: HashMap<String, Vec<Place>>,
    buffer: Vec<u8>,
}

impl Raw {
    /// Opens a log, reading all of it.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .unwrap();
        let mut raw = Self {
            end: 0,
            by_id: HashMap::new(),
            by_feed: HashMap::new(),
            buffer: Vec::new(),
            file: file.try_clone().unwrap(),
        };
        let mut from = BufReader::with_capacity(1 << 20, file);
        let mut header = [0; HEADER];
        let mut bytes = Vec::new();
        while from.read_exact(&mut header).is_ok() {
            let length = u32::from_le_bytes(header[..4].try_into().unwrap());
            bytes.resize(length as usize, 0);
            if from.read_exact(&mut bytes).is_err()
                || header[4..] != crc32c::crc32c(&bytes).to_le_bytes()
            {
                break;
            }
            let id = Id::from_bytes(bytes[..32].try_into().unwrap());
            let name = 33 + usize::from(bytes[32]);
            let feed = String::from_utf8(bytes[33..name].to_vec()).unwrap();
            raw.note(id, feed, (raw.end, length + HEADER as u32));
        }
        raw
    }

    fn note(&mut self, id: Id, feed: String, place: Place) {
        self.end = place.0 + u64::from(place.1);
        self.by_id.insert(id, place);
        self.by_feed.entry(feed).or_default().push(place);
    }

    /// Appends records as one group: one write, one sync.
    pub fn commit(&mut self, records: &[NewRecord]) {
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        let mut places = Vec::with_capacity(records.len());
        let begin = self.end;
        for record in records {
            let at = bytes.len();
            let feed = record.view.lanes[0].feed.as_str();
            bytes.extend_from_slice(&[0; HEADER]);
            bytes.extend_from_slice(record.view.id.as_bytes());
            bytes.push(feed.len() as u8);
            bytes.extend_from_slice(feed.as_bytes());
            bytes.extend_from_slice(&record.statement);
            for part in [&record.card, &record.body].into_iter().flatten() {
                bytes.extend_from_slice(part);
            }
            let content = &bytes[at + HEADER..];
            let (length, sum) = (content.len() as u32, crc32c::crc32c(content));
            bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
            places.push((begin + at as u64, length + HEADER as u32));
        }
        self.append(&bytes);
        for (record, place) in records.iter().zip(places) {
            self.note(
                record.view.id,
                record.view.lanes[0].feed.as_str().to_owned(),
                place,
            );
        }
        self.buffer = bytes;
    }

    /// Appends bytes and syncs, as any durable write must.
    pub fn append(&mut self, bytes: &[u8]) {
        self.file.write_all_at(bytes, self.end).unwrap();
        self.file.sync_data().unwrap();
        self.end += bytes.len() as u64;
    }

    /// A record's bytes, their checksum checked.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<Vec<u8>> {
        self.by_id.get(id).map(|place| self.read(*place))
    }

    /// The bytes of up to `limit` records of a feed from one on.
    #[must_use]
    pub fn page(&self, feed: &str, from: usize, limit: usize) -> Vec<Vec<u8>> {
        let places = self.by_feed.get(feed).map_or(&[][..], Vec::as_slice);
        let page = places.iter().skip(from).take(limit);
        page.map(|place| self.read(*place)).collect()
    }

    fn read(&self, (offset, length): Place) -> Vec<u8> {
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, offset).unwrap();
        assert_eq!(bytes[4..8], crc32c::crc32c(&bytes[HEADER..]).to_le_bytes());
        bytes
    }
}
