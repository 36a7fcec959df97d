//! History on a real database and a real log: at any moment, whatever was stored, folded or cut off by a kill, reading gives
//! exactly what was appended.

use std::collections::BTreeMap;
use std::path::Path;

use domain::report::Content;
use domain::{FixKind, FixReport, Position, ReaderSighting, Report, Timestamp, WeighTicket};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::chunk::{Rows, Wanted};
use super::follower::Follower;
use super::hour::Day;
use super::sorted::Sorted;
use super::subject::Subject;
use super::{HISTORY_DAYS_DEFAULT, History, HistoryError, export};
use crate::log::ReportLog;
use crate::parquet::{ReportFile, ZoneOfNaive};
use crate::store::{HISTORY_FILE, HistoryStore, Store};

const PLATES: [&str; 3] = ["豫A12345", "豫A12346D", "豫B00001"];

fn start() -> Timestamp {
    "2026-11-20T00:00:00+08:00".parse().unwrap()
}

fn fix(plate: &str, second: i64) -> Report {
    let place = Position::from_degrees(34.5, 113.4 + second as f64 * 1e-6).unwrap();
    let fix = FixReport::bare(plate.parse().unwrap(), place, FixKind::D3);
    let time = start().plus_seconds(second);
    Report { time, content: Content::Fix(fix), received: Some(time.plus_millis(700)) }
}

fn ticket(plate: &str, second: i64) -> Report {
    let ticket = WeighTicket { site: "S1".parse().unwrap(), plate: plate.parse().unwrap(), gross_kg: 31_250 };
    Report { time: start().plus_seconds(second), content: Content::Weigh(ticket), received: None }
}

fn sighting(second: i64) -> Report {
    let seen = ReaderSighting { reader: "R1".parse().unwrap(), epc: tag(), rssi_dbm: Some(-55) };
    Report { time: start().plus_seconds(second), content: Content::AtReader(seen), received: None }
}

fn tag() -> domain::Epc {
    "30751FEB705C5904E3D50D70".parse().unwrap()
}

struct House {
    log: ReportLog,
    history: History,
    follower: Follower,
    stop: CancellationToken,
}

impl House {
    async fn open(folder: &Path) -> Self {
        let store = Store::open(folder).await.unwrap();
        let log = ReportLog::start(store.clone()).await.unwrap();
        let chunks = HistoryStore::open(folder).await.unwrap();
        let history = History::open(chunks, store, &log).await.unwrap();
        let follower = Follower::new(history.clone(), log.clone(), HISTORY_DAYS_DEFAULT, start());
        Self { log, history, follower, stop: CancellationToken::new() }
    }

    async fn read(&self, subject: &Subject, from: Timestamp, to: Timestamp) -> Vec<Report> {
        let reading = self.history.read(subject, &(from..=to), Wanted::ALL).await.unwrap();
        assert!(!reading.is_behind);
        let mut all = Vec::new();
        for rows in &reading.stretches {
            let reports = reports_of(subject, rows);
            assert!(reports.is_sorted());
            all.extend(reports.into_iter().filter(|report| (from..=to).contains(&report.time)));
        }
        assert!(all.is_sorted(), "stretches follow each other");
        all
    }
}

fn reports_of(subject: &Subject, rows: &Rows) -> Vec<Report> {
    let mut reports = rows.events.clone();
    if let Subject::Truck(plate) = subject {
        reports.extend((0..rows.fixes.len()).map(|row| rows.fixes.report(row, plate).unwrap()));
    }
    Sorted::of(reports).into_vec()
}

/// Appended reports by subject: what reading must give.
#[derive(Default)]
struct Expected(BTreeMap<Subject, Vec<Report>>);

impl Expected {
    fn add(&mut self, reports: &[Report]) {
        for report in reports {
            self.0.entry(Subject::of(report)).or_default().push(report.clone());
        }
    }

