use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::*;

fn sheet() -> Sheet {
    let columns = vec![
        column("name", "名称", "name"),
        column("points", "扣分", "points"),
        column("day", "日期", "day"),
    ];
    let row = |name: &str, cp: i64, day: &str| {
        vec![Cell::text(name), Cell::Points(cp), Cell::Day(day.parse().unwrap())]
    };
    let rows = vec![
        row("新密甲公司", 7_350, "2026-03-09"),
        row("=HYPERLINK(\"http://x\",\"a\")", -180, "2026-12-31"),
        row("@SUM(A1), \"quoted\"", 5, "1899-01-01"),
        vec![Cell::Empty, Cell::Count(3), Cell::Share(9_512)],
        vec![
            Cell::Metres(12_345),
            Cell::Moment("2026-03-09T01:02:03+08:00".parse().unwrap()),
            Cell::text("+1"),
        ],
    ];
    Sheet { name: "明细", columns, rows }
}

#[test]
fn csv_is_quoted_and_no_text_can_run() {
    let expected = "\u{feff}name,points,day\r\n\
        新密甲公司,73.50,2026-03-09\r\n\
        \"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\",-1.80,2026-12-31\r\n\
        \"'@SUM(A1), \"\"quoted\"\"\",0.05,1899-01-01\r\n\
        ,3,0.9512\r\n\
        12.345,2026-03-09T01:02:03+08:00,'+1\r\n";
    assert_eq!(csv::write(&sheet()), expected);
    for start in ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'] {
        let rows = vec![vec![Cell::Text(format!("{start}x"))]];
        let text = csv::write(&Sheet { name: "x", columns: vec![column("a", "a", "a")], rows });
        let field = text.trim_start_matches("\u{feff}a\r\n").trim_start_matches('"');
        assert!(field.starts_with('\''), "{start:?}: {text:?}");
    }
}

#[test]
fn a_workbook_reads_back_as_texts_numbers_and_days() {
    let as_of = "2026-12-01T00:00:00+08:00".parse().unwrap();
    let bytes = xlsx::write(&[sheet(), Sheet { name: "two", columns: vec![], rows: vec![] }], as_of).unwrap();
    assert_eq!(
        xlsx::write(&[sheet(), Sheet { name: "two", columns: vec![], rows: vec![] }], as_of).unwrap(),
        bytes
    );
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(book.sheet_names(), ["明细", "two"]);
    let formulas = book.worksheet_formula("明细").unwrap();
    assert_eq!(formulas.cells().filter(|(_, _, formula)| !formula.is_empty()).count(), 0);
    let range = book.worksheet_range("明细").unwrap();
    let at = |row, column| range.get_value((row, column)).cloned().unwrap();
    assert_eq!(at(0, 0), Data::String("名称\nname".to_owned()));
    assert_eq!(at(1, 0), Data::String("新密甲公司".to_owned()));
    assert_eq!(at(1, 1), Data::Float(73.5));
    assert!(
        matches!(at(1, 2), Data::DateTime(day) if (day.as_f64() - 46_090.0).abs() < 0.1),
        "{:?}",
        at(1, 2)
    );
    assert_eq!(at(2, 0), Data::String("=HYPERLINK(\"http://x\",\"a\")".to_owned()));
    assert_eq!(at(2, 1), Data::Float(-1.8));
    assert_eq!(at(3, 2), Data::String("1899-01-01".to_owned()));
    assert_eq!(at(4, 2), Data::Float(0.9512));
    assert_eq!(at(5, 1), Data::String("2026-03-09 01:02:03".to_owned()));
}
