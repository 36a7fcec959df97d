//! Profiles: each that is shipped reads the guilty and the innocent code as what it is, writes what it reads, and
//! nothing that comes over the line or out of a file makes one panic.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking, as the test itself does")]

use domain::{FixReport, Lid, Lift, Load, Timestamp};
use proptest::prelude::*;
use wire::profile::{
    AntennaState, Coordinates, LidState, LiftState, LoadState, PowerState, Reading, Sensed, SpeedLimit,
    State, Switch,
};
use wire::vendor::BodyState;
use wire::{DeviceTime, Extra, Location, Profile};

const MESSAGE: u16 = 0x0F01;

fn profile(name: &str) -> &'static Profile {
    Profile::named(name).unwrap()
}

fn bare() -> Location {
    Location {
        alarm: 0,
        status: 0b10,
        lat_e6: 34_539_400,
        lon_e6: 113_390_500,
        altitude_m: 0,
        speed_dkmh: 0,
        course_deg: 0,
        time: DeviceTime::at(Timestamp::from_seconds(1_795_413_600)),
        extras: Vec::new(),
        extras_malformed: false,
    }
}

fn with_status(status: u32) -> Location {
    Location { status: status | 0b10, ..bare() }
}

fn fix_by(profile: &Profile, location: &Location) -> FixReport {
    let (plate, terminal) = ("豫A12345".parse().unwrap(), "13800000001".parse().unwrap());
    let reports = location.to_reports_with(profile, &plate, &terminal, Timestamp::default()).unwrap();
    reports[0].fix().unwrap().clone()
}

/// What the judge is given for load, cover and tipping body.
#[track_caller]
fn check_report(profile: &Profile, location: &Location, expected: (Load, Lid, Lift)) {
    let fix = fix_by(profile, location);
    assert_eq!((fix.load, fix.lid, fix.lift), expected, "{} {location:?}", profile.name());
}

#[test]
fn every_shipped_profile_is_there_with_its_facts() {
    let names: Vec<_> = Profile::builtin().iter().map(Profile::name).collect();
    assert_eq!(names, ["standard-2013", "standard-2019", "lh16bx", "cmsv6", "gps51"]);
    for profile in Profile::builtin() {
        assert!(!profile.facts().is_empty() && !profile.assumed().is_empty(), "{}", profile.name());
        assert!(profile.description_zh().chars().any(|c| c > '\u{4E00}'), "{}", profile.name());
    }
}

#[test]
fn standard_terminals_say_load_by_two_bits_and_nothing_of_lid_and_lift() {
    for name in ["standard-2013", "standard-2019"] {
        let loads = [(0, Load::Empty), (1, Load::Half), (2, Load::Unknown), (3, Load::Full)];
        for (code, load) in loads {
            check_report(profile(name), &with_status(code << 8), (load, Lid::Unknown, Lift::Unknown));
        }
        // Doors, and the bits makers put their lids in, accuse nobody here.
        for bit in (12..=17).chain(22..=31) {
            check_report(profile(name), &with_status(1 << bit), (Load::Empty, Lid::Unknown, Lift::Unknown));
        }
    }
}

#[test]
fn lh16bx_is_sealed_and_flat_at_zero_and_open_and_raised_at_one() {
    let lh16bx = profile("lh16bx");
    let cases = [
        (0, (Load::Empty, Lid::Closed, Lift::Flat)),
        (1 << 28, (Load::Full, Lid::Closed, Lift::Flat)),
        (1 << 29, (Load::Empty, Lid::Open, Lift::Flat)),
        (1 << 30, (Load::Empty, Lid::Closed, Lift::Raised)),
        (1 << 28 | 1 << 29 | 1 << 30, (Load::Full, Lid::Open, Lift::Raised)),
        (1 << 22 | 1 << 29, (Load::Empty, Lid::Open, Lift::Flat)),
        // Left lid open under a sealed box: a contradiction, no accusation.
        (1 << 22, (Load::Empty, Lid::Unknown, Lift::Flat)),
        // The standard's load bits are not its load.
        (3 << 8, (Load::Empty, Lid::Closed, Lift::Flat)),
    ];
    for (status, expected) in cases {
        check_report(lh16bx, &with_status(status), expected);
    }
    let control = lh16bx.read(&with_status(1 << 25 | 1 << 27));
    assert_eq!(control.locked.map(|s| s.state), Some(State::Is(Switch::Yes)));
    assert_eq!(control.lift_limited.map(|s| s.state), Some(State::Is(Switch::Yes)));
    assert_eq!(lh16bx.read(&bare()).locked.map(|s| s.state), Some(State::Is(Switch::No)));
    assert_eq!(lh16bx.read(&bare()).maintenance, None);
}