    async fn check(&self, house: &House) {
        let to = start().plus_seconds(4 * 86_400);
        for (subject, reports) in &self.0 {
            let expected = Sorted::of(reports.clone()).into_vec();
            assert_eq!(house.read(subject, start(), to).await, expected, "{subject:?}");
        }
    }
}

#[tokio::test]
async fn a_report_is_read_the_moment_it_is_appended_and_ever_after() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::open(folder.path()).await;
    let mut expected = Expected::default();
    let reports = vec![fix(PLATES[0], 10), fix(PLATES[0], 4_000), ticket(PLATES[0], 3_700), sighting(3_650)];
    expected.add(&reports);
    house.log.append(reports).await.unwrap();
    expected.check(&house).await; // in the log alone
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    assert_eq!(house.history.waiting(), 4);
    expected.check(&house).await; // in memory
    house.follower.flush(start()).await.unwrap();
    assert_eq!(house.history.waiting(), 0);
    expected.check(&house).await; // in chunks of hours
    house.follower.fold(start().plus_seconds(27 * 3600), &house.stop).await.unwrap();
    let extent = house.history.store().extent().await.unwrap();
    assert_eq!((extent.hours, extent.days), (0, 2), "a truck's and a tag's day");
    expected.check(&house).await; // in chunks of days

    // Late for a day that is folded: beside it first, then in it.
    let late = vec![fix(PLATES[0], 20), fix(PLATES[0], 10)];
    expected.add(&late);
    house.log.append(late).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    assert_eq!(house.history.store().extent().await.unwrap().hours, 1);
    expected.check(&house).await;
    house.follower.fold(start().plus_seconds(27 * 3600), &house.stop).await.unwrap();
    assert_eq!(house.history.store().extent().await.unwrap().hours, 0);
    expected.check(&house).await;
}

#[tokio::test]
async fn a_day_is_folded_only_when_it_is_over_and_what_comes_late_has_had_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::open(folder.path()).await;
    house.log.append(vec![fix(PLATES[0], 0), fix(PLATES[0], 86_400)]).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    for (hours_later, days) in [(24, 0), (25, 0), (26, 1), (49, 1), (50, 2)] {
        house.follower.fold(start().plus_seconds(hours_later * 3600), &house.stop).await.unwrap();
        assert_eq!(house.history.store().extent().await.unwrap().days, days, "{hours_later} h");
    }
}

#[tokio::test]
async fn whole_days_go_when_they_are_kept_no_more_and_do_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::open(folder.path()).await;
    let day = 86_400;
    house.log.append((0..5).map(|n| fix(PLATES[0], n * day)).collect()).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    let now = start().plus_seconds((2 + i64::from(HISTORY_DAYS_DEFAULT)) * day);
    house.follower.fold(now, &house.stop).await.unwrap();
    house.follower.retire(now, &house.stop).await.unwrap();
    let truck = Subject::Truck(PLATES[0].parse().unwrap());
    let kept = house.read(&truck, start(), now).await;
    assert_eq!(kept, [fix(PLATES[0], 2 * day), fix(PLATES[0], 3 * day), fix(PLATES[0], 4 * day)]);
    // A very late one for a deleted day, and one for a kept day.
    house.log.append(vec![fix(PLATES[0], 60), fix(PLATES[0], 2 * day + 60)]).await.unwrap();
    house.follower.catch_up(now, &house.stop).await.unwrap();
    house.follower.flush(now).await.unwrap();
    assert_eq!(house.read(&truck, start(), now).await.len(), 4);
    assert_eq!(house.history.counters().too_old.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_removed_history_file_is_built_again_and_a_replaced_log_is_merged_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Expected::default();
    {
        let mut house = House::open(folder.path()).await;
        for second in 0..3 {
            expected.add(&[fix(PLATES[0], second)]);
            house.log.append(vec![fix(PLATES[0], second)]).await.unwrap();
        }
        house.follower.catch_up(start(), &house.stop).await.unwrap();
        house.follower.flush(start()).await.unwrap();
        house.history.store().close().await;
    }
    std::fs::remove_file(folder.path().join(HISTORY_FILE)).unwrap();
    let mut house = House::open(folder.path()).await;
    expected.check(&house).await;
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    expected.check(&house).await;
    house.history.store().close().await;
    drop(house);

    // The same history beside a younger log: what it holds stays, what the log holds comes in.
    let other = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join(HISTORY_FILE), other.path().join(HISTORY_FILE)).unwrap();
    let mut house = House::open(other.path()).await;
    expected.add(&[fix(PLATES[1], 9)]);
    house.log.append(vec![fix(PLATES[1], 9)]).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    expected.check(&house).await;
}

