//! Bar: no allocation per sentence in the framer, the sentence reader and the epoch assembler.

mod logs;

use std::hint::black_box;

use domain::Timestamp;
use tracker_agent::date::DatePolicy;
use tracker_agent::epoch::Assembler;
use tracker_agent::frame::{Framer, with_checksum};
use tracker_agent::sentence::parse;

/// All stages over the bytes, in chunks that cut sentences apart; how many sentences there were.
fn read(framer: &mut Framer, assembler: &mut Assembler, bytes: &[u8]) -> u64 {
    let now = Timestamp::from_seconds(1_795_000_000);
    let before = framer.counters().sentences;
    for mut chunk in bytes.chunks(500) {
        while let Some(sentence) = framer.next_sentence(&mut chunk) {
            if let Ok(read) = parse(sentence) {
                assembler.handle_sentence(&read, now);
            }
            while let Some(epoch) = assembler.poll_epoch() {
                black_box(epoch);
            }
        }
    }
    framer.counters().sentences - before
}

#[track_caller]
fn check(name: &str, bytes: &[u8]) -> u64 {
    let (mut framer, mut assembler) = (Framer::new(), Assembler::new(DatePolicy::AsRecorded));
    // The first round makes the few buffers that stay.
    read(&mut framer, &mut assembler, bytes);
    let mut sentences = 0;
    let info = allocation_counter::measure(|| sentences = read(&mut framer, &mut assembler, bytes));
    assert_eq!(info.count_total, 0, "{name}: {} allocations in {sentences} sentences", info.count_total);
    sentences
}

/// A log of every kind of sentence the agent reads, where no corpus is at hand.
fn made() -> Vec<u8> {
    let mut bytes = Vec::new();
    for second in 0..60 {
        for body in [
            format!("GNRMC,1200{second:02}.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
            format!("GNGGA,1200{second:02}.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,"),
            format!("GNGST,1200{second:02}.00,1.2,0.9,0.8,30.0,0.9,0.8,1.5"),
            "GNGSA,A,3,01,02,03,04,,,,,,,,,1.5,1.0,1.2,1".to_owned(),
            "GPGSV,1,1,04,01,17,083,03,02,20,056,27,07,18,123,25,08,24,090,15".to_owned(),
            "GPTXT,01,01,01,ANTENNA OK".to_owned(),
            "PSRF151,1".to_owned(),
            "GPRMC,126000,A,,,,,,,,,".to_owned(),
        ] {
            bytes.extend_from_slice(with_checksum(&body).as_bytes());
            bytes.extend_from_slice(b"\r\n\xB5\x62");
        }
    }
    bytes
}

#[test]
fn no_sentence_allocates() {
    let mut sentences = check("made", &made());
    if let Some(corpus) = logs::corpus() {
        for log in logs::all_logs(&corpus) {
            sentences += check(&log.to_string_lossy(), &std::fs::read(&log).unwrap());
        }
    }
    println!("allocations: 0 in {sentences} sentences through framer, reader and assembler");
}
