//! A score in words.

use scoring::{Catalogue, explain};

use crate::support::{Book, case, trip};

#[test]
fn every_point_names_case_rule_version_factors_and_date() {
    let mut book = Book::new();
    let mut first = case("A-1", "UW-01", "豫A12345", "2026-03-01T12:00:00+08:00");
    first.trip = Some(trip(1));
    first.decision_no = Some("罚1号".parse().unwrap());
    book.deduct(&first, 12).unwrap();
    let mut second = case("A-2", "UW-05", "豫A12345", "2026-03-01T12:05:00+08:00");
    second.trip = Some(trip(1));
    book.deduct(&second, 12).unwrap();
    let third = book.deduct(&case("A-3", "TR-02a", "豫A12345", "2026-03-02T12:00:00+08:00"), 3).unwrap();
    let fourth = book.deduct(&case("A-4", "TR-02b", "豫A99999", "2026-03-03T12:00:00+08:00"), 3).unwrap();
    book.repair(&third).unwrap();
    book.reverse(&fourth).unwrap();
    let sentences = explain::explain(&book.score(), &Catalogue::embedded().unwrap());
    let text: Vec<String> =
        sentences.iter().map(|sentence| format!("{}\n{}", sentence.zh, sentence.en)).collect();
    let expected = "\
91410183MA40000010 2026年度得分83.33分（正常，按车队规模折算）：100.00 − A类16.67 − B类0.00 − C类1.00 ＋ 修复1.00。
91410183MA40000010 scores 83.33 in 2026 (normal, fair to fleet size): 100.00 − A 16.67 − B 0.00 − C 1.00 + repairs 1.00.
第1号：2026-03-01 豫A12345 UW-01未经核准运输建筑垃圾（2026-01版），案号A-1，决定书罚1号；A 20.00 × 1.000 × 10/12 = 16.67；计16.67分；公示至2029-03-01。
Entry 1: 2026-03-01 豫A12345 UW-01 haulage without approval (table 2026-01), case A-1, decision 罚1号; A 20.00 × 1.000 × 10/12 = 16.67; 16.67 points count; public until 2029-03-01.
第2号：2026-03-01 豫A12345 UW-05承运未登记工地渣土（2026-01版），案号A-2；A 10.00 × 1.000 × 10/12 = 8.33；与第1号属同一事件，不重复计分；公示至2029-03-01。
Entry 2: 2026-03-01 豫A12345 UW-05 load from an unregistered place (table 2026-01), case A-2; A 10.00 × 1.000 × 10/12 = 8.33; same incident as entry 1, not counted twice; public until 2029-03-01.
第3号：2026-03-02 豫A12345 TR-02a超速10%以上未达20%（2026-01版），案号A-3；C 1.00 × 1.000 × 1/1 = 1.00；修复1.00分，计0.00分；公示至2026-06-02。
Entry 3: 2026-03-02 豫A12345 TR-02a speeding 10 % to below 20 % (table 2026-01), case A-3; C 1.00 × 1.000 × 1/1 = 1.00; 1.00 repaired, 0.00 points count; public until 2026-06-02.
第4号：2026-03-03 豫A99999 TR-02b超速20%以上未达50%（2026-01版），案号A-4；C 6.00 × 1.000 × 1/1 = 6.00；已由第6号撤销，不计分；公示至2026-06-03。
Entry 4: 2026-03-03 豫A99999 TR-02b speeding 20 % to below 50 % (table 2026-01), case A-4; C 6.00 × 1.000 × 1/1 = 6.00; reversed by entry 6, does not count; public until 2026-06-03.";
    let expected = expected
        .replace("公示至2026-06-03", "公示至2027-03-03")
        .replace("until 2026-06-03", "until 2027-03-03");
    assert_eq!(text.join("\n"), expected);
}

#[test]
fn the_cap_is_said() {
    let mut book = Book::new();
    for number in 0..10 {
        let day = format!("2026-03-{:02}T12:00:00+08:00", number + 1);
        book.deduct(&case(&number.to_string(), "MG-01", "豫A12345", &day), 1).unwrap();
    }
    let sentences = explain::explain(&book.score(), &Catalogue::embedded().unwrap());
    let last = sentences.last().unwrap();
    assert_eq!(last.seq, None);
    assert!(last.en.contains("capped at 35.00"), "{}", last.en);
}
