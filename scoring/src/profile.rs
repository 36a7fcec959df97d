//! Which formula a score is computed by. A profile is dated data (`profiles/*.toml`): caps, dilution, escalation, repair,
//! bands, year, waiting times. The three this program carries are named by [`Profile`].
//!
//! Like the catalogue, a profile has versions by date: an act is weighed by the version in force on its day. Caps and bands
//! are of a whole year, so a version of a calendar profile begins on 1 January, and every act of a year and the year itself
//! have one version; a rolling year goes by the version of the day it is looked at from. What happened before the first
//! version goes by the first.
//!
//! Entries are posted under `fleet_fair`; the other profiles read the same entries differently, so one ledger has three
//! scores and none of them needs an entry of its own.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use chrono::{Datelike, Months};
use domain::{LocalDate, Timestamp};
use serde::Deserialize;

use crate::cycle::Cycle;
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

/// The texts of the profiles, in the order of [`Profile::ALL`]; of each its versions. A version in use is never edited: a
/// change is a further text here.
const TEXTS: [&[&str]; 3] = [
    &[include_str!("../profiles/fleet_fair.toml")],
    &[include_str!("../profiles/zz92_plain.toml")],
    &[include_str!("../profiles/rolling12.toml")],
];

/// Read once. A test reads the same texts, so a build whose profiles are refused does not pass.
static VERSIONS: LazyLock<[Versions; 3]> =
    LazyLock::new(|| TEXTS.map(|texts| Versions::parse(texts).expect("the carried profiles are tested")));

impl Profile {
    /// Every version.
    pub fn versions(self) -> &'static Versions {
        let [fleet_fair, zz92_plain, rolling12] = &*VERSIONS;
        match self {
            Self::FleetFair => fleet_fair,
            Self::Zz92Plain => zz92_plain,
            Self::Rolling12 => rolling12,
        }
    }

    /// What it says of an act of a day.
    pub fn terms_on(self, day: LocalDate) -> &'static Terms {
        self.versions().on(day)
    }

    /// What it says of a score: of a calendar year that year's version, of a rolling one that of the day it is seen from.
    pub fn terms_of(self, cycle: Cycle, as_of: Timestamp) -> &'static Terms {
        self.versions().of_score(cycle, as_of)
    }
}

/// The versions of one profile, the oldest first; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions(Vec<Terms>);

impl Versions {
    /// Reads the versions of one profile in any order. Two that begin on one day, years of different kinds, and a calendar
    /// version that begins within a year are refused.
    pub fn parse(texts: &[&str]) -> Result<Self, ProfileError> {
        let mut versions = texts.iter().map(|text| Terms::parse(text)).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|terms| terms.valid_from);
        let refuse = |member, problem: &str| Err(ProfileError::Value { member, problem: problem.to_owned() });
        let Some(first) = versions.first() else { return refuse("version", "a profile has at least one") };
        if versions.iter().any(|terms| terms.cycle != first.cycle) {
            return refuse("cycle", "every version of a profile has the same kind of year");
        }
        if versions.windows(2).any(|pair| pair[0].valid_from == pair[1].valid_from) {
            return refuse("valid_from", "two versions begin on the same day");
        }
        let within_year =
            |terms: &Terms| Cycle::of_year(terms.valid_from.year()).first_day() != terms.valid_from;
        if first.cycle == Year::Calendar && versions.iter().any(within_year) {
            return refuse("valid_from", "a version for calendar years begins on 1 January");
        }
        Ok(Self(versions))
    }

    /// Which acts a score is about.
    pub fn year(&self) -> Year {
        self.newest().cycle
    }

    /// The version that began last.
    pub fn newest(&self) -> &Terms {
        &self.0[self.0.len() - 1]
    }

    /// The version in force on a day; the first before it began.
    pub fn on(&self, day: LocalDate) -> &Terms {
        let after = self.0.partition_point(|terms| terms.valid_from <= day);
        &self.0[after.saturating_sub(1)]
    }

    /// The version a score goes by.
    pub fn of_score(&self, cycle: Cycle, as_of: Timestamp) -> &Terms {
        match self.year() {
            Year::Calendar => self.on(cycle.first_day()),
            Year::Rolling => self.on(as_of.local_date()),
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
        for (profile, texts) in Profile::ALL.iter().zip(TEXTS) {
            assert_eq!(*profile.versions(), Versions::parse(texts).unwrap());
            assert!(profile.versions().newest().version.starts_with(profile.word()));
        }
    }

    #[test]
    fn an_act_goes_by_the_version_of_its_day() {
        let next =
            TEXTS[0][0].replace("2026-01", "2027-01").replace("haul_cap_cp = 3000", "haul_cap_cp = 2000");
        let versions = Versions::parse(&[&next, TEXTS[0][0]]).unwrap();
        for (day, haul_cap_cp) in
            [("2025-06-01", 3_000), ("2026-12-31", 3_000), ("2027-01-01", 2_000), ("2029-01-01", 2_000)]
        {
            assert_eq!(versions.on(day.parse().unwrap()).haul_cap_cp, Some(haul_cap_cp), "{day}");
        }
        let as_of = "2027-03-01T00:00:00+08:00".parse().unwrap();
        assert_eq!(versions.of_score(Cycle::of_year(2026), as_of).haul_cap_cp, Some(3_000));
        assert_eq!(versions.newest().version, "fleet_fair-2027-01");
    }

    #[test]
    fn versions_that_do_not_follow_each_other_are_refused() {
        let text = TEXTS[0][0];
        let within = text.replace("2026-01-01", "2027-03-01");
        for (texts, expected) in [
            (vec![], "at least one"),
            (vec![text, text], "same day"),
            (vec![text, within.as_str()], "1 January"),
            (vec![text, TEXTS[2][0]], "kind of year"),
        ] {
            let said = Versions::parse(&texts).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, expected: &str) {
        let text = TEXTS[0][0].replace(from, to);
        assert_ne!(text, TEXTS[0][0], "{from}");
        let error = Terms::parse(&text).unwrap_err();
        let whole: &dyn std::error::Error = &error;
        let message = std::iter::successors(Some(whole), |error| error.source())
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
        let terms = Profile::Rolling12.versions().newest();
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
