//! gpsd as a receiver: its JSON lines (TPV, SKY) to epochs. Pure. Source: gpsd_json, protocol 3.
//!
//! A TPV is one epoch, with speeds in metres a second and a mode that says what it rests on; the dilution and the count of
//! satellites come in SKY objects between them.

use std::collections::VecDeque;

use domain::{Course, FixKind, Hdop, Position, Speed, Timestamp};
use receiver::date::{DatePolicy, Dated};
use receiver::epoch::{DateState, Epoch};
use receiver::fields::DAY_MS;
use serde::Deserialize;

/// What a client says first: reports as JSON, please.
pub const WATCH: &[u8] = b"?WATCH={\"enable\":true,\"json\":true};\n";

/// Longest line taken; a SKY of two hundred satellites has half of it.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// A SKY speaks for the TPVs of this long after it.
const SKY_MS_MAX: i64 = 5_000;
const KMH_PER_MS: f64 = 3.6;
/// TPV status of a position that is reckoned, simulated or of the clock alone: no evidence.
const STATUS_NO_EVIDENCE: std::ops::RangeInclusive<u8> = 5..=8;

/// What came from gpsd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GpsdCounters {
    /// TPV objects.
    pub fixes: u64,
    /// TPV objects for a moment that was told already.
    pub repeated: u64,
    /// Lines that are no JSON object, or hold something else than they must.
    pub malformed: u64,
    /// Lines longer than [`LINE_BYTES_MAX`].
    pub oversize: u64,
    /// Dates moved by 1,024 weeks.
    pub dates_mended: u64,
    /// Dates not believed.
    pub dates_refused: u64,
}

impl std::ops::AddAssign for GpsdCounters {
    fn add_assign(&mut self, other: Self) {
        self.fixes += other.fixes;
        self.repeated += other.repeated;
        self.malformed += other.malformed;
        self.oversize += other.oversize;
        self.dates_mended += other.dates_mended;
        self.dates_refused += other.dates_refused;
    }
}

#[derive(Deserialize)]
#[serde(tag = "class")]
enum Object {
    #[serde(rename = "TPV")]
    Tpv(Tpv),
    #[serde(rename = "SKY")]
    Sky(Sky),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Tpv {
    #[serde(default)]
    mode: u8,
    #[serde(default)]
    status: u8,
    time: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(rename = "altMSL")]
    alt_msl: Option<f64>,
    speed: Option<f64>,
    track: Option<f64>,
    /// Estimated horizontal error, metres, 95 %.
    eph: Option<f64>,
}

#[derive(Deserialize, Clone, Copy)]
struct Sky {
    hdop: Option<f64>,
    #[serde(rename = "uSat")]
    used: Option<u8>,
}

/// Reads gpsd's stream. Calling order: [`GpsdReader::handle_bytes`], then [`GpsdReader::poll_epoch`] until it is empty.
#[derive(Debug, Clone)]
pub struct GpsdReader {
    policy: DatePolicy,
    line: Vec<u8>,
    /// The rest of a line that is too long is dropped.
    skipping: bool,
    sky: Option<(Timestamp, Option<Hdop>, Option<u8>)>,
    last: Option<Timestamp>,
    ready: VecDeque<Epoch>,
    counters: GpsdCounters,
}

impl GpsdReader {
    /// A reader that has seen nothing.
    pub fn new(policy: DatePolicy) -> Self {
        Self {
            policy,
            line: Vec::new(),
            skipping: false,
            sky: None,
            last: None,
            ready: VecDeque::new(),
            counters: GpsdCounters::default(),
        }
    }

