//! What is written is what is read; a row is a report exactly when its line is; what other programs write is read.

use std::sync::Arc;

use domain::report_line::{ReportLineError, parse_line, to_line};
use domain::{Report, Timestamp};
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::{ReadError, ReportFile, ReportWriter, ZoneOfNaive};

type Rows = Vec<Result<Report, ReportLineError>>;

fn read(path: &std::path::Path, naive: ZoneOfNaive) -> Result<Rows, ReadError> {
    let file = ReportFile::open(path, naive)?;
    let mut rows = Vec::new();
    for group in 0..file.row_groups() {
        let before = rows.len() as u64;
        file.read_group(group, |row, report| {
            assert_eq!(before + row, rows.len() as u64, "rows come in order");
            rows.push(report.map(|report| report.to_report()));
        })?;
        assert_eq!(rows.len() as u64 - before, file.rows_of(group));
    }
    Ok(rows)
}

/// Reads bytes as a file of that name.
fn read_bytes(bytes: &[u8], naive: ZoneOfNaive) -> Result<Rows, ReadError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reports.parquet");
    std::fs::write(&path, bytes).unwrap();
    read(&path, naive)
}

fn written(reports: &[Report]) -> Vec<u8> {
    let mut writer = ReportWriter::new(Vec::new()).unwrap();
    for report in reports {
        writer.push(report).unwrap();
    }
    assert_eq!(writer.reports(), reports.len() as u64);
    writer.finish().unwrap()
}

const LINES: [&str; 6] = [
    r#"{"type":"fix","plate":"豫A12345D","time":"2026-11-23T08:00:00.250+08:00","lat":34.5,"lon":113.4,"speed_kmh":54.321,"course_deg":12.34,"fix":"3d","hdop":0.9,"satellites":12,"ignition":true,"load":"full","lid":"closed","lift":"flat","antenna":"ok","power":"low","source":"S1","received":"2026-11-23T08:00:01+08:00"}"#,
    r#"{"type":"fix","plate":"豫A12345D","time":"2026-11-23T08:00:10+08:00","lat":-34.5000001,"lon":-113.4,"fix":"none"}"#,
    r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB705C5904E3D50D70","rssi_dbm":-55}"#,
    r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","plate":"豫A12345","epc":"30751FEB"}"#,
    r#"{"type":"weigh","time":"2026-11-23T16:00:00+08:00","site":"S1","plate":"豫A12345","gross_t":31.25}"#,
    r#"{"type":"fix","plate":"豫A12345","time":"2026-11-23T08:00:10+08:00","lat":34.5,"lon":113.4,"fix":"2d","ignition":false}"#,
];

#[test]
fn every_kind_of_report_comes_back_as_it_was_written() {
    let reports: Vec<Report> = LINES.iter().map(|line| parse_line(line).unwrap()).collect();
    let back: Rows = read_bytes(&written(&reports), ZoneOfNaive::Utc).unwrap();
    assert_eq!(back, reports.into_iter().map(Ok).collect::<Rows>());
}

#[test]
fn a_file_of_no_reports_is_a_file() {
    assert_eq!(read_bytes(&written(&[]), ZoneOfNaive::Utc).unwrap(), []);
}

#[test]
fn several_row_groups_and_batches_keep_their_rows_in_order() {
    let first = parse_line(LINES[0]).unwrap();
    let reports: Vec<Report> = (0..super::ROW_GROUP_REPORTS as i64 + 20_000)
        .map(|i| Report { time: Timestamp::from_millis(1_790_000_000_000 + i), ..first.clone() })
        .collect();
    let back = read_bytes(&written(&reports), ZoneOfNaive::Utc).unwrap();
    assert!(back.into_iter().map(Result::unwrap).eq(reports));
}

/// One column of a file made by hand.
struct Made<'a> {
    declared: &'a str,
    write: &'a dyn Fn(&mut SerializedRowGroupWriter<'_, Vec<u8>>),
}

fn put<T: DataType>(rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[Option<T::T>]) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.iter().flatten().cloned().collect();
    let mut column = rows.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(&values, Some(&levels), None).unwrap();
    column.close().unwrap();
}

fn texts(values: &[Option<&str>]) -> Vec<Option<ByteArray>> {
    values.iter().map(|value| value.map(ByteArray::from)).collect()
}

