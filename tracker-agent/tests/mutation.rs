//! Bar: mutated sentences, each with a checksum that fits its mutation, through every stateful stage without a panic.
//! Noise passes a checksum once in 256 times, so none of the stages may rely on it.
//!
//! `MUTATIONS` says how many (the bar: 5000000), `MUTATION_SEED` repeats a run.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

mod logs;

use domain::{FixKind, Timestamp};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use tracker_agent::date::DatePolicy;
use tracker_agent::frame::{Framer, with_checksum};
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::sampler::SamplerConfig;

const MUTATIONS: u64 = 100_000;
const SEED: u64 = 20_190_287;
/// After so many mutations the stages begin anew, under the other date policy.
const MUTATIONS_A_PIPELINE: u64 = 5_000;

/// Sentences of every type, as receivers send them.
const BODIES: [&str; 16] = [
    "GPRMC,124023.00,A,4810.8487,N,01133.9051,E,009.3,173.7,010409,002.0,E,A",
    "GNRMC,055234.000,A,4739.71890,N,12219.58362,W,0.00,286.35,050826,,,A,V",
    "GPGGA,124023.00,4810.8487,N,01133.9051,E,1,04,23.9,-0704.5,M,0046.3,M,,",
    "GNGNS,094326.00,3955.123456,N,11623.654321,E,AAAN,15,0.8,50.2,-9.5,,,V",
    "GPGLL,4810.8487,N,01133.9051,E,124023.00,A,A",
    "INGLL,4110.8512,N,00121.4512,E,194102,A",
    "GPZDA,055234.200,05,08,2026,+00,00",
    "GNVTG,286.35,T,,M,10.00,N,18.52,K,A",
    "GNGSA,A,3,13,27,37,,,,,,,,,,1.5,0.9,1.2,4",
    "GPGSA,A,2,23,13,20,,,,,,,,,,3.1,3.1,",
    "GPGSV,3,3,12,20,47,263,20,22,78,280,15,24,07,305,,30,57,127,31,0",
    "BDGSV,1,1,00",
    "GPTXT,01,01,01,ANTENNA OK",
    "GNGST,182141.000,15.5,15.3,7.2,21.8,0.9,0.5,0.8",
    "PMUCK,full,closed,flat,ok,ok,on",
    "PSRF151,1",
];

fn bodies() -> Vec<String> {
    let mut found: Vec<String> = BODIES.iter().map(|body| (*body).to_owned()).collect();
    for log in logs::corpus().iter().flat_map(|corpus| logs::all_logs(corpus)) {
        let bytes = std::fs::read(log).unwrap();
        let (mut framer, mut input) = (Framer::new(), bytes.as_slice());
        // The head of each log has every type its receiver sends.
        for _ in 0..60 {
            let Some(sentence) = framer.next_sentence(&mut input) else { break };
            found.push(sentence[1..sentence.len() - 3].to_owned());
        }
    }
    found
}

fn pipeline(dates: DatePolicy) -> Pipeline {
    Pipeline::new(PipelineConfig {
        plate: "豫A12345D".parse().unwrap(),
        terminal: "13800000001".parse().unwrap(),
        dates,
        sampler: SamplerConfig::default(),
        reader: tracker_agent::rfid::Family::Bb7e,
        tags: Default::default(),
        body: Default::default(),
        live: dates == DatePolicy::Live,
    })
}

/// Bytes a reader of numbers, fields or frames may stumble over.
const STUMBLING: &[u8] = b",,..--+*$0009NaninfeE \x00\xFF\xB5\r\n";

fn mutate(body: &mut Vec<u8>, other: &[u8], rng: &mut TestRng) {
    let at = rng.next_u32() as usize % (body.len() + 1);
    let byte = match rng.next_u32() % 3 {
        0 => (rng.next_u32() % 256) as u8,
        _ => STUMBLING[rng.next_u32() as usize % STUMBLING.len()],
    };
    match rng.next_u32() % 8 {
        0 | 1 if at < body.len() => body[at] = byte,
        2 if at < body.len() => drop(body.remove(at)),
        3 => body.truncate(at),
        4 => {
            // Some more of the same: long numbers, many fields, long sentences.
            let times = rng.next_u32() as usize % 40;
            let more = std::iter::repeat_n(body.get(at).copied().unwrap_or(byte), times);
            body.splice(at..at, more);
        }
        5 => body.splice(at.., other.iter().skip(at).copied()).for_each(drop),
        6 if at < body.len() => body[at] ^= 1 << (rng.next_u32() % 8),
        _ => body.insert(at, byte),
    }
}

#[test]
fn mutated_sentences_with_fitting_checksums_never_panic() {
    let of_environment = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a whole number"))
    };
    let (wanted, seed) = (of_environment("MUTATIONS", MUTATIONS), of_environment("MUTATION_SEED", SEED));
    println!("mutation: seed {seed}");
    let mut bytes_of_seed = [0; 32];
    bytes_of_seed[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes_of_seed);
    let bodies = bodies();
    let (mut sentences, mut records) = (0, 0);
    let mut now = Timestamp::from_seconds(1_795_000_000);
    let mut stages = pipeline(DatePolicy::Live);
    for round in 0..wanted {
        if round % MUTATIONS_A_PIPELINE == 0 {
            stages.handle_nmea_end(now);
            sentences += stages.counters().frames.sentences;
            let odd = round / MUTATIONS_A_PIPELINE % 2 == 1;
            stages = pipeline(if odd { DatePolicy::Live } else { DatePolicy::AsRecorded });
        }
        let mut pick = || bodies[rng.next_u32() as usize % bodies.len()].as_bytes().to_vec();
        let (mut body, other) = (pick(), pick());
        for _ in 0..=rng.next_u32() % 3 {
            mutate(&mut body, &other, &mut rng);
        }
        now = now.plus_millis(i64::from(rng.next_u32() % 300));
        // The checksum is that of what the framer keeps; a `$` or a line end inside cuts the sentence apart.
        let kept: Vec<u8> = body.iter().copied().filter(|byte| (0x20..0x7F).contains(byte)).collect();
        let checked = with_checksum(&String::from_utf8(kept).unwrap());
        body.insert(0, b'$');
        body.extend_from_slice(&checked.as_bytes()[checked.len() - 3..]);
        body.extend_from_slice(b"\r\n");
        stages.handle_nmea(&body, now);
        stages.handle_timeout(now);
        while let Some(record) = stages.poll_record() {
            records += 1;
            assert!(record.fix.speed.is_none_or(|speed| speed.kmh() <= 1000.0));
            assert!(record.fix.fix == FixKind::None || record.time.millis() > 0);
            assert_eq!(tracker_agent::record::Record::from_bytes(&record.to_bytes()).unwrap(), record);
        }
    }
    sentences += stages.counters().frames.sentences;
    println!(
        "mutation: {wanted} mutated sentences of {} kinds, {sentences} passed the checksum, {records} records, 0 panics",
        bodies.len()
    );
    assert!(sentences * 2 > wanted, "most mutations must get past the framer");
}
