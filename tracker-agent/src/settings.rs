//! The parameters the platform may set (JT/T 808 0x8103) and what they do to the agent. Kept over restarts; the platform's
//! word counts over the configuration file's until the platform changes it.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use wire::Parameter;

use crate::sampler::{SamplerConfig, SpeedLimit};

/// Longest time between reports that a strategy without time leaves, s: silence must go on meaning something.
const UNTIMED_S: u32 = 300;
const HEARTBEAT_S: RangeInclusive<u32> = 5..=600;
const INTERVAL_S: RangeInclusive<u32> = 1..=3600;
const DISTANCE_M: RangeInclusive<u32> = 10..=10_000;
const TURN_DEG: RangeInclusive<u32> = 5..=180;
const SPEED_KMH: RangeInclusive<u32> = 0..=300;
const HOLD_S: RangeInclusive<u32> = 0..=3600;

/// What the platform set. A field it did not set leaves the configuration file's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// 0x0001.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_s: Option<u32>,
    /// 0x0020: 0 by time, 1 by distance, 2 by both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<u32>,
    /// 0x0027: between reports while standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_parked_s: Option<u32>,
    /// 0x0029: between reports while moving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_moving_s: Option<u32>,
    /// 0x002C: way between reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<u32>,
    /// 0x0030: turn that is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_deg: Option<u32>,
    /// 0x0055: highest speed; 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_max_kmh: Option<u32>,
    /// 0x0056: how long above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_hold_s: Option<u32>,
}

/// Why a parameter is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// This agent has nothing it would change.
    #[error("parameter {id:#06x} changes nothing here")]
    Unsupported {
        /// Which.
        id: u32,
    },
    /// Its value has the wrong length or is out of range.
    #[error("parameter {id:#06x} is out of range or malformed")]
    Bad {
        /// Which.
        id: u32,
    },
}

/// Ids of the parameters that can be set.
const IDS: [u32; 8] = [0x0001, 0x0020, 0x0027, 0x0029, 0x002C, 0x0030, 0x0055, 0x0056];

impl Settings {
    /// Sets one parameter.
    pub fn set(&mut self, parameter: &Parameter) -> Result<(), SettingError> {
        let id = parameter.id();
        let (field, value, range) = match parameter {
            Parameter::HeartbeatS(value) => (&mut self.heartbeat_s, *value, HEARTBEAT_S),
            Parameter::ReportStrategy(value) => (&mut self.strategy, *value, 0..=2),
            Parameter::SleepIntervalS(value) => (&mut self.interval_parked_s, *value, INTERVAL_S),
            Parameter::DefaultIntervalS(value) => (&mut self.interval_moving_s, *value, INTERVAL_S),
            Parameter::DefaultDistanceM(value) => (&mut self.distance_m, *value, DISTANCE_M),
            Parameter::TurnAngleDeg(value) => (&mut self.turn_deg, *value, TURN_DEG),
            Parameter::MaxSpeedKmh(value) => (&mut self.speed_max_kmh, *value, SPEED_KMH),
            Parameter::OverspeedHoldS(value) => (&mut self.speed_hold_s, *value, HOLD_S),
            _ if IDS.contains(&id) => return Err(SettingError::Bad { id }),
            _ => return Err(SettingError::Unsupported { id }),
        };
        if !range.contains(&value) {
            return Err(SettingError::Bad { id });
        }
        *field = Some(value);
        Ok(())
    }

