//! A statement: every line with its ground, and the score with and without it.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use scoring::sheet::{csv, xlsx};
use scoring::statement::{Fate, Heading, Statement, html, sheets};
use scoring::{Band, Catalogue, Cycle, Profile};

use crate::support::{Book, COMPANY, case, time, trip, uscc};

fn statement(book: &Book) -> Statement {
    named(book, "新密甲运输有限公司")
}

fn named(book: &Book, name: &str) -> Statement {
    let heading = Heading {
        uscc: uscc(COMPANY),
        name: name.to_owned(),
        cycle: Cycle::of_year(2026),
        profile: Profile::FleetFair,
        basis: None,
        as_of: book.now,
    };
    Statement::of(heading, &book.entries, &book.catalogue)
}

/// Two entries of one incident, traffic trifles above the cap, a repaired entry and a reversed one.
fn book() -> Book {
    let mut book = Book::new();
    for (number, rule, minute) in [("1", "UW-01", "00"), ("2", "UW-05", "05")] {
        let mut one = case(number, rule, "豫A12345", &format!("2026-03-01T12:{minute}:00+08:00"));
        one.trip = Some(trip(1));
        one.decision_no = Some(format!("罚{number}号").parse().unwrap());
        book.deduct(&one, 12).unwrap();
    }
    for number in 0..9 {
        let day = format!("2026-04-{:02}T08:00:00+08:00", 3 * number + 1);
        let plate = format!("豫A0000{number}");
        book.deduct(&case(&format!("c{number}"), "MG-01", &plate, &day), 1).unwrap();
    }
    let mended = book.deduct(&case("r", "TR-02a", "豫A12345", "2026-05-01T12:00:00+08:00"), 1).unwrap();
    book.repair(&mended).unwrap();
    let undone = book.deduct(&case("u", "DP-03", "豫A12345", "2026-06-01T12:00:00+08:00"), 1).unwrap();
    book.reverse(&undone).unwrap();
    book
}

#[test]
fn every_line_names_its_ground_and_the_score_without_it() {
    let statement = statement(&book());
    // 100 − 16.67 − min(45 + 1 − 1, 35): the cap swallows what any single trifle adds.
    assert_eq!((statement.score_cp, statement.band), (4_833, Band::Black));
    let row = |case_no: &str| {
        let line =
            statement.lines.iter().find(|line| line.case_no.as_ref().unwrap().as_str() == case_no).unwrap();
        (line.fate, line.fate_seq, line.counted_cp, line.with_cp, line.without_cp, line.band_without)
    };
    // Without the greater of an incident the lesser takes its place: 8.33 instead of 16.67, not nothing.
    assert_eq!(row("1"), (Fate::Counted, None, 1_667, 4_833, 5_667, Band::Black));
    assert_eq!(row("2"), (Fate::SameIncident, Some(1), 0, 4_833, 4_833, Band::Black));
    assert_eq!(row("c0"), (Fate::Counted, None, 500, 4_833, 4_833, Band::Black));
    assert_eq!(row("r"), (Fate::Counted, None, 0, 4_833, 4_833, Band::Black));
    assert_eq!(row("u"), (Fate::Reversed, Some(15), 0, 4_333, 4_833, Band::Black));
    let first = &statement.lines[0];
    assert_eq!(first.rule_zh, "未经核准运输建筑垃圾");
    assert_eq!(first.rule_en, "haulage without approval");
    assert_eq!(first.decision_no.as_ref().unwrap().as_str(), "罚1号");
    assert_eq!(first.table_version.as_deref(), Some("2026-01"));
    assert_eq!((first.base_cp, first.esc_permille, first.k_num, first.k_den), (2_000, 1_000, 10, 12));
    assert_eq!(first.publicity_end, Some("2029-03-01".parse().unwrap()));
    assert_eq!(statement.next_above.map(|step| (step.band, step.points_cp)), Some((Band::Interview, 1_167)));
    assert_eq!(statement.next_below, None);
    assert_eq!(statement.trucks[0].counted_cp, 1_667);
    assert_eq!(statement.trucks.len(), 10);
}

#[test]
fn without_a_line_is_what_its_reversal_makes_of_the_score() {
    let book = book();
    for line in statement(&book).lines.iter().filter(|line| line.fate != Fate::Reversed) {
        let mut other = Book { entries: book.entries.clone(), ..Book::new() };
        let entry = other.entries.iter().find(|entry| entry.id == line.id).unwrap().clone();
        other.reverse(&entry).unwrap();
        assert_eq!(other.score().score_cp, line.without_cp, "entry {}", line.seq);
        // And from there the statement knows the way back.
        let back = statement(&other);
        let same = back.lines.iter().find(|other| other.id == line.id).unwrap();
        assert_eq!(
            (same.fate, same.with_cp, same.without_cp),
            (Fate::Reversed, line.with_cp, line.without_cp)
        );
    }
}

