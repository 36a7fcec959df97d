//! Made-up outputs side by side, as a person would read them.

use std::path::PathBuf;

use super::*;

/// Writes an output folder with these lines.
fn output(dir: &Path, name: &str, fingerprint: &str, violations: &[String], hauls: &[String]) -> PathBuf {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let summary = format!(
        r#"{{"format":1,"reports_read":110,"duplicates":10,"trucks":2,"reports_fingerprint":"{fingerprint}"}}"#
    );
    std::fs::write(folder.join("summary.json"), summary).unwrap();
    std::fs::write(folder.join("violations.jsonl"), violations.join("\n")).unwrap();
    std::fs::write(folder.join("trips.jsonl"), hauls.join("\n")).unwrap();
    folder
}

fn violation(id: &str, rule: &str, plate: &str, start: &str, end: &str, facts: &str) -> String {
    let time = |at: &str| format!("2026-11-23T{at}:00+08:00");
    format!(
        r#"{{"id":"{id}","rule":"{rule}","plate":"{plate}","carrier_uscc":"91350100M000100Y43","permit":null,"trip":null,"start":"{}","end":"{}","lat":34.5,"lon":113.4,"facts":{facts}}}"#,
        time(start),
        time(end)
    )
}

fn haul(id: &str, plate: &str, departed: &str, permit: &str, state: &str) -> String {
    format!(
        r#"{{"id":"{id}","plate":"{plate}","source":"A","departed":"2026-11-23T{departed}:00+08:00","sink":"S","unloaded":null,"permit":"{permit}","leg":0,"distance_km":5.5,"state":"{state}"}}"#
    )
}

fn between(a: &[&[String]; 2], b: &[&[String]; 2], fingerprints: [&str; 2]) -> Difference {
    let dir = tempfile::tempdir().unwrap();
    let a = output(dir.path(), "a", fingerprints[0], a[0], a[1]);
    let b = output(dir.path(), "b", fingerprints[1], b[0], b[1]);
    diff(&a, &b).unwrap()
}

const ONE: &str = "豫A00001D";
const TWO: &str = "豫A00002D";

#[test]
fn what_a_rule_change_would_alter_is_told_in_words() {
    let a = [
        violation("01", "TR-02", ONE, "08:00", "08:05", r#"{"max_kmh":70,"band":"a"}"#),
        violation("02", "RT-01", ONE, "09:00", "09:05", "{}"),
        violation("03", "RT-01", TWO, "10:00", "10:05", "{}"),
        violation("04", "UW-01", TWO, "11:00", "11:30", "{}"),
    ];
    let b = [
        violation("01", "TR-02", ONE, "08:00", "08:05", r#"{"max_kmh":72,"band":"a"}"#),
        // The same excursion, begun a minute later: another id, the same case.
        violation("92", "RT-01", ONE, "09:01", "09:05", "{}"),
        violation("04", "UW-01", TWO, "11:00", "11:30", "{}"),
        violation("05", "SE-01", TWO, "12:00", "12:01", "{}"),
        violation("06", "SE-01", TWO, "13:00", "13:01", "{}"),
    ];
    let hauls_a = [haul("aa", ONE, "08:00", "P1", "delivered"), haul("ab", TWO, "08:00", "P1", "open")];
    let hauls_b = [haul("aa", ONE, "08:00", "P2", "delivered"), haul("ab", TWO, "08:00", "P1", "open")];
    let difference = between(&[&a, &hauls_a], &[&b, &hauls_b], ["f", "f"]);
    assert!(difference.differs());
    assert_eq!(
        difference.summary_zh,
        "在同一批报告上（100 条，2 辆车），新增 2 起（SE-01 密闭不严 2），取消 1 起（RT-01 未按核准路线行驶 1），内容变更 2 起（RT-01 未按核准路线行驶 1、TR-02 超速 1），其余 1 起不变；涉及 1 家企业、2 辆车。运次：新增 0，取消 0，变更 1（其中 1 次的状态或许可证不同），其余 1 次不变。"
    );
    assert!(difference.summary_en.starts_with("On the same 100 reports of 2 trucks: 2 new"));
    let text = words::tell(&difference);
    for line in [
        "  2026-11-23 08:00:00 豫A00001D TR-02 → 2026-11-23 08:05:00 91350100M000100Y43：facts.max_kmh 70 → 72",
        "start 2026-11-23T09:00:00+08:00 → 2026-11-23T09:01:00+08:00",
        "  豫A00002D：新增 new 2 · 取消 gone 1 · 变更 changed 0 · 不变 same 1",
        "permit P1 → P2",
    ] {
        assert!(text.contains(line), "{line}\nnot in\n{text}");
    }
    let moved = &difference.violations.changed[1];
    assert_eq!((moved.case.id.as_str(), moved.id_in_b.as_deref()), ("02", Some("92")));
}

#[test]
fn equal_outputs_differ_in_nothing() {
    let found = [violation("01", "TR-02", ONE, "08:00", "08:05", "{}")];
    let hauls = [haul("aa", ONE, "08:00", "P1", "delivered")];
    let difference = between(&[&found, &hauls], &[&found, &hauls], ["f", "f"]);
    assert!(!difference.differs());
    assert_eq!(
        difference.summary_zh,
        "在同一批报告上（100 条，2 辆车），违法行为没有变化（1 起相同）。运次没有变化（1 次相同）。"
    );
    let mut json = Vec::new();
    tell(&difference, true, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["by_rule"]["TR-02"]["unchanged"], 1);
    assert_eq!(json["same_reports"], true);
}

#[test]
fn outputs_of_other_reports_are_told_as_such() {
    let difference = between(&[&[], &[]], &[&[], &[]], ["f", "g"]);
    assert!(difference.summary_zh.starts_with("注意：两次回放所用的报告不同"), "{}", difference.summary_zh);
    assert!(difference.summary_en.starts_with("Beware"), "{}", difference.summary_en);
}

#[test]
fn cases_far_apart_or_of_another_truck_are_not_one() {
    let a = [violation("01", "TR-02", ONE, "08:00", "08:05", "{}")];
    let b = [
        violation("02", "TR-02", ONE, "08:07", "08:09", "{}"),
        violation("03", "TR-02", TWO, "08:00", "08:05", "{}"),
        violation("04", "RT-01", ONE, "08:00", "08:05", "{}"),
    ];
    let difference = between(&[&a, &[]], &[&b, &[]], ["f", "f"]);
    assert_eq!((difference.violations.only_in_a.len(), difference.violations.only_in_b.len()), (1, 3));
}

#[test]
fn a_folder_that_is_no_output_is_refused_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let good = output(dir.path(), "a", "f", &[], &[]);
    let said = |error: DiffError| crate::sentence(&error);
    let missing = said(diff(&good, &dir.path().join("nowhere")).unwrap_err());
    assert!(missing.contains("nowhere/summary.json: it cannot be read"), "{missing}");
    let bad = output(
        dir.path(),
        "b",
        "f",
        &[violation("01", "TR-02", ONE, "08:00", "08:05", "{}"), r#"{"id":"02"}"#.to_owned()],
        &[],
    );
    let wrong = said(diff(&good, &bad).unwrap_err());
    assert!(wrong.contains("violations.jsonl:2") && wrong.contains("missing field `rule`"), "{wrong}");
}
