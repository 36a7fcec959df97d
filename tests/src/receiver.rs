//! The bytes a receiver and a body controller would send for a truck's movements.

use domain::{Position, Timestamp};

use crate::drive::signal_sentence;

/// RMC and GGA of one second, with checksums and line ends.
pub fn epoch(time: Timestamp, at: Position, speed_kmh: f64, course_deg: f64) -> String {
    let utc = time.plus_seconds(-8 * 3600).local();
    let (clock, date) = (utc.format("%H%M%S.00"), utc.format("%d%m%y"));
    let (lat, lon) = (minutes(at.lat(), 2), minutes(at.lon(), 3));
    let knots = speed_kmh / 1.852;
    signal_sentence(&format!("GNRMC,{clock},A,{lat},N,{lon},E,{knots:.3},{course_deg:.1},{date},,,A"))
        + &signal_sentence(&format!("GNGGA,{clock},{lat},N,{lon},E,1,12,0.8,110.0,M,-18.0,M,,"))
}

/// `ddmm.mmmmmm` of northern or eastern degrees.
fn minutes(degrees: f64, digits: usize) -> String {
    format!("{:0digits$}{:09.6}", degrees.trunc(), degrees.fract() * 60.0)
}

/// A truck that waits loaded for `wait_s`, then drives east at `speed_kmh` for `drive_s`.
pub fn loaded_departure(
    start: Timestamp,
    from: Position,
    wait_s: i64,
    drive_s: i64,
    speed_kmh: f64,
) -> String {
    let mut bytes = signal_sentence("PMUCK,full,closed,flat,ok,ok,on");
    for second in 0..wait_s {
        bytes += &epoch(start.plus_seconds(second), from, 0.0, 0.0);
    }
    for second in 0..drive_s {
        let east = speed_kmh / 3.6 * second as f64;
        bytes += &epoch(start.plus_seconds(wait_s + second), from.offset_m(east, 0.0), speed_kmh, 90.0);
    }
    bytes
}

/// A tag notice of a `bb7e` reader: RSSI, protocol-control word, EPC, CRC.
pub fn tag_notice(epc: &[u8; 12], rssi_dbm: i8) -> Vec<u8> {
    let mut params = vec![rssi_dbm.to_be_bytes()[0], 0x34, 0x00];
    params.extend(epc);
    // The reader's own CRC over PC and EPC: poly 1021, init FFFF, inverted (ISO/IEC 18000-63).
    let crc = !params[1..].iter().fold(0xFFFF_u16, |crc, byte| {
        (0..8)
            .fold(crc ^ u16::from(*byte) << 8, |c, _| if c & 0x8000 == 0 { c << 1 } else { c << 1 ^ 0x1021 })
    });
    params.extend(crc.to_be_bytes());
    let mut frame = vec![0xBB, 0x02, 0x22];
    frame.extend((params.len() as u16).to_be_bytes());
    frame.extend(&params);
    let sum = frame[1..].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend([sum, 0x7E]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of a recorded reader.
    #[test]
    fn a_notice_is_built_as_a_real_reader_builds_it() {
        let epc = [0x30, 0x75, 0x1F, 0xEB, 0x70, 0x5C, 0x59, 0x04, 0xE3, 0xD5, 0x0D, 0x70];
        let recorded = [
            0xBB, 0x02, 0x22, 0x00, 0x11, 0xC9, 0x34, 0x00, 0x30, 0x75, 0x1F, 0xEB, 0x70, 0x5C, 0x59, 0x04,
            0xE3, 0xD5, 0x0D, 0x70, 0x3A, 0x76, 0xEF, 0x7E,
        ];
        assert_eq!(tag_notice(&epc, -55), recorded);
    }
}
