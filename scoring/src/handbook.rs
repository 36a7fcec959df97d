//! The catalogue as a handbook for citizens and hauliers, in Markdown, Chinese or English: what is forbidden, what it
//! costs, what proves it, on what law it rests, and how the sum is made. Every number comes from the catalogue and the
//! profile.

use std::fmt::Write as _;

use domain::{Authority, LocalDate};

use crate::catalogue::Catalogue;
use crate::points_text;
use crate::profile::{Profile, Terms};
use crate::rule::{Class, Detector, HardTrigger, OncePer, Repeat, Rule, Severity};
use crate::words::words;

words!(
    /// The language of a handbook.
    Language {
        /// Chinese.
        Zh = "zh",
        /// English.
        En = "en",
    }
);

impl Language {
    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// The handbook of the rules in force on a day.
pub fn handbook(catalogue: &Catalogue, on: LocalDate, language: Language) -> String {
    let rules: Vec<&Rule> = catalogue.rules().filter(|rule| rule.applies_on(on)).collect();
    let mut text = String::new();
    // Writing to a text never fails.
    let _ = write!(text, "{}", head(&rules, on, language));
    for authority in [Authority::CityManagement, Authority::Police, Authority::Transport] {
        let own: Vec<&&Rule> = rules.iter().filter(|rule| rule.authority == authority).collect();
        if !own.is_empty() {
            let _ = write!(text, "\n## {}\n", authority_name(authority, language));
        }
        for rule in own {
            let _ = write!(text, "{}", entry(rule, language));
        }
    }
    text
}

fn head(rules: &[&Rule], on: LocalDate, language: Language) -> String {
    let terms = Profile::FleetFair.terms_on(on);
    let mut versions: Vec<&str> = rules.iter().map(|rule| rule.table_version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let (versions, count) = (versions.join(", "), rules.len());
    let title = language.pick("建筑垃圾运输企业计分手册", "What costs a haulier points: the handbook");
    let made = match language {
        Language::Zh => format!(
            "{on}适用的规则，共{count}条（规则表 {versions}）。由 `scoring catalogue print` 生成，请勿手改。"
        ),
        Language::En => format!(
            "The {count} rules in force on {on} (tables {versions}). Made by `scoring catalogue print --language en`; not edited by hand."
        ),
    };
    format!("# {title}\n\n{made}\n\n{}\n", sum(terms, language))
}

/// How the sum is made, in the profile's numbers.
fn sum(terms: &Terms, language: Language) -> String {
    let points = |cp: Option<i64>| cp.map_or_else(|| "∞".to_owned(), points_text);
    let (class_cap, haul_cap) = (points(terms.class_c_cap_cp), points(terms.haul_cap_cp));
    let [first, second, third] =
        terms.escalation.permille.map(|permille| format!("{}.{}", permille / 1000, permille % 1000 / 100));
    let days = terms.escalation.same_truck_days;
    let [a, b, c] = [Class::A, Class::B, Class::C].map(|class| terms.undiluted_trucks.of(class));
    let bands = terms.bands;
    let [red, normal, warning, interview] =
        [bands.red_candidate, bands.normal, bands.warning, bands.interview].map(points_text);
    match language {
        Language::Zh => format!(
            "每家企业每年度从100.00分起算。一次违法扣：规则分值 × 重复系数 × 车队系数。\n\n\
             - 重复系数：同车同规则{days}日内第二次×{second}，第三次起×{third}（首次×{first}）；A类按企业全年计。\n\
             - 车队系数：A类车辆超过{a}辆时为{a}÷车辆数，B类、C类超过{b}、{c}辆时为{b}、{c}÷车辆数，否则为1。\n\
             - 同一趟次、时间重叠或相隔不超过10分钟的，属同一事件，只计最重的；一趟最多{haul_cap}分（乘车队系数前）。\n\
             - C类全年合计最多{class_cap}分。\n\
             - 撤销的案件视为从未计分；整改修复可返还分数。\n\n\
             {red}分以上红榜候选，{normal}分以上正常，{warning}分以上红牌警示，{interview}分以上约谈，{interview}分以下拟列黑榜。"
        ),
        Language::En => format!(
            "Every company begins every year with 100.00. An act costs the rule's points × repetition × fleet.\n\n\
             - Repetition: the second time by the same truck under the same rule within {days} days × {second}, from the third on × {third} (the first × {first}); class A is counted over the whole company and year.\n\
             - Fleet: class A is {a} ÷ trucks above {a} trucks, classes B and C {b} and {c} ÷ trucks above {b} and {c}; otherwise 1.\n\
             - What happens on one haul at overlapping times or at most 10 minutes apart is one incident, and only the gravest counts; one haul costs at most {haul_cap} before the fleet factor.\n\
             - Class C costs at most {class_cap} a year.\n\
             - A case that is reversed counts as if it had never been; a cure gives points back.\n\n\
             From {red} a candidate for the red list, from {normal} normal, from {warning} a warning, from {interview} an interview, below {interview} the black list."
        ),
    }
}

fn entry(rule: &Rule, language: Language) -> String {
    let zh = language == Language::Zh;
    let mut lines: Vec<(&str, String)> = Vec::new();
    let severity = if zh { rule.severity.name_zh() } else { rule.severity.word() };
    lines.push((
        language.pick("分值", "Points"),
        match language {
            Language::Zh => format!(
                "企业{}分，车辆{}分；{}类，{severity}",
                points_text(rule.base_cp),
                points_text(rule.vehicle_cp),
                rule.class
            ),
            Language::En => format!(
                "{} for the company, {} for the truck; class {}, {severity}",
                points_text(rule.base_cp),
                points_text(rule.vehicle_cp),
                rule.class
            ),
        },
    ));
    lines.push((language.pick("公示", "Shown in public"), publicity(rule.severity, language)));
    lines.push((language.pick("何时计分", "Counts on"), counts_on(rule, language)));
    let evidence = if zh { rule.evidence_zh.join("；") } else { rule.evidence.join("; ") };
    lines.push((language.pick("证据", "Evidence"), evidence));
    lines.push((language.pick("线索", "First known from"), detectors(rule, language)));
    lines.push((language.pick("依据", "Law"), rule.legal_basis.join(language.pick("；", "; "))));
    if !rule.joint.is_empty() {
        let names: Vec<&str> = rule.joint.iter().map(|one| authority_name(*one, language)).collect();
        lines.push((language.pick("会同", "Also decided by"), names.join(language.pick("、", ", "))));
    }
    let special = special(rule, language);
    if !special.is_empty() {
        lines.push((language.pick("特别规定", "In particular"), special.join(language.pick("；", "; "))));
    }
    let note = if zh { &rule.note_zh } else { &rule.note };
    if !note.is_empty() {
        lines.push((language.pick("说明", "Note"), note.clone()));
    }
    let name = if zh { &rule.name_zh } else { &rule.name_en };
    let mut text = format!("\n### {} {name}\n\n", rule.code);
    for (label, value) in lines {
        let _ = writeln!(text, "- {label}{}{value}", language.pick("：", ": "));
    }
    text
}

fn publicity(severity: Severity, language: Language) -> String {
    let months = severity.publicity_months_max();
    match language {
        Language::Zh => format!("最长{months}个月"),
        Language::En => format!("{months} months at most"),
    }
}

fn counts_on(rule: &Rule, language: Language) -> String {
    use crate::rule::CountsOn;
    let when = match (language, rule.counts_on) {
        (Language::Zh, counts_on) => counts_on.name_zh(),
        (Language::En, CountsOn::Confirmation) => "confirmation by an officer",
        (Language::En, CountsOn::FinalDecision) => "a decision that has become final",
    };
    let officers = match (language, rule.officers) {
        (_, 0 | 1) => "",
        (Language::Zh, _) => "（现场查处须两名执法人员具名）",
        (Language::En, _) => " (two officers are named where officers found it)",
    };
    format!("{when}{officers}")
}

fn detectors(rule: &Rule, language: Language) -> String {
    let name = |detector: &Detector| match detector {
        Detector::Device => language.pick("车载设备", "a device on the truck"),
        Detector::Gate => {
            language.pick("门禁、射频、卡口、地磅", "gates, tag readers, cameras, weighbridges")
        }
        Detector::Officer => {
            language.pick("执法人员或移送决定", "an officer or another authority's decision")
        }
    };
    rule.detectors.iter().map(name).collect::<Vec<_>>().join(language.pick("、", "; "))
}

fn special(rule: &Rule, language: Language) -> Vec<String> {
    let zh = language == Language::Zh;
    let mut found: Vec<String> = Vec::new();
    for (circumstance, base_cp) in &rule.circumstances {
        let points = points_text(*base_cp);
        found.push(if zh {
            format!("{}计{points}分", circumstance.name_zh())
        } else {
            format!("{points} when {}", circumstance.word().replace('_', " "))
        });
    }
    match rule.repeat {
        Repeat::Standard => {}
        Repeat::RemindFirst => {
            found.push(language.pick("年度首次仅提醒", "the first in a year is a reminder").to_owned());
        }
        Repeat::None => found.push(language.pick("不因重复加重", "never escalated").to_owned()),
    }
    match rule.once_per {
        None => {}
        Some(OncePer::Inspection) => {
            found.push(language.pick("每次检查计一次", "once an inspection").to_owned());
        }
        Some(OncePer::TruckDay) => {
            found.push(language.pick("每车每日计一次", "once a truck and day").to_owned());
        }
    }
    for (others, zh_word, en_word) in [
        (&rule.added_to, "加计于", "added to"),
        (&rule.highest_of, "与其并存时只计较高者：", "only the higher of it and"),
    ] {
        if !others.is_empty() {
            let codes: Vec<&str> = others.iter().map(|code| code.as_str()).collect();
            found.push(format!(
                "{}{}{}",
                language.pick(zh_word, en_word),
                language.pick("", " "),
                codes.join(", ")
            ));
        }
    }
    let trigger = match rule.hard_trigger {
        HardTrigger::None => return found,
        HardTrigger::Repeated => language.pick(
            "十二个月内累计三次的，提请研究退出市场",
            "three of this kind in 12 months: exit from the market is proposed",
        ),
        HardTrigger::AtOnce => {
            language.pick("一次即提请研究退出市场", "one is enough: exit from the market is proposed")
        }
        HardTrigger::TwoAccidents => {
            language.pick("年度内两起的，提请研究退出市场", "two in a year: exit from the market is proposed")
        }
    };
    found.push(trigger.to_owned());
    found
}

fn authority_name(authority: Authority, language: Language) -> &'static str {
    match authority {
        Authority::CityManagement => language.pick("城市管理部门", "City management"),
        Authority::Police => language.pick("公安交警", "Traffic police"),
        Authority::Transport => language.pick("交通运输部门", "Transport authority"),
    }
}
