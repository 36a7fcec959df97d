//! A fix as a terminal of some maker would send it.

use domain::datum::{Gcj02, Wgs84};
use domain::{FixReport, Timestamp};
use wire::location::status;
use wire::profile::Coordinates;
use wire::{Extra, Location, Profile, Reading};

/// The record of a fix: by this project's own extras without a profile, else by the standard's base and the profile's
/// places alone. Second: what the profile's terminals cannot say in it, by the keys of a profile.
pub(super) fn location(
    profile: Option<&Profile>,
    time: Timestamp,
    fix: &FixReport,
) -> (Location, Vec<&'static str>) {
    let mut location = Location::from_fix(time, fix, None, &[]);
    let Some(profile) = profile else { return (location, Vec::new()) };
    location.extras.retain(|extra| matches!(extra, Extra::Satellites(_)));
    location.status &= !(0b11 << status::LOAD_SHIFT);
    if profile.coordinates() == Coordinates::Gcj02 {
        let shifted = Gcj02::from(Wgs84::from(fix.position));
        location.lat_e6 = (shifted.lat.abs() * 1e6).round() as u32;
        location.lon_e6 = (shifted.lon.abs() * 1e6).round() as u32;
    }
    let unsaid = profile.write(&told(fix), &mut location);
    (location, unsaid)
}

/// The bodies of the maker's own messages that say the same, by their ids.
pub(super) fn messages(profile: Option<&Profile>, fix: &FixReport) -> Vec<(u16, Vec<u8>)> {
    let Some(profile) = profile else { return Vec::new() };
    let ids = profile.message_ids();
    ids.into_iter().filter_map(|id| Some((id, profile.write_message(id, &told(fix))?))).collect()
}

/// What a report says; antenna, power and ignition only where they are known, for few terminals have a code for the rest.
fn told(fix: &FixReport) -> Reading {
    let mut reading = Reading::of_report(fix);
    reading.antenna = reading.antenna.filter(|antenna| antenna.state.known().is_some());
    reading.power = reading.power.filter(|power| power.state.known().is_some());
    reading.ignition = reading.ignition.filter(|ignition| ignition.state.known().is_some());
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FixKind, Lid, Lift, Load, Position};

    fn fix() -> FixReport {
        let position = Position::from_degrees(34.5394, 113.3905).unwrap();
        FixReport {
            load: Load::Full,
            lid: Lid::Open,
            lift: Lift::Raised,
            ignition: Some(true),
            ..FixReport::bare("豫A12345".parse().unwrap(), position, FixKind::D3)
        }
    }

    fn read_back(profile: &Profile, location: &Location) -> FixReport {
        let (plate, terminal) = ("豫A12345".parse().unwrap(), "13800000001".parse().unwrap());
        let reports = location.to_reports_with(profile, &plate, &terminal, Timestamp::default()).unwrap();
        FixReport { source: None, ..reports[0].fix().unwrap().clone() }
    }

    #[test]
    fn what_is_sent_by_a_profile_is_read_by_it() {
        for (name, load, lid, lift, unsaid) in [
            ("lh16bx", Load::Full, Lid::Open, Lift::Raised, [].as_slice()),
            ("standard-2013", Load::Full, Lid::Unknown, Lift::Unknown, ["lid", "lift"].as_slice()),
            ("gps51", Load::Full, Lid::Unknown, Lift::Unknown, ["lid", "lift"].as_slice()),
        ] {
            let profile = Profile::named(name).unwrap();
            let (location, found_unsaid) =
                location(Some(profile), Timestamp::from_seconds(1_795_413_600), &fix());
            let found = read_back(profile, &location);
            assert_eq!(
                (found.load, found.lid, found.lift, found.ignition),
                (load, lid, lift, Some(true)),
                "{name}"
            );
            assert_eq!(found.position, fix().position);
            assert_eq!(found_unsaid, unsaid, "{name}");
            assert!(location.body_state().is_none());
        }
    }

    #[test]
    fn a_profile_with_a_message_of_its_own_says_the_body_there() {
        let cmsv6 = Profile::named("cmsv6").unwrap();
        let messages = messages(Some(cmsv6), &fix());
        assert_eq!(messages.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [0x0F01]);
        let reading = cmsv6.read_message(0x0F01, &messages[0].1).unwrap();
        let mut found = FixReport { lid: Lid::Unknown, lift: Lift::Unknown, ..fix() };
        reading.apply_to(&mut found);
        assert_eq!((found.lid, found.lift), (Lid::Open, Lift::Raised));
    }

    #[test]
    fn a_terminal_that_shifts_is_played_shifted() {
        let text = "name = \"s\"\nzh = \"偏\"\nen = \"s\"\nprotocol = \"any\"\ncoordinates = \"gcj02\"\nload_bits = \"ignored\"\nfacts = [\"s\"]\n";
        let profile = Profile::parse(text, "s.toml").unwrap();
        let (location, _) = location(Some(&profile), Timestamp::from_seconds(1_795_413_600), &fix());
        assert!(location.lon_e6 > 113_396_000);
        assert!(read_back(&profile, &location).position.distance_m(fix().position) < 0.2);
    }

    #[test]
    fn without_a_profile_our_own_extras_say_everything() {
        let (location, unsaid) = location(None, Timestamp::from_seconds(1_795_413_600), &fix());
        assert_eq!(read_back(Profile::unprofiled(), &location), fix());
        assert!(unsaid.is_empty());
    }
}