    /// Whether every value is one that [`Settings::set`] takes: a file may hold anything.
    pub fn check(&self) -> Result<(), String> {
        let mut again = Self::default();
        for parameter in self.set_ones() {
            again.set(&parameter).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// How the sampler works with this: the platform's values over the file's.
    pub fn sampler(&self, file: SamplerConfig) -> SamplerConfig {
        let strategy = self.strategy.unwrap_or(2);
        let interval_moving_s = self.interval_moving_s.unwrap_or(file.interval_moving_s);
        let distance_m = self.distance_m.or(file.distance_m);
        let speed_limit = match self.speed_max_kmh {
            Some(0) => None,
            Some(max_kmh) => Some(SpeedLimit { max_kmh, hold_s: self.speed_hold_s.unwrap_or(0) }),
            None => file.speed_limit,
        };
        SamplerConfig {
            interval_moving_s: if strategy == 1 {
                interval_moving_s.max(UNTIMED_S)
            } else {
                interval_moving_s
            },
            interval_parked_s: self.interval_parked_s.unwrap_or(file.interval_parked_s),
            distance_m: if strategy == 0 { None } else { distance_m },
            turn_deg: self.turn_deg.unwrap_or(file.turn_deg),
            parked_speed_kmh: file.parked_speed_kmh,
            speed_limit,
        }
    }

    /// Every parameter with the value in force, for who asks: the platform's, else the file's.
    pub fn in_force(&self, file: SamplerConfig, heartbeat_s: u32) -> Vec<Parameter> {
        let limit = file.speed_limit;
        let whole = Self {
            heartbeat_s: self.heartbeat_s.or(Some(heartbeat_s)),
            strategy: self.strategy.or(Some(if file.distance_m.is_some() { 2 } else { 0 })),
            interval_parked_s: self.interval_parked_s.or(Some(file.interval_parked_s)),
            interval_moving_s: self.interval_moving_s.or(Some(file.interval_moving_s)),
            distance_m: self.distance_m.or(file.distance_m),
            turn_deg: self.turn_deg.or(Some(file.turn_deg)),
            speed_max_kmh: self.speed_max_kmh.or(Some(limit.map_or(0, |limit| limit.max_kmh))),
            speed_hold_s: self.speed_hold_s.or(Some(limit.map_or(0, |limit| limit.hold_s))),
        };
        whole.set_ones().collect()
    }

    fn set_ones(self) -> impl Iterator<Item = Parameter> {
        let all = [
            self.heartbeat_s.map(Parameter::HeartbeatS),
            self.strategy.map(Parameter::ReportStrategy),
            self.interval_parked_s.map(Parameter::SleepIntervalS),
            self.interval_moving_s.map(Parameter::DefaultIntervalS),
            self.distance_m.map(Parameter::DefaultDistanceM),
            self.turn_deg.map(Parameter::TurnAngleDeg),
            self.speed_max_kmh.map(Parameter::MaxSpeedKmh),
            self.speed_hold_s.map(Parameter::OverspeedHoldS),
        ];
        all.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_values_count_over_the_files() {
        let file = SamplerConfig::default();
        let mut settings = Settings::default();
        assert_eq!(settings.sampler(file), file);
        for parameter in [
            Parameter::DefaultIntervalS(20),
            Parameter::SleepIntervalS(600),
            Parameter::DefaultDistanceM(300),
            Parameter::TurnAngleDeg(15),
            Parameter::MaxSpeedKmh(60),
            Parameter::OverspeedHoldS(5),
        ] {
            settings.set(&parameter).unwrap();
        }
        let expected = SamplerConfig {
            interval_moving_s: 20,
            interval_parked_s: 600,
            distance_m: Some(300),
            turn_deg: 15,
            parked_speed_kmh: file.parked_speed_kmh,
            speed_limit: Some(SpeedLimit { max_kmh: 60, hold_s: 5 }),
        };
        assert_eq!(settings.sampler(file), expected);
        settings.set(&Parameter::ReportStrategy(0)).unwrap();
        assert_eq!(settings.sampler(file).distance_m, None);
        settings.set(&Parameter::ReportStrategy(1)).unwrap();
        assert_eq!(settings.sampler(file).interval_moving_s, UNTIMED_S);
    }

    #[test]
    fn what_is_out_of_range_or_means_nothing_here_changes_nothing() {
        let mut settings = Settings::default();
        let cases = [
            (Parameter::HeartbeatS(0), SettingError::Bad { id: 1 }),
            (Parameter::ReportStrategy(3), SettingError::Bad { id: 0x20 }),
            (Parameter::Other { id: 0x29, bytes: vec![1] }, SettingError::Bad { id: 0x29 }),
            (Parameter::OdometerHm(7), SettingError::Unsupported { id: 0x80 }),
        ];
        for (parameter, error) in cases {
            assert_eq!(settings.set(&parameter), Err(error));
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_query_is_answered_with_what_is_in_force() {
        let mut settings = Settings::default();
        settings.set(&Parameter::DefaultIntervalS(20)).unwrap();
        let told = settings.in_force(SamplerConfig::default(), 120);
        assert!(
            told.contains(&Parameter::DefaultIntervalS(20)) && told.contains(&Parameter::HeartbeatS(120))
        );
        assert_eq!(told.iter().map(Parameter::id).collect::<Vec<_>>(), IDS);
    }

    #[test]
    fn settings_survive_a_restart_and_a_file_that_cannot_be_used_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platform.toml");
        let load = || crate::kept::load(&path, Settings::check);
        assert_eq!(load(), Settings::default());
        let settings =
            Settings { interval_moving_s: Some(20), speed_max_kmh: Some(60), ..Settings::default() };
        crate::kept::save(&path, &settings).unwrap();
        assert_eq!(load(), settings);
        for bad in ["interval_moving_s = 0\n", "intervall = 3\n", "interval_moving_s = 2", "\u{0}"] {
            std::fs::write(&path, bad).unwrap();
            let is_bad = bad != "interval_moving_s = 2";
            assert_eq!(load() == Settings::default(), is_bad, "{bad}");
            assert_eq!(path.exists(), !is_bad);
            assert!(folder.path().join("platform.toml.bad").exists());
        }
    }
}
