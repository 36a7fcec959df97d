//! The files of a registry from any text: `== name` begins a file; those not there are empty.
#![no_main]

use std::collections::BTreeMap;

use fleet_service::registry::{RegistryFiles, read};
use libfuzzer_sys::fuzz_target;

const EMPTY_MAP: &str = r#"{"type":"FeatureCollection","features":[]}"#;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut files: BTreeMap<String, String> =
        ["sites", "zones", "routes"].map(|name| (format!("{name}.geojson"), EMPTY_MAP.to_owned())).into();
    files.insert("carriers.csv".into(), "carrier_id,name,uscc,status\n".into());
    files.insert("trucks.csv".into(), "plate,carrier_id,kind,energy,vin,registered,terminal,epc\n".into());
    files.insert("permits.json".into(), "[]".into());
    for file in text.split("== ") {
        if let Some((name, content)) = file.split_once('\n') {
            files.insert(name.to_owned(), content.to_owned());
        }
    }
    let _read = read(&RegistryFiles(files));
});
