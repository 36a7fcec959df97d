//! Vendor profiles: what a terminal's maker puts into status bits, extras and messages of its own, as data.
//!
//! JT/T 808 has no lid and no tipping body, and one load field that many terminals leave at "empty". Makers say them in
//! ways of their own, with opposite polarity: 0 is "open" in one and "sealed" in another. A profile is a TOML file that
//! says for one kind of terminal where each state stands and which code means what; `wire/PROFILES.md` describes every
//! key. Nothing is guessed: a code that is not listed is unknown, and unknown accuses nobody.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use wire::profile::{LidState, Profile, State};
//! use wire::{DeviceTime, Location};
//!
//! let profile = Profile::for_model("any maker", "LH-16BX").ok_or("no profile")?;
//! let mut location = Location {
//!     alarm: 0, status: 1 << 29, lat_e6: 0, lon_e6: 0, altitude_m: 0, speed_dkmh: 0, course_deg: 0,
//!     time: DeviceTime::at(domain::Timestamp::from_seconds(1_795_413_600)), extras: vec![], extras_malformed: false,
//! };
//! assert_eq!(profile.read(&location).lid.map(|lid| lid.state), Some(State::Is(LidState::Open)));
//! location.status = 0;
//! assert_eq!(profile.read(&location).lid.map(|lid| lid.state), Some(State::Is(LidState::Closed)));
//! # Ok(())
//! # }
//! ```

mod codes;
mod error;
mod file;
mod place;
mod reading;
mod standard;
mod words;

use std::sync::OnceLock;

use codes::Codes;
pub use error::{ProfileError, ProfileProblem};
use place::Place;
pub use reading::{Origin, Reading, Sensed, State};
use words::Word;
pub use words::{AntennaState, LidState, LiftState, LoadState, PowerState, SpeedLimit, Switch};

use crate::location::{Location, status};
use crate::vendor::BODY_STATE;

/// Longest profile read, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024;
/// Longest name of a profile.
pub const NAME_CHARS_MAX: usize = 40;
/// Most places of one state.
pub const READINGS_MAX: usize = 8;
/// Most entries of one code table.
pub const CODES_MAX: usize = 256;
/// Most pairs of maker and model a profile is for.
pub const MADE_FOR_MAX: usize = 64;

/// How one kind of terminal says what body, terminal and remote control are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: String,
    description_zh: String,
    description_en: String,
    protocol: ProtocolVersion,
    coordinates: Coordinates,
    load_bits: LoadBits,
    facts: Vec<String>,
    assumed: Vec<String>,
    made_for: Vec<ModelPattern>,
    load: Vec<Rule<LoadState>>,
    lid: Vec<Rule<LidState>>,
    lift: Vec<Rule<LiftState>>,
    antenna: Vec<Rule<AntennaState>>,
    power: Vec<Rule<PowerState>>,
    ignition: Vec<Rule<Switch>>,
    locked: Vec<Rule<Switch>>,
    speed_limit: Vec<Rule<SpeedLimit>>,
    lift_limited: Vec<Rule<Switch>>,
    maintenance: Vec<Rule<Switch>>,
}

/// Revision of JT/T 808 a profile's terminals speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolVersion {
    /// JT/T 808-2011.
    V2011,
    /// JT/T 808-2013.
    V2013,
    /// JT/T 808-2019.
    V2019,
    /// Several, or not known.
    Any,
}

/// What a terminal's coordinates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinates {
    /// GCJ-02 when status bit 5 says so, else WGS-84: the standard.
    StatusBit5,
    /// WGS-84, whatever status bit 5 says.
    Wgs84,
    /// GCJ-02, whatever status bit 5 says.
    Gcj02,
}

/// Whether status bits 8-9 are taken for the load where no place of the profile says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadBits {
    /// They are: the terminal has a sensor behind them.
    Believed,
    /// They are not: the load is unknown then.
    Ignored,
}

/// A maker and a model a profile is for; `*` stands for any letters and `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPattern {
    /// As in 0x0100, without its filling.
    pub maker: String,
    /// As in 0x0100, without its filling.
    pub model: String,
}

/// One place and what its codes mean.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule<T> {
    place: Place,
    codes: Codes<T>,
}

impl Profile {
    /// Reads a profile. `file` names it in errors only.
    ///
    /// # Errors
    /// [`ProfileError`] with file, line and key of the first fault.
    pub fn parse(text: &str, file: &str) -> Result<Self, ProfileError> {
        file::parse(text, file)
    }

