//! A stretch of one subject's reports as columns: the form history is stored in. Bytes in, values out; no clock, no SQL.
//!
//! Layout of form 1: the form byte; the number of fixes and of other reports; the fixes' columns in the order of
//! [`Column`], then the others'; a CRC-32 over all before it. Each column stands behind its length, so one that is not
//! asked for is passed over. What is read is exactly what was written.

use domain::{Course as Bearing, Hdop, Position, Report, Speed, TerminalId};

use super::column::{self, ColumnError, Course};
use super::events::Events;
use super::fixes::{Fixes, Marks};
use super::sorted::Sorted;
use super::subject::Subject;

/// The form written; forms are never reused for another layout.
const FORM_1: u8 = 1;
/// CRC-32 at the end.
const CHECK_BYTES: usize = 4;
/// Most reports in one chunk: a day of two reports a second, and a fifth more.
pub const CHUNK_REPORTS_MAX: usize = 200_000;
/// Most names (devices, tags, readers, sites) in one chunk.
const NAMES_MAX: usize = CHUNK_REPORTS_MAX;
/// Longest stored name: no id is longer.
const NAME_BYTES_MAX: usize = 256;

/// A chunk cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// Written in a form this program does not know.
    #[error("a chunk is in form {form}, only form 1 is known: start the newer program that wrote it")]
    Form {
        /// The form found; 0 when the chunk is empty.
        form: u8,
    },
    /// The bytes are not what was written.
    #[error("a chunk is damaged: its check value does not fit its bytes")]
    Check,
    /// A column cannot be read or written.
    #[error("column {column} of a chunk is wrong")]
    Column {
        /// Which.
        column: &'static str,
        /// Why.
        #[source]
        source: ColumnError,
    },
    /// More reports than a chunk holds.
    #[error("a chunk of {reports} reports: at most {CHUNK_REPORTS_MAX} are held")]
    TooMany {
        /// How many.
        reports: u64,
    },
    /// A report of another truck or tag.
    #[error("a report of another than {subject} in its chunk")]
    Foreign {
        /// Whose chunk.
        subject: String,
    },
}

/// Which columns of the fixes are read. Time, position and signals always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Ground speed.
    pub speed: bool,
    /// Course.
    pub course: bool,
    /// Dilution of precision and satellites.
    pub quality: bool,
    /// The device that reported.
    pub source: bool,
    /// When the platform got it.
    pub received: bool,
    /// Tags and tickets.
    pub events: bool,
}

impl Wanted {
    /// Every column.
    pub const ALL: Self =
        Self { speed: true, course: true, quality: true, source: true, received: true, events: true };
}

/// What was read of a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The fixes, in order.
    pub fixes: Fixes,
    /// Everything else, in order; empty when not asked for.
    pub events: Vec<Report>,
}

impl Rows {
    /// Reports in their order, as columns.
    pub fn of(reports: &[Report]) -> Self {
        let events = reports.iter().filter(|report| report.fix().is_none()).cloned().collect();
        Self { fixes: Fixes::of(reports), events }
    }
}

/// Encodes reports of one subject.
pub fn encode(subject: &Subject, reports: &Sorted) -> Result<Vec<u8>, ChunkError> {
    let reports = reports.as_slice();
    if reports.len() > CHUNK_REPORTS_MAX {
        return Err(ChunkError::TooMany { reports: reports.len() as u64 });
    }
    if !reports.iter().all(|report| subject.owns(report)) {
        return Err(ChunkError::Foreign { subject: subject.name().to_owned() });
    }
    let fixes = Fixes::of(reports);
    let events = Events::of(reports);
    let mut out = Vec::with_capacity(64 + reports.len() * 8);
    out.push(FORM_1);
    column::put_varint(&mut out, fixes.len() as u64);
    column::put_varint(&mut out, events.len() as u64);
    if !fixes.is_empty() {
        write_fixes(&mut out, &fixes)?;
    }
    if events.len() > 0 {
        write_events(&mut out, &events)?;
    }
    let check = crc32fast::hash(&out);
    out.extend_from_slice(&check.to_le_bytes());
    Ok(out)
}

