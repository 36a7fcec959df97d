//! `scoring report`: a folder of statements and a ranking from files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use scoring::jsonl::write_line;

use crate::support::{Book, COMPANY, OTHER_COMPANY, case};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut book = Book::new();
    book.now = "2026-11-20T09:00:00+08:00".parse().unwrap();
    book.deduct(&case("1", "UW-01", "豫A12345", "2026-11-01T12:00:00+08:00"), 1).unwrap();
    let lines: Vec<String> = book.entries.iter().map(|entry| write_line(entry).unwrap()).collect();
    std::fs::write(folder.join("ledger.jsonl"), lines.join("\n")).unwrap();
    let carriers = format!("uscc,name,status\n{COMPANY},=甲公司,active\n{OTHER_COMPANY},乙公司,active\n");
    std::fs::write(folder.join("carriers.csv"), carriers).unwrap();
    let trucks = format!(
        "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n\
         豫A12345,yellow,,{COMPANY},,,battery,16\n豫A12346,yellow,,{COMPANY},,,diesel,16\n"
    );
    std::fs::write(folder.join("trucks.csv"), trucks).unwrap();
    let haul = |day: u32| {
        format!(
            "{{\"id\":\"{day:020x}\",\"plate\":\"豫A12345\",\"source\":null,\"departed\":\"2026-11-{day:02}T08:00:00+08:00\",\
             \"sink\":null,\"unloaded\":null,\"permit\":null,\"leg\":null,\"distance_km\":5.125,\"state\":\"open\"}}"
        )
    };
    let hauls: Vec<String> = (1..=20).map(haul).collect();
    std::fs::write(folder.join("trips.jsonl"), hauls.join("\n")).unwrap();
    folder
}

fn report(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scoring"));
    command.current_dir(folder).arg("report").args([
        "--ledger",
        "ledger.jsonl",
        "--carriers",
        "carriers.csv",
    ]);
    command.args(["--trucks", "trucks.csv", "--out", "out"]).args(arguments).output().unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join("out").join(name)).unwrap()
}

#[test]
fn statements_and_a_ranking_come_from_files_alone() {
    let folder = folder("report");
    let done = report(&folder, &["--period", "2026-11", "--trips", "trips.jsonl"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(said, "2 statements of 2026 and the ranking of 2026-11 in out\n");
    assert!(read(&folder, &format!("statement-{COMPANY}-2026.html")).contains("80.00"));
    assert!(read(&folder, &format!("statement-{COMPANY}-2026.json")).contains("\"without_cp\": 10000"));
    assert!(read(&folder, &format!("statement-{OTHER_COMPANY}-2026.csv")).ends_with("score_without\r\n"));
    // 20 hauls are enough to be rated, none are not.
    let ranking = read(&folder, "ranking-company-2026-11.csv");
    let rows: Vec<&str> = ranking.lines().skip(1).collect();
    assert_eq!(rows[0], format!("1,{COMPANY},'=甲公司,80.00,正常,20.00,1,20,102.500,2,0.5000,,,,2026-11"));
    assert_eq!(rows[1], format!(",{OTHER_COMPANY},乙公司,,,0.00,0,0,0.000,0,,,,趟次不足,2026-11"));
    for name in [format!("statement-{COMPANY}-2026.xlsx"), "ranking-company-2026-11.xlsx".to_owned()] {
        assert!(std::fs::read(folder.join("out").join(name)).unwrap().starts_with(b"PK"));
    }
    // The same files give the same bytes.
    let before = std::fs::read(folder.join("out/ranking-company-2026-11.xlsx")).unwrap();
    report(&folder, &["--period", "2026-11", "--trips", "trips.jsonl"]);
    assert_eq!(std::fs::read(folder.join("out/ranking-company-2026-11.xlsx")).unwrap(), before);
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = folder("report-bad");
    std::fs::write(folder.join("bad.csv"), "plate,carrier_uscc\n豫A12345,x\n").unwrap();
    std::fs::write(folder.join("bad.jsonl"), "{}\n").unwrap();
    for (arguments, expected) in [
        (&["--period", "2026-13"][..], &["2026-13", "is no period"][..]),
        (&["--period", "2026-11", "--trips", "bad.jsonl"], &["bad.jsonl, line 1: not a haul"]),
        (&["--period", "2026-11", "--trips", "none.jsonl"], &["none.jsonl: cannot be read"]),
    ] {
        let done = report(&folder, arguments);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{said}");
        for part in expected {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
    }
    std::fs::copy(folder.join("bad.csv"), folder.join("trucks.csv")).unwrap();
    let said = report(&folder, &["--period", "2026-11"]).stderr;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("trucks.csv, line 2: column `carrier_uscc`"), "{said}");
}
