//! One new entry: posted, chained, scored and looked at for a listing, in companies with short and long histories. Median
//! of processor time; the history of 1,700 entries is a year of the mean carrier of a city with 5 million violations in
//! three years. Exit code 1 when that takes 1 ms or more.
#![expect(
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "a measurement prints, and its numbers are small"
)]
#![expect(clippy::unwrap_used, reason = "what a bench builds by hand is well-formed")]

use std::num::NonZeroU32;
use std::process::ExitCode;

use domain::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use scoring::{Catalogue, ConfirmedCase, Cycle, LedgerEntry, Profile, fold, ledger, listing, posting};

const RULES: [&str; 6] = ["UW-02", "RT-01", "SE-01", "TR-01", "RT-03", "DP-02"];
const BAR_MS: f64 = 1.0;

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn confirmed(number: usize) -> ConfirmedCase {
    let first: Timestamp = "2026-01-01T00:00:00+08:00".parse().unwrap();
    let occurred_at = first.plus_seconds(number as i64 * 18_000);
    ConfirmedCase {
        case_no: format!("2026-{number}").parse().unwrap(),
        rule: RULES[number % RULES.len()].parse().unwrap(),
        band: None,
        plate: format!("豫A1{:04}", number % 60).parse().unwrap(),
        uscc: "91410183MA40000010".parse().unwrap(),
        trip: Some(domain::HaulId::of_facts(&[&(number / 2).to_be_bytes()])),
        occurred_at,
        occurred_until: occurred_at.plus_seconds(600),
        final_date: occurred_at.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    }
}

fn post(number: usize, history: &[LedgerEntry], catalogue: &Catalogue) -> LedgerEntry {
    let (case, trucks) = (confirmed(number), NonZeroU32::new(60).unwrap());
    let (posted_at, by) = (case.occurred_at, "officer".parse().unwrap());
    let draft = posting::deduction(&case, history, catalogue, trucks, posted_at, by).unwrap();
    ledger::append(history.last(), draft)
}

fn median_ms(entries: usize, catalogue: &Catalogue) -> f64 {
    let mut history: Vec<LedgerEntry> = Vec::new();
    for number in 0..entries {
        // The history itself is posted against nothing: escalation does not matter here.
        let mut entry = post(number, history.get(history.len().saturating_sub(1)..).unwrap(), catalogue);
        entry.seq = number as u64 + 1;
        history.push(entry);
    }
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..101 {
        let before = cpu_ms();
        let entry = post(entries, &history, catalogue);
        let uscc = entry.uscc.clone();
        let cycle = Cycle::of_year(2026);
        let score = fold::score(history.iter().chain([&entry]), &uscc, cycle, Profile::FleetFair);
        let change = listing::next(false, &score);
        let listed = change.map(|change| {
            let draft = listing::draft(&change, &score, entry.posted_at, entry.posted_by.clone());
            ledger::append(Some(&entry), draft)
        });
        times.push(cpu_ms() - before);
        assert!(score.deductions > entries / 4 && listed.is_none_or(|listed| listed.seq == entry.seq + 1));
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> ExitCode {
    let catalogue = Catalogue::embedded().unwrap();
    let found = [100, 1_700, 5_000].map(|entries| (entries, median_ms(entries, &catalogue)));
    let text: Vec<String> =
        found.iter().map(|(entries, ms)| format!("{ms:.3} ms with {entries} entries before")).collect();
    println!("one new entry, posted, scored and looked at for a listing: {}", text.join(", "));
    if found[1].1 < BAR_MS { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
