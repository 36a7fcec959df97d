//! Sentences a second: the agent's whole way from bytes to a fix, beside `nmea::parse_str` alone on sentences cut already
//! and beside the floor of splitting lines and verifying checksums. Processor time of this thread, median of interleaved
//! rounds: other programs on the machine shift every line alike.
//!
//! The sentences are those of the corpus (`CORPUS_DIR`, or `../shared/corpus` beside the workspace), and else made here.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

#[path = "../tests/logs/mod.rs"]
mod logs;

use std::hint::black_box;

use domain::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use tracker_agent::date::DatePolicy;
use tracker_agent::epoch::Assembler;
use tracker_agent::frame::{Framer, with_checksum};
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::sampler::SamplerConfig;
use tracker_agent::sentence::parse;

const ROUNDS: usize = 12;
const BURSTS_MADE: u32 = 10_000;
/// Bytes a serial port or a socket gives at a time.
const CHUNK_BYTES: usize = 4096;
const NOW: i64 = 1_795_000_000;

/// A burst as a receiver of four constellations sends each second, many times.
fn made() -> String {
    (0..BURSTS_MADE)
        .flat_map(|n| {
            let time = format!("{:02}{:02}{:02}.00", n / 3600 % 24, n / 60 % 60, n % 60);
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
        .map(|body| with_checksum(&body) + "\r\n")
        .collect()
}

/// The corpus's sentences with a fitting checksum, each on a line, so that every contender reads the same.
fn of_corpus() -> Option<String> {
    let corpus = logs::corpus()?;
    let mut text = String::new();
    for log in logs::all_logs(&corpus) {
        let bytes = std::fs::read(log).unwrap();
        let (mut framer, mut input) = (Framer::new(), bytes.as_slice());
        while let Some(sentence) = framer.next_sentence(&mut input) {
            text.push_str(sentence);
            text.push_str("\r\n");
        }
    }
    Some(text)
}

fn floor(bytes: &[u8]) -> u64 {
    let (mut fitting, mut start) = (0, 0);
    for end in memchr::memchr_iter(b'\n', bytes) {
        let line = &bytes[start..end];
        start = end + 1;
        let Some((body, [b'*', high, low, b'\r'])) = line.split_last_chunk::<4>() else { continue };
        let sum = body[1..].iter().fold(0u8, |sum, byte| sum ^ byte);
        let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or(99);
        fitting += u64::from(u32::from(sum) == digit(high) * 16 + digit(low));
    }
    fitting
}

fn framer_only(bytes: &[u8]) -> u64 {
    let mut framer = Framer::new();
    for mut chunk in bytes.chunks(CHUNK_BYTES) {
        while let Some(sentence) = framer.next_sentence(&mut chunk) {
            black_box(sentence);
        }
    }
    framer.counters().sentences
}

fn framer_and_reader(bytes: &[u8]) -> u64 {
    let (mut framer, mut read) = (Framer::new(), 0);
    for mut chunk in bytes.chunks(CHUNK_BYTES) {
        while let Some(sentence) = framer.next_sentence(&mut chunk) {
            read += u64::from(black_box(parse(sentence)).is_ok());
        }
    }
    read
}

fn to_epochs(bytes: &[u8]) -> u64 {
    let now = Timestamp::from_seconds(NOW);
    let (mut framer, mut assembler) = (Framer::new(), Assembler::new(DatePolicy::AsRecorded));
    for mut chunk in bytes.chunks(CHUNK_BYTES) {
        while let Some(sentence) = framer.next_sentence(&mut chunk) {
            if let Ok(read) = parse(sentence) {
                assembler.handle_sentence(&read, now);
            }
            while let Some(epoch) = assembler.poll_epoch() {
                black_box(epoch);
            }
        }
    }
    framer.counters().sentences
}

fn to_sampled_fixes(bytes: &[u8]) -> u64 {
    let mut pipeline = Pipeline::new(PipelineConfig {
        plate: "豫A12345D".parse().unwrap(),
        terminal: "13800000001".parse().unwrap(),
        dates: DatePolicy::AsRecorded,
        sampler: SamplerConfig::default(),
        reader: tracker_agent::rfid::Family::Bb7e,
        tags: Default::default(),
        body: Default::default(),
        live: false,
    });
    for chunk in bytes.chunks(CHUNK_BYTES) {
        pipeline.handle_nmea(chunk, Timestamp::from_seconds(NOW));
        while let Some(record) = pipeline.poll_record() {
            black_box(record);
        }
    }
    pipeline.counters().frames.sentences
}

fn nmea_alone(sentences: &[&str]) -> u64 {
    let mut read = 0;
    for sentence in sentences {
        read += u64::from(black_box(nmea::parse_str(sentence)).is_ok());
    }
    read
}

/// Nanoseconds of processor time of this thread.
fn cpu_ns(work: &mut dyn FnMut() -> u64) -> u64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    };
    let before = now();
    black_box(work());
    now() - before
}

/// A name and what is timed under it.
type Contender<'a> = (&'static str, Box<dyn FnMut() -> u64 + 'a>);

fn main() {
    let corpus = of_corpus();
    let origin = if corpus.is_some() { "the corpus" } else { "made" };
    let text = corpus.unwrap_or_else(made);
    let (bytes, sentences) = (text.as_bytes(), text.lines().collect::<Vec<&str>>());
    let mut contenders: Vec<Contender<'_>> = vec![
        ("lines split and checksums verified: the floor", Box::new(|| floor(bytes))),
        ("framer", Box::new(|| framer_only(bytes))),
        ("framer and sentence reader", Box::new(|| framer_and_reader(bytes))),
        ("framer, reader and epochs: the way to a fix", Box::new(|| to_epochs(bytes))),
        ("the whole pipeline, sampled and rounded", Box::new(|| to_sampled_fixes(bytes))),
        ("nmea::parse_str alone, on cut sentences", Box::new(|| nmea_alone(&sentences))),
    ];
    let mut times: Vec<Vec<u64>> = vec![Vec::new(); contenders.len()];
    for _round in 0..ROUNDS {
        for ((_, work), times) in contenders.iter_mut().zip(&mut times) {
            times.push(cpu_ns(work));
        }
    }
    let each: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[ROUNDS / 2] as f64 / sentences.len() as f64
        })
        .collect();
    let (floor_ns, nmea_ns) = (each[0], each[each.len() - 1]);
    println!("{} sentences of {origin}, {} bytes, median of {ROUNDS} rounds", sentences.len(), bytes.len());
    for ((name, _), ns) in contenders.iter().zip(&each) {
        println!(
            "{ns:7.1} ns a sentence  {:5.2} of nmea  {:5.1} x floor  {name}",
            ns / nmea_ns,
            ns / floor_ns
        );
    }
    let path_ns = each[3];
    println!(
        "speed: the way to a fix takes {:.2} of nmea::parse_str alone (bar: below 1)",
        path_ns / nmea_ns
    );
    assert!(path_ns < nmea_ns, "the bar is not met");
}
