//! What changes from one rule table to another, in words.

use std::collections::BTreeMap;

use domain::RuleCode;

use crate::catalogue::Catalogue;
use crate::points_text;
use crate::rule::Rule;

/// One change in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The rule.
    pub code: RuleCode,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The changes from `old` to `new`, by code: rules that are new, rules `new` says nothing of (they stay as they were when
/// both tables are in force together), and member by member what differs. Of several periods of a code the last is
/// compared.
pub fn differences(old: &Catalogue, new: &Catalogue) -> Vec<Difference> {
    let last = |catalogue: &Catalogue| -> BTreeMap<RuleCode, Rule> {
        catalogue.rules().map(|rule| (rule.code.clone(), rule.clone())).collect()
    };
    let (old, new) = (last(old), last(new));
    let mut found = Vec::new();
    for (code, rule) in &new {
        let Some(before) = old.get(code) else {
            let (points, from) = (points_text(rule.base_cp), rule.valid_from);
            found.push(Difference {
                code: code.clone(),
                zh: format!("{code} {}：新增，自{from}起，{points}分。", rule.name_zh),
                en: format!("{code} {}: new from {from} on, {points} points.", rule.name_en),
            });
            continue;
        };
        let changes = changes(before, rule);
        if changes.is_empty() {
            continue;
        }
        let zh: Vec<String> = changes
            .iter()
            .map(|change| format!("{}由“{}”改为“{}”", change.zh, change.from, change.to))
            .collect();
        let en: Vec<String> = changes
            .iter()
            .map(|change| format!("{} from \"{}\" to \"{}\"", change.en, change.from, change.to))
            .collect();
        found.push(Difference {
            code: code.clone(),
            zh: format!("{code} {}：自{}起，{}。", rule.name_zh, rule.valid_from, zh.join("；")),
            en: format!("{code} {}: from {} on, {}.", rule.name_en, rule.valid_from, en.join("; ")),
        });
    }
    for (code, rule) in old.iter().filter(|(code, _)| !new.contains_key(*code)) {
        found.push(Difference {
            code: code.clone(),
            zh: format!("{code} {}：新表未列。", rule.name_zh),
            en: format!("{code} {}: not in the new table.", rule.name_en),
        });
    }
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found
}

struct Change {
    zh: &'static str,
    en: &'static str,
    from: String,
    to: String,
}

/// A member's name in Chinese and English, and what a rule says there.
type Member = (&'static str, &'static str, Box<dyn Fn(&Rule) -> String>);

/// Member by member. `valid_from` is not one: it stands in the sentence.
fn changes(before: &Rule, after: &Rule) -> Vec<Change> {
    let words = |items: &[String]| items.join("；");
    let codes = |items: &[RuleCode]| items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let members: Vec<Member> = vec![
        ("中文名称", "Chinese name", Box::new(|rule| rule.name_zh.clone())),
        ("英文名称", "English name", Box::new(|rule| rule.name_en.clone())),
        ("主管部门", "authority", Box::new(|rule| rule.authority.word().to_owned())),
        (
            "会同部门",
            "joint authorities",
            Box::new(|rule| rule.joint.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")),
        ),
        ("依据", "legal basis", Box::new(move |rule| words(&rule.legal_basis))),
        ("证据", "evidence (Chinese)", Box::new(move |rule| words(&rule.evidence_zh))),
        ("证据（英文）", "evidence", Box::new(move |rule| words(&rule.evidence))),
        (
            "线索来源",
            "detectors",
            Box::new(|rule| rule.detectors.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")),
        ),
        ("类别", "class", Box::new(|rule| rule.class.word().to_owned())),
        ("严重程度", "severity", Box::new(|rule| rule.severity.word().to_owned())),
        ("分值", "points", Box::new(|rule| points_text(rule.base_cp))),
        ("车辆分值", "points of the truck", Box::new(|rule| points_text(rule.vehicle_cp))),
        (
            "情节分值",
            "points under circumstances",
            Box::new(|rule| {
                let one = |(word, base_cp): &(crate::Circumstance, i64)| {
                    format!("{word} {}", points_text(*base_cp))
                };
                rule.circumstances.iter().map(one).collect::<Vec<_>>().join(", ")
            }),
        ),
        ("计分时点", "what it counts on", Box::new(|rule| rule.counts_on.word().to_owned())),
        ("具名执法人员数", "officers", Box::new(|rule| rule.officers.to_string())),
        ("重复", "repetition", Box::new(|rule| rule.repeat.word().to_owned())),
        (
            "计分次数",
            "counted once per",
            Box::new(|rule| rule.once_per.map_or_else(String::new, |once| once.word().to_owned())),
        ),
        ("加计于", "added to", Box::new(move |rule| codes(&rule.added_to))),
        ("只计较高者", "highest of", Box::new(move |rule| codes(&rule.highest_of))),
        ("一票触发", "hard trigger", Box::new(|rule| rule.hard_trigger.word().to_owned())),
        (
            "截止日",
            "last day",
            Box::new(|rule| rule.valid_to.map_or_else(String::new, |day| day.to_string())),
        ),
        ("分值来源", "source of the points", Box::new(|rule| rule.source.clone())),
        ("说明", "note (Chinese)", Box::new(|rule| rule.note_zh.clone())),
        ("说明（英文）", "note", Box::new(|rule| rule.note.clone())),
    ];
    let differs = |(zh, en, text): Member| {
        let (from, to) = (text(before), text(after));
        (from != to).then_some(Change { zh, en, from, to })
    };
    members.into_iter().filter_map(differs).collect()
}
