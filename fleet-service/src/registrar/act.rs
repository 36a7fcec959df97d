//! Acts on single records, and the one way in which all of them are stored.

use domain::{Datum, Registers, Timestamp};
use serde_json::Value;

use super::permit_act::{self, PermitAct};
use super::{
    AHEAD_DAYS_MAX, BACKDATED_DAYS_MAX, DeskError, Done, Expected, REASON_CHARS_MAX, RegisterDesk, Terms,
};
use super::{in_words, tag};
use crate::live::registers::RegisterBook;
use crate::registry::timeline::{self, Reach, RecordChange};
use crate::registry::{Record, Register, record};
use crate::store::{AuditDraft, Making, StoredRecord};

/// What is noted beside an act's version.
pub(super) struct Noted<'a> {
    /// The act, for the audit trail.
    pub(super) what: &'static str,
    /// Token and answer of the upload committed by it.
    pub(super) upload: Option<(&'a str, &'a str)>,
}

impl RegisterDesk {
    /// Creates or changes a record. `key` is the one addressed; none when it is created.
    ///
    /// # Errors
    /// See [`DeskError`]; nothing is stored then.
    pub async fn put(
        &self,
        register: Register,
        key: Option<&str>,
        body: &Value,
        expected: &Expected,
        terms: &Terms,
    ) -> Result<Done, DeskError> {
        let mut book = self.book.lock().await;
        book.refresh(&self.store).await?;
        let from = moment(terms)?;
        let registers = book.registers();
        let mut tried = (**registers.at(from)).clone();
        let (read, _) = record::put(&mut tried, register, body, Datum::Wgs84)?;
        let said = read.key().to_owned();
        if let Some(key) = key.filter(|key| *key != said) {
            return Err(DeskError::OtherKey { said, key: key.to_owned() });
        }
        check_expected(&registers, register, &said, expected)?;
        let changes = [RecordChange { register, key: said, body: Some(read.body()) }];
        let what = if *expected == Expected::Absent { "create record" } else { "change record" };
        self.store_changes(&mut book, from, &changes, terms, &Noted { what, upload: None }).await
    }

    /// Takes a record out of its register.
    ///
    /// # Errors
    /// See [`DeskError`]; nothing is stored then.
    pub async fn withdraw(
        &self,
        register: Register,
        key: &str,
        expected: &Expected,
        terms: &Terms,
    ) -> Result<Done, DeskError> {
        let mut book = self.book.lock().await;
        book.refresh(&self.store).await?;
        let from = moment(terms)?;
        let registers = book.registers();
        check_expected(&registers, register, key, expected)?;
        let key = Record::of(registers.at(from), register, key)
            .map(|record| record.key().to_owned())
            .ok_or_else(|| DeskError::Unknown { register, key: key.to_owned() })?;
        let changes = [RecordChange { register, key, body: None }];
        let noted = Noted { what: "withdraw record", upload: None };
        self.store_changes(&mut book, from, &changes, terms, &noted).await
    }

    /// Suspends, resumes, revokes or ends a permit from a moment on.
    ///
    /// # Errors
    /// See [`DeskError`]; nothing is stored then.
    pub async fn act_on_permit(
        &self,
        number: &str,
        act: PermitAct,
        expected: &Expected,
        terms: &Terms,
    ) -> Result<Done, DeskError> {
        let mut book = self.book.lock().await;
        book.refresh(&self.store).await?;
        let asked = moment(terms)?;
        let registers = book.registers();
        check_expected(&registers, Register::Permits, number, expected)?;
        let unknown = || DeskError::Unknown { register: Register::Permits, key: number.to_owned() };
        let known = Record::of(registers.at(asked), Register::Permits, number)
            .or_else(|| Record::of(registers.newest(), Register::Permits, number));
        let Some(Record::Permit(permit)) = known else { return Err(unknown()) };
        let (changed, from) = permit_act::apply(&permit, act, asked)?;
        let body = Record::Permit(Box::new(changed)).body();
        let changes =
            [RecordChange { register: Register::Permits, key: permit.number.to_string(), body: Some(body) }];
        let noted = Noted { what: act.audit_word(), upload: None };
        self.store_changes(&mut book, from, &changes, terms, &noted).await
    }