#[test]
fn a_statement_without_deductions_stands_too() {
    let empty = statement(&Book::new());
    assert_eq!((empty.score_cp, empty.newest_seq, empty.lines.len()), (10_000, 0, 0));
    assert!(html::write(&empty).contains("本年度无扣分"));
    assert_eq!(csv::write(&sheets::lines(&empty)).lines().count(), 1);
    xlsx::write(&sheets::all(&empty), empty.as_of).unwrap();
}

#[test]
fn the_page_shows_names_and_never_runs_them() {
    let page = html::write(&named(&book(), "<script>alert('x')</script>&\"甲"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;甲"), "{page}");
    assert!(!page.contains("<script") && !page.contains(" style="), "{page}");
    for part in [
        "48.33",
        "黑榜",
        "罚1号",
        "未经核准运输建筑垃圾",
        "haulage without approval",
        "A 20.00 × 1.000 × 10/12 = 16.67",
        "同一事件不重复计分 → 1",
        "48.33 / 56.67",
        "43.33 / 48.33",
        "以35.00分封顶",
        "2029-03-01",
        "11.67 points missing to interview",
    ] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
}

#[test]
fn a_statement_reads_back_from_its_workbook_and_its_csv() {
    let statement = named(&book(), "=cmd|'/c calc'!A1");
    let bytes = xlsx::write(&sheets::all(&statement), statement.as_of).unwrap();
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(workbook.sheet_names(), ["得分", "扣分明细", "车辆"]);
    for name in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&name).unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "{name}");
    }
    let sum = workbook.worksheet_range("得分").unwrap();
    assert_eq!(sum.get_value((2, 2)), Some(&Data::String("=cmd|'/c calc'!A1".to_owned())));
    assert_eq!(sum.get_value((6, 2)), Some(&Data::Float(48.33)));
    let lines = workbook.worksheet_range("扣分明细").unwrap();
    assert_eq!(lines.height(), 1 + statement.lines.len());
    assert_eq!(lines.get_value((1, 26)), Some(&Data::Float(56.67)));
    let text = csv::write(&sheets::lines(&statement));
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("\u{feff}seq,case_no,decision_no,final_date,rule,"));
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("1,1,罚1号,2026-03-01,UW-01,未经核准运输建筑垃圾,haulage without approval,"),
        "{first}"
    );
    assert!(first.ends_with(",20.00,1000,12,10/12,16.67,0.00,16.67,计分,,48.33,56.67"), "{first}");
}

#[test]
fn as_json_a_statement_has_its_own_members() {
    let value = serde_json::to_value(statement(&book())).unwrap();
    assert_eq!(value["score_cp"], 4_833);
    assert_eq!(value["band"], "black");
    assert_eq!(value["lines"][0]["fate"], "counted");
    assert_eq!(value["lines"][0]["rule"], "UW-01");
    assert_eq!(value["lines"][0]["without_cp"], 5_667);
    assert_eq!(value["next_above"]["points_cp"], 1_167);
}

#[test]
fn a_company_of_which_too_little_was_seen_is_said_to_be_not_rated_and_the_data_are_shown_with_it() {
    let (quality, thin) =
        (scoring::DataQuality { online_permille: Some(973), paired_tickets_permille: None }, "too few hauls");
    for (trips, is_rated) in [(19, false), (20, true)] {
        let heading = Heading {
            uscc: uscc(COMPANY),
            name: "甲".into(),
            cycle: Cycle::of_year(2026),
            profile: Profile::FleetFair,
            as_of: time("2026-12-01T09:00:00+08:00"),
            basis: Some(scoring::DataBasis { registered_days: 400, trips, quality }),
        };
        let statement = Statement::of(heading, &[], &Catalogue::embedded().unwrap());
        let json = serde_json::to_value(&statement).unwrap();
        assert_eq!(json["rating"]["rated"].is_object(), is_rated, "{json}");
        assert_eq!(json["basis"]["quality"]["online_permille"], 973);
        let page = html::write(&statement);
        assert_eq!(page.contains(thin), !is_rated);
        assert!(page.contains("97.3 %") && page.contains(&format!("年度{trips}趟")), "{page}");
        let sum = scoring::sheet::csv::write(&sheets::sum(&statement));
        assert_eq!(sum.contains("暂不评价（清运趟次不足）"), !is_rated, "{sum}");
    }
}
