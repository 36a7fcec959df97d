//! A link between a truck and the platform that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Forwards TCP connections to one address until it is cut; open connections break at the cut, new ones are closed at
/// once, as a mobile network without cover does.
pub struct Link {
    address: String,
    state: Arc<State>,
}

struct State {
    up: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Link {
    /// A link to `target`, up.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let state = Arc::new(State { up: AtomicBool::new(true), open: Mutex::new(Vec::new()) });
        let (target, shared) = (target.to_owned(), Arc::clone(&state));
        thread::spawn(move || {
            for truck in listener.incoming().flatten() {
                shared.carry(truck, &target);
            }
        });
        Self { address, state }
    }

    /// Where trucks connect.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Breaks every connection and lets none through.
    pub fn cut(&self) {
        self.state.up.store(false, Ordering::SeqCst);
        for stream in self.state.open.lock().map(|mut open| std::mem::take(&mut *open)).unwrap_or_default() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.state.up.store(true, Ordering::SeqCst);
    }
}

impl State {
    fn carry(&self, truck: TcpStream, target: &str) {
        if !self.up.load(Ordering::SeqCst) {
            return;
        }
        let Ok(platform) = TcpStream::connect(target) else { return };
        for (from, to) in [(&truck, &platform), (&platform, &truck)] {
            let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
            thread::spawn(move || pump(from, to));
        }
        if let Ok(mut open) = self.open.lock() {
            open.extend([truck, platform]);
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
