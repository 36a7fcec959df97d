//! A spool opened on garbled files: segments with mended headers and checksums, cursor, gaps. It must open, take a record
//! and give back what it holds.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use crc32fast::hash;
use libfuzzer_sys::fuzz_target;
use shape::{pieces, start};
use tempfile::TempDir;
use tracker_agent::record::Record;
use tracker_agent::spool::{Spool, SpoolConfig};

thread_local! {
    /// In memory where the system has such a place: every run makes files.
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

fn sound(number: u64) -> [u8; 16] {
    let mut slot = [0; 16];
    slot[..8].copy_from_slice(&number.to_le_bytes());
    slot[8..12].copy_from_slice(&hash(&number.to_le_bytes()).to_le_bytes());
    slot
}

/// A segment's bytes: magic, first number, checksum, then records of nine bytes of facts and a payload.
fn segment(first: u64, records: &[u8]) -> Vec<u8> {
    let mut bytes = [b"MUCKSP02".as_slice(), &first.to_le_bytes()].concat();
    bytes.extend_from_slice(&hash(&bytes).to_le_bytes());
    for (index, (_, record)) in (0..).zip(pieces(records)) {
        let number = first.wrapping_add(index);
        let Some((facts, payload)) = record.split_first_chunk::<9>() else { break };
        bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        let checked = [&number.to_le_bytes(), facts.as_slice(), payload].concat();
        bytes.extend_from_slice(&hash(&checked).to_le_bytes());
        bytes.extend_from_slice(record);
    }
    bytes
}

/// Numbers near both ends, where sums overflow, and ordinary ones.
fn number(choice: u8) -> u64 {
    match choice >> 6 {
        0 => u64::MAX - u64::from(choice & 0x3F),
        1 => (1 << 63) - 32 + u64::from(choice & 0x3F),
        _ => u64::from(choice & 0x3F),
    }
}

fn write(folder: &Path, data: &[u8]) {
    for (word, piece) in pieces(data) {
        let [choice, rest @ ..] = piece else { continue };
        let number = number(*choice);
        let (name, bytes) = match word & 7 {
            0 => (format!("{number:020}.seg"), rest.to_vec()),
            1 => ("cursor".to_owned(), rest.to_vec()),
            2 => ("cursor".to_owned(), sound(number).to_vec()),
            3 => {
                ("cursor".to_owned(), format!("{number} {:08x}\n", hash(&number.to_le_bytes())).into_bytes())
            }
            4 => {
                let text = String::from_utf8_lossy(rest);
                let line = |text: &str| format!("{text} {:08x}\n", hash(text.as_bytes()));
                ("gaps".to_owned(), text.lines().map(line).collect::<String>().into_bytes())
            }
            5 if word & 8 != 0 => ("gaps".to_owned(), rest.to_vec()),
            _ => (format!("{number:020}.seg"), segment(number, rest)),
        };
        fs::write(folder.join(name), bytes).expect("room for a file");
    }
}

fuzz_target!(|data: &[u8]| FOLDER.with_borrow_mut(|kept| {
    let place = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    let folder = kept.get_or_insert_with(|| TempDir::new_in(place).expect("a folder"));
    for entry in fs::read_dir(folder.path()).expect("the folder").flatten() {
        fs::remove_file(entry.path()).expect("a file of ours");
    }
    write(folder.path(), data);
    let config = SpoolConfig { bytes_max: 1 << 20, segment_bytes: 1 << 12, days_max: 30 };
    let now = start();
    let Ok(mut spool) = Spool::open(folder.path(), config) else { return };
    let Ok(number) = spool.append(now, true, b"a record", now) else { return };
    let _stored = spool.commit(now);
    let mut after = spool.acknowledged();
    while let Ok(found) = spool.read_after(after, 4) {
        let Some(last) = found.last() else { break };
        assert!(last.number > after, "{} comes after {after}", last.number);
        after = last.number;
        for stored in found {
            let _record = Record::from_bytes(&stored.payload);
        }
    }
    assert_eq!(after, number, "what was just written is not read");
    let _acknowledged = spool.acknowledge(number, now);
    let _closed = spool.close(now);
}));