    /// Stores changes as a version, publishes permits, writes the audit trail, and tells the running service.
    pub(super) async fn store_changes(
        &self,
        book: &mut RegisterBook,
        from: Timestamp,
        changes: &[RecordChange],
        terms: &Terms,
        noted: &Noted<'_>,
    ) -> Result<Done, DeskError> {
        let registers = book.registers();
        let (after, warnings) = timeline::apply(&registers, from, changes, Reach::ToNextChange)?;
        let differs = |change: &&RecordChange| {
            let of = |registers: &Registers| timeline::history(registers, change.register, &change.key);
            of(&registers) != of(&after)
        };
        let changes: Vec<RecordChange> = changes.iter().filter(differs).cloned().collect();
        let key = changes.first().map(|change| change.key.clone()).unwrap_or_default();
        let mut change = self.store.change().await?;
        if change.newest_registers().await? != book.version() {
            return Err(DeskError::Raced);
        }
        let stored: Vec<StoredRecord> = changes.iter().map(stored).collect();
        let making = Making { in_force: from, now: terms.now, by: &terms.by, reason: &terms.reason };
        let mut version = None;
        if !stored.is_empty() {
            version = Some(change.add_register_records(making, &stored).await?);
            self.press
                .publish_permits(&mut change, Some(registers.newest()), after.newest(), terms.now)
                .await?;
        }
        if let Some((token, outcome)) = noted.upload {
            change.add_register_import(token, version, outcome, &terms.by, terms.now).await?;
        }
        if version.is_some() || noted.upload.is_some() {
            let number =
                version.map_or_else(|| "no version".to_owned(), |number| format!("version {number}"));
            change
                .add_audit(AuditDraft {
                    at: terms.now,
                    who: terms.by.clone(),
                    what: noted.what,
                    subject: in_words(&changes),
                    detail: format!("{number}, in force from {from}; {}", terms.reason),
                })
                .await?;
        }
        change.commit().await?;
        book.refresh(&self.store).await?;
        self.changed.notify_one();
        let warnings =
            warnings.iter().map(|warning| format!("{}: {}", warning.member, warning.reason)).collect();
        Ok(Done { version, from, key, warnings })
    }
}

fn stored(change: &RecordChange) -> StoredRecord {
    StoredRecord {
        register: change.register.word().to_owned(),
        id: change.key.clone(),
        body: change.body.as_ref().map(Value::to_string),
    }
}

/// The moment an act holds from.
pub(super) fn moment(terms: &Terms) -> Result<Timestamp, DeskError> {
    if terms.reason.chars().count() > REASON_CHARS_MAX {
        return Err(DeskError::LongReason);
    }
    let from = terms.from.unwrap_or(terms.now);
    let (least, most) = (-BACKDATED_DAYS_MAX * 86_400, AHEAD_DAYS_MAX * 86_400);
    if from < terms.now.plus_seconds(least) || from > terms.now.plus_seconds(most) {
        return Err(DeskError::From { from });
    }
    Ok(from)
}

fn check_expected(
    registers: &Registers,
    register: Register,
    key: &str,
    expected: &Expected,
) -> Result<(), DeskError> {
    let is = tag(registers, register, key);
    let stands = Record::of(registers.newest(), register, key).is_some();
    match (expected, is) {
        (Expected::Absent, _) if stands => Err(DeskError::Exists { register, key: key.to_owned() }),
        (Expected::Absent, _) => Ok(()),
        (Expected::Tag(_), None) => Err(DeskError::Unknown { register, key: key.to_owned() }),
        (Expected::Tag(tag), Some(is)) if *tag == is => Ok(()),
        (Expected::Tag(_), Some(_)) => Err(DeskError::ChangedMeanwhile { key: key.to_owned() }),
    }
}
