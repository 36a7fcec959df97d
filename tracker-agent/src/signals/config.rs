//! The `[body]` and `[[signal]]` sections of the configuration: which wires and bus fields stand for which words.

use std::path::PathBuf;

use serde::Deserialize;

use super::j1939::{DATA_BYTES_MAX, Field};
use super::merge::{Merger, Precedence, SENTENCE_STALE_MS, Source};
use super::signal::{NumberMeaning, Origin, Signal, Switch};

/// Most configured signals.
pub const SIGNALS_MAX: usize = 32;

/// A line's level is told again every two seconds.
const GPIO_STALE_S: u32 = 10;
/// The slowest common groups are sent every ten seconds.
const CAN_STALE_S: u32 = 30;
const GPIO_DEBOUNCE_MS: u32 = 200;
const CAN_DEBOUNCE_MS: u32 = 1_000;
const DEBOUNCE_MS_MAX: u32 = 60_000;
const STALE_S: std::ops::RangeInclusive<u32> = 3..=3_600;
/// Longest interface name Linux has, in bytes.
const INTERFACE_BYTES_MAX: usize = 15;
const PGN_MAX: u32 = 0x3_FFFF;

/// `[body]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BodyTable {
    precedence: Vec<String>,
    sentence_stale_s: u32,
}

impl Default for BodyTable {
    fn default() -> Self {
        Self {
            precedence: Source::NAMES.map(|(_, name)| name.to_owned()).to_vec(),
            sentence_stale_s: (SENTENCE_STALE_MS / 1_000) as u32,
        }
    }
}

/// `[[signal]]` as written.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SignalTable {
    Gpio {
        chip: PathBuf,
        line: u32,
        means: String,
        #[serde(default)]
        active: Active,
        #[serde(default)]
        bias: Bias,
        debounce_ms: Option<u32>,
        stale_s: Option<u32>,
    },
    Can {
        interface: String,
        pgn: u32,
        source_address: Option<u8>,
        start_byte: u8,
        #[serde(default = "first")]
        start_bit: u8,
        bits: u8,
        #[serde(default = "unscaled")]
        scale: f64,
        #[serde(default)]
        offset: f64,
        means: String,
        on_at: Option<f64>,
        half_at: Option<f64>,
        full_at: Option<f64>,
        over_at: Option<f64>,
        #[serde(default)]
        hysteresis: f64,
        debounce_ms: Option<u32>,
        stale_s: Option<u32>,
    },
}

fn first() -> u8 {
    1
}

fn unscaled() -> f64 {
    1.0
}

/// The level at which a line is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Active {
    /// Voltage.
    #[default]
    High,
    /// None.
    Low,
}

/// What pulls an open line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// Left as the board has it.
    #[default]
    AsIs,
    /// Up.
    PullUp,
    /// Down.
    PullDown,
}

/// Where the device of a signal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// A line of a GPIO chip.
    Gpio {
        /// The chip's device file.
        chip: PathBuf,
        /// The line's offset.
        line: u32,
        /// The level at which it is on.
        active: Active,
        /// What pulls it.
        bias: Bias,
    },
    /// A CAN interface.
    Can {
        /// Its name.
        interface: String,
    },
}

/// A checked signal.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalConfig {
    /// Where its device is.
    pub device: Device,
    /// What it says.
    pub origin: Origin,
    /// Its meaning by the word in the configuration.
    pub means: String,
    /// A new word counts after this time, ms.
    pub hold_ms: i64,
    /// Silent for longer, it is unknown, ms.
    pub stale_ms: i64,
}

impl std::fmt::Display for SignalConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.device, &self.origin) {
            (Device::Gpio { chip, line, .. }, _) => {
                write!(f, "{} (GPIO {} line {line})", self.means, chip.display())
            }
            (Device::Can { interface }, Origin::Number { pgn, .. }) => {
                write!(f, "{} (CAN {interface} PGN {pgn})", self.means)
            }
            (Device::Can { interface }, Origin::Line { .. }) => write!(f, "{} (CAN {interface})", self.means),
        }
    }
}

