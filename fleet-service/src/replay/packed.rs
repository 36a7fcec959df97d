//! A report in 48 bytes, its names as numbers: what is gathered, partitioned, sorted and put on disk between reading and
//! judging.
//!
//! ```text
//! bytes  0..4   truck
//!        4..12  time, ms
//!       12..16  a: device (fix) · tag (rfid) · site (weigh)      u32::MAX: none
//!       16..20  b: latitude, 1e-7 deg · reader (rfid) · gross mass, kg (weigh)
//!       20..24  longitude, 1e-7 deg · signal strength + 2^15, 0: none (rfid)
//!       24..28  speed, 0.001 km/h + 1                            0: none
//!       28..30  course, 0.01 deg + 1                             0: none
//!       30..32  dilution of precision, 0.01 + 1                  0: none
//!       32..36  kind, words and flags (see below)
//!       36..40  unused, 0
//!       40..48  received, ms                                     i64::MIN: not known
//! ```
//! Two reports are equal when everything before `received` is: their names have one number each in a run.

use std::cmp::Ordering;
use std::sync::Arc;

use domain::report::Content;
use domain::{
    Antenna, Course, Epc, FixKind, Hdop, Lid, Lift, Load, Plate, Position, Power, ReaderId, ReaderSighting,
    Report, SiteId, Speed, TerminalId, Timestamp, TruckSighting, WeighTicket,
};

use crate::parquet::{ContentRef, Readings, ReportRef};

use super::names::{Names, Remembered};

/// Bytes of a packed report.
pub(super) const PACKED_BYTES: usize = 48;

const NONE: u32 = u32::MAX;
const NEVER: i64 = i64::MIN;

/// A packed report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) truck: u32,
    pub(super) time: i64,
    a: u32,
    b: u32,
    c: u32,
    speed: u32,
    course: u16,
    hdop: u16,
    flags: u32,
    received: i64,
}

// Kinds of report, the lowest two bits of the flags.
const FIX: u32 = 0;
const AT_READER: u32 = 1;
const AT_TRUCK: u32 = 2;
const WEIGH: u32 = 3;

// Where each of a fix's flags begins; each takes the bits up to the next.
const FIX_KIND: u32 = 2;
const IGNITION: u32 = 4;
const LOAD: u32 = 6;
const LID: u32 = 9;
const LIFT: u32 = 11;
const ANTENNA: u32 = 13;
const POWER: u32 = 15;
const SATELLITES: u32 = 17;

impl Packed {
    pub(super) fn to_bytes(self) -> [u8; PACKED_BYTES] {
        let mut bytes = [0; PACKED_BYTES];
        bytes[0..4].copy_from_slice(&self.truck.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.time.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.a.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.b.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.c.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.speed.to_le_bytes());
        bytes[28..30].copy_from_slice(&self.course.to_le_bytes());
        bytes[30..32].copy_from_slice(&self.hdop.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.flags.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.received.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; PACKED_BYTES]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let long = |at: usize| i64::from(word(at)) | i64::from(word(at + 4).cast_signed()) << 32;
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        Self {
            truck: word(0),
            time: long(4),
            a: word(12),
            b: word(16),
            c: word(20),
            speed: word(24),
            course: short(28),
            hdop: short(30),
            flags: word(32),
            received: long(40),
        }
    }

    /// By truck and time, then content, the newest receipt of equal reports first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity()).then(other.received.cmp(&self.received))
    }

    /// Whether both are the same report.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    fn identity(&self) -> (u32, i64, u32, u32, u32, u32, u16, u16, u32) {
        (self.truck, self.time, self.a, self.b, self.c, self.speed, self.course, self.hdop, self.flags)
    }
}

/// Packs reports; one a thread.
pub(super) struct Packer<'a> {
    plates: Remembered<'a, Plate>,
    devices: Remembered<'a, TerminalId>,
    tags: Remembered<'a, Epc>,
    readers: Remembered<'a, ReaderId>,
    sites: Remembered<'a, SiteId>,
}

