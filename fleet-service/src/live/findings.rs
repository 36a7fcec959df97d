//! What a change of the verdicts does to a stored clue. Pure.
//!
//! The finding follows the verdict. A decision keeps a copy of what was decided on, and is never undone by the judge: where
//! later reports disprove it, the clue is marked, and a confirmed one calls for an officer.

use domain::{Timestamp, Violation};

use crate::store::{ClueEvent, ClueState, StoredClue};

/// Who acts when the judge does.
pub const JUDGE: &str = "judge";

/// What is to be stored: the clue, and a line of its history if the change is worth one.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The clue as it stands after.
    pub clue: StoredClue,
    /// The line.
    pub event: Option<ClueEvent>,
}

fn event(at: Timestamp, what: &str) -> Option<ClueEvent> {
    Some(ClueEvent { at, what: what.to_owned(), by: JUDGE.to_owned() })
}

/// What a reader of the history should know of an amendment; `None` when the finding only grew: a haul under way grows
/// with every report, and its history would be as long as the drive.
fn amended(before: &Violation, now: &Violation) -> Option<String> {
    let text = |permit: &Option<domain::PermitNumber>| {
        permit.as_ref().map_or("none".to_owned(), ToString::to_string)
    };
    if before.permit != now.permit {
        return Some(format!("amended: permit {}, before {}", text(&now.permit), text(&before.permit)));
    }
    let failed = |violation: &Violation| violation.facts.get("failed").cloned().unwrap_or_default();
    (failed(before) != failed(now))
        .then(|| format!("amended: failed {}, before {}", failed(now), failed(before)))
}

/// The verdict holds: opened for the first time, again, or with other facts. `None` when nothing is to be stored.
pub fn holds(stored: Option<StoredClue>, violation: &Violation, now: Timestamp) -> Option<Update> {
    let Some(stored) = stored else {
        let clue = StoredClue {
            violation: violation.clone(),
            state: ClueState::Pending,
            disproved: false,
            opened: now,
            decision: None,
        };
        return Some(Update { clue, event: event(now, "opened") });
    };
    match stored.state {
        ClueState::Pending if stored.violation == *violation => None,
        ClueState::Pending => {
            let event = amended(&stored.violation, violation).and_then(|what| event(now, &what));
            Some(Update { clue: StoredClue { violation: violation.clone(), ..stored }, event })
        }
        ClueState::Withdrawn => {
            let clue = StoredClue { violation: violation.clone(), state: ClueState::Pending, ..stored };
            Some(Update { clue, event: event(now, "shown again by later reports") })
        }
        ClueState::Confirmed | ClueState::Rejected if stored.disproved => {
            let clue = StoredClue { violation: violation.clone(), disproved: false, ..stored };
            Some(Update { clue, event: event(now, "shown again by later reports") })
        }
        ClueState::Confirmed | ClueState::Rejected if stored.violation == *violation => None,
        // The decision keeps its own copy of what was decided on.
        ClueState::Confirmed | ClueState::Rejected => {
            Some(Update { clue: StoredClue { violation: violation.clone(), ..stored }, event: None })
        }
    }
}

