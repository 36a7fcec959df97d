//! Which basemaps an installation has. Part of the file given with `--settings`; without it there is none, and the map shows
//! the registers' own geometry.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Most basemaps.
pub const BASEMAPS_MAX: usize = 16;
/// Largest store of kept tiles, MB.
pub const CACHE_MB_MAX: u64 = 1024 * 1024;
/// Deepest zoom.
pub const ZOOM_MAX: u8 = 22;
/// Longest id, characters.
const ID_CHARS_MAX: usize = 32;

/// Basemaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapSettings {
    /// The basemap shown first, by id; absent: none.
    pub default: Option<String>,
    /// Most megabytes of tiles kept on disk.
    pub cache_mb: u64,
    /// The basemaps offered.
    pub basemaps: Vec<Basemap>,
}

impl Default for MapSettings {
    fn default() -> Self {
        Self { default: None, cache_mb: 512, basemaps: vec![] }
    }
}

/// What a basemap's tiles are drawn in. CGCS2000 differs from WGS-84 by centimetres and counts as `wgs84`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crs {
    /// WGS-84 and CGCS2000.
    #[default]
    Wgs84,
    /// GCJ-02, as commercial maps in China.
    Gcj02,
}

impl Crs {
    /// The word in the file and for the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
        }
    }
}

/// One basemap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basemap {
    /// Lower-case letters, digits and dashes.
    pub id: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Its datum.
    #[serde(default)]
    pub crs: Crs,
    /// Least zoom there are tiles for.
    #[serde(default)]
    pub min_zoom: u8,
    /// Deepest zoom there are tiles for.
    #[serde(default = "zoom_default")]
    pub max_zoom: u8,
    /// Whose map it is, with its approval number (审图号): shown on the map.
    pub attribution: String,
    /// Drawn over this one: the labels of a map that comes in two.
    #[serde(default)]
    pub labels: Option<String>,
    /// Not offered by itself: labels of another.
    #[serde(default)]
    pub hidden: bool,
    /// Where its tiles come from.
    #[serde(flatten)]
    pub kind: Kind,
}

fn zoom_default() -> u8 {
    18
}

/// Where tiles come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// Pictures from a server.
    Raster(Raster),
    /// A file of one's own.
    Pmtiles(Archive),
}

/// Pictures from a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raster {
    /// Address with `{z}`, `{x}`, `{y}` and, where one is needed, `{key}`: XYZ, TMS or WMTS by parameters.
    pub url: String,
    /// Rows count from the south.
    #[serde(default)]
    pub tms: bool,
    /// Pixels of a tile's side.
    #[serde(default = "tile_size_default")]
    pub tile_size: u16,
    /// Environment variable that holds the key.
    #[serde(default)]
    pub key_env: Option<String>,
    /// File that holds the key on one line.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// PEM file of the authorities the server's certificate comes from; without it, those the system trusts.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn tile_size_default() -> u16 {
    256
}

/// A PMTiles file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The file.
    pub file: PathBuf,
}

impl MapSettings {
    /// What is wrong with it, if anything.
    pub fn problem(&self) -> Option<String> {
        if self.basemaps.len() > BASEMAPS_MAX {
            return Some(format!("map.basemaps: at most {BASEMAPS_MAX} are taken"));
        }
        if !(1..=CACHE_MB_MAX).contains(&self.cache_mb) {
            return Some(format!("map.cache_mb is {}: 1 to {CACHE_MB_MAX} are taken", self.cache_mb));
        }
        if let Some((at, _)) = self
            .basemaps
            .iter()
            .enumerate()
            .find(|(at, map)| self.basemaps[..*at].iter().any(|b| b.id == map.id))
        {
            return Some(format!("map.basemaps: the id {} is there twice", self.basemaps[at].id));
        }
        let known = |id: &str| self.basemaps.iter().any(|map| map.id == id);
        if let Some(id) = self.default.as_deref().filter(|id| !known(id)) {
            return Some(format!("map.default: there is no basemap {id}"));
        }
        let dangling = self.basemaps.iter().filter_map(|map| map.labels.as_deref()).find(|id| !known(id));
        if let Some(id) = dangling {
            return Some(format!("map.basemaps: labels: there is no basemap {id}"));
        }
        self.basemaps.iter().find_map(Basemap::problem)
    }
}

