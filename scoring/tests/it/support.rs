//! A ledger that is written as the platform writes it: every entry through posting and chaining.

use std::num::NonZeroU32;

use domain::{HaulId, Timestamp, Uscc};
use scoring::posting::{self, PostingError};
use scoring::{
    Catalogue, ConfirmedCase, Cycle, EntryDraft, Label, LedgerEntry, Note, Profile, Score, fold, ledger,
};

pub(crate) const COMPANY: &str = "91410183MA40000010";
pub(crate) const OTHER_COMPANY: &str = "91410183MA40000029";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().unwrap()
}

pub(crate) fn uscc(text: &str) -> Uscc {
    text.parse().unwrap()
}

pub(crate) fn trip(number: u8) -> HaulId {
    HaulId::of_facts(&[b"haul", &[number]])
}

pub(crate) fn fleet(trucks: u32) -> NonZeroU32 {
    NonZeroU32::new(trucks).unwrap()
}

/// A case of a moment, of [`COMPANY`], on no haul.
pub(crate) fn case(case_no: &str, rule: &str, plate: &str, at: &str) -> ConfirmedCase {
    let at = time(at);
    ConfirmedCase {
        case_no: label(case_no),
        rule: rule.parse().unwrap(),
        band: None,
        plate: plate.parse().unwrap(),
        uscc: uscc(COMPANY),
        trip: None,
        occurred_at: at,
        occurred_until: at,
        final_date: at.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    }
}

/// A ledger under construction.
pub(crate) struct Book {
    pub(crate) catalogue: Catalogue,
    pub(crate) entries: Vec<LedgerEntry>,
    pub(crate) now: Timestamp,
}

impl Book {
    pub(crate) fn new() -> Self {
        let catalogue = Catalogue::embedded().unwrap();
        Self { catalogue, entries: Vec::new(), now: time("2026-12-01T09:00:00+08:00") }
    }

    pub(crate) fn push(&mut self, draft: EntryDraft) -> LedgerEntry {
        let entry = ledger::append(self.entries.last(), draft);
        self.entries.push(entry.clone());
        entry
    }

    pub(crate) fn deduct(&mut self, case: &ConfirmedCase, trucks: u32) -> Result<LedgerEntry, PostingError> {
        let by = label("officer");
        let draft = posting::deduction(case, &self.entries, &self.catalogue, fleet(trucks), self.now, by)?;
        Ok(self.push(draft))
    }

    pub(crate) fn reverse(&mut self, entry: &LedgerEntry) -> Result<LedgerEntry, PostingError> {
        let reason = "appeal upheld".parse().unwrap();
        let draft = posting::reversal(entry, reason, None, self.now, label("officer"))?;
        Ok(self.push(draft))
    }

    pub(crate) fn repair(&mut self, entry: &LedgerEntry) -> Result<LedgerEntry, PostingError> {
        let draft = posting::repair(entry, &self.entries, Note::default(), self.now, label("officer"))?;
        Ok(self.push(draft))
    }

    pub(crate) fn score(&self) -> Score {
        self.score_under(Profile::FleetFair)
    }

    pub(crate) fn score_under(&self, profile: Profile) -> Score {
        fold::score(&self.entries, &uscc(COMPANY), Cycle::of_year(2026), profile)
    }
}

/// A table of one rule, RT-01, from a day on.
pub(crate) fn one_rule(version: &str, base_cp: i64, valid_from: &str) -> String {
    format!(
        "version = \"{version}\"\n[[rule]]\ncode = \"RT-01\"\nname_zh = \"偏航\"\nname_en = \"off route\"\n\
         authority = \"police\"\njoint = []\nlegal_basis = [\"x\"]\nevidence = [\"x\"]\nevidence_zh = [\"x\"]\n\
         detectors = [\"D\"]\nclass = \"B\"\nseverity = \"general\"\nbase_cp = {base_cp}\n\
         counts_on = \"confirmation\"\nofficers = 1\nrepeat = \"standard\"\nhard_trigger = \"none\"\n\
         valid_from = \"{valid_from}\"\nsource = \"x\"\nnote = \"\"\nnote_zh = \"\"\n"
    )
}
