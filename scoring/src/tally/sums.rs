//! What a company's year adds up to.

use crate::fold::FULL_SCORE_CP;
use crate::profile::Terms;
use crate::rule::Class;

/// The sums of one company's year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Σ of counted deductions before repairs, the haul cap applied: of class A, B, C.
    pub gross_cp: [i64; 3],
    /// What the deductions outside the cap on class C take, repairs deducted.
    pub open_cp: i64,
    /// What those of class C take, repairs deducted, before their cap.
    pub capped_cp: i64,
    /// Σ of adjustments: above 0 they take.
    pub adjust_cp: i64,
    /// How many deductions count.
    pub deductions: usize,
    /// Whether the company has an entry of that year.
    pub is_seen: bool,
}

impl Sums {
    /// What the deductions take, caps applied and repairs deducted.
    pub fn taken_cp(&self, terms: &Terms) -> i64 {
        let cap_cp = terms.class_c_cap_cp.unwrap_or(i64::MAX);
        self.open_cp.saturating_add(self.capped_cp.min(cap_cp))
    }

    /// The score in centi-points; may be negative, never above 100.00.
    pub fn score_cp(&self, terms: &Terms) -> i64 {
        let score = FULL_SCORE_CP.saturating_sub(self.taken_cp(terms)).saturating_sub(self.adjust_cp);
        score.min(FULL_SCORE_CP)
    }

    pub(super) fn count(&mut self, class: Class, gross_cp: i64, net_cp: i64, capped: &[i64; 3]) {
        let class = class_index(class);
        let of_class = &mut self.gross_cp[class];
        *of_class = of_class.saturating_add(gross_cp);
        // Both are added to, one of them nothing: which one is as good as random, and a branch would cost more.
        let capped_cp = net_cp * capped[class];
        self.capped_cp = self.capped_cp.saturating_add(capped_cp);
        self.open_cp = self.open_cp.saturating_add(net_cp - capped_cp);
        self.deductions += 1;
    }
}

fn class_index(class: Class) -> usize {
    match class {
        Class::A => 0,
        Class::B => 1,
        Class::C => 2,
    }
}
