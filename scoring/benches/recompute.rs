//! The fold over a city on one core: `VIOLATIONS` deductions (5,000,000), best of seven by processor time. The last line
//! is `fold ROWS SECONDS ROWS_PER_SECOND`.
#![expect(
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "a measurement prints, and its numbers are small"
)]

mod city;

use rustix::time::{ClockId, clock_gettime};
use scoring::Profile;
use scoring::score_row::rows;

const SEED: u64 = 20_190_287;

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() {
    let asked = std::env::var("VIOLATIONS").ok().and_then(|text| text.parse().ok());
    let violations = asked.unwrap_or(5_000_000);
    let columns = city::city(violations, SEED);
    let mut best = f64::INFINITY;
    let mut scores = Vec::new();
    for _ in 0..7 {
        let before = cpu_seconds();
        scores = rows(&columns, Profile::FleetFair);
        best = best.min(cpu_seconds() - before);
    }
    let mean = scores.iter().map(|row| row.score_cp).sum::<i64>() / scores.len().max(1) as i64;
    println!(
        "seed {SEED}: {} rows, {} deductions, {} company years, mean score {}",
        columns.len(),
        violations,
        scores.len(),
        scoring::points_text(mean)
    );
    println!("fold {violations} {best:.4} {:.0}", f64::from(violations) / best);
}