fn made(columns: &[Made<'_>], properties: WriterProperties) -> Vec<u8> {
    let declared: String = columns.iter().map(|column| format!("optional {};", column.declared)).collect();
    let schema = Arc::new(parse_message_type(&format!("message m {{ {declared} }}")).unwrap());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut rows = file.next_row_group().unwrap();
    for column in columns {
        (column.write)(&mut rows);
    }
    rows.close().unwrap();
    file.into_inner().unwrap()
}

/// Two rows of bare fixes with another column in place of one of theirs, or beside them.
fn two_fixes(other: Made<'_>, properties: WriterProperties) -> Vec<u8> {
    let both = |text: &'static str| {
        move |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| {
            put::<ByteArrayType>(rows, &texts(&[Some(text), Some(text)]));
        }
    };
    let degrees = |value: f64| {
        move |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| {
            put::<DoubleType>(rows, &[Some(value), Some(value)]);
        }
    };
    let (kind, plate, fix) = (both("fix"), both("豫A12345D"), both("3d"));
    let time = |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| {
        put::<Int64Type>(rows, &[Some(NOON), Some(NOON + 10_000)]);
    };
    let (lat, lon) = (degrees(34.5), degrees(113.4));
    let standard = [
        Made { declared: "binary type (UTF8)", write: &kind },
        Made { declared: "binary plate (UTF8)", write: &plate },
        Made { declared: "binary fix (UTF8)", write: &fix },
        Made { declared: "int64 time (TIMESTAMP(MILLIS,true))", write: &time },
        Made { declared: "double lat", write: &lat },
        Made { declared: "double lon", write: &lon },
    ];
    let name = |declared: &str| declared.split(' ').nth(1).unwrap_or_default().to_owned();
    let replaced = name(other.declared);
    let mut columns: Vec<Made<'_>> =
        standard.into_iter().filter(|column| name(column.declared) != replaced).collect();
    if !other.declared.contains("absent") {
        columns.push(other);
    }
    made(&columns, properties)
}

const NOON: i64 = 1_795_406_400_000;

/// Reads two fixes with a column of `T` and gives what `of` says of each.
fn check<T: DataType, V>(
    declared: &str,
    values: &[Option<T::T>; 2],
    naive: ZoneOfNaive,
    of: impl Fn(&Report) -> V,
) -> Vec<V> {
    let write = |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| put::<T>(rows, values);
    let bytes = two_fixes(Made { declared, write: &write }, WriterProperties::default());
    read_bytes(&bytes, naive).unwrap().into_iter().map(|row| of(&row.unwrap())).collect()
}

#[test]
fn times_are_read_in_every_unit_and_with_or_without_zone() {
    let expected = [NOON, NOON + 1];
    let at = |report: &Report| report.time.millis();
    let utc = ZoneOfNaive::Utc;
    for (declared, per_milli) in [
        ("int64 time (TIMESTAMP(MILLIS,true))", 1),
        ("int64 time (TIMESTAMP(MICROS,true))", 1_000),
        ("int64 time (TIMESTAMP(NANOS,true))", 1_000_000),
        ("int64 time (TIMESTAMP(NANOS,false))", 1_000_000),
        ("int64 time (TIMESTAMP_MILLIS)", 1),
        ("int64 time (TIMESTAMP_MICROS)", 1_000),
    ] {
        let values = [Some(NOON * per_milli), Some((NOON + 1) * per_milli)];
        assert_eq!(check::<Int64Type, _>(declared, &values, utc, at), expected, "{declared}");
    }
    let values = [Some(NOON + 8 * 3_600_000), Some(NOON + 8 * 3_600_000 + 1)];
    let declared = "int64 time (TIMESTAMP(MILLIS,false))";
    assert_eq!(check::<Int64Type, _>(declared, &values, ZoneOfNaive::Local, at), expected);
    let text = texts(&[Some("2026-11-23T12:00:00+08:00"), Some("2026-11-23T04:00:00.001Z")]);
    let text: [_; 2] = text.try_into().unwrap();
    assert_eq!(
        check::<ByteArrayType, _>("binary time (UTF8)", &text, utc, |report| report.time.to_string()),
        ["2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00.001+08:00"]
    );
    let mut day = Int96::new();
    // 12:00 of the Julian day of 1970-01-02.
    let nanos = 12 * 3_600_000_000_000u64;
    day.set_data(nanos as u32, (nanos >> 32) as u32, 2_440_589);
    assert_eq!(
        check::<Int96Type, _>("int96 time", &[Some(day), Some(day)], utc, at),
        [(24 + 12) * 3_600_000; 2]
    );
}

