use super::*;

fn status() -> Status {
    let facts = vec![Fact { name: "车牌 plate".into(), text: "<豫A12345>".into() }];
    Status {
        version: "0.1.0",
        running_s: 7,
        facts,
        fix: None,
        records: 3,
        silences: 0,
        malformed_sentences: 0,
        unplaced: 0,
        spool: Spool { waiting: 2, bytes: 900, disk_failing: true, counters: SpoolCounters::default() },
        platform: Platform { counters: UplinkCounters::default() },
    }
}

#[track_caller]
fn check(question: &str, host: &str, expected: &[&str]) {
    let answer = answer(&format!("{question} HTTP/1.1\r\nHOST: {host}\r\n\r\n"), status);
    for part in expected {
        assert!(answer.contains(part), "{answer:?} has no {part:?}");
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
}

#[test]
fn the_page_and_its_numbers_are_answered() {
    check("GET /", "127.0.0.1:8809", &["200 OK", "text/html", "&lt;豫A12345&gt;", "待发送", "是 yes"]);
    check(
        "GET /status.json",
        "[::1]:8809",
        &["200 OK", "\"waiting\": 2", "\"dropped_full\": 0", "\"ready\": false"],
    );
    check("GET /other", "localhost", &["404", "/status.json"]);
    check("POST /", "localhost:8809", &["405"]);
}

#[test]
fn a_name_that_only_leads_here_is_refused() {
    check("GET /status.json", "rebound.example:8809", &["403"]);
    check("GET /status.json", "192.168.1.7:8809", &["403"]);
    assert!(answer("GET / HTTP/1.1\r\n\r\n", status).contains("403"));
    assert!(answer("\u{fffd}", status).contains("403"));
}
