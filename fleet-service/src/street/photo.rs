//! What a picture is, told by its content: a name or a declared type proves nothing. Pure.

use sha2::{Digest as _, Sha256};

/// Most pictures with one tip.
pub const PHOTOS_MAX: usize = 3;
/// Largest picture, bytes: what a phone takes at full size.
pub const PHOTO_BYTES_MAX: usize = 6 * 1024 * 1024;

/// A kind of picture every browser shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PhotoKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Webp];

    /// The kind of some bytes, if it is one.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// The word stored; also the file ending.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The kind of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// As HTTP names it.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// SHA-256 of its bytes, hexadecimal.
    pub id: String,
    /// What it is.
    pub kind: PhotoKind,
    /// As it came.
    pub bytes: Vec<u8>,
}

/// Why some bytes are not taken as a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Another kind of file.
    #[error("not a JPEG, PNG or WebP picture")]
    Kind,
    /// Larger than [`PHOTO_BYTES_MAX`].
    #[error("larger than 6 MB")]
    Size,
}

impl Photo {
    /// Checks some bytes.
    pub fn of(bytes: Vec<u8>) -> Result<Self, PhotoError> {
        if bytes.len() > PHOTO_BYTES_MAX {
            return Err(PhotoError::Size);
        }
        let kind = PhotoKind::sniff(&bytes).ok_or(PhotoError::Kind)?;
        Ok(Self { id: hex::encode(Sha256::digest(&bytes)), kind, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_are_taken_and_by_their_content() {
        let webp = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
        for (bytes, expected) in [
            (vec![0xFF, 0xD8, 0xFF, 0xE0], Ok(PhotoKind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Ok(PhotoKind::Png)),
            (webp, Ok(PhotoKind::Webp)),
            (b"<svg xmlns=".to_vec(), Err(PhotoError::Kind)),
            (b"<!doctype html>".to_vec(), Err(PhotoError::Kind)),
            (b"GIF89a".to_vec(), Err(PhotoError::Kind)),
            (vec![], Err(PhotoError::Kind)),
            (vec![0xFF; PHOTO_BYTES_MAX + 1], Err(PhotoError::Size)),
        ] {
            let begins = bytes.iter().take(8).copied().collect::<Vec<u8>>();
            assert_eq!(Photo::of(bytes).map(|photo| photo.kind), expected, "{begins:?}");
        }
    }
}
