//! What lies under the map's data: nothing, a PMTiles file of one's own, or raster tiles of others fetched and kept by this
//! service, so that the page talks to nobody else and keys stay here.
//!
//! - [`settings`]: which basemaps there are
//! - [`tile`]: which tile is asked for, and what one is (pure)
//! - [`shelf`]: tiles kept on disk, bounded
//! - [`upstream`]: fetching one
//! - [`archive`]: stretches of a PMTiles file

pub mod archive;
pub mod settings;
pub mod shelf;
pub mod tile;
pub mod upstream;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;

use settings::{Basemap, Kind, MapSettings};
use shelf::{Kept, Shelf};
use tile::{Image, TileAt};
use upstream::{Upstream, UpstreamError};

/// Folder of kept tiles inside the data folder.
const TILES_FOLDER: &str = "tiles";
/// How long a kept tile is given without asking again, days.
const FRESH_DAYS: i64 = 30;

/// Counts since the service started.
#[derive(Debug, Default)]
pub struct TileCounters {
    /// Tiles given from disk.
    pub kept: AtomicU64,
    /// Tiles fetched.
    pub fetched: AtomicU64,
    /// Tiles that could not be had.
    pub failed: AtomicU64,
    /// Old tiles given because newer ones could not be had.
    pub stale: AtomicU64,
}

/// Basemaps and where their tiles come from. Cheap to clone.
#[derive(Clone)]
pub struct Basemaps {
    shared: Arc<Shared>,
}

struct Shared {
    maps: Vec<(Basemap, Option<Upstream>)>,
    default: Option<String>,
    shelf: Shelf,
    counters: TileCounters,
}

/// Why there is no tile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// No such basemap, or no such tile of it.
    #[error("there is no such tile")]
    Missing,
    /// Upstream does not give it.
    #[error("the tile cannot be had")]
    Upstream(#[from] UpstreamError),
}

impl Basemaps {
    /// Basemaps as set; tiles are kept under the data folder.
    pub fn open(settings: &MapSettings, data: &Path) -> Result<Self, UpstreamError> {
        let upstream = |map: &Basemap| match &map.kind {
            Kind::Raster(raster) => Upstream::open(raster).map(Some),
            Kind::Pmtiles(_) => Ok(None),
        };
        let with = |map: &Basemap| Ok((map.clone(), upstream(map)?));
        let maps = settings.basemaps.iter().map(with).collect::<Result<Vec<_>, UpstreamError>>()?;
        let shelf = Shelf::open(&data.join(TILES_FOLDER), settings.cache_mb.saturating_mul(1024 * 1024));
        let default = settings.default.clone();
        let counters = TileCounters::default();
        Ok(Self { shared: Arc::new(Shared { maps, default, shelf, counters }) })
    }

    /// The basemaps, in the order they are offered.
    pub fn maps(&self) -> impl Iterator<Item = &Basemap> {
        self.shared.maps.iter().map(|(map, _)| map)
    }

    /// The one shown first; none when absent.
    pub fn default_map(&self) -> Option<&str> {
        self.shared.default.as_deref()
    }

    /// What was counted.
    pub fn counters(&self) -> &TileCounters {
        &self.shared.counters
    }

    /// Bytes of tiles kept.
    pub fn kept_bytes(&self) -> u64 {
        self.shared.shelf.bytes()
    }

    /// A tile: from disk while it is fresh, else from upstream, else the old one.
    pub async fn tile(&self, id: &str, at: TileAt, now: Timestamp) -> Result<Image, TileError> {
        let (map, upstream) =
            self.shared.maps.iter().find(|(map, _)| map.id == id).ok_or(TileError::Missing)?;
        let upstream = upstream.as_ref().ok_or(TileError::Missing)?;
        if !(map.min_zoom..=map.max_zoom).contains(&at.zoom()) {
            return Err(TileError::Missing);
        }
        let counters = &self.shared.counters;
        let kept = self.shared.shelf.get(id, at, now).await;
        if let Some(Kept { image, age_s }) = &kept
            && *age_s < FRESH_DAYS * 86_400
        {
            counters.kept.fetch_add(1, Ordering::Relaxed);
            return Ok(image.clone());
        }
        match upstream.fetch(at).await {
            Ok(image) => {
                counters.fetched.fetch_add(1, Ordering::Relaxed);
                self.shared.shelf.put(id, at, &image, now).await;
                Ok(image)
            }
            Err(error) => match kept {
                Some(Kept { image, .. }) => {
                    counters.stale.fetch_add(1, Ordering::Relaxed);
                    Ok(image)
                }
                None => {
                    counters.failed.fetch_add(1, Ordering::Relaxed);
                    Err(error.into())
                }
            },
        }
    }
}
