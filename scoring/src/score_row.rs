//! A city's scores as a table: one row per company and year, the same columns from every implementation, so that two
//! recomputations can be compared byte by byte.

use domain::Uscc;

use crate::band::Band;
use crate::columns::Columns;
use crate::cycle::Cycle;
use crate::fold::FULL_SCORE_CP;
use crate::points_text;
use crate::profile::{Profile, Terms, Year};
use crate::tally::{Sums, tally};

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

/// The rows of every company and year in which it has an entry, by company and year. A rolling profile looks from each
/// year's last moment.
pub fn rows(columns: &Columns, profile: Profile) -> Vec<ScoreRow> {
    let versions = profile.versions();
    // Which company has an entry in which year is the same under every profile.
    let by_year = tally(columns, Profile::FleetFair.versions(), domain::Timestamp::default());
    let mut rows = Vec::new();
    for (year, cycle) in columns.cycles.iter().enumerate() {
        let terms = versions.of_score(*cycle, cycle.last_moment());
        let is_rolling = versions.year() == Year::Rolling;
        let rolling = is_rolling.then(|| tally(columns, versions, cycle.last_moment()));
        let plain = (!is_rolling && profile != Profile::FleetFair)
            .then(|| tally(columns, versions, cycle.last_moment()));
        for (company, uscc) in columns.companies.iter().enumerate() {
            if by_year.of(company, year).is_seen {
                let sums = match (&rolling, &plain) {
                    (Some(rolling), _) => rolling.of(company, 0),
                    (None, Some(plain)) => plain.of(company, year),
                    (None, None) => by_year.of(company, year),
                };
                rows.push(ScoreRow::of_sums(uscc.clone(), *cycle, sums, terms));
            }
        }
    }
    rows.sort_unstable();
    rows
}

impl ScoreRow {
    /// The row of sums.
    pub fn of_sums(uscc: Uscc, cycle: Cycle, sums: &Sums, terms: &Terms) -> Self {
        let [a_cp, b_cp, c_cp] = sums.gross_cp;
        let c_capped_cp = c_cp.min(terms.class_c_cap_cp.unwrap_or(i64::MAX));
        let (taken_cp, score_cp) = (sums.taken_cp(terms), sums.score_cp(terms));
        Self {
            uscc,
            cycle,
            score_cp,
            a_cp,
            b_cp,
            c_cp,
            c_capped_cp,
            r_cp: a_cp.saturating_add(b_cp).saturating_add(c_capped_cp).saturating_sub(taken_cp),
            adjust_cp: FULL_SCORE_CP.saturating_sub(taken_cp).saturating_sub(score_cp),
            deductions: sums.deductions,
        }
    }

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
