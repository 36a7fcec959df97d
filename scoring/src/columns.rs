//! A ledger as columns: what the fold reads. Companies, years, hauls and references are numbers of their table, so that a
//! city of millions of entries is folded by adding up arrays.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use domain::{HaulId, Uscc};

use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::incident::Span;
use crate::ledger::{AMOUNT_CP_MAX, EntryKind, LedgerEntry};
use crate::rule::Class;

/// A row that refers to no other.
pub const NO_ROW: u32 = u32::MAX;
/// A row that happened on no haul.
pub const NO_TRIP: u32 = 0;

/// What a row does to a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Takes its amount.
    Deduct,
    /// Undoes its target.
    Reverse,
    /// Gives its amount back to its target.
    Repair,
    /// Takes or gives outside all classes.
    Adjust,
    /// Nothing.
    Nothing,
}

impl From<EntryKind> for Move {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Deduct => Self::Deduct,
            EntryKind::Reverse => Self::Reverse,
            EntryKind::Repair => Self::Repair,
            EntryKind::Adjust => Self::Adjust,
            EntryKind::CapNote
            | EntryKind::CycleOpen
            | EntryKind::ListNotice
            | EntryKind::List
            | EntryKind::Delist
            | EntryKind::Exit
            | EntryKind::Readmit => Self::Nothing,
        }
    }
}

/// One row. A reversal of several entries is several rows.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Number of the company in [`Columns::companies`].
    pub company: u32,
    /// Number of the year in [`Columns::cycles`].
    pub cycle: u16,
    /// What it does.
    pub moves: Move,
    /// How its points enter the score.
    pub class: Class,
    /// Points of the rule, centi-points.
    pub base_cp: i64,
    /// Escalation, thousandths.
    pub esc_permille: u32,
    /// Dilution, numerator.
    pub k_num: u32,
    /// Dilution, denominator.
    pub k_den: u32,
    /// What it moves as posted, centi-points, within ± [`AMOUNT_CP_MAX`].
    pub amount_cp: i64,
    /// Number of its haul from 1, or [`NO_TRIP`].
    pub trip: u32,
    /// First moment, milliseconds since 1970.
    pub start_ms: i64,
    /// Last moment.
    pub end_ms: i64,
    /// Its id, to put rows of one moment in order.
    pub id: u128,
    /// The row it reverses or repairs, of a deduction the first of the act it belongs to; or [`NO_ROW`].
    pub target: u32,
}

/// The columns. All of the same length, one value a row.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The companies by number.
    pub companies: Vec<Uscc>,
    /// The years by number.
    pub cycles: Vec<Cycle>,
    /// Highest haul number.
    pub trips: u32,
    pub(crate) company: Vec<u32>,
    pub(crate) cycle: Vec<u16>,
    pub(crate) moves: Vec<Move>,
    pub(crate) class: Vec<Class>,
    pub(crate) base_cp: Vec<i64>,
    pub(crate) esc_permille: Vec<u32>,
    pub(crate) k: Vec<(u32, u32)>,
    pub(crate) amount_cp: Vec<i64>,
    pub(crate) trip: Vec<u32>,
    pub(crate) start_ms: Vec<i64>,
    pub(crate) end_ms: Vec<i64>,
    pub(crate) id: Vec<u128>,
    pub(crate) target: Vec<u32>,
}

/// More than columns can number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: more than {most} in one ledger; fold it by company")]
pub struct TooMany {
    what: &'static str,
    most: u32,
}

