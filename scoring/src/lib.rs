//! From a confirmed case to the public list: rule catalogue, ledger, score, band, listing.
//!
//! ```text
//! confirmed case ─ posting ─▶ entry draft ─ ledger::append ─▶ chained entry ─ fold ─▶ score ─ band, listing, explain
//!                    ▲
//!                catalogue
//! ```
//!
//! A score is never stored as truth: it is a fold over an append-only, hash-chained ledger and can be computed again by
//! anyone who holds the ledger. Every amount is an integer number of centi-points (7350 is 73.50 points); there is no
//! floating point in this crate. Nothing here reads a file, a clock, a random source or the environment, and nothing
//! decides whether a clue is true: that is an officer's act, and it arrives as a [`posting::ConfirmedCase`].
//!
//! # Layout
//! - what a rule is: [`catalogue`], [`rule`]; in words: [`catalogue_diff`], [`handbook`]
//! - what is written: [`ledger`] (entries, chain), [`encoding`] (the bytes that are hashed), [`jsonl`],
//!   [`ledger_table`] and [`table_csv`] (as files),
//!   [`heads`] (what is published of it), [`label`] and [`digest`] (its small types), [`cycle`] (the year)
//! - when it is due: [`calendar`] (working days), [`due`] (the clocks)
//! - what is computed: [`profile`] (by which formula), [`posting`] (an entry's amount), [`incident`] (one incident, one
//!   deduction), [`columns`] and [`tally`] (the sums), [`fold`] (the score line by line), [`score_row`] (its sums as a
//!   table), [`vehicle`], [`rating`], [`band`], [`triggers`], [`listing`], [`explain`]
#![warn(missing_docs)]
#![warn(clippy::as_conversions)]

pub mod band;
pub mod calendar;
pub mod catalogue;
pub mod catalogue_diff;
pub mod columns;
pub mod cycle;
pub mod digest;
pub mod due;
pub mod encoding;
pub mod explain;
pub mod fold;
pub mod handbook;
pub mod heads;
pub mod incident;
pub mod jsonl;
pub mod label;
pub mod ledger;
pub mod ledger_table;
pub mod listing;
pub mod posting;
pub mod profile;
pub mod ranking;
pub mod rating;
pub mod risk;
pub mod rule;
pub mod score_row;
pub mod sheet;
pub mod simulate;
pub mod statement;
pub mod table_csv;
pub mod tally;
pub mod triggers;
pub mod vehicle;
mod words;

pub use band::Band;
pub use calendar::Calendar;
pub use catalogue::Catalogue;
pub use cycle::Cycle;
pub use digest::{EntryHash, EntryId};
pub use fold::Score;
pub use label::{Label, Note};
pub use ledger::{EntryDraft, EntryKind, LedgerEntry};
pub use listing::ListingChange;
pub use posting::ConfirmedCase;
pub use profile::Profile;
pub use rating::{DataBasis, DataQuality, Rating};
pub use rule::{Circumstance, Class, Rule, Severity};
pub use score_row::ScoreRow;

/// Points as people read them: `7350` centi-points are `73.50`, `-180` are `-1.80`.
pub fn points_text(cp: i64) -> String {
    let sign = if cp < 0 { "-" } else { "" };
    let size = cp.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

#[cfg(test)]
mod tests {
    use super::points_text;

    #[test]
    fn points_are_written_with_two_places() {
        for (cp, text) in [(7350, "73.50"), (0, "0.00"), (5, "0.05"), (-180, "-1.80"), (-5, "-0.05")] {
            assert_eq!(points_text(cp), text);
        }
    }
}
