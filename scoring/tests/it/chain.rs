//! The chain: one encoding, and every change shows.

use scoring::encoding::entry_hash;
use scoring::heads::{HeadError, check_heads, daily_heads};
use scoring::jsonl::{LedgerError, read_ledger, read_line, write_line};
use scoring::ledger::{ChainError, append, verify};
use scoring::posting;
use scoring::{EntryHash, EntryId, LedgerEntry};
use serde_json::Value;

use crate::support::{Book, case, trip};

/// Four entries that fill every member at least once.
fn ledger() -> Vec<LedgerEntry> {
    let mut book = Book::new();
    let mut first = case("新密城管2026-0001", "UW-01", "豫A12345D", "2026-03-09T08:30:00.250+08:00");
    first.trip = Some(trip(1));
    first.occurred_until = first.occurred_at.plus_seconds(1800);
    first.decision_no = Some("新密罚字〔2026〕1号".parse().unwrap());
    let first = book.deduct(&first, 12).unwrap();
    let second = book.deduct(&case("2", "TR-02b", "豫A99999", "2026-03-10T08:30:00+08:00"), 12).unwrap();
    book.reverse(&first).unwrap();
    book.repair(&second).unwrap();
    book.entries
}

#[test]
fn an_honest_ledger_holds_and_survives_its_text() {
    let entries = ledger();
    verify(&entries).unwrap();
    let read: Vec<LedgerEntry> =
        entries.iter().map(|entry| read_line(&write_line(entry).unwrap()).unwrap()).collect();
    assert_eq!(read, entries);
    verify(&[]).unwrap();
}

/// The same hashes come out of `tests/verify_ledger.py`, which was written from `docs/ledger.md` alone.
#[test]
fn the_encoding_is_the_one_that_is_written_down() {
    let entries = ledger();
    let seen: Vec<(String, String)> =
        entries.iter().take(3).map(|entry| (entry.id.to_string(), entry.hash.to_string())).collect();
    let expected = [
        (
            "fca898c98e4436c03fa6953036a9d1b3",
            "fb7f75fe8a927ef62a451e644adfbafdf69b27a423dcdcdd9ea83ac961f73ef8",
        ),
        (
            "c27fc1c268d3a9d76dad0d76be4fe305",
            "6fc040200966dbb232b50dc77aa4407a4ae12f045792fddef172cb2866c2b301",
        ),
        (
            "3ffebf8c367d0dcf87e99d9c2321690e",
            "aeb3c2ecc650f18bc3593f7cb14a72a8ad40f5f7bc2116b1cd39d9f4092384bb",
        ),
    ];
    assert_eq!(seen, expected.map(|(id, hash)| (id.to_owned(), hash.to_owned())));
}

/// Changes one member of an entry's JSON into something else of its kind.
fn changed(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::String("x".to_owned()),
        // Another last character keeps numbers, dates, hashes and plates well-formed.
        Value::String(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            if let Some(last) = chars.last_mut() {
                *last = if *last == '1' { '2' } else { '1' };
            }
            Value::String(chars.into_iter().collect())
        }
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::Array(items) => Value::Array(items.iter().skip(1).cloned().collect()),
        other => panic!("no change known for {other}"),
    }
}

#[test]
fn every_member_of_every_entry_is_held_by_the_chain() {
    let entries = ledger();
    let (mut caught, mut refused) = (0, 0);
    for at in 0..entries.len() {
        let honest: Value = serde_json::from_str(&write_line(&entries[at]).unwrap()).unwrap();
        for (member, value) in honest.as_object().unwrap() {
            if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
                continue;
            }
            let mut forged = honest.clone();
            forged[member] = changed(value);
            assert_ne!(forged, honest);
            let Ok(forged) = read_line(&forged.to_string()) else {
                refused += 1;
                continue;
            };
            let mut all = entries.clone();
            all[at] = forged;
            assert!(verify(&all).is_err(), "entry {at}: {member} was changed unseen");
            caught += 1;
        }
        let mut forged = entries.clone();
        forged[at].body.amount_cp = 0;
        forged[at] = LedgerEntry { hash: append(None, forged[at].body.clone()).hash, ..forged[at].clone() };
        assert!(verify(&forged).is_err());
    }
    assert!(caught > 60 && refused > 5, "{caught} forgeries caught, {refused} refused as text");
}

