//! One rule of the catalogue, as it stood in one period.

use domain::{Authority, LocalDate, RuleCode};

use crate::words::words;

words!(
    /// How a rule's points enter the score.
    Class {
        /// Company conduct: diluted only above 10 trucks.
        A = "A",
        /// Truck conduct: diluted above 3 trucks.
        B = "B",
        /// Traffic trifles and paperwork: diluted above 3 trucks and capped in sum.
        C = "C",
    }
);

words!(
    /// How grave a discredit record is, 国办发〔2025〕22号.
    Severity {
        /// 轻微
        Minor = "minor",
        /// 一般
        General = "general",
        /// 严重
        Serious = "serious",
    }
);

words!(
    /// Where the first knowledge of a violation may come from.
    Detector {
        /// A device on the truck gives a clue; an officer still decides.
        Device = "D",
        /// A gate, tag reader, camera or weighbridge.
        Gate = "G",
        /// An officer, or a decision imported from another authority.
        Officer = "O",
    }
);

words!(
    /// What a repetition does to the points.
    Repeat {
        /// The general escalation of [`crate::posting`].
        Standard = "standard",
        /// The first in a cycle is a reminder at no points; after that as `standard`.
        RemindFirst = "remind_first",
        /// Never escalated.
        None = "none",
    }
);

words!(
    /// What makes the same act cost other points than its rule says.
    Circumstance {
        /// The mess was cleaned at once.
        CleanedAtOnce = "cleaned_at_once",
        /// It happened on an expressway.
        Expressway = "expressway",
    }
);

words!(
    /// What a case needs before it counts.
    CountsOn {
        /// The confirmation by an officer of the rule's authority.
        Confirmation = "confirmation",
        /// A decision that has become final (河南省社会信用条例 20).
        FinalDecision = "final_decision",
    }
);

words!(
    /// Over what a rule counts once.
    OncePer {
        /// One inspection of the company: a local day.
        Inspection = "inspection",
        /// One truck and local day.
        TruckDay = "truck_day",
    }
);

words!(
    /// Whether penalties under a rule call for a human decision on market exit whatever the score, see
    /// [`crate::triggers`].
    HardTrigger {
        /// No.
        None = "none",
        /// Together with others of this kind, three in twelve months (济南市城市建筑垃圾管理条例 43).
        Repeated = "repeated",
        /// A single one.
        AtOnce = "at_once",
        /// A serious accident: two in a year (扬州 2019).
        TwoAccidents = "two_accidents",
    }
);

impl CountsOn {
    /// The words people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Confirmation => "执法人员确认即计分",
            Self::FinalDecision => "处罚决定生效后计分",
        }
    }
}

impl Circumstance {
    /// The words people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::CleanedAtOnce => "当场清理",
            Self::Expressway => "高速公路",
        }
    }

    /// The words people read in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::CleanedAtOnce => "cleaned at once",
            Self::Expressway => "on an expressway",
        }
    }
}

impl Severity {
    /// The word people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Minor => "轻微",
            Self::General => "一般",
            Self::Serious => "严重",
        }
    }

    /// Longest publicity of such a record, in months: 3, 12, 36 (国办发〔2025〕22号).
    pub fn publicity_months_max(self) -> u32 {
        match self {
            Self::Minor => 3,
            Self::General => 12,
            Self::Serious => 36,
        }
    }
}

/// A rule in one period of validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its code; graded rules end in a small letter.
    pub code: RuleCode,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Who decides its cases.
    pub authority: Authority,
    /// Who may decide them as well.
    pub joint: Vec<Authority>,
    /// Legal basis, one regulation and its articles per item.
    pub legal_basis: Vec<String>,
    /// Evidence a case file needs, in English.
    pub evidence: Vec<String>,
    /// The same in Chinese.
    pub evidence_zh: Vec<String>,
    /// Where clues may come from.
    pub detectors: Vec<Detector>,
    /// How its points enter the score.
    pub class: Class,
    /// How grave a record it makes.
    pub severity: Severity,
    /// Points before escalation and dilution, centi-points.
    pub base_cp: i64,
    /// Points on the truck's own score before escalation, centi-points: ten times the company's, at most 30.00, under a rule of
    /// city management (the 10 : 1 of Zhengzhou 2018); the same as the company's under any other.
    pub vehicle_cp: i64,
    /// What it costs under a circumstance instead, centi-points.
    pub circumstances: Vec<(Circumstance, i64)>,
    /// What a case needs before it counts.
    pub counts_on: CountsOn,
    /// How many officers have to be named when officers found the facts (行政处罚法 42).
    pub officers: u32,
    /// What a repetition does.
    pub repeat: Repeat,
    /// Over what it counts once, when it does not count every time.
    pub once_per: Option<OncePer>,
    /// Rules, without grades, to which it is added: with them it is never one incident.
    pub added_to: Vec<RuleCode>,
    /// Rules, without grades, with which it is one act on one haul: only the highest counts. Both last as long as the haul,
    /// so they are one incident.
    pub highest_of: Vec<RuleCode>,
    /// Whether penalties under it call for a human decision on market exit whatever the score.
    pub hard_trigger: HardTrigger,
    /// First local day it applies to.
    pub valid_from: LocalDate,
    /// Last local day it applies to; `None` while nothing replaces it.
    pub valid_to: Option<LocalDate>,
    /// Where the points come from.
    pub source: String,
    /// What a person applying it should know, in English.
    pub note: String,
    /// The same in Chinese.
    pub note_zh: String,
    /// The table it was read from.
    pub table_version: String,
}

impl Rule {
    /// Whether an officer of `authority` may decide its cases.
    pub fn is_answered_by(&self, authority: Authority) -> bool {
        self.authority == authority || self.joint.contains(&authority)
    }

    /// What an act costs under circumstances, centi-points; `None` when the rule knows one of them not, or they are several.
    pub fn base_under(&self, circumstances: &[Circumstance]) -> Option<i64> {
        match circumstances {
            [] => Some(self.base_cp),
            [one] => self.circumstances.iter().find(|(known, _)| known == one).map(|(_, base_cp)| *base_cp),
            _ => None,
        }
    }

    /// Whether it applies to an act of that local day.
    pub fn applies_on(&self, date: LocalDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|last| date <= last)
    }
}

/// A code without its grade: `TR-02` of `TR-02a`. Repetition is counted over all grades of a rule.
pub fn family(code: &RuleCode) -> &str {
    let code = code.as_str();
    code.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(code)
}

/// Most a rule costs a truck before escalation, centi-points.
const VEHICLE_CP_MAX: i64 = 3_000;

/// What a rule costs the truck itself, see [`Rule::vehicle_cp`].
pub(crate) fn vehicle_cp(authority: Authority, base_cp: i64) -> i64 {
    match authority {
        Authority::CityManagement => base_cp.saturating_mul(10).min(VEHICLE_CP_MAX),
        _ => base_cp,
    }
}
