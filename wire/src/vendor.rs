//! The extras of this project inside a 0x0200, in the vendor area 0xE1 to 0xFF; byte by byte in `wire/README.md`.
//!
//! Other makers use the same ids for other things. What does not have exactly the length and the values written here
//! is not taken for ours: it stays an [`Extra::Other`](crate::Extra::Other).

use domain::{Antenna, Epc, FixKind, Lid, Lift, Load, Power, Tid, Timestamp};

use crate::body::Body;

/// Id of [`BodyState`].
pub const BODY_STATE: u8 = 0xE1;
/// Id of [`FixQuality`].
pub const FIX_QUALITY: u8 = 0xE2;
/// Id of a [`TagRead`].
pub const TAG_READ: u8 = 0xE3;
/// Id of [`AbsentReadings`].
pub const ABSENT_READINGS: u8 = 0xE4;
/// Id of a [`TagConflict`].
pub const TAG_CONFLICT: u8 = 0xE5;
/// Id of a [`Gap`].
pub const GAP: u8 = 0xE6;

const UNKNOWN: u8 = 0xFF;
const HDOP_UNKNOWN: u16 = 0xFFFF;
const RSSI_UNKNOWN: i8 = -128;
/// Moments a tag read may carry, in milliseconds since the epoch: 2000 to 2099, the years of a device's clock.
const TAG_TIME_MS: std::ops::RangeInclusive<u64> = 946_656_000_000..=4_102_415_999_999;

/// 0xE1, 6 bytes: what the truck's body and device say about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyState {
    /// Load.
    pub load: Load,
    /// Cover.
    pub lid: Lid,
    /// Tipping body.
    pub lift: Lift,
    /// Positioning antenna.
    pub antenna: Antenna,
    /// Main power.
    pub power: Power,
    /// Whether status bit 0 says anything about the ignition.
    pub ignition_known: bool,
}

/// 0xE2, 5 bytes: what the position rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixQuality {
    /// Kind of fix.
    pub kind: FixKind,
    /// Horizontal dilution of precision, 0.01.
    pub hdop_centi: Option<u16>,
    /// Milliseconds after the whole second of the base record, 0 to 999.
    pub millis: u16,
}

/// 0xE3: a tag seen by the truck's own reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRead {
    /// When it was seen.
    pub time: Timestamp,
    /// The tag.
    pub epc: Epc,
    /// Signal strength; the wire holds -127 to 127.
    pub rssi_dbm: Option<i16>,
}

/// 0xE4, 1 byte, sent only when something is absent: base fields that stand at 0 because nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AbsentReadings {
    /// Bit 0: no speed.
    pub speed: bool,
    /// Bit 1: no course.
    pub course: bool,
}

/// 0xE5: the EPC and TID of a tag contradict what is known of them, so one tag of two may be a copy. A hint, no proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagConflict {
    /// What they contradict.
    pub kind: TagConflictKind,
    /// When the tag was read.
    pub time: Timestamp,
    /// The TID read.
    pub tid: Tid,
    /// The EPC read with it.
    pub epc: Epc,
}

/// What EPC and TID of a tag contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagConflictKind {
    /// The terminal's configuration names another TID for this EPC.
    OtherThanPinned,
    /// The terminal saw this EPC with another TID before.
    OtherTidSeen,
    /// The terminal saw this TID with another EPC before, or its configuration names another for it.
    OtherEpcSeen,
}

/// 0xE6, 21 bytes: records the truck made but can never send. They belong before the record that carries this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Why they are lost.
    pub cause: GapCause,
    /// How many.
    pub records: u32,
    /// Time of the first of them, where it is known.
    pub first: Option<Timestamp>,
    /// Time of the last of them, where it is known.
    pub last: Option<Timestamp>,
}

/// Why a truck lost records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapCause {
    /// More waited than its store may hold: the oldest went.
    Full,
    /// They waited longer than they may: the oldest went.
    Old,
    /// Its disk damaged them.
    Damaged,
    /// Its disk took nothing for too long.
    Unwritten,
}

