//! `fleet-service serve`: opens the database, folds the log, listens, and ends cleanly when told to.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use domain::Timestamp;
use scoring::calendar::CalendarError;
use scoring::catalogue::CatalogueError;
use scoring::{Calendar, Catalogue};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{self, Api, Door, DoorLimits};
use crate::attachments::{AttachError, Attachments};
use crate::basemaps::Basemaps;
use crate::basemaps::upstream::UpstreamError;
use crate::cases::settings::Settings;
use crate::cases::{Cases, clockwork};
use crate::commands::dispatch::{CommandDesk, Dispatcher};
use crate::feed::command::{self as feed_command, FeedCommandError};
use crate::feed::days;
use crate::feed::key::KeyError;
use crate::feed::publish::Press;
use crate::feed::push::couriers;
use crate::feed::push::target::PushUrl;
#[cfg(feature = "jt809")]
use crate::forward;
use crate::gateway::admission::Admission;
use crate::gateway::limits::{self, GatewayLimits};
use crate::gateway::listener::{self, Doors};
use crate::gateway::news::NewsDesk;
use crate::gateway::profiles::{Shelf, ShelfError};
use crate::gateway::sessions::Sessions;
use crate::gateway::tls::{self, TlsError};
use crate::gateway::trackers::TrackerDoors;
use crate::handover::HandoverDesk;
use crate::history::{self, HISTORY_DAYS_DEFAULT, History, HistoryError};
use crate::live::Live;
use crate::live::follower::{FollowError, Follower};
use crate::live::registers::{RegisterBook, RegistersError};
use crate::live::trucks;
use crate::log::{ReadError, ReportLog};
use crate::peer::PeerFileError;
use crate::people::{People, PeopleError, invitation};
use crate::readers::Readers;
use crate::readers::config::ReadersConfig;
use crate::registrar::RegisterDesk;
use crate::site_devices::SiteDesk;
use crate::store::{HistoryStore, Store, StoreError};
use crate::street::desk::Street;

/// Where pages are served when nothing else is said.
pub const HTTP_DEFAULT: &str = "127.0.0.1:8790";
/// Where trucks connect when nothing else is said.
pub const GATEWAY_DEFAULT: &str = "127.0.0.1:8808";

/// Most days of history that can be kept: ten years.
const HISTORY_DAYS_MAX: i64 = 3_653;

/// How the service runs.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Data folder; made if it is not there.
    #[arg(long)]
    pub data: PathBuf,
    /// Address for pages and programs.
    #[arg(long, default_value = HTTP_DEFAULT)]
    pub http: SocketAddr,
    /// Address for trucks (JT/T 808 over TCP, and over UDP on the same port).
    #[arg(long, default_value = GATEWAY_DEFAULT)]
    pub gateway: SocketAddr,
    /// Trucks that speak TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Address for simple trackers (NMEA 0183 behind a $MTID sentence, over TCP and UDP).
    #[arg(long, value_name = "ADDRESS")]
    pub nmea: Option<SocketAddr>,
    /// Platforms that feed events are pushed to.
    #[command(flatten)]
    pub push: PushArgs,
    /// File of settings of due process: notice period before a listing, who decides (see `fleet-service settings`).
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Folder of vendor profiles (*.toml) beside those that come with the program.
    #[arg(long, value_name = "DIR")]
    pub profiles: Option<PathBuf>,
    /// File that names the fixed UHF readers to listen to (LLRP).
    #[arg(long, value_name = "FILE")]
    pub readers: Option<PathBuf>,
    /// File that names the superior platforms positions are forwarded to (JT/T 809).
    #[cfg(feature = "jt809")]
    #[arg(long, value_name = "FILE")]
    pub forward: Option<PathBuf>,
    /// Whole days of history kept before the present one; older days are deleted. The report log keeps everything.
    #[arg(long, value_name = "DAYS", default_value_t = HISTORY_DAYS_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=HISTORY_DAYS_MAX))]
    pub history_days: u32,
    /// The gateway's maxima.
    #[command(flatten)]
    pub limits: GatewayLimits,
    /// How many requests are let in.
    #[command(flatten)]
    pub requests: DoorLimits,
}

