//! Each sentence `nmea` refuses wrongly or takes wrongly, as a receiver sent it or as noise could make it.

use super::*;
use crate::frame::with_checksum;

fn content(body: &str) -> Content {
    parse(&with_checksum(body)).unwrap_or_else(|error| panic!("{body}: {error}")).content
}

#[track_caller]
fn check_refused(body: &str, field: &str) {
    assert_eq!(parse(&with_checksum(body)).map_err(|error| error.field), Err(field), "{body}");
}

/// What `nmea` alone says, so that a reader here goes when it is no longer needed.
#[track_caller]
fn check_nmea_refuses(body: &str) {
    assert!(parse_str(&with_checksum(body)).is_err(), "nmea reads {body} by now");
}

fn rmc_of(body: &str) -> Rmc {
    match content(body) {
        Content::Rmc(rmc) => rmc,
        other => panic!("{body}: {other:?}"),
    }
}

fn gga_of(body: &str) -> Gga {
    match content(body) {
        Content::Gga(gga) | Content::Gns(gga) => gga,
        other => panic!("{body}: {other:?}"),
    }
}

fn at(lat: f64, lon: f64) -> Option<Position> {
    Position::from_degrees(lat, lon).ok()
}

#[test]
fn an_rmc_is_read_with_its_units() {
    let rmc = rmc_of("GPRMC,124023.00,A,4810.8487,N,01133.9051,E,009.3,173.7,010409,002.0,E,A");
    assert_eq!(rmc.time_ms, Some(45_623_000));
    assert_eq!(rmc.date, LocalDate::from_ymd_opt(2009, 4, 1));
    assert_eq!(rmc.basis, Basis::Satellites);
    assert_eq!(rmc.place.map(|p| p.position), at(48.180_811_667, 11.565_085));
    assert_eq!(rmc.motion.speed, Speed::from_kmh(9.3 * 1.852));
    assert_eq!(rmc.motion.course, Course::from_deg(173.7));
}

#[test]
fn an_rmc_with_a_variation_without_direction_is_read() {
    let body = "GPRMC,181207,A,3925.9479,N,11945.9211,W,0.0,153.6,181207,0,N";
    check_nmea_refuses("GPRMC,015123,A,5147.5203,N,00034.9463,W,0.0,0.0,181207,0,N");
    assert_eq!(rmc_of(body).place.map(|p| p.position), at(39.432_465, -119.765_351_667));
}

#[test]
fn an_rmc_at_a_leap_second_or_without_a_real_day_keeps_its_position() {
    for body in [
        "GPRMC,235960,A,4810.8487,N,01133.9051,E,9.3,173.7,311216,,,A",
        "GPRMC,124023,A,4810.8487,N,01133.9051,E,9.3,173.7,000000,,,A",
    ] {
        check_nmea_refuses(body);
        assert_eq!(rmc_of(body).place.map(|p| p.position), at(48.180_811_667, 11.565_085), "{body}");
    }
}

#[test]
fn a_year_of_80_to_99_is_of_the_last_century() {
    let rmc = rmc_of("GPRMC,000009.037,V,,,,,,,060180,,,N");
    assert_eq!(rmc.date, LocalDate::from_ymd_opt(1980, 1, 6));
    assert_eq!(rmc.basis, Basis::Nothing);
}

#[test]
fn a_mode_of_dead_reckoning_manual_or_simulator_is_no_evidence() {
    for (mode, basis) in [
        ("A", Basis::Satellites),
        ("D", Basis::Satellites),
        ("R", Basis::Satellites),
        ("F", Basis::Satellites),
        ("E", Basis::Estimated),
        ("M", Basis::Estimated),
        ("S", Basis::Estimated),
        ("N", Basis::Nothing),
    ] {
        let body = format!("GNRMC,055234.000,A,4739.71890,N,12219.58362,W,0.00,286.35,050826,,,{mode}");
        assert_eq!(rmc_of(&body).basis, basis, "{mode}");
    }
    for (quality, basis) in [
        ("0", Basis::Nothing),
        ("1", Basis::Satellites),
        ("2", Basis::Satellites),
        ("4", Basis::Satellites),
        ("5", Basis::Satellites),
        ("6", Basis::Estimated),
        ("7", Basis::Estimated),
        ("8", Basis::Estimated),
    ] {
        let body = format!("GPGGA,124023.00,4810.8487,N,01133.9051,E,{quality},04,23.9,-704.5,M,46.3,M,,");
        assert_eq!(gga_of(&body).basis, basis, "{quality}");
    }
}

#[test]
fn a_gga_with_a_malformed_dilution_or_no_quality_keeps_what_is_sound() {
    let body = "GPGGA,130849.00,4810.6734,N,01134.4500,E,1,03,0NaN,00524.3,M,0046.3,M,,";
    check_nmea_refuses(body);
    let gga = gga_of(body);
    assert_eq!((gga.hdop, gga.satellites, gga.altitude_m), (None, Some(3), Some(524)));
    assert_eq!(gga.place.map(|p| p.position), at(48.177_89, 11.574_166_667));
    let body = "GPGGA,130849.00,4810.6734,N,01134.4500,E,,,,,M,,M,,";
    assert_eq!(gga_of(body).basis, Basis::Nothing);
}

