//! The fixes of one truck, column by column.

use std::collections::BTreeMap;

use domain::report::Content;
use domain::{
    Antenna, Course, FixKind, FixReport, Hdop, Lid, Lift, Load, Plate, Position, Power, Report, Speed,
    TerminalId, Timestamp,
};

/// What a fix rests on, what the truck's body and device say, and which readings are there, packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks(u32);

/// Fixes column by column, in the order of their reports. A column that was not asked for is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fixes {
    /// When, ms since 1970-01-01 UTC.
    pub time_ms: Vec<i64>,
    /// Latitude in 1e-7 degree.
    pub lat_e7: Vec<i32>,
    /// Longitude in 1e-7 degree.
    pub lon_e7: Vec<i32>,
    /// What the fix rests on, the signals, and which of the readings below are there.
    pub marks: Vec<Marks>,
    /// Ground speed in 0.001 km/h; where absent, the one before.
    pub speed: Vec<u32>,
    /// Course in 0.01 degree; where absent, the one before.
    pub course: Vec<u32>,
    /// Dilution of precision in 0.01; where absent, the one before.
    pub hdop: Vec<u32>,
    /// Satellites; where absent, the count before.
    pub satellites: Vec<u8>,
    /// Index into [`Fixes::sources`] plus 1; 0 when no device is named.
    pub source: Vec<u32>,
    /// The devices that reported.
    pub sources: Vec<TerminalId>,
    /// Time of receipt less the report's own, ms; where absent, the one before.
    pub delay_ms: Vec<i64>,
}

/// Where a reading's presence lies in [`Marks`].
const HAS_SPEED: u32 = 1 << 15;
const HAS_COURSE: u32 = 1 << 16;
const HAS_HDOP: u32 = 1 << 17;
const HAS_SATELLITES: u32 = 1 << 18;
const HAS_RECEIVED: u32 = 1 << 19;
/// No bit above is used.
const BITS: u32 = 20;

/// The value of a short list at a shifted place of the marks.
fn pick<T: Copy>(all: &[T], marks: u32, shift: u32, bits: u32) -> Option<T> {
    all.get((marks >> shift & ((1 << bits) - 1)) as usize).copied()
}

fn place<T: PartialEq>(all: &[T], value: T, shift: u32) -> u32 {
    // Every value is in its own list.
    (all.iter().position(|v| *v == value).unwrap_or(0) as u32) << shift
}

impl Marks {
    fn of(fix: &FixReport, has_received: bool) -> Self {
        let has = |there: bool, bit: u32| if there { bit } else { 0 };
        let ignition = fix.ignition.map_or(0, |on| 1 + u32::from(on));
        Self(
            place(FixKind::ALL, fix.fix, 0)
                | ignition << 2
                | place(Load::ALL, fix.load, 4)
                | place(Lid::ALL, fix.lid, 7)
                | place(Lift::ALL, fix.lift, 9)
                | place(Antenna::ALL, fix.antenna, 11)
                | place(Power::ALL, fix.power, 13)
                | has(fix.speed.is_some(), HAS_SPEED)
                | has(fix.course.is_some(), HAS_COURSE)
                | has(fix.hdop.is_some(), HAS_HDOP)
                | has(fix.satellites.is_some(), HAS_SATELLITES)
                | has(has_received, HAS_RECEIVED),
        )
    }

    /// Checks a stored number.
    pub(super) fn from_number(number: i64) -> Option<Self> {
        let marks = u32::try_from(number).ok().filter(|bits| bits >> BITS == 0)?;
        pick(FixKind::ALL, marks, 0, 2)?;
        pick(&[(); 3], marks, 2, 2)?;
        pick(Load::ALL, marks, 4, 3)?;
        pick(Lid::ALL, marks, 7, 2)?;
        pick(Lift::ALL, marks, 9, 2)?;
        pick(Antenna::ALL, marks, 11, 2)?;
        pick(Power::ALL, marks, 13, 2)?;
        Some(Self(marks))
    }

    /// As stored.
    pub(super) fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// What the position rests on.
    pub fn fix(self) -> FixKind {
        pick(FixKind::ALL, self.0, 0, 2).unwrap_or(FixKind::None)
    }

    /// Ignition, if told.
    pub fn ignition(self) -> Option<bool> {
        pick(&[None, Some(false), Some(true)], self.0, 2, 2).flatten()
    }

    /// Load.
    pub fn load(self) -> Load {
        pick(Load::ALL, self.0, 4, 3).unwrap_or_default()
    }

    /// Cover.
    pub fn lid(self) -> Lid {
        pick(Lid::ALL, self.0, 7, 2).unwrap_or_default()
    }

    /// Tipping body.
    pub fn lift(self) -> Lift {
        pick(Lift::ALL, self.0, 9, 2).unwrap_or_default()
    }

    /// Positioning antenna.
    pub fn antenna(self) -> Antenna {
        pick(Antenna::ALL, self.0, 11, 2).unwrap_or_default()
    }