/// A code for each word of a vocabulary, both ways.
fn word_of<T: Copy>(table: &[(T, u8)], code: u8) -> Option<T> {
    table.iter().find(|row| row.1 == code).map(|row| row.0)
}

fn code_of<T: Copy + PartialEq>(table: &[(T, u8)], word: T) -> u8 {
    table.iter().find(|row| row.0 == word).map_or(UNKNOWN, |row| row.1)
}

const LOADS: [(Load, u8); 5] =
    [(Load::Empty, 0), (Load::Half, 1), (Load::Full, 2), (Load::Over, 3), (Load::Unknown, UNKNOWN)];
const LIDS: [(Lid, u8); 3] = [(Lid::Closed, 0), (Lid::Open, 1), (Lid::Unknown, UNKNOWN)];
const LIFTS: [(Lift, u8); 3] = [(Lift::Flat, 0), (Lift::Raised, 1), (Lift::Unknown, UNKNOWN)];
const ANTENNAS: [(Antenna, u8); 4] =
    [(Antenna::Ok, 0), (Antenna::Open, 1), (Antenna::Short, 2), (Antenna::Unknown, UNKNOWN)];
const POWERS: [(Power, u8); 4] =
    [(Power::Ok, 0), (Power::Low, 1), (Power::Lost, 2), (Power::Unknown, UNKNOWN)];
const GAP_CAUSES: [(GapCause, u8); 4] =
    [(GapCause::Full, 0), (GapCause::Old, 1), (GapCause::Damaged, 2), (GapCause::Unwritten, 3)];
const FIX_KINDS: [(FixKind, u8); 3] = [(FixKind::None, 0), (FixKind::D2, 2), (FixKind::D3, 3)];
const CONFLICT_KINDS: [(TagConflictKind, u8); 3] = [
    (TagConflictKind::OtherThanPinned, 0),
    (TagConflictKind::OtherTidSeen, 1),
    (TagConflictKind::OtherEpcSeen, 2),
];

impl BodyState {
    /// Reads the value of 0xE1; `None` for another maker's 0xE1.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let &[load, lid, lift, antenna, power, ignition @ (0 | 1)] = value else { return None };
        Some(Self {
            load: word_of(&LOADS, load)?,
            lid: word_of(&LIDS, lid)?,
            lift: word_of(&LIFTS, lift)?,
            antenna: word_of(&ANTENNAS, antenna)?,
            power: word_of(&POWERS, power)?,
            ignition_known: ignition == 1,
        })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[
            code_of(&LOADS, self.load),
            code_of(&LIDS, self.lid),
            code_of(&LIFTS, self.lift),
            code_of(&ANTENNAS, self.antenna),
            code_of(&POWERS, self.power),
            u8::from(self.ignition_known),
        ]);
    }
}

impl FixQuality {
    /// Reads the value of 0xE2; `None` for another maker's 0xE2.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let &[kind, hdop_high, hdop_low, millis_high, millis_low] = value else { return None };
        let hdop = u16::from_be_bytes([hdop_high, hdop_low]);
        let millis = u16::from_be_bytes([millis_high, millis_low]);
        let hdop_centi = (hdop != HDOP_UNKNOWN).then_some(hdop);
        (millis < 1000).then_some(Self { kind: word_of(&FIX_KINDS, kind)?, hdop_centi, millis })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.push(code_of(&FIX_KINDS, self.kind));
        out.extend_from_slice(&self.hdop_centi.unwrap_or(HDOP_UNKNOWN).to_be_bytes());
        out.extend_from_slice(&self.millis.to_be_bytes());
    }
}

