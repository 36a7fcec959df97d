//! The service with a few trucks, on free ports of loopback.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Report;
use fleet_service::clock;
use fleet_service::gateway::limits::GatewayLimits;
use fleet_service::gateway::sessions::Sessions;
use fleet_service::import::{self, ImportArgs};
use fleet_service::log::encoding;
use fleet_service::serve::{ServeArgs, Service, TlsArgs};
use fleet_service::store::Store;
use fleet_service::terminals::{self, TerminalAction};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct House {
    folder: TempDir,
    pub(crate) gateway: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) tls: Option<SocketAddr>,
    /// Where simple trackers send.
    pub(crate) nmea: SocketAddr,
    pub(crate) sessions: Sessions,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// Trucks as `(plate, terminal)`; an empty terminal is none.
pub(crate) type Trucks<'a> = &'a [(&'a str, &'a str)];

pub(crate) fn write_registry(folder: &Path, trucks: Trucks<'_>) -> PathBuf {
    let folder = folder.join("registry");
    std::fs::create_dir_all(&folder).unwrap();
    let none = r#"{"datum":"WGS84","features":[]}"#;
    let mut table = String::from("plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n");
    for (plate, terminal) in trucks {
        writeln!(table, "{plate},yellow,,91350100M000100Y43,{terminal},,,16").unwrap();
    }
    for (name, text) in [
        ("carriers.csv", "uscc,name,status\n91350100M000100Y43,甲,active\n"),
        ("trucks.csv", &table),
        ("sites.geojson", none),
        ("zones.geojson", none),
        ("routes.geojson", none),
        ("permits.json", "[]"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

impl House {
    pub(crate) async fn open(trucks: Trucks<'_>, limits: GatewayLimits) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), trucks, limits, None).await
    }

    /// With a door for TLS, whose certificate and key are in two files.
    pub(crate) async fn open_in(
        folder: TempDir,
        trucks: Trucks<'_>,
        limits: GatewayLimits,
        tls: Option<(PathBuf, PathBuf)>,
    ) -> Self {
        let data = folder.path().join("data");
        let import = |from: &str| ImportArgs {
            data: data.clone(),
            registry: write_registry(folder.path(), trucks),
            from: Some(from.parse().unwrap()),
        };
        import::run(&import("2020-01-01T00:00:00+08:00"), clock::now()).await.unwrap();
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let tls = tls.map_or_else(TlsArgs::default, |(certificate, key)| TlsArgs {
            address: Some(free),
            certificate: Some(certificate),
            key: Some(key),
        });
        let args = ServeArgs {
            settings: None,
            history_days: fleet_service::history::HISTORY_DAYS_DEFAULT,
            data,
            http: free,
            gateway: free,
            tls,
            nmea: Some(free),
            push: Default::default(),
            profiles: None,
            readers: None,
            #[cfg(feature = "jt809")]
            forward: None,
            limits,
            requests: Default::default(),
        };
        let stop = CancellationToken::new();
        let service = Service::prepare(&args, stop.clone(), clock::now()).await.unwrap();
        let (gateway, tls) = (service.gateway_address().unwrap(), service.tls_address().unwrap());
        let (nmea, http) = (service.nmea_address().unwrap().unwrap(), service.http_address().unwrap());
        let sessions = service.sessions().clone();
        let running = tokio::spawn(async move { service.run().await.unwrap() });
        Self { folder, gateway, http, tls, nmea, sessions, stop, running }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Puts other registers in force from now on.
    pub(crate) async fn import(&self, trucks: Trucks<'_>) {
        let registry = write_registry(self.folder.path(), trucks);
        import::run(&ImportArgs { data: self.data(), registry, from: None }, clock::now()).await.unwrap();
    }

    /// The same with further files in place of those [`write_registry`] writes.
    pub(crate) async fn import_with(&self, trucks: Trucks<'_>, files: &[(&str, String)]) {
        let registry = write_registry(self.folder.path(), trucks);
        for (name, text) in files {
            std::fs::write(registry.join(name), text).unwrap();
        }
        import::run(&ImportArgs { data: self.data(), registry, from: None }, clock::now()).await.unwrap();
    }

    /// What a command of `fleet-service terminal` does and says, beside the running service.
    pub(crate) async fn command(&self, action: TerminalAction) -> String {
        terminals::run(&action, clock::now()).await.unwrap()
    }

    /// Another look at the database.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.data()).await.unwrap()
    }

    /// Every report stored, in order of arrival.
    pub(crate) async fn reports(&self) -> Vec<Report> {
        let store = self.store().await;
        let batches = store.batches_after(0, u32::MAX, u64::MAX).await.unwrap();
        batches.iter().flat_map(|batch| encoding::decode(batch).unwrap()).collect()
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        let all = self.sessions.totals().all();
        all.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no counter {name}")).1
    }

    /// Ends the service in order.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap();
    }
}

/// Looks until it is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) -> impl Future<Output = ()> {
    let what = what.to_owned();
    async move {
        let look = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, look).await.is_ok(), "waited in vain for: {what}");
    }
}
