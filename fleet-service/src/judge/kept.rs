//! A report in few bytes, as a truck's history keeps it for two days: a fix in 32, whatever it says; other reports, which
//! are rare, behind a pointer.
//!
//! Readings are integers of the resolution their types keep, so nothing is lost: what comes out is what went in.

use std::cmp::Ordering;
use std::sync::Arc;

use domain::report::Content;
use domain::{Antenna, Course, Epc, FixKind, Hdop, Lid, Lift, Load, Position, Power, Speed};
use domain::{ReaderId, ReaderSighting, Report, TerminalId, Timestamp};

use super::sample::{Body, Entry, FixEntry};

/// Most serials a truck's fixes may cite in short; fixes of further ones are kept long.
const SERIALS_MAX: usize = 254;

/// Speeds take this many bits; flags are above.
const SPEED_BITS: u32 = 20;
const SPEED_MASK: u32 = (1 << SPEED_BITS) - 1;
const NO_SPEED: u32 = 1 << 20;
const NO_SATELLITES: u32 = 1 << 21;
const RECEIVED: u32 = 1 << 22;
/// A course or a dilution of precision that is not told; both stay below.
const NOT_TOLD: u16 = u16::MAX;

/// A report.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) time: Timestamp,
    body: KeptBody,
}

#[derive(Debug, Clone)]
enum KeptBody {
    Fix(PackedFix),
    Long(Box<(Body, bool)>),
}

#[derive(Debug, Clone, Copy)]
struct PackedFix {
    position: Position,
    /// Speed in 0.001 km/h, and the flags named above.
    speed: u32,
    /// 0.01 degree.
    course: u16,
    /// 0.01.
    hdop: u16,
    /// The words, each in as many bits as it needs.
    words: u16,
    satellites: u8,
    /// 0 for none, else the place in the list of serials and one.
    serial: u8,
}

/// The serials a truck's fixes cite.
#[derive(Debug, Default)]
pub(super) struct Serials(Vec<Arc<TerminalId>>);

impl Serials {
    fn number(&mut self, serial: Option<&Arc<TerminalId>>) -> Option<u8> {
        let Some(serial) = serial else { return Some(0) };
        let known = self.0.iter().position(|known| Arc::ptr_eq(known, serial) || known == serial);
        let place = known.or_else(|| {
            (self.0.len() < SERIALS_MAX).then(|| {
                self.0.push(Arc::clone(serial));
                self.0.len() - 1
            })
        })?;
        u8::try_from(place + 1).ok()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, number: u8) -> Option<Arc<TerminalId>> {
        self.0.get(usize::from(number).checked_sub(1)?).map(Arc::clone)
    }
}

impl Kept {
    pub(super) fn of(entry: Entry, received: bool, serials: &mut Serials) -> Self {
        let Entry { time, body } = entry;
        let packed = match &body {
            Body::Fix(fix) => serials.number(fix.source.as_ref()).map(|serial| pack(fix, received, serial)),
            _ => None,
        };
        let body = packed.map_or_else(|| KeptBody::Long(Box::new((body, received))), KeptBody::Fix);
        Self { time, body }
    }

    pub(super) fn entry(&self, serials: &Serials) -> Entry {
        let body = match &self.body {
            KeptBody::Fix(packed) => Body::Fix(unpack(packed, serials)),
            KeptBody::Long(long) => long.0.clone(),
        };
        Entry { time: self.time, body }
    }

    /// In order of the entries.
    pub(super) fn cmp(&self, other: &Self, serials: &Serials) -> Ordering {
        self.time.cmp(&other.time).then_with(|| match (&self.body, &other.body) {
            (KeptBody::Fix(a), KeptBody::Fix(b)) => unpack(a, serials).cmp(&unpack(b, serials)),
            _ => self.entry(serials).cmp(&other.entry(serials)),
        })
    }

    /// Whether the time of its receipt is known.
    pub(super) fn is_received(&self) -> bool {
        match &self.body {
            KeptBody::Fix(fix) => fix.speed & RECEIVED != 0,
            KeptBody::Long(long) => long.1,
        }
    }

    pub(super) fn set_received(&mut self) {
        match &mut self.body {
            KeptBody::Fix(fix) => fix.speed |= RECEIVED,
            KeptBody::Long(long) => long.1 = true,
        }
    }

    /// The reader and the tag, when a fixed reader saw one.
    pub(super) fn tag_seen(&self) -> Option<(&ReaderId, &Epc)> {
        match &self.body {
            KeptBody::Long(long) => match &long.0 {
                Body::AtReader { reader, tag, .. } => Some((reader, tag)),
                _ => None,
            },
            KeptBody::Fix(_) => None,
        }
    }

    /// What a fixed reader saw, as the report it was. The moment of its receipt is not kept, only that there was one.
    pub(super) fn into_sighting(self) -> Option<Report> {
        let received = self.is_received().then_some(self.time);
        let KeptBody::Long(long) = self.body else { return None };
        let Body::AtReader { reader, tag, rssi_dbm } = long.0 else { return None };
        let (reader, epc) = ((*reader).clone(), (*tag).clone());
        let content = Content::AtReader(ReaderSighting { reader, epc, rssi_dbm });
        Some(Report { time: self.time, content, received })
    }

    /// The serial of a fix that cites one.
    pub(super) fn source(&self, serials: &Serials) -> Option<Arc<TerminalId>> {
        match &self.body {
            KeptBody::Fix(fix) => serials.get(fix.serial),
            KeptBody::Long(long) => match &long.0 {
                Body::Fix(fix) => fix.source.clone(),
                _ => None,
            },
        }
    }
}

