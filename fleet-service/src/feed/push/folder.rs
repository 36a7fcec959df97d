//! Files dropped in a folder, for platforms that fetch them (as over SFTP): `feed-FIRST-LAST.jsonl` with the events, then
//! `feed-FIRST-LAST.manifest.json` with their number and the file's SHA-256. A file appears whole, by renaming; a platform
//! takes what has a manifest and may remove both.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::http::Parcel;
use super::plan::Answer;

#[derive(Serialize)]
struct Manifest<'a> {
    form: u32,
    file: &'a str,
    source: &'a str,
    events: usize,
    first: u64,
    last: u64,
    bytes: usize,
    sha256: String,
}

/// Writes a parcel and its manifest, both durable when this returns.
pub fn drop_in(folder: &Path, parcel: &Parcel) -> Answer {
    match write_both(folder, parcel) {
        Ok(()) => Answer::Taken(vec![]),
        Err(error) => Answer::Unreached(format!(
            "nothing can be written to {}: {error}; check the folder and its rights",
            folder.display()
        )),
    }
}

fn write_both(folder: &Path, parcel: &Parcel) -> std::io::Result<()> {
    // Numbers of equal width: names in the order of the alphabet are events in order.
    let stem = format!("{}-{:012}-{:012}", parcel.source, parcel.first(), parcel.last());
    let name = format!("{stem}.jsonl");
    let mut text = parcel.body.clone();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let manifest = Manifest {
        form: 1,
        file: &name,
        source: parcel.source,
        events: parcel.seqs.len(),
        first: parcel.first(),
        last: parcel.last(),
        bytes: text.len(),
        sha256: hex::encode(Sha256::digest(text.as_bytes())),
    };
    put(folder, &name, text.as_bytes())?;
    put(folder, &format!("{stem}.manifest.json"), &serde_json::to_vec(&manifest)?)?;
    File::open(folder)?.sync_all()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    // Hidden until it is whole.
    let partial: PathBuf = folder.join(format!(".{name}.part"));
    let mut file = File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_appears_whole_with_a_manifest_that_fits_it() {
        let folder = tempfile::tempdir().unwrap();
        let parcel = Parcel {
            source: "feed",
            seqs: vec![9, 10],
            body: "{\"a\":1}\n{\"b\":2}\n".into(),
            is_lines: true,
        };
        assert_eq!(drop_in(folder.path(), &parcel), Answer::Taken(vec![]));
        assert_eq!(drop_in(folder.path(), &parcel), Answer::Taken(vec![]), "the same again changes nothing");
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["feed-000000000009-000000000010.jsonl", "feed-000000000009-000000000010.manifest.json"]
        );
        let text = fs::read(folder.path().join(&names[0])).unwrap();
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join(&names[1])).unwrap()).unwrap();
        assert_eq!(manifest["sha256"], hex::encode(Sha256::digest(&text)));
        assert_eq!((&manifest["events"], &manifest["bytes"]), (&2.into(), &text.len().into()));
    }

    #[test]
    fn a_folder_that_is_gone_is_told_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let parcel = Parcel { source: "feed", seqs: vec![1], body: "{}".into(), is_lines: false };
        assert!(matches!(drop_in(&gone, &parcel), Answer::Unreached(text) if text.contains("gone")));
        assert!(!gone.exists());
    }
}