    /// Main power.
    pub fn power(self) -> Power {
        pick(Power::ALL, self.0, 13, 2).unwrap_or_default()
    }

    /// Everything but which measured readings are there: what a change of means that something happened.
    pub fn signals(self) -> u32 {
        self.0 & (HAS_SPEED - 1)
    }

    fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

impl Fixes {
    /// How many.
    pub fn len(&self) -> usize {
        self.time_ms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time_ms.is_empty()
    }

    /// The fixes among reports, in their order.
    pub(super) fn of(reports: &[Report]) -> Self {
        let mut fixes = Self::default();
        let mut numbers = BTreeMap::new();
        for (report, fix) in reports.iter().filter_map(|report| Some((report, report.fix()?))) {
            let number = fix.source.as_ref().map_or(0, |source| match numbers.get(source) {
                Some(number) => *number,
                None => {
                    fixes.sources.push(source.clone());
                    numbers.insert(source, fixes.sources.len() as u32);
                    fixes.sources.len() as u32
                }
            });
            fixes.source.push(number);
            fixes.push(report, fix);
        }
        fixes
    }

    fn push(&mut self, report: &Report, fix: &FixReport) {
        let or_before = |value: Option<u32>, column: &[u32]| value.or(column.last().copied()).unwrap_or(0);
        let speed = or_before(fix.speed.map(Speed::ticks), &self.speed);
        let course = or_before(fix.course.map(Course::ticks), &self.course);
        let hdop = or_before(fix.hdop.map(Hdop::ticks), &self.hdop);
        let satellites = fix.satellites.or(self.satellites.last().copied()).unwrap_or(0);
        let delay = report.received.map(|at| at.millis_since(report.time));
        let delay = delay.or(self.delay_ms.last().copied()).unwrap_or(0);
        self.time_ms.push(report.time.millis());
        self.lat_e7.push(fix.position.lat_e7());
        self.lon_e7.push(fix.position.lon_e7());
        self.marks.push(Marks::of(fix, report.received.is_some()));
        self.speed.push(speed);
        self.course.push(course);
        self.hdop.push(hdop);
        self.satellites.push(satellites);
        self.delay_ms.push(delay);
    }

    /// When the fix in a row was.
    pub fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_millis(self.time_ms.get(row).copied().unwrap_or_default())
    }

    /// Its speed, if told and asked for.
    pub fn speed(&self, row: usize) -> Option<Speed> {
        self.reading(row, HAS_SPEED, &self.speed).and_then(Speed::from_ticks)
    }

    /// Its course, if told and asked for.
    pub fn course(&self, row: usize) -> Option<Course> {
        self.reading(row, HAS_COURSE, &self.course).and_then(Course::from_ticks)
    }

    /// Its dilution of precision, if told and asked for.
    pub fn hdop(&self, row: usize) -> Option<Hdop> {
        self.reading(row, HAS_HDOP, &self.hdop).and_then(Hdop::from_ticks)
    }

    /// Its satellites, if told and asked for.
    pub fn satellites(&self, row: usize) -> Option<u8> {
        self.reading(row, HAS_SATELLITES, &self.satellites)
    }

    /// The device that reported it, if told and asked for.
    pub fn source(&self, row: usize) -> Option<&TerminalId> {
        let number = *self.source.get(row)?;
        self.sources.get((number as usize).checked_sub(1)?)
    }

    /// When the platform got it, if told and asked for.
    pub fn received(&self, row: usize) -> Option<Timestamp> {
        let delay_ms = self.reading(row, HAS_RECEIVED, &self.delay_ms)?;
        Some(self.time(row).plus_millis(delay_ms))
    }

    fn reading<T: Copy>(&self, row: usize, bit: u32, column: &[T]) -> Option<T> {
        self.marks.get(row).filter(|marks| marks.has(bit))?;
        column.get(row).copied()
    }

    /// Where the fix in a row was. Columns hold checked positions only.
    pub fn position(&self, row: usize) -> Option<Position> {
        Position::from_e7(*self.lat_e7.get(row)?, *self.lon_e7.get(row)?).ok()
    }

    /// The report in a row, when every column was asked for.
    pub fn report(&self, row: usize, plate: &Plate) -> Option<Report> {
        let marks = *self.marks.get(row)?;
        let fix = FixReport {
            plate: plate.clone(),
            source: self.source(row).cloned(),
            fix: marks.fix(),
            position: self.position(row)?,
            speed: self.speed(row),
            course: self.course(row),
            hdop: self.hdop(row),
            satellites: self.satellites(row),
            ignition: marks.ignition(),
            load: marks.load(),
            lid: marks.lid(),
            lift: marks.lift(),
            antenna: marks.antenna(),
            power: marks.power(),
        };
        let received = self.received(row);
        Some(Report { time: self.time(row), content: Content::Fix(fix), received })
    }
}
