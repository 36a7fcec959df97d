//! A difference in words, Chinese first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::Timestamp;
use scoring::catalogue::Catalogue;
use serde_json::Value;

use super::compare::{Case, Changed, Counts, Difference, Part, Step};

/// Most cases listed one by one in each part of the text; `--json` lists all.
const LISTED_MAX: usize = 200;

/// Most characters of a value shown.
const VALUE_CHARS_MAX: usize = 60;

/// Rules by code, with their Chinese and English names.
struct Names(BTreeMap<String, (String, String)>);

impl Names {
    fn known() -> Self {
        let catalogue = Catalogue::embedded();
        let rules = catalogue.iter().flat_map(Catalogue::rules);
        Self(
            rules.map(|rule| (rule.code.to_string(), (rule.name_zh.clone(), rule.name_en.clone()))).collect(),
        )
    }

    /// The names of a code or, of a graded rule, what the names of its grades begin with.
    fn of(&self, code: &str) -> (&str, &str) {
        if let Some((zh, en)) = self.0.get(code) {
            return (zh, en);
        }
        let grades = || {
            let from = self.0.range(code.to_owned()..);
            from.take_while(|(known, _)| known.starts_with(code)).map(|(_, names)| names)
        };
        let zh = grades().map(|names| names.0.as_str()).reduce(common_start).unwrap_or_default();
        let en = grades().map(|names| names.1.as_str()).reduce(common_start).unwrap_or_default();
        let without_number = |name: &'_ str| name.trim_end_matches(|c: char| !c.is_alphabetic()).len();
        (&zh[..without_number(zh)], &en[..without_number(en)])
    }
}

fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    &a[..same.map(|(c, _)| c.len_utf8()).sum()]
}

/// The difference in a paragraph, Chinese.
pub(super) fn summary_zh(difference: &Difference) -> String {
    let names = Names::known();
    let mut text = String::new();
    let reports = &difference.reports;
    match difference.same_reports {
        Some(false) => text.push_str(&format!(
            "注意：两次回放所用的报告不同（甲 {} 条，乙 {} 条），下列差异不能只归于规则。",
            reports.a, reports.b
        )),
        None if reports.a != reports.b => text.push_str(&format!(
            "注意：两次回放的报告数不同（甲 {} 条，乙 {} 条），下列差异不能只归于规则。",
            reports.a, reports.b
        )),
        _ => text.push_str(&format!("在同一批报告上（{} 条，{} 辆车），", reports.a, difference.trucks.a)),
    }
    let violations = &difference.violations;
    let (added, gone) = (violations.only_in_b.len(), violations.only_in_a.len());
    if added + gone + violations.changed.len() == 0 {
        text.push_str(&format!("违法行为没有变化（{} 起相同）。", violations.unchanged));
    } else {
        let of = |count: fn(&Counts) -> u64| by_rule(difference, count, |code| names.of(code).0.to_owned());
        text.push_str(&format!("新增 {added} 起{}，", of(|c| c.only_in_b)));
        text.push_str(&format!("取消 {gone} 起{}，", of(|c| c.only_in_a)));
        text.push_str(&format!(
            "内容变更 {} 起{}，其余 {} 起不变；",
            violations.changed.len(),
            of(|c| c.changed),
            violations.unchanged
        ));
        let (carriers, trucks) = difference.touched();
        text.push_str(&format!("涉及 {carriers} 家企业、{trucks} 辆车。"));
    }
    let hauls = &difference.hauls;
    if hauls.only_in_a.is_empty() && hauls.only_in_b.is_empty() && hauls.changed.is_empty() {
        text.push_str(&format!("运次没有变化（{} 次相同）。", hauls.unchanged));
    } else {
        text.push_str(&format!(
            "运次：新增 {}，取消 {}，变更 {}（其中 {} 次的状态或许可证不同），其余 {} 次不变。",
            hauls.only_in_b.len(),
            hauls.only_in_a.len(),
            hauls.changed.len(),
            difference.hauls_judged_otherwise(),
            hauls.unchanged
        ));
    }
    text
}