#[test]
fn a_gns_of_three_and_more_constellations_is_read() {
    let body = "GNGNS,094326.00,3955.123456,N,11623.654321,E,AAAN,15,0.8,50.2,-9.5,,,V";
    check_nmea_refuses(body);
    let gns = gga_of(body);
    assert_eq!(gns.basis, Basis::Satellites);
    assert_eq!((gns.satellites, gns.altitude_m), (Some(15), Some(50)));
    assert_eq!(gns.place.map(|p| p.position), at(39.918_724_267, 116.394_238_683));
    assert_eq!(gga_of("GNGNS,094326.00,,,,,NNNN,00,99.9,,,,,V").basis, Basis::Nothing);
    assert_eq!(gga_of("GNGNS,094326.00,3955.1,N,11623.6,E,EEN,00,99.9,,,,").basis, Basis::Estimated);
}

#[test]
fn a_gll_without_mode_is_read() {
    let body = "INGLL,4110.8512,N,00121.4512,E,194102,A";
    check_nmea_refuses(body);
    let Content::Gll(gll) = content(body) else { panic!("no GLL") };
    assert_eq!((gll.basis, gll.time_ms), (Basis::Satellites, Some(70_862_000)));
    assert_eq!(gll.place.map(|p| p.position), at(41.180_853_333, 1.357_52));
    let Content::Gll(void) = content("GPGLL,,,,,194102,V") else { panic!("no GLL") };
    assert_eq!((void.basis, void.place), (Basis::Nothing, None));
}

#[test]
fn a_gsa_with_empty_or_extra_dilutions_is_read() {
    for (body, dimensions, hdop) in [
        ("GPGSA,A,2,23,13,20,,,,,,,,,,3.1,3.1,", 2, Some(3.1)),
        ("GPGSA,A,2,23,13,20,,,,,,,,,,,3.1,", 2, Some(3.1)),
        ("BDGSA,A,3,01,02,03,,,,,,,,,,5.1,1.3,4.9,3.3", 3, Some(1.3)),
        ("GPGSA,A,2,13,,04,25,,,,,,,,,0NaN,0NaN,", 2, None),
    ] {
        check_nmea_refuses(body);
        let hdop = hdop.and_then(Hdop::from_ratio);
        assert_eq!(content(body), Content::Gsa(Gsa { dimensions, hdop }), "{body}");
    }
    let long = "GPGSA,A,3,23,13,07,25,,,,,,,,,,,,,,,,,,,,,09.1,07.2,05.6";
    assert_eq!(content(long), Content::Gsa(Gsa { dimensions: 3, hdop: Hdop::from_ratio(7.2) }));
    assert_eq!(content("GPGSA,A,1,,,,,,,,,,,,,,,"), Content::Gsa(Gsa { dimensions: 1, hdop: None }));
    check_refused("GPGSA,A,9,,,,,,,,,,,,,,,", "fix mode");
}

#[test]
fn a_zda_with_a_signed_zone_is_read() {
    let body = "GPZDA,055234.200,05,08,2026,+00,00";
    let expected = Zda { time_ms: Some(21_154_200), date: LocalDate::from_ymd_opt(2026, 8, 5) };
    assert_eq!(content(body), Content::Zda(expected));
    assert_eq!(content("GPZDA,055234.200,05,08,2026,00,00"), Content::Zda(expected));
    assert_eq!(content("GPZDA,,,,,,"), Content::Zda(Zda::default()));
}

#[test]
fn a_gsv_group_tells_its_last_sentence_even_without_satellites() {
    check_nmea_refuses("BDGSV,1,1,00");
    for (body, last_of_group) in [("BDGSV,1,1,00", true), ("GPGSV,3,1,11", false), ("GPGSV,3,3,11", true)] {
        assert_eq!(content(body), Content::Gsv { last_of_group }, "{body}");
    }
    check_refused("GPGSV,3,0,11", "number in its group");
    check_refused("GPGSV,,,", "number in its group");
}

#[test]
fn a_vtg_gives_knots_as_kmh_and_no_course_where_it_is_empty() {
    let Content::Vtg(motion) = content("GNVTG,286.35,T,,M,10.00,N,18.52,K,A") else { panic!("no VTG") };
    assert_eq!(motion.speed, Speed::from_kmh(18.52));
    assert_eq!(motion.course, Course::from_deg(286.35));
    let Content::Vtg(standing) = content("GNVTG,,T,,M,0.00,N,0.00,K,A") else { panic!("no VTG") };
    assert_eq!(standing, Motion { speed: Speed::from_kmh(0.0), course: None });
}

