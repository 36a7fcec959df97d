//! From table to scores, as joins and groups.

use std::collections::{BTreeMap, BTreeSet};

use domain::Uscc;
use polars::prelude::*;
use scoring::fold::{CLASS_C_CAP_CP, FULL_SCORE_CP};
use scoring::incident::INCIDENT_GAP_MS;
use scoring::ledger::AMOUNT_CP_MAX;
use scoring::{Band, Cycle, points_text};

use crate::rivals::{Rival, RivalsError, Sums};
use crate::table::LedgerTable;

/// Header of the result; the first columns of `scoring recompute`.
pub const CSV_HEADER: &str = "uscc,cycle,score,band";

/// One company's score in one year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CompanyScore {
    /// The company.
    pub uscc: Uscc,
    /// The year.
    pub cycle: Cycle,
    /// The score, centi-points.
    pub score_cp: i64,
}

impl CompanyScore {
    /// The row as CSV, without a line break.
    pub fn csv(&self) -> String {
        let Self { uscc, cycle, score_cp } = self;
        format!("{uscc},{cycle},{},{}", points_text(*score_cp), Band::of(*score_cp))
    }
}

/// Why a table gives no scores.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecomputeError {
    /// The engine failed.
    #[error("the query failed")]
    Query(#[from] PolarsError),
    /// A company code in the table is none.
    #[error("column `uscc`")]
    Uscc(#[from] domain::uscc::UsccError),
    /// A year in the table is none.
    #[error("column `cycle`: {cycle} is no year")]
    Cycle {
        /// What stands there.
        cycle: i64,
    },
    /// An incident is too large for exhaustive search.
    #[error("company {uscc}, {cycle}")]
    Rivals {
        /// The company.
        uscc: String,
        /// The year.
        cycle: i64,
        /// How large.
        #[source]
        source: RivalsError,
    },
}

const COMPANY: [&str; 2] = ["uscc", "cycle"];

/// The score of every company in every year in which the table has an entry of it, by company and year.
pub fn recompute(table: LedgerTable) -> Result<Vec<CompanyScore>, RecomputeError> {
    let ledger = table
        .lazy()
        .sort(["seq"], SortMultipleOptions::default())
        .unique_stable(Some(cols(["uscc", "id", "target"])), UniqueKeepStrategy::First);
    let standing = standing(&ledger);
    let touching = touching(&standing);
    let rivals = standing.clone().join(
        touching
            .clone()
            .select([col("uscc"), col("id"), lit(true).alias("touched")])
            .unique(None, UniqueKeepStrategy::Any),
        [col("uscc"), col("id")],
        [col("uscc"), col("id")],
        JoinArgs::new(JoinType::Left),
    );
    let sums = sums(&ledger, rivals.clone().filter(col("touched").is_null()));
    let mut companies = read_sums(&sums.collect()?)?;
    read_rivals(
        &mut companies,
        &rivals.filter(col("touched").is_not_null()).collect()?,
        &touching.collect()?,
    )?;
    let mut scores = Vec::new();
    for ((uscc, cycle), company) in companies {
        let taken = company.sums.most_taken(&company.rivals, &company.touching, CLASS_C_CAP_CP);
        let taken_cp =
            taken.map_err(|source| RecomputeError::Rivals { uscc: uscc.clone(), cycle, source })?;
        let year = i32::try_from(cycle).map_err(|_source| RecomputeError::Cycle { cycle })?;
        let score_cp = FULL_SCORE_CP - taken_cp;
        scores.push(CompanyScore { uscc: uscc.parse()?, cycle: Cycle::of_year(year), score_cp });
    }
    Ok(scores)
}

/// Deductions that no reversal names, with what they take after repairs as `net_cp`.
fn standing(ledger: &LazyFrame) -> LazyFrame {
    let key = || [col("uscc"), col("id")];
    let target = || [col("uscc"), col("target")];
    let amount = || {
        let held = when(col("amount_cp").lt(lit(0_i64))).then(lit(0_i64)).otherwise(col("amount_cp"));
        when(col("amount_cp").gt(lit(AMOUNT_CP_MAX))).then(lit(AMOUNT_CP_MAX)).otherwise(held)
    };
    let reversed = ledger
        .clone()
        .filter(col("kind").eq(lit("reverse")))
        .select([col("uscc"), col("target"), lit(true).alias("reversed")])
        .unique(None, UniqueKeepStrategy::Any);
    let unreversed = ledger
        .clone()
        .with_columns([amount().alias("amount_cp")])
        .join(reversed, key(), target(), JoinArgs::new(JoinType::Left))
        .filter(col("reversed").is_null());
    let credits = unreversed
        .clone()
        .filter(col("kind").eq(lit("repair")))
        .group_by(["uscc", "target"])
        .agg([col("amount_cp").sum().alias("credit_cp")]);
    let net = col("amount_cp") - col("credit_cp");
    unreversed
        .filter(col("kind").eq(lit("deduct")))
        .select(["uscc", "cycle", "id", "class", "amount_cp", "start_ms", "end_ms", "trip"].map(col))
        .join(credits, key(), target(), JoinArgs::new(JoinType::Left))
        .with_columns([col("credit_cp").fill_null(lit(0_i64))])
        .with_columns([when(net.clone().lt(lit(0_i64))).then(lit(0_i64)).otherwise(net).alias("net_cp")])
}

/// Pairs of standing deductions of one incident, each pair both ways: `id` and `other`.
fn touching(standing: &LazyFrame) -> LazyFrame {
    let side = standing.clone().filter(col("trip").is_not_null());
    let key = || ["uscc", "cycle", "trip"].map(col);
    let other = side.clone().select([
        col("uscc"),
        col("cycle"),
        col("trip"),
        col("id").alias("other"),
        col("start_ms").alias("other_start_ms"),
        col("end_ms").alias("other_end_ms"),
    ]);
    side.join(other, key(), key(), JoinArgs::new(JoinType::Inner))
        .filter(col("id").neq(col("other")))
        .filter(col("start_ms").lt_eq(col("other_end_ms") + lit(INCIDENT_GAP_MS)))
        .filter(col("other_start_ms").lt_eq(col("end_ms") + lit(INCIDENT_GAP_MS)))
        .select(["uscc", "cycle", "id", "other"].map(col))
}

/// Per company and year, what the deductions outside every incident take, inside and outside the cap.
fn sums(ledger: &LazyFrame, alone: LazyFrame) -> LazyFrame {
    let capped = || col("class").eq(lit("C"));
    let per_company = alone.group_by(COMPANY).agg([
        when(capped()).then(lit(0_i64)).otherwise(col("net_cp")).sum().alias("open_cp"),
        when(capped()).then(col("net_cp")).otherwise(lit(0_i64)).sum().alias("capped_cp"),
    ]);
    ledger
        .clone()
        .select(COMPANY.map(col))
        .unique(None, UniqueKeepStrategy::Any)
        .join(per_company, COMPANY.map(col), COMPANY.map(col), JoinArgs::new(JoinType::Left))
        .with_columns([col("open_cp").fill_null(lit(0_i64)), col("capped_cp").fill_null(lit(0_i64))])
}

/// What one company's year is made of.
#[derive(Default)]
struct Company {
    sums: Sums,
    rivals: BTreeMap<String, Rival>,
    touching: BTreeMap<String, BTreeSet<String>>,
}

type Companies = BTreeMap<(String, i64), Company>;

fn read_sums(frame: &DataFrame) -> PolarsResult<Companies> {
    let (uscc, cycle) = (texts(frame, "uscc")?, integers(frame, "cycle")?);
    let (open, capped) = (integers(frame, "open_cp")?, integers(frame, "capped_cp")?);
    let mut companies = Companies::new();
    for (row, uscc) in uscc.into_iter().enumerate() {
        let company = companies.entry((uscc, cycle[row])).or_default();
        company.sums = Sums { open_cp: open[row], capped_cp: capped[row] };
    }
    Ok(companies)
}

fn read_rivals(companies: &mut Companies, rivals: &DataFrame, pairs: &DataFrame) -> PolarsResult<()> {
    let (uscc, cycle, id) = (texts(rivals, "uscc")?, integers(rivals, "cycle")?, texts(rivals, "id")?);
    let (net, class) = (integers(rivals, "net_cp")?, texts(rivals, "class")?);
    for (row, uscc) in uscc.into_iter().enumerate() {
        let rival = Rival { amount_cp: net[row], capped: class[row] == "C" };
        companies.entry((uscc, cycle[row])).or_default().rivals.insert(id[row].clone(), rival);
    }
    let (uscc, cycle) = (texts(pairs, "uscc")?, integers(pairs, "cycle")?);
    let (id, other) = (texts(pairs, "id")?, texts(pairs, "other")?);
    for (row, uscc) in uscc.into_iter().enumerate() {
        let company = companies.entry((uscc, cycle[row])).or_default();
        company.touching.entry(id[row].clone()).or_default().insert(other[row].clone());
    }
    Ok(())
}

/// A column of integers. Cells that are empty in spite of the schema read as 0.
fn integers(frame: &DataFrame, name: &str) -> PolarsResult<Vec<i64>> {
    Ok(frame.column(name)?.i64()?.iter().map(Option::unwrap_or_default).collect())
}

/// A column of texts; empty cells are empty texts.
fn texts(frame: &DataFrame, name: &str) -> PolarsResult<Vec<String>> {
    Ok(frame.column(name)?.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
}