impl<'a> Packer<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self {
            plates: Remembered::new(&names.plates),
            devices: Remembered::new(&names.devices),
            tags: Remembered::new(&names.tags),
            readers: Remembered::new(&names.readers),
            sites: Remembered::new(&names.sites),
        }
    }

    /// Packs a report as one of `truck`.
    pub(super) fn pack(&mut self, report: &ReportRef<'_>, truck: &Plate) -> Packed {
        let mut packed = Packed {
            truck: self.plates.number(truck),
            time: report.time.millis(),
            a: NONE,
            b: 0,
            c: 0,
            speed: 0,
            course: 0,
            hdop: 0,
            flags: 0,
            received: report.received.map_or(NEVER, Timestamp::millis),
        };
        let signal = |dbm: Option<i16>| dbm.map_or(0, |dbm| (i32::from(dbm) + (1 << 15)).cast_unsigned());
        match report.content {
            ContentRef::Fix(fix) => {
                packed.a = fix.source.map_or(NONE, |device| self.devices.number(device));
                pack_readings(&mut packed, &fix.readings);
            }
            ContentRef::AtReader { reader, epc, rssi_dbm } => {
                packed.flags = AT_READER;
                packed.a = self.tags.number(epc);
                packed.b = self.readers.number(reader);
                packed.c = signal(rssi_dbm);
            }
            ContentRef::AtTruck { epc, rssi_dbm, .. } => {
                packed.flags = AT_TRUCK;
                packed.a = self.tags.number(epc);
                packed.c = signal(rssi_dbm);
            }
            ContentRef::Weigh { site, gross_kg, .. } => {
                packed.flags = WEIGH;
                packed.a = self.sites.number(site);
                packed.b = gross_kg;
            }
        }
        packed
    }
}