fn write_fixes(out: &mut Vec<u8>, fixes: &Fixes) -> Result<(), ChunkError> {
    let mut put = |name, values: Vec<i64>, course| {
        column::write(out, &values, course).map_err(|source| ChunkError::Column { column: name, source })
    };
    put("time", fixes.time_ms.clone(), Course::Steady)?;
    put("lat", widen(&fixes.lat_e7), Course::Near)?;
    put("lon", widen(&fixes.lon_e7), Course::Near)?;
    put("signals", fixes.marks.iter().map(|marks| marks.number()).collect(), Course::Free)?;
    put("speed", widen(&fixes.speed), Course::Near)?;
    put("course", widen(&fixes.course), Course::Near)?;
    put("hdop", widen(&fixes.hdop), Course::Near)?;
    put("satellites", widen(&fixes.satellites), Course::Near)?;
    put("received", fixes.delay_ms.clone(), Course::Free)?;
    put("source", widen(&fixes.source), Course::Free)?;
    put_names(out, fixes.sources.iter().map(TerminalId::as_str));
    Ok(())
}

fn write_events(out: &mut Vec<u8>, events: &Events) -> Result<(), ChunkError> {
    let mut put = |name, values: &[i64], course| {
        column::write(out, values, course).map_err(|source| ChunkError::Column { column: name, source })
    };
    put("event time", &events.time_ms, Course::Steady)?;
    put("event kind", &events.marks, Course::Free)?;
    put("event name", &events.name, Course::Free)?;
    put("event number", &events.number, Course::Near)?;
    put("event received", &events.delay_ms, Course::Free)?;
    put_names(out, events.names.iter().map(String::as_str));
    Ok(())
}

fn widen<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
    values.iter().map(|v| (*v).into()).collect()
}

fn put_names<'a>(out: &mut Vec<u8>, names: impl ExactSizeIterator<Item = &'a str>) {
    column::put_varint(out, names.len() as u64);
    for name in names {
        column::put_varint(out, name.len() as u64);
        out.extend_from_slice(name.as_bytes());
    }
}

/// Reads every report.
pub fn decode(subject: &Subject, bytes: &[u8]) -> Result<Sorted, ChunkError> {
    let rows = decode_rows(subject, bytes, Wanted::ALL)?;
    let mut reports = rows.events;
    if let Subject::Truck(plate) = subject {
        let fixes = &rows.fixes;
        reports.extend((0..fixes.len()).filter_map(|row| fixes.report(row, plate)));
    }
    Ok(Sorted::of(reports))
}

/// Reads the columns that are wanted.
pub fn decode_rows(subject: &Subject, bytes: &[u8], wanted: Wanted) -> Result<Rows, ChunkError> {
    let form = bytes.first().copied().unwrap_or(0);
    if form != FORM_1 {
        return Err(ChunkError::Form { form });
    }
    let (body, check) = bytes
        .len()
        .checked_sub(CHECK_BYTES)
        .and_then(|at| bytes.split_at_checked(at))
        .ok_or(ChunkError::Check)?;
    if check != crc32fast::hash(body).to_le_bytes() {
        return Err(ChunkError::Check);
    }
    let mut input = body.get(1..).ok_or(ChunkError::Check)?;
    let count = |input: &mut &[u8]| {
        column::take_varint(input).map_err(|source| ChunkError::Column { column: "count", source })
    };
    let (fixes, events) = (count(&mut input)?, count(&mut input)?);
    let reports = fixes.saturating_add(events);
    if reports > CHUNK_REPORTS_MAX as u64 {
        return Err(ChunkError::TooMany { reports });
    }
    let mut reader = Reader { input };
    let mut rows = Rows::default();
    if fixes > 0 {
        if matches!(subject, Subject::Tag(_)) {
            return Err(ChunkError::Foreign { subject: subject.name().to_owned() });
        }
        rows.fixes = reader.fixes(fixes as usize, wanted)?;
    }
    if events > 0 && wanted.events {
        let events = reader.events(events as usize)?;
        let foreign = || ChunkError::Foreign { subject: subject.name().to_owned() };
        rows.events = (0..events.len())
            .map(|row| events.report(row, subject).ok_or_else(foreign))
            .collect::<Result<_, _>>()?;
    }
    if (wanted.events || events == 0) && !reader.input.is_empty() {
        return Err(ChunkError::Column { column: "end", source: ColumnError::Length });
    }
    Ok(rows)
}

