//! Sources against real ports and sockets of this machine.

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;

use serialport::{SerialPort, TTYPort};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::frame::with_checksum;

const LONGEST_WAIT: Duration = Duration::from_secs(30);

fn txt() -> String {
    with_checksum("GPTXT,01,01,01,ANTENNA OK") + "\r\n"
}

/// The next chunk's bytes, `None` when the stream broke off.
async fn next(receiver: &mut mpsc::Receiver<Chunk>) -> Option<Vec<u8>> {
    match tokio::time::timeout(LONGEST_WAIT, receiver.recv()).await.unwrap().unwrap() {
        Chunk::Bytes(bytes) => Some(bytes),
        Chunk::Interrupted => None,
        Chunk::Tags(_) | Chunk::Ended => panic!("a receiver gave tags, or ended"),
    }
}

/// Waits until a source was opened so often: what is said before is lost, as on a real line.
async fn until_opened(sources: &Sources, times: u64) {
    let opened = async {
        while sources.counters()[0].opened < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONGEST_WAIT, opened).await.expect("the source opens");
}

/// The next chunk of the only source.
async fn next_of(sources: &mut Sources) -> Chunk {
    tokio::time::timeout(LONGEST_WAIT, sources.next()).await.unwrap().1
}

/// A serial line: this end, and the other end under the name `device`.
fn line(device: &Path) -> TTYPort {
    let (mut here, there) = TTYPort::pair().unwrap();
    symlink(there.name().unwrap(), device).unwrap();
    here.set_timeout(Duration::from_millis(100)).unwrap();
    // Kept open, or the line would hang up before the source opens it.
    std::mem::forget(there);
    here
}

#[tokio::test]
async fn a_serial_device_that_is_pulled_out_and_comes_back_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("ttyUSB0");
    let config = SourceConfig::Serial { device: device.clone(), baud: 9600 };
    let mut sources = Sources::start(&[config]).await.unwrap();
    for round in 1..=2 {
        let mut here = line(&device);
        until_opened(&sources, round).await;
        here.write_all(txt().as_bytes()).unwrap();
        let mut found = Vec::new();
        while found.len() < txt().len() {
            let Chunk::Bytes(bytes) = next_of(&mut sources).await else {
                panic!("it broke off in round {round}")
            };
            found.extend(bytes);
        }
        assert_eq!(found, txt().as_bytes(), "round {round}");
        // Out it comes: its file is gone and the line hangs up.
        std::fs::remove_file(&device).unwrap();
        drop(here);
        assert!(matches!(next_of(&mut sources).await, Chunk::Interrupted), "round {round}");
    }
    let counters = sources.counters()[0];
    assert_eq!((counters.opened, counters.broken), (2, 2));
}

#[tokio::test]
async fn the_speed_of_a_serial_line_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("ttyS1");
    let mut here = line(&device);
    // Speaks until the other side listens at its speed and was given what it needs; at another speed it is noise.
    let receiver_itself = std::thread::spawn(move || {
        let mut spoken = 0;
        let mut echo = [0; 64];
        while spoken < 10 {
            let listened = here.baud_rate().unwrap();
            let text = if listened == 115_200 { txt().into_bytes() } else { vec![0xF0, 0x80, b'x', 0xFE] };
            if here.write_all(&text).is_err() {
                break;
            }
            spoken += u32::from(listened == 115_200);
            // Nothing comes back: this is the receiver's pause between bursts.
            let _nothing = here.read(&mut echo);
        }
        here
    });
    let mut receiver = start(SourceConfig::SerialAuto { device }).await.unwrap();
    assert_eq!(next(&mut receiver).await.unwrap(), txt().as_bytes());
    receiver_itself.join().unwrap();
}

#[tokio::test]
async fn gpsd_is_asked_on_every_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut receiver = start(SourceConfig::Gpsd { address }).await.unwrap();
    for _ in 0..2 {
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; gpsd::WATCH.len()];
        peer.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, gpsd::WATCH);
        peer.write_all(b"{\"class\":\"TPV\"}\n").await.unwrap();
        assert_eq!(next(&mut receiver).await.unwrap(), b"{\"class\":\"TPV\"}\n");
        drop(peer);
        assert_eq!(next(&mut receiver).await, None);
    }
}

#[tokio::test]
async fn datagrams_are_taken_from_one_sender_at_a_time() {
    // A port that is free now; nobody else takes it within this test.
    let free = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut sources = Sources::start(&[SourceConfig::Udp { address: address.clone() }]).await.unwrap();
    let (first, second) =
        (UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    until_opened(&sources, 1).await;
    for (socket, text) in [(&first, "one"), (&second, "stranger"), (&first, "two")] {
        socket.send_to(text.as_bytes(), &address).await.unwrap();
    }
    for expected in ["one\n", "two\n"] {
        let Chunk::Bytes(bytes) = next_of(&mut sources).await else { panic!("it broke off") };
        assert_eq!(bytes, expected.as_bytes());
    }
    assert_eq!(sources.counters()[0].strangers, 1);
}

#[tokio::test]
async fn several_sources_take_turns() {
    let listeners =
        [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
    let configs =
        listeners.each_ref().map(|l| SourceConfig::Tcp { address: l.local_addr().unwrap().to_string() });
    let mut sources = Sources::start(&configs).await.unwrap();
    let mut peers = Vec::new();
    for listener in &listeners {
        peers.push(listener.accept().await.unwrap().0);
    }
    for (index, peer) in peers.iter_mut().enumerate() {
        peer.write_all(format!("from {index}").as_bytes()).await.unwrap();
    }
    let mut heard = Vec::new();
    for _ in 0..2 {
        let (index, chunk) = tokio::time::timeout(LONGEST_WAIT, sources.next()).await.unwrap();
        let Chunk::Bytes(bytes) = chunk else { panic!("{chunk:?}") };
        heard.push((index, String::from_utf8(bytes).unwrap()));
    }
    heard.sort();
    assert_eq!(heard, [(0, "from 0".to_owned()), (1, "from 1".to_owned())]);
    assert!(sources.try_next().is_none());
}
