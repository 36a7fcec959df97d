//! The ledger: append-only entries, each chained to the one before by SHA-256.
//!
//! Nothing is ever edited. An upheld appeal is a `reverse` entry, a cure a `repair` entry. This module computes and
//! checks the chain; it stores nothing, and it does not decide amounts (see [`crate::posting`]).

use std::collections::BTreeMap;

use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};
use serde::{Deserialize, Serialize};

use crate::cycle::Cycle;
use crate::digest::{EntryHash, EntryId};
use crate::encoding::{entry_hash, entry_id};
use crate::label::{Label, Note};
use crate::posting::amount_cp;
use crate::rule::{Class, Severity};
use crate::words::words;

/// Most references one entry carries.
pub const REFS_MAX: usize = 1024;
/// Largest amount an entry can move, centi-points. Far above any posting; keeps every sum inside 64 bits.
pub const AMOUNT_CP_MAX: i64 = 1_000_000_000;

words!(
    /// What an entry does.
    EntryKind {
        /// Takes points for a confirmed case.
        Deduct = "deduct",
        /// Undoes the deduction, repair or adjustment it refers to.
        Reverse = "reverse",
        /// Gives points back for the deduction it refers to.
        Repair = "repair",
        /// Remarks that the cap on class C began to hold; moves nothing.
        CapNote = "cap_note",
        /// Opens a year; moves nothing.
        CycleOpen = "cycle_open",
        /// The company was told that it is about to be listed; moves nothing.
        ListNotice = "list_notice",
        /// The company was put on the black list; moves nothing.
        List = "list",
        /// The company was taken off the black list; moves nothing.
        Delist = "delist",
        /// The company was put out of the directory of companies; moves nothing.
        Exit = "exit",
        /// An exit was lifted before its time; moves nothing.
        Readmit = "readmit",
        /// Corrects the sum by a decision that no case carries: takes above 0, gives below.
        Adjust = "adjust",
    }
);

/// What an entry says, before it has a place in the chain. Members that a kind has no use for are `None`, 0 or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryDraft {
    /// What it does.
    pub kind: EntryKind,
    /// The year whose score it moves: the year of the act, for a reversal or repair the year of what it refers to.
    pub cycle: Cycle,
    /// The company.
    pub uscc: Uscc,
    /// The truck.
    pub plate: Option<Plate>,
    /// The case; one deduction, one reversal and one repair per case.
    pub case_no: Option<Label>,
    /// The penalty decision, when there is one.
    pub decision_no: Option<Label>,
    /// Day on which the decision became final.
    pub final_date: Option<LocalDate>,
    /// The rule, with its grade.
    pub rule: Option<RuleCode>,
    /// The catalogue table the points come from.
    pub table_version: Option<String>,
    /// How the points enter the score.
    pub class: Option<Class>,
    /// How grave the record is.
    pub severity: Option<Severity>,
    /// Points of the rule, centi-points.
    pub base_cp: i64,
    /// Points of the rule on the truck's own score, centi-points.
    pub vehicle_cp: i64,
    /// Escalation in thousandths: 1000, 1500, 2000; 0 for a reminder.
    pub esc_permille: u32,
    /// Active trucks of the company, as counted when posting.
    pub fleet_n: u32,
    /// Dilution by fleet size, numerator.
    pub k_num: u32,
    /// Dilution by fleet size, denominator.
    pub k_den: u32,
    /// What it moves, centi-points: of a deduction base × esc ÷ 1000 × k_num ÷ k_den, half up. Negative only in an
    /// adjustment that gives.
    pub amount_cp: i64,
    /// When the act began.
    pub occurred_at: Option<Timestamp>,
    /// When it ended.
    pub occurred_until: Option<Timestamp>,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// The officer or office that posted it.
    pub posted_by: Label,
    /// The haul it happened on.
    pub trip: Option<HaulId>,
    /// Last day the record may be shown in public.
    pub publicity_end: Option<LocalDate>,
    /// The entries it refers to.
    pub refs: Vec<EntryId>,
    /// Remark.
    pub note: Note,
}

impl EntryDraft {
    /// An entry that moves no points and names nothing yet but its company and year.
    pub fn mark(kind: EntryKind, cycle: Cycle, uscc: Uscc, posted_at: Timestamp, posted_by: Label) -> Self {
        Self {
            kind,
            cycle,
            uscc,
            plate: None,
            case_no: None,
            decision_no: None,
            final_date: None,
            rule: None,
            table_version: None,
            class: None,
            severity: None,
            base_cp: 0,
            vehicle_cp: 0,
            esc_permille: 0,
            fleet_n: 0,
            k_num: 0,
            k_den: 0,
            amount_cp: 0,
            occurred_at: None,
            occurred_until: None,
            posted_at,
            posted_by,
            trip: None,
            publicity_end: None,
            refs: Vec::new(),
            note: Note::default(),
        }
    }

    /// The id it will have: ask it before appending whether the ledger holds it already.
    pub fn id(&self) -> EntryId {
        entry_id(self)
    }
}

/// One entry of the ledger. As JSON, all members lie side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Position in the ledger, from 1.
    pub seq: u64,
    /// Hash of the entry before; [`EntryHash::NONE`] for the first.
    pub prev_hash: EntryHash,
    /// SHA-256 of the canonical encoding.
    pub hash: EntryHash,
    /// What it is about; no two entries of a ledger share it.
    pub id: EntryId,
    /// What it says.
    #[serde(flatten)]
    pub body: EntryDraft,
}

