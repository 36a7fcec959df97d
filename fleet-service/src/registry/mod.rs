//! Reads a contract registry folder into [`domain::Registry`].
//!
//! Reading is pure: [`read`] takes texts by file name, so that a stored registry is read again as it was. [`read_files`] is
//! the only part that touches the disk. Every reference between the files is checked here, once; nothing later asks again.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Registry;

mod areas;
pub mod error;
pub mod forms;
pub mod intake;
mod permits;
mod publicity;
pub mod record;
mod register;
mod tables;
pub mod timeline;
pub mod wording;

#[cfg(test)]
mod tests;

pub use error::{Place, RegistryError, RegistryWarning};
pub use record::Record;
pub use register::{Register, UnknownRegister};

use crate::judge::Thresholds;

/// Files a registry must have.
const REQUIRED: [&str; 6] =
    ["carriers.csv", "trucks.csv", "sites.geojson", "zones.geojson", "routes.geojson", "permits.json"];
/// Files it may have.
const OPTIONAL: [&str; 3] = ["readers.csv", "beacons.csv", "limits.json"];

/// Largest file read, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The folder's texts by file name (`carriers.csv`, `sites.geojson`, …).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryFiles(pub BTreeMap<String, String>);

impl RegistryFiles {
    fn text(&self, file: &'static str) -> Option<&str> {
        // Spreadsheets like to put a byte order mark in front.
        self.0.get(file).map(|text| text.trim_start_matches('\u{FEFF}'))
    }
}

/// Reads the files of a folder that a registry may have; others are ignored.
pub fn read_files(dir: &Path) -> Result<RegistryFiles, RegistryError> {
    let mut files = RegistryFiles::default();
    for name in REQUIRED.into_iter().chain(OPTIONAL) {
        let path = dir.join(name);
        let unreadable = |source| RegistryError::Unreadable { file: path.display().to_string(), source };
        match std::fs::metadata(&path) {
            Ok(found) if found.len() > FILE_BYTES_MAX => {
                let reason = format!("{} bytes, at most {FILE_BYTES_MAX} are read", found.len());
                return Err(RegistryError::Form { file: name, place: Place::Whole, reason });
            }
            Ok(_) => {
                files.0.insert(name.to_owned(), std::fs::read_to_string(&path).map_err(unreadable)?);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(files)
}

/// Reads a folder.
pub fn read_folder(dir: &Path) -> Result<(Registry, Vec<RegistryWarning>), RegistryError> {
    read(&read_files(dir)?)
}

/// Reads texts that were read before.
pub fn read(files: &RegistryFiles) -> Result<(Registry, Vec<RegistryWarning>), RegistryError> {
    for file in REQUIRED {
        if files.text(file).is_none() {
            return Err(RegistryError::MissingFile { file });
        }
    }
    let mut registry = Registry::default();
    let mut warnings = Vec::new();
    let text = |file| files.text(file).unwrap_or_default();
    tables::carriers(text("carriers.csv"), &mut registry, &mut warnings)?;
    tables::trucks(text("trucks.csv"), &mut registry, &mut warnings)?;
    areas::sites(text("sites.geojson"), &mut registry)?;
    areas::zones(text("zones.geojson"), &mut registry)?;
    areas::routes(text("routes.geojson"), &mut registry)?;
    permits::permits(text("permits.json"), &mut registry, &mut warnings)?;
    if let Some(text) = files.text("readers.csv") {
        tables::readers(text, &mut registry)?;
    }
    if let Some(text) = files.text("beacons.csv") {
        tables::beacons(text, &mut registry)?;
    }
    if let Some(text) = files.text("limits.json") {
        limits(text, &mut registry)?;
    }
    Ok((registry, warnings))
}

fn limits(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    const FILE: &str = "limits.json";
    registry.limits = serde_json::from_str(text).map_err(|error| RegistryError::Form {
        file: FILE,
        place: Place::Whole,
        reason: format!("not a JSON object of thresholds: {error}"),
    })?;
    limits_of(&registry.limits)
}

/// Whether every threshold set is one there is, in its range.
fn limits_of(limits: &BTreeMap<String, serde_json::Value>) -> Result<(), RegistryError> {
    Thresholds::with_limits(limits).map(|_| ()).map_err(|error| RegistryError::Member {
        file: "limits.json",
        place: Place::Whole,
        member: error.name,
        reason: error.reason,
    })
}