fn pack_readings(packed: &mut Packed, readings: &Readings) {
    packed.b = readings.position.lat_e7().cast_unsigned();
    packed.c = readings.position.lon_e7().cast_unsigned();
    packed.speed = readings.speed.map_or(0, |speed| (speed.kmh() * 1000.0).round() as u32 + 1);
    packed.course = readings.course.map_or(0, |course| (course.deg() * 100.0).round() as u16 + 1);
    packed.hdop = readings.hdop.map_or(0, |hdop| (hdop.ratio() * 100.0).round() as u16 + 1);
    let ignition = match readings.ignition {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    let satellites = readings.satellites.map_or(0, |count| u32::from(count) + 1);
    packed.flags = FIX
        | (readings.fix as u32) << FIX_KIND
        | ignition << IGNITION
        | (readings.load as u32) << LOAD
        | (readings.lid as u32) << LID
        | (readings.lift as u32) << LIFT
        | (readings.antenna as u32) << ANTENNA
        | (readings.power as u32) << POWER
        | satellites << SATELLITES;
}

/// Makes reports of packed ones again, when every name has its number.
pub(super) struct Unpacker {
    plates: Vec<Arc<Plate>>,
    devices: Vec<Arc<TerminalId>>,
    tags: Vec<Arc<Epc>>,
    readers: Vec<Arc<ReaderId>>,
    sites: Vec<Arc<SiteId>>,
    /// The plates' own numbers, the same in every run.
    plate_marks: Vec<u64>,
    device_marks: Vec<u64>,
    tag_marks: Vec<u64>,
    reader_marks: Vec<u64>,
    site_marks: Vec<u64>,
}

impl Unpacker {
    pub(super) fn new(names: &Names) -> Self {
        let (plates, devices, tags) = (names.plates.all(), names.devices.all(), names.tags.all());
        let (readers, sites) = (names.readers.all(), names.sites.all());
        Self {
            plate_marks: plates.iter().map(|name| mark(name.as_str())).collect(),
            device_marks: devices.iter().map(|name| mark(name.as_str())).collect(),
            tag_marks: tags.iter().map(|name| mark(name.as_str())).collect(),
            reader_marks: readers.iter().map(|name| mark(name.as_str())).collect(),
            site_marks: sites.iter().map(|name| mark(name.as_str())).collect(),
            plates,
            devices,
            tags,
            readers,
            sites,
        }
    }

    /// A number for what a report says, the same in every run whatever numbers its names have. The sum over a set of
    /// reports tells it from other sets, unless someone made them to deceive.
    pub(super) fn fingerprint(&self, packed: &Packed) -> u128 {
        let of = |marks: &[u64], number: u32| marks.get(number as usize).copied().unwrap_or_default();
        let (a, b) = match packed.flags & 0b11 {
            FIX => (of(&self.device_marks, packed.a), u64::from(packed.b)),
            AT_READER => (of(&self.tag_marks, packed.a), of(&self.reader_marks, packed.b)),
            AT_TRUCK => (of(&self.tag_marks, packed.a), 0),
            _ => (of(&self.site_marks, packed.a), u64::from(packed.b)),
        };
        let words = [
            of(&self.plate_marks, packed.truck),
            packed.time.cast_unsigned(),
            a,
            b,
            u64::from(packed.c) << 32 | u64::from(packed.speed),
            u64::from(packed.flags) << 32 | u64::from(packed.course) << 16 | u64::from(packed.hdop),
        ];
        let fold = |start: u64| words.iter().fold(start, |sum, word| stir(sum ^ word));
        u128::from(fold(0x243F_6A88_85A3_08D3)) << 64 | u128::from(fold(0x1319_8A2E_0370_7344))
    }

    /// The plate of a truck's number.
    pub(super) fn plate(&self, truck: u32) -> Option<&Plate> {
        self.plates.get(truck as usize).map(Arc::as_ref)
    }

    /// The report that was packed, or `None` if these are no bytes that were.
    pub(super) fn unpack(&self, packed: &Packed) -> Option<Report> {
        let signal = |c: u32| (c != 0).then(|| (c.cast_signed() - (1 << 15)) as i16);
        let plate = self.plate(packed.truck)?;
        let content = match packed.flags & 0b11 {
            FIX => {
                let source = match packed.a {
                    NONE => None,
                    device => Some(self.devices.get(device as usize)?.as_ref().clone()),
                };
                Content::Fix(readings(packed)?.with_names(plate.clone(), source))
            }
            AT_READER => Content::AtReader(ReaderSighting {
                reader: self.readers.get(packed.b as usize)?.as_ref().clone(),
                epc: self.tags.get(packed.a as usize)?.as_ref().clone(),
                rssi_dbm: signal(packed.c),
            }),
            AT_TRUCK => Content::AtTruck(TruckSighting {
                plate: plate.clone(),
                epc: self.tags.get(packed.a as usize)?.as_ref().clone(),
                rssi_dbm: signal(packed.c),
            }),
            _ => Content::Weigh(WeighTicket {
                site: self.sites.get(packed.a as usize)?.as_ref().clone(),
                plate: plate.clone(),
                gross_kg: packed.b,
            }),
        };
        let received = (packed.received != NEVER).then(|| Timestamp::from_millis(packed.received));
        Some(Report { time: Timestamp::from_millis(packed.time), content, received })
    }
}

/// The first half of SHA-256 would do as well; this needs no more than to be the same everywhere.
fn mark(name: &str) -> u64 {
    name.bytes().fold(name.len() as u64, |sum, byte| stir(sum ^ u64::from(byte)))
}

/// Spreads every bit over all: the finaliser of SplitMix64.
fn stir(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

fn readings(packed: &Packed) -> Option<Readings> {
    let some = |raw: u32, scale: f64| (raw > 0).then(|| f64::from(raw - 1) / scale);
    let bits = |from: u32, to: u32| (packed.flags >> from & ((1 << (to - from)) - 1)) as usize;
    Some(Readings {
        fix: *FixKind::ALL.get(bits(FIX_KIND, IGNITION))?,
        position: Position::from_e7(packed.b.cast_signed(), packed.c.cast_signed()).ok()?,
        speed: some(packed.speed, 1000.0).and_then(Speed::from_kmh),
        course: some(packed.course.into(), 100.0).and_then(Course::from_deg),
        hdop: some(packed.hdop.into(), 100.0).and_then(Hdop::from_ratio),
        satellites: (bits(SATELLITES, 26) as u32).checked_sub(1).map(|count| count as u8),
        ignition: match bits(IGNITION, LOAD) {
            0 => None,
            flag => Some(flag == 2),
        },
        load: *Load::ALL.get(bits(LOAD, LID))?,
        lid: *Lid::ALL.get(bits(LID, LIFT))?,
        lift: *Lift::ALL.get(bits(LIFT, ANTENNA))?,
        antenna: *Antenna::ALL.get(bits(ANTENNA, POWER))?,
        power: *Power::ALL.get(bits(POWER, SATELLITES))?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parquet::FixRef;

    fn reports() -> impl Strategy<Value = Report> {
        let measures = (0.0..=1000.0f64, 0.0..=360.0f64, 0.0..=100.0f64).prop_map(|(kmh, deg, ratio)| {
            (Speed::from_kmh(kmh), Course::from_deg(deg), Hdop::from_ratio(ratio))
        });
        let place = (-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32);
        let words = (0..3usize, 0..5usize, 0..3usize, 0..3usize, 0..4usize, 0..4usize);
        let others =
            (any::<Option<u8>>(), any::<Option<bool>>(), prop::option::of(-200..=100i16), 0..1_000_000u32);
        let times = (0..4_000_000_000_000i64, prop::option::of(0..4_000_000_000_000i64));
        (0..4usize, measures, place, words, others, times, any::<bool>()).prop_map(
            |(
                kind,
                (speed, course, hdop),
                (lat, lon),
                w,
                (satellites, ignition, rssi_dbm, gross_kg),
                times,
                bare,
            )| {
                let plate: Plate = "豫A12345D".parse().unwrap();
                let epc: Epc = "30751FEB".parse().unwrap();
                let device: TerminalId = "S1".parse().unwrap();
                let content = match kind {
                    0 => ContentRef::Fix(FixRef {
                        plate: &plate,
                        source: Some(&device).filter(|_| !bare),
                        readings: Readings {
                            fix: FixKind::ALL[w.0],
                            position: Position::from_e7(lat, lon).unwrap(),
                            speed: speed.filter(|_| !bare),
                            course: course.filter(|_| !bare),
                            hdop: hdop.filter(|_| !bare),
                            satellites,
                            ignition,
                            load: Load::ALL[w.1],
                            lid: Lid::ALL[w.2],
                            lift: Lift::ALL[w.3],
                            antenna: Antenna::ALL[w.4],
                            power: Power::ALL[w.5],
                        },
                    }),
                    1 => ContentRef::AtReader { reader: &"R1".parse().unwrap(), epc: &epc, rssi_dbm },
                    2 => ContentRef::AtTruck { plate: &plate, epc: &epc, rssi_dbm },
                    _ => ContentRef::Weigh { site: &"W1".parse().unwrap(), plate: &plate, gross_kg },
                };
                let received = times.1.map(Timestamp::from_millis);
                ReportRef { time: Timestamp::from_millis(times.0), received, content }.to_report()
            },
        )
    }

    proptest! {
        #[test]
        fn a_report_comes_back_from_its_bytes_and_only_equal_ones_are_the_same(a in reports(), b in reports()) {
            let truck: Plate = "豫A12345D".parse().unwrap();
            let names = Names::default();
            let mut packer = Packer::new(&names);
            let mut pack = |report: &Report| packer.pack(&ReportRef::from(report), &truck);
            let (packed, other) = (pack(&a), pack(&b));
            let later = pack(&Report { received: Some(Timestamp::from_millis(1)), ..a.clone() });
            let back = Packed::from_bytes(&packed.to_bytes());
            prop_assert_eq!(back, packed);
            prop_assert_eq!(Unpacker::new(&names).unpack(&back), Some(a.clone()));
            prop_assert!(packed.is_same(&later));
            // Another run, in which the names have other numbers.
            let others = Names::default();
            let mut packer = Packer::new(&others);
            packer.pack(&ReportRef::from(&b), &"豫Z99999".parse().unwrap());
            let again = packer.pack(&ReportRef::from(&a), &truck);
            let (first, second) = (Unpacker::new(&names), Unpacker::new(&others));
            prop_assert_eq!(first.fingerprint(&packed), second.fingerprint(&again));
            prop_assert_eq!(first.fingerprint(&packed), first.fingerprint(&later));
            prop_assert_eq!(packed.is_same(&other), first.fingerprint(&packed) == first.fingerprint(&other));
            prop_assert_eq!(packed.is_same(&other), (a.time, a.content) == (b.time, b.content));
        }
    }
}
