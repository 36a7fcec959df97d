//! A haul with several standing deductions: which of them count, and what the haul's limit leaves of them.

use super::{Amounts, Fold, Outcome, Sums, note, row_index};
use crate::columns::NO_ROW;
use crate::incident::{Candidate, Haul, limited};

/// A haul with several standing deductions.
pub(super) struct SharedHaul {
    rows: Vec<usize>,
    amounts: Vec<Amounts>,
    candidates: Vec<Candidate>,
    limit_cp: i64,
    pub(super) ways: Haul,
}

impl SharedHaul {
    pub(super) fn of(fold: &Fold<'_>, haul: &[(u32, u32, u32)], cap_cp: i64) -> Self {
        let columns = fold.columns;
        let mut rows: Vec<usize> = haul.iter().filter_map(|row| row_index(row.2)).collect();
        rows.sort_unstable_by_key(|&at| (columns.start_ms[at], columns.id[at]));
        let weight = |at: usize| fold.weight(at).unwrap_or(0);
        let amounts: Vec<Amounts> = rows.iter().map(|&at| fold.amounts(at, weight(at))).collect();
        let limit_cp = rows.iter().map(|&at| fold.limit_cp(at, weight(at))).max().unwrap_or(i64::MAX);
        let names_an_act = rows.iter().any(|&at| columns.target[at] != NO_ROW);
        let candidate = |(&at, amounts): (&usize, &Amounts)| Candidate {
            start_ms: columns.start_ms[at],
            end_ms: columns.end_ms[at],
            amount_cp: amounts.net_cp,
            capped: fold.is_capped(columns.class[at]),
            act: names_an_act.then(|| columns.act(at)),
        };
        let candidates: Vec<Candidate> = rows.iter().zip(&amounts).map(candidate).collect();
        let ways = Haul::of(&candidates, limit_cp, cap_cp);
        Self { rows, amounts, candidates, limit_cp, ways }
    }

    /// Adds what one way counts. What the haul's limit cuts off is cut from the later ones, of class C before the others.
    pub(super) fn count(
        &self,
        fold: &Fold<'_>,
        way: usize,
        sums: &mut Sums,
        outcomes: &mut Option<&mut Vec<Outcome>>,
    ) {
        let counts = self.ways.counts(way, &self.candidates);
        let taken = |of: &dyn Fn(usize) -> i64| {
            let sum = |capped: bool| {
                let chosen =
                    (0..counts.len()).filter(|&at| counts[at] && self.candidates[at].capped == capped);
                chosen.map(of).fold(0, i64::saturating_add)
            };
            limited(sum(false), sum(true), self.limit_cp)
        };
        let (mut gross_left, mut net_left) =
            (taken(&|at| self.amounts[at].gross_cp), taken(&|at| self.amounts[at].net_cp));
        for (at, &row) in self.rows.iter().enumerate() {
            let Amounts { gross_cp: amount_cp, net_cp } = self.amounts[at];
            let repaired_cp = amount_cp - net_cp;
            let is_capped = self.candidates[at].capped;
            if counts[at] {
                let gross_cp = take(&mut gross_left, amount_cp, is_capped);
                let counted_cp = take(&mut net_left, net_cp, is_capped);
                sums.count(fold.columns.class[row], gross_cp, counted_cp, &fold.capped);
                note(outcomes, row, Outcome::Counted { amount_cp, repaired_cp, counted_cp });
            } else {
                let rival = (0..counts.len())
                    .find(|&other| counts[other] && self.candidates[at].touches(&self.candidates[other]));
                let counted_row = self.rows[rival.unwrap_or(at)];
                note(outcomes, row, Outcome::SameIncident { amount_cp, repaired_cp, counted_row });
            }
        }
    }
}

/// Takes at most `amount_cp` of what is left outside or under the cap.
fn take(left: &mut (i64, i64), amount_cp: i64, is_capped: bool) -> i64 {
    let left = if is_capped { &mut left.1 } else { &mut left.0 };
    let taken = amount_cp.min(*left);
    *left -= taken;
    taken
}