#[test]
fn numbers_nmea_would_take_but_no_receiver_means_are_refused() {
    for (lat, lon, field) in [
        ("52nan,N", "01133.9051,E", "latitude"),
        ("521e1,N", "01133.9051,E", "latitude"),
        ("4875.0000,N", "01133.9051,E", "latitude"),
        ("9959.0000,N", "01133.9051,E", "latitude"),
        ("4810.8487,N", "001inf,E", "longitude"),
        ("4810.8487,N", "19000.0,E", "longitude"),
    ] {
        check_refused(&format!("GPRMC,124023.00,A,{lat},{lon},009.3,173.7,010409,,,A"), field);
        check_refused(&format!("GPGGA,124023.00,{lat},{lon},1,04,1.0,500.0,M,46.0,M,,"), field);
        check_refused(&format!("GPGLL,{lat},{lon},124023.00,A,A"), field);
        check_refused(&format!("GNGNS,124023.00,{lat},{lon},AA,04,1.0,500.0,46.0,,"), field);
    }
}

#[test]
fn impossible_speeds_and_courses_are_dropped_and_the_position_kept() {
    for (speed, course) in [("nan", "nan"), ("inf", "400.0"), ("-5.0", "-1"), ("9e9", "1e1")] {
        let rmc = rmc_of(&format!("GPRMC,124023.00,A,4810.8487,N,01133.9051,E,{speed},{course},010409,,,A"));
        assert_eq!(rmc.motion, Motion::default(), "{speed} {course}");
        assert!(rmc.place.is_some());
    }
}

#[test]
fn what_is_not_used_is_other_and_no_error() {
    for body in
        ["PGRME,2.3,M,3.3,M,4.0,M", "GPBOD,,T,,M,", "PSRF154,107", "", "X", "GNTXT,01,01,02,u-blox AG"]
    {
        assert_eq!(content(body), Content::Other, "{body}");
    }
    assert_eq!(content("GPTXT,01,01,01,ANTENNA OK"), Content::Antenna(Antenna::Ok));
}

#[test]
fn a_time_is_read_to_the_very_millisecond() {
    for millis in 0..1000u32 {
        let body = format!("GPRMC,112228.{millis:03},A,4719.9565,N,00749.2493,E,0.42,180.50,030410,,,A");
        assert_eq!(rmc_of(&body).time_ms, Some(40_948_000 + millis), "{body}");
    }
}

#[test]
fn a_void_sentence_with_a_place_off_the_globe_says_there_is_no_fix() {
    let rmc = rmc_of("GPRMC,235946.005,V,8960.000000,N,00000.000000,E,0.000,0.00,050180,,,N");
    assert_eq!((rmc.basis, rmc.place), (Basis::Nothing, None));
    let gga = gga_of("GPGGA,071733.929,8960.0000,N,00000.0000,E,0,0,,137.0,M,13.0,M,,");
    assert_eq!((gga.basis, gga.place), (Basis::Nothing, None));
    let Content::Gll(gll) = content("GPGLL,36000.0000,N,72000.0000,E,000452.981,V") else { panic!("no GLL") };
    assert_eq!((gll.basis, gll.place), (Basis::Nothing, None));
}

#[test]
fn an_rmc_of_any_version_of_the_standard_is_read() {
    let place = "GNRMC,124023.00,A,4810.8487,N,01133.9051,E,009.3,173.7,010409,,";
    // Version 2 without a mode, 2.3 with one, 4.1 with a navigational status.
    for (more, basis) in [
        ("", Basis::Satellites),
        (",D", Basis::Satellites),
        (",A,V", Basis::Satellites),
        (",N,V", Basis::Nothing),
    ] {
        let rmc = rmc_of(&format!("{place}{more}"));
        assert_eq!((rmc.basis, rmc.place.map(|p| p.decimals)), (basis, Some(4)), "{more}");
    }
}

#[test]
fn every_constellation_may_talk() {
    for talker in ["GP", "GL", "GA", "GB", "BD", "GQ", "QZ", "PQ", "GI", "IM", "GN", "IN", "EC"] {
        let body = format!("{talker}GGA,124023.00,4810.8487,N,01133.9051,E,1,04,1.0,500.0,M,46.0,M,,");
        assert_eq!(gga_of(&body).place.map(|p| p.position), at(48.180_811_667, 11.565_085), "{talker}");
        assert!(
            matches!(content(&format!("{talker}GSV,1,1,01,05,60,120,40")), Content::Gsv { .. }),
            "{talker}"
        );
    }
}

#[test]
fn a_gst_tells_the_error_nmea_reads_and_no_impossible_one() {
    let gst = Gst { time_ms: Some(65_501_000), horizontal_error_cm: Some(103) };
    assert_eq!(content("GPGST,181141.000,15.5,15.3,7.2,21.8,0.9,0.5,0.8"), Content::Gst(gst));
    for deviation in ["nan", "inf", "1e9"] {
        let body = format!("GPGST,181141.000,15.5,15.3,7.2,21.8,{deviation},0.5,0.8");
        let Content::Gst(gst) = content(&body) else { panic!("{body}") };
        assert_eq!(gst.horizontal_error_cm, None, "{body}");
    }
}

#[test]
fn a_vtg_with_other_units_in_other_places_is_refused() {
    check_refused("GPVTG,054.7,034.4,005.5,010.2", "course or speed");
    let Content::Vtg(kmh) = content("GPVTG,054.7,T,,M,,N,010.2,K,A") else { panic!("no VTG") };
    assert_eq!(kmh.speed, Speed::from_kmh(10.2));
}
