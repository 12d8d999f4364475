//! From what is held to what a person is shown: lines, records, steps.

use indaba_protocol::{
    Header, Id, Item, Part, Value, Verdict, Verified, cbor, content, text_forms,
};
use indaba_store::{PartsHeld, Store, StoreError, StoredRecord};

use super::boundary::Moment;
use super::order::{Act, InstitutionView, RecordLine, RecordView, Step, VerifyView};
use super::{Engine, limits};

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Bytes from hexadecimal; none if it is not that.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

/// What a record is called, if its card is here and says so.
pub(super) fn title(record: &StoredRecord) -> Option<String> {
    let (_, card) = record
        .card
        .as_deref()
        .and_then(|card| Part::open(card).ok())?;
    content::Card::new(&card).title().map(str::to_owned)
}

/// What a record without a title does: its first link, and the code its body gives for it.
pub(super) fn act(header: &Verified<Header>, record: &StoredRecord) -> Option<Act> {
    let link = header.links.first()?;
    let body = record
        .body
        .as_deref()
        .and_then(|body| Part::open(body).ok());
    let said = body.and_then(|(_, body)| {
        let body = content::Body::new(&body);
        // A code, not running text: what is longer belongs to whoever opens the record.
        let code = body.text("reason").or_else(|| body.text("stance"))?;
        (code.len() <= 32).then(|| code.to_owned())
    });
    Some(Act {
        rel: link.rel.clone(),
        target: link.target.to_string(),
        said,
    })
}

impl Engine {
    /// How an institution is shown everywhere.
    pub(super) fn institution_view(&self, id: &Id) -> InstitutionView {
        let chain = self.institutions.chain(id);
        let profile = chain
            .and_then(|chain| chain.newest())
            .map(|state| &state.profile);
        let name = self.name_of(id);
        InstitutionView {
            id: id.to_string(),
            short: id.short(),
            fingerprint: text_forms::Fingerprint::of(id).to_string(),
            marks: name.iter().flat_map(|name| self.marks(id, name)).collect(),
            name,
            kind: profile.map(|profile| profile.kind().to_owned()),
            version: chain.map(|chain| chain.version()),
            accepted: self.accepts(id),
            disputed: chain.is_some_and(|chain| chain.is_disputed()),
        }
    }