impl Basemap {
    fn problem(&self) -> Option<String> {
        let id = &self.id;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=ID_CHARS_MAX).contains(&id.len()) || !id.chars().all(fits) {
            return Some(format!("map.basemaps: the id {id:?} has other characters than a-z, 0-9 and -"));
        }
        if self.min_zoom > self.max_zoom || self.max_zoom > ZOOM_MAX {
            return Some(format!(
                "map.basemaps: {id}: zooms run from min_zoom to max_zoom, at most {ZOOM_MAX}"
            ));
        }
        match &self.kind {
            Kind::Raster(raster) => raster.problem().map(|problem| format!("map.basemaps: {id}: {problem}")),
            Kind::Pmtiles(_) if self.crs != Crs::Wgs84 => {
                Some(format!("map.basemaps: {id}: a PMTiles file is drawn in wgs84"))
            }
            Kind::Pmtiles(_) => None,
        }
    }
}

impl Raster {
    fn problem(&self) -> Option<String> {
        let url = &self.url;
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Some("url begins with https:// or http://".to_owned());
        }
        for part in ["{z}", "{x}", "{y}"] {
            if !url.contains(part) {
                return Some(format!("url has no {part}"));
            }
        }
        // A tile's number in the host would let whoever asks for tiles choose the server.
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        if url.len() - path.len()
            != url.find(['{', '}']).map_or(url.len(), |at| at.min(url.len() - path.len()))
        {
            return Some("url: {z}, {x}, {y} and {key} stand after the host".to_owned());
        }
        let rest = path.replace("{z}", "").replace("{x}", "").replace("{y}", "").replace("{key}", "");
        if rest.contains(['{', '}']) {
            return Some("url: only {z}, {x}, {y} and {key} are known".to_owned());
        }
        if url.contains("{key}") != (self.key_env.is_some() || self.key_file.is_some()) {
            return Some("a url with {key} has key_env or key_file, and no other has".to_owned());
        }
        (![256, 512].contains(&self.tile_size)).then(|| "tile_size is 256 or 512".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: &str, expected: Option<&str>) {
        let text = format!(
            "[[basemaps]]\nid = \"a\"\nname_zh = \"甲\"\nname_en = \"A\"\nattribution = \"GS(2026)1\"\n{members}"
        );
        let problem =
            toml::from_str::<MapSettings>(&text).map_err(|e| e.to_string()).map(|map| map.problem());
        match (problem, expected) {
            (Ok(None), None) => {}
            (Ok(Some(problem)) | Err(problem), Some(expected)) if problem.contains(expected) => {}
            (problem, expected) => panic!("{text}: {problem:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_basemap_is_checked_before_anything_is_fetched() {
        let raster = |url: &str, more: &str| format!("kind = \"raster\"\nurl = \"{url}\"\n{more}");
        check(&raster("https://t0.example/{z}/{x}/{y}.png", ""), None);
        check(
            &raster(
                "https://t0.example/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}",
                "key_env = \"K\"",
            ),
            None,
        );
        check(&raster("https://t0.example/{z}/{x}/{y}.png?k={key}", ""), Some("key_env"));
        check(&raster("https://t0.example/{z}/{x}.png", ""), Some("{y}"));
        check(&raster("https://{x}.example/{z}/{x}/{y}.png", ""), Some("after the host"));
        check(&raster("https://t0.example/{z}/{x}/{y}/{s}.png", ""), Some("only"));
        check(&raster("file:///{z}/{x}/{y}", ""), Some("https://"));
        check(&raster("https://t0.example/{z}/{x}/{y}", "tile_size = 100"), Some("256 or 512"));
        check(&raster("https://t0.example/{z}/{x}/{y}", "max_zoom = 30"), Some("at most 22"));
        check(&raster("https://t0.example/{z}/{x}/{y}", "crs = \"bd09\""), Some("bd09"));
        check(&raster("https://t0.example/{z}/{x}/{y}", "labels = \"b\""), Some("no basemap b"));
        check("kind = \"pmtiles\"\nfile = \"/srv/city.pmtiles\"", None);
        check("kind = \"pmtiles\"\nfile = \"/srv/city.pmtiles\"\ncrs = \"gcj02\"", Some("wgs84"));
        check("kind = \"style\"", Some("style"));
        assert_eq!(MapSettings::default().problem(), None);
    }
}
