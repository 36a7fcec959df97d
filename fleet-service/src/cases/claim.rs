//! Who works on a clue: claimed for a while, handed to a colleague, given back. Others read it meanwhile, and cannot
//! decide it. Pure.

use domain::{Timestamp, ViolationId};

use super::act_error::ActError;

/// A claim holds for this long and is renewed by claiming again: a forgotten one hinders nobody for long.
pub const CLAIM_S: i64 = 15 * 60;

/// An officer works on a clue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The clue.
    pub clue: ViolationId,
    /// The officer's name.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// From then on it holds no longer.
    pub until: Timestamp,
}

impl Claim {
    /// A claim that begins now.
    pub fn new(clue: ViolationId, by: &str, now: Timestamp) -> Self {
        Self { clue, by: by.to_owned(), since: now, until: now.plus_seconds(CLAIM_S) }
    }

    /// Whether it keeps someone else from the clue.
    pub fn keeps_out(&self, who: &str, now: Timestamp) -> bool {
        self.by != who && now < self.until
    }
}

/// Takes a clue: free, run out, or one's own already, which makes it last longer.
pub fn take(clue: ViolationId, held: Option<Claim>, by: &str, now: Timestamp) -> Result<Claim, ActError> {
    match held {
        Some(claim) if claim.keeps_out(by, now) => Err(taken(&claim)),
        Some(claim) if claim.by == by && now < claim.until => {
            Ok(Claim { since: claim.since, ..Claim::new(clue, by, now) })
        }
        _ => Ok(Claim::new(clue, by, now)),
    }
}

/// Someone else works on the clue.
pub fn taken(claim: &Claim) -> ActError {
    let Claim { by, until, .. } = claim;
    ActError::state(
        format!("{by} works on this clue until {until}: ask them to hand it over, or wait"),
        format!("{by}正在办理该线索（至{until}），请联系其移交或稍候"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    /// Whether `who` gets the clue at `second` after 甲 took it at 0, and since when it is theirs.
    fn check(who: &str, second: i64, expected: Option<i64>) {
        let clue = ViolationId::of_facts(&[b"one"]);
        let first = take(clue, None, "甲", at(0)).unwrap();
        let got = take(clue, Some(first), who, at(second));
        assert_eq!(got.ok().map(|claim| claim.since.seconds()), expected, "{who} at {second}");
    }

    #[test]
    fn a_clue_is_ones_own_until_the_claim_runs_out() {
        check("乙", 1, None);
        check("乙", CLAIM_S - 1, None);
        check("乙", CLAIM_S, Some(CLAIM_S));
        check("甲", 60, Some(0));
        check("甲", CLAIM_S, Some(CLAIM_S));
    }
}
