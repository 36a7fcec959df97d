//! From table to scores, as joins and groups.

use std::collections::BTreeMap;

use domain::Uscc;
use polars::prelude::*;
use scoring::fold::FULL_SCORE_CP;
use scoring::ledger::AMOUNT_CP_MAX;
use scoring::profile::Terms;
use scoring::{Band, Cycle, Profile, points_text};

use crate::rivals::{Haul, Rival, RivalsError, Sums};
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
const DILUTION: [&str; 3] = ["k_num", "k_den", "cycle"];
const HAUL: [&str; 3] = ["uscc", "cycle", "trip"];

/// The score of every company in every year in which the table has an entry of it, by company and year.
pub fn recompute(table: LedgerTable) -> Result<Vec<CompanyScore>, RecomputeError> {
    let ledger = table
        .lazy()
        .sort(["seq"], SortMultipleOptions::default())
        .unique_stable(Some(cols(["uscc", "id", "target"])), UniqueKeepStrategy::First);
    let standing = standing(&ledger, limits(&ledger)?);
    let hauls = standing
        .clone()
        .filter(col("trip").is_not_null())
        .group_by(HAUL)
        .agg([col("limit_cp").max().alias("haul_limit_cp"), len().cast(DataType::Int64).alias("entries")]);
    // One collect: the two halves below are small against what leads to them.
    let standing = standing
        .join(hauls, HAUL.map(col), HAUL.map(col), JoinArgs::new(JoinType::Left))
        .with_columns([col("entries").fill_null(lit(1_i64)), col("haul_limit_cp").fill_null(lit(i64::MAX))])
        .collect()?
        .lazy();
    let alone = standing.clone().filter(col("entries").eq(lit(1_i64)));
    let shared = standing.filter(col("entries").gt(lit(1_i64)));
    let mut companies = read_sums(&sums(&ledger, alone).collect()?)?;
    read_hauls(&mut companies, &shared.sort(["id"], SortMultipleOptions::default()).collect()?)?;
    let mut scores = Vec::new();
    for ((uscc, cycle), company) in companies {
        let hauls: Vec<&Haul> = company.hauls.values().collect();
        let class_cap_cp = terms_of(cycle).class_c_cap_cp.unwrap_or(i64::MAX);
        let taken = company.sums.most_taken(&hauls, class_cap_cp);
        let taken_cp =
            taken.map_err(|source| RecomputeError::Rivals { uscc: uscc.clone(), cycle, source })?;
        let year = i32::try_from(cycle).map_err(|_source| RecomputeError::Cycle { cycle })?;
        let score_cp = (FULL_SCORE_CP - taken_cp - company.adjust_cp).min(FULL_SCORE_CP);
        scores.push(CompanyScore { uscc: uscc.parse()?, cycle: Cycle::of_year(year), score_cp });
    }
    Ok(scores)
}

/// Entries that no reversal names.
fn unreversed(ledger: &LazyFrame) -> LazyFrame {
    let reversed = ledger
        .clone()
        .filter(col("kind").eq(lit("reverse")))
        .select([col("uscc"), col("target"), lit(true).alias("reversed")])
        .unique(None, UniqueKeepStrategy::Any);
    let (key, target) = ([col("uscc"), col("id")], [col("uscc"), col("target")]);
    ledger
        .clone()
        .join(reversed, key, target, JoinArgs::new(JoinType::Left))
        .filter(col("reversed").is_null())
}

/// The version of the profile in force in a year.
fn terms_of(cycle: i64) -> &'static Terms {
    let cycle = Cycle::of_year(i32::try_from(cycle).unwrap_or(i32::MAX));
    Profile::FleetFair.terms_of(cycle, cycle.last_moment())
}

/// What a haul may take, for every dilution and year there is.
fn limits(ledger: &LazyFrame) -> PolarsResult<LazyFrame> {
    let dilutions =
        ledger.clone().select(DILUTION.map(col)).unique(None, UniqueKeepStrategy::Any).collect()?;
    let (k_num, k_den) = (integers(&dilutions, "k_num")?, integers(&dilutions, "k_den")?);
    let cycle = integers(&dilutions, "cycle")?;
    let limit_cp: Vec<i64> = k_num
        .iter()
        .zip(&k_den)
        .zip(&cycle)
        .map(|((k_num, k_den), cycle)| {
            let haul_cap_cp = terms_of(*cycle).haul_cap_cp.unwrap_or(AMOUNT_CP_MAX);
            // Half up: the remainder decides.
            let (taken, whole) = (haul_cap_cp * k_num, (*k_den).max(1));
            let rounded = taken / whole + i64::from(taken % whole * 2 >= whole);
            rounded.min(AMOUNT_CP_MAX)
        })
        .collect();
    Ok(df!("k_num" => k_num, "k_den" => k_den, "cycle" => cycle, "limit_cp" => limit_cp)?.lazy())
}

