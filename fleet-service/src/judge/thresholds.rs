//! Every number the rules compare with: name, unit, default, range. `limits.json` sets them by name.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::Value;

/// A name in `limits.json` that no threshold has, or a value none can take.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("limits.json, member {name:?}: {reason}")]
pub struct ThresholdError {
    /// The member.
    pub name: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdRow {
    /// The member of `limits.json`; its ending is its unit.
    pub name: &'static str,
    /// The unit, in words.
    pub unit: &'static str,
    /// The contract's number.
    pub default: f64,
    /// The least value taken.
    pub least: f64,
    /// The greatest value taken.
    pub greatest: f64,
}

macro_rules! thresholds {
    ($($(#[$doc:meta])* $name:ident, $unit:literal = $default:literal in $least:literal ..= $greatest:literal;)+) => {
        /// The numbers in force. Fields are named as in `limits.json`.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Thresholds {
            $($(#[$doc])* pub $name: f64,)+
        }

        impl Default for Thresholds {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Thresholds {
            /// Every threshold there is.
            pub const TABLE: &'static [ThresholdRow] = &[
                $(ThresholdRow {
                    name: stringify!($name),
                    unit: $unit,
                    default: $default,
                    least: $least,
                    greatest: $greatest,
                },)+
            ];

            fn field(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)+
                    _ => None,
                }
            }
        }
    };
}

thresholds! {
    /// Speed limit outside every speed-limit zone.
    default_limit_kmh, "km/h" = 60.0 in 1.0..=200.0;
    /// Reports dated earlier are set aside; the default is 2020-01-01 in Asia/Shanghai. In `limits.json` an RFC 3339
    /// text may stand for the number.
    earliest_time, "seconds since 1970-01-01 UTC" = 1_577_808_000.0 in -62_000_000_000.0..=253_000_000_000.0;
    /// A device's clock may run ahead of the receipt by this.
    clock_ahead_s, "s" = 600.0 in 0.0..=86_400.0;
    /// Without a receipt time, a report may be this far from the median of its plate's reports.
    median_span_s, "s" = 172_800.0 in 0.0..=31_536_000.0;
    /// A change between inside and outside counts when two fixes say so, or one that stood uncontradicted for this.
    inside_s, "s" = 30.0 in 0.0..=3_600.0;
    /// A stay with one fix counts by the ways there and away when the fixes before and after are at most this far.
    sparse_s, "s" = 60.0 in 0.0..=600.0;
    /// A fix at least this uncertain says nothing of places …
    weak_fix_m, "m" = 50.0 in 0.0..=10_000.0;
    /// … for this long after a better one.
    weak_fix_s, "s" = 120.0 in 0.0..=86_400.0;
    /// A truck that says it stands at two fixes this near in time …
    stand_s, "s" = 20.0 in 0.0..=600.0;
    /// … has crept no farther than by this acceleration; a fix farther off is an echo …
    creep_m_s2, "m/s²" = 1.0 in 0.0..=10.0;
    /// … unless all say so for this long.
    echo_s, "s" = 40.0 in 0.0..=3_600.0;
    /// A change of load counts when two readings say so, or one that stood uncontradicted for this.
    load_s, "s" = 20.0 in 0.0..=3_600.0;
    /// With load unknown, this long inside a source means loaded.
    loading_s, "s" = 180.0 in 0.0..=86_400.0;
    /// Uncertainty of a position whose receiver states no dilution of precision, and the least of any.
    position_uncertainty_m, "m" = 15.0 in 0.0..=1_000.0;
    /// Uncertainty of a position per unit of horizontal dilution of precision (two sigma).
    uncertainty_per_hdop_m, "m" = 10.0 in 0.0..=1_000.0;
    /// Uncertainty of a position of few satellites, or without a height.
    few_satellites_uncertainty_m, "m" = 50.0 in 0.0..=10_000.0;
    /// So many satellites are few.
    few_satellites, "satellites" = 4.0 in 0.0..=50.0;
    /// With load unknown, a body raised this long empties it.
    unloading_lift_s, "s" = 20.0 in 0.0..=3_600.0;
    /// A truck stands, or creeps while it tips, up to this speed.
    standing_kmh, "km/h" = 3.0 in 0.0..=60.0;
    /// Faster than this a truck is driving: a body it says is raised is shaken by the road, and a load that turns is doubted.
    driving_kmh, "km/h" = 10.0 in 0.0..=100.0;
    /// A change of load read while driving counts when it stood uncontradicted for this.
    load_driving_s, "s" = 180.0 in 0.0..=3_600.0;
    /// A truck that stands in a sink and is not heard of for this long may have tipped meanwhile.
    unseen_lift_s, "s" = 60.0 in 0.0..=3_600.0;
    /// With load and lift unknown, this long inside a sink empties it.
    unloading_dwell_s, "s" = 120.0 in 0.0..=86_400.0;
    /// DP-01: unloaded farther than this from every site.
    dumping_distance_m, "m" = 50.0 in 0.0..=10_000.0;
    /// One flat reading between two raised ones this near is a bounce: the body stayed up.
    lift_bounce_s, "s" = 30.0 in 0.0..=600.0;
    /// A lift that ended this long before the load read empty belongs to the unloading.
    lift_before_empty_s, "s" = 120.0 in 0.0..=3_600.0;
    /// An unloading waits at most this long for the body to come down.
    lift_down_s, "s" = 600.0 in 0.0..=86_400.0;
    /// A truck loaded this long without an unloading has lost its load.
    loaded_max_s, "s" = 43_200.0 in 60.0..=604_800.0;
    /// WB-01: positions missing for this long mean that an unloading may have gone unseen.
    missing_gap_s, "s" = 900.0 in 0.0..=86_400.0;
    /// A stop goes on within this far of where it began.
    stop_radius_m, "m" = 40.0 in 0.0..=1_000.0;
    /// RT-02: a truck seen at both ends of a hole, this near at most, stood there meanwhile.
    stood_m, "m" = 50.0 in 0.0..=1_000.0;
    /// RT-02: loaded on the road outside the permit's hours for more than this.
    outside_hours_s, "s" = 600.0 in 0.0..=86_400.0;
    /// RT-01: over the corridor's half width by more than this.
    route_margin_m, "m" = 15.0 in 0.0..=10_000.0;
    /// RT-01: off route for at least this.
    off_route_s, "s" = 60.0 in 0.0..=86_400.0;
    /// RT-01: driven off route at least this.
    off_route_m, "m" = 200.0 in 0.0..=100_000.0;
    /// Stretches of one rule nearer than this in time are one.
    stretch_gap_s, "s" = 180.0 in 0.0..=86_400.0;
    /// Distance driven is counted in steps of at least this, so that a standing receiver's noise drives nowhere.
    odometer_step_m, "m" = 15.0 in 0.0..=1_000.0;
    /// What happened between two readings this far apart in time, and …
    unseen_s, "s" = 300.0 in 0.0..=86_400.0;
    /// … this far in space, nobody saw.
    unseen_m, "m" = 500.0 in 0.0..=100_000.0;
    /// TR-02: median of speed ÷ limit above this.
    speeding_ratio, "ratio" = 1.1 in 1.0..=10.0;
    /// TR-02: median from which band b begins.
    speeding_band_b_ratio, "ratio" = 1.2 in 1.0..=10.0;
    /// TR-02: median from which band c begins.
    speeding_band_c_ratio, "ratio" = 1.5 in 1.0..=10.0;
    /// TR-02: fixes in a row a window has at least.
    speeding_fixes, "fixes" = 3.0 in 1.0..=100.0;
    /// TR-02: time a window spans at least.
    speeding_span_s, "s" = 10.0 in 0.0..=3_600.0;
    /// TR-02: time a window spans at most.
    speeding_span_max_s, "s" = 400.0 in 0.0..=3_600.0;
    /// SE-01: loaded with an open lid above this speed …
    unsealed_kmh, "km/h" = 5.0 in 0.0..=100.0;
    /// SE-01: … for at least this.
    unsealed_s, "s" = 60.0 in 0.0..=86_400.0;
    /// SE-02: a wash takes at least this …
    wash_s, "s" = 30.0 in 0.0..=3_600.0;
    /// SE-02: … within this before the last fix inside.
    wash_window_s, "s" = 900.0 in 0.0..=86_400.0;
    /// SE-02: a hole of at most this in the readings of a wash is filled.
    wash_hole_s, "s" = 3.0 in 0.0..=600.0;
    /// SE-02: readings of the wash count until the truck is farther than this from its last fix inside.
    wash_left_m, "m" = 300.0 in 0.0..=10_000.0;
    /// RT-03: in a no-go zone for at least this …
    no_go_s, "s" = 30.0 in 0.0..=86_400.0;
    /// RT-03: … and at least as many fixes.
    no_go_fixes, "fixes" = 2.0 in 1.0..=100.0;
    /// TR-04: two reports at least this far apart …
    conflict_m, "m" = 1_000.0 in 0.0..=100_000.0;
    /// TR-04: … that need more than this speed contradict each other.
    conflict_kmh, "km/h" = 150.0 in 10.0..=1_000.0;
    /// TR-04: both sides have two reports within this, and a longer break ends a conflict.
    conflict_s, "s" = 300.0 in 0.0..=86_400.0;
    /// TM-01: without any report for at least this …
    offline_s, "s" = 300.0 in 0.0..=86_400.0;
    /// TM-01: … and moved at least this far meanwhile.
    offline_m, "m" = 500.0 in 0.0..=100_000.0;
    /// TM-01: what could be driven this fast between a silence and the fixes next to it is not the silence's.
    offline_kmh, "km/h" = 90.0 in 0.0..=200.0;
    /// TM-01: a silence that a terminal's usual losses explain with this chance is none.
    offline_chance, "chance" = 0.000_01 in 0.0..=1.0;
    /// TM-02: with antenna or power bad, moved at least this far …
    tampered_m, "m" = 500.0 in 0.0..=100_000.0;
    /// TM-02: … and reported it at least as many times: one bad report alone is a glitch.
    tampered_reports, "reports" = 2.0 in 1.0..=100.0;
    /// TM-02, TR-04: a position that stands to the last digit for this is frozen …
    frozen_s, "s" = 300.0 in 1.0..=86_400.0;
    /// TM-02: … if the truck claims more than this speed meanwhile, …
    frozen_kmh, "km/h" = 10.0 in 0.0..=100.0;
    /// TM-02: … or gates farther away than this read its tag …
    frozen_reading_m, "m" = 1_000.0 in 0.0..=100_000.0;
    /// TM-02: … at least as many times.
    frozen_readings, "readings" = 2.0 in 1.0..=100.0;
    /// PK-01: ignition off for at least this within a night.
    parked_s, "s" = 14_400.0 in 60.0..=86_400.0;
    /// PK-01: the hour of the local day at which a night begins, …
    night_from_h, "h" = 22.0 in 0.0..=24.0;
    /// PK-01: … and the one at which it ends.
    night_to_h, "h" = 5.0 in 0.0..=24.0;
    /// PK-01: a parked truck's fixes lie within this of the first.
    parked_drift_m, "m" = 200.0 in 0.0..=10_000.0;
    /// `facts.grade`: a sensor read within this counts as there.
    sensor_memory_s, "s" = 3_600.0 in 0.0..=604_800.0;
    /// No truck covers the way between two fixes faster than this.
    jump_kmh, "km/h" = 150.0 in 50.0..=1_000.0;
    /// A truck that stays at the far end of a jump for more fixes than this …
    jump_fixes, "fixes" = 3.0 in 1.0..=100.0;
    /// … and at least this long is believed to be there.
    jump_s, "s" = 20.0 in 0.0..=3_600.0;
}

impl Thresholds {
    /// The defaults with the members of `limits.json` put over them.
    pub fn with_limits(limits: &BTreeMap<String, Value>) -> Result<Self, ThresholdError> {
        let mut thresholds = Self::default();
        for (name, value) in limits {
            let error = |reason| ThresholdError { name: name.clone(), reason };
            let row = Self::TABLE.iter().find(|row| row.name == name);
            let (Some(row), Some(field)) = (row, thresholds.field(name)) else {
                let known: Vec<&str> = Self::TABLE.iter().map(|row| row.name).collect();
                return Err(error(format!("no threshold has this name; known: {}", known.join(", "))));
            };
            let number = if row.name == EARLIEST_TIME { moment(value) } else { value.as_f64() };
            *field =
                number.filter(|number| (row.least..=row.greatest).contains(number)).ok_or_else(|| {
                    error(format!("{value} is out of range: {} to {} {}", row.least, row.greatest, row.unit))
                })?;
        }
        Ok(thresholds)
    }
}

const EARLIEST_TIME: &str = "earliest_time";

/// Seconds since the epoch, given as such or as an RFC 3339 text.
fn moment(value: &Value) -> Option<f64> {
    let from_text = |text: &str| text.parse::<Timestamp>().ok().map(|time| time.millis() as f64 / 1000.0);
    value.as_f64().or_else(|| value.as_str().and_then(from_text))
}

/// Seconds of a threshold as milliseconds.
pub(crate) fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> BTreeMap<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_limit_set_by_name_takes_the_place_of_the_default() {
        let thresholds =
            Thresholds::with_limits(&limits(r#"{"default_limit_kmh":40,"off_route_s":90.5}"#)).unwrap();
        assert_eq!(thresholds.default_limit_kmh, 40.0);
        assert_eq!(thresholds.off_route_s, 90.5);
        assert_eq!(thresholds.off_route_m, Thresholds::default().off_route_m);
    }

    #[test]
    fn the_earliest_time_may_be_written_as_a_time() {
        let thresholds =
            Thresholds::with_limits(&limits(r#"{"earliest_time":"2008-01-01T00:00:00+08:00"}"#)).unwrap();
        assert_eq!(thresholds.earliest_time, 1_199_116_800.0);
        assert!(Thresholds::with_limits(&limits(r#"{"earliest_time":"long ago"}"#)).is_err());
    }

    #[test]
    fn an_unknown_name_and_an_impossible_number_are_refused_with_what_is_known() {
        let unknown = Thresholds::with_limits(&limits(r#"{"of_route_s":90}"#)).unwrap_err().to_string();
        assert!(unknown.contains("of_route_s") && unknown.contains("off_route_s"), "{unknown}");
        let negative = Thresholds::with_limits(&limits(r#"{"off_route_s":-1}"#)).unwrap_err().to_string();
        assert!(negative.contains("off_route_s") && negative.contains("86400"), "{negative}");
    }

    #[test]
    fn every_default_is_within_its_own_range() {
        for row in Thresholds::TABLE {
            assert!((row.least..=row.greatest).contains(&row.default), "{}", row.name);
        }
    }
}
