//! A reader on loopback, played by [`wire::llrp::Reader`].

use domain::{Epc, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use wire::llrp::{Reader, ReaderConfig};

enum Order {
    Play(Epc, u16, i8),
    /// Says when everything ordered before has left and a further answer of the client has come: its side has read it.
    Taken(oneshot::Sender<()>),
    Cut(oneshot::Sender<()>),
}

/// How the player stands: connections taken so far, and whether it reads on the present one.
type Standing = (u32, bool);

pub(crate) struct PlayedReader {
    pub(crate) address: String,
    orders: mpsc::Sender<Order>,
    standing: watch::Receiver<Standing>,
}

impl PlayedReader {
    pub(crate) async fn start(config: ReaderConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (orders, taken) = mpsc::channel(1000);
        let (tell, standing) = watch::channel((0, false));
        tokio::spawn(serve(listener, config, taken, tell));
        Self { address, orders, standing }
    }

    /// Waits until the service listens.
    pub(crate) async fn is_reading(&mut self) {
        self.standing.wait_for(|(_, reading)| *reading).await.unwrap();
    }

    pub(crate) async fn was_called_times(&mut self, times: u32) {
        self.standing.wait_for(|(calls, _)| *calls >= times).await.unwrap();
    }

    pub(crate) async fn play(&self, epc: &Epc, antenna: u16, rssi_dbm: i8) {
        self.orders.send(Order::Play(epc.clone(), antenna, rssi_dbm)).await.unwrap();
    }

    /// Waits until the service has read everything played so far.
    pub(crate) async fn is_taken(&self) {
        self.order(Order::Taken).await;
    }

    /// Breaks the connection.
    pub(crate) async fn cut(&self) {
        self.order(Order::Cut).await;
    }

    async fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, waiting) = oneshot::channel();
        self.orders.send(order(done)).await.unwrap();
        waiting.await.unwrap();
    }
}

async fn serve(
    listener: TcpListener,
    config: ReaderConfig,
    mut orders: mpsc::Receiver<Order>,
    tell: watch::Sender<Standing>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        tell.send_modify(|standing| standing.0 += 1);
        connection(socket, Reader::new(config.clone(), now()), &mut orders, &tell).await;
        tell.send_modify(|standing| standing.1 = false);
    }
}

async fn connection(
    mut socket: TcpStream,
    mut reader: Reader,
    orders: &mut mpsc::Receiver<Order>,
    tell: &watch::Sender<Standing>,
) {
    let mut buffer = [0; 4096];
    let mut asked: Option<oneshot::Sender<()>> = None;
    loop {
        while let Some(bytes) = reader.poll_transmit() {
            if socket.write_all(&bytes).await.is_err() {
                return;
            }
        }
        if reader.end().is_some() {
            return;
        }
        tell.send_if_modified(|standing| {
            std::mem::replace(&mut standing.1, reader.is_reading()) != reader.is_reading()
        });
        tokio::select! {
            read = socket.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    reader.handle_bytes(&buffer[..count], now());
                    // Nothing else makes the client speak now: it answers the keepalive below.
                    if let Some(asked) = asked.take() {
                        let _ = asked.send(());
                    }
                }
            },
            Some(order) = orders.recv(), if reader.is_reading() => match order {
                Order::Play(epc, antenna, rssi_dbm) => assert!(reader.play(&epc, antenna, rssi_dbm, now())),
                Order::Taken(done) => {
                    asked = Some(done);
                    // Its answer comes after everything sent before was read.
                    let due = reader.poll_timeout().unwrap();
                    reader.handle_timeout(due);
                }
                Order::Cut(done) => {
                    let _ = done.send(());
                    return;
                }
            },
        }
    }
}

fn now() -> Timestamp {
    fleet_service::clock::now()
}