    /// Takes bytes as they came.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + piece.len() > LINE_BYTES_MAX {
                self.counters.oversize += u64::from(!self.skipping);
                self.skipping = true;
                self.line.clear();
            }
            if !self.skipping {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.take_line(now);
                self.line.clear();
                self.skipping = false;
            }
        }
    }

    /// The stream broke off: what comes next is not its continuation.
    pub fn handle_interruption(&mut self) {
        self.line.clear();
        self.skipping = false;
        self.sky = None;
    }

    /// The next epoch.
    pub fn poll_epoch(&mut self) -> Option<Epoch> {
        self.ready.pop_front()
    }

    /// What came.
    pub fn counters(&self) -> &GpsdCounters {
        &self.counters
    }

    fn take_line(&mut self, now: Timestamp) {
        if self.line.trim_ascii().is_empty() {
            return;
        }
        match serde_json::from_slice(&self.line) {
            Ok(Object::Tpv(tpv)) => self.take_tpv(&tpv, now),
            Ok(Object::Sky(sky)) => {
                // Some SKY objects have satellites only, others the dilutions only.
                let (_, hdop, used) = self.sky.unwrap_or((now, None, None));
                self.sky = Some((now, sky.hdop.and_then(Hdop::from_ratio).or(hdop), sky.used.or(used)));
            }
            Ok(Object::Other) => {}
            Err(_malformed) => self.counters.malformed += 1,
        }
    }

    fn take_tpv(&mut self, tpv: &Tpv, now: Timestamp) {
        let stated: Option<Timestamp> = tpv.time.as_deref().and_then(|text| text.parse().ok());
        if stated.is_some() && stated == self.last {
            self.counters.repeated += 1;
            return;
        }
        self.last = stated;
        self.counters.fixes += 1;
        let position = tpv.lat.zip(tpv.lon).and_then(|(lat, lon)| Position::from_degrees(lat, lon).ok());
        let fix = match tpv.mode {
            _ if position.is_none() || STATUS_NO_EVIDENCE.contains(&tpv.status) => FixKind::None,
            2 => FixKind::D2,
            3 => FixKind::D3,
            _ => FixKind::None,
        };
        let (time, date) = self.dated(stated, now);
        let sky = self.sky.filter(|(at, ..)| (0..=SKY_MS_MAX).contains(&now.millis_since(*at)));
        let metres = |metres: f64| (-10_000.0..=50_000.0).contains(&metres).then(|| metres.round() as i32);
        self.ready.push_back(Epoch {
            time,
            fix,
            position,
            altitude_m: tpv.alt_msl.and_then(metres),
            speed: tpv.speed.and_then(|speed| Speed::from_kmh(speed * KMH_PER_MS)),
            course: tpv.track.and_then(Course::from_deg),
            hdop: sky.and_then(|(_, hdop, _)| hdop),
            satellites: sky.and_then(|(_, _, used)| used),
            horizontal_error_cm: tpv.eph.and_then(error_cm),
            date,
            line: 0,
        });
    }

    fn dated(&mut self, stated: Option<Timestamp>, now: Timestamp) -> (Option<Timestamp>, DateState) {
        let Some(stated) = stated else {
            return (None, DateState::Unknown);
        };
        let time_ms = stated.millis().rem_euclid(i64::from(DAY_MS)) as u32;
        match self.policy.judge(stated.local().naive_utc().date(), time_ms, now) {
            Dated::Trusted(at) => (Some(at), DateState::Stated),
            Dated::Mended(at) => {
                self.counters.dates_mended += 1;
                (Some(at), DateState::Mended)
            }
            Dated::Refused => {
                self.counters.dates_refused += 1;
                (None, DateState::Refused)
            }
        }
    }
}

