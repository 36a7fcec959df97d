//! A city's scores as a table: one row per company and year, the same columns from every implementation, so that two
//! recomputations can be compared byte by byte.

use domain::Uscc;

use crate::band::Band;
use crate::cycle::Cycle;
use crate::points_text;

/// Header of the table.
pub const CSV_HEADER: &str = "uscc,cycle,score,band,a,b,c,c_capped,r,adjust,deductions";

/// The sums of one company's score; see [`crate::fold::Score`] for their meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScoreRow {
    /// The company.
    pub uscc: Uscc,
    /// The year.
    pub cycle: Cycle,
    /// The score, centi-points.
    pub score_cp: i64,
    /// Σ of counted deductions of class A.
    pub a_cp: i64,
    /// Σ of class B.
    pub b_cp: i64,
    /// Σ of class C before the cap.
    pub c_cp: i64,
    /// Σ of class C as it counts.
    pub c_capped_cp: i64,
    /// What repairs give back.
    pub r_cp: i64,
    /// What adjustments take, or give when negative.
    pub adjust_cp: i64,
    /// How many deductions count.
    pub deductions: usize,
}

impl ScoreRow {
    /// The row as CSV, points with two places, without a line break. No member needs quoting.
    pub fn csv(&self) -> String {
        let Self { uscc, cycle, deductions, .. } = self;
        let points =
            [self.score_cp, self.a_cp, self.b_cp, self.c_cp, self.c_capped_cp, self.r_cp, self.adjust_cp];
        let [score, a, b, c, c_capped, r, adjust] = points.map(points_text);
        let band = Band::of(self.score_cp);
        format!("{uscc},{cycle},{score},{band},{a},{b},{c},{c_capped},{r},{adjust},{deductions}")
    }
}
