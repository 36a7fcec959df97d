//! Changes of single records over the versions of the registers.
//!
//! A change holds from its moment on, until the record's own next change: a later version in which the record already says
//! something else than before is left as it is. Versions before the moment are never touched.

use std::sync::Arc;

use domain::{Datum, Registers, Registry, Timestamp};
use serde_json::Value;

use super::record::{self, Record};
use super::{Register, RegistryError, RegistryWarning};

/// What one record says from a moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordChange {
    /// The register.
    pub register: Register,
    /// The record's key.
    pub key: String,
    /// The record; `None` takes it out.
    pub body: Option<Value>,
}

/// How far a change reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Until the record's own next change.
    ToNextChange,
    /// To the end, whatever was changed since: for trials.
    ToTheEnd,
}

/// Why changes do not fit the registers.
#[derive(Debug, thiserror::Error)]
#[error("{register} {key}, as of {from}: {source}", register = change.register.word(), key = change.key)]
pub struct TimelineError {
    /// The version it does not fit.
    pub from: Timestamp,
    /// The change.
    pub change: Box<RecordChange>,
    /// What is wrong.
    #[source]
    pub source: RegistryError,
}

/// The registers with changes put in from a moment on, and what a person should look at.
///
/// # Errors
/// A change does not fit a version: a record it refers to is not there, say.
pub fn apply(
    registers: &Registers,
    from: Timestamp,
    changes: &[RecordChange],
    reach: Reach,
) -> Result<(Registers, Vec<RegistryWarning>), TimelineError> {
    let mut applied = registers.clone();
    let mut open: Vec<&RecordChange> = changes.iter().collect();
    // Each after those it refers to.
    open.sort_by_key(|change| change.register);
    let mut before = Arc::clone(registers.at(from));
    let mut moments: Vec<(Timestamp, Arc<Registry>)> = vec![(from, Arc::clone(&before))];
    let later = registers.versions().iter().filter(|(at, _)| *at > from);
    moments.extend(later.map(|(at, registry)| (*at, Arc::clone(registry))));
    let mut warnings = Vec::new();
    for (at, original) in moments {
        if at != from && reach == Reach::ToNextChange {
            open.retain(|change| says_the_same(&before, &original, change));
        }
        if open.is_empty() {
            break;
        }
        let mut changed = (*original).clone();
        let found = put_all(&mut changed, &open).map_err(|failed| {
            let (change, source) = *failed;
            TimelineError { from: at, change: Box::new(change), source }
        })?;
        if at == from {
            warnings = found;
        }
        applied.put_in_force(at, Arc::new(changed));
        before = original;
    }
    Ok((applied, warnings))
}

fn says_the_same(before: &Registry, after: &Registry, change: &RecordChange) -> bool {
    let of = |registry| Record::of(registry, change.register, &change.key);
    of(before) == of(after)
}

fn put_all(
    registry: &mut Registry,
    changes: &[&RecordChange],
) -> Result<Vec<RegistryWarning>, Box<(RecordChange, RegistryError)>> {
    let mut warnings = Vec::new();
    let failed = |change: &RecordChange| {
        let change = change.clone();
        move |error| Box::new((change, error))
    };
    let set_free = |change: &&&RecordChange| {
        // Terminals and tags may be handed from one truck to another in one change.
        change.body.is_some() && change.register == Register::Trucks
    };
    for change in changes.iter().filter(set_free) {
        Record::take(registry, change.register, &change.key);
    }
    for change in changes {
        if let Some(body) = &change.body {
            let put = record::put(registry, change.register, body, Datum::Wgs84);
            warnings.extend(put.map_err(failed(change))?.1);
        }
    }
    for change in changes.iter().rev().filter(|change| change.body.is_none()) {
        record::withdraw(registry, change.register, &change.key).map_err(failed(change))?;
    }
    Ok(warnings)
}