fn cmsv6_body(lid: u8, lift: u8, lock: u32, limit_kmh: u32, lift_limit: u32) -> Vec<u8> {
    let mut body = vec![0xEE; 40];
    (body[0], body[1]) = (lid, lift);
    for (at, number) in [(18, lock), (22, limit_kmh), (26, lift_limit)] {
        body[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    body
}

#[test]
fn cmsv6_tells_closed_from_open_from_broken() {
    let cmsv6 = profile("cmsv6");
    let lids = [
        (0, State::Unknown, Lid::Unknown),
        (1, State::Is(LidState::Closed), Lid::Closed),
        (2, State::Is(LidState::Open), Lid::Open),
        (3, State::Fault, Lid::Unknown),
        (4, State::Is(LidState::PartlyOpen), Lid::Open),
        (5, State::Is(LidState::PartlyClosed), Lid::Open),
        (6, State::Unknown, Lid::Unknown),
    ];
    let lifts = [
        (0, State::Unknown, Lift::Unknown),
        (1, State::Is(LiftState::Flat), Lift::Flat),
        (2, State::Is(LiftState::Raised), Lift::Raised),
        (3, State::Fault, Lift::Unknown),
    ];
    for (lid_code, lid, reported_lid) in lids {
        for (lift_code, lift, reported_lift) in lifts {
            let body = cmsv6_body(lid_code, lift_code, 0, 0, 0);
            let reading = cmsv6.read_message(MESSAGE, &body).unwrap();
            assert_eq!(reading.lid.map(|s| s.state), Some(lid), "{lid_code}");
            assert_eq!(reading.lift.map(|s| s.state), Some(lift), "{lift_code}");
            let mut fix = fix_by(cmsv6, &bare());
            assert_eq!((fix.lid, fix.lift, fix.load), (Lid::Unknown, Lift::Unknown, Load::Unknown));
            reading.apply_to(&mut fix);
            assert_eq!((fix.lid, fix.lift, fix.load), (reported_lid, reported_lift, Load::Unknown));
        }
    }
}

#[test]
fn cmsv6_controls_are_little_endian_and_a_body_that_ends_early_says_what_it_has() {
    let cmsv6 = profile("cmsv6");
    let read = |body: &[u8]| cmsv6.read_message(MESSAGE, body);
    let held = read(&cmsv6_body(1, 1, 1, 40, 0)).unwrap();
    assert_eq!(held.locked.map(|s| s.state), Some(State::Is(Switch::Yes)));
    assert_eq!(held.speed_limit.map(|s| s.state), Some(State::Is(SpeedLimit::At { speed_dkmh: 400 })));
    assert_eq!(held.lift_limited.map(|s| s.state), Some(State::Is(Switch::No)));
    let big_endian = read(&cmsv6_body(1, 1, 1 << 24, 40 << 24, 0)).unwrap();
    assert_eq!(big_endian.locked.map(|s| s.state), Some(State::Unknown));
    assert_eq!(big_endian.speed_limit.map(|s| s.state), Some(State::Unknown));
    assert_eq!(
        read(&[2]).unwrap(),
        Reading {
            lid: held.lid.map(|s| Sensed { state: State::Is(LidState::Open), code: 2, ..s }),
            ..Reading::default()
        }
    );
    assert_eq!((read(&[]), cmsv6.read_message(0x0F02, &[1, 1])), (None, None));
    assert_eq!(cmsv6.message_ids(), [MESSAGE]);
}

#[test]
fn gps51_weighs_and_takes_a_foreign_0x55_for_nothing() {
    let gps51 = profile("gps51");
    let weighing = |tenths_kg: u64| Location {
        extras: vec![Extra::Other { id: 0x55, bytes: tenths_kg.to_be_bytes().to_vec() }],
        ..bare()
    };
    let cases = [
        (0, Load::Empty),
        (9_999, Load::Empty),
        (10_000, Load::Unknown),
        (20_000, Load::Full),
        (199_999, Load::Full),
        (200_000, Load::Over),
        (600_001, Load::Unknown),
        (u64::MAX, Load::Unknown),
    ];
    for (tenths_kg, load) in cases {
        check_report(gps51, &weighing(tenths_kg), (load, Lid::Unknown, Lift::Unknown));
    }
    assert_eq!(gps51.read(&weighing(u64::MAX)).load.map(|s| s.state), Some(State::Fault));
    let foreign =
        Location { extras: vec![Extra::Other { id: 0x55, bytes: vec![0; 4] }], ..with_status(3 << 8) };
    check_report(gps51, &foreign, (Load::Unknown, Lid::Unknown, Lift::Unknown));
}

#[test]
fn our_own_extra_counts_before_any_profile() {
    let own = BodyState {
        load: Load::Half,
        lid: Lid::Open,
        lift: Lift::Unknown,
        antenna: domain::Antenna::Ok,
        power: domain::Power::Ok,
        ignition_known: false,
    };
    let location = Location { extras: vec![Extra::BodyState(own)], ..with_status(1 << 30 | 1 << 25) };
    for profile in Profile::builtin() {
        check_report(profile, &location, (Load::Half, Lid::Open, Lift::Unknown));
        assert_eq!(fix_by(profile, &location), fix_by(Profile::unprofiled(), &location));
    }
    assert_eq!(profile("lh16bx").read(&location).locked.map(|s| s.state), Some(State::Is(Switch::Yes)));
}

#[test]
fn a_profile_that_reads_extra_e1_itself_is_taken_at_its_word() {
    let text = format!(
        "{HEAD}[[lid]]\nextra = 0xE1\nextra_length = 6\nat = 1\ncodes = {{ 0 = \"open\", 1 = \"closed\" }}\n"
    );
    let profile = Profile::parse(&text, "e1.toml").unwrap();
    let location = Location { extras: vec![Extra::decode(0xE1, &[0, 1, 0, 0, 0, 1])], ..bare() };
    assert!(location.body_state().is_some());
    check_report(&profile, &location, (Load::Unknown, Lid::Closed, Lift::Unknown));
}

/// The published shift at Xinmi, about 600 m.
#[test]
fn a_profile_overrules_status_bit_five_both_ways() {
    let head = |coordinates: &str| HEAD.replace("status bit 5", coordinates);
    let truth = domain::Position::from_degrees(34.5394, 113.3905).unwrap();
    let shifted = Location { lat_e6: 34_538_383, lon_e6: 113_397_015, ..bare() };
    for (coordinates, bit, at, is_true) in [
        ("status bit 5", 0, &shifted, false),
        ("status bit 5", 1, &shifted, true),
        ("gcj02", 0, &shifted, true),
        ("gcj02", 1, &shifted, true),
        ("wgs84", 0, &bare(), true),
        ("wgs84", 1, &bare(), true),
    ] {
        let profile = Profile::parse(&head(coordinates), "datum.toml").unwrap();
        let location = Location { status: 0b10 | bit << 5, ..at.clone() };
        let distance_m = fix_by(&profile, &location).position.distance_m(truth);
        assert_eq!(distance_m < 0.2, is_true, "{coordinates} {bit}: {distance_m} m");
    }
    assert_eq!(profile("lh16bx").coordinates(), Coordinates::StatusBit5);
}

#[test]
fn a_profile_is_chosen_by_the_model_a_terminal_registers() {
    let name = |maker, model| Profile::for_model(maker, model).map(Profile::name);
    assert_eq!(name("ABC", "LH-16BX"), Some("lh16bx"));
    assert_eq!(name("", "000lh-16bx-v2"), Some("lh16bx"));
    assert_eq!(name("ABC", "LH-16B"), None);
    assert_eq!(name("ABC", "XLH-16BX"), None);
    let patterned = format!("{HEAD}[[made_for]]\nmaker = \"华?\"\nmodel = \"*T*9\"\n");
    let profile = Profile::parse(&patterned, "p.toml").unwrap();
    for (maker, model, is_for) in
        [("华宝", "T9", true), ("华宝", "aTbT99", true), ("华", "T9", false), ("华宝", "T98", false)]
    {
        assert_eq!(profile.is_for(maker, model), is_for, "{maker} {model}");
    }
}

const HEAD: &str = "name = \"mine\"\nzh = \"我的\"\nen = \"mine\"\nprotocol = \"any\"\ncoordinates = \"status bit 5\"\nload_bits = \"ignored\"\nfacts = [\"mine\"]\n";

#[track_caller]
fn check_error(rest: &str, expected: &str) {
    let error = Profile::parse(&format!("{HEAD}{rest}"), "mine.toml").unwrap_err();
    let problem = std::error::Error::source(&error).unwrap();
    assert_eq!(format!("{error}: {problem}"), expected);
}

#[test]
fn a_fault_is_told_with_file_line_and_key() {
    let lid = |rest: &str| format!("[[lid]]\n{rest}\n");
    check_error(
        &lid("status_bits = [29]\ncodes = { 0 = \"sealed\", 1 = \"open\" }"),
        "mine.toml line 10: lid.codes.0: \"sealed\" is none of: closed, open, partly open, partly closed, unknown, fault",
    );
    check_error(
        &lid("status_bits = [29]\ncodes = { 1 = \"open\" }"),
        "mine.toml line 8: lid.codes: code 0 is not listed: of at most 3 bits every code, or other, is to be listed",
    );
    check_error(
        &lid("status_bits = [32]\ncodes = { 0 = \"open\" }"),
        "mine.toml line 9: lid.status_bits: bits are listed once each, each below 32, and at least one",
    );
    check_error(
        &lid("codes = { 0 = \"open\" }"),
        "mine.toml line 8: lid: 0 places are named; exactly one of status_bits, alarm_bits, extra and message is expected",
    );
    check_error(
        &lid("extra = 0x80\nbytes = 2\ncodes = { 0 = \"open\" }"),
        "mine.toml line 8: lid.endian: a number of several bytes needs endian = \"big\" or endian = \"little\"",
    );
    check_error(
        &lid("extra = 0x80\nextra_length = 4\nat = 4\ncodes = { 0 = \"open\" }"),
        "mine.toml line 11: lid.at: bytes 4 to 5 are asked for; 1 to 8 bytes before byte 4 can be read",
    );
    check_error(
        &lid("extra = 0x80\ncodes = { 256 = \"open\" }"),
        "mine.toml line 10: lid.codes.256: code 256 does not fit in the 8 bits read",
    );
    check_error(
        &lid("extra = 0x80\ncodes = { 1 = \"open\", 0-9 = \"closed\" }"),
        "mine.toml line 10: lid.codes.1: code 1 is listed twice",
    );
    check_error(
        &lid("extra = 0x80\ncodes = { 9-1 = \"closed\" }"),
        "mine.toml line 10: lid.codes.9-1: \"9-1\" is no code: a number, a range such as 10-19 or 20-, or other is expected",
    );
    check_error(
        &lid("status_bits = [1]\nat = 1\ncodes = { other = \"open\" }"),
        "mine.toml line 10: lid.at: it belongs to extra and message only",
    );
    check_error(
        "[[lid]]\nstatus_bits = [1]\ncode = { }\n",
        "mine.toml line 10: profile: unknown field `code`, expected one of `status_bits`, `alarm_bits`, `extra`, `message`, \
         `extra_length`, `at`, `bytes`, `endian`, `bits`, `unit`, `codes`",
    );
    check_error("coordinates = 1\n", "mine.toml line 8: profile: duplicate key");
}

/// Any state of a kind, `None` for nothing said.
fn state<T: Copy + std::fmt::Debug>(states: &'static [T]) -> impl Strategy<Value = Option<Sensed<T>>> {
    (0..states.len() + 3).prop_map(move |n| match n.checked_sub(3) {
        Some(n) => Some(Sensed::unread(State::Is(states[n]))),
        None => [None, Some(Sensed::unread(State::Unknown)), Some(Sensed::unread(State::Fault))][n],
    })
}

prop_compose! {
    fn any_reading()(
        load in state(&[LoadState::Empty, LoadState::Half, LoadState::Full, LoadState::Over]),
        lid in state(&[LidState::Closed, LidState::Open, LidState::PartlyOpen, LidState::PartlyClosed]),
        lift in state(&[LiftState::Flat, LiftState::Raised, LiftState::FullyRaised]),
        antenna in state(&[AntennaState::Ok, AntennaState::Open, AntennaState::Short]),
        power in state(&[PowerState::Ok, PowerState::Low, PowerState::Lost]),
        switches in prop::collection::vec(state(&[Switch::Yes, Switch::No]), 4),
        speed_limit in state(&[SpeedLimit::None, SpeedLimit::At { speed_dkmh: 400 }, SpeedLimit::At { speed_dkmh: 455 }]),
    ) -> Reading {
        Reading {
            load, lid, lift, antenna, power, speed_limit, ignition: switches[0], locked: switches[1],
            lift_limited: switches[2], maintenance: switches[3],
        }
    }
}

/// Asserts that `read` says what `wanted` says, wherever it could be said.
fn check_said(wanted: &Reading, unsaid: &[&str], read: &Reading) {
    fn check<T: PartialEq + std::fmt::Debug>(
        key: &str,
        wanted: Option<Sensed<T>>,
        unsaid: &[&str],
        read: Option<Sensed<T>>,
    ) {
        if let (Some(wanted), false) = (wanted, unsaid.contains(&key)) {
            assert_eq!(read.map(|s| s.state), Some(wanted.state), "{key}");
        }
    }
    check("load", wanted.load, unsaid, read.load);
    check("lid", wanted.lid, unsaid, read.lid);
    check("lift", wanted.lift, unsaid, read.lift);
    check("antenna", wanted.antenna, unsaid, read.antenna);
    check("power", wanted.power, unsaid, read.power);
    check("ignition", wanted.ignition, unsaid, read.ignition);
    check("locked", wanted.locked, unsaid, read.locked);
    check("speed_limit", wanted.speed_limit, unsaid, read.speed_limit);
    check("lift_limited", wanted.lift_limited, unsaid, read.lift_limited);
    check("maintenance", wanted.maintenance, unsaid, read.maintenance);
}

#[test]
fn what_a_profile_can_say_is_not_left_unsaid() {
    let said = |name: &str| {
        let reading = Reading {
            lid: Some(Sensed::unread(State::Is(LidState::Open))),
            load: Some(Sensed::unread(State::Is(LoadState::Full))),
            maintenance: Some(Sensed::unread(State::Is(Switch::Yes))),
            ..Reading::default()
        };
        profile(name).write(&reading, &mut bare())
    };
    assert_eq!(said("lh16bx"), ["maintenance"]);
    assert_eq!(said("standard-2013"), ["lid", "maintenance"]);
    assert_eq!(said("gps51"), ["lid", "maintenance"]);
    assert_eq!(said("cmsv6"), ["load", "lid", "maintenance"]);
}

proptest! {
    #[test]
    fn what_a_profile_writes_it_reads(reading in any_reading(), at in 0..5usize, status: u32, alarm: u32) {
        let profile = &Profile::builtin()[at];
        let mut location = Location { status, alarm, ..bare() };
        let unsaid = profile.write(&reading, &mut location);
        check_said(&reading, &unsaid, &profile.read(&location));
        let mut body = Vec::new();
        location.encode(&mut body).unwrap();
        prop_assert_eq!(Location::decode(&body).unwrap(), location);
    }

    #[test]
    fn what_a_profile_writes_into_a_message_of_its_own_it_reads(reading in any_reading()) {
        let cmsv6 = profile("cmsv6");
        let body = cmsv6.write_message(MESSAGE, &reading).unwrap();
        let mut unsaid = vec!["load", "antenna", "power", "ignition", "maintenance"];
        // Codes this array has no number for.
        let half_kilometre = reading.speed_limit.map(|s| s.state) == Some(State::Is(SpeedLimit::At { speed_dkmh: 455 }));
        let is_fault = |state: Option<State<Switch>>| state == Some(State::Fault);
        if half_kilometre || reading.speed_limit.map(|s| s.state) == Some(State::Fault) { unsaid.push("speed_limit") }
        if is_fault(reading.locked.map(|s| s.state)) { unsaid.push("locked") }
        if is_fault(reading.lift_limited.map(|s| s.state)) { unsaid.push("lift_limited") }
        if reading.lift.map(|s| s.state) == Some(State::Is(LiftState::FullyRaised)) { unsaid.push("lift") }
        check_said(&reading, &unsaid, &cmsv6.read_message(MESSAGE, &body).unwrap());
        prop_assert_eq!(cmsv6.write_message(0x0F02, &reading), None);
    }

    #[test]
    fn a_code_is_found_where_it_was_put_in_any_bytes_and_bits(
        at in 0usize..20, bytes in 1usize..=8, little: bool, shift in 0u32..6, lid in 0..4usize, filling: Vec<u8>,
    ) {
        let bits: Vec<String> = (0..2).map(|bit| (shift + bit).to_string()).collect();
        let endian = if little { "little" } else { "big" };
        let text = format!(
            "{HEAD}[[lid]]\nextra = 0x9A\nat = {at}\nbytes = {bytes}\nendian = \"{endian}\"\nbits = [{}]\n\
             codes = {{ 0 = \"partly closed\", 1 = \"open\", 2 = \"closed\", 3 = \"fault\" }}\n",
            bits.join(", ")
        );
        let profile = Profile::parse(&text, "made.toml").unwrap();
        let states = [
            State::Is(LidState::PartlyClosed), State::Is(LidState::Open), State::Is(LidState::Closed), State::Fault,
        ];
        let reading = Reading { lid: Some(Sensed::unread(states[lid])), ..Reading::default() };
        let filling = filling.into_iter().take(200).collect::<Vec<_>>();
        let mut location = Location { extras: vec![Extra::Other { id: 0x9A, bytes: filling.clone() }], ..bare() };
        prop_assert!(profile.write(&reading, &mut location).is_empty());
        let read = profile.read(&location).lid.unwrap();
        prop_assert_eq!((read.state, read.code), (states[lid], lid as u64));
        // Two bits at most differ from what was there.
        let Extra::Other { bytes: written, .. } = &location.extras[0] else { return Err(TestCaseError::fail("kept")) };
        let differing = |(at, byte): (usize, &u8)| (byte ^ filling.get(at).copied().unwrap_or_default()).count_ones();
        prop_assert!(written.iter().enumerate().map(differing).sum::<u32>() <= 2);
    }

    #[test]
    fn any_record_is_read_by_any_profile_without_a_panic(
        status: u32, alarm: u32, id: u16, body in prop::collection::vec(any::<u8>(), 0..120),
        extras in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 0..6),
    ) {
        let extras = extras.into_iter().map(|(id, value)| Extra::decode(id, &value)).collect();
        let location = Location { status, alarm, extras, ..bare() };
        for profile in Profile::builtin() {
            let fix = fix_by(profile, &location);
            let mut again = fix.clone();
            profile.read(&location).apply_to(&mut again);
            prop_assert_eq!(fix, again);
            let _ = (profile.read_message(id, &body), profile.read_message(MESSAGE, &body));
        }
    }

    #[test]
    fn any_text_is_a_profile_or_an_error_with_a_line_in_it(text in ".{0,200}", at in 0..5usize, cut in any::<prop::sample::Index>()) {
        let whole = std::fs::read_to_string(format!("{}/profiles/{}.toml", env!("CARGO_MANIFEST_DIR"), Profile::builtin()[at].name())).unwrap();
        let place = whole.char_indices().map(|(at, _)| at).nth(cut.index(whole.chars().count())).unwrap();
        for text in [text.clone(), format!("{}{text}{}", &whole[..place], &whole[place..])] {
            if let Err(error) = Profile::parse(&text, "any.toml") {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.line), "{}", error.line);
            }
        }
    }
}

