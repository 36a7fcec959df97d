//! A superior platform on loopback, played by [`wire::jt809::Upper`].

use std::sync::{Arc, Mutex};

use domain::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use wire::Location;
use wire::jt809::{Edition, Link, Payload, Position, Upper, UpperConfig, UpperEvent, VehicleMessage};

pub(crate) const ACCESS_CODE: u32 = 41_018_300;
pub(crate) const USER: u32 = 20_180_920;
pub(crate) const PASSWORD: &str = "20180920";
/// Latitude of position number 0, 1e-6 degree; each further one lies one step north, which is how it is known again.
pub(crate) const FIRST_LAT_E6: u32 = 34_500_000;

/// Something that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arrived {
    Register(String),
    /// Plate, number of the position, whether it came as live.
    Position(String, u32, bool),
    StaticInfo(String, String),
}

#[derive(Default, Clone)]
pub(crate) struct Standing {
    pub(crate) logins: u32,
    pub(crate) sub_links: u32,
    pub(crate) arrived: usize,
}

enum Order {
    Cut(oneshot::Sender<()>),
    Ask(String),
}

pub(crate) struct PlayedPlatform {
    pub(crate) address: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    orders: mpsc::Sender<Order>,
    standing: watch::Receiver<Standing>,
}

/// How it behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    WellBehaved,
    /// Takes everything and answers nothing after the login.
    Mute,
}

impl PlayedPlatform {
    pub(crate) async fn start(edition: Edition, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let (orders, taken) = mpsc::channel(100);
        let (tell, standing) = watch::channel(Standing::default());
        let config = UpperConfig {
            edition,
            access_code: ACCESS_CODE,
            user: USER,
            password: PASSWORD.parse().unwrap(),
            code: 0xC0DE,
            cipher: None,
        };
        let session =
            Session { upper: Upper::new(config), manner, arrived: Arc::clone(&arrived), tell, sub: None };
        tokio::spawn(serve(listener, session, taken));
        Self { address, arrived, orders, standing }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub(crate) fn positions(&self) -> Vec<(String, u32, bool)> {
        let position = |arrived: Arrived| match arrived {
            Arrived::Position(plate, number, live) => Some((plate, number, live)),
            _ => None,
        };
        self.arrived().into_iter().filter_map(position).collect()
    }

    pub(crate) async fn stands(&mut self, so: impl FnMut(&Standing) -> bool) {
        self.standing.wait_for(so).await.unwrap();
    }

    /// Breaks both links.
    pub(crate) async fn cut(&self) {
        let (done, waiting) = oneshot::channel();
        self.orders.send(Order::Cut(done)).await.unwrap();
        waiting.await.unwrap();
    }

    /// Asks over the sub link what is registered about a vehicle.
    pub(crate) async fn ask(&self, plate: &str) {
        self.orders.send(Order::Ask(plate.to_owned())).await.unwrap();
    }
}

struct Session {
    upper: Upper,
    manner: Manner,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    tell: watch::Sender<Standing>,
    sub: Option<TcpStream>,
}

async fn serve(listener: TcpListener, mut session: Session, mut orders: mpsc::Receiver<Order>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (socket, _) = accepted.unwrap();
                session.connection(socket, &mut orders).await;
                session.sub = None;
            }
            order = orders.recv() => match order {
                Some(Order::Cut(done)) => {
                    let _ = done.send(());
                }
                Some(Order::Ask(_)) => {}
                None => return,
            },
        }
    }
}

impl Session {
    async fn connection(&mut self, mut main: TcpStream, orders: &mut mpsc::Receiver<Order>) {
        self.upper.link_up(Link::Main, now());
        let (mut from_main, mut from_sub) = (vec![0; 16 * 1024], vec![0; 4096]);
        loop {
            if !self.transmit(&mut main).await {
                return;
            }
            tokio::select! {
                read = main.read(&mut from_main) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(count) => self.upper.handle_bytes(Link::Main, &from_main[..count], now()),
                },
                read = read_sub(&mut self.sub, &mut from_sub) => match read {
                    Ok(0) | Err(_) => self.sub = None,
                    Ok(count) => self.upper.handle_bytes(Link::Sub, &from_sub[..count], now()),
                },
                order = orders.recv() => match order {
                    Some(Order::Cut(done)) => {
                        let _ = done.send(());
                        return;
                    }
                    Some(Order::Ask(plate)) => self.upper.ask_static_info(Link::Sub, &plate, 2, now()),
                    None => return,
                },
            }
            if !self.note_events().await {
                // The refusal leaves before the link closes.
                self.transmit(&mut main).await;
                return;
            }
        }
    }

    async fn transmit(&mut self, main: &mut TcpStream) -> bool {
        let may_answer = self.manner == Manner::WellBehaved || self.tell.borrow().arrived == 0;
        while let Some((link, bytes)) = self.upper.poll_transmit() {
            let written = match (link, &mut self.sub) {
                (Link::Main, _) if !may_answer => Ok(()),
                (Link::Main, _) => main.write_all(&bytes).await,
                (Link::Sub, Some(sub)) => sub.write_all(&bytes).await,
                (Link::Sub, None) => Ok(()),
            };
            if written.is_err() {
                return false;
            }
        }
        true
    }

    /// `false` when the main link is to be closed.
    async fn note_events(&mut self) -> bool {
        while let Some(event) = self.upper.poll_event() {
            match event {
                UpperEvent::CallBack { host, port } => {
                    self.tell.send_modify(|standing| standing.logins += 1);
                    self.sub = TcpStream::connect((host.as_str(), port)).await.ok();
                    if self.sub.is_some() {
                        self.upper.link_up(Link::Sub, now());
                    }
                }
                UpperEvent::SubLinked(right) => {
                    self.tell.send_modify(|standing| standing.sub_links += u32::from(right));
                }
                UpperEvent::Vehicle(message) => self.note(message),
                UpperEvent::SubAlive => {}
                UpperEvent::Refused(_) | UpperEvent::LoggedOut => return false,
            }
        }
        true
    }

    fn note(&self, message: VehicleMessage) {
        let plate = message.plate;
        let more: Vec<Arrived> = match message.payload {
            Payload::Register(_) => vec![Arrived::Register(plate)],
            Payload::Live(position) => vec![Arrived::Position(plate, number(&position), true)],
            Payload::Backlog(positions) => {
                positions.iter().map(|p| Arrived::Position(plate.clone(), number(p), false)).collect()
            }
            Payload::StaticInfo { text, .. } => vec![Arrived::StaticInfo(plate, text)],
            Payload::AskStaticInfo | Payload::Other { .. } => vec![],
        };
        let mut arrived = self.arrived.lock().unwrap();
        arrived.extend(more);
        let count = arrived.len();
        self.tell.send_modify(|standing| standing.arrived = count);
    }
}

async fn read_sub(sub: &mut Option<TcpStream>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match sub {
        Some(sub) => sub.read(buffer).await,
        None => std::future::pending().await,
    }
}

fn number(position: &Position) -> u32 {
    let lat_e6 = match position {
        Position::V2011(fix) => fix.lat_e6,
        Position::V2019(fix) => Location::decode(&fix.record).unwrap().lat_e6,
    };
    lat_e6 - FIRST_LAT_E6
}

fn now() -> Timestamp {
    fleet_service::clock::now()
}
