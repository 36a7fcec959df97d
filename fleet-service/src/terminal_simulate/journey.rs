//! Where a simulated truck goes: along given points at one speed, or as recorded reports say.

use std::io::{self, BufRead};

use domain::report_line::{ReportLineError, parse_line};
use domain::{Course, FixKind, FixReport, Lid, Lift, Load, Plate, Position, Speed, Timestamp};

/// Most reports one run plays.
pub const STEPS_MAX: usize = 1_000_000;
/// Satellites a simulated fix states.
const SATELLITES: u8 = 12;

/// One report to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// When, after the start, ms.
    pub(super) after_ms: i64,
    /// The time it states; `None` for the moment it becomes due.
    pub(super) time: Option<Timestamp>,
    pub(super) fix: FixReport,
}

/// Why there is nothing to play.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JourneyError {
    /// A point that is none.
    #[error("--line：第 {place} 个点 {text:?} 应为“纬度,经度” / point {place} is to be LAT,LON in degrees")]
    Point {
        /// Its place, from 1.
        place: usize,
        /// What stands there.
        text: String,
    },
    /// Fewer than two points.
    #[error("--line 至少需要两个点 / at least two points are needed")]
    TooFewPoints,
    /// A speed or interval that leads nowhere.
    #[error(
        "速度应在 1 至 200 km/h 之间，间隔至少 1 秒 / a speed of 1 to 200 km/h and an interval of 1 s or more are needed"
    )]
    Pace,
    /// The file cannot be read.
    #[error("报告文件无法读取 / the file of reports cannot be read")]
    Read(#[from] io::Error),
    /// A line of it is no report.
    #[error("报告文件第 {line} 行无法识别 / line {line} of the file of reports is none")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: ReportLineError,
    },
    /// It holds no position of this truck.
    #[error(
        "报告文件中没有 {plate} 的定位，其他报告 {others} 条 / the file holds no position of {plate}, and {others} other reports"
    )]
    NoneOfThisTruck {
        /// The truck.
        plate: Plate,
        /// Reports of other trucks or kinds.
        others: usize,
    },
    /// More than [`STEPS_MAX`].
    #[error("超过 {STEPS_MAX} 条报告 / more than {STEPS_MAX} reports")]
    TooMany,
}

/// What the body says all along a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BodyWords {
    pub(super) load: Load,
    pub(super) lid: Lid,
    pub(super) lift: Lift,
}

/// Steps along `line` (`LAT,LON;LAT,LON…`, WGS-84), one each `interval_s`, the last at its end and at rest.
pub(super) fn along(
    line: &str,
    speed_kmh: f64,
    interval_s: u32,
    plate: &Plate,
    body: BodyWords,
) -> Result<Vec<Step>, JourneyError> {
    let points = points(line)?;
    let speed = Speed::from_kmh(speed_kmh).filter(|_speed| (1.0..=200.0).contains(&speed_kmh));
    let (Some(speed), true) = (speed, interval_s > 0) else { return Err(JourneyError::Pace) };
    let step_m = speed_kmh / 3.6 * f64::from(interval_s);
    let mut steps = Vec::new();
    let mut push = |position, speed: Option<Speed>, course| {
        let fix = FixReport {
            speed,
            course,
            satellites: Some(SATELLITES),
            ignition: Some(true),
            load: body.load,
            lid: body.lid,
            lift: body.lift,
            ..FixReport::bare(plate.clone(), position, FixKind::D3)
        };
        let after_ms = steps.len() as i64 * i64::from(interval_s) * 1000;
        steps.push(Step { after_ms, time: None, fix });
        if steps.len() > STEPS_MAX { Err(JourneyError::TooMany) } else { Ok(()) }
    };
    // Metres still to go before the next step.
    let mut ahead_m = 0.0;
    let (mut last, mut course) = (None, None);
    for pair in points.windows(2) {
        let &[from, to] = pair else { continue };
        let (length_m, (east, north)) = (from.distance_m(to), from.metres_to(to));
        course = Course::from_deg(east.atan2(north).to_degrees().rem_euclid(360.0)).or(course);
        while ahead_m < length_m {
            push(between(from, to, ahead_m / length_m), Some(speed), course)?;
            ahead_m += step_m;
        }
        ahead_m -= length_m;
        last = Some(to);
    }
    if let Some(end) = last {
        push(end, Speed::from_kmh(0.0), course)?;
    }
    Ok(steps)
}

fn points(line: &str) -> Result<Vec<Position>, JourneyError> {
    let point = |(place, text): (usize, &str)| {
        let degrees = text
            .split_once(',')
            .and_then(|(lat, lon)| Some((lat.trim().parse::<f64>().ok()?, lon.trim().parse::<f64>().ok()?)));
        let position = degrees.and_then(|(lat, lon)| Position::from_degrees(lat, lon).ok());
        position
            .ok_or_else(|| JourneyError::Point { place: place + 1, text: text.chars().take(40).collect() })
    };
    let texts = line.split(';').map(str::trim).filter(|text| !text.is_empty());
    let points: Vec<Position> = texts.enumerate().map(point).collect::<Result<_, _>>()?;
    if points.len() < 2 { Err(JourneyError::TooFewPoints) } else { Ok(points) }
}

