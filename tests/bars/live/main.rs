//! The live path measured: a client that hands reports over and waits for each acknowledgement, one that looks how long a
//! clue takes to an open page, and what both need. `tests/bars/live-ingest.sh` and `clue-latency.sh` run it.
//!
//! Usage:
//! - `live city BENCH_DIR OUT`: the benchmark's city as a registry folder and a file of reports
//! - `live ingest --http A --token T --pid P --reports FILE --form lines|binary --connections N
//!   [--kill-after BATCHES --acknowledged FILE]`: with these the service is killed on the way
//! - `live prove --reports FILE --acknowledged FILE --exported FILE`: what was acknowledged is there, everything once
//! - `live same A B`: two folders hold the same verdicts
//! - `live crowd OUT`: the registry folder `live clues` drives in
//! - `live clues --http A --token T --officer T --folder DIR --seconds N`
#![expect(clippy::print_stdout, reason = "a measurement prints")]

mod city;
mod clues;
mod connection;
mod crowd;
mod disk;
mod ingest;
mod prove;

use std::collections::BTreeMap;
use std::process::ExitCode;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Options by name, and what stands alone.
pub(crate) struct Arguments {
    options: BTreeMap<String, String>,
    alone: Vec<String>,
}

impl Arguments {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut options, mut alone) = (BTreeMap::new(), Vec::new());
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                Some(name) => {
                    let value = arguments.next().ok_or_else(|| format!("--{name} has no value"))?;
                    options.insert(name.to_owned(), value);
                }
                None => alone.push(argument),
            }
        }
        Ok(Self { options, alone })
    }

    pub(crate) fn option(&self, name: &str) -> Result<&str, Failure> {
        self.options.get(name).map(String::as_str).ok_or_else(|| format!("--{name} is missing").into())
    }

    pub(crate) fn number(&self, name: &str) -> Result<usize, Failure> {
        Ok(self.option(name)?.parse()?)
    }

    pub(crate) fn alone(&self, place: usize) -> Result<&str, Failure> {
        self.alone.get(place).map(String::as_str).ok_or_else(|| "an argument is missing".into())
    }
}

fn run() -> Result<bool, Failure> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let arguments = Arguments::read(arguments)?;
    match what.as_str() {
        "city" => city::run(&arguments),
        "ingest" => ingest::run(&arguments),
        "prove" => prove::stored_once(&arguments),
        "same" => prove::same_verdicts(&arguments),
        "crowd" => crowd::run(&arguments),
        "clues" => clues::run(&arguments),
        other => Err(format!("{other:?} is nothing this program does").into()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("live: {error}");
            ExitCode::from(2)
        }
    }
}
