//! The files that name devices and platforms the service calls itself, from any text.
#![no_main]

use std::cell::RefCell;
use std::path::Path;

use fleet_service::forward::config::ForwardConfig;
use fleet_service::readers::config::ReadersConfig;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

thread_local! {
    /// In memory where the system has such a place: every run makes files.
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

fuzz_target!(|data: &[u8]| FOLDER.with_borrow_mut(|kept| {
    let place = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    let folder = kept.get_or_insert_with(|| TempDir::new_in(place).expect("a folder"));
    let file = folder.path().join("peers.toml");
    std::fs::write(&file, data).expect("room for a file");
    std::fs::write(folder.path().join("password"), "20180920\n").expect("room for a file");
    let _read = (ReadersConfig::read(&file), ForwardConfig::read(&file));
}));