    /// The same of one that may be known by its own word only; also what it calls itself.
    pub(super) fn claiming_view(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<(InstitutionView, Option<String>), StoreError> {
        let mut view = self.institution_view(id);
        let claimed = self.claimed_name(id, store)?;
        if let (None, Some(name)) = (&view.name, &claimed) {
            view.marks = self.marks(id, name);
        }
        Ok((view, claimed))
    }

    /// The header of a record held. Its signature was verified when it came in, and the store has just found the bytes to be
    /// those, by their hash: to verify it again at every read would cost a hub most of its time.
    pub(super) fn header(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<Verified<Header>>, StoreError> {
        let Some((_, bytes)) = self.readable(id, store.statement(id))? else {
            return Ok(None);
        };
        self.read_header(id, &bytes)
    }

    /// The header in the bytes that the store gave for a record.
    pub(super) fn read_header(
        &self,
        id: &Id,
        bytes: &[u8],
    ) -> Result<Option<Verified<Header>>, StoreError> {
        let known = self.headers.borrow().of(id, bytes);
        if known.is_some() {
            return Ok(known);
        }
        match indaba_protocol::read_kept(&self.net, id, bytes) {
            Ok(indaba_protocol::VerifiedStatement::Record(header)) => {
                self.headers.borrow_mut().note(&header);
                Ok(Some(header))
            }
            _ => self.readable(
                id,
                Err(StoreError::Mismatch {
                    id: *id,
                    what: "header",
                }),
            ),
        }
    }

    /// A record with the parts held.
    pub(super) fn stored(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<StoredRecord>, StoreError> {
        self.readable(id, store.record(id))
    }

    /// A record with its header read.
    pub(super) fn readable_record(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<(Verified<Header>, StoredRecord)>, StoreError> {
        let Some(record) = self.stored(id, store)? else {
            return Ok(None);
        };
        let header = self.read_header(id, &record.statement)?;
        Ok(header.map(|header| (header, record)))
    }

    /// What the disk gives for a record. One that does not read any more is as good as not held, and asked for again; it must
    /// not end the node.
    fn readable<T>(
        &self,
        id: &Id,
        read: Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(error @ (StoreError::Mismatch { .. } | StoreError::BadEntry { .. })) => {
                let mut damaged = self.damaged.borrow_mut();
                if damaged.len() < limits::DAMAGED && damaged.insert(*id) {
                    self.listings.changed();
                    tracing::error!(id = %id.short(), %error, "a record on the disk is damaged; it is asked for again");
                }
                Ok(None)
            }
            other => other,
        }
    }

    /// The parts at hand of a record that reads; `None` when it is not held, or is damaged.
    pub(super) fn parts_held(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<PartsHeld>, StoreError> {
        if self.damaged.borrow().contains(id) {
            Ok(None)
        } else {
            store.parts_held(id)
        }
    }

    /// Records to be asked for again because they are damaged.
    pub(super) fn damaged(&self) -> Vec<Id> {
        self.damaged.borrow().iter().copied().collect()
    }

    /// A record came back.
    pub(super) fn mended(&self, id: &Id) {
        self.damaged.borrow_mut().remove(id);
    }

    pub(super) fn record_line(
        &mut self,
        id: &Id,
        arrival: u64,
        store: &Store,
    ) -> Result<Option<RecordLine>, StoreError> {
        let Some((header, record)) = self.readable_record(id, store)? else {
            return Ok(None);
        };
        self.line_of(&header, &record, arrival, store).map(Some)
    }

    fn line_of(
        &mut self,
        header: &Verified<Header>,
        record: &StoredRecord,
        arrival: u64,
        store: &Store,
    ) -> Result<RecordLine, StoreError> {
        let verdict = self.judge_held(header, store)?;
        let words = self.words(header, verdict, store)?;
        let hidden = words.iter().any(|word| word == "withdrawn");
        let title = if hidden { None } else { title(record) };
        Ok(RecordLine {
            id: header.id().to_string(),
            short: header.id().short(),
            arrival,
            kind: header.kind.clone(),
            lang: header.lang.clone(),
            act: if title.is_none() && !hidden {
                act(header, record)
            } else {
                None
            },
            title,
            institution: self.institution_view(&header.institution),
            feeds: header.feeds().map(ToString::to_string).collect(),
            day: header.day.map(|day| day.to_string()),
            words,
            verdict: verdict.to_string(),
        })
    }

    pub(super) fn record_view(
        &mut self,
        now: Moment,
        id: &Id,
        store: &Store,
    ) -> Result<Option<RecordView>, StoreError> {
        let Some((header, record)) = self.readable_record(id, store)? else {
            return Ok(None);
        };
        let line = self.line_of(&header, &record, record.arrival, store)?;
        let verdict = self.judge_held(&header, store)?;
        let hidden = line.words.iter().any(|word| word == "withdrawn");
        let open = |part: &Option<Vec<u8>>| part.as_deref().filter(|_| !hidden).map(Part::open);
        let (card, body) = (open(&record.card), open(&record.body));
        let mut malformed = Vec::new();
        let empty = Value::Map(std::collections::BTreeMap::new());
        match (&card, &body) {
            (Some(Err(_)), _) => malformed.push("the card is not a strict CBOR map".to_owned()),
            (_, Some(Err(_))) => malformed.push("the body is not a strict CBOR map".to_owned()),
            (Some(Ok((_, card))), body) => {
                let body = body
                    .as_ref()
                    .and_then(|body| body.as_ref().ok())
                    .map_or(&empty, |(_, body)| body);
                if record.body.is_some() {
                    malformed.extend(
                        content::check(&header.kind, card, body)
                            .into_iter()
                            .map(|f| format!("{}: {}", f.field, f.problem)),
                    );
                }
            }
            _ => {}
        }
        let hex = |part: Option<Result<([u8; 16], Value), _>>| {
            part.and_then(Result::ok)
                .map(|(_, map)| to_hex(&cbor::encode(&map)))
        };
        let item = Item {
            statement: record.statement.clone(),
            card: record.card.clone(),
            body: record.body.clone(),
        };
        Ok(Some(RecordView {
            line,
            marking: header.marking.clone(),
            state: header.state.to_string(),
            key: header.key.to_string(),
            lanes: header
                .lanes
                .iter()
                .map(|l| (l.feed.to_string(), l.seq, l.prev.map(|id| id.to_string())))
                .collect(),
            links: header
                .links
                .iter()
                .map(|link| (link.rel.clone(), link.target.to_string()))
                .collect(),
            linked_from: self.linked_from(id, store)?,
            card: hex(card),
            body: hex(body),
            item: to_hex(&item.encode()),
            why: self.why(&header, store)?.1,
            disputes: self.disputes(&header, verdict, store)?,
            became: self.became(&header.institution, store)?,
            malformed,
            withdrawal: self.withdrawal_view(now, &header, store)?,
            holders: self.holders(&header),
        }))
    }

    /// The records that point at one: relation and id. What a cut made void is looked at on request only, by its id.
    fn linked_from(&self, id: &Id, store: &Store) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        for (rel, from) in store.links_to(id, limits::PAGE)? {
            let by = self.header(&from, store)?;
            let is_void = match &by {
                Some(by) => matches!(self.judge_held(by, store)?, Verdict::Void(_)),
                None => false,
            };
            if !is_void {
                found.push((rel, from.to_string()));
            }
        }
        Ok(found)
    }

    /// Every step of the judgement about a record held, each done anew from the bytes on the disk.
    pub(super) fn verify_view(
        &mut self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<VerifyView>, StoreError> {
        let Some(record) = self.stored(id, store)? else {
            return Ok(None);
        };
        let mut steps = Vec::new();
        let mut step = |what: &str, holds: bool, detail: String| {
            steps.push(Step {
                what: what.to_owned(),
                holds,
                detail,
            })
        };
        let read = indaba_protocol::read(&self.net, &record.statement);
        let header = match read {
            Ok(indaba_protocol::VerifiedStatement::Record(header)) => header,
            Ok(_) => {
                step("statement", false, "it is no record".to_owned());
                return Ok(Some(VerifyView {
                    id: id.to_string(),
                    steps,
                    verdict: "INVALID".to_owned(),
                    words: Vec::new(),
                }));
            }
            Err(unread) => {
                step("statement", false, unread.to_string());
                return Ok(Some(VerifyView {
                    id: id.to_string(),
                    steps,
                    verdict: "INVALID".to_owned(),
                    words: Vec::new(),
                }));
            }
        };
        step(
            "encoding",
            true,
            format!(
                "{} bytes of strict CBOR, made for network {}",
                record.statement.len(),
                self.network.as_str()
            ),
        );
        step(
            "identity",
            header.id() == *id,
            "the hash of the payload is the id".to_owned(),
        );
        step(
            "signature",
            true,
            format!("Ed25519, strict, by node key {}", header.key),
        );
        for (name, part, held) in [
            ("card", header.card, &record.card),
            ("body", header.body, &record.body),
        ] {
            match held {
                Some(held) => step(
                    name,
                    part.matches(held),
                    format!("{} bytes, hash as the header says", part.length),
                ),
                None => step(name, true, "not held here".to_owned()),
            }
        }
        let view = self.institution_view(&header.institution);
        let name = view.name.clone().unwrap_or_else(|| view.short.clone());
        let delegated = self.may_sign(&header.institution, &header.key, &header.state);
        let version = self
            .institutions
            .chain(&header.institution)
            .and_then(|chain| {
                chain
                    .states()
                    .iter()
                    .find(|state| state.id() == header.state)
            })
            .map(|state| state.version);
        step(
            "authority",
            delegated,
            match version {
                Some(version) => format!("state {version} of {name} delegates the key for signing"),
                None => format!("the state of {name} that the record names is not held"),
            },
        );
        let cut = self.institutions.is_cut(&header.institution, &header.key);
        step(
            "revocation",
            true,
            if cut {
                "the key was revoked; its cut is applied below"
            } else {
                "the key is not revoked"
            }
            .to_owned(),
        );
        for lane in &header.lanes {
            let others = store.at(&header.institution, &header.key, &lane.feed, lane.seq)?;
            // Which one stands at a position of a key that is cut, the cut says; of the others those are here that came before it.
            let single = cut || others.iter().all(|other| other == id);
            step(
                "position",
                single,
                format!(
                    "{} #{}{}",
                    lane.feed,
                    lane.seq,
                    if single {
                        ""
                    } else {
                        ": another record claims it too"
                    }
                ),
            );
        }
        let (accepted, why) = self.why(&header, store)?;
        step("trust", accepted, why.join(" "));
        let verdict = self.judge_held(&header, store)?;
        let disputes = self.disputes(&header, verdict, store)?;
        step(
            "dispute",
            disputes.is_empty(),
            match disputes.is_empty() {
                true => "nothing known here disputes it".to_owned(),
                false => disputes.join(" "),
            },
        );
        let words = self.words(&header, verdict, store)?;
        Ok(Some(VerifyView {
            id: id.to_string(),
            steps,
            verdict: verdict.to_string(),
            words,
        }))
    }
}