struct Reader<'a> {
    input: &'a [u8],
}

impl Reader<'_> {
    fn fixes(&mut self, count: usize, wanted: Wanted) -> Result<Fixes, ChunkError> {
        let mut fixes = Fixes {
            time_ms: self.column("time", count)?,
            lat_e7: self.narrow("lat", count, true)?,
            lon_e7: self.narrow("lon", count, true)?,
            marks: self.checked("signals", count, Marks::from_number)?,
            speed: self.ticks("speed", count, wanted.speed, |n| Speed::from_ticks(n).is_some())?,
            course: self.ticks("course", count, wanted.course, |n| Bearing::from_ticks(n).is_some())?,
            hdop: self.ticks("hdop", count, wanted.quality, |n| Hdop::from_ticks(n).is_some())?,
            satellites: self.narrow("satellites", count, wanted.quality)?,
            delay_ms: if wanted.received { self.column("received", count)? } else { self.skip("received")? },
            source: self.narrow("source", count, wanted.source)?,
            sources: Vec::new(),
        };
        let on_globe = |(lat, lon): (&i32, &i32)| Position::from_e7(*lat, *lon).is_ok();
        if !fixes.lat_e7.iter().zip(&fixes.lon_e7).all(on_globe) {
            return Err(ChunkError::Column { column: "lat", source: ColumnError::Range });
        }
        let sources = self.names("source")?;
        let parsed = sources.iter().map(|name| name.parse().ok()).collect::<Option<Vec<TerminalId>>>();
        let is_known = |number: &u32| *number as usize <= sources.len();
        match parsed.filter(|_| fixes.source.iter().all(is_known)) {
            Some(parsed) => fixes.sources = parsed,
            None => return Err(ChunkError::Column { column: "source", source: ColumnError::Range }),
        }
        Ok(fixes)
    }

    fn events(&mut self, count: usize) -> Result<Events, ChunkError> {
        Ok(Events {
            time_ms: self.column("event time", count)?,
            marks: self.column("event kind", count)?,
            name: self.column("event name", count)?,
            number: self.column("event number", count)?,
            delay_ms: self.column("event received", count)?,
            names: self.names("event name")?,
        })
    }

    fn column(&mut self, name: &'static str, count: usize) -> Result<Vec<i64>, ChunkError> {
        column::read(&mut self.input, count).map_err(|source| ChunkError::Column { column: name, source })
    }

    fn skip<T>(&mut self, name: &'static str) -> Result<Vec<T>, ChunkError> {
        let skipped = column::skip(&mut self.input);
        skipped.map(|()| Vec::new()).map_err(|source| ChunkError::Column { column: name, source })
    }

    fn narrow<T: TryFrom<i64>>(
        &mut self,
        name: &'static str,
        count: usize,
        is_wanted: bool,
    ) -> Result<Vec<T>, ChunkError> {
        if is_wanted { self.checked(name, count, |n| T::try_from(n).ok()) } else { self.skip(name) }
    }

    fn ticks(
        &mut self,
        name: &'static str,
        count: usize,
        is_wanted: bool,
        fits: impl Fn(u32) -> bool,
    ) -> Result<Vec<u32>, ChunkError> {
        let check = |n| u32::try_from(n).ok().filter(|n| fits(*n));
        if is_wanted { self.checked(name, count, check) } else { self.skip(name) }
    }

    fn checked<T>(
        &mut self,
        name: &'static str,
        count: usize,
        check: impl Fn(i64) -> Option<T>,
    ) -> Result<Vec<T>, ChunkError> {
        let numbers = self.column(name, count)?;
        let checked: Option<Vec<T>> = numbers.into_iter().map(check).collect();
        checked.ok_or(ChunkError::Column { column: name, source: ColumnError::Range })
    }

    fn names(&mut self, name: &'static str) -> Result<Vec<String>, ChunkError> {
        let error = |source| ChunkError::Column { column: name, source };
        let count = column::take_varint(&mut self.input).map_err(error)?;
        if count > NAMES_MAX as u64 {
            return Err(error(ColumnError::Range));
        }
        (0..count)
            .map(|_| {
                let bytes = column::take_block(&mut self.input).map_err(error)?;
                let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= NAME_BYTES_MAX);
                text.map(str::to_owned).ok_or_else(|| error(ColumnError::Range))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