fn between(from: Position, to: Position, part: f64) -> Position {
    let mean = |from: i32, to: i32| from + (f64::from(to - from) * part).round() as i32;
    Position::from_e7(mean(from.lat_e7(), to.lat_e7()), mean(from.lon_e7(), to.lon_e7())).unwrap_or(to)
}

/// Steps as the fix reports of `plate` say, in order of their times; by those times, or one each `interval_s`.
pub(super) fn as_recorded(
    reports: impl BufRead,
    plate: &Plate,
    interval_s: Option<u32>,
) -> Result<Vec<Step>, JourneyError> {
    let (mut found, mut others) = (Vec::new(), 0);
    for (number, line) in reports.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let report = parse_line(&line).map_err(|source| JourneyError::Line { line: number + 1, source })?;
        match report.fix() {
            Some(fix) if fix.plate == *plate => found.push((report.time, fix.clone())),
            _ => others += 1,
        }
        if found.len() > STEPS_MAX {
            return Err(JourneyError::TooMany);
        }
    }
    found.sort();
    let Some((first, _)) = found.first() else {
        return Err(JourneyError::NoneOfThisTruck { plate: plate.clone(), others });
    };
    let first = *first;
    let step = |(place, (time, fix)): (i64, (Timestamp, FixReport))| {
        let after_ms = match interval_s {
            Some(interval_s) => place * i64::from(interval_s) * 1000,
            None => time.millis_since(first),
        };
        Step { after_ms, time: Some(time), fix }
    };
    Ok((0..).zip(found).map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: BodyWords = BodyWords { load: Load::Full, lid: Lid::Closed, lift: Lift::Flat };

    fn plate() -> Plate {
        "豫A12345".parse().unwrap()
    }

    #[test]
    fn a_line_is_driven_at_one_speed_and_ends_at_rest() {
        let line = "34.5,113.4; 34.51,113.4; 34.51,113.41";
        let steps = along(line, 36.0, 10, &plate(), BODY).unwrap();
        // About 1,109 m north and 918 m east at 100 m a step.
        assert_eq!(steps.len(), 22);
        for pair in steps.windows(2) {
            let moved_m = pair[0].fix.position.distance_m(pair[1].fix.position);
            assert!(moved_m <= 100.5, "{moved_m}");
            assert_eq!(pair[1].after_ms - pair[0].after_ms, 10_000);
        }
        assert_eq!(steps[0].fix.course, Course::from_deg(0.0));
        assert!((steps[20].fix.course.unwrap().deg() - 90.0).abs() < 0.1);
        let end = &steps[21].fix;
        assert_eq!(
            (end.position, end.speed),
            (Position::from_degrees(34.51, 113.41).unwrap(), Speed::from_kmh(0.0))
        );
        assert_eq!((end.load, end.lid, end.lift), (Load::Full, Lid::Closed, Lift::Flat));
    }

    #[test]
    fn what_is_no_line_is_told() {
        let error = |line: &str, kmh| along(line, kmh, 10, &plate(), BODY).unwrap_err().to_string();
        assert!(error("34.5,113.4", 40.0).contains("two points"));
        assert!(error("34.5,113.4;north", 40.0).contains("point 2"));
        assert!(error("34.5,113.4;34.5,190", 40.0).contains("point 2"));
        assert!(error("34.5,113.4;34.6,113.4", 0.0).contains("1 to 200 km/h"));
    }

    #[test]
    fn recorded_reports_are_played_in_order_and_other_trucks_left_out() {
        let line = |plate: &str, second: u32| {
            format!(
                r#"{{"type":"fix","plate":"{plate}","time":"2026-11-23T08:00:{second:02}+08:00","lat":34.5,"lon":113.4,"fix":"3d"}}"#
            )
        };
        let file =
            [line("豫A12345", 30), line("豫A99999", 10), String::new(), line("豫A12345", 0)].join("\n");
        let steps = as_recorded(file.as_bytes(), &plate(), None).unwrap();
        assert_eq!(steps.iter().map(|step| step.after_ms).collect::<Vec<_>>(), [0, 30_000]);
        let steps = as_recorded(file.as_bytes(), &plate(), Some(1)).unwrap();
        assert_eq!(steps.iter().map(|step| step.after_ms).collect::<Vec<_>>(), [0, 1_000]);
        let none = as_recorded(line("豫A99999", 1).as_bytes(), &plate(), None).unwrap_err();
        assert!(none.to_string().contains("1 other reports"), "{none}");
        let bad = as_recorded("\nnonsense".as_bytes(), &plate(), None).unwrap_err();
        assert!(bad.to_string().contains("line 2"), "{bad}");
    }
}
