//! A ranking as a table.

use super::{By, RankedRow, Ranking};
use crate::rating::TooThin;
use crate::sheet::{Cell, Column, Sheet, column};

const COMPANY: [Column; 5] = [
    column("rank", "名次", "rank"),
    column("uscc", "统一社会信用代码", "USCC"),
    column("name", "企业名称", "company"),
    column("score", "得分", "score"),
    column("band", "等次", "band"),
];
const AREA: [Column; 4] = [
    column("rank", "名次", "rank"),
    column("key", "乡镇、街道", "area"),
    column("name", "名称", "name"),
    column("points_per_100_hauls", "百趟扣分", "points per 100 hauls"),
];
const REST: [Column; 10] = [
    column("period_points", "本期扣分", "points of the period"),
    column("deductions", "本期计分次数", "deductions of the period"),
    column("hauls", "趟次", "hauls"),
    column("km", "重车里程（公里）", "loaded kilometres"),
    column("trucks", "车辆", "trucks"),
    column("clean_share", "新能源占比", "clean-energy share"),
    column("online_share", "在线率", "online share"),
    column("paired_share", "联单闭环率", "paired-ticket share"),
    column("not_rated", "暂不评价原因", "not rated because"),
    column("period", "期间", "period"),
];
/// Named apart, so that nobody takes it for the score.
const RISK: [Column; 2] = [
    column("triage_rate", "风险提示（仅供排查）", "risk index, triage only"),
    column("triage_percentile", "风险百分位（仅供排查）", "risk percentile, triage only"),
];

/// The ranking, those not rated after those ranked; the triage index only when a row has one.
pub fn table(ranking: &Ranking) -> Sheet {
    let rows = || ranking.ranked.iter().chain(&ranking.not_rated);
    let with_risk = rows().any(|row| row.risk.is_some());
    let mut columns: Vec<Column> = match ranking.by {
        By::Company => COMPANY.to_vec(),
        By::Area => AREA.to_vec(),
    };
    columns.extend(REST);
    if with_risk {
        columns.extend(RISK);
    }
    Sheet { name: "排名", columns, rows: rows().map(|row| cells(ranking, row, with_risk)).collect() }
}

fn cells(ranking: &Ranking, row: &RankedRow, with_risk: bool) -> Vec<Cell> {
    let mut cells = vec![
        Cell::of(row.rank, |rank| Cell::Count(rank.into())),
        Cell::text(&row.key),
        Cell::text(&row.name),
        Cell::of(row.value_cp, Cell::Points),
    ];
    if ranking.by == By::Company {
        cells.push(Cell::of(row.band, |band| Cell::text(band.name_zh())));
    }
    cells.extend([
        Cell::Points(row.period_cp),
        Cell::Count(row.deductions),
        Cell::Count(row.exposure.hauls),
        Cell::Metres(row.exposure.metres),
        Cell::Count(row.exposure.trucks),
        Cell::of(row.clean_e4, Cell::Share),
        Cell::of(row.online_e4, Cell::Share),
        Cell::of(row.paired_e4, Cell::Share),
        Cell::of(row.not_rated, |thin| Cell::text(reason_zh(thin))),
        Cell::text(&ranking.period),
    ]);
    if with_risk {
        let risk = row.risk.as_ref();
        let rate = risk.and_then(|risk| risk.rate_cp).and_then(|rate| i64::try_from(rate).ok());
        cells.push(Cell::of(rate, Cell::Points));
        cells.push(Cell::of(risk.and_then(|risk| risk.percentile_e4), Cell::Share));
    }
    cells
}

fn reason_zh(thin: TooThin) -> &'static str {
    match thin {
        TooThin::RegisteredDays => "登记时间不足",
        TooThin::Trips => "趟次不足",
    }
}
