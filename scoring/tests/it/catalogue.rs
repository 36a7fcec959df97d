//! The rule catalogue: what is refused, and which rule applies when.

use domain::{Authority, RuleCode};
use scoring::Catalogue;
use scoring::catalogue::{CatalogueError, LookupError, TABLE_BYTES_MAX};
use scoring::catalogue_diff::differences;
use scoring::handbook::{Language, handbook};

use crate::support::time;

const RULE: &str = r#"
[[rule]]
code = "UW-01"
name_zh = "未经核准"
name_en = "without approval"
authority = "city_management"
joint = ["police"]
legal_basis = ["第7条"]
evidence = ["track"]
evidence_zh = ["轨迹"]
detectors = ["D", "G"]
class = "A"
severity = "serious"
base_cp = 2000
counts_on = "confirmation"
officers = 1
repeat = "standard"
hard_trigger = "repeated"
valid_from = "2026-01-01"
source = "test"
note = ""
note_zh = ""
"#;

fn table(version: &str, rules: &[String]) -> String {
    format!("version = \"{version}\"\n{}", rules.concat())
}

fn code(text: &str) -> RuleCode {
    text.parse().unwrap()
}

/// The whole chain of messages, as a person sees it.
fn message(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[track_caller]
fn check_refused(rules: &[String], expected: &[&str]) {
    let text = table("t", rules);
    let error = Catalogue::from_tables([("t.toml", text.as_str())]).unwrap_err();
    let message = message(&error);
    for part in ["t.toml"].iter().chain(expected) {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn every_fault_is_refused_by_rule_and_member() {
    let with = |from: &str, to: &str| {
        assert!(RULE.contains(from), "{from}");
        RULE.replace(from, to)
    };
    check_refused(&[with("joint =", "points = 3\njoint =")], &["UW-01", "`points`", "known are code"]);
    check_refused(&[with("base_cp = 2000\n", "")], &["UW-01", "base_cp", "missing"]);
    check_refused(&[with("base_cp = 2000", "base_cp = \"20\"")], &["UW-01", "base_cp"]);
    check_refused(&[with("base_cp = 2000", "base_cp = 20.5")], &["UW-01", "base_cp"]);
    check_refused(&[with("base_cp = 2000", "base_cp = 0")], &["UW-01", "`base_cp`", "1 to 10000"]);
    check_refused(&[with("base_cp = 2000", "base_cp = 10001")], &["UW-01", "`base_cp`"]);
    check_refused(&[with("\"city_management\"", "\"customs\"")], &["UW-01", "authority", "customs"]);
    check_refused(&[with("[\"police\"]", "[\"city_management\"]")], &["UW-01", "`joint`"]);
    check_refused(&[with("[\"第7条\"]", "[]")], &["UW-01", "`legal_basis`"]);
    check_refused(&[with("\"未经核准\"", "\" \"")], &["UW-01", "`name_zh`"]);
    check_refused(&[with("class = \"A\"", "class = \"D\"")], &["UW-01", "class"]);
    check_refused(&[with("\"2026-01-01\"", "\"2026-02-30\"")], &["UW-01", "valid_from"]);
    check_refused(&[with("officers = 1", "officers = 3")], &["UW-01", "`officers`", "1 to 2"]);
    check_refused(&[with("counts_on = \"confirmation\"\n", "")], &["UW-01", "counts_on", "missing"]);
    check_refused(&[with("\"confirmation\"", "\"rumour\"")], &["UW-01", "rumour"]);
    check_refused(&[with("[\"D\", \"G\"]", "[\"X\"]")], &["UW-01", "detectors", "X"]);
    check_refused(&[with("[\"轨迹\"]", "[]")], &["UW-01", "`evidence_zh`"]);
    check_refused(&[with("note_zh = \"\"", "note_zh = \"说明\"")], &["UW-01", "`note_zh`", "both"]);
    check_refused(&[with("source =", "added_to = [\"TR-08\"]\nsource =")], &["UW-01", "`added_to`", "TR-08"]);
    check_refused(
        &[with("source =", "circumstances = [{ word = \"expressway\", base_cp = 0 }]\nsource =")],
        &["UW-01", "`circumstances`", "1 to 10000"],
    );
    check_refused(&[with("\"UW-01\"", "\"UW1\"")], &["UW1", "code"]);
    check_refused(&[with("code = \"UW-01\"\n", "")], &["number 1", "code"]);
    check_refused(
        &[with("source =", "valid_to = \"2025-12-31\"\nsource =")],
        &["UW-01", "`valid_to`", "before valid_from"],
    );
    check_refused(&[RULE.to_owned(), RULE.to_owned()], &["UW-01", "still applies"]);
    let next = with("2026-01-01", "2027-01-01");
    check_refused(&[RULE.to_owned(), next.clone()], &["UW-01", "still applies"]);
    let ended = with("source =", "valid_to = \"2026-12-30\"\nsource =");
    check_refused(&[ended, next], &["UW-01", "no rule between", "2026-12-30", "2027-01-01"]);
}

#[test]
fn a_graded_rule_has_no_points_without_its_grade() {
    let text = table("t", &[RULE.to_owned(), RULE.replace("UW-01", "UW-01a")]);
    let error = Catalogue::from_tables([("t.toml", text.as_str())]).unwrap_err();
    assert!(matches!(error, CatalogueError::GradedAndPlain { .. }), "{error}");
}

#[test]
fn broken_heads_are_refused() {
    for (text, expected) in [
        ("version = ", "not TOML"),
        ("", "`version`"),
        ("version = \"\"\n[[rule]]", "`version`"),
        ("version = \"t\"", "`rule`"),
        ("version = \"t\"\nrule = 3", "`rule`"),
        ("version = \"t\"\nrules = 1\n[[rule]]\ncode = \"UW-01\"", "`rules`"),
    ] {
        let error = Catalogue::from_tables([("t.toml", text)]).unwrap_err();
        assert!(message(&error).contains(expected), "{text:?}: {}", message(&error));
    }
    let long = "#".repeat(TABLE_BYTES_MAX + 1);
    assert!(matches!(
        Catalogue::from_tables([("t.toml", long.as_str())]),
        Err(CatalogueError::TooLong { .. })
    ));
}

#[test]
fn a_later_table_replaces_a_rule_from_its_first_day_on() {
    let old = table("old", &[RULE.to_owned()]);
    let new = table("new", &[RULE.replace("2026-01-01", "2026-07-01").replace("2000", "1500")]);
    for tables in [[("1", old.as_str()), ("2", new.as_str())], [("2", new.as_str()), ("1", old.as_str())]] {
        let catalogue = Catalogue::from_tables(tables).unwrap();
        let base = |moment: &str| catalogue.rule_at(&code("UW-01"), time(moment)).map(|rule| rule.base_cp);
        assert_eq!(base("2025-12-31T23:59:59+08:00"), None);
        assert_eq!(base("2026-01-01T00:00:00+08:00"), Some(2000));
        assert_eq!(base("2026-06-30T23:59:59+08:00"), Some(2000));
        assert_eq!(base("2026-07-01T00:00:00+08:00"), Some(1500));
    }
}

#[test]
fn a_band_picks_the_grade_and_a_plain_rule_ignores_it() {
    let catalogue = Catalogue::embedded().unwrap();
    let noon = time("2026-05-01T12:00:00+08:00");
    let found =
        |rule: &str, band| catalogue.resolve(&code(rule), band, noon).map(|rule| rule.code.to_string());
    assert_eq!(found("TR-02", Some("b")).unwrap(), "TR-02b");
    assert_eq!(found("TR-02c", None).unwrap(), "TR-02c");
    assert_eq!(found("UW-01", Some("b")).unwrap(), "UW-01");
    let known = "a, b, c".to_owned();
    for band in [None, Some("d"), Some(""), Some("ab")] {
        assert_eq!(
            found("TR-02", band),
            Err(LookupError::Band { code: code("TR-02"), known: known.clone() })
        );
    }
    assert_eq!(found("XX-01", None), Err(LookupError::Unknown { code: code("XX-01") }));
    let early = catalogue.resolve(&code("UW-01"), None, time("2011-05-01T12:00:00+08:00"));
    assert!(matches!(early, Err(LookupError::NotInForce { .. })), "{early:?}");
}

#[test]
fn the_embedded_catalogue_holds_every_rule_of_the_scheme() {
    let catalogue = Catalogue::embedded().unwrap();
    let codes: Vec<&str> = catalogue.rules().map(|rule| rule.code.as_str()).collect();
    let expected = "DP-01 DP-02 DP-03 MG-01 MG-02 MG-03 PK-01 RT-01 RT-02 RT-03 SE-01 SE-02 TM-01 TM-02 TM-03 \
                    TR-01 TR-02a TR-02b TR-02c TR-03 TR-04 TR-05a TR-05b TR-05c TR-06 TR-07 TR-08a TR-08b \
                    TR-08c TR-08d TR-09 TR-10 UW-01 UW-02 UW-03 UW-04 UW-05 WB-01 WB-02";
    assert_eq!(codes, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn a_joint_authority_answers_too() {
    let catalogue = Catalogue::embedded().unwrap();
    let rule = catalogue.rule_at(&code("RT-01"), time("2026-05-01T12:00:00+08:00")).unwrap();
    assert!(rule.is_answered_by(Authority::CityManagement) && rule.is_answered_by(Authority::Police));
    assert!(!rule.is_answered_by(Authority::Transport));
}

/// The whole scheme in one view: code, authority with joint ones, where clues come from, class, severity, points, what it
/// counts on, officers, hard trigger.
#[test]
fn every_rule_of_the_carried_table_says_what_the_scheme_says() {
    let expected = "
        UW-01  CG+JJ DG A serious 20.00 confirmation   1 repeated
        UW-02  CG    DG A general 10.00 confirmation   1 none
        UW-03  CG    O  C minor    1.00 confirmation   2 none
        UW-04  CG    GO A serious 30.00 confirmation   2 at_once
        UW-05  CG    D  A serious 10.00 confirmation   1 none
        DP-01  CG    DO A serious 20.00 confirmation   2 repeated
        DP-02  CG    DG A general 10.00 confirmation   1 none
        DP-03  CG+JJ O  B general  5.00 final_decision 2 none
        SE-01  CG    DG B general  5.00 confirmation   1 repeated
        SE-02  CG    GO B general  3.00 confirmation   2 none
        RT-01  CG+JJ D  B general  3.00 confirmation   1 none
        RT-02  CG+JJ DG B general  3.00 confirmation   1 none
        RT-03  JJ    DG C minor    3.00 confirmation   1 none
        TR-01  JJ    O  C general  6.00 final_decision 1 none
        TR-02a JJ    DO C minor    1.00 final_decision 1 none
        TR-02b JJ    DO C general  6.00 final_decision 1 none
        TR-02c JJ    DO C serious  9.00 final_decision 1 none
        TR-03  JJ    O  B general  9.00 final_decision 2 none
        TR-04  JJ    GO A serious 12.00 final_decision 2 at_once
        TR-05a JJ+JT GO C minor    1.00 final_decision 1 none
        TR-05b JJ+JT GO C general  3.00 final_decision 1 none
        TR-05c JJ+JT GO C serious  6.00 final_decision 1 none
        TR-06  JJ    O  C general  3.00 final_decision 1 none
        TR-07  JJ    DO C general  3.00 final_decision 1 none
        TR-08a JJ    O  A general  5.00 final_decision 2 none
        TR-08b JJ    O  A general 10.00 final_decision 2 none
        TR-08c JJ    O  A serious 20.00 final_decision 2 two_accidents
        TR-08d JJ    O  A serious 30.00 final_decision 2 two_accidents
        TR-09  JJ    O  A serious 10.00 final_decision 2 none
        TR-10  JJ    O  A general 10.00 final_decision 2 none
        TM-01  JT+CG DG C minor    1.00 confirmation   1 none
        TM-02  JT+CG DO A serious 10.00 confirmation   2 none
        TM-03  CG    D  C minor    1.00 confirmation   1 none
        WB-01  CG    G  B general  3.00 confirmation   1 none
        WB-02  CG    GO A serious 20.00 confirmation   2 none
        PK-01  CG+JJ DO C minor    1.00 confirmation   2 none
        MG-01  CG+JJ O  C minor    5.00 confirmation   2 none
        MG-02  CG    GO A general 10.00 confirmation   2 repeated
        MG-03  CG+JJ O  A general 10.00 final_decision 2 none";
    let short = |authority: &Authority| match authority {
        Authority::CityManagement => "CG",
        Authority::Police => "JJ",
        Authority::Transport => "JT",
    };
    let catalogue = Catalogue::embedded().unwrap();
    let mut seen: Vec<String> = Vec::new();
    for rule in catalogue.rules() {
        let authorities: Vec<&str> = std::iter::once(&rule.authority).chain(&rule.joint).map(short).collect();
        let detectors: String = rule.detectors.iter().map(|one| one.word()).collect();
        seen.push(format!(
            "{} {} {detectors} {} {} {} {} {} {}",
            rule.code,
            authorities.join("+"),
            rule.class,
            rule.severity,
            scoring::points_text(rule.base_cp),
            rule.counts_on,
            rule.officers,
            rule.hard_trigger
        ));
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut expected: Vec<String> = expected.lines().map(words).filter(|line| !line.is_empty()).collect();
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
}

#[test]
fn a_change_of_table_is_told_in_both_languages() {
    let old = table("old", &[RULE.to_owned(), RULE.replace("UW-01", "UW-02")]);
    let new = table(
        "new",
        &[
            RULE.replace("base_cp = 2000", "base_cp = 1500").replace("2026-01-01", "2026-07-01"),
            RULE.replace("UW-01", "UW-03"),
        ],
    );
    let read = |text: &str| Catalogue::from_tables([("t.toml", text)]).unwrap();
    let found = differences(&read(&old), &read(&new));
    let said: Vec<(&str, &str)> = found.iter().map(|one| (one.zh.as_str(), one.en.as_str())).collect();
    assert_eq!(
        said,
        [
            (
                "UW-01 未经核准：自2026-07-01起，分值由“20.00”改为“15.00”。",
                "UW-01 without approval: from 2026-07-01 on, points from \"20.00\" to \"15.00\"."
            ),
            ("UW-02 未经核准：新表未列。", "UW-02 without approval: not in the new table."),
            (
                "UW-03 未经核准：新增，自2026-01-01起，20.00分。",
                "UW-03 without approval: new from 2026-01-01 on, 20.00 points."
            ),
        ]
    );
    assert_eq!(differences(&read(&old), &read(&old)), []);
}

#[test]
fn the_printed_handbooks_are_those_of_the_carried_catalogue() {
    let catalogue = Catalogue::embedded().unwrap();
    let newest = catalogue.rules().map(|rule| rule.valid_from).max().unwrap();
    for (language, file) in [(Language::Zh, "handbook-zh.md"), (Language::En, "handbook-en.md")] {
        let path = format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"));
        let printed = std::fs::read_to_string(&path).unwrap();
        let made = handbook(&catalogue, newest, language);
        assert!(
            printed == made,
            "docs/{file} is not current: scoring catalogue print --language {language} > docs/{file}"
        );
    }
}