/// The standard deviation of a 95 % bound, in centimetres.
fn error_cm(eph_m: f64) -> Option<u32> {
    (0.0..=100_000.0).contains(&eph_m).then(|| (eph_m * 50.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-11-23T13:00:00Z";

    fn read(policy: DatePolicy, bytes: &[u8], chunk: usize) -> (Vec<Epoch>, GpsdCounters) {
        let mut reader = GpsdReader::new(policy);
        for piece in bytes.chunks(chunk.max(1)) {
            reader.handle_bytes(piece, NOW.parse().unwrap());
        }
        let epochs = std::iter::from_fn(|| reader.poll_epoch()).collect();
        (epochs, *reader.counters())
    }

    const STREAM: &str = concat!(
        r#"{"class":"VERSION","release":"3.25","rev":"3.25","proto_major":3,"proto_minor":15}"#,
        "\r\n",
        r#"{"class":"SKY","device":"/dev/ttyS1","hdop":0.80,"nSat":14,"uSat":9,"satellites":[{"PRN":1,"el":17.0,"az":83.0,"ss":3.0,"used":false}]}"#,
        "\r\n",
        r#"{"class":"TPV","device":"/dev/ttyS1","mode":3,"time":"2026-11-23T12:59:59.000Z","lat":34.500000123,"lon":113.4,"altHAE":90.1,"altMSL":110.4,"speed":10.0,"track":90.0,"eph":4.0}"#,
        "\r\n",
        r#"{"class":"TPV","device":"/dev/ttyS1","mode":3,"time":"2026-11-23T12:59:59.000Z","lat":34.500000123,"lon":113.4}"#,
        "\r\n",
    );

    #[test]
    fn a_tpv_is_an_epoch_with_its_units_and_the_dilution_of_the_sky() {
        for chunk in [1, 7, STREAM.len()] {
            let (epochs, counters) = read(DatePolicy::Live, STREAM.as_bytes(), chunk);
            let [epoch] = epochs.as_slice() else { panic!("{epochs:?}") };
            assert_eq!((epoch.time, epoch.fix), ("2026-11-23T12:59:59Z".parse().ok(), FixKind::D3));
            assert_eq!(epoch.position, Position::from_degrees(34.500_000_1, 113.4).ok());
            assert_eq!((epoch.speed, epoch.course), (Speed::from_kmh(36.0), Course::from_deg(90.0)));
            assert_eq!((epoch.altitude_m, epoch.hdop), (Some(110), Hdop::from_ratio(0.8)));
            assert_eq!((epoch.satellites, epoch.horizontal_error_cm), (Some(9), Some(200)));
            assert_eq!((counters.fixes, counters.repeated, counters.malformed), (1, 1, 0));
        }
    }

    #[track_caller]
    fn check_fix(tpv: &str, expected: FixKind) {
        let (epochs, _) = read(DatePolicy::Live, format!("{{\"class\":\"TPV\",{tpv}}}\n").as_bytes(), 4096);
        assert_eq!(epochs[0].fix, expected, "{tpv}");
    }

    #[test]
    fn only_mode_two_and_three_with_a_place_by_satellites_is_a_fix() {
        let place = r#""lat":34.5,"lon":113.4"#;
        check_fix(&format!(r#""mode":2,{place}"#), FixKind::D2);
        check_fix(&format!(r#""mode":3,"status":2,{place}"#), FixKind::D3);
        check_fix(&format!(r#""mode":1,{place}"#), FixKind::None);
        check_fix(&format!(r#""mode":0,{place}"#), FixKind::None);
        check_fix(r#""mode":3"#, FixKind::None);
        check_fix(r#""mode":3,"lat":91.0,"lon":113.4"#, FixKind::None);
        // Dead reckoning, time only, simulated.
        for status in [5, 6, 7, 8] {
            check_fix(&format!(r#""mode":3,"status":{status},{place}"#), FixKind::None);
        }
    }

    #[test]
    fn a_date_of_another_era_is_mended_or_refused() {
        let tpv = |time: &str| format!("{{\"class\":\"TPV\",\"mode\":1,\"time\":\"{time}\"}}\n");
        let (epochs, counters) = read(DatePolicy::Live, tpv("2046-07-09T12:00:00.000Z").as_bytes(), 99);
        assert_eq!(
            (epochs[0].time, epochs[0].date),
            ("2026-11-23T12:00:00Z".parse().ok(), DateState::Mended)
        );
        assert_eq!(counters.dates_mended, 1);
        let (epochs, _) = read(DatePolicy::Live, tpv("1980-01-06T00:00:00.000Z").as_bytes(), 99);
        assert_eq!((epochs[0].time, epochs[0].date), (None, DateState::Refused));
    }

    #[test]
    fn lines_that_are_too_long_or_no_json_are_counted_and_cost_no_other() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX + 100];
        bytes.extend_from_slice(b"\n$GPRMC,1\n\n{\"class\":\"TPV\",\"mode\":\"3\"}\n");
        bytes.extend_from_slice(STREAM.as_bytes());
        let (epochs, counters) = read(DatePolicy::Live, &bytes, 1000);
        assert_eq!((epochs.len(), counters.oversize, counters.malformed), (1, 1, 2));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_chunks_do_not_matter(at in 0usize..STREAM.len(), byte in any::<u8>(), chunk in 1usize..99) {
            let mut bytes = STREAM.as_bytes().to_vec();
            bytes[at] = byte;
            prop_assert_eq!(read(DatePolicy::Live, &bytes, chunk), read(DatePolicy::Live, &bytes, bytes.len()));
        }
    }
}