/// The same in English.
pub(super) fn summary_en(difference: &Difference) -> String {
    let names = Names::known();
    let mut text = String::new();
    let reports = &difference.reports;
    if difference.same_reports == Some(false) || (difference.same_reports.is_none() && reports.a != reports.b)
    {
        text.push_str(&format!(
            "Beware: the two replays did not judge the same reports (A {}, B {}); the rules alone do not explain what follows. ",
            reports.a, reports.b
        ));
    } else {
        text.push_str(&format!("On the same {} reports of {} trucks: ", reports.a, difference.trucks.a));
    }
    let violations = &difference.violations;
    let (added, gone) = (violations.only_in_b.len(), violations.only_in_a.len());
    if added + gone + violations.changed.len() == 0 {
        text.push_str(&format!("no violation differs ({} the same). ", violations.unchanged));
    } else {
        let of = |count: fn(&Counts) -> u64| by_rule(difference, count, |code| names.of(code).1.to_owned());
        let (carriers, trucks) = difference.touched();
        text.push_str(&format!(
            "{added} new{}, {gone} gone{}, {} changed{}, {} unchanged; {carriers} companies and {trucks} trucks are concerned. ",
            of(|c| c.only_in_b),
            of(|c| c.only_in_a),
            violations.changed.len(),
            of(|c| c.changed),
            violations.unchanged
        ));
    }
    let hauls = &difference.hauls;
    text.push_str(&format!(
        "Hauls: {} new, {} gone, {} changed ({} of them in state or permit), {} unchanged.",
        hauls.only_in_b.len(),
        hauls.only_in_a.len(),
        hauls.changed.len(),
        difference.hauls_judged_otherwise(),
        hauls.unchanged
    ));
    text
}

/// ` (RT-01 偏离路线 3、UW-02 …)`, nothing when there are none.
fn by_rule(difference: &Difference, count: fn(&Counts) -> u64, name: impl Fn(&str) -> String) -> String {
    let some = difference.by_rule.iter().filter(|(_, counts)| count(counts) > 0);
    let words: Vec<String> = some
        .map(|(code, counts)| format!("{code} {} {}", name(code), count(counts)).replace("  ", " "))
        .collect();
    if words.is_empty() { String::new() } else { format!("（{}）", words.join("、")) }
}

/// Everything, for people.
pub(super) fn tell(difference: &Difference) -> String {
    let names = Names::known();
    let mut text = format!("{}\n\n{}\n", difference.summary_zh, difference.summary_en);
    let rule_name = |code: &str| {
        let (zh, en) = names.of(code);
        format!("{code} {zh} {en}")
    };
    table(&mut text, "按规则 By rule", &difference.by_rule, rule_name);
    let company =
        |uscc: &str| if uscc.is_empty() { "（无企业 none）".to_owned() } else { uscc.to_owned() };
    table(&mut text, "按企业 By company", &difference.by_carrier, company);
    table(&mut text, "按车辆 By truck", &difference.by_truck, str::to_owned);
    part(&mut text, "违法行为 Violations", &difference.violations);
    part(&mut text, "运次 Hauls", &difference.hauls);
    text
}

fn table(text: &mut String, heading: &str, rows: &BTreeMap<String, Counts>, name: impl Fn(&str) -> String) {
    let differing: Vec<_> = rows.iter().filter(|(_, counts)| counts.differs()).collect();
    if differing.is_empty() {
        return;
    }
    let _ = write!(text, "\n{heading}\n");
    for (key, counts) in differing.iter().take(LISTED_MAX) {
        let _ = writeln!(
            text,
            "  {}：新增 new {} · 取消 gone {} · 变更 changed {} · 不变 same {}",
            name(key).trim_end(),
            counts.only_in_b,
            counts.only_in_a,
            counts.changed,
            counts.unchanged
        );
    }
    more(text, differing.len());
}

fn part(text: &mut String, heading: &str, part: &Part) {
    list(text, &format!("{heading}：新增 new"), &part.only_in_b, case);
    list(text, &format!("{heading}：取消 gone"), &part.only_in_a, case);
    list(text, &format!("{heading}：变更 changed"), &part.changed, changed);
}

fn list<T>(text: &mut String, heading: &str, items: &[T], line: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let _ = write!(text, "\n{heading} {}\n", items.len());
    for item in items.iter().take(LISTED_MAX) {
        let _ = writeln!(text, "  {}", line(item));
    }
    more(text, items.len());
}

fn more(text: &mut String, count: usize) {
    if count > LISTED_MAX {
        let _ = writeln!(text, "  …… 另有 and {} 项 more: --json", count - LISTED_MAX);
    }
}

fn case(case: &Case) -> String {
    let mut line = format!("{} {}", moment(case.start), case.plate);
    let more = [
        case.rule.clone(),
        case.state.clone(),
        case.end.filter(|end| *end != case.start).map(|end| format!("→ {}", moment(end))),
        case.carrier_uscc.clone(),
        case.permit.as_ref().map(|permit| format!("许可 permit {permit}")),
    ];
    for word in more.into_iter().flatten() {
        line.push(' ');
        line.push_str(&word);
    }
    line
}

fn changed(changed: &Changed) -> String {
    let steps: Vec<String> = changed.members.iter().map(step).collect();
    format!("{}：{}", case(&changed.case), steps.join("；"))
}

fn step(step: &Step) -> String {
    format!("{} {} → {}", step.member, value(&step.a), value(&step.b))
}

fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn moment(time: Timestamp) -> String {
    time.local().format("%Y-%m-%d %H:%M:%S").to_string()
}
