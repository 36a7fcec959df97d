//! Tiles kept on disk: one file each, the longest unused go when there is no more room. What is kept may be lost at any time:
//! it is fetched again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use super::tile::{Image, TileAt};

/// A kept file's bytes before the picture: when it was fetched, ms since 1970-01-01 UTC, big-endian.
const HEAD_BYTES: usize = 8;
/// Bytes of a tile on disk beside its own: what a file costs at least.
const FILE_OVERHEAD: u64 = 4096;

/// A kept tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The picture.
    pub image: Image,
    /// Seconds since it was fetched.
    pub age_s: i64,
}

/// The shelf. Cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    folder: PathBuf,
    bytes_max: u64,
    index: Arc<Mutex<Index>>,
}

type Key = (String, TileAt);

#[derive(Default)]
struct Index {
    is_read: bool,
    bytes: u64,
    next_use: u64,
    entries: HashMap<Key, (u64, u64)>,
    by_use: BTreeMap<u64, Key>,
}

impl Index {
    fn touch(&mut self, key: &Key, size: u64) {
        if let Some((use_no, old)) = self.entries.remove(key) {
            self.by_use.remove(&use_no);
            self.bytes -= old;
        }
        self.entries.insert(key.clone(), (self.next_use, size));
        self.by_use.insert(self.next_use, key.clone());
        self.bytes += size;
        self.next_use += 1;
    }

    fn forget(&mut self, key: &Key) {
        if let Some((use_no, size)) = self.entries.remove(key) {
            self.by_use.remove(&use_no);
            self.bytes -= size;
        }
    }

    /// The longest unused, until the rest fits.
    fn overdue(&mut self, bytes_max: u64) -> Vec<Key> {
        let mut overdue = Vec::new();
        while self.bytes > bytes_max {
            let Some((_, key)) = self.by_use.pop_first() else { break };
            if let Some((_, size)) = self.entries.remove(&key) {
                self.bytes -= size;
            }
            overdue.push(key);
        }
        overdue
    }
}

impl Shelf {
    /// A shelf in a folder that is made when the first tile is kept.
    pub fn open(folder: &Path, bytes_max: u64) -> Self {
        Self { folder: folder.to_owned(), bytes_max, index: Arc::default() }
    }

    /// Bytes kept, as far as known.
    pub fn bytes(&self) -> u64 {
        self.index().bytes
    }

    /// A kept tile.
    pub async fn get(&self, map: &str, at: TileAt, now: Timestamp) -> Option<Kept> {
        let shelf = self.clone();
        let key = (map.to_owned(), at);
        tokio::task::spawn_blocking(move || shelf.read(&key, now)).await.ok().flatten()
    }

    /// Keeps a tile; when the disk does not take it, it is not kept.
    pub async fn put(&self, map: &str, at: TileAt, image: &Image, now: Timestamp) {
        let shelf = self.clone();
        let key = (map.to_owned(), at);
        let mut content = now.millis().to_be_bytes().to_vec();
        content.extend_from_slice(&image.bytes);
        let written = tokio::task::spawn_blocking(move || shelf.write(&key, &content)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(error = %crate::sentence(&error), "a map tile is not kept");
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, (map, at): &Key) -> PathBuf {
        self.folder.join(map).join(at.zoom().to_string()).join(format!("{}-{}", at.column(), at.row()))
    }

    fn read(&self, key: &Key, now: Timestamp) -> Option<Kept> {
        let content = std::fs::read(self.path(key)).ok()?;
        let (head, picture) = content.split_at_checked(HEAD_BYTES)?;
        let fetched = Timestamp::from_millis(i64::from_be_bytes(head.try_into().ok()?));
        let image = Image::sniff(picture.to_vec())?;
        self.index().touch(key, content.len() as u64 + FILE_OVERHEAD);
        Some(Kept { image, age_s: (now.millis_since(fetched) / 1000).max(0) })
    }

    fn write(&self, key: &Key, content: &[u8]) -> std::io::Result<()> {
        let path = self.path(key);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
            // Whole or not at all: a half-written tile would be shown.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            std::io::Write::write_all(&mut file, content)?;
            file.persist(&path).map_err(|error| error.error)?;
        }
        let overdue = {
            let mut index = self.index();
            if !index.is_read {
                index.is_read = true;
                for (known, size) in on_disk(&self.folder) {
                    index.touch(&known, size + FILE_OVERHEAD);
                }
            }
            index.touch(key, content.len() as u64 + FILE_OVERHEAD);
            index.overdue(self.bytes_max)
        };
        for key in overdue {
            if let Err(error) = std::fs::remove_file(self.path(&key))
                && error.kind() != std::io::ErrorKind::NotFound
            {
                self.index().forget(&key);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// What an earlier run kept. What is no tile is left alone.
fn on_disk(folder: &Path) -> Vec<(Key, u64)> {
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).ok().into_iter().flatten().flatten();
        entries
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
            .collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for (map, of_map) in below(folder) {
        for (zoom, of_zoom) in below(&of_map) {
            for (name, path) in below(&of_zoom) {
                let numbers =
                    name.split_once('-').and_then(|(x, y)| Some((x.parse().ok()?, y.parse().ok()?)));
                let tile = zoom.parse().ok().zip(numbers).and_then(|(zoom, (x, y))| TileAt::of(zoom, x, y));
                let size = std::fs::metadata(&path).map(|meta| meta.len());
                if let (Some(tile), Ok(size)) = (tile, size) {
                    found.push(((map.clone(), tile), size));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(size: usize) -> Image {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.resize(size, 0);
        Image::sniff(bytes).unwrap()
    }

    #[tokio::test]
    async fn the_longest_unused_tile_goes_first_and_a_later_run_knows_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let one = 4096 + 1000 + 8;
        let now = Timestamp::from_seconds(1_000_000);
        let tile = |x| TileAt::of(5, x, 0).unwrap();
        let shelf = Shelf::open(folder.path(), 3 * one);
        for x in 0..3 {
            shelf.put("a", tile(x), &picture(1000), now).await;
        }
        assert_eq!(shelf.get("a", tile(0), now.plus_seconds(60)).await.unwrap().age_s, 60);
        shelf.put("a", tile(3), &picture(1000), now).await;
        let mut there = Vec::new();
        for x in 0..4 {
            there.push(shelf.get("a", tile(x), now).await.is_some());
        }
        assert_eq!(there, [true, false, true, true]);
        let later = Shelf::open(folder.path(), 3 * one);
        later.put("b", tile(9), &picture(1000), now).await;
        assert_eq!(later.bytes(), 3 * one, "three are kept, old and new together");
        assert!(later.get("b", tile(9), now).await.is_some());
    }

    #[tokio::test]
    async fn a_damaged_file_is_no_tile() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path(), 1 << 20);
        let (now, tile) = (Timestamp::from_seconds(1), TileAt::of(1, 0, 0).unwrap());
        shelf.put("a", tile, &picture(100), now).await;
        for content in [&b""[..], b"12345678<html>"] {
            std::fs::write(folder.path().join("a/1/0-0"), content).unwrap();
            assert_eq!(shelf.get("a", tile, now).await, None);
        }
    }
}
