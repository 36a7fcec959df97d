//! Which reports are judged at all.

use super::dp01::DUMPING;
use super::*;

#[test]
fn two_serials_under_one_plate_the_registered_one_feeds_the_rules() {
    let with_serial = |reports: Vec<Report>, serial: &str| -> Vec<Report> {
        let named = |mut report: Report| {
            if let Content::Fix(fix) = &mut report.content {
                fix.source = Some(serial.parse().unwrap());
            }
            report
        };
        reports.into_iter().map(named).collect()
    };
    let own = with_serial(reports(ON_PERMIT, CLEAN_HAUL), "SERIAL1");
    let other = with_serial(reports(ON_PERMIT, DUMPING), "SERIAL2");
    let more = with_serial(
        reports(ON_PERMIT, "09:00:00 9000,9000 full flat\n10:00:00 9000,9000 full flat"),
        "SERIAL2",
    );
    let all = own.into_iter().chain(other.clone()).chain(more);
    let judgement = judge_all(&Registers::always(city()), all, None).unwrap();
    // That the other truck was elsewhere is all its reports say.
    assert_eq!(told(&judgement), ["08:06:00 A>S delivered", "TR-04 08:09:00-08:21:30"]);
    assert_eq!(
        judgement.counters.set_aside.keys().copied().collect::<Vec<_>>(),
        [crate::judge::SetAside::OtherSerial]
    );
}

#[test]
fn reports_of_another_age_or_ahead_of_their_receipt_are_set_aside() {
    let mut all = reports(ON_PERMIT, CLEAN_HAUL);
    for report in &mut all {
        report.received = None;
    }
    let mut stray = |time: &str, received: Option<&str>| {
        let mut report = reports(ON_PERMIT, "08:00:00 9000,9000 full flat").remove(0);
        report.time = time.parse().unwrap();
        report.received = received.map(|r| r.parse().unwrap());
        all.push(report);
    };
    stray("1980-01-06T00:00:00+08:00", None);
    stray("2026-11-20T00:00:00+08:00", None);
    stray("2026-11-23T09:00:00+08:00", Some("2026-11-23T08:49:00+08:00"));
    let judgement = judge_all(&Registers::always(city()), all, None).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>S delivered"]);
    let expected: BTreeMap<crate::judge::SetAside, u64> = [
        (crate::judge::SetAside::BeforeEarliestTime, 1),
        (crate::judge::SetAside::FarFromMedian, 1),
        (crate::judge::SetAside::AheadOfReceipt, 1),
    ]
    .into();
    assert_eq!(judgement.counters.set_aside, expected);
}

#[test]
fn until_judges_as_of_that_moment() {
    let until = Some(clock("08:10:00"));
    let judgement =
        judge_all(&Registers::always(city()), reports(WITHOUT_PERMIT, CLEAN_HAUL), until).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>- open", "UW-01 08:06:00-08:10:00 no_permit_names_source"]);
}