/// Every signal of the body with the precedence of their kinds.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyConfig {
    /// Which kind is believed first.
    pub precedence: Precedence,
    /// The body unit's sentence is forgotten after this time, ms.
    pub sentence_stale_ms: i64,
    /// The wires and bus fields, in the order of the file.
    pub signals: Vec<SignalConfig>,
}

impl Default for BodyConfig {
    fn default() -> Self {
        Self {
            precedence: Source::NAMES.map(|(source, _)| source),
            sentence_stale_ms: SENTENCE_STALE_MS,
            signals: Vec::new(),
        }
    }
}

impl BodyConfig {
    /// A merger of these sources that knows nothing yet.
    pub fn merger(&self) -> Merger {
        let signals = self.signals.iter().map(|config| {
            let source = match config.device {
                Device::Gpio { .. } => Source::Gpio,
                Device::Can { .. } => Source::Can,
            };
            (source, Signal::new(config.origin.clone(), config.hold_ms, config.stale_ms))
        });
        Merger::new(self.precedence, self.sentence_stale_ms, signals.collect())
    }
}

type Problem = (&'static str, String);

/// Checks both sections.
pub(crate) fn checked(body: BodyTable, tables: Vec<SignalTable>) -> Result<BodyConfig, Problem> {
    if tables.len() > SIGNALS_MAX {
        return Err(("[[signal]]", format!("{} signals, at most {SIGNALS_MAX} are taken", tables.len())));
    }
    let stale_s = within("[body] sentence_stale_s", body.sentence_stale_s, &STALE_S)?;
    Ok(BodyConfig {
        precedence: precedence(&body.precedence)?,
        sentence_stale_ms: i64::from(stale_s) * 1_000,
        signals: tables.into_iter().map(signal).collect::<Result<_, _>>()?,
    })
}

fn precedence(names: &[String]) -> Result<Precedence, Problem> {
    let source =
        |name: &String| Source::NAMES.into_iter().find(|(_, known)| known == name).map(|(source, _)| source);
    let mut order: Vec<Source> = names.iter().filter_map(source).collect();
    order.dedup();
    let problem = || {
        let known = Source::NAMES.map(|(_, name)| name).join(", ");
        ("[body] precedence", format!("{names:?} must name each of these once: {known}"))
    };
    if names.len() != order.len() || !Source::NAMES.iter().all(|(source, _)| order.contains(source)) {
        return Err(problem());
    }
    order.try_into().map_err(|_other_length| problem())
}

fn signal(table: SignalTable) -> Result<SignalConfig, Problem> {
    match table {
        SignalTable::Gpio { chip, line, means, active, bias, debounce_ms, stale_s } => Ok(SignalConfig {
            device: Device::Gpio { chip, line, active, bias },
            origin: Origin::Line { switch: switch(&means, "")? },
            means,
            hold_ms: hold_ms(debounce_ms.unwrap_or(GPIO_DEBOUNCE_MS))?,
            stale_ms: stale_ms(stale_s.unwrap_or(GPIO_STALE_S))?,
        }),
        SignalTable::Can {
            interface,
            pgn,
            source_address,
            start_byte,
            start_bit,
            bits,
            scale,
            offset,
            means,
            on_at,
            half_at,
            full_at,
            over_at,
            hysteresis,
            debounce_ms,
            stale_s,
        } => {
            let name_fits = (1..=INTERFACE_BYTES_MAX).contains(&interface.len());
            if !name_fits || interface.contains(['/', ' ']) {
                let problem = format!("{interface:?} is no interface: a name as can0 is expected");
                return Err(("[[signal]] interface", problem));
            }
            if pgn > PGN_MAX {
                return Err(("[[signal]] pgn", format!("{pgn} is out of range: 0 to {PGN_MAX}")));
            }
            let thresholds = Thresholds { on_at, half_at, full_at, over_at, hysteresis };
            Ok(SignalConfig {
                device: Device::Can { interface },
                origin: Origin::Number {
                    pgn,
                    source_address,
                    field: field(start_byte, start_bit, bits, scale, offset)?,
                    meaning: thresholds.meaning(&means)?,
                },
                means,
                hold_ms: hold_ms(debounce_ms.unwrap_or(CAN_DEBOUNCE_MS))?,
                stale_ms: stale_ms(stale_s.unwrap_or(CAN_STALE_S))?,
            })
        }
    }
}

struct Thresholds {
    on_at: Option<f64>,
    half_at: Option<f64>,
    full_at: Option<f64>,
    over_at: Option<f64>,
    hysteresis: f64,
}

impl Thresholds {
    fn meaning(self, means: &str) -> Result<NumberMeaning, Problem> {
        let Self { on_at, half_at, full_at, over_at, hysteresis } = self;
        let given = [on_at, half_at, full_at, over_at, Some(hysteresis)];
        if given.iter().flatten().any(|number| !number.is_finite()) || hysteresis < 0.0 {
            return Err((
                "[[signal]] hysteresis",
                "thresholds are finite and hysteresis is not negative".into(),
            ));
        }
        let needed = |key, number: Option<f64>| {
            number.ok_or_else(|| {
                (key, format!("is needed for means = {means:?}: the number from which on it counts"))
            })
        };
        match means {
            "speed_kmh" => Ok(NumberMeaning::SpeedKmh),
            "load_kg" => {
                let full_at = needed("[[signal]] full_at", full_at)?;
                let ascending =
                    half_at.is_none_or(|half| half < full_at) && over_at.is_none_or(|over| full_at < over);
                if !ascending {
                    return Err(("[[signal]] full_at", "half_at < full_at < over_at is expected".into()));
                }
                Ok(NumberMeaning::LoadKg { half_at, full_at, over_at, hysteresis })
            }
            _ => Ok(NumberMeaning::Switch {
                switch: switch(means, ", load_kg, speed_kmh")?,
                on_at: needed("[[signal]] on_at", on_at)?,
                hysteresis,
            }),
        }
    }
}

fn switch(means: &str, also: &str) -> Result<Switch, Problem> {
    let known = Switch::NAMES.into_iter().find(|(_, name)| *name == means);
    known.map(|(switch, _)| switch).ok_or_else(|| {
        let names = Switch::NAMES.map(|(_, name)| name).join(", ");
        ("[[signal]] means", format!("{means:?} is no meaning; known: {names}{also}"))
    })
}

/// Bytes and bits are counted from 1, as J1939-71 and its tables do.
fn field(start_byte: u8, start_bit: u8, bits: u8, scale: f64, offset: f64) -> Result<Field, Problem> {
    let fits = (1..=8).contains(&start_byte) && (1..=8).contains(&start_bit) && (1..=32).contains(&bits);
    let first_bit = (start_byte.saturating_sub(1) % 8) * 8 + start_bit.saturating_sub(1) % 8;
    if !fits || usize::from(first_bit) + usize::from(bits) > DATA_BYTES_MAX * 8 {
        let problem = format!(
            "{bits} bits from byte {start_byte}, bit {start_bit} do not lie in {DATA_BYTES_MAX} bytes; both count from 1, bits 1 to 32"
        );
        return Err(("[[signal]] start_byte", problem));
    }
    if !(scale.is_finite() && scale != 0.0 && offset.is_finite()) {
        return Err(("[[signal]] scale", "scale and offset are finite, and scale is not 0".into()));
    }
    Ok(Field { first_bit, bits, scale, offset })
}

fn hold_ms(millis: u32) -> Result<i64, Problem> {
    within("[[signal]] debounce_ms", millis, &(0..=DEBOUNCE_MS_MAX)).map(i64::from)
}

fn stale_ms(seconds: u32) -> Result<i64, Problem> {
    within("[[signal]] stale_s", seconds, &STALE_S).map(|seconds| i64::from(seconds) * 1_000)
}

fn within(key: &'static str, value: u32, range: &std::ops::RangeInclusive<u32>) -> Result<u32, Problem> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err((key, format!("{value} is out of range: {} to {}", range.start(), range.end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        body: BodyTable,
        #[serde(default, rename = "signal")]
        signals: Vec<SignalTable>,
    }

    fn read(text: &str) -> Result<BodyConfig, Problem> {
        let file: File = toml::from_str(text).unwrap();
        checked(file.body, file.signals)
    }

    const GPIO: &str =
        "[[signal]]\nkind = \"gpio\"\nchip = \"/dev/gpiochip0\"\nline = 17\nmeans = \"lid_open\"\n";
    const CAN: &str = "[[signal]]\nkind = \"can\"\ninterface = \"can0\"\npgn = 65136\nstart_byte = 1\nbits = 16\nscale = 10.0\n";

    #[test]
    fn a_line_and_a_bus_field_are_read_with_their_defaults() {
        let body = read(&format!("{GPIO}{CAN}means = \"load_kg\"\nfull_at = 22000.0")).unwrap();
        assert_eq!(body.precedence, [Source::Sentence, Source::Gpio, Source::Can]);
        let [lid, load] = &body.signals[..] else { panic!() };
        assert_eq!((lid.hold_ms, lid.stale_ms, load.hold_ms, load.stale_ms), (200, 10_000, 1_000, 30_000));
        assert_eq!(lid.to_string(), "lid_open (GPIO /dev/gpiochip0 line 17)");
        assert_eq!(load.to_string(), "load_kg (CAN can0 PGN 65136)");
        let Origin::Number { field, .. } = &load.origin else { panic!() };
        assert_eq!((field.first_bit, field.bits), (0, 16));
    }

    #[test]
    fn bytes_and_bits_count_from_one() {
        let text = CAN.replace("start_byte = 1\nbits = 16", "start_byte = 7\nstart_bit = 3\nbits = 2");
        let body = read(&format!("{text}means = \"lift_raised\"\non_at = 1.0")).unwrap();
        let Origin::Number { field, .. } = &body.signals[0].origin else { panic!() };
        assert_eq!(field.first_bit, 50);
    }

    #[test]
    fn a_precedence_names_every_kind_once() {
        let order = |text| read(&format!("[body]\nprecedence = {text}")).map(|body| body.precedence);
        assert_eq!(
            order("[\"can\", \"sentence\", \"gpio\"]").unwrap(),
            [Source::Can, Source::Sentence, Source::Gpio]
        );
        for text in
            ["[]", "[\"can\"]", "[\"can\", \"can\", \"gpio\", \"sentence\"]", "[\"can\", \"gpio\", \"gps\"]"]
        {
            assert_eq!(order(text).unwrap_err().0, "[body] precedence", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_key() {
        for (text, key) in [
            (GPIO.replace("lid_open", "lid"), "[[signal]] means"),
            (format!("{GPIO}debounce_ms = 60001"), "[[signal]] debounce_ms"),
            (format!("{GPIO}stale_s = 1"), "[[signal]] stale_s"),
            (format!("{CAN}means = \"lift_raised\""), "[[signal]] on_at"),
            (format!("{CAN}means = \"load_kg\""), "[[signal]] full_at"),
            (format!("{CAN}means = \"load_kg\"\nfull_at = 1.0\nhalf_at = 2.0"), "[[signal]] full_at"),
            (format!("{CAN}means = \"load_kg\"\nfull_at = 1.0\nhysteresis = -1.0"), "[[signal]] hysteresis"),
            (
                format!("{}means = \"speed_kmh\"", CAN.replace("start_byte = 1", "start_byte = 8")),
                "[[signal]] start_byte",
            ),
            (
                format!("{}means = \"speed_kmh\"", CAN.replace("start_byte = 1", "start_byte = 0")),
                "[[signal]] start_byte",
            ),
            (format!("{}means = \"speed_kmh\"", CAN.replace("10.0", "0.0")), "[[signal]] scale"),
            (format!("{}means = \"speed_kmh\"", CAN.replace("65136", "262144")), "[[signal]] pgn"),
            (format!("{}means = \"speed_kmh\"", CAN.replace("can0", "../can0")), "[[signal]] interface"),
            (GPIO.repeat(33), "[[signal]]"),
            ("[body]\nsentence_stale_s = 2".into(), "[body] sentence_stale_s"),
        ] {
            assert_eq!(read(&text).unwrap_err().0, key, "{text}");
        }
    }
}