/// The verdict no longer holds. `None` when nothing is to be stored.
pub fn holds_no_more(stored: StoredClue, now: Timestamp) -> Option<Update> {
    match stored.state {
        ClueState::Pending => {
            let clue = StoredClue { state: ClueState::Withdrawn, ..stored };
            Some(Update { clue, event: event(now, "withdrawn: later reports disprove it") })
        }
        ClueState::Confirmed | ClueState::Rejected if !stored.disproved => {
            let what = if stored.state == ClueState::Confirmed {
                "later reports disprove it: an officer must look again"
            } else {
                "later reports disprove it as well"
            };
            let clue = StoredClue { disproved: true, ..stored };
            Some(Update { clue, event: event(now, what) })
        }
        ClueState::Confirmed | ClueState::Rejected | ClueState::Withdrawn => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoredDecision;
    use domain::{Position, ViolationId};
    use std::collections::BTreeMap;

    fn violation(end_s: i64) -> Violation {
        Violation {
            id: ViolationId::of_facts(&[b"one"]),
            rule: "UW-01".parse().unwrap(),
            plate: "豫A12345".parse().unwrap(),
            carrier_uscc: None,
            permit: None,
            trip: None,
            start: Timestamp::from_seconds(0),
            end: Timestamp::from_seconds(end_s),
            position: Position::from_degrees(34.5, 113.4).unwrap(),
            facts: BTreeMap::new(),
        }
    }

    fn stored(state: ClueState, disproved: bool) -> StoredClue {
        let decided = matches!(state, ClueState::Confirmed | ClueState::Rejected);
        StoredClue {
            violation: violation(10),
            state,
            disproved,
            opened: Timestamp::from_seconds(1),
            decision: decided.then(|| StoredDecision {
                at: Timestamp::from_seconds(5),
                by: "甲".into(),
                reason: "r".into(),
                on: violation(10),
                ledger_seq: None,
                points_centi: None,
            }),
        }
    }

    /// (before, disproved before) → (state, disproved, end stored, first word of the history line)
    #[track_caller]
    fn check(
        before: Option<(ClueState, bool)>,
        end_s: Option<i64>,
        expected: Option<(ClueState, bool, i64, &str)>,
    ) {
        let now = Timestamp::from_seconds(100);
        let before = before.map(|(state, disproved)| stored(state, disproved));
        let update = match end_s {
            Some(end_s) => holds(before.clone(), &violation(end_s), now),
            None => holds_no_more(before.clone().unwrap(), now),
        };
        let found = update.as_ref().map(|u| {
            let word = u.event.as_ref().map_or("", |e| e.what.split([' ', ':']).next().unwrap());
            (u.clue.state, u.clue.disproved, u.clue.violation.end.seconds(), word)
        });
        assert_eq!(found, expected, "{before:?} {end_s:?}");
        if let (Some(before), Some(update)) = (before, update) {
            assert_eq!(update.clue.decision, before.decision, "a decision is never touched");
        }
    }

    #[test]
    fn an_amendment_of_the_permit_or_the_failed_terms_is_a_line_of_the_history() {
        let now = Timestamp::from_seconds(100);
        let mut other = violation(10);
        other.permit = Some("P1".parse().unwrap());
        let update = holds(Some(stored(ClueState::Pending, false)), &other, now).unwrap();
        assert_eq!(update.event.unwrap().what, "amended: permit P1, before none");
        let mut other = violation(10);
        other.facts.insert("failed".to_owned(), "expired".into());
        let update = holds(Some(stored(ClueState::Pending, false)), &other, now).unwrap();
        assert_eq!(update.event.unwrap().what, "amended: failed \"expired\", before null");
    }

    #[test]
    fn a_waiting_clue_follows_the_verdict_and_a_decided_one_keeps_its_decision() {
        use ClueState::{Confirmed, Pending, Rejected, Withdrawn};
        check(None, Some(10), Some((Pending, false, 10, "opened")));
        check(Some((Pending, false)), Some(10), None);
        check(Some((Pending, false)), Some(20), Some((Pending, false, 20, "")));
        check(Some((Withdrawn, false)), Some(20), Some((Pending, false, 20, "shown")));
        check(Some((Confirmed, false)), Some(10), None);
        check(Some((Confirmed, false)), Some(20), Some((Confirmed, false, 20, "")));
        check(Some((Confirmed, true)), Some(20), Some((Confirmed, false, 20, "shown")));
        check(Some((Rejected, false)), Some(20), Some((Rejected, false, 20, "")));
        check(Some((Pending, false)), None, Some((Withdrawn, false, 10, "withdrawn")));
        check(Some((Confirmed, false)), None, Some((Confirmed, true, 10, "later")));
        check(Some((Confirmed, true)), None, None);
        check(Some((Rejected, false)), None, Some((Rejected, true, 10, "later")));
        check(Some((Withdrawn, false)), None, None);
    }
}
