//! A platform that feed events are pushed to, as bad as they come: it fails, breaks off before or after taking, stands still
//! and rejects rows, all by one seed. What it took it keeps in a file, a line an event in the order taken.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// How bad it is: shares of requests, and of rows for the last.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// Answers 500 and takes nothing.
    pub fails: f64,
    /// Breaks off before it takes anything.
    pub breaks_off: f64,
    /// Takes everything and breaks off without an answer: it will be sent the same again.
    pub takes_and_breaks_off: f64,
    /// Stands still for a second, then answers 503.
    pub stalls: f64,
    /// Rejects a row, the first time it comes.
    pub rejects: f64,
}

struct Desk {
    manners: Manners,
    chance: ChaCha8Rng,
    taken: File,
    rejected: BTreeSet<u64>,
}

enum Act {
    Answer(u16, String),
    BreakOff,
}

/// Serves on a listener for as long as the program lives.
///
/// # Errors
/// When the file cannot be made.
pub fn serve(listener: TcpListener, taken: &Path, manners: Manners, seed: u64) -> std::io::Result<()> {
    let taken = File::options().create(true).append(true).open(taken)?;
    let chance = ChaCha8Rng::seed_from_u64(seed);
    let desk = Arc::new(Mutex::new(Desk { manners, chance, taken, rejected: BTreeSet::new() }));
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let desk = Arc::clone(&desk);
            thread::spawn(move || connection(socket, &desk));
        }
    });
    Ok(())
}

fn connection(socket: TcpStream, desk: &Mutex<Desk>) {
    let Ok(clone) = socket.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(clone), socket);
    while let Some(body) = request(&mut reader) {
        let stalls = {
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            let share = desk.manners.stalls;
            desk.chance.random_bool(share)
        };
        let act = if stalls {
            // Outside the lock: others are served meanwhile.
            thread::sleep(Duration::from_secs(1));
            Act::Answer(503, String::new())
        } else {
            desk.lock().unwrap_or_else(PoisonError::into_inner).act(&body)
        };
        let Act::Answer(status, text) = act else { return };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{text}", text.len());
        if writer.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

/// The body of the next request; `None` when the other side is gone.
fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

impl Desk {
    fn act(&mut self, body: &str) -> Act {
        let Manners { fails, breaks_off, takes_and_breaks_off, rejects, .. } = self.manners;
        let dice: f64 = self.chance.random();
        if dice < fails {
            return Act::Answer(500, "out of order".to_owned());
        }
        if dice < fails + breaks_off {
            return Act::BreakOff;
        }
        let mut refused = Vec::new();
        let mut text = String::new();
        for line in body.lines() {
            let seq = serde_json::from_str::<Value>(line).ok().and_then(|event| event["seq"].as_u64());
            let Some(seq) = seq else { return Act::Answer(422, "no event".to_owned()) };
            if self.chance.random_bool(rejects) && self.rejected.insert(seq) {
                refused.push(json!({ "seq": seq, "reason": format!("第{seq}号：主体不存在") }));
            } else {
                text.push_str(line);
                text.push('\n');
            }
        }
        // Taken is what is written: the answer comes after.
        if self.taken.write_all(text.as_bytes()).is_err() {
            return Act::Answer(507, String::new());
        }
        if dice < fails + breaks_off + takes_and_breaks_off {
            return Act::BreakOff;
        }
        Act::Answer(200, json!({ "rejected": refused }).to_string())
    }
}
