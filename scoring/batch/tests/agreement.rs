//! The table engine and the fold give the same scores, to the last centi-point.
#![expect(clippy::unwrap_used, reason = "what a test builds by hand is well-formed, or the test fails here")]

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::Command;

use domain::HaulId;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scoring::columns::Columns;
use scoring::posting;
use scoring::{
    Catalogue, ConfirmedCase, Cycle, EntryDraft, LedgerEntry, Note, Profile, ScoreRow, fold, jsonl, ledger,
    score_row,
};
use scoring_batch::{CompanyScore, LedgerTable, recompute};

const COMPANIES: [&str; 4] =
    ["91410183MA40000010", "91410183MA40000029", "91410183MA40000037", "91410183MA40000045"];
/// Of all classes; small and large enough that caps, incidents and lists all happen.
const RULES: [&str; 8] = ["UW-01", "UW-05", "RT-01", "SE-01", "TR-02a", "TR-02c", "TR-01", "MG-01"];

/// A ledger of several companies over the turn of a year, posted, reversed and repaired by chance from `seed`.
fn city(seed: u64) -> Vec<LedgerEntry> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let catalogue = Catalogue::embedded().unwrap();
    let posted_at: domain::Timestamp = "2028-01-10T09:00:00+08:00".parse().unwrap();
    let mut entries: Vec<LedgerEntry> = Vec::new();
    for number in 0..rng.random_range(20..240) {
        let officer = "officer".parse().unwrap();
        let any = |rng: &mut ChaCha8Rng| entries[rng.random_range(0..entries.len())].clone();
        let draft: Option<EntryDraft> = match rng.random_range(0..11) {
            10 => {
                let adjustment = posting::Adjustment {
                    case_no: format!("adjustment {number}").parse().unwrap(),
                    decision_no: None,
                    uscc: COMPANIES[rng.random_range(0..COMPANIES.len())].parse().unwrap(),
                    cycle: Cycle::of_year(rng.random_range(2026..2028)),
                    amount_cp: rng.random_range(-400..400),
                    occurred_at: posted_at,
                    final_date: posted_at.local_date(),
                    reason: Note::default(),
                    refs: Vec::new(),
                };
                posting::adjust(adjustment, posted_at, officer).ok()
            }
            8 if !entries.is_empty() => {
                posting::reversal(&any(&mut rng), Note::default(), None, posted_at, officer).ok()
            }
            9 if !entries.is_empty() => {
                posting::repair(&any(&mut rng), &[], Note::default(), posted_at, officer).ok()
            }
            _ => {
                let case = confirmed(number, &mut rng);
                // Small fleets in every other city: undiluted points reach the cap.
                let trucks = rng.random_range(1..=if seed.is_multiple_of(2) { 3 } else { 40 });
                let trucks = NonZeroU32::new(trucks).unwrap();
                posting::deduction(&case, &entries, &catalogue, trucks, posted_at, officer).ok()
            }
        };
        let new = draft.filter(|draft| entries.iter().all(|entry| entry.id != draft.id()));
        if let Some(draft) = new {
            entries.push(ledger::append(entries.last(), draft));
        }
    }
    ledger::verify(&entries).unwrap();
    entries
}

fn confirmed(number: i32, rng: &mut ChaCha8Rng) -> ConfirmedCase {
    let start: domain::Timestamp = "2026-12-30T22:00:00+08:00".parse().unwrap();
    let (day, minute) = (rng.random_range(0..4_i64), rng.random_range(0..150_i64));
    let occurred_at = start.plus_seconds(day * 86_400 + minute * 60);
    let haul = rng.random_range(0..6_u8);
    ConfirmedCase {
        case_no: format!("case {number}").parse().unwrap(),
        rule: RULES[rng.random_range(0..RULES.len())].parse().unwrap(),
        band: None,
        plate: format!("豫A1000{}", rng.random_range(0..4)).parse().unwrap(),
        uscc: COMPANIES[rng.random_range(0..COMPANIES.len())].parse().unwrap(),
        trip: (haul < 5).then(|| HaulId::of_facts(&[&[haul], &day.to_be_bytes()])),
        occurred_at,
        occurred_until: occurred_at.plus_seconds(rng.random_range(0..1500)),
        final_date: occurred_at.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    }
}

fn by_fold(entries: &[LedgerEntry]) -> Vec<CompanyScore> {
    let scores = fold::city(entries, Profile::FleetFair);
    let row = |((uscc, cycle), score): ((_, Cycle), scoring::Score)| CompanyScore {
        uscc,
        cycle,
        score_cp: score.score_cp,
    };
    scores.into_iter().map(row).collect()
}

