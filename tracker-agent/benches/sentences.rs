//! Sentences a second: framer and reader together, beside `nmea::parse_str` alone on the same sentences.
//!
//! The sentences are made here: a burst as a receiver of four constellations sends each second, a thousand times.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use tracker_agent::frame::{Framer, with_checksum};
use tracker_agent::sentence::parse;

const BURSTS: u32 = 1000;

fn main() {
    divan::main();
}

fn sentences() -> Vec<String> {
    (0..BURSTS)
        .flat_map(|n| {
            let time = format!("{:02}{:02}{:02}.00", n / 3600, n / 60 % 60, n % 60);
            let lat = format!("{:09.4}", 3430.0 + f64::from(n % 500) / 100.0);
            let lon = format!("{:010.4}", 11324.0 + f64::from(n % 700) / 100.0);
            [
                format!("GNRMC,{time},A,{lat},N,{lon},E,{}.3,{}.1,231126,,,A,V", n % 40, n % 360),
                format!("GNVTG,{}.1,T,,M,{}.3,N,{}.6,K,A", n % 360, n % 40, n % 74),
                format!("GNGGA,{time},{lat},N,{lon},E,1,14,0.9,{}.5,M,-21.6,M,,", 90 + n % 60),
                "GNGSA,A,3,02,07,14,15,17,20,22,30,,,,,1.5,0.9,1.2,1".to_owned(),
                "GNGSA,A,3,13,27,37,,,,,,,,,,1.5,0.9,1.2,4".to_owned(),
                "GPGSV,3,1,12,01,17,083,03,02,20,056,27,07,18,123,25,08,24,090,15,0".to_owned(),
                "GPGSV,3,2,12,14,79,041,29,15,31,297,21,17,54,166,28,19,24,192,23,0".to_owned(),
                "GPGSV,3,3,12,20,47,263,20,22,78,280,15,24,07,305,,30,57,127,31,0".to_owned(),
                "GBGSV,1,1,03,13,19,043,17,27,38,127,33,37,36,091,24,0".to_owned(),
                format!("GNGLL,{lat},N,{lon},E,{time},A,A"),
            ]
        })
        .map(|body| with_checksum(&body))
        .collect()
}

/// What the agent does with every byte.
#[divan::bench]
fn framer_and_sentence(bencher: Bencher<'_, '_>) {
    let sentences = sentences();
    let stream: Vec<u8> =
        sentences.iter().flat_map(|sentence| format!("{sentence}\r\n").into_bytes()).collect();
    let count = sentences.len();
    bencher.counter(ItemsCount::new(count)).counter(BytesCount::new(stream.len())).bench_local(|| {
        let mut framer = Framer::new();
        let mut read = 0;
        for mut chunk in stream.chunks(512) {
            while let Some(sentence) = framer.next_sentence(&mut chunk) {
                read += usize::from(black_box(parse(sentence)).is_ok());
            }
        }
        assert_eq!(read, count);
    });
}

/// The framer alone, checksums included.
#[divan::bench]
fn framer_only(bencher: Bencher<'_, '_>) {
    let sentences = sentences();
    let stream: Vec<u8> =
        sentences.iter().flat_map(|sentence| format!("{sentence}\r\n").into_bytes()).collect();
    bencher.counter(ItemsCount::new(sentences.len())).counter(BytesCount::new(stream.len())).bench_local(
        || {
            let mut framer = Framer::new();
            for mut chunk in stream.chunks(512) {
                while let Some(sentence) = framer.next_sentence(&mut chunk) {
                    black_box(sentence);
                }
            }
        },
    );
}

/// `nmea` on sentences cut already.
#[divan::bench]
fn nmea_parse_str_alone(bencher: Bencher<'_, '_>) {
    let sentences = sentences();
    let bytes: usize = sentences.iter().map(|sentence| sentence.len() + 2).sum();
    bencher.counter(ItemsCount::new(sentences.len())).counter(BytesCount::new(bytes)).bench_local(|| {
        for sentence in &sentences {
            let _read = black_box(nmea::parse_str(sentence));
        }
    });
}
