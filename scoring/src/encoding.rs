//! The one canonical encoding of an entry, and the two digests taken over encodings. `docs/ledger.md`
//! defines it in prose; the two change together, under a new tag.

use domain::{LocalDate, Timestamp};
use sha2::{Digest, Sha256};

use crate::digest::{EntryHash, EntryId};
use crate::ledger::{EntryDraft, EntryKind};

/// First field of every entry's encoding: names this encoding and no other.
pub const ENTRY_TAG: &str = "mucktrail ledger entry 2";
/// First field of what an entry id is taken over.
pub const ID_TAG: &str = "mucktrail ledger id 1";

/// The length that stands for an absent field; no text can be that long.
const ABSENT: u64 = u64::MAX;

/// Writes fields one after the other: 8 bytes of length, big-endian, then the bytes.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) {
        // A usize fits into 64 bits on every machine Rust compiles for.
        let length = u64::try_from(bytes.len()).unwrap_or(ABSENT);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn absent(&mut self) {
        self.0.extend_from_slice(&ABSENT.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn text_or_absent(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.absent(),
        }
    }

    fn integer(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    fn time_or_absent(&mut self, time: Option<Timestamp>) {
        match time {
            Some(time) => self.integer(time.millis()),
            None => self.absent(),
        }
    }

    fn date_or_absent(&mut self, date: Option<LocalDate>) {
        self.text_or_absent(date.map(|date| date.format("%Y-%m-%d").to_string()).as_deref());
    }
}

/// The bytes that are hashed: everything an entry says except its hash.
pub fn entry_bytes(seq: u64, prev_hash: &EntryHash, id: &EntryId, draft: &EntryDraft) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.text(ENTRY_TAG);
    fields.bytes(&seq.to_be_bytes());
    fields.bytes(prev_hash.as_bytes());
    fields.bytes(id.as_bytes());
    fields.text(draft.kind.word());
    fields.integer(i64::from(draft.cycle.year()));
    fields.text(draft.uscc.as_str());
    fields.text_or_absent(draft.plate.as_ref().map(domain::Plate::as_str));
    fields.text_or_absent(draft.case_no.as_ref().map(crate::Label::as_str));
    fields.text_or_absent(draft.decision_no.as_ref().map(crate::Label::as_str));
    fields.date_or_absent(draft.final_date);
    fields.text_or_absent(draft.rule.as_ref().map(domain::RuleCode::as_str));
    fields.text_or_absent(draft.table_version.as_deref());
    fields.text_or_absent(draft.class.map(crate::Class::word));
    fields.text_or_absent(draft.severity.map(crate::Severity::word));
    fields.integer(draft.base_cp);
    fields.integer(draft.vehicle_cp);
    fields.integer(i64::from(draft.esc_permille));
    fields.integer(i64::from(draft.fleet_n));
    fields.integer(i64::from(draft.k_num));
    fields.integer(i64::from(draft.k_den));
    fields.integer(draft.amount_cp);
    fields.time_or_absent(draft.occurred_at);
    fields.time_or_absent(draft.occurred_until);
    fields.integer(draft.posted_at.millis());
    fields.text(draft.posted_by.as_str());
    fields.text_or_absent(draft.trip.as_ref().map(ToString::to_string).as_deref());
    fields.date_or_absent(draft.publicity_end);
    fields.bytes(&u64::try_from(draft.refs.len()).unwrap_or(ABSENT).to_be_bytes());
    for reference in &draft.refs {
        fields.bytes(reference.as_bytes());
    }
    fields.text(draft.note.as_str());
    fields.0
}

/// SHA-256 of [`entry_bytes`].
pub fn entry_hash(seq: u64, prev_hash: &EntryHash, id: &EntryId, draft: &EntryDraft) -> EntryHash {
    EntryHash::from_bytes(Sha256::digest(entry_bytes(seq, prev_hash, id, draft)).into())
}

/// What an entry is about: kind and case number for a deduction, reversal, repair or adjustment; kind, company, cycle and
/// references for everything else. The same thing posted twice has the same id.
pub fn entry_id(draft: &EntryDraft) -> EntryId {
    let mut fields = Fields::default();
    fields.text(ID_TAG);
    fields.text(draft.kind.word());
    match (&draft.case_no, draft.kind) {
        (Some(case_no), EntryKind::Deduct | EntryKind::Reverse | EntryKind::Repair | EntryKind::Adjust) => {
            fields.text(case_no.as_str());
        }
        _ => {
            fields.text(draft.uscc.as_str());
            fields.integer(i64::from(draft.cycle.year()));
            for reference in &draft.refs {
                fields.bytes(reference.as_bytes());
            }
        }
    }
    let digest: [u8; 32] = Sha256::digest(fields.0).into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    EntryId::from_bytes(id)
}
