//! Cases as a table for spreadsheets.

use scoring::sheet::{Cell, Sheet, column};

use crate::cases::case_file::CaseFile;

/// One row a case.
pub(super) fn of(cases: &[CaseFile]) -> Sheet {
    let rows = cases.iter().map(|case| {
        let decision = case.decision.as_ref();
        vec![
            Cell::text(&case.number),
            Cell::text(case.state.word()),
            Cell::text(case.authority.word()),
            Cell::text(&case.rule),
            Cell::text(&case.plate),
            Cell::of(case.uscc.as_ref(), Cell::text),
            Cell::Moment(case.occurred_at),
            Cell::Moment(case.filed),
            Cell::text(&case.fact),
            Cell::text(case.officers.join("、")),
            Cell::of(decision, |decision| Cell::text(&decision.number)),
            Cell::of(decision, |decision| Cell::Day(decision.date)),
            Cell::of(case.final_date, Cell::Day),
            Cell::of(case.points_centi, Cell::Points),
        ]
    });
    Sheet {
        name: "案件 cases",
        columns: vec![
            column("number", "案号", "Case"),
            column("state", "状态", "State"),
            column("authority", "部门", "Authority"),
            column("rule", "规则", "Rule"),
            column("plate", "车牌号", "Plate"),
            column("uscc", "企业代码", "Company code"),
            column("occurred_at", "发生时间", "Occurred"),
            column("filed", "立案时间", "Filed"),
            column("fact", "事实", "Fact"),
            column("officers", "执法人员", "Officers"),
            column("decision_no", "决定书文号", "Decision"),
            column("decision_date", "决定日期", "Decided on"),
            column("final_date", "生效日期", "Final on"),
            column("points", "扣分", "Points"),
        ],
        rows: rows.collect(),
    }
}
