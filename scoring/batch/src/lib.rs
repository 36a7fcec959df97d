//! A whole city's scores recomputed from a ledger as a table: the second implementation that judges the fold.
//!
//! It shares with `scoring` the entry type, the constants and nothing of the arithmetic: reversals, repairs and sums are
//! joins and groups of a table engine (polars), and the choice within incidents is an exhaustive search where the fold
//! has a pass of its own. Both must give the same score to the last centi-point. Only the default profile is computed
//! here, and only scores: of two choices that cost the same, the fold's line-by-line account is the one that is shown.
//!
//! # Layout
//! [`table`] the columns, from entries or CSV; [`recompute`] the joins and sums; [`rivals`] the choice within incidents.
#![warn(missing_docs)]

pub mod recompute;
pub mod rivals;
pub mod table;

pub use recompute::{CompanyScore, recompute};
pub use table::LedgerTable;
