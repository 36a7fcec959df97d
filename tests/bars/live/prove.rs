//! That nothing was lost or doubled, and that the verdicts are those of a replay.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use domain::report_line::{canonical_line, parse_line};
use serde_json::json;

use super::{Arguments, Failure};

/// What was sent and acknowledged is in the export, and nothing is there twice. Prints one line of JSON.
pub(crate) fn stored_once(arguments: &Arguments) -> Result<bool, Failure> {
    let sent = fs::read_to_string(arguments.option("reports")?)?;
    let sent: Vec<&str> = sent.lines().collect();
    let mut exported: HashMap<String, u32> = HashMap::new();
    for line in fs::read_to_string(arguments.option("exported")?)?.lines() {
        *exported.entry(canonical_line(&parse_line(line)?)).or_default() += 1;
    }
    let (mut acknowledged, mut lost) = (0, 0);
    for number in fs::read_to_string(arguments.option("acknowledged")?)?.lines() {
        let line = sent.get(number.parse::<usize>()?).ok_or("a line that was not sent")?;
        acknowledged += 1;
        if !exported.contains_key(&canonical_line(&parse_line(line)?)) {
            lost += 1;
        }
    }
    let doubled = exported.values().filter(|times| **times > 1).count();
    println!(
        "{}",
        json!({ "acknowledged": acknowledged, "stored": exported.len(), "lost": lost, "doubled": doubled })
    );
    Ok(lost == 0 && doubled == 0 && acknowledged > 0)
}

/// Two folders hold the same violations and trips, to the byte. Prints one line of JSON.
pub(crate) fn same_verdicts(arguments: &Arguments) -> Result<bool, Failure> {
    let (mut verdicts, mut wrong) = (0, 0);
    for name in ["violations.jsonl", "trips.jsonl"] {
        let read = |folder: &str| -> Result<Vec<String>, Failure> {
            let text = fs::read_to_string(Path::new(folder).join(name))?;
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            Ok(lines)
        };
        let (live, replayed) = (read(arguments.alone(0)?)?, read(arguments.alone(1)?)?);
        verdicts += replayed.len();
        wrong += live.iter().filter(|line| replayed.binary_search(line).is_err()).count();
        wrong += replayed.iter().filter(|line| live.binary_search(line).is_err()).count();
    }
    println!("{}", json!({ "verdicts": verdicts, "wrong": wrong }));
    Ok(wrong == 0 && verdicts > 0)
}
