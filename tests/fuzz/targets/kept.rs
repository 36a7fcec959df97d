//! What a truck keeps of its platform's wishes: `platform.toml` and `areas.toml` from any text, then changed by messages.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use domain::Position;
use libfuzzer_sys::fuzz_target;
use shape::{header, pieces, revision};
use tempfile::TempDir;
use tracker_agent::orders::Orders;
use tracker_agent::sampler::SamplerConfig;
use wire::{AreaChange, Message};

thread_local! {
    /// In memory where the system has such a place: every run makes files.
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

const FILE: SamplerConfig = SamplerConfig {
    interval_moving_s: 30,
    interval_parked_s: 60,
    distance_m: Some(1_000),
    turn_deg: 30,
    parked_speed_kmh: 3,
    speed_limit: None,
};

fn change(message: Message) -> Option<AreaChange> {
    Some(match message {
        Message::SetCircles { action, circles } => AreaChange::Circles { action, circles },
        Message::SetRectangles { action, rectangles } => AreaChange::Rectangles { action, rectangles },
        Message::SetPolygon(polygon) => AreaChange::Polygon(polygon),
        Message::SetRoute(route) => AreaChange::Route(route),
        Message::DeleteAreas { shape, ids } => AreaChange::Delete { shape, ids },
        _ => return None,
    })
}

fuzz_target!(|data: &[u8]| FOLDER.with_borrow_mut(|kept| {
    let place = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    let folder = kept.get_or_insert_with(|| TempDir::new_in(place).expect("a folder"));
    let Some((&which, rest)) = data.split_first() else { return };
    for entry in fs::read_dir(folder.path()).expect("the folder").flatten() {
        fs::remove_file(entry.path()).expect("a file of ours");
    }
    // Texts begin with a letter, a bracket or a line break: seeds are readable.
    let text = which < 0x7F;
    if text {
        let name = if data.starts_with(b"[[area]]") { "areas.toml" } else { "platform.toml" };
        fs::write(folder.path().join(name), data).expect("room for a file");
    }
    let mut orders = Orders::open(folder.path(), FILE, 60);
    let version = revision(which).version();
    for (_, piece) in pieces(if text { &[] } else { rest }) {
        let &[high, low, ref body @ ..] = piece else { continue };
        match Message::decode(&header(u16::from_be_bytes([high, low]), version, 0, 0), body) {
            Ok(Message::SetParameters(parameters)) => {
                let _result = orders.set_parameters(&parameters);
            }
            Ok(message) => {
                if let Some(change) = change(message) {
                    let _result = orders.change_areas(&change);
                }
            }
            Err(_malformed) => {}
        }
    }
    let _parameters = orders.parameters(None);
    let mut areas = orders.wishes().areas.as_ref().clone();
    for (lat_e7, lon_e7) in [
        (345_394_000, 1_133_905_000),
        (0, 0),
        (0, 0),
        (900_000_000, 1_800_000_000),
        (345_394_000, 1_133_905_000),
    ] {
        let _crossed = areas.observe(Position::from_e7(lat_e7, lon_e7).expect("a place on the globe"));
    }
    // What was kept is read again as it was.
    let again = Orders::open(folder.path(), FILE, 60);
    assert!(areas.iter().eq(again.wishes().areas.iter()), "areas are not read back");
    assert_eq!(orders.parameters(None), again.parameters(None));
}));
