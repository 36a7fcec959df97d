use super::*;
use crate::frame::with_checksum;

/// Decodes lines (bodies get `$` and checksum, lines with a `!` before them stay as they are); output and summary.
fn decoded(dates: DatePolicy, lines: &[&str]) -> (Vec<String>, String) {
    let text: String = lines
        .iter()
        .map(|line| line.strip_prefix('!').map_or_else(|| with_checksum(line), str::to_owned) + "\r\n")
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    decode(file.path(), dates, &mut out, &mut notes).unwrap();
    let text = String::from_utf8(out).unwrap();
    (text.lines().map(str::to_owned).collect(), String::from_utf8(notes).unwrap())
}

const FIRST: &str = "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A";
const SECOND: &str = "GNRMC,120001.00,A,3430.0060,N,11324.0000,E,20.0,,231126,,,A";

#[test]
fn an_epoch_is_one_line_with_the_line_of_its_last_sentence() {
    let gga = "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,";
    let gsa = "GNGSA,A,3,01,02,03,04,,,,,,,,,1.5,1.0,1.2";
    let (lines, _) = decoded(DatePolicy::Live, &["!# a collector's remark", FIRST, gga, gsa, SECOND]);
    let expected = [
        r#"{"line":4,"time":"2026-11-23T12:00:00.000Z","lat":34.5,"lon":113.4,"altitude_m":110,"speed_kmh":18.52,"course_deg":90.0,"fix":"3d","hdop":1.0,"satellites":9,"date":"stated"}"#,
        r#"{"line":5,"time":"2026-11-23T12:00:01.000Z","lat":34.5001,"lon":113.4,"altitude_m":null,"speed_kmh":37.04,"course_deg":null,"fix":"3d","hdop":null,"satellites":null,"date":"stated"}"#,
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_refused_is_told_with_its_first_line() {
    let (_, notes) = decoded(
        DatePolicy::Live,
        &[
            FIRST,
            "!$GPRMC,1*00",
            "!$GPRMC,1",
            "!$GPRMC,2",
            "GPGGA,126000.00,3430.0,N,11324.0,E,1,09,1.0,110.0,M,,M,,",
            "PSRF151,1",
            "GPRMC,120002.00,A,3430.0000,N,11324.0000,E,10.0,90.0,060180,,,A",
        ],
    );
    for expected in [
        "7 lines, 4 sentences, 2 epochs, 2 with a fix",
        "refused: the checksum does not fit: 1, first on line 2",
        "refused: without a checksum: 2, first on line 3",
        "refused: GPGGA: its time of day is malformed or out of range: 1, first on line 5",
        "not used: PSRF1: 1, first on line 6",
        "date: not believed: 1, first on line 7",
    ] {
        assert!(notes.contains(expected), "{expected:?} is not in\n{notes}");
    }
}

#[test]
fn an_old_date_is_refused_or_taken_as_it_was_recorded() {
    let old = "GPRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,010409,,,A";
    let (live, _) = decoded(DatePolicy::Live, &[old]);
    assert!(live[0].contains(r#""time":null"#) && live[0].contains(r#""date":"refused""#), "{live:?}");
    let (recorded, _) = decoded(DatePolicy::AsRecorded, &[old]);
    assert!(recorded[0].contains(r#""time":"2009-04-01T12:00:00.000Z""#), "{recorded:?}");
}

#[test]
fn a_file_that_is_none_or_no_receivers_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.nmea");
    let of = |path: &Path| {
        decode(path, DatePolicy::Live, std::io::sink(), std::io::sink()).unwrap_err().to_string()
    };
    assert!(of(&missing).contains("missing.nmea: give a file"));
    assert!(of(folder.path()).contains("cannot read"));
    let noise = folder.path().join("noise");
    std::fs::write(&noise, vec![0xB5; 100_000]).unwrap();
    assert!(of(&noise).contains("no NMEA sentence"));
}
