//! What events say: the records of the public feed, their members in the order they are published. A member that is not
//! known is left out, never guessed. `feed.schema.json` says the same for programs.

use domain::{LocalDate, Permit, Plate, Timestamp, Uscc};
use scoring::ledger::LedgerEntry;
use scoring::{EntryKind, Rule};
use serde::{Deserialize, Serialize};

/// What the list is called in a record.
pub const LIST_CODE: &str = "construction_waste_haulage";

/// What a change of the black list does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The company comes on the list.
    List,
    /// It comes off.
    Delist,
    /// Particulars of an earlier event were wrong; these are right.
    Correct,
}

impl Action {
    /// The word in the feed.
    pub fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Delist => "delist",
            Self::Correct => "correct",
        }
    }

    /// The event of a black-list record.
    pub fn record(self, record: BlackListRecord) -> Record {
        let record = Box::new(record);
        match self {
            Self::List => Record::List(record),
            Self::Delist => Record::Delist(record),
            Self::Correct => Record::Correct(record),
        }
    }
}

/// One event's record; the member `action` names its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A company comes on the black list.
    List(Box<BlackListRecord>),
    /// It comes off.
    Delist(Box<BlackListRecord>),
    /// An earlier black-list record was wrong; this one is right.
    Correct(Box<BlackListRecord>),
    /// An administrative penalty (行政处罚).
    Penalty(Box<PenaltyRecord>),
    /// An administrative licence (行政许可): a permit, new or changed.
    Permit(Box<PermitRecord>),
    /// The score ledger's last hash of a day.
    Head(HeadRecord),
    /// From the next event on, another key signs.
    Rotate(RotateRecord),
}

impl Record {
    /// The word in the feed.
    pub fn word(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Delist(_) => "delist",
            Self::Correct(_) => "correct",
            Self::Penalty(_) => "penalty",
            Self::Permit(_) => "permit",
            Self::Head(_) => "head",
            Self::Rotate(_) => "rotate",
        }
    }

    /// The black-list record, of an event that changes the list.
    pub fn black_list(&self) -> Option<&BlackListRecord> {
        match self {
            Self::List(record) | Self::Delist(record) | Self::Correct(record) => Some(record),
            _ => None,
        }
    }
}

/// One deduction that led to a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Rule code, with its grade.
    pub rule: String,
    /// Its Chinese name.
    pub rule_name_zh: String,
    /// Its English name.
    pub rule_name_en: String,
    /// The case.
    pub case_no: String,
    /// The penalty decision, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_no: Option<String>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// Points that counted, in hundredths.
    pub amount_centi: i64,
}

/// A company on, or off, the black list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlackListRecord {
    /// Which list: [`LIST_CODE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// The company.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Its score then, in hundredths.
    pub score_centi: i64,
    /// The deductions that led to it.
    pub cause: Vec<Cause>,
    /// Everything else that is known.
    #[serde(flatten)]
    pub particulars: Particulars,
}

/// A person who answers for a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponsiblePerson {
    /// Name.
    pub name: String,
    /// Post in the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

/// What a black-list record says where it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Particulars {
    /// Legal representative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_representative: Option<String>,
    /// Persons responsible.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responsible_persons: Vec<ResponsiblePerson>,
    /// The year the score is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<String>,
    /// The rule tables the points come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub table_versions: Vec<String>,
    /// Number of the score ledger's newest entry when this was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger_seq: Option<u64>,
    /// Its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger_hash: Option<String>,
    /// Legal and policy basis, one regulation and its articles an item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// The authority that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Its unified social credit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority_uscc: Option<String>,
    /// Number of the notice given before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_no: Option<String>,
    /// Day it was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_served_on: Option<LocalDate>,
    /// What became of an objection, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection_result: Option<String>,
    /// Number of the decision to list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_no: Option<String>,
    /// Day of listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_on: Option<LocalDate>,
    /// Measures asked for, by code or in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// How grave the record is: minor, general, serious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publicity_class: Option<String>,
    /// Last day it may be shown in public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publicity_end: Option<LocalDate>,
    /// What the company has to do to come off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repair_conditions: Vec<String>,
    /// Day of removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_on: Option<LocalDate>,
    /// Why it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal_reason: Option<String>,
    /// Who decided the removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal_authority: Option<String>,
}

