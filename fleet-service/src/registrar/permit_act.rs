//! What may be done to a permit's standing: pure.

use domain::time::date_plus_days;
use domain::{LocalDate, Permit, PermitStatus, Timestamp};

use super::DeskError;

/// An act on a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermitAct {
    /// Not in force for now.
    Suspend,
    /// In force again.
    Resume,
    /// Taken back for good.
    Revoke,
    /// Ends with this day, earlier or later than it said.
    End(LocalDate),
}

impl PermitAct {
    /// The act in the audit trail.
    pub fn audit_word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend permit",
            Self::Resume => "resume permit",
            Self::Revoke => "revoke permit",
            Self::End(_) => "end permit",
        }
    }
}

/// The permit after an act from a moment on, and from when the changed record holds.
///
/// # Errors
/// It does not stand so that this can be done.
pub fn apply(permit: &Permit, act: PermitAct, from: Timestamp) -> Result<(Permit, Timestamp), DeskError> {
    let mut changed = permit.clone();
    let standing = permit.status_at(from);
    let refuse = |en: &str, zh: &str| Err(DeskError::Permit { en: en.to_owned(), zh: zh.to_owned() });
    if standing == PermitStatus::Revoked {
        return refuse("the permit is revoked: issue a new one", "该准运证已吊销，请另行核发");
    }
    let value = match act {
        PermitAct::Suspend if standing == PermitStatus::Suspended => {
            return refuse("the permit is suspended already", "该准运证已处于暂停状态");
        }
        PermitAct::Resume if standing == PermitStatus::Valid => {
            return refuse(
                "the permit is not suspended: there is nothing to resume",
                "该准运证未被暂停，无需恢复",
            );
        }
        PermitAct::Suspend => PermitStatus::Suspended,
        PermitAct::Resume => PermitStatus::Valid,
        PermitAct::Revoke => PermitStatus::Revoked,
        PermitAct::End(last) => {
            let until = Timestamp::start_of_local_day(date_plus_days(last, 1));
            if until <= permit.valid_from {
                return refuse(
                    "the permit would end before it starts: choose a later day",
                    "截止日期早于起始日期，请选择更晚的日期",
                );
            }
            changed.valid_until = until;
            // What was hauled since a day that lies back is judged again.
            return Ok((changed, from.min(until)));
        }
    };
    // What was said for later is overtaken by this.
    changed.status.retain(|(at, _)| *at < from);
    changed.status.push((from, value));
    Ok((changed, from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn permit() -> Permit {
        Permit {
            number: "XM-1".parse().unwrap(),
            carrier: "91350100M000100Y43".parse().unwrap(),
            trucks: BTreeSet::new(),
            legs: vec![],
            waste_class: "工程渣土".into(),
            volume_l: 1,
            used_l: 0,
            valid_from: at("2026-11-01T00:00:00+08:00"),
            valid_until: at("2026-12-01T00:00:00+08:00"),
            windows: domain::HaulWindows::default(),
            status: vec![],
            zone_passes: BTreeSet::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_permit_suspended_at_noon_is_in_force_until_noon() {
        let noon = at("2026-11-23T12:00:00+08:00");
        let (suspended, from) = apply(&permit(), PermitAct::Suspend, noon).unwrap();
        assert_eq!(from, noon);
        assert!(suspended.is_in_force_at(noon.plus_seconds(-1)) && !suspended.is_in_force_at(noon));
        let (resumed, _) = apply(&suspended, PermitAct::Resume, noon.plus_seconds(3600)).unwrap();
        assert!(
            !resumed.is_in_force_at(noon.plus_seconds(1800))
                && resumed.is_in_force_at(noon.plus_seconds(3600))
        );
        assert!(apply(&suspended, PermitAct::Suspend, noon.plus_seconds(1)).is_err());
        assert!(apply(&permit(), PermitAct::Resume, noon).is_err());
        let (revoked, _) = apply(&permit(), PermitAct::Revoke, noon).unwrap();
        assert!(apply(&revoked, PermitAct::Resume, noon.plus_seconds(1)).is_err());
    }

    #[test]
    fn a_permit_ends_with_the_day_said() {
        let now = at("2026-11-23T12:00:00+08:00");
        let day = |day| LocalDate::from_ymd_opt(2026, 11, day).unwrap();
        let (ended, from) = apply(&permit(), PermitAct::End(day(20)), now).unwrap();
        assert_eq!(from, at("2026-11-21T00:00:00+08:00"));
        assert!(ended.is_in_force_at(at("2026-11-20T23:59:59+08:00")) && !ended.is_in_force_at(from));
        assert!(
            apply(&permit(), PermitAct::End(LocalDate::from_ymd_opt(2026, 10, 20).unwrap()), now).is_err()
        );
    }
}
