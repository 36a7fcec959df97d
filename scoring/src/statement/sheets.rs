//! A statement as tables: the sum, the lines, the trucks.

use super::{Statement, StatementLine, Step};
use crate::points_text;
use crate::rating::Rating;
use crate::sheet::{Cell, Column, Sheet, column};

const LINE_COLUMNS: [Column; 27] = [
    column("seq", "序号", "entry"),
    column("case_no", "案号", "case"),
    column("decision_no", "决定书文号", "decision"),
    column("final_date", "生效日期", "final on"),
    column("rule", "规则", "rule"),
    column("rule_zh", "事由", "cause (Chinese)"),
    column("rule_en", "事由（英文）", "cause"),
    column("legal_basis", "依据", "legal basis"),
    column("table_version", "规则版本", "table"),
    column("class", "类别", "class"),
    column("severity", "失信程度", "severity"),
    column("plate", "车牌", "truck"),
    column("trip", "趟次", "haul"),
    column("occurred_at", "发生时间", "when"),
    column("publicity_end", "公示截止", "public until"),
    column("circumstances", "情节", "circumstances"),
    column("base", "基准分", "base"),
    column("repeat_permille", "加重（千分）", "repetition, thousandths"),
    column("fleet_n", "车辆数", "trucks"),
    column("k", "折算", "dilution"),
    column("amount", "应扣分", "amount"),
    column("repaired", "已修复", "repaired"),
    column("counted", "实扣分", "counted"),
    column("fate", "状态", "state"),
    column("fate_entry", "关联序号", "by entry"),
    column("score_with", "含本条得分", "score with this line"),
    column("score_without", "撤销本条后得分", "score without it"),
];

const TRUCK_COLUMNS: [Column; 6] = [
    column("plate", "车牌", "truck"),
    column("deductions", "计分次数", "deductions"),
    column("counted", "实扣分", "counted"),
    column("last_at", "最近发生", "last"),
    column("score", "车辆得分", "score of the truck"),
    column("band", "车辆等次", "band of the truck"),
];

const SUM_COLUMNS: [Column; 3] = [
    column("item", "项目", "item (Chinese)"),
    column("item_en", "英文", "item"),
    column("value", "值", "value"),
];

/// The whole statement: the sum, the lines, the trucks.
pub fn all(statement: &Statement) -> [Sheet; 3] {
    [sum(statement), lines(statement), trucks(statement)]
}

/// One row a deduction.
pub fn lines(statement: &Statement) -> Sheet {
    let rows = statement.lines.iter().map(line).collect();
    Sheet { name: "扣分明细", columns: LINE_COLUMNS.to_vec(), rows }
}

fn line(line: &StatementLine) -> Vec<Cell> {
    vec![
        Cell::Count(line.seq),
        Cell::of(line.case_no.as_ref(), Cell::text),
        Cell::of(line.decision_no.as_ref(), Cell::text),
        Cell::of(line.final_date, Cell::Day),
        Cell::of(line.rule.as_ref(), Cell::text),
        Cell::text(&line.rule_zh),
        Cell::text(&line.rule_en),
        Cell::text(line.legal_basis.join("；")),
        Cell::of(line.table_version.as_ref(), Cell::text),
        Cell::text(line.class),
        Cell::of(line.severity, |severity| Cell::text(severity.name_zh())),
        Cell::of(line.plate.as_ref(), Cell::text),
        Cell::of(line.trip, Cell::text),
        Cell::Moment(line.occurred_at),
        Cell::of(line.publicity_end, Cell::Day),
        Cell::text(line.circumstances.iter().map(|one| one.name_zh()).collect::<Vec<_>>().join("、")),
        Cell::Points(line.base_cp),
        Cell::Count(line.esc_permille.into()),
        Cell::Count(line.fleet_n.into()),
        Cell::text(format!("{}/{}", line.k_num, line.k_den)),
        Cell::Points(line.amount_cp),
        Cell::Points(line.repaired_cp),
        Cell::Points(line.counted_cp),
        Cell::text(line.fate.name_zh()),
        Cell::of(line.fate_seq, Cell::Count),
        Cell::Points(line.with_cp),
        Cell::Points(line.without_cp),
    ]
}

