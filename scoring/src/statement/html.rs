//! A statement as a page to read and to print: Chinese first, English beside it, no script, one style of its own that a
//! content security policy can name by its hash.

use std::fmt::Write as _;

use domain::Timestamp;

use super::{Fate, Statement, StatementLine, Step};
use crate::points_text;
use crate::rating::Rating;

/// The page's style, word for word as it stands between its tags.
pub const STYLE: &str = "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:78rem;margin:0 auto;\
padding:1rem;color:#1b1b1b;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem}h1 span,.en{color:#555;font-weight:400}\
.score{font-size:1.6rem;font-weight:700}.black{color:#a30000}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
th,td{border-top:1px solid #ccc;padding:.25rem .4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
tr{break-inside:avoid}td.n{text-align:right;white-space:nowrap}.gone td{color:#555}.wide{overflow-x:auto}\
footer{font-size:.9rem;color:#555}@media print{body{max-width:none;font-size:10px;padding:0}@page{size:A4 landscape;margin:10mm}}";

/// The page.
pub fn write(statement: &Statement) -> String {
    let Statement { cycle, .. } = statement;
    let (name, uscc) = (escape(&statement.name), escape(statement.uscc.as_str()));
    let mut page = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{name} {cycle}年度记分单</title><style>{STYLE}</style></head><body>\
         <h1>{name} {cycle}年度记分单 <span lang=\"en\">Statement of the score of {cycle}</span></h1>\
         <p>统一社会信用代码 {} {uscc}</p>",
        en("USCC")
    );
    summary(&mut page, statement);
    lines(&mut page, statement);
    trucks(&mut page, statement);
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<footer><p>制表 {} {} · 依据截至第{}号账目 {} {} · 对任何一条有异议，可依法提出异议、申请复核或信用修复。{}</p></footer></body></html>",
        en("drawn up"),
        moment(statement.as_of),
        statement.newest_seq,
        en("rests on entries up to"),
        statement.newest_seq,
        en("Any line may be contested, reviewed or repaired."),
    );
    page
}

fn en(text: &str) -> String {
    format!("<span class=\"en\" lang=\"en\">{}</span>", escape(text))
}

fn summary(page: &mut String, statement: &Statement) {
    let black = if statement.band == crate::Band::Black { " black" } else { "" };
    let terms = statement.profile.terms_of(statement.cycle, statement.as_of);
    let [a, b, c] = [statement.a_cp, statement.b_cp, statement.c_capped_cp].map(points_text);
    let [score, r, adjust] = [statement.score_cp, statement.r_cp, statement.adjust_cp].map(points_text);
    let _ = write!(
        page,
        "<p><span class=\"score{black}\">{score}</span> {} {} · {} {}</p>\
         <p>100.00 − A {a} − B {b} − C {c} ＋ 修复 {} {r} − 调整 {} {adjust} = {score}</p>",
        statement.band_zh,
        en(statement.band.word()),
        escape(&terms.name_zh),
        en(&terms.name_en),
        en("repairs"),
        en("adjustments"),
    );
    rating(page, statement);
    if statement.haul_relief_cp > 0 {
        let relief = points_text(statement.haul_relief_cp);
        let _ = write!(
            page,
            "<p>单趟封顶，{relief}分不计。{}</p>",
            en(&format!("One haul is capped; {relief} points do not count."))
        );
    }
    if let Some(cap_cp) = terms.class_c_cap_cp.filter(|_| statement.c_cp > statement.c_capped_cp) {
        let (cap, all) = (points_text(cap_cp), points_text(statement.c_cp));
        let _ = write!(
            page,
            "<p>C类合计{all}分，以{cap}分封顶。{}</p>",
            en(&format!("Class C sums to {all} and is capped at {cap}."))
        );
    }
    step(page, statement.next_above, "升入", "points missing to");
    step(page, statement.next_below, "降入", "points left before");
}

/// Whether the company is rated, and how good the data are.
fn rating(page: &mut String, statement: &Statement) {
    if let Some(Rating::NotRated { because }) = statement.rating {
        let _ = write!(
            page,
            "<p><strong>暂不评价</strong>：{} {}</p>",
            because.name_zh(),
            en(&format!("Not rated: {}. What was proved stands below all the same.", because.name_en()))
        );
    }
    let Some(basis) = statement.basis else { return };
    let share = |permille: Option<u32>| {
        permille.map_or_else(|| "—".to_owned(), |permille| format!("{}.{} %", permille / 10, permille % 10))
    };
    let (online, paired) =
        (share(basis.quality.online_permille), share(basis.quality.paired_tickets_permille));
    let _ = write!(
        page,
        "<p>年度{}趟；数据质量：车辆在线{online}，联单配对{paired} {}</p>",
        basis.trips,
        en(&format!(
            "{} hauls in the year; data: trucks online {online}, tickets paired {paired}",
            basis.trips
        ))
    );
}

fn step(page: &mut String, step: Option<Step>, zh: &str, words: &str) {
    let Some(Step { band, points_cp }) = step else { return };
    let points = points_text(points_cp);
    let _ = write!(
        page,
        "<p>距{zh}“{}”：{points}分 {}</p>",
        band.name_zh(),
        en(&format!("{points} {words} {band}"))
    );
}

fn head(page: &mut String, zh: &str, words: &str, columns: &[(&str, &str)]) {
    let _ = write!(page, "<h2>{zh} {}</h2><div class=\"wide\"><table><thead><tr>", en(words));
    for (zh, words) in columns {
        let _ = write!(page, "<th>{zh} {}</th>", en(words));
    }
    page.push_str("</tr></thead><tbody>");
}

fn lines(page: &mut String, statement: &Statement) {
    if statement.lines.is_empty() {
        let _ = write!(page, "<p>本年度无扣分。{}</p>", en("Nothing was deducted in this year."));
        return;
    }
    head(
        page,
        "扣分明细",
        "Every deduction",
        &[
            ("序号", "entry"),
            ("案号、决定书", "case, decision"),
            ("事由、版本、依据", "cause, table, basis"),
            ("车辆、时间", "truck, when"),
            ("计算", "arithmetic"),
            ("实扣", "counts"),
            ("状态、公示截止", "state, public until"),
            ("含本条 / 撤销后得分", "score with / without this line"),
        ],
    );
    for one in &statement.lines {
        line(page, one);
    }
    page.push_str("</tbody></table></div>");
}

fn line(page: &mut String, line: &StatementLine) {
    let gone = if line.fate == Fate::Counted { "" } else { " class=\"gone\"" };
    let rule = shown(line.rule.as_ref());
    let case_no = shown(line.case_no.as_ref());
    let decision = shown(line.decision_no.as_ref());
    let plate = shown(line.plate.as_ref());
    let table = escape(line.table_version.as_deref().unwrap_or(""));
    let basis = escape(&line.legal_basis.join("；"));
    let publicity = shown(line.publicity_end);
    let found: Vec<&str> = line.circumstances.iter().map(|one| one.name_zh()).collect();
    let found = if found.is_empty() { String::new() } else { format!("<br>情节：{}", found.join("、")) };
    let by = line.fate_seq.map(|seq| format!(" → {seq}")).unwrap_or_default();
    let severity = line.severity.map_or("", |severity| severity.name_zh());
    let _ = write!(
        page,
        "<tr{gone}><td>{}</td><td>{case_no}<br>{decision}</td><td>{rule} {} {}<br>{table} · {severity}{found}<br>{basis}</td>\
         <td>{plate}<br>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}{by} {}<br>{publicity}</td>\
         <td class=\"n\">{} / {}<br>{}</td></tr>",
        line.seq,
        escape(&line.rule_zh),
        en(&line.rule_en),
        moment(line.occurred_at),
        arithmetic(line),
        points_text(line.counted_cp),
        line.fate.name_zh(),
        en(line.fate.name_en()),
        points_text(line.with_cp),
        points_text(line.without_cp),
        line.band_without.name_zh(),
    );
}

fn shown(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(String::new, |value| escape(&value.to_string()))
}

/// `A 20.00 × 1.500 × 10/30 = 10.00 − 5.00`: class, base, repetition, dilution, amount, repaired.
fn arithmetic(line: &StatementLine) -> String {
    let (whole, thousandths) = (line.esc_permille / 1000, line.esc_permille % 1000);
    let [base, amount, repaired] = [line.base_cp, line.amount_cp, line.repaired_cp].map(points_text);
    let repaired = if line.repaired_cp > 0 { format!(" − {repaired}") } else { String::new() };
    let (k_num, k_den) = (line.k_num, line.k_den);
    format!("{} {base} × {whole}.{thousandths:03} × {k_num}/{k_den} = {amount}{repaired}", line.class)
}

fn trucks(page: &mut String, statement: &Statement) {
    if statement.trucks.is_empty() {
        return;
    }
    let columns = [
        ("车牌", "truck"),
        ("计分次数", "deductions"),
        ("实扣", "counts"),
        ("最近", "last"),
        ("车辆得分", "score of the truck"),
    ];
    head(page, "按车辆", "By truck", &columns);
    for truck in &statement.trucks {
        let plate = truck.plate.as_ref().map_or_else(String::new, |plate| escape(plate.as_str()));
        let (points, last) = (points_text(truck.counted_cp), moment(truck.last_at));
        let _ = write!(
            page,
            "<tr><td>{plate}</td><td class=\"n\">{}</td><td class=\"n\">{points}</td><td>{last}</td><td>{} {}</td></tr>",
            truck.deductions,
            truck.score_cp.map(points_text).unwrap_or_default(),
            truck.band.map_or("", |band| band.name_zh()),
        );
    }
    page.push_str("</tbody></table></div>");
}

fn moment(time: Timestamp) -> String {
    format!("<time datetime=\"{time}\">{}</time>", time.local().format("%Y-%m-%d %H:%M"))
}

/// A text as it may stand between tags and inside quotes.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}
