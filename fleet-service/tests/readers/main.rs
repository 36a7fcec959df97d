//! The service listens to played readers on loopback: reads become reports, cut links are taken up again.
#![expect(clippy::unwrap_used, reason = "a test fails where what it needs is not there")]

mod played_reader;

use std::sync::atomic::Ordering;

use domain::report::Content;
use domain::{Epc, Report};
use fleet_service::log::ReportLog;
use fleet_service::readers::Readers;
use fleet_service::readers::config::{Antennas, ReadClock, ReadersConfig, UnitConfig};
use fleet_service::readers::state::Link;
use fleet_service::store::Store;
use played_reader::PlayedReader;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::llrp::{ConnectionAttempt, ReaderConfig, Request, Status};

struct House {
    _folder: tempfile::TempDir,
    log: ReportLog,
    readers: Readers,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl House {
    async fn listening_to(player: &PlayedReader) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = ReportLog::start(Store::open(folder.path()).await.unwrap()).await.unwrap();
        let ports = [(1, "G1-IN".parse().unwrap()), (2, "G1-OUT".parse().unwrap())].into();
        let unit = UnitConfig {
            name: "gate".parse().unwrap(),
            address: player.address.parse().unwrap(),
            antennas: Antennas::Ports(ports),
            clock: ReadClock::Service,
        };
        let readers = Readers::new(ReadersConfig { units: vec![unit] });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        readers.spawn(log.clone(), &tasks, &stop);
        tasks.close();
        Self { _folder: folder, log, readers, tasks, stop }
    }

    async fn end(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    async fn reports(&self) -> Vec<Report> {
        self.log.read_from(0).await.unwrap().into_iter().flat_map(|(_, reports)| reports).collect()
    }

    fn count(&self, name: &str) -> u64 {
        let counts = self.readers.units()[0].counters.all();
        counts.into_iter().find(|(known, _)| *known == name).unwrap().1
    }
}

fn tag(number: u8) -> Epc {
    Epc::from_bytes(&[number; 12]).unwrap()
}

fn seen(reports: &[Report]) -> Vec<(String, String)> {
    let sighting = |report: &Report| match &report.content {
        Content::AtReader(sighting) => (sighting.reader.to_string(), sighting.epc.to_string()),
        other => (format!("{other:?}"), String::new()),
    };
    reports.iter().map(sighting).collect()
}

#[tokio::test]
async fn reads_become_reports_once_a_second_and_every_read_is_counted() {
    let mut player = PlayedReader::start(ReaderConfig::default()).await;
    let house = House::listening_to(&player).await;
    player.is_reading().await;
    for _ in 0..50 {
        player.play(&tag(1), 1, -50).await;
    }
    player.play(&tag(2), 2, -61).await;
    player.is_taken().await;
    let unit = house.readers.units()[0].clone();
    assert_eq!(unit.state().link, Link::Reading);
    assert!(unit.state().connected_since.is_some() && unit.state().last_read.is_some());
    house.end().await;
    let reports = house.reports().await;
    let seen = seen(&reports);
    // Fifty reads take far less than a second, but may lie across the turn of one.
    let ours = seen.iter().filter(|(reader, _)| reader == "G1-IN").count();
    assert!((1..=3).contains(&ours), "{seen:?}");
    assert!(seen.contains(&("G1-OUT".to_owned(), tag(2).to_string())));
    assert!(reports.iter().all(|report| report.received == Some(report.time)));
    assert_eq!(house.count("reads"), 51);
    assert_eq!(house.count("reports") + house.count("debounced"), 51);
    assert_eq!(house.readers.writer().stored.load(Ordering::Relaxed), reports.len() as u64);
    assert_eq!(unit.state().link, Link::Stopped);
}

#[tokio::test]
async fn a_cut_link_is_taken_up_again_and_what_was_read_before_is_kept() {
    let mut player = PlayedReader::start(ReaderConfig::default()).await;
    let house = House::listening_to(&player).await;
    for round in 1..=3 {
        player.is_reading().await;
        player.play(&tag(round), 1, -50).await;
        player.is_taken().await;
        player.cut().await;
    }
    player.is_reading().await;
    house.end().await;
    let tags: Vec<String> = seen(&house.reports().await).into_iter().map(|(_, epc)| epc).collect();
    assert_eq!(tags, [tag(1), tag(2), tag(3)].map(|epc| epc.to_string()));
    assert_eq!((house.count("sessions"), house.count("errors"), house.count("dropped")), (4, 3, 0));
    let (_, words) = house.readers.units()[0].state().last_error.unwrap();
    assert!(words.contains("closed the connection") || words.contains("broke"), "{words}");
}

#[tokio::test]
async fn a_busy_or_refusing_reader_is_told_in_words_and_called_again() {
    let refusal = (Request::AddRoSpec, Status::refusal(301, "no such antenna"));
    for (config, expected) in [
        (
            ReaderConfig { greeting: ConnectionAttempt::OtherClient, ..ReaderConfig::default() },
            "the reader serves another client",
        ),
        (ReaderConfig { refuses: Some(refusal), ..ReaderConfig::default() }, "no such antenna"),
    ] {
        let mut player = PlayedReader::start(config).await;
        let house = House::listening_to(&player).await;
        player.was_called_times(2).await;
        let (_, words) = house.readers.units()[0].state().last_error.unwrap();
        assert!(words.contains(expected), "{words}");
        house.end().await;
        assert!(house.count("errors") >= 1);
    }
}
