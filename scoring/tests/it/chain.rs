//! The chain: one encoding, and every change shows.

use scoring::encoding::entry_hash;
use scoring::jsonl::{read_line, write_line};
use scoring::ledger::{ChainError, append, verify};
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

/// The hashes were computed from `LEDGER.md` by another program, not by this crate.
#[test]
fn the_encoding_is_the_one_that_is_written_down() {
    let entries = ledger();
    let seen: Vec<(String, String)> =
        entries.iter().take(3).map(|entry| (entry.id.to_string(), entry.hash.to_string())).collect();
    let expected = [
        (
            "fca898c98e4436c03fa6953036a9d1b3",
            "a0460bcb5ebb04a3e5c4365d4942d0191fbc0e647b68742f39344264f4b0210b",
        ),
        (
            "c27fc1c268d3a9d76dad0d76be4fe305",
            "70a17eca28196a4d65a7e7e0202a236e9fdd6ec6fb2a2a2c5d1313171610aefb",
        ),
        (
            "3ffebf8c367d0dcf87e99d9c2321690e",
            "0e8e97b34533d7833fce7dde92197b614b892d91cc6f9398985dd1b92c5b363f",
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
