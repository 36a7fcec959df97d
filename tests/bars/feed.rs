//! What the feed's measurement needs beside the service.
//!
//! - `feed publish DATA EVENTS COMPANIES SEED`: publishes black-list events through the service's own library
//! - `feed receive ADDRESS FILE SEED`: a platform that fails every fifth request in one of four ways
//! - `feed check FILE EVENTS SORTED`: every event there, each company's in order, none made up; writes them once, by number
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use domain::Timestamp;
use end_to_end::platform::{self, Manners};
use fleet_service::feed::publish::Press;
use fleet_service::feed::record::{Action, BlackListRecord, Cause, LIST_CODE, Particulars};
use fleet_service::store::Store;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// Events published in one transaction.
const AT_ONCE: u64 = 200;
/// A fifth of all requests, in the four ways a request can fail.
const MANNERS: Manners =
    Manners { fails: 0.10, breaks_off: 0.05, takes_and_breaks_off: 0.048, stalls: 0.002, rejects: 0.0 };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["publish", data, events, companies, seed] => publish(data, events, companies, seed),
        ["receive", address, file, seed] => receive(address, file, seed),
        ["check", file, events, sorted] => check(file, events, sorted),
        _ => Err("see the head of bars/feed.rs for what can be asked".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn Error>>;

fn publish(data: &str, events: &str, companies: &str, seed: &str) -> Done {
    let (events, companies): (u64, u64) = (events.parse()?, companies.parse()?);
    let mut chance = ChaCha8Rng::seed_from_u64(seed.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(Path::new(data)).await?;
        let press = Press::open(Path::new(data))?;
        let began = Timestamp::from_seconds(1_795_000_000);
        let mut published = 0;
        while published < events {
            let mut change = store.change().await?;
            for _ in 0..AT_ONCE.min(events - published) {
                let at = began.plus_seconds(i64::try_from(published)?);
                let record = record(chance.random_range(0..companies), published, at)?;
                let action = if published % 2 == 0 { Action::List } else { Action::Delist };
                press.publish(&mut change, action.record(record), at).await?;
                published += 1;
            }
            change.commit().await?;
        }
        store.close().await;
        Ok(())
    })
}

fn record(company: u64, number: u64, at: Timestamp) -> Result<BlackListRecord, Box<dyn Error>> {
    Ok(BlackListRecord {
        list: Some(LIST_CODE.to_owned()),
        uscc: format!("91410183M{company:08}A").parse()?,
        name: format!("清运公司{company}"),
        score_centi: 5_995,
        cause: vec![Cause {
            rule: "UW-01".to_owned(),
            rule_name_zh: "未经核准处置建筑垃圾".to_owned(),
            rule_name_en: "Haulage without approval".to_owned(),
            case_no: format!("2026-{number}"),
            decision_no: None,
            occurred_at: at,
            amount_centi: 2_000,
        }],
        particulars: Particulars::default(),
    })
}

fn receive(address: &str, file: &str, seed: &str) -> Done {
    platform::serve(TcpListener::bind(address)?, Path::new(file), MANNERS, seed.parse()?)?;
    loop {
        thread::park();
    }
}

fn check(file: &str, events: &str, sorted: &str) -> Done {
    let events: u64 = events.parse()?;
    let text = std::fs::read_to_string(file)?;
    let mut first: BTreeMap<u64, &str> = BTreeMap::new();
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    let (mut taken, mut out_of_order) = (0_u64, 0_u64);
    for line in text.lines() {
        let event: Value = serde_json::from_str(line)?;
        let seq = event["seq"].as_u64().ok_or("an event without number")?;
        taken += 1;
        if let Some(known) = first.get(&seq) {
            if *known != line {
                return Err(format!("event {seq} came in two forms").into());
            }
            continue;
        }
        first.insert(seq, line);
        let company = event["uscc"].as_str().unwrap_or_default().to_owned();
        let before = newest.entry(company).or_default();
        out_of_order += u64::from(*before > seq);
        *before = seq;
    }
    let missing = (1..=events).filter(|seq| !first.contains_key(seq)).count();
    let made_up = first.keys().filter(|seq| !(1..=events).contains(seq)).count();
    let mut out = std::io::BufWriter::new(std::fs::File::create(sorted)?);
    for line in first.values() {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    println!(
        "{} events received, {} of them again, {missing} missing, {made_up} made up, {out_of_order} out of their company's order",
        first.len(),
        taken - first.len() as u64
    );
    if missing + made_up == 0 && out_of_order == 0 { Ok(()) } else { Err("not as it should be".into()) }
}
