//! Which tile is asked for, where it lies at a server, and what a picture is. Pure.

use super::settings::{Raster, ZOOM_MAX};

/// A tile of the Web Mercator pyramid; rows count from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileAt {
    zoom: u8,
    column: u32,
    row: u32,
}

impl TileAt {
    /// The tile of three numbers, if there is one.
    pub fn of(zoom: u8, column: u32, row: u32) -> Option<Self> {
        let side = 1u32.checked_shl(u32::from(zoom)).filter(|_| zoom <= ZOOM_MAX)?;
        (column < side && row < side).then_some(Self { zoom, column, row })
    }

    /// Its zoom.
    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// Its column, from the west.
    pub fn column(self) -> u32 {
        self.column
    }

    /// Its row, from the north.
    pub fn row(self) -> u32 {
        self.row
    }

    /// Its address at a server.
    pub fn address(self, raster: &Raster, key: &str) -> String {
        let row = if raster.tms { (1 << self.zoom) - 1 - self.row } else { self.row };
        raster
            .url
            .replace("{z}", &self.zoom.to_string())
            .replace("{x}", &self.column.to_string())
            .replace("{y}", &row.to_string())
            .replace("{key}", key)
    }
}

/// A picture, by its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As HTTP names it.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Image {
    /// What some bytes are, if a picture: an error page of a server is none.
    pub fn sniff(bytes: Vec<u8>) -> Option<Self> {
        let content_type = match bytes.as_slice() {
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return None,
        };
        Some(Self { content_type, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tiles_there_are_have_an_address() {
        let raster = |tms| Raster {
            url: "https://t0.example/{z}/{x}/{y}?tk={key}".into(),
            tms,
            tile_size: 256,
            key_env: None,
            key_file: None,
            ca_file: None,
        };
        let tile = TileAt::of(3, 7, 1).unwrap();
        assert_eq!(tile.address(&raster(false), "k"), "https://t0.example/3/7/1?tk=k");
        assert_eq!(tile.address(&raster(true), "k"), "https://t0.example/3/7/6?tk=k");
        for (zoom, column, row, is_one) in [
            (0, 0, 0, true),
            (0, 1, 0, false),
            (3, 7, 7, true),
            (3, 8, 0, false),
            (22, 0, 0, true),
            (23, 0, 0, false),
            (255, 0, 0, false),
        ] {
            assert_eq!(TileAt::of(zoom, column, row).is_some(), is_one, "{zoom}/{column}/{row}");
        }
        assert_eq!(Image::sniff(b"<html>".to_vec()), None);
    }
}
