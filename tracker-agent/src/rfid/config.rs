//! The `[rfid]` section of the configuration: which family the reader is of, how it is polled, what is known of tags.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Epc, Tid};
use serde::Deserialize;

use super::{Family, TagRules};

/// How often a module on a serial port is polled where the configuration does not say.
const POLL_MS: u32 = 200;
const POLL_MS_RANGE: std::ops::RangeInclusive<u32> = 50..=60_000;
const DEBOUNCE_MS_MAX: u32 = 3_600_000;
const PINS_MAX: usize = 1_000;
const CARD_PREFIXES_MAX: usize = 64;

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RfidTable {
    family: String,
    poll_ms: Option<u32>,
    read_tid: bool,
    debounce_ms: u32,
    card_prefixes: Vec<String>,
    card_debounce_ms: u32,
    #[serde(rename = "pin")]
    pins: Vec<PinTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinTable {
    epc: String,
    tid: String,
}

impl Default for RfidTable {
    fn default() -> Self {
        let rules = TagRules::default();
        Self {
            family: Family::Bb7e.name().into(),
            poll_ms: None,
            read_tid: false,
            // Both defaults are a few seconds.
            debounce_ms: rules.debounce_ms as u32,
            card_prefixes: rules.card_prefixes,
            card_debounce_ms: rules.card_debounce_ms as u32,
            pins: Vec::new(),
        }
    }
}

/// How the reader is spoken to and its tags are treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RfidConfig {
    /// The module's family.
    pub family: Family,
    /// What is written to it, if anything.
    pub polling: Option<Polling>,
    /// What is known of tags.
    pub rules: TagRules,
}

/// What is written to a module so that it looks for tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polling {
    /// Between two polls.
    pub every: Duration,
    /// The polls, in turn.
    pub frames: Vec<Vec<u8>>,
}

type Problem = (&'static str, String);

impl RfidTable {
    /// Checks the section. `on_serial`: the reader hangs on a serial port, where it speaks only when asked; converters to
    /// TCP mostly push.
    pub(crate) fn checked(self, on_serial: bool) -> Result<RfidConfig, Problem> {
        let family: Family = self.family.parse().map_err(|problem| ("[rfid] family", problem))?;
        if family == Family::Llrp && on_serial {
            return Err(("[rfid] family", "llrp is spoken over TCP only: set kind = \"tcp\"".into()));
        }
        if self.read_tid && !family.reads_tid() {
            let problem = format!("a {} reader is not asked for TIDs; remove it", family.name());
            return Err(("[rfid] read_tid", problem));
        }
        let poll_ms = self.poll_ms.unwrap_or(if on_serial { POLL_MS } else { 0 });
        if poll_ms != 0 && !POLL_MS_RANGE.contains(&poll_ms) {
            let (least, most) = (POLL_MS_RANGE.start(), POLL_MS_RANGE.end());
            let problem = format!("{poll_ms} is out of range: {least} to {most}, or 0 for never");
            return Err(("[rfid] poll_ms", problem));
        }
        if poll_ms == 0 && self.read_tid {
            return Err(("[rfid] read_tid", "a reader that is not polled is not asked: set poll_ms".into()));
        }
        let frames = family.polls(self.read_tid);
        let polling = (poll_ms != 0 && !frames.is_empty())
            .then(|| Polling { every: Duration::from_millis(poll_ms.into()), frames });
        let rules = TagRules {
            debounce_ms: debounce("[rfid] debounce_ms", self.debounce_ms)?,
            card_debounce_ms: debounce("[rfid] card_debounce_ms", self.card_debounce_ms)?,
            card_prefixes: prefixes(self.card_prefixes)?,
            pins: pins(self.pins)?,
        };
        Ok(RfidConfig { family, polling, rules })
    }
}

fn debounce(key: &'static str, millis: u32) -> Result<i64, Problem> {
    if millis > DEBOUNCE_MS_MAX {
        return Err((key, format!("{millis} is out of range: 0 to {DEBOUNCE_MS_MAX}")));
    }
    Ok(millis.into())
}

fn prefixes(texts: Vec<String>) -> Result<Vec<String>, Problem> {
    let key = "[rfid] card_prefixes";
    if texts.len() > CARD_PREFIXES_MAX {
        return Err((key, format!("{} prefixes, at most {CARD_PREFIXES_MAX} are taken", texts.len())));
    }
    for text in &texts {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err((
                key,
                format!("{text:?} is no beginning of an EPC: hexadecimal digits are expected"),
            ));
        }
    }
    Ok(texts.into_iter().map(|text| text.to_ascii_uppercase()).collect())
}

fn pins(tables: Vec<PinTable>) -> Result<BTreeMap<Epc, Tid>, Problem> {
    if tables.len() > PINS_MAX {
        return Err(("[[rfid.pin]]", format!("{} pins, at most {PINS_MAX} are taken", tables.len())));
    }
    let mut pins = BTreeMap::new();
    for PinTable { epc, tid } in tables {
        let tid: Tid = tid.parse().map_err(|error| ("[[rfid.pin]] tid", format!("{error}")))?;
        let epc: Epc = epc.parse().map_err(|error| ("[[rfid.pin]] epc", format!("{error}")))?;
        if let Some(other) = pins.insert(epc.clone(), tid) {
            return Err(("[[rfid.pin]] epc", format!("{epc} is pinned twice, first to {other}")));
        }
    }
    Ok(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, on_serial: bool) -> Result<RfidConfig, Problem> {
        toml::from_str::<RfidTable>(text).unwrap().checked(on_serial)
    }

    #[test]
    fn a_module_on_a_serial_port_is_polled_and_one_behind_tcp_is_not() {
        let polled = |text, on_serial| read(text, on_serial).unwrap().polling.map(|polling| polling.every);
        assert_eq!(polled("", true), Some(Duration::from_millis(200)));
        assert_eq!(polled("", false), None);
        assert_eq!(polled("poll_ms = 500", false), Some(Duration::from_millis(500)));
        assert_eq!(polled("poll_ms = 0", true), None);
        assert_eq!(polled("family = \"line_hex\"", true), None, "it speaks by itself");
    }

    #[test]
    fn tags_are_treated_as_the_section_says() {
        let text = "card_prefixes = [\"ca4d\"]\n[[pin]]\nepc = \"CA4D0001\"\ntid = \"E2806894\"";
        let rules = read(text, true).unwrap().rules;
        assert_eq!((rules.debounce_ms, rules.card_debounce_ms), (1_000, 5_000));
        assert_eq!(rules.card_prefixes, ["CA4D"]);
        assert_eq!(rules.pins.len(), 1);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_key() {
        for (text, key) in [
            ("family = \"rs232\"", "[rfid] family"),
            ("family = \"llrp\"", "[rfid] family"),
            ("poll_ms = 10", "[rfid] poll_ms"),
            ("debounce_ms = 3600001", "[rfid] debounce_ms"),
            ("read_tid = true\nfamily = \"a0\"", "[rfid] read_tid"),
            ("read_tid = true\npoll_ms = 0", "[rfid] read_tid"),
            ("card_prefixes = [\"XY\"]", "[rfid] card_prefixes"),
            ("[[pin]]\nepc = \"30\"\ntid = \"E2806894\"", "[[rfid.pin]] epc"),
            ("[[pin]]\nepc = \"3075\"\ntid = \"E2\"", "[[rfid.pin]] tid"),
        ] {
            assert_eq!(read(text, true).unwrap_err().0, key, "{text}");
        }
    }
}