/// A record's versions, oldest first: from when, and what it said; `None` where it was not in the register.
pub fn history(
    registers: &Registers,
    register: Register,
    key: &str,
) -> Vec<(Option<Timestamp>, Option<Record>)> {
    let mut versions: Vec<(Option<Timestamp>, Option<Record>)> = Vec::new();
    let mut known: Option<Arc<Registry>> = None;
    for (index, (at, registry)) in registers.versions().iter().enumerate() {
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(known, registry)) {
            continue;
        }
        let record = Record::of(registry, register, key);
        let changed = versions.last().map_or(record.is_some(), |(_, before)| *before != record);
        if changed {
            // The first holds for all time before as well.
            let from = (index > 0).then_some(*at);
            versions.push((from, record));
        }
        known = Some(Arc::clone(registry));
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const USCC: &str = "91350100M000100Y43";

    fn named(name: &str) -> RecordChange {
        let body = json!({ "uscc": USCC, "name": name, "status": "active" });
        RecordChange { register: Register::Carriers, key: USCC.into(), body: Some(body) }
    }

    fn withdrawn() -> RecordChange {
        RecordChange { register: Register::Carriers, key: USCC.into(), body: None }
    }

    fn after(changes: &[(i64, RecordChange)]) -> Registers {
        let start = Registers::always(Registry::default());
        changes.iter().fold(start, |registers, (at, change)| {
            apply(&registers, Timestamp::from_seconds(*at), std::slice::from_ref(change), Reach::ToNextChange)
                .unwrap()
                .0
        })
    }

    #[track_caller]
    fn check(changes: &[(i64, RecordChange)], expected: &[(i64, Option<&str>)]) {
        let registers = after(changes);
        for (at, name) in expected {
            let registry = registers.at(Timestamp::from_seconds(*at));
            let is = registry.carriers.values().next().map(|carrier| carrier.name.as_str());
            assert_eq!(is, *name, "at {at} after {changes:?}");
        }
    }

    #[test]
    fn a_change_holds_from_its_moment_on_and_the_past_stays() {
        check(
            &[(100, named("甲")), (200, named("乙"))],
            &[(99, None), (100, Some("甲")), (199, Some("甲")), (200, Some("乙"))],
        );
    }

    #[test]
    fn a_change_from_before_reaches_to_the_records_next_change() {
        let changes = [(100, named("甲")), (300, named("丙")), (200, named("乙"))];
        check(&changes, &[(150, Some("甲")), (250, Some("乙")), (300, Some("丙"))]);
        check(
            &[(100, named("甲")), (300, withdrawn()), (50, named("乙"))],
            &[(49, None), (60, Some("乙")), (100, Some("甲")), (300, None)],
        );
    }

    #[test]
    fn a_change_of_the_same_moment_overtakes() {
        check(&[(100, named("甲")), (100, named("乙"))], &[(99, None), (100, Some("乙"))]);
    }

    #[test]
    fn changes_of_other_records_are_kept() {
        let mut registers = after(&[(100, named("甲"))]);
        let truck = |plate: &str| RecordChange {
            register: Register::Trucks,
            key: plate.into(),
            body: Some(json!({ "plate": plate, "carrier_uscc": USCC, "terminal_id": "13800000001" })),
        };
        let apply = |registers: &Registers, at, changes: &[RecordChange]| {
            super::apply(registers, Timestamp::from_seconds(at), changes, Reach::ToNextChange)
        };
        registers = apply(&registers, 300, &[truck("豫A11111")]).unwrap().0;
        registers = apply(&registers, 200, &[named("乙")]).unwrap().0;
        assert_eq!(registers.newest().trucks.len(), 1);
        assert_eq!(registers.newest().carriers.values().next().unwrap().name, "乙");
        // A truck before its company was there, and a terminal that is in another truck.
        assert!(apply(&registers, 50, &[truck("豫A22222")]).is_err());
        let error = apply(&registers, 250, &[truck("豫A22222")]).unwrap_err();
        assert_eq!(error.from, Timestamp::from_seconds(300));
        // The company is needed.
        assert!(apply(&registers, 400, &[withdrawn()]).is_err());
        assert_eq!(history(&registers, Register::Carriers, USCC).len(), 2);
    }
}