/// Where trucks that speak TLS connect, and what they are shown.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TlsArgs {
    /// Address for trucks that speak TLS (JT/T 808 over TLS).
    #[arg(long = "gateway-tls", value_name = "ADDRESS", requires_all = ["certificate", "key"])]
    pub address: Option<SocketAddr>,
    /// PEM file with the certificate shown to them, its issuers after it.
    #[arg(long = "tls-cert", value_name = "FILE", requires = "address")]
    pub certificate: Option<PathBuf>,
    /// PEM file with its private key.
    #[arg(long = "tls-key", value_name = "FILE", requires = "address")]
    pub key: Option<PathBuf>,
}

/// Platforms that feed events are pushed to, beside those of `fleet-service feed-target`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PushArgs {
    /// Address of a platform (https://…); may be given several times.
    #[arg(long = "push", value_name = "URL")]
    pub urls: Vec<PushUrl>,
    /// PEM file of the authorities their certificates come from; without it, those the system trusts.
    #[arg(long = "push-ca", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Let plain http:// leave this machine, for an intranet you trust.
    #[arg(long = "push-plain-http")]
    pub plain_http: bool,
}

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error(
        "{address} cannot be listened on ({what}): end the program that uses it, or choose another address with {option}"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// For whom.
        what: &'static str,
        /// How to choose another.
        option: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A platform cannot be pushed to.
    #[error(transparent)]
    Push(#[from] FeedCommandError),
    /// TLS cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The vendor profiles cannot be used.
    #[error(transparent)]
    Profiles(#[from] ShelfError),
    /// The file of settings, readers or superior platforms is wrong.
    #[error(transparent)]
    PeerFile(#[from] PeerFileError),
    /// Forwarding cannot begin.
    #[cfg(feature = "jt809")]
    #[error(transparent)]
    Forward(#[from] forward::ForwardError),
    /// A basemap cannot be offered.
    #[error(transparent)]
    Basemap(#[from] UpstreamError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// History cannot begin.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The folder of attached files cannot be read.
    #[error(transparent)]
    Attachments(#[from] AttachError),
    /// The feed has no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The rule catalogue is wrong.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The calendar of working days is wrong.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The registers cannot be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The report log cannot be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// The log cannot be folded.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The first administrator's link cannot be made.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// HTTP ended by itself.
    #[error("the HTTP side ended")]
    Http(#[source] std::io::Error),
    /// The system refuses signal handlers.
    #[error("the system refuses to tell the service when to end")]
    Signals(#[source] std::io::Error),
}

/// A service whose addresses are taken and whose log is folded; [`Service::run`] serves.
pub struct Service {
    store: Store,
    http: TcpListener,
    doors: Doors,
    limits: GatewayLimits,
    api: Api,
    follower: Follower,
    keeper: history::follower::Follower,
    dispatcher: Dispatcher,
    #[cfg(feature = "jt809")]
    forward: forward::Prepared,
    stop: CancellationToken,
}

impl Service {
    /// Takes the addresses, opens the database and brings the findings up to date.
    pub async fn prepare(
        args: &ServeArgs,
        stop: CancellationToken,
        now: Timestamp,
    ) -> Result<Self, ServeError> {
        let targets = feed_command::given_targets(&args.push)?;
        let settings = args.settings.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
        let readers = args.readers.as_deref().map(ReadersConfig::read).transpose()?.unwrap_or_default();
        #[cfg(feature = "jt809")]
        let forward = args
            .forward
            .as_deref()
            .map(forward::config::ForwardConfig::read)
            .transpose()?
            .unwrap_or_default();
        // Addresses first: a second service by mistake must not touch the first one's database.
        let http = listen(args.http, "pages", "--http").await?;
        let doors = open_doors(args).await?;
        let shelf = args.profiles.as_deref().map(Shelf::with_folder).transpose()?.unwrap_or_default();
        limits::raise_open_files(args.limits.connections_max);
        let store = Store::open(&args.data).await?;
        Attachments::beside(&store).tidy()?;
        let press = Press::open(&args.data)?;
        let catalogue = Arc::new(Catalogue::embedded()?);
        let book = RegisterBook::read(&store).await?;
        let (in_force, registers) = watch::channel(Arc::new(book.registers().until(now)));
        let log = ReportLog::start(store.clone()).await?;
        let chunks = HistoryStore::open(&args.data).await?;
        let history = History::open(chunks, store.clone(), &log).await?;
        let keeper = history::follower::Follower::new(history.clone(), log.clone(), args.history_days, now);
        let live = Live::new(registers.clone(), Arc::clone(&catalogue), now);
        let mut follower = Follower::new(store.clone(), log.clone(), live.clone(), book, in_force)?;
        follower.refold(now).await?;
        feed_command::take_over(&store, &targets, now).await?;
        let people = People::new(store.clone(), settings.people.clone());
        let basemaps = Basemaps::open(&settings.map, &args.data)?;
        let street = Street::open(basemaps).map_err(ServeError::Random)?;
        let register_desk =
            RegisterDesk::new(store.clone(), press.clone(), Arc::clone(&live.registers_changed));
        let cases = Cases {
            store: store.clone(),
            catalogue,
            press,
            registers: registers.clone(),
            settings: Arc::new(settings),
            calendar: Arc::new(Calendar::embedded()?),
            ledgers: Default::default(),
        };
        let (news_desk, news) = NewsDesk::open();
        let sessions = Sessions::with_news(news_desk);
        let (commands, announced) = CommandDesk::open();
        let heard = registers.clone();
        let dispatcher = Dispatcher::new(store.clone(), sessions.clone(), heard, news, announced, now);
        let admission = Admission::start(store.clone(), registers, sessions.clone(), shelf).await?;
        #[cfg(feature = "jt809")]
        let forward = forward::Prepared::prepare(forward, &store, &log).await?;
        let api = Api {
            store: store.clone(),
            live,
            cases,
            history,
            log,
            sessions,
            commands,
            people,
            site_desk: SiteDesk::default(),
            handover: HandoverDesk::default(),
            admission,
            register_desk,
            readers: Readers::new(readers),
            #[cfg(feature = "jt809")]
            forwarding: forward.forwarding(),
            door: Door::new(&args.requests),
            street,
            stop: stop.clone(),
        };
        let limits = args.limits.clone();
        Ok(Self {
            store,
            http,
            doors,
            limits,
            api,
            follower,
            keeper,
            dispatcher,
            #[cfg(feature = "jt809")]
            forward,
            stop,
        })
    }

    /// Prints the first administrator's link when nobody is known yet.
    async fn invite_the_first(&self, now: Timestamp) -> Result<(), ServeError> {
        let Some(secret) = invitation::first_link(&self.store, now).await? else { return Ok(()) };
        let base = match &self.api.people.settings().address {
            Some(address) => address.clone(),
            None => {
                self.http_address().map_or_else(|_unknown| String::new(), |http| format!("http://{http}"))
            }
        };
        let hours = invitation::FIRST_LINK_HOURS;
        let link = invitation::address(&base, &secret);
        let said = format!(
            "nobody can sign in yet. The first administrator sets a name and a password, once, within {hours} hours, at\n\n    {link}\n\n"
        );
        // A closed terminal is no reason to end: `fleet-service officer add` makes an administrator too.
        let _ = std::io::stdout().write_all(said.as_bytes());
        Ok(())
    }

    /// Where pages are served, as taken (port 0 becomes the one the system chose).
    pub fn http_address(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// Where trucks connect, as taken.
    pub fn gateway_address(&self) -> std::io::Result<SocketAddr> {
        self.doors.tcp.local_addr()
    }

    /// Where simple trackers send, as taken.
    pub fn nmea_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.doors.trackers.as_ref().map(|doors| doors.tcp.local_addr()).transpose()
    }

    /// Who is connected, and what the gateway counted.
    pub fn sessions(&self) -> &Sessions {
        &self.api.sessions
    }

    /// Where trucks that speak TLS connect, as taken.
    pub fn tls_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.doors.tls.as_ref().map(|(listener, _)| listener.local_addr()).transpose()
    }

    /// Serves until told to stop, then ends every part in the order that loses nothing.
    pub async fn run(self) -> Result<(), ServeError> {
        let Self { store, http, doors, limits, api, follower, keeper, dispatcher, stop, .. } = self;
        let history = api.history.clone();
        let tasks = TaskTracker::new();
        #[cfg(feature = "jt809")]
        self.forward.spawn(&store, &api.log, &api.live.registers, &tasks, &stop);
        let (admission, log, sessions) = (api.admission.clone(), api.log.clone(), api.sessions.clone());
        tasks.spawn(listener::run(doors, admission, log, sessions, limits, stop.clone()));
        tasks.spawn(follower.run(stop.clone()));
        tasks.spawn(trucks::run(api.live.clone(), stop.clone()));
        tasks.spawn(keeper.run(stop.clone()));
        api.readers.spawn(api.log.clone(), &tasks, &stop);
        tasks.spawn(dispatcher.run(stop.clone()));
        tasks.spawn(couriers::run(store.clone(), stop.clone()));
        tasks.spawn(clockwork::run(api.cases.clone(), api.live.clone(), stop.clone()));
        tasks.spawn(days::run(api.cases.press.clone(), store.clone(), stop.clone()));
        let served = api::serve(http, api).await.map_err(ServeError::Http);
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        history.store().close().await;
        store.close().await;
        served
    }
}

async fn listen(
    address: SocketAddr,
    what: &'static str,
    option: &'static str,
) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, what, option, source })
}

async fn open_doors(args: &ServeArgs) -> Result<Doors, ServeError> {
    let error = |address, what, option| move |source| ServeError::Listen { address, what, option, source };
    let (what, option) = ("trucks", "--gateway");
    let tcp = listener::listen(args.gateway).map_err(error(args.gateway, what, option))?;
    // The port as taken: with port 0 the system chose it.
    let address = tcp.local_addr().map_err(error(args.gateway, what, option))?;
    let what = "trucks, over UDP";
    let udp = listener::listen_for_datagrams(address).await.map_err(error(address, what, option))?;
    let tls = match (args.tls.address, &args.tls.certificate, &args.tls.key) {
        (Some(address), Some(certificate), Some(key)) => {
            let acceptor = tls::acceptor(certificate, key)?;
            let (what, option) = ("trucks, over TLS", "--gateway-tls");
            Some((listener::listen(address).map_err(error(address, what, option))?, acceptor))
        }
        _ => None,
    };
    let trackers = match args.nmea {
        Some(address) => {
            let (what, option) = ("simple trackers", "--nmea");
            Some(TrackerDoors::open(address).await.map_err(error(address, what, option))?)
        }
        None => None,
    };
    Ok(Doors { tcp, udp, tls, trackers })
}

/// Runs the service until SIGTERM or ctrl-c.
pub async fn run(args: &ServeArgs, now: Timestamp) -> Result<(), ServeError> {
    let stop = CancellationToken::new();
    stop_on_signal(&stop)?;
    let service = Service::prepare(args, stop, now).await?;
    tracing::info!(http = %args.http, gateway = %args.gateway, "the service is ready");
    service.invite_the_first(now).await?;
    service.run().await
}

/// Cancels `stop` on SIGTERM or ctrl-c.
pub fn stop_on_signal(stop: &CancellationToken) -> Result<(), ServeError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("the service ends");
        stop.cancel();
    });
    Ok(())
}