#[test]
fn numbers_are_read_from_every_form_they_come_in() {
    let utc = ZoneOfNaive::Utc;
    let speed = |report: &Report| report.fix().unwrap().speed.map(domain::Speed::kmh);
    let twelve_and_none = [Some(12.0), None];
    assert_eq!(
        check::<FloatType, _>("float speed_kmh", &[Some(54.321), None], utc, speed),
        [Some(54.321), None]
    );
    assert_eq!(
        check::<DoubleType, _>("double speed_kmh", &[Some(12.0), Some(f64::NAN)], utc, speed),
        twelve_and_none
    );
    for declared in ["int32 speed_kmh", "int32 speed_kmh (INT_8)", "int32 speed_kmh (INTEGER(16,false))"] {
        assert_eq!(
            check::<Int32Type, _>(declared, &[Some(12), None], utc, speed),
            twelve_and_none,
            "{declared}"
        );
    }
    assert_eq!(check::<Int64Type, _>("int64 speed_kmh", &[Some(12), None], utc, speed), twelve_and_none);
    assert_eq!(
        check::<Int32Type, _>("int32 speed_kmh (DECIMAL(5,2))", &[Some(1234), None], utc, speed),
        [Some(12.34), None]
    );
    assert_eq!(
        check::<ByteArrayType, _>(
            "binary lat (DECIMAL(9,6))",
            &[Some(ByteArray::from(34_500_000i32.to_be_bytes().to_vec())), Some(ByteArray::from(vec![0xFF]))],
            utc,
            |report| report.fix().unwrap().position.lat_e7()
        ),
        [345_000_000, -10]
    );
    let satellites = |report: &Report| report.fix().unwrap().satellites;
    assert_eq!(
        check::<DoubleType, _>("double satellites", &[Some(9.0), None], utc, satellites),
        [Some(9), None]
    );
    let ignition = |report: &Report| report.fix().unwrap().ignition;
    assert_eq!(
        check::<Int64Type, _>("int64 ignition", &[Some(1), Some(0)], utc, ignition),
        [Some(true), Some(false)]
    );
}

#[test]
fn every_codec_page_version_and_encoding_is_read() {
    let builder = WriterProperties::builder;
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    let mut forms: Vec<WriterProperties> =
        codecs.iter().map(|codec| builder().set_compression(*codec).build()).collect();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        forms.push(builder().set_writer_version(version).build());
        forms.push(builder().set_writer_version(version).set_dictionary_enabled(false).build());
    }
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
        let plate = parquet::schema::types::ColumnPath::from("plate");
        let undictioned = builder().set_column_dictionary_enabled(plate.clone(), false);
        forms.push(undictioned.set_column_encoding(plate, encoding).build());
    }
    let load = texts(&[Some("full"), None]);
    let write = |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| put::<ByteArrayType>(rows, &load);
    for form in forms {
        let bytes = two_fixes(Made { declared: "binary load (UTF8)", write: &write }, form);
        let rows = read_bytes(&bytes, ZoneOfNaive::Utc).unwrap();
        let loads: Vec<_> = rows.into_iter().map(|row| row.unwrap().fix().unwrap().load).collect();
        assert_eq!(loads, [domain::Load::Full, domain::Load::Unknown]);
    }
}

/// What is said of a file of two fixes with this column.
fn refusal<T: DataType>(declared: &str, values: &[Option<T::T>]) -> String {
    let write = |rows: &mut SerializedRowGroupWriter<'_, Vec<u8>>| put::<T>(rows, values);
    let bytes = two_fixes(Made { declared, write: &write }, WriterProperties::default());
    let error = read_bytes(&bytes, ZoneOfNaive::Utc).unwrap_err().to_string();
    error.split_once(": ").map(|(_, said)| said.to_owned()).unwrap_or(error)
}

#[test]
fn a_column_that_is_missing_or_cannot_be_read_is_named() {
    for column in ["type", "time", "plate", "fix", "lat", "lon"] {
        let said = refusal::<Int32Type>(&format!("absent {column}"), &[]);
        assert!(said.starts_with(&format!("column \"{column}\" is missing")), "{said}");
    }
    let said = refusal::<ByteArrayType>("binary lat (UTF8)", &texts(&[Some("34.5"), None]));
    assert!(said.starts_with("column \"lat\" holds BYTE_ARRAY"), "{said}");
    assert!(said.ends_with("a number is read there"), "{said}");
    let said = refusal::<Int64Type>("int64 time", &[Some(NOON), None]);
    assert!(said.starts_with("column \"time\" holds INT64: a timestamp"), "{said}");
    let said = refusal::<Int32Type>("int32 plate", &[Some(1), None]);
    assert!(said.starts_with("column \"plate\" holds INT32: text"), "{said}");
}

#[test]
fn a_damaged_file_is_refused_in_words_wherever_the_damage_is() {
    let whole = written(&LINES.map(|line| parse_line(line).unwrap()));
    for bytes in [&whole[..0], &whole[..7], &whole[..whole.len() - 9], b"{\"type\":\"fix\"}\n"] {
        assert!(matches!(read_bytes(bytes, ZoneOfNaive::Utc), Err(ReadError::Footer { .. })));
    }
    for at in (4..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        // Damage may leave a readable file of other values: what counts is that nothing stops the program.
        let _ = read_bytes(&bytes, ZoneOfNaive::Utc);
    }
}

/// A cell of a text column: a good value, a bad one, or none.
fn cell(good: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        6 => prop::sample::select(good).prop_map(Some),
        1 => prop::sample::select(&["", "x", "号", "-1"][..]).prop_map(Some),
        2 => Just(None),
    ]
}