/// An administrative penalty, for double publicity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyRecord {
    /// The party.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Number of the decision.
    pub decision_no: String,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// Kind of violation: rule code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Facts: the rule's Chinese name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// The truck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<Plate>,
    /// When the act began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Legal basis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// Kind of authority whose rule it is: city_management, police, transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Day on which the decision became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_on: Option<LocalDate>,
    /// How grave the record is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity_class: Option<String>,
    /// Last day it may be shown in public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity_end: Option<LocalDate>,
    /// Points it took from the score, in hundredths.
    pub amount_centi: i64,
}

/// An administrative licence, for double publicity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitRecord {
    /// The holder.
    pub uscc: Uscc,
    /// Its name, when the registers have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Number of the permit.
    pub permit_no: String,
    /// Class of waste.
    pub waste_class: String,
    /// Volume approved, litres.
    pub volume_l: u64,
    /// Trucks on it.
    pub trucks: Vec<Plate>,
    /// First moment of validity.
    pub valid_from: Timestamp,
    /// First moment after it.
    pub valid_until: Timestamp,
    /// Its standing from each moment on; before the first it is valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
}

/// A permit's standing from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// From when.
    pub from: Timestamp,
    /// `valid`, `suspended` or `revoked`.
    pub status: String,
}

/// The score ledger's last entry of a day: who keeps the feed can prove that nobody rewrote the ledger since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRecord {
    /// The day, in Asia/Shanghai.
    pub day: LocalDate,
    /// Number of the last entry posted on it or before.
    pub ledger_seq: u64,
    /// Its hash.
    pub ledger_hash: String,
}

/// A change of keys. Signed by the old key; the next event is signed by the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateRecord {
    /// The new key, 32 bytes in hexadecimal.
    pub public_key: String,
    /// First event it signs.
    pub from_seq: u64,
}

/// The penalty record of a deduction that rests on a decision; `None` for any other entry. Pure.
pub fn penalty(entry: &LedgerEntry, name: &str, rule: Option<&Rule>) -> Option<PenaltyRecord> {
    let decision_no = entry.decision_no.as_ref().filter(|_| entry.kind == EntryKind::Deduct)?;
    Some(PenaltyRecord {
        uscc: entry.uscc.clone(),
        name: name.to_owned(),
        decision_no: decision_no.to_string(),
        case_no: entry.case_no.as_ref().map(ToString::to_string),
        rule: entry.rule.as_ref().map(ToString::to_string),
        facts: rule.map(|rule| rule.name_zh.clone()),
        plate: entry.plate.clone(),
        occurred_at: entry.occurred_at,
        basis: rule.map(|rule| rule.legal_basis.clone()).unwrap_or_default(),
        authority: rule.map(|rule| rule.authority.word().to_owned()),
        final_on: entry.final_date,
        publicity_class: entry.severity.map(|severity| severity.word().to_owned()),
        publicity_end: entry.publicity_end,
        amount_centi: entry.amount_cp,
    })
}

/// The licence record of a permit. Pure.
pub fn permit(permit: &Permit, name: Option<&str>) -> PermitRecord {
    PermitRecord {
        uscc: permit.carrier.clone(),
        name: name.map(str::to_owned),
        permit_no: permit.number.to_string(),
        waste_class: permit.waste_class.clone(),
        volume_l: permit.volume_l,
        trucks: permit.trucks.iter().cloned().collect(),
        valid_from: permit.valid_from,
        valid_until: permit.valid_until,
        standing: permit
            .status
            .iter()
            .map(|(from, status)| Standing { from: *from, status: status.word().to_owned() })
            .collect(),
    }
}
