//! Which formula a score is computed by. A profile is dated data (`profiles/*.toml`): caps, dilution, escalation, repair,
//! bands, year, waiting times. The three this program carries are named by [`Profile`].
//!
//! Entries are posted under `fleet_fair`; the other profiles read the same entries differently, so one ledger has three
//! scores and none of them needs an entry of its own.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use chrono::Months;
use domain::{LocalDate, Timestamp};
use serde::Deserialize;

use crate::rule::{Class, Severity};
use crate::words::words;

words!(
    /// The profiles this program carries.
    Profile {
        /// The default: diluted by fleet size, class C and each haul capped, calendar year.
        FleetFair = "fleet_fair",
        /// For comparison with the city's sheet of 2018: base × escalation of every incident, no dilution, no cap.
        Zz92Plain = "zz92_plain",
        /// As the default, over the twelve months before a moment, the older half of them at half weight.
        Rolling12 = "rolling12",
    }
);

/// The texts of the profiles, in the order of [`Profile::ALL`].
const TEXTS: [&str; 3] = [
    include_str!("../profiles/fleet_fair.toml"),
    include_str!("../profiles/zz92_plain.toml"),
    include_str!("../profiles/rolling12.toml"),
];

/// Read once. A test reads the same texts, so a build whose profiles are refused does not pass.
static TERMS: LazyLock<[Terms; 3]> =
    LazyLock::new(|| TEXTS.map(|text| Terms::parse(text).expect("the carried profiles are tested")));

impl Profile {
    /// What it says.
    pub fn terms(self) -> &'static Terms {
        let [fleet_fair, zz92_plain, rolling12] = &*TERMS;
        match self {
            Self::FleetFair => fleet_fair,
            Self::Zz92Plain => zz92_plain,
            Self::Rolling12 => rolling12,
        }
    }
}

/// Why a profile is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No TOML, or a member missing, unknown or of the wrong kind.
    #[error("the profile is refused")]
    Toml(#[from] Box<toml::de::Error>),
    /// A member is read but its value is refused.
    #[error("member `{member}`: {problem}")]
    Value {
        /// The member.
        member: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// How an entry's points are diluted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dilution {
    /// By the factor frozen at posting.
    Posted,
    /// Not at all.
    Whole,
}

/// Which acts a score is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Year {
    /// Those of one calendar year.
    Calendar,
    /// Those before a moment, weighed by age.
    Rolling,
}

/// How much an act counts while it is younger than `months`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// The age, in calendar months.
    pub months: u32,
    /// The share of its points, thousandths.
    pub permille: u32,
}

/// One number per class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the classes are called so in the file")]
pub struct PerClass {
    A: u32,
    B: u32,
    C: u32,
}

impl PerClass {
    /// The number of a class.
    pub fn of(self, class: Class) -> u32 {
        match class {
            Class::A => self.A,
            Class::B => self.B,
            Class::C => self.C,
        }
    }
}

/// What repetition costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Of the first, the second and every further act, thousandths.
    pub permille: [u32; 3],
    /// How long an earlier act of the same truck counts, days.
    pub same_truck_days: u32,
}

/// What a cure gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cure {
    /// Share of the deduction, thousandths.
    pub permille: u32,
    /// How long the record stands first, months.
    pub after_months: u32,
}

/// Cures by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cures {
    minor: Cure,
    general: Cure,
    serious: Cure,
}

impl Cures {
    /// The cure of a severity.
    pub fn of(self, severity: Severity) -> Cure {
        match severity {
            Severity::Minor => self.minor,
            Severity::General => self.general,
            Severity::Serious => self.serious,
        }
    }
}

/// Where the bands of a company begin, centi-points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandLimits {
    /// 红榜候选
    pub red_candidate: i64,
    /// 正常
    pub normal: i64,
    /// 红牌警示
    pub warning: i64,
    /// 约谈; below it is the black list.
    pub interview: i64,
}

/// Where the bands of a truck begin, centi-points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleLimits {
    /// Nothing happens.
    pub normal: i64,
    /// A warning slip to driver and company.
    pub warning: i64,
    /// The legal representative is interviewed; below it the truck's permission is proposed for cancelling.
    pub interview: i64,
}

/// Below what a company is not rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRated {
    /// Days since registration.
    pub below_registered_days: u32,
    /// Hauls in the year.
    pub below_trips: u32,
}

/// Everything a profile says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Name of this version.
    pub version: String,
    /// First local day it is meant for.
    pub valid_from: LocalDate,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Which acts.
    pub cycle: Year,
    /// By age, the youngest first; empty for a calendar year.
    #[serde(default)]
    pub weights: Vec<Weight>,
    /// How points are diluted.
    pub dilution: Dilution,
    /// Most that class C takes, centi-points; `None` without a cap.
    pub class_c_cap_cp: Option<i64>,
    /// Most that one haul takes before dilution, centi-points; `None` without a cap.
    pub haul_cap_cp: Option<i64>,
    /// Working days between notice and listing.
    pub notice_working_days: u32,
    /// Fleet sizes up to which a class is not diluted.
    pub undiluted_trucks: PerClass,
    /// What repetition costs.
    pub escalation: Escalation,
    /// What cures give back.
    pub repair: Cures,
    /// Bands of a company.
    pub bands: BandLimits,
    /// Bands of a truck.
    pub vehicle_bands: VehicleLimits,
    /// Below what a company is not rated.
    pub not_rated: NotRated,
}