/// Members of an entry are reached directly: `entry.amount_cp` is `entry.body.amount_cp`.
impl std::ops::Deref for LedgerEntry {
    type Target = EntryDraft;

    fn deref(&self) -> &EntryDraft {
        &self.body
    }
}

/// Puts `draft` behind `previous` (`None`: it opens the ledger). The caller has made sure that the ledger does not hold
/// [`EntryDraft::id`] yet; [`verify`] finds it if not.
pub fn append(previous: Option<&LedgerEntry>, draft: EntryDraft) -> LedgerEntry {
    let (seq, prev_hash) = match previous {
        Some(previous) => (previous.seq.saturating_add(1), previous.hash),
        None => (1, EntryHash::NONE),
    };
    let id = draft.id();
    let hash = entry_hash(seq, &prev_hash, &id, &draft);
    LedgerEntry { seq, prev_hash, hash, id, body: draft }
}

/// The first place where a ledger does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Entries are missing, doubled or out of order.
    #[error(
        "entry {seq} stands where entry {expected} belongs: entries are missing, doubled or out of order"
    )]
    Seq {
        /// Number found.
        seq: u64,
        /// Number expected.
        expected: u64,
    },
    /// The entry before is not the one this was chained to.
    #[error("entry {seq} names another predecessor than the entry before it: one of the two was replaced")]
    PrevHash {
        /// The later entry.
        seq: u64,
    },
    /// What the entry says is not what was hashed.
    #[error("entry {seq} was changed: its hash is {written}, its members give {computed}")]
    Hash {
        /// The entry.
        seq: u64,
        /// The hash it carries.
        written: EntryHash,
        /// The hash of what it says.
        computed: EntryHash,
    },
    /// The id does not belong to what the entry is about.
    #[error("entry {seq} carries the id of something else: {written} in place of {computed}")]
    Id {
        /// The entry.
        seq: u64,
        /// The id it carries.
        written: EntryId,
        /// The id of what it is about.
        computed: EntryId,
    },
    /// The same thing posted twice.
    #[error("entry {seq} repeats entry {first}: both have the id {id}")]
    Doubled {
        /// The later entry.
        seq: u64,
        /// The earlier one.
        first: u64,
        /// Their id.
        id: EntryId,
    },
    /// The amount is not what base, escalation and dilution give, or outside 0 to [`AMOUNT_CP_MAX`].
    #[error("entry {seq} takes {written} centi-points, its factors give {computed}")]
    Amount {
        /// The entry.
        seq: u64,
        /// The amount it carries.
        written: i64,
        /// The amount its factors give.
        computed: i64,
    },
    /// More references than [`REFS_MAX`].
    #[error("entry {seq} refers to {refs} entries, at most {REFS_MAX} are taken")]
    Refs {
        /// The entry.
        seq: u64,
        /// How many.
        refs: usize,
    },
}

/// Checks a whole ledger, from its first entry: numbering, chain, hashes, ids and the arithmetic of every deduction.
/// Whether the last entries were cut off cannot be seen from inside; compare the head's hash with a published one.
pub fn verify<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> Result<(), ChainError> {
    let mut verifier = Verifier::default();
    entries.into_iter().try_for_each(|entry| verifier.take(entry))
}

/// [`verify`] one entry at a time, for ledgers that are read line by line.
#[derive(Debug)]
pub struct Verifier {
    expected: u64,
    prev_hash: EntryHash,
    seen: BTreeMap<EntryId, u64>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { expected: 1, prev_hash: EntryHash::NONE, seen: BTreeMap::new() }
    }
}

impl Verifier {
    /// Checks the next entry. After an error the verifier stays where it was.
    pub fn take(&mut self, entry: &LedgerEntry) -> Result<(), ChainError> {
        let seq = entry.seq;
        if seq != self.expected {
            return Err(ChainError::Seq { seq, expected: self.expected });
        }
        if entry.prev_hash != self.prev_hash {
            return Err(ChainError::PrevHash { seq });
        }
        verify_alone(entry)?;
        if let Some(&first) = self.seen.get(&entry.id) {
            return Err(ChainError::Doubled { seq, first, id: entry.id });
        }
        self.seen.insert(entry.id, seq);
        self.prev_hash = entry.hash;
        self.expected = seq.saturating_add(1);
        Ok(())
    }

    /// How many entries passed.
    pub fn entries(&self) -> u64 {
        self.expected - 1
    }

    /// Hash of the last entry that passed; [`EntryHash::NONE`] before the first. Publish it: it pins the whole ledger.
    pub fn head(&self) -> EntryHash {
        self.prev_hash
    }
}

fn verify_alone(entry: &LedgerEntry) -> Result<(), ChainError> {
    let seq = entry.seq;
    let computed = entry_hash(seq, &entry.prev_hash, &entry.id, entry);
    if entry.hash != computed {
        return Err(ChainError::Hash { seq, written: entry.hash, computed });
    }
    let computed = entry_id(entry);
    if entry.id != computed {
        return Err(ChainError::Id { seq, written: entry.id, computed });
    }
    let written = entry.amount_cp;
    let computed = match entry.kind {
        EntryKind::Deduct => amount_cp(entry.base_cp, entry.esc_permille, entry.k_num, entry.k_den),
        EntryKind::Adjust => written.clamp(-AMOUNT_CP_MAX, AMOUNT_CP_MAX),
        _ => written.clamp(0, AMOUNT_CP_MAX),
    };
    if written != computed {
        return Err(ChainError::Amount { seq, written, computed });
    }
    if entry.refs.len() > REFS_MAX {
        return Err(ChainError::Refs { seq, refs: entry.refs.len() });
    }
    Ok(())
}