/// Deductions that stand, with what they take after repairs as `net_cp` and what their haul may take if it is diluted like
/// them as `limit_cp`.
fn standing(ledger: &LazyFrame, limits: LazyFrame) -> LazyFrame {
    let key = || [col("uscc"), col("id")];
    let target = || [col("uscc"), col("target")];
    let amount = || {
        let held = when(col("amount_cp").lt(lit(0_i64))).then(lit(0_i64)).otherwise(col("amount_cp"));
        when(col("amount_cp").gt(lit(AMOUNT_CP_MAX))).then(lit(AMOUNT_CP_MAX)).otherwise(held)
    };
    let unreversed = unreversed(ledger);
    let credits = unreversed
        .clone()
        .filter(col("kind").eq(lit("repair")))
        .group_by(["uscc", "target"])
        .agg([amount().sum().alias("credit_cp")]);
    let net = col("amount_cp") - col("credit_cp");
    unreversed
        .filter(col("kind").eq(lit("deduct")))
        .with_columns([amount().alias("amount_cp")])
        .join(limits, DILUTION.map(col), DILUTION.map(col), JoinArgs::new(JoinType::Left))
        .select(
            ["uscc", "cycle", "id", "target", "class", "amount_cp", "limit_cp", "start_ms", "end_ms", "trip"]
                .map(col),
        )
        .join(credits, key(), target(), JoinArgs::new(JoinType::Left))
        .with_columns([col("credit_cp").fill_null(lit(0_i64))])
        .with_columns([when(net.clone().lt(lit(0_i64))).then(lit(0_i64)).otherwise(net).alias("net_cp")])
}

/// Per company and year, what adjustments take, and what the deductions alone on their haul or on none take, inside and
/// outside the cap on class C.
fn sums(ledger: &LazyFrame, alone: LazyFrame) -> LazyFrame {
    let is_capped = || col("class").eq(lit("C")).fill_null(lit(false));
    let limited =
        when(col("net_cp").gt(col("haul_limit_cp"))).then(col("haul_limit_cp")).otherwise(col("net_cp"));
    let per_company = alone.with_columns([limited.alias("net_cp")]).group_by(COMPANY).agg([
        when(is_capped()).then(lit(0_i64)).otherwise(col("net_cp")).sum().alias("open_cp"),
        when(is_capped()).then(col("net_cp")).otherwise(lit(0_i64)).sum().alias("capped_cp"),
    ]);
    let adjusted =
        unreversed(ledger)
            .filter(col("kind").eq(lit("adjust")))
            .group_by(COMPANY)
            .agg([col("amount_cp").sum().alias("adjust_cp")]);
    let left = || JoinArgs::new(JoinType::Left);
    ledger
        .clone()
        .select(COMPANY.map(col))
        .unique(None, UniqueKeepStrategy::Any)
        .join(per_company, COMPANY.map(col), COMPANY.map(col), left())
        .join(adjusted, COMPANY.map(col), COMPANY.map(col), left())
        .with_columns(["open_cp", "capped_cp", "adjust_cp"].map(|name| col(name).fill_null(lit(0_i64))))
}

/// What one company's year is made of.
#[derive(Default)]
struct Company {
    sums: Sums,
    adjust_cp: i64,
    hauls: BTreeMap<String, Haul>,
}

type Companies = BTreeMap<(String, i64), Company>;

fn read_sums(frame: &DataFrame) -> PolarsResult<Companies> {
    let (uscc, cycle) = (texts(frame, "uscc")?, integers(frame, "cycle")?);
    let (open, capped) = (integers(frame, "open_cp")?, integers(frame, "capped_cp")?);
    let adjust = integers(frame, "adjust_cp")?;
    let mut companies = Companies::new();
    for (row, uscc) in uscc.into_iter().enumerate() {
        let company = companies.entry((uscc, cycle[row])).or_default();
        company.sums = Sums { open_cp: open[row], capped_cp: capped[row] };
        company.adjust_cp = adjust[row];
    }
    Ok(companies)
}

fn read_hauls(companies: &mut Companies, shared: &DataFrame) -> PolarsResult<()> {
    let (uscc, cycle, trip) = (texts(shared, "uscc")?, integers(shared, "cycle")?, texts(shared, "trip")?);
    let (net, class) = (integers(shared, "net_cp")?, texts(shared, "class")?);
    let (start, end) = (integers(shared, "start_ms")?, integers(shared, "end_ms")?);
    let limit = integers(shared, "haul_limit_cp")?;
    let (id, first) = (texts(shared, "id")?, texts(shared, "target")?);
    for (row, uscc) in uscc.into_iter().enumerate() {
        let hauls = &mut companies.entry((uscc, cycle[row])).or_default().hauls;
        let haul = hauls.entry(trip[row].clone()).or_default();
        haul.limit_cp = limit[row];
        haul.rivals.push(Rival {
            start_ms: start[row],
            end_ms: end[row],
            amount_cp: net[row],
            capped: class[row] == "C",
            // The first deduction of an act names none.
            act: if first[row].is_empty() { id[row].clone() } else { first[row].clone() },
        });
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