    /// The profiles that come with this crate.
    pub fn builtin() -> &'static [Self] {
        static BUILTIN: OnceLock<Vec<Profile>> = OnceLock::new();
        // A test reads each of them; one that cannot be read would be missing, not fatal.
        BUILTIN.get_or_init(|| {
            BUILTIN_FILES.iter().filter_map(|(file, text)| Self::parse(text, file).ok()).collect()
        })
    }

    /// How a terminal without a profile is read: by the standard's own bits, load bits believed.
    pub fn unprofiled() -> &'static Self {
        static UNPROFILED: OnceLock<Profile> = OnceLock::new();
        UNPROFILED.get_or_init(standard::unprofiled)
    }

    /// The profile of this name among those that come with this crate.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::builtin().iter().find(|profile| profile.name == name)
    }

    /// The first profile that comes with this crate and is for this maker and model, as a terminal registers them.
    pub fn for_model(maker: &str, model: &str) -> Option<&'static Self> {
        Self::builtin().iter().find(|profile| profile.is_for(maker, model))
    }

    /// Whether it is for terminals that register this maker and model. Case, filling and zeros before them do not count.
    pub fn is_for(&self, maker: &str, model: &str) -> bool {
        self.made_for.iter().any(|made_for| {
            matches_pattern(&made_for.maker, maker) && matches_pattern(&made_for.model, model)
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in Chinese.
    pub fn description_zh(&self) -> &str {
        &self.description_zh
    }

    /// What it is for, in English.
    pub fn description_en(&self) -> &str {
        &self.description_en
    }

    /// The revision its terminals speak.
    pub fn protocol(&self) -> ProtocolVersion {
        self.protocol
    }

    /// What their coordinates are.
    pub fn coordinates(&self) -> Coordinates {
        self.coordinates
    }

    /// Whether status bits 8-9 are believed.
    pub fn load_bits(&self) -> LoadBits {
        self.load_bits
    }

    /// What is known of the terminals, each with its source.
    pub fn facts(&self) -> &[String] {
        &self.facts
    }

    /// What no source says and the profile takes for granted.
    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }

    /// The makers and models it is for.
    pub fn made_for(&self) -> &[ModelPattern] {
        &self.made_for
    }

    /// Ids of the messages besides 0x0200 that [`Profile::read_message`] reads.
    pub fn message_ids(&self) -> Vec<u16> {
        let mut ids: Vec<u16> = self.places().filter_map(Place::message_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What a location record says. Where it carries this project's own body state, that counts for all it speaks of,
    /// unless the profile itself reads that extra.
    pub fn read(&self, location: &Location) -> Reading {
        let read = self.read_from(&Source::Location(location));
        if let Some(own) = location.body_state().filter(|_state| !self.reads_extra(BODY_STATE)) {
            return Reading::of_body_state(own, location).or(read);
        }
        read
    }

    /// What a message other than a location says; `None` when the profile reads nothing of this id or the body ends
    /// before it.
    pub fn read_message(&self, id: u16, body: &[u8]) -> Option<Reading> {
        Some(self.read_from(&Source::Message(id, body))).filter(|reading| !reading.is_silent())
    }

    /// Whether a record's coordinates are GCJ-02.
    pub fn is_shifted(&self, location: &Location) -> bool {
        let is_stated = location.status & status::SHIFTED != 0;
        match self.coordinates {
            // This project's own terminal says it rightly, whatever profile it was given by mistake.
            _ if location.body_state().is_some() && !self.reads_extra(BODY_STATE) => is_stated,
            Coordinates::StatusBit5 => is_stated,
            Coordinates::Wgs84 => false,
            Coordinates::Gcj02 => true,
        }
    }

    /// Puts `reading` into a location record, as this profile's terminals would say it. Gives what they cannot say
    /// there, by the names of a profile's keys; that is left as it stands in the record.
    pub fn write(&self, reading: &Reading, location: &mut Location) -> Vec<&'static str> {
        self.for_each_state(reading, |place, code| place.write(code, location))
    }

    /// The body of the message `id` that says `reading`; `None` when this profile reads nothing of that id. What it
    /// does not say there is zeros.
    pub fn write_message(&self, id: u16, reading: &Reading) -> Option<Vec<u8>> {
        let length = self.places().filter_map(|place| place.message_end(id)).max()?;
        let mut body = vec![0; length];
        self.for_each_state(reading, |place, code| place.write_message(code, id, &mut body));
        Some(body)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        fn of<T>(rules: &[Rule<T>]) -> impl Iterator<Item = &Place> {
            rules.iter().map(|rule| &rule.place)
        }
        of(&self.load)
            .chain(of(&self.lid))
            .chain(of(&self.lift))
            .chain(of(&self.antenna))
            .chain(of(&self.power))
            .chain(of(&self.ignition))
            .chain(of(&self.locked))
            .chain(of(&self.speed_limit))
            .chain(of(&self.lift_limited))
            .chain(of(&self.maintenance))
    }

    fn reads_extra(&self, id: u8) -> bool {
        self.places().any(|place| place.is_extra(id))
    }

    fn read_from(&self, source: &Source<'_>) -> Reading {
        Reading {
            load: first_present(&self.load, source),
            lid: first_present(&self.lid, source),
            lift: first_present(&self.lift, source),
            antenna: first_present(&self.antenna, source),
            power: first_present(&self.power, source),
            ignition: first_present(&self.ignition, source),
            locked: first_present(&self.locked, source),
            speed_limit: first_present(&self.speed_limit, source),
            lift_limited: first_present(&self.lift_limited, source),
            maintenance: first_present(&self.maintenance, source),
        }
    }

    /// Hands each place and code that says a part of `reading` to `put`, until it takes one; the keys no place took.
    fn for_each_state(
        &self,
        reading: &Reading,
        mut put: impl FnMut(&Place, u64) -> bool,
    ) -> Vec<&'static str> {
        let mut unsaid = Vec::new();
        let mut say = |key, was_said: bool| {
            if !was_said {
                unsaid.push(key);
            }
        };
        say("load", put_first(&self.load, reading.load, &mut put));
        say("lid", put_first(&self.lid, reading.lid, &mut put));
        say("lift", put_first(&self.lift, reading.lift, &mut put));
        say("antenna", put_first(&self.antenna, reading.antenna, &mut put));
        say("power", put_first(&self.power, reading.power, &mut put));
        say("ignition", put_first(&self.ignition, reading.ignition, &mut put));
        say("locked", put_first(&self.locked, reading.locked, &mut put));
        say("speed_limit", put_first(&self.speed_limit, reading.speed_limit, &mut put));
        say("lift_limited", put_first(&self.lift_limited, reading.lift_limited, &mut put));
        say("maintenance", put_first(&self.maintenance, reading.maintenance, &mut put));
        unsaid
    }
}

/// Where codes are looked for.
enum Source<'a> {
    Location(&'a Location),
    Message(u16, &'a [u8]),
}

/// What the first place that is there says, whatever it says.
fn first_present<T: Word>(rules: &[Rule<T>], source: &Source<'_>) -> Option<Sensed<T>> {
    rules.iter().find_map(|rule| {
        let code = match source {
            Source::Location(location) => rule.place.read(location),
            Source::Message(id, body) => rule.place.read_message(*id, body),
        }?;
        Some(Sensed { state: rule.codes.state(code), code, origin: rule.place.origin() })
    })
}

/// Puts a state where `put` first takes it. Nothing to say counts as said.
fn put_first<T: Word>(
    rules: &[Rule<T>],
    said: Option<Sensed<T>>,
    put: &mut impl FnMut(&Place, u64) -> bool,
) -> bool {
    let Some(Sensed { state, .. }) = said else { return true };
    rules
        .iter()
        .any(|rule| rule.codes.code(state, rule.place.width()).is_some_and(|code| put(&rule.place, code)))
}

/// Whether `text`, without its filling and in any case, is what `pattern` describes.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let text = text.trim().trim_start_matches('0').to_lowercase();
    let pattern = pattern.trim().trim_start_matches('0').to_lowercase();
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    // matched[n]: the pattern so far describes the first n letters.
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for (count, is_matched) in next.iter_mut().enumerate() {
            *is_matched = match symbol {
                '*' => matched[..=count].contains(&true),
                _ => count > 0 && matched[count - 1] && (symbol == '?' || text[count - 1] == symbol),
            };
        }
        matched = next;
    }
    matched[text.len()]
}

/// The profiles that come with this crate, by their file.
const BUILTIN_FILES: [(&str, &str); 5] = [
    ("standard-2013.toml", include_str!("../../profiles/standard-2013.toml")),
    ("standard-2019.toml", include_str!("../../profiles/standard-2019.toml")),
    ("lh16bx.toml", include_str!("../../profiles/lh16bx.toml")),
    ("cmsv6.toml", include_str!("../../profiles/cmsv6.toml")),
    ("gps51.toml", include_str!("../../profiles/gps51.toml")),
];