#[track_caller]
fn check(change: impl Fn(&mut Vec<LedgerEntry>), expected: fn(&ChainError) -> bool) {
    let mut entries = ledger();
    change(&mut entries);
    let error = verify(&entries).unwrap_err();
    assert!(expected(&error), "{error}");
}

#[test]
fn missing_doubled_swapped_and_replaced_entries_are_named() {
    check(|entries| drop(entries.remove(1)), |e| matches!(e, ChainError::Seq { seq: 3, expected: 2 }));
    check(|entries| drop(entries.remove(0)), |e| matches!(e, ChainError::Seq { seq: 2, expected: 1 }));
    check(|entries| entries.swap(1, 2), |e| matches!(e, ChainError::Seq { seq: 3, expected: 2 }));
    check(|entries| entries.insert(1, entries[0].clone()), |e| matches!(e, ChainError::Seq { seq: 1, .. }));
    check(
        |entries| {
            // A forger who hashes anew breaks the link to the next entry.
            let mut body = entries[1].body.clone();
            body.posted_by = "somebody else".parse().unwrap();
            entries[1] = append(Some(&entries[0]), body);
        },
        |e| matches!(e, ChainError::PrevHash { seq: 3 }),
    );
    check(
        |entries| entries[0].prev_hash = EntryHash::from_bytes([1; 32]),
        |e| matches!(e, ChainError::PrevHash { seq: 1 }),
    );
}

#[test]
fn what_a_forger_can_chain_but_not_justify_is_named() {
    check(
        |entries| {
            let mut body = entries[3].body.clone();
            body.kind = scoring::EntryKind::Deduct;
            body.case_no = Some("another".parse().unwrap());
            body.amount_cp += 1;
            entries[3] = append(Some(&entries[2]), body);
        },
        |e| matches!(e, ChainError::Amount { seq: 4, .. }),
    );
    check(
        |entries| {
            // The id of another case, hashed anew: posting that other case would be taken for done.
            let forged = &mut entries[3];
            forged.id = EntryId::from_bytes([7; 16]);
            forged.hash = entry_hash(forged.seq, &forged.prev_hash, &forged.id, &forged.body);
        },
        |e| matches!(e, ChainError::Id { seq: 4, .. }),
    );
    check(
        |entries| {
            let again = append(entries.last(), entries[0].body.clone());
            entries.push(again);
        },
        |e| matches!(e, ChainError::Doubled { seq: 5, first: 1, .. }),
    );
    check(
        |entries| {
            let mut body = entries[3].body.clone();
            body.refs = vec![entries[0].id; scoring::ledger::REFS_MAX + 1];
            entries[3] = append(Some(&entries[2]), body);
        },
        |e| matches!(e, ChainError::Refs { seq: 4, .. }),
    );
}

/// The export of a small ledger that fills every member, and an adjustment, a listing and a delisting.
fn export() -> Vec<u8> {
    let mut entries = ledger();
    let score = scoring::fold::score(
        &entries,
        &crate::support::uscc(crate::support::COMPANY),
        scoring::Cycle::of_year(2026),
        scoring::Profile::FleetFair,
    );
    let (at, by) = (crate::support::time("2026-12-02T09:00:00+08:00"), || crate::support::label("office"));
    let adjustment = posting::Adjustment {
        case_no: "更正1号".parse().unwrap(),
        decision_no: None,
        uscc: score.uscc.clone(),
        cycle: score.cycle,
        amount_cp: -125,
        occurred_at: at,
        final_date: at.local_date(),
        reason: "开户余额 \"旧平台\"".parse().unwrap(),
        refs: Vec::new(),
    };
    let drafts = [
        posting::adjust(adjustment, at, by()).unwrap(),
        posting::list(&score, None, None, at, by()),
        posting::delist(&score, None, "appeal".parse().unwrap(), at, by()),
    ];
    for draft in drafts {
        let entry = append(entries.last(), draft);
        entries.push(entry);
    }
    entries.iter().flat_map(|entry| (write_line(entry).unwrap() + "\n").into_bytes()).collect()
}

/// The line an error speaks of.
fn line_of(error: &LedgerError) -> u64 {
    match error {
        LedgerError::Line { line, .. } | LedgerError::Chain { line, .. } => *line,
        other => panic!("{other}"),
    }
}

