//! What events say: the records of the public feed, their members in the order they are published. A member that is not
//! known is left out, never guessed. `feed.schema.json` says the same for programs.

use domain::{LocalDate, Permit, Plate, Registry, Timestamp, Uscc};
use serde::{Deserialize, Serialize};

use super::mask;

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
    /// A company was put out of the directory and may not come back for a time.
    Exit(Box<ExitRecord>),
    /// An exit was lifted before its time.
    Readmit(Box<ReadmitRecord>),
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
            Self::Exit(_) => "exit",
            Self::Readmit(_) => "readmit",
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
    /// Its legal representative; of a sole trader the surname alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_representative: Option<String>,
    /// Number of the decision.
    pub decision_no: String,
    /// Its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<LocalDate>,
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
    /// What was decided, identity and telephone numbers blanked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The fine, in fen: 20000 is 200.00 yuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_fen: Option<u64>,
    /// Kind of authority that decided: city_management, police, transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_name: Option<String>,
    /// Its unified social credit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_uscc: Option<Uscc>,
    /// Who publishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_unit: Option<String>,
    /// Its unified social credit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_unit_uscc: Option<Uscc>,
    /// Code of the region, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<String>,
    /// How the penalty stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PenaltyStatus>,
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

/// How a published penalty stands. A later event with the same decision number takes the place of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyStatus {
    /// In force.
    Effective,
    /// The decision was set aside: the record has to be taken down.
    Revoked,
    /// The deduction was reversed on an objection: the record has to be taken down.
    Withdrawn,
}

/// A company put out of the directory of companies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The company.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Its legal representative; of a sole trader the surname alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_representative: Option<String>,
    /// What called for it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The deductions that counted when it was proposed.
    pub cause: Vec<Cause>,
    /// Legal and policy basis.
    pub basis: Vec<String>,
    /// The authority that decided.
    pub authority: String,
    /// Its unified social credit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_uscc: Option<Uscc>,
    /// Number of the notice given before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_no: Option<String>,
    /// Day it was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_served_on: Option<LocalDate>,
    /// Number of the decision.
    pub decision_no: String,
    /// Its day.
    pub decided_on: LocalDate,
    /// The last day on which the company may not come back.
    pub ban_until: LocalDate,
    /// Number of the score ledger's entry that holds the exit.
    pub ledger_seq: u64,
    /// Its hash.
    pub ledger_hash: String,
}

/// An exit that was lifted before its ban was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadmitRecord {
    /// The company.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Number of the decision by which it had to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_decision_no: Option<String>,
    /// Number of the decision that lifts it.
    pub decision_no: String,
    /// Its day.
    pub decided_on: LocalDate,
    /// Why.
    pub reason: String,
    /// The authority that decided.
    pub authority: String,
    /// Number of the score ledger's entry that holds it.
    pub ledger_seq: u64,
    /// Its hash.
    pub ledger_hash: String,
}

/// An administrative licence, for double publicity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitRecord {
    /// The holder.
    pub uscc: Uscc,
    /// Its name, when the registers have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its legal representative; of a sole trader the surname alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_representative: Option<String>,
    /// Number of the permit.
    pub permit_no: String,
    /// Name of the decision document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_name: Option<String>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_no: Option<String>,
    /// Day of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<LocalDate>,
    /// The authority that permitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Its unified social credit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_uscc: Option<Uscc>,
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

/// The licence record of a permit of the registers. Pure.
pub fn permit(permit: &Permit, registry: &Registry) -> PermitRecord {
    let papers = registry.permit_papers.get(&permit.number).cloned().unwrap_or_default();
    let persons = registry.persons.get(&permit.carrier);
    let representative = persons.and_then(|persons| persons.legal_representative.as_deref());
    PermitRecord {
        uscc: permit.carrier.clone(),
        name: registry.carriers.get(&permit.carrier).map(|carrier| carrier.name.clone()),
        legal_representative: representative.map(|name| mask::representative(name, &permit.carrier)),
        permit_no: permit.number.to_string(),
        document_name: papers.document_name,
        document_no: papers.document_no,
        decided_on: papers.decided_on,
        authority: papers.authority,
        authority_uscc: papers.authority_uscc,
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