/// The example an administrator is given is a profile, and reads as its comments say.
#[test]
fn the_worked_example_of_the_manual_is_a_profile() {
    let manual = include_str!("../PROFILES.md");
    let text = manual.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let gt600 = Profile::parse(text, "gt600.toml").unwrap();
    assert!(gt600.is_for("GTX", "GT-6001") && !gt600.is_for("GTX", "GT-600"));
    let with_extra = |value: &[u8]| Location {
        extras: vec![Extra::Other { id: 0xF1, bytes: value.to_vec() }],
        ..with_status(2 << 28)
    };
    check_report(&gt600, &with_extra(&[1, 1, 0x85, 0, 0, 0]), (Load::Empty, Lid::Closed, Lift::Flat));
    check_report(&gt600, &with_extra(&[2, 3, 0x87, 0, 0, 0]), (Load::Full, Lid::Open, Lift::Raised));
    check_report(&gt600, &with_extra(&[3, 9, 0x84, 0, 0, 0]), (Load::Unknown, Lid::Unknown, Lift::Unknown));
    check_report(&gt600, &with_extra(&[2]), (Load::Full, Lid::Unknown, Lift::Unknown));
    let held = gt600.read(&with_extra(&[1, 1, 0x85, 0x90, 0x01, 0x80]));
    assert_eq!(held.speed_limit.map(|s| s.state), Some(State::Is(SpeedLimit::At { speed_dkmh: 400 })));
    assert_eq!(held.locked.map(|s| s.state), Some(State::Is(Switch::Yes)));
    assert_eq!(held.maintenance.map(|s| s.state), Some(State::Is(Switch::No)));
}