impl Terms {
    /// Reads a profile.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let terms: Self = toml::from_str(text).map_err(Box::new)?;
        terms.check()?;
        Ok(terms)
    }

    /// Dilution by fleet size as (numerator, denominator): 1, or the undiluted size over the fleet.
    pub fn dilution(&self, class: Class, fleet_n: NonZeroU32) -> (u32, u32) {
        let undiluted = self.undiluted_trucks.of(class);
        if fleet_n.get() <= undiluted { (1, 1) } else { (undiluted, fleet_n.get()) }
    }

    /// For a rolling year seen from `as_of`: from which moment on an act weighs how much, the youngest first. An act is
    /// younger than 6 months until the day of the same number six months on, by the calendar of Asia/Shanghai.
    pub fn weights_from(&self, as_of: Timestamp) -> Vec<(i64, u32)> {
        let today = as_of.local_date();
        let from = |weight: &Weight| {
            let limit = today.checked_sub_months(Months::new(weight.months)).and_then(|day| day.succ_opt());
            let from_ms = limit.map_or(i64::MIN, |day| Timestamp::start_of_local_day(day).millis());
            (from_ms, weight.permille)
        };
        self.weights.iter().map(from).collect()
    }

    /// How much an act counts at `as_of`, thousandths: 0 when it is yet to happen or too old. A calendar year weighs
    /// nothing by age.
    pub fn weight_permille(&self, occurred_at: Timestamp, as_of: Timestamp) -> u32 {
        match self.cycle {
            Year::Calendar => 1000,
            Year::Rolling if occurred_at > as_of => 0,
            Year::Rolling => {
                let weights = self.weights_from(as_of);
                let found = weights.iter().find(|(from_ms, _)| occurred_at.millis() >= *from_ms);
                found.map_or(0, |(_, permille)| *permille)
            }
        }
    }

    fn check(&self) -> Result<(), ProfileError> {
        let refuse = |member, problem: &str| Err(ProfileError::Value { member, problem: problem.to_owned() });
        let BandLimits { red_candidate, normal, warning, interview } = self.bands;
        if !(red_candidate > normal && normal > warning && warning > interview) {
            return refuse("bands", "each has to begin below the one before");
        }
        let VehicleLimits { normal, warning, interview } = self.vehicle_bands;
        if !(normal > warning && warning > interview) {
            return refuse("vehicle_bands", "each has to begin below the one before");
        }
        if self.class_c_cap_cp.is_some_and(|cap| cap < 0) || self.haul_cap_cp.is_some_and(|cap| cap < 0) {
            return refuse("class_c_cap_cp, haul_cap_cp", "a cap is not negative");
        }
        if Class::ALL.iter().any(|class| self.undiluted_trucks.of(*class) == 0) {
            return refuse("undiluted_trucks", "a fleet has at least one truck");
        }
        let rising = self.weights.iter().zip(self.weights.iter().skip(1)).all(|(a, b)| a.months < b.months);
        if (self.cycle == Year::Rolling) == self.weights.is_empty() || !rising {
            return refuse(
                "weights",
                "a rolling year needs them, by rising months; a calendar year has none",
            );
        }
        let shares = self.weights.iter().map(|weight| weight.permille);
        let cures = Severity::ALL.iter().map(|severity| self.repair.of(*severity).permille);
        if shares.chain(cures).any(|permille| permille > 1000) {
            return refuse("permille", "a share is at most 1000");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carried_profile_is_read() {
        for (profile, text) in Profile::ALL.iter().zip(TEXTS) {
            assert_eq!(*profile.terms(), Terms::parse(text).unwrap());
            assert!(profile.terms().version.starts_with(profile.word()));
        }
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, expected: &str) {
        let text = TEXTS[0].replace(from, to);
        assert_ne!(text, TEXTS[0], "{from}");
        let error = Terms::parse(&text).unwrap_err();
        let first: &dyn std::error::Error = &error;
        let message = std::iter::successors(Some(first), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn a_profile_that_makes_no_sense_is_refused_by_member() {
        check_refused("interview = 6000\n\n# A truck", "interview = 7000\n\n# A truck", "`bands`");
        check_refused("class_c_cap_cp = 3500", "class_c_cap_cp = -1", "class_c_cap_cp");
        check_refused("class_c_cap_cp", "class_d_cap_cp", "class_d_cap_cp");
        check_refused("A = 10", "A = 0", "`undiluted_trucks`");
        check_refused("\"calendar\"\n", "\"rolling\"\n", "`weights`");
        check_refused("permille = 500", "permille = 1001", "`permille`");
        check_refused("notice_working_days = 0\n", "", "notice_working_days");
    }

    #[test]
    fn an_act_weighs_whole_for_six_months_and_half_for_six_more() {
        let terms = Profile::Rolling12.terms();
        let as_of = "2026-11-24T12:00:00+08:00".parse().unwrap();
        for (day, permille) in [
            ("2026-11-24T12:00:00+08:00", 1000),
            ("2026-05-25T00:00:00+08:00", 1000),
            ("2026-05-24T23:59:59+08:00", 500),
            ("2025-11-25T00:00:00+08:00", 500),
            ("2025-11-24T23:59:59+08:00", 0),
            ("2026-11-24T12:00:01+08:00", 0),
        ] {
            assert_eq!(terms.weight_permille(day.parse().unwrap(), as_of), permille, "{day}");
        }
    }
}