impl Columns {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.company.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.company.is_empty()
    }

    /// Puts a row behind the others. Its company and year are numbers of the lists, its haul and target numbers the
    /// caller gives; a target may stand further down.
    pub fn push(&mut self, row: Row) {
        self.trips = self.trips.max(row.trip);
        self.company.push(row.company);
        self.cycle.push(row.cycle);
        self.moves.push(row.moves);
        self.class.push(row.class);
        self.base_cp.push(row.base_cp);
        self.esc_permille.push(row.esc_permille);
        self.k.push((row.k_num, row.k_den));
        self.amount_cp.push(row.amount_cp);
        self.trip.push(row.trip);
        self.start_ms.push(row.start_ms);
        self.end_ms.push(row.end_ms);
        self.id.push(row.id);
        self.target.push(row.target);
    }

    /// Which act a deduction belongs to: the id of the first deduction of that act, its own when it names none.
    pub(crate) fn act(&self, at: usize) -> u128 {
        let first = usize::try_from(self.target[at]).ok().and_then(|first| self.id.get(first));
        first.copied().unwrap_or(self.id[at])
    }

    /// One row as it was given.
    pub fn row(&self, at: usize) -> Row {
        Row {
            company: self.company[at],
            cycle: self.cycle[at],
            moves: self.moves[at],
            class: self.class[at],
            base_cp: self.base_cp[at],
            esc_permille: self.esc_permille[at],
            k_num: self.k[at].0,
            k_den: self.k[at].1,
            amount_cp: self.amount_cp[at],
            trip: self.trip[at],
            start_ms: self.start_ms[at],
            end_ms: self.end_ms[at],
            id: self.id[at],
            target: self.target[at],
        }
    }

    /// The columns of a ledger, and for each row the position of its entry in `entries`. An id that a company has twice
    /// is read once, by its lower sequence number; the order of the entries does not matter.
    pub fn of_entries(entries: &[&LedgerEntry]) -> Result<(Self, Vec<usize>), TooMany> {
        let mut columns = Self::default();
        let mut numbers = Numbers::default();
        let mut first: ByDigest<(u32, EntryId), usize> =
            HashMap::with_capacity_and_hasher(entries.len(), BuildHasherDefault::default());
        let mut company_of: Vec<u32> = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let same = at.checked_sub(1).filter(|before| entries[*before].uscc == entry.uscc);
            let company = match same {
                Some(before) => company_of[before],
                None => numbers.company(&entry.uscc, &mut columns.companies)?,
            };
            company_of.push(company);
            match first.entry((company, entry.id)) {
                Entry::Vacant(free) => drop(free.insert(at)),
                Entry::Occupied(mut held) if entry.seq < entries[*held.get()].seq => drop(held.insert(at)),
                Entry::Occupied(_) => {}
            }
        }
        let mut sources = Vec::with_capacity(entries.len());
        let mut rows: ByDigest<(u32, EntryId), u32> =
            HashMap::with_capacity_and_hasher(first.len(), BuildHasherDefault::default());
        let mut references: Vec<EntryId> = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let company = company_of[at];
            if first.get(&(company, entry.id)) != Some(&at) {
                continue;
            }
            let row = numbers.row(company, entry, &mut columns)?;
            let number = u32::try_from(columns.len()).ok().filter(|number| *number < NO_ROW);
            let number = number.ok_or(TooMany { what: "rows", most: NO_ROW })?;
            rows.insert((company, entry.id), number);
            // A repair names its deduction first; a credit is never split. A reversal undoes all it names. A deduction
            // names the first of the act it belongs to, if that was posted before.
            let named = match row.moves {
                Move::Reverse => entry.refs.as_slice(),
                Move::Repair | Move::Deduct => entry.refs.get(..1).unwrap_or_default(),
                Move::Adjust | Move::Nothing => &[],
            };
            for reference in named.iter().map(Some).chain(named.is_empty().then_some(None)) {
                columns.push(row);
                sources.push(at);
                // An entry never names itself: its id is taken over what it names.
                references.push(reference.copied().unwrap_or(entry.id));
            }
        }
        for (at, reference) in references.iter().enumerate() {
            if *reference != entries[sources[at]].id {
                let target = rows.get(&(columns.company[at], *reference));
                columns.target[at] = target.copied().unwrap_or(NO_ROW);
            }
        }
        Ok((columns, sources))
    }
}

/// A table by ids that are cut from SHA-256: nobody chooses their bits, so they need no further scrambling.
type ByDigest<K, V> = HashMap<K, V, BuildHasherDefault<DigestHasher>>;

#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its place from the low bits and its tag from the high ones.
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Numbers handed out so far.
#[derive(Default)]
struct Numbers {
    companies: HashMap<Uscc, u32>,
    cycles: HashMap<Cycle, u16>,
    trips: ByDigest<HaulId, u32>,
}

impl Numbers {
    fn company(&mut self, uscc: &Uscc, companies: &mut Vec<Uscc>) -> Result<u32, TooMany> {
        if let Some(number) = self.companies.get(uscc) {
            return Ok(*number);
        }
        let number = u32::try_from(companies.len()).ok();
        let number = number.ok_or(TooMany { what: "companies", most: u32::MAX })?;
        self.companies.insert(uscc.clone(), number);
        companies.push(uscc.clone());
        Ok(number)
    }

    fn cycle(&mut self, cycle: Cycle, cycles: &mut Vec<Cycle>) -> Result<u16, TooMany> {
        if let Some(number) = self.cycles.get(&cycle) {
            return Ok(*number);
        }
        let number = u16::try_from(cycles.len()).ok();
        let number = number.ok_or(TooMany { what: "years", most: u32::from(u16::MAX) })?;
        self.cycles.insert(cycle, number);
        cycles.push(cycle);
        Ok(number)
    }

    fn trip(&mut self, trip: Option<HaulId>) -> Result<u32, TooMany> {
        let Some(trip) = trip else { return Ok(NO_TRIP) };
        let next = u32::try_from(self.trips.len() + 1).ok();
        match self.trips.entry(trip) {
            Entry::Occupied(held) => Ok(*held.get()),
            Entry::Vacant(free) => Ok(*free.insert(next.ok_or(TooMany { what: "hauls", most: u32::MAX })?)),
        }
    }

    fn row(&mut self, company: u32, entry: &LedgerEntry, columns: &mut Columns) -> Result<Row, TooMany> {
        let span = Span::of(entry);
        let lowest = if entry.kind == EntryKind::Adjust { -AMOUNT_CP_MAX } else { 0 };
        Ok(Row {
            company,
            cycle: self.cycle(entry.cycle, &mut columns.cycles)?,
            moves: entry.kind.into(),
            class: entry.class.unwrap_or(Class::A),
            base_cp: entry.base_cp,
            esc_permille: entry.esc_permille,
            k_num: entry.k_num,
            k_den: entry.k_den,
            amount_cp: entry.amount_cp.clamp(lowest, AMOUNT_CP_MAX),
            trip: self.trip(entry.trip)?,
            start_ms: span.start.millis(),
            end_ms: span.end.millis(),
            id: u128::from_be_bytes(*entry.id.as_bytes()),
            target: NO_ROW,
        })
    }
}