/// One row a truck.
pub fn trucks(statement: &Statement) -> Sheet {
    let row = |truck: &super::TruckLine| {
        vec![
            Cell::of(truck.plate.as_ref(), Cell::text),
            Cell::Count(u64::try_from(truck.deductions).unwrap_or(u64::MAX)),
            Cell::Points(truck.counted_cp),
            Cell::Moment(truck.last_at),
            Cell::of(truck.score_cp, Cell::Points),
            Cell::of(truck.band, |band| Cell::text(band.name_zh())),
        ]
    };
    Sheet {
        name: "车辆", columns: TRUCK_COLUMNS.to_vec(), rows: statement.trucks.iter().map(row).collect()
    }
}

fn rating_zh(rating: Rating) -> String {
    match rating {
        Rating::Rated { .. } => "可评价".to_owned(),
        Rating::NotRated { because } => format!("暂不评价（{}）", because.name_zh()),
    }
}

/// One row a sum.
pub fn sum(statement: &Statement) -> Sheet {
    let step = |step: Option<Step>| {
        Cell::of(step, |step| Cell::text(format!("{} {}", step.band.name_zh(), points_text(step.points_cp))))
    };
    let quality = statement.basis.map(|basis| basis.quality).unwrap_or_default();
    // A company in the first version of the registers counts as registered for longer than anyone can say.
    let count = |value: Option<u32>| {
        Cell::of(value.filter(|value| *value != u32::MAX), |value| Cell::Count(value.into()))
    };
    let rows = [
        ("统一社会信用代码", "USCC", Cell::text(&statement.uscc)),
        ("企业名称", "company", Cell::text(&statement.name)),
        ("年度", "year", Cell::text(statement.cycle)),
        ("计分方案", "formula", Cell::text(statement.profile)),
        ("制表时间", "drawn up", Cell::Moment(statement.as_of)),
        ("得分", "score", Cell::Points(statement.score_cp)),
        ("等次", "band", Cell::text(statement.band_zh)),
        ("评价", "rating", Cell::of(statement.rating, |rating| Cell::text(rating_zh(rating)))),
        ("登记天数", "days registered", count(statement.basis.map(|basis| basis.registered_days))),
        ("年度趟次", "hauls of the year", count(statement.basis.map(|basis| basis.trips))),
        ("车辆在线率（千分）", "trucks online, thousandths", count(quality.online_permille)),
        ("联单配对率（千分）", "tickets paired, thousandths", count(quality.paired_tickets_permille)),
        ("距上一等次", "to the band above", step(statement.next_above)),
        ("距下一等次", "to the band below", step(statement.next_below)),
        ("A类扣分", "class A", Cell::Points(statement.a_cp)),
        ("B类扣分", "class B", Cell::Points(statement.b_cp)),
        ("C类扣分（封顶前）", "class C before its cap", Cell::Points(statement.c_cp)),
        ("C类扣分（封顶后）", "class C as it counts", Cell::Points(statement.c_capped_cp)),
        ("修复", "repairs", Cell::Points(statement.r_cp)),
        ("单趟封顶不计", "left out by the cap on one haul", Cell::Points(statement.haul_relief_cp)),
        ("调整", "adjustments", Cell::Points(statement.adjust_cp)),
        ("最新账目序号", "newest entry", Cell::Count(statement.newest_seq)),
    ];
    let rows = rows.into_iter().map(|(zh, en, cell)| vec![Cell::text(zh), Cell::text(en), cell]).collect();
    Sheet { name: "得分", columns: SUM_COLUMNS.to_vec(), rows }
}