fn pack(fix: &FixEntry, received: bool, serial: u8) -> PackedFix {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let speed = fix.speed.map_or(NO_SPEED, |speed| (speed.kmh() * 1000.0).round() as u32 & SPEED_MASK);
    PackedFix {
        position: fix.position,
        speed: speed | flag(fix.satellites.is_none(), NO_SATELLITES) | flag(received, RECEIVED),
        course: fix.course.map_or(NOT_TOLD, |course| (course.deg() * 100.0).round() as u16),
        hdop: fix.hdop.map_or(NOT_TOLD, |hdop| (hdop.ratio() * 100.0).round() as u16),
        words: pack_words(fix),
        satellites: fix.satellites.unwrap_or(0),
        serial,
    }
}

/// Position of each word's bits, lowest first: fix 2, load 3, lid 2, lift 2, antenna 2, power 2, ignition 2.
fn pack_words(fix: &FixEntry) -> u16 {
    let ignition = fix.ignition.map_or(2, u16::from);
    place(FixKind::ALL, fix.fix)
        | place(Load::ALL, fix.load) << 2
        | place(Lid::ALL, fix.lid) << 5
        | place(Lift::ALL, fix.lift) << 7
        | place(Antenna::ALL, fix.antenna) << 9
        | place(Power::ALL, fix.power) << 11
        | ignition << 13
}

fn place<T: PartialEq>(all: &[T], word: T) -> u16 {
    all.iter().position(|known| *known == word).map_or(0, |place| place as u16)
}

fn unpack(packed: &PackedFix, serials: &Serials) -> FixEntry {
    let words = packed.words;
    let told = |value: u16| (value != NOT_TOLD).then(|| f64::from(value) / 100.0);
    let has = |flag: u32| packed.speed & flag != 0;
    FixEntry {
        source: serials.get(packed.serial),
        fix: word(FixKind::ALL, words & 3, FixKind::None),
        position: packed.position,
        speed: (!has(NO_SPEED))
            .then(|| Speed::from_kmh(f64::from(packed.speed & SPEED_MASK) / 1000.0))
            .flatten(),
        course: told(packed.course).and_then(Course::from_deg),
        hdop: told(packed.hdop).and_then(Hdop::from_ratio),
        satellites: (!has(NO_SATELLITES)).then_some(packed.satellites),
        ignition: [Some(false), Some(true), None][usize::from(words >> 13 & 3).min(2)],
        load: word(Load::ALL, words >> 2 & 7, Load::Unknown),
        lid: word(Lid::ALL, words >> 5 & 3, Lid::Unknown),
        lift: word(Lift::ALL, words >> 7 & 3, Lift::Unknown),
        antenna: word(Antenna::ALL, words >> 9 & 3, Antenna::Unknown),
        power: word(Power::ALL, words >> 11 & 3, Power::Unknown),
    }
}

fn word<T: Copy>(all: &[T], place: u16, otherwise: T) -> T {
    all.get(usize::from(place)).copied().unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fixes() -> impl Strategy<Value = FixEntry> {
        let device = (
            prop::option::of(0..3u32),
            prop::sample::select(FixKind::ALL.to_vec()),
            (-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32),
            prop::option::of(0.0..=1000.0f64),
            prop::option::of(0.0..=360.0f64),
            prop::option::of(0.0..=100.0f64),
            prop::option::of(any::<u8>()),
            prop::option::of(any::<bool>()),
        );
        let body = (
            prop::sample::select(Load::ALL.to_vec()),
            prop::sample::select(Lid::ALL.to_vec()),
            prop::sample::select(Lift::ALL.to_vec()),
            prop::sample::select(Antenna::ALL.to_vec()),
            prop::sample::select(Power::ALL.to_vec()),
        );
        (device, body).prop_map(|(device, (load, lid, lift, antenna, power))| FixEntry {
            source: device.0.map(|n| Arc::new(format!("SERIAL{n}").parse().unwrap())),
            fix: device.1,
            position: Position::from_e7(device.2.0, device.2.1).unwrap(),
            speed: device.3.and_then(Speed::from_kmh),
            course: device.4.and_then(Course::from_deg),
            hdop: device.5.and_then(Hdop::from_ratio),
            satellites: device.6,
            ignition: device.7,
            load,
            lid,
            lift,
            antenna,
            power,
        })
    }

    proptest! {
        #[test]
        fn what_comes_out_is_what_went_in_and_the_order_is_the_entries(
            fixes in prop::collection::vec((fixes(), 0..3i64, any::<bool>()), 1..12),
        ) {
            let mut serials = Serials::default();
            let entries: Vec<(Entry, bool)> = fixes
                .into_iter()
                .map(|(fix, ms, received)| {
                    (Entry { time: Timestamp::from_millis(ms), body: Body::Fix(fix) }, received)
                })
                .collect();
            let kept: Vec<Kept> = entries
                .iter()
                .map(|(entry, received)| Kept::of(entry.clone(), *received, &mut serials))
                .collect();
            for ((entry, received), one) in entries.iter().zip(&kept) {
                prop_assert_eq!(&one.entry(&serials), entry);
                prop_assert_eq!(one.is_received(), *received);
                prop_assert_eq!(one.source(&serials), entry.source().cloned());
                for ((other_entry, _), other) in entries.iter().zip(&kept) {
                    prop_assert_eq!(one.cmp(other, &serials), entry.cmp(other_entry));
                }
            }
        }
    }

    #[test]
    fn a_fix_takes_32_bytes() {
        assert_eq!(size_of::<Kept>(), 32);
    }
}