impl TagRead {
    /// Reads the value of 0xE3; `None` for another maker's 0xE3.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut body = Body::new(value);
        let time = tag_time(&mut body)?;
        let rssi = i8::from_be_bytes([body.u8().ok()?]);
        Some(Self {
            time,
            epc: Epc::from_bytes(body.rest()).ok()?,
            rssi_dbm: (rssi != RSSI_UNKNOWN).then_some(i16::from(rssi)),
        })
    }

    /// Times outside 2000 to 2099 are held at those ends, as the base record's are.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let rssi = self.rssi_dbm.map_or(RSSI_UNKNOWN, |dbm| dbm.clamp(-127, 127) as i8);
        out.extend_from_slice(&tag_time_bytes(self.time));
        out.extend_from_slice(&rssi.to_be_bytes());
        out.extend_from_slice(&self.epc.to_bytes());
    }
}

/// Reads a moment within [`TAG_TIME_MS`].
fn tag_time(body: &mut Body<'_>) -> Option<Timestamp> {
    let millis = body.u64().ok().filter(|millis| TAG_TIME_MS.contains(millis))?;
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// A moment outside [`TAG_TIME_MS`] is held at its ends.
fn tag_time_bytes(time: Timestamp) -> [u8; 8] {
    let millis = u64::try_from(time.millis()).unwrap_or_default();
    millis.clamp(*TAG_TIME_MS.start(), *TAG_TIME_MS.end()).to_be_bytes()
}

impl TagConflict {
    /// Reads the value of 0xE5; `None` for another maker's 0xE5.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut body = Body::new(value);
        let kind = body.u8().ok()?;
        let time = tag_time(&mut body)?;
        let tid_bytes = body.u8().ok()?;
        Some(Self {
            kind: CONFLICT_KINDS.iter().find(|row| row.1 == kind)?.0,
            time,
            tid: Tid::from_bytes(body.take(usize::from(tid_bytes)).ok()?).ok()?,
            epc: Epc::from_bytes(body.rest()).ok()?,
        })
    }

    /// The value of 0xE5, at most 104 bytes. A time outside 2000 to 2099 is held at those ends.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tid = self.tid.to_bytes();
        let mut out = vec![code_of(&CONFLICT_KINDS, self.kind)];
        out.extend_from_slice(&tag_time_bytes(self.time));
        // A TID has at most 32 bytes.
        out.push(tid.len() as u8);
        out.extend_from_slice(&tid);
        out.extend_from_slice(&self.epc.to_bytes());
        out
    }
}

impl AbsentReadings {
    const SPEED: u8 = 1 << 0;
    const COURSE: u8 = 1 << 1;

    /// Reads the value of 0xE4; `None` for another maker's 0xE4.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let &[bits @ 1..=3] = value else { return None };
        Some(Self { speed: bits & Self::SPEED != 0, course: bits & Self::COURSE != 0 })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        let bit = |absent, bit| if absent { bit } else { 0 };
        out.push(bit(self.speed, Self::SPEED) | bit(self.course, Self::COURSE));
    }
}

impl Gap {
    /// Reads the value of 0xE6; `None` for another maker's 0xE6.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut body = Body::new(value);
        let cause = word_of(&GAP_CAUSES, body.u8().ok()?)?;
        let records = body.u32().ok()?;
        let mut time = || match body.u64().ok()? {
            0 => Some(None),
            millis if TAG_TIME_MS.contains(&millis) => {
                Some(Some(Timestamp::from_millis(i64::try_from(millis).ok()?)))
            }
            _ => None,
        };
        let (first, last) = (time()?, time()?);
        body.rest().is_empty().then_some(Self { cause, records, first, last })
    }

    /// Times outside 2000 to 2099 are held at those ends.
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.push(code_of(&GAP_CAUSES, self.cause));
        out.extend_from_slice(&self.records.to_be_bytes());
        for time in [self.first, self.last] {
            let millis = time.map_or(0, |time| {
                let millis = u64::try_from(time.millis()).unwrap_or_default();
                millis.clamp(*TAG_TIME_MS.start(), *TAG_TIME_MS.end())
            });
            out.extend_from_slice(&millis.to_be_bytes());
        }
    }
}