#[tokio::test]
async fn a_day_is_handed_out_whole_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::open(folder.path()).await;
    let of_day: Vec<Report> =
        vec![fix(PLATES[0], 5), fix(PLATES[1], 80_000), sighting(70_000), ticket(PLATES[2], 86_399)];
    house.log.append(vec![of_day[0].clone(), fix(PLATES[0], 86_400), fix(PLATES[0], -1)]).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    house.follower.fold(start().plus_seconds(27 * 3600), &house.stop).await.unwrap();
    house.log.append(vec![of_day[1].clone()]).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.follower.flush(start()).await.unwrap();
    house.log.append(vec![of_day[2].clone()]).await.unwrap();
    house.follower.catch_up(start(), &house.stop).await.unwrap();
    house.log.append(vec![of_day[3].clone()]).await.unwrap();
    let mut handed = Vec::new();
    let is_behind = house
        .history
        .each_of_day(Day::of(start()), |_, reports| -> Result<(), HistoryError> {
            handed.extend(reports.into_vec());
            Ok(())
        })
        .await
        .unwrap();
    assert!(!is_behind);
    assert_eq!(Sorted::of(handed), Sorted::of(of_day.clone()));

    let out = folder.path().join("out");
    let date = Day::of(start()).date();
    let exported = export::write_day(&house.history, date, &out).await.unwrap();
    assert_eq!(
        (exported.reports, exported.path.as_path()),
        (4, out.join("reports-2026-11-20.parquet").as_path())
    );
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "nothing unfinished is left");
    assert_eq!(read_parquet(&exported.path), Sorted::of(of_day));
}

fn read_parquet(path: &Path) -> Sorted {
    let file = ReportFile::open(path, ZoneOfNaive::Utc).unwrap();
    let mut reports = Vec::new();
    for group in 0..file.row_groups() {
        file.read_group(group, |_, report| reports.push(report.unwrap().to_report())).unwrap();
    }
    Sorted::of(reports)
}

/// What may happen between two readings.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<(usize, i64)>),
    CatchUp,
    Flush,
    Fold,
    /// The process dies; nothing pending is written.
    Kill,
}

fn any_step() -> impl Strategy<Value = Step> {
    let second = prop_oneof![0..7_200i64, 80_000..90_000i64, 0..3 * 86_400i64];
    prop_oneof![
        4 => prop::collection::vec((0..PLATES.len(), second), 1..8).prop_map(Step::Append),
        3 => Just(Step::CatchUp),
        2 => Just(Step::Flush),
        1 => Just(Step::Fold),
        1 => Just(Step::Kill),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn reading_gives_what_was_appended_at_any_moment(steps in prop::collection::vec(any_step(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let mut house = House::open(folder.path()).await;
            let mut expected = Expected::default();
            let now = start().plus_seconds(3 * 86_400);
            for step in steps {
                match step {
                    Step::Append(what) => {
                        let reports: Vec<Report> = what.iter().map(|(n, s)| fix(PLATES[*n], *s)).collect();
                        expected.add(&reports);
                        house.log.append(reports).await.unwrap();
                    }
                    Step::CatchUp => house.follower.catch_up(now, &house.stop).await.unwrap(),
                    Step::Flush => house.follower.flush(now).await.unwrap(),
                    Step::Fold => house.follower.fold(now, &house.stop).await.unwrap(),
                    Step::Kill => house = House::open(folder.path()).await,
                }
                expected.check(&house).await;
            }
        });
    }
}
