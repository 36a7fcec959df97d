//! Where the truck's own track was when somebody says to have seen it: what lets an officer believe a tip or not. Pure.

use domain::{Position, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// How far from the told moment the track is looked at, either way: people round times.
pub const AROUND_S: i64 = 30 * 60;
/// A track that came so near makes the tip plausible.
pub const NEAR_M: f64 = 300.0;

/// What the track says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Sighting {
    /// `near`: the track passed within 300 m; `elsewhere`: it did not; `no_track`: nothing was reported; `no_place`: the tip
    /// gives no coordinates.
    pub verdict: String,
    /// Metres between the told place and the nearest report.
    pub nearest_m: Option<f64>,
    /// When that report was.
    pub nearest_at: Option<String>,
    /// Seconds from the told moment to it.
    pub nearest_off_s: Option<i64>,
    /// The report nearest in time: when.
    pub then_at: Option<String>,
    /// Its latitude.
    pub then_lat: Option<f64>,
    /// Its longitude.
    pub then_lon: Option<f64>,
    /// Metres between the told place and it.
    pub then_m: Option<f64>,
}

impl Sighting {
    /// Compares a told place and moment with a track.
    pub fn of(told: Option<Position>, at: Timestamp, track: &[(Timestamp, Position)]) -> Self {
        let then = track.iter().min_by_key(|(time, _)| time.millis_since(at).abs());
        let distance = |place: &Position| told.map(|told| told.distance_m(*place).round());
        let nearest = told.and_then(|told| {
            track.iter().min_by(|(_, a), (_, b)| told.distance_m(*a).total_cmp(&told.distance_m(*b)))
        });
        let nearest_m = nearest.and_then(|(_, place)| distance(place));
        let verdict = match (told, nearest_m) {
            _ if track.is_empty() => "no_track",
            (None, _) => "no_place",
            (Some(_), Some(metres)) if metres <= NEAR_M => "near",
            _ => "elsewhere",
        };
        Self {
            verdict: verdict.to_owned(),
            nearest_m,
            nearest_at: nearest.map(|(time, _)| time.to_string()),
            nearest_off_s: nearest.map(|(time, _)| time.millis_since(at) / 1000),
            then_at: then.map(|(time, _)| time.to_string()),
            then_lat: then.map(|(_, place)| place.lat()),
            then_lon: then.map(|(_, place)| place.lon()),
            then_m: then.and_then(|(_, place)| distance(place)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_that_passes_makes_a_tip_plausible_and_one_that_does_not_speaks_against_it() {
        let at = Timestamp::from_seconds(1_000_000);
        let place = |lat: f64| Position::from_degrees(lat, 113.4).unwrap();
        let track = |lat: f64| [(at.plus_seconds(-60), place(lat)), (at.plus_seconds(300), place(lat + 0.1))];
        let check =
            |told: Option<f64>, track: &[(Timestamp, Position)], verdict: &str, off_s: Option<i64>| {
                let sighting = Sighting::of(told.map(place), at, track);
                assert_eq!((sighting.verdict.as_str(), sighting.nearest_off_s), (verdict, off_s), "{told:?}");
            };
        check(Some(34.501), &track(34.5), "near", Some(-60));
        check(Some(34.6), &track(34.5), "near", Some(300));
        check(Some(35.0), &track(34.5), "elsewhere", Some(300));
        check(Some(34.5), &[], "no_track", None);
        check(None, &track(34.5), "no_place", None);
        let then = Sighting::of(Some(place(34.6)), at, &track(34.5));
        assert_eq!(then.then_at, Some(at.plus_seconds(-60).to_string()));
        assert!((11_000.0..11_200.0).contains(&then.then_m.unwrap()), "{then:?}");
    }
}
