//! On to the list and off it.

use scoring::listing::{self, ListingChange};
use scoring::{Band, EntryKind, Profile, fold, ledger};

use crate::support::{Book, OTHER_COMPANY, case, label, uscc};

/// 40.00 points of class A, and one centi-point more when asked.
fn book(one_more: bool) -> Book {
    let mut book = Book::new();
    book.deduct(&case("1", "UW-01", "豫A12345", "2026-03-01T12:00:00+08:00"), 1).unwrap();
    book.deduct(&case("2", "WB-02", "豫A12345", "2026-03-02T12:00:00+08:00"), 1).unwrap();
    if one_more {
        // 1.00 × 3/300 is one centi-point.
        book.deduct(&case("3", "TR-02a", "豫A12345", "2026-03-03T12:00:00+08:00"), 300).unwrap();
    }
    book
}

#[test]
fn sixty_is_not_below_sixty() {
    let even = book(false).score();
    assert_eq!((even.score_cp, even.band(), listing::next(false, &even)), (6_000, Band::Interview, None));
    let below = book(true).score();
    assert_eq!((below.score_cp, below.band()), (5_999, Band::Black));
    let Some(ListingChange::List { causes }) = listing::next(false, &below) else {
        panic!("59.99 lists the company");
    };
    let cases: Vec<(&str, i64)> =
        causes.iter().map(|cause| (cause.case_no.as_ref().unwrap().as_str(), cause.amount_cp)).collect();
    assert_eq!(cases, [("1", 2000), ("2", 2000), ("3", 1)]);
}

#[test]
fn a_company_is_listed_once_and_comes_off_when_the_score_is_back() {
    let mut book = book(true);
    let below = book.score();
    assert_eq!(listing::next(true, &below), None);
    let change = listing::next(false, &below).unwrap();
    let listed = book.push(listing::draft(&change, &below, book.now, label("office")));
    assert_eq!((listed.kind, listed.refs.len()), (EntryKind::List, 4));
    assert_eq!(book.score().score_cp, 5_999, "a listing moves no points");
    let last = book.entries[2].clone();
    book.reverse(&last).unwrap();
    let back = book.score();
    assert_eq!(back.score_cp, 6_000);
    assert_eq!(listing::next(true, &back), Some(ListingChange::Delist));
    let delisted = book.push(listing::draft(&ListingChange::Delist, &back, book.now, label("office")));
    assert_eq!(delisted.refs, [book.entries[4].id]);
    assert_eq!(listing::next(false, &back), None);
    ledger::verify(&book.entries).unwrap();
}

#[test]
fn listed_again_is_another_entry() {
    let mut book = book(true);
    let mut ids = Vec::new();
    for number in 0..2 {
        let score = book.score();
        let change = listing::next(false, &score).unwrap();
        ids.push(book.push(listing::draft(&change, &score, book.now, label("office"))).id);
        let tipping =
            book.entries.iter().rev().find(|entry| entry.kind == EntryKind::Deduct).unwrap().clone();
        book.reverse(&tipping).unwrap();
        let at = format!("2026-05-0{}T12:00:00+08:00", number + 1);
        book.deduct(&case(&format!("again {number}"), "TR-02a", "豫A12345", &at), 300).unwrap();
    }
    assert_ne!(ids[0], ids[1]);
    ledger::verify(&book.entries).unwrap();
}

#[test]
fn a_new_year_begins_whole_and_another_company_is_untouched() {
    let book = book(true);
    let own = uscc(crate::support::COMPANY);
    for (company, year) in [(&own, 2027), (&uscc(OTHER_COMPANY), 2026)] {
        let cycle = scoring::Cycle::of_year(year);
        let score = fold::score(&book.entries, company, cycle, Profile::FleetFair);
        assert_eq!((score.score_cp, score.lines.len()), (10_000, 0));
    }
}

#[test]
fn traffic_trifles_alone_end_in_the_interview_band() {
    let mut book = Book::new();
    for number in 0..20 {
        let day = format!("2026-03-{:02}T12:00:00+08:00", number + 1);
        book.deduct(&case(&number.to_string(), "TR-01", "豫A12345", &day), 1).unwrap();
    }
    let score = book.score();
    assert_eq!((score.score_cp, score.c_capped_cp, score.deductions), (6_500, 3_500, 20));
    assert!(score.c_cp > 20_000);
    assert_eq!(listing::next(false, &score), None);
    assert!(book.score_under(Profile::Zz92Plain).score_cp < -10_000);
}

#[test]
fn an_id_that_stands_twice_counts_once_by_its_lower_number() {
    let mut book = book(false);
    let again = ledger::append(book.entries.last(), book.entries[0].body.clone());
    assert_eq!((again.seq, again.id), (3, book.entries[0].id));
    book.entries.insert(0, again);
    let score = book.score();
    assert_eq!((score.score_cp, score.lines.len(), score.lines[0].seq), (6_000, 2, 1));
}