#[test]
fn both_give_the_same_scores_over_random_cities() {
    let (mut capped, mut incidents, mut reversed, mut repaired, mut below) = (0, 0, 0, 0, 0);
    let (mut hauls_capped, mut adjusted) = (0, 0);
    for seed in 0..60 {
        let entries = city(seed);
        let batch = recompute(LedgerTable::of_entries(&entries).unwrap()).unwrap();
        assert_eq!(batch, by_fold(&entries), "seed {seed}");
        // As columns the same city gives the same rows, account line by line or not.
        let (columns, _) = Columns::of_entries(&entries.iter().collect::<Vec<_>>()).unwrap();
        for profile in Profile::ALL {
            let rows = score_row::rows(&columns, *profile);
            let by_line: Vec<ScoreRow> =
                fold::city(&entries, *profile).values().map(scoring::Score::row).collect();
            assert_eq!(rows, by_line, "seed {seed}, {profile}");
        }
        assert_eq!(recompute(LedgerTable::of_columns(&columns).unwrap()).unwrap(), batch, "seed {seed}");
        for score in fold::city(&entries, Profile::FleetFair).values() {
            capped += usize::from(score.cap_relief_cp > 0);
            hauls_capped += usize::from(score.haul_relief_cp > 0);
            adjusted += usize::from(score.adjust_cp != 0);
            repaired += usize::from(score.r_cp > 0);
            below += usize::from(score.score_cp < 6_000);
            for line in &score.lines {
                match line.verdict {
                    fold::Verdict::SameIncident { .. } => incidents += 1,
                    fold::Verdict::Reversed { .. } => reversed += 1,
                    fold::Verdict::Counted => {}
                }
            }
        }
    }
    // Agreement means little over cities in which none of this happens.
    let happened = [capped, incidents, reversed, repaired, below, hauls_capped, adjusted];
    assert!(happened.iter().all(|times| *times >= 20), "{happened:?}");
}

#[test]
fn an_empty_ledger_has_no_scores() {
    assert_eq!(recompute(LedgerTable::of_entries(&[]).unwrap()).unwrap(), []);
}

/// A file of its own under the build's folder for test files.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[track_caller]
fn run(arguments: &[&str], code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scoring-batch")).args(arguments).output().unwrap();
    let text = if code == 0 { output.stdout } else { output.stderr };
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn the_program_recomputes_a_ledger_and_its_table_alike() {
    let entries = city(20_190_287);
    let lines: Vec<String> = entries.iter().map(|entry| jsonl::write_line(entry).unwrap()).collect();
    let ledger = file("city.jsonl", &lines.join("\n"));
    let table = file("city.csv", &run(&["table", ledger.to_str().unwrap()], 0));
    let from_ledger = run(&["recompute", ledger.to_str().unwrap()], 0);
    assert_eq!(run(&["recompute", table.to_str().unwrap()], 0), from_ledger);
    let parquet = table.with_extension("parquet");
    run(&["table", ledger.to_str().unwrap(), "--parquet", parquet.to_str().unwrap()], 0);
    assert_eq!(run(&["recompute", parquet.to_str().unwrap()], 0), from_ledger);
    let rows: Vec<String> = by_fold(&entries).iter().map(CompanyScore::csv).collect();
    assert_eq!(from_ledger, format!("uscc,cycle,score,band\n{}\n", rows.join("\n")));
    assert!(rows.len() > 4);
}

#[test]
fn what_is_no_ledger_is_named_by_file_and_place() {
    let header = "seq,id,kind,cycle,uscc,class,base_cp,esc_permille,amount_cp,k_num,k_den,start_ms,end_ms,trip,target\n";
    let row = "1,aa,deduct,2026,91410183MA40000010,A,100,1000,100,1,1,0,0,,\n";
    for (name, text, expected) in [
        ("other.csv", "a,b\n1,2\n".to_owned(), "line 1: the columns are"),
        ("word.csv", format!("{header}{}", row.replace("A,100,", "A,many,")), "does not fit its column"),
        ("empty.csv", format!("{header}{row}{}", row.replace("2026", "")), "line 3: column `cycle` is empty"),
        ("code.csv", format!("{header}{}", row.replace("91410183MA40000010", "x")), "column `uscc`"),
        ("broken.jsonl", "{}".to_owned(), "line 1 is refused"),
        ("broken.parquet", "PAR1 and nothing more".to_owned(), "does not fit its column"),
        ("ledger.txt", String::new(), "none of .jsonl, .csv, .parquet"),
    ] {
        let path = file(name, &text);
        let message = run(&["recompute", path.to_str().unwrap()], 2);
        assert!(message.contains(name) && message.contains(expected), "{message}");
    }
    assert!(run(&["recompute", "no-such.csv"], 2).contains("no-such.csv"));
}
