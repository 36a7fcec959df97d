//! The fold and the table engine over the same city of `VIOLATIONS` deductions (5,000,000): every company's year the same
//! to the last centi-point. The last line is `agree COMPANY_YEARS`, or what differs and exit code 1.
#![expect(
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "a measurement prints, and its numbers are small"
)]
#![expect(clippy::unwrap_used, reason = "a bench may end where its input is refused")]

#[path = "../../benches/city/mod.rs"]
mod city;

use std::process::ExitCode;

use scoring::Profile;
use scoring::score_row::rows;
use scoring_batch::{CompanyScore, LedgerTable, recompute};

const SEED: u64 = 20_190_287;

fn main() -> ExitCode {
    let asked = std::env::var("VIOLATIONS").ok().and_then(|text| text.parse().ok());
    let columns = city::city(asked.unwrap_or(5_000_000), SEED);
    let by_fold: Vec<CompanyScore> = rows(&columns, Profile::FleetFair)
        .into_iter()
        .map(|row| CompanyScore { uscc: row.uscc, cycle: row.cycle, score_cp: row.score_cp })
        .collect();
    let table = LedgerTable::of_columns(&columns).unwrap();
    drop(columns);
    let by_engine = recompute(table).unwrap();
    let differing = by_fold.iter().zip(&by_engine).filter(|(fold, engine)| fold != engine).count();
    if by_fold.len() != by_engine.len() || differing > 0 {
        println!("{differing} of {} company years differ, {} by the engine", by_fold.len(), by_engine.len());
        return ExitCode::FAILURE;
    }
    println!("agree {}", by_fold.len());
    ExitCode::SUCCESS
}
