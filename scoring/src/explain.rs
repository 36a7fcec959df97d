//! A score in words, Chinese and English: every point with its case, rule, version, base, factors and date.

use crate::catalogue::Catalogue;
use crate::fold::{Line, Score, Verdict};
use crate::points_text;
use crate::rule::Circumstance;

/// One line of an explanation in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sentence {
    /// The entry it speaks of; `None` for sums.
    pub seq: Option<u64>,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Explains a score: the result, one line per deduction of the cycle, and the cap and the repairs where they matter. Rule
/// names come from the catalogue at the time of the act; a rule it does not know goes by its code alone.
pub fn explain(score: &Score, catalogue: &Catalogue) -> Vec<Sentence> {
    let mut sentences = vec![result(score)];
    sentences.extend(score.lines.iter().map(|line| deduction(line, catalogue)));
    if score.cap_relief_cp > 0 {
        let relief = points_text(score.cap_relief_cp);
        let cap = points_text(score.terms().class_c_cap_cp.unwrap_or_default());
        sentences.push(Sentence {
            seq: None,
            zh: format!("C类扣分合计以{cap}分封顶，超出的{relief}分不计。"),
            en: format!(
                "Class C is capped at {cap} points in all; {relief} points above the cap do not count."
            ),
        });
    }
    if score.haul_relief_cp > 0 {
        let relief = points_text(score.haul_relief_cp);
        let cap = points_text(score.terms().haul_cap_cp.unwrap_or_default());
        sentences.push(Sentence {
            seq: None,
            zh: format!("一趟最多扣{cap}分（乘车队系数前），超出的{relief}分不计。"),
            en: format!(
                "One haul takes at most {cap} before the fleet factor; {relief} points above do not count."
            ),
        });
    }
    if score.adjust_cp != 0 {
        let amount = points_text(score.adjust_cp.abs());
        let (zh, en) = if score.adjust_cp > 0 { ("扣", "take") } else { ("返还", "give back") };
        sentences.push(Sentence {
            seq: None,
            zh: format!("更正{zh}{amount}分。"),
            en: format!("Adjustments {en} {amount} points."),
        });
    }
    sentences
}

fn result(score: &Score) -> Sentence {
    let Score { uscc, cycle, a_cp, b_cp, c_capped_cp, r_cp, .. } = score;
    let [total, a, b, c, r] = [score.score_cp, *a_cp, *b_cp, *c_capped_cp, *r_cp].map(points_text);
    let band = score.band();
    let terms = score.terms();
    let (profile_zh, profile_en) = (&terms.name_zh, &terms.name_en);
    Sentence {
        seq: None,
        zh: format!(
            "{uscc} {cycle}年度得分{total}分（{}，{profile_zh}）：100.00 − A类{a} − B类{b} − C类{c} ＋ 修复{r}。",
            band.name_zh()
        ),
        en: format!(
            "{uscc} scores {total} in {cycle} ({band}, {profile_en}): 100.00 − A {a} − B {b} − C {c} + repairs {r}."
        ),
    }
}

fn deduction(line: &Line, catalogue: &Catalogue) -> Sentence {
    let rule = line.rule.as_ref().and_then(|code| catalogue.rule_at(code, line.occurred_at));
    let (name_zh, name_en) = rule.map_or(("", ""), |rule| (rule.name_zh.as_str(), rule.name_en.as_str()));
    let code = line.rule.as_ref().map_or("?", |code| code.as_str());
    let table = line.table_version.as_deref().unwrap_or("?");
    let case_no = line.case_no.as_ref().map_or("?", |case_no| case_no.as_str());
    let decision = line.decision_no.as_ref().map(|decision| decision.as_str());
    let decision_zh = decision.map(|no| format!("，决定书{no}")).unwrap_or_default();
    let decision_en = decision.map(|no| format!(", decision {no}")).unwrap_or_default();
    let plate = line.plate.as_ref().map_or("", |plate| plate.as_str());
    let date = line.occurred_at.local_date();
    let (found_zh, found_en) = circumstances(line);
    let factors = factors(line);
    let until_zh = line.publicity_end.map(|end| format!("；公示至{end}")).unwrap_or_default();
    let until_en = line.publicity_end.map(|end| format!("; public until {end}")).unwrap_or_default();
    let (fate_zh, fate_en) = fate(line);
    Sentence {
        seq: Some(line.seq),
        zh: format!(
            "第{}号：{date} {plate} {code}{name_zh}（{table}版），案号{case_no}{decision_zh}{found_zh}；{factors}；{fate_zh}{until_zh}。",
            line.seq
        ),
        en: format!(
            "Entry {}: {date} {plate} {code} {name_en} (table {table}), case {case_no}{decision_en}{found_en}; {factors}; {fate_en}{until_en}.",
            line.seq
        ),
    }
}

/// Why the base differs from the rule's own.
fn circumstances(line: &Line) -> (String, String) {
    let named = |name: fn(Circumstance) -> &'static str, between: &str| {
        line.circumstances.iter().map(|one| name(*one)).collect::<Vec<_>>().join(between)
    };
    if line.circumstances.is_empty() {
        return Default::default();
    }
    (
        format!("，情节：{}", named(Circumstance::name_zh, "、")),
        format!(", found: {}", named(Circumstance::name_en, ", ")),
    )
}

/// The arithmetic of one entry, the same in every language: `20.00 × 1.500 × 10/30 = 10.00`.
fn factors(line: &Line) -> String {
    let (whole, thousandths) = (line.esc_permille / 1000, line.esc_permille % 1000);
    let (k_num, k_den) = line.k;
    let [base, amount] = [line.base_cp, line.amount_cp].map(points_text);
    format!("{} {base} × {whole}.{thousandths:03} × {k_num}/{k_den} = {amount}", line.class)
}

fn fate(line: &Line) -> (String, String) {
    let counted = points_text(line.counted_cp);
    match line.verdict {
        Verdict::Counted if line.repaired_cp > 0 => {
            let repaired = points_text(line.repaired_cp);
            (
                format!("修复{repaired}分，计{counted}分"),
                format!("{repaired} repaired, {counted} points count"),
            )
        }
        Verdict::Counted => (format!("计{counted}分"), format!("{counted} points count")),
        Verdict::SameIncident { counted_seq } => (
            format!("与第{counted_seq}号属同一事件，不重复计分"),
            format!("same incident as entry {counted_seq}, not counted twice"),
        ),
        Verdict::Reversed { by_seq } => {
            (format!("已由第{by_seq}号撤销，不计分"), format!("reversed by entry {by_seq}, does not count"))
        }
    }
}
