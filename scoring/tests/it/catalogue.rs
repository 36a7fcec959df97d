//! The rule catalogue: what is refused, and which rule applies when.

use domain::{Authority, RuleCode};
use scoring::Catalogue;
use scoring::catalogue::{CatalogueError, LookupError, TABLE_BYTES_MAX};

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
detectors = ["D", "G"]
class = "A"
severity = "serious"
base_cp = 2000
repeat = "standard"
hard_trigger = true
valid_from = "2026-01-01"
source = "test"
note = ""
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