#[test]
fn every_single_bit_that_changes_in_an_export_is_found_in_its_line() {
    let honest = export();
    let (entries, _) = read_ledger(honest.as_slice()).unwrap();
    assert_eq!(entries.len(), 7);
    let (mut line, mut flips) = (1, 0);
    for at in 0..honest.len() {
        for bit in 0..8 {
            let mut damaged = honest.clone();
            damaged[at] ^= 1 << bit;
            let error = read_ledger(damaged.as_slice()).expect_err("every bit is held");
            assert_eq!(line_of(&error), line, "byte {at}, bit {bit}: {error:?}");
            flips += 1;
        }
        line += u64::from(honest[at] == b'\n');
    }
    assert!(flips > 30_000, "{flips}");
}

#[test]
fn what_means_the_same_but_is_written_otherwise_is_refused_at_its_byte() {
    let honest = String::from_utf8(export()).unwrap();
    for (from, to, expected) in [
        ("{\"seq\":1,", "{\"seq\": 1,", "from byte 8 on"),
        ("\"seq\":1,", "\"seq\":1,\"seq\":1,", "not a ledger entry"),
        ("+08:00", "+0800", "not a ledger entry"),
        ("2026-03-09T08:30:00.250+08:00", "2026-03-09T00:30:00.250Z", "written otherwise"),
        ("豫A12345D", "豫a12345d", "written otherwise"),
        ("\n", "\r\n", "not a ledger entry|written otherwise"),
        ("\n", "\n\n", "not a ledger entry"),
        ("}\n", ",\"more\":1}\n", "written otherwise"),
    ] {
        assert!(honest.contains(from), "{from}");
        let error = read_ledger(honest.replacen(from, to, 1).as_bytes()).unwrap_err();
        let messages = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let message = messages.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        assert!(expected.split('|').any(|part| message.contains(part)), "{to:?}: {message}");
    }
    // Only the line break at the very end may be missing.
    assert!(read_ledger(honest.trim_end().as_bytes()).is_ok());
}

/// `tests/verify_ledger.py` on a file; what it says and whether it is content.
fn by_another_program(name: &str, export: &[u8]) -> (String, bool) {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, export).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify_ledger.py");
    let output = std::process::Command::new("python3").arg(script).arg(path).output();
    let output = output.expect("python3 runs the second verifier");
    (String::from_utf8_lossy(&output.stdout).trim().to_owned(), output.status.success())
}

#[test]
fn another_program_written_from_the_document_agrees() {
    let honest = export();
    let (entries, verifier) = read_ledger(honest.as_slice()).unwrap();
    let expected = format!("{} entries hold together, head {}", entries.len(), verifier.head());
    assert_eq!(by_another_program("honest-export.jsonl", &honest), (expected, true));
    let second = honest.iter().position(|byte| *byte == b'\n').unwrap();
    for (at, line) in [(3, 1), (second - 4, 1), (second, 1), (second + 20, 2), (honest.len() - 1, 7)] {
        let mut damaged = honest.clone();
        damaged[at] ^= 4;
        let (said, is_content) = by_another_program("damaged-export.jsonl", &damaged);
        assert!(!is_content && said.starts_with(&format!("line {line}:")), "byte {at}: {said}");
    }
}

#[test]
fn a_days_head_pins_everything_before_it() {
    let mut book = Book::new();
    for (number, day) in ["2026-03-01", "2026-03-01", "2026-03-03", "2026-03-02"].iter().enumerate() {
        let moment = format!("{day}T12:00:00+08:00");
        book.now = crate::support::time(&moment);
        book.deduct(&case(&number.to_string(), "TR-01", "豫A12345", &moment), 3).unwrap();
    }
    let heads = daily_heads(&book.entries);
    let seen: Vec<(String, u64)> = heads.iter().map(|head| (head.day.to_string(), head.seq)).collect();
    // The clock was set back before the last entry: the day before is not opened again.
    assert_eq!(seen, [("2026-03-01".to_owned(), 2), ("2026-03-03".to_owned(), 4)]);
    assert_eq!(check_heads(&book.entries, &heads), Ok(()));
    let cut = check_heads(&book.entries[..3], &heads);
    assert!(matches!(cut, Err(HeadError::CutOff { entries: 3, .. })), "{cut:?}");
    // All of it written anew holds together, but not with the head that was published.
    let mut anew: Vec<LedgerEntry> = Vec::new();
    for entry in &book.entries {
        let mut body = entry.body.clone();
        body.posted_by = "somebody else".parse().unwrap();
        let entry = append(anew.last(), body);
        anew.push(entry);
    }
    verify(&anew).unwrap();
    assert!(matches!(check_heads(&anew, &heads), Err(HeadError::Rewritten { .. })));
}