/// In sixteenths: a line's number is then exactly the column's.
fn number(good: std::ops::Range<f64>) -> impl Strategy<Value = Option<f64>> {
    let some = prop_oneof![5 => good, 1 => -1e4..1e4];
    prop::option::weighted(0.8, some.prop_map(|number| (number * 16.0).round() / 16.0))
}

type Cells = ([Option<&'static str>; 12], [Option<f64>; 7], Option<bool>, Option<u8>);

fn cells() -> impl Strategy<Value = Cells> {
    let names = (
        cell(&["fix", "fix", "rfid", "weigh"]),
        cell(&["豫A12345D", "豫 a12345"]),
        cell(&["S1"]),
        cell(&["R1"]),
        cell(&["30751FEB"]),
        cell(&["00S1"]),
        cell(&["3d", "2d", "none"]),
    );
    let words = (
        cell(&["full", "unknown"]),
        cell(&["open"]),
        cell(&["raised"]),
        cell(&["short"]),
        cell(&["2026-11-23T12:00:00+08:00"]),
    );
    let numbers = (
        number(34.0..35.0),
        number(113.0..114.0),
        number(0.0..90.0),
        number(0.0..360.0),
        number(0.5..9.0),
        number(-80.0..-20.0),
        number(10.0..60.0),
    );
    (names, words, numbers, any::<Option<bool>>(), any::<Option<u8>>()).prop_map(
        |(n, w, d, ignition, satellites)| {
            let texts = [n.0, n.1, n.2, n.3, n.4, n.5, n.6, w.0, w.1, w.2, w.3, w.4];
            (texts, [d.0, d.1, d.2, d.3, d.4, d.5, d.6], ignition, satellites)
        },
    )
}

const TEXT_COLUMNS: [&str; 12] =
    ["type", "plate", "site", "reader", "epc", "source", "fix", "load", "lid", "lift", "antenna", "time"];
const NUMBER_COLUMNS: [&str; 7] = ["lat", "lon", "speed_kmh", "course_deg", "hdop", "rssi_dbm", "gross_t"];

fn line_of(cells: &Cells) -> String {
    let mut members = serde_json::Map::new();
    for (name, text) in TEXT_COLUMNS.iter().zip(cells.0) {
        members.extend(text.map(|text| ((*name).to_owned(), text.into())));
    }
    for (name, number) in NUMBER_COLUMNS.iter().zip(cells.1) {
        members.extend(number.map(|number| ((*name).to_owned(), number.into())));
    }
    members.extend(cells.2.map(|flag| ("ignition".to_owned(), flag.into())));
    members.extend(cells.3.map(|count| ("satellites".to_owned(), count.into())));
    serde_json::Value::Object(members).to_string()
}

fn file_of(rows: &[Cells]) -> Vec<u8> {
    let declared: String = TEXT_COLUMNS.map(|name| format!("optional binary {name} (UTF8);")).concat()
        + &NUMBER_COLUMNS.map(|name| format!("optional double {name};")).concat()
        + "optional boolean ignition; optional int32 satellites;";
    let schema = Arc::new(parse_message_type(&format!("message m {{ {declared} }}")).unwrap());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    for column in 0..TEXT_COLUMNS.len() {
        let cells: Vec<_> = rows.iter().map(|row| row.0[column]).collect();
        put::<ByteArrayType>(&mut group, &texts(&cells));
    }
    for column in 0..NUMBER_COLUMNS.len() {
        put::<DoubleType>(&mut group, &rows.iter().map(|row| row.1[column]).collect::<Vec<_>>());
    }
    put::<parquet::data_type::BoolType>(&mut group, &rows.iter().map(|row| row.2).collect::<Vec<_>>());
    put::<Int32Type>(&mut group, &rows.iter().map(|row| row.3.map(i32::from)).collect::<Vec<_>>());
    group.close().unwrap();
    file.into_inner().unwrap()
}

proptest! {
    #[test]
    fn a_row_is_a_report_exactly_when_its_line_is(rows in prop::collection::vec(cells(), 1..40)) {
        let from_rows = read_bytes(&file_of(&rows), ZoneOfNaive::Utc).unwrap();
        let from_lines: Rows = rows.iter().map(|row| parse_line(&line_of(row))).collect();
        prop_assert_eq!(&from_rows, &from_lines);
        let reports: Vec<Report> = from_lines.into_iter().flatten().collect();
        let back = read_bytes(&written(&reports), ZoneOfNaive::Utc).unwrap();
        prop_assert!(back.into_iter().map(Result::unwrap).eq(reports.iter().cloned()));
        for report in &reports {
            prop_assert_eq!(&parse_line(&to_line(report)).unwrap(), report);
        }
    }
}
