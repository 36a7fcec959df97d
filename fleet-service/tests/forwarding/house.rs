//! A report log with trucks, and a courier that can be started and killed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::report::Content;
use domain::{
    Carrier, CarrierStatus, FixKind, FixReport, PlateColour, Position, Registers, Registry, Report, Truck,
    TruckKind,
};
use fleet_service::clock;
use fleet_service::forward::config::{Start, TargetConfig};
use fleet_service::forward::courier::Courier;
use fleet_service::forward::state::Target;
use fleet_service::log::ReportLog;
use fleet_service::store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wire::jt809::Edition;
use wire::text::Padded;

use crate::played_platform::{ACCESS_CODE, FIRST_LAT_E6, PASSWORD, PlayedPlatform, USER};

pub(crate) const TRUCKS: u32 = 10;
pub(crate) const TARGET: &str = "省平台";

pub(crate) struct House {
    _folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) log: ReportLog,
    registers: watch::Receiver<Arc<Registers>>,
    pub(crate) address: String,
    edition: Edition,
    pub(crate) password: &'static str,
}

/// A courier at work.
pub(crate) struct Running {
    pub(crate) target: Arc<Target>,
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl House {
    pub(crate) async fn forwarding_to(platform: &PlayedPlatform, edition: Edition) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let log = ReportLog::start(store.clone()).await.unwrap();
        // The sender may go: readers keep the last value.
        let (_, registers) = watch::channel(Arc::new(Registers::always(registry())));
        let address = platform.address.clone();
        Self { _folder: folder, store, log, registers, address, edition, password: PASSWORD }
    }

    /// Starts a courier where the durable cursor stands, as a started service does.
    pub(crate) async fn start(&self) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = TargetConfig {
            name: TARGET.parse().unwrap(),
            edition: self.edition,
            version: [1, 0, 0],
            address: self.address.parse().unwrap(),
            access_code: ACCESS_CODE,
            user: USER,
            password: self.password.parse().unwrap(),
            platform: Padded::from_text("41018300001", 11).unwrap(),
            sub_listen: listener.local_addr().unwrap(),
            sub_host: "127.0.0.1".into(),
            sub_port: listener.local_addr().unwrap().port(),
            cipher: None,
            start: Start::Beginning,
            maker: "MT".into(),
            model: "agent".into(),
            adcode: "410183".into(),
            prove_s: 1,
        };
        let cursor = self.store.forwarded(TARGET).await.unwrap().unwrap_or(0);
        let target = Arc::new(Target::new(config, cursor));
        let stop = CancellationToken::new();
        let courier =
            Courier::new(Arc::clone(&target), self.store.clone(), self.log.clone(), self.registers.clone());
        let task = tokio::spawn(courier.run(listener, stop.clone()));
        Running { target, task, stop }
    }

    /// Appends positions `from..to`, one commit; number n is truck n modulo [`TRUCKS`].
    pub(crate) async fn report(&self, from: u32, to: u32) {
        let now = clock::now();
        self.log.append((from..to).map(|number| position(number, now)).collect()).await.unwrap();
    }

    pub(crate) fn end(&self) -> u64 {
        *self.log.end().borrow()
    }
}

impl Running {
    /// Ends it at once, in the middle of whatever it does.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }

    /// Ends it as the service does.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    pub(crate) fn cursor(&self) -> u64 {
        self.target.cursor.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.target.counters.all().into_iter().find(|(known, _)| *known == name).unwrap().1
    }
}

pub(crate) fn plate(number: u32) -> String {
    format!("豫A{:05}D", number % TRUCKS)
}

pub(crate) fn position(number: u32, now: domain::Timestamp) -> Report {
    let lat_e7 = i32::try_from((FIRST_LAT_E6 + number) * 10).unwrap();
    let at = Position::from_e7(lat_e7, 1_134_000_000).unwrap();
    let fix = FixReport::bare(plate(number).parse().unwrap(), at, FixKind::D3);
    let time = now.plus_millis(i64::from(number % 1000));
    Report { time, content: Content::Fix(fix), received: Some(now) }
}

fn registry() -> Registry {
    let carrier = Carrier {
        uscc: "91350100M000100Y43".parse().unwrap(),
        name: "甲清运".into(),
        status: CarrierStatus::Active,
    };
    let truck = |number| Truck {
        plate: plate(number).parse().unwrap(),
        colour: PlateColour::YellowGreen,
        vin: None,
        carrier: carrier.uscc.clone(),
        terminal: format!("1380000{number:04}").parse().ok(),
        epc: None,
        energy: None,
        rated_load_kg: None,
        kind: TruckKind::Muck,
    };
    let trucks = (0..TRUCKS).map(truck).map(|truck| (truck.plate.clone(), truck)).collect();
    Registry { trucks, carriers: [(carrier.uscc.clone(), carrier)].into(), ..Registry::default() }
}
