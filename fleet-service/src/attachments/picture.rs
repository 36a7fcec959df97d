//! What a file is, by its bytes, and a picture without what its camera wrote beside the pixels. Pure; nothing is decoded.
//!
//! The formats are walked part by part to their end: a file that was cut off, or that only begins like a picture, is none.

/// Most pixels of a picture. A small file can claim to be a huge picture and fill the memory of whoever opens it.
pub const PIXELS_MAX: u64 = 100_000_000;

/// What may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// PDF.
    Pdf,
}

impl Media {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Pdf];

    /// Its media type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }

    /// The kind of a media type.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.name() == name)
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Nothing was sent.
    #[error("the file is empty: choose it again")]
    Empty,
    /// Neither a picture nor a PDF.
    #[error(
        "the file is neither JPEG, PNG, WebP nor PDF by its content, whatever it is called: send a photograph or a PDF"
    )]
    Unknown,
    /// It ends too soon, or something in it is damaged.
    #[error("the {media} file is damaged or was cut off ({what}): send it again")]
    Damaged {
        /// The format it begins with.
        media: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// Too many pixels.
    #[error(
        "the picture claims {width} × {height} pixels, at most {PIXELS_MAX} are taken: send a smaller one"
    )]
    Huge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// The format.
    pub media: Media,
    /// Width and height in pixels, of a picture.
    pub size: Option<(u32, u32)>,
}

/// Tells what a file is by its bytes.
///
/// # Errors
/// [`PictureError`] when it is nothing that may be attached.
pub fn sniff(bytes: &[u8]) -> Result<Sniffed, PictureError> {
    let (media, size) = match bytes {
        [] => return Err(PictureError::Empty),
        [0xFF, 0xD8, 0xFF, ..] => (Media::Jpeg, Some(jpeg::size(bytes)?)),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => (Media::Png, Some(png::size(bytes)?)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            (Media::Webp, Some(webp::size(bytes)?))
        }
        [b'%', b'P', b'D', b'F', b'-', ..] => {
            pdf_is_whole(bytes)?;
            (Media::Pdf, None)
        }
        _ => return Err(PictureError::Unknown),
    };
    match size {
        Some((width, height)) if u64::from(width) * u64::from(height) > PIXELS_MAX => {
            Err(PictureError::Huge { width, height })
        }
        _ => Ok(Sniffed { media, size }),
    }
}

/// A picture with its pixels and nothing else: no place, no device, no owner, no words. How it lies (the orientation a
/// phone notes) stays. A PDF has no such copy.
pub fn without_metadata(media: Media, bytes: &[u8]) -> Option<Vec<u8>> {
    match media {
        Media::Jpeg => jpeg::bare(bytes).ok(),
        Media::Png => png::bare(bytes).ok(),
        Media::Webp => webp::bare(bytes).ok(),
        Media::Pdf => None,
    }
}

/// How far from its end a PDF's closing mark may stand.
const PDF_END_BYTES: usize = 1024;

fn pdf_is_whole(bytes: &[u8]) -> Result<(), PictureError> {
    let end = bytes.get(bytes.len().saturating_sub(PDF_END_BYTES)..).unwrap_or_default();
    let found = memchr::memmem::find(end, b"%%EOF");
    found.map(drop).ok_or(PictureError::Damaged { media: "PDF", what: "its closing mark %%EOF is missing" })
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2)?.try_into().ok().map(|two| usize::from(u16::from_be_bytes(two)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

mod png {
    //! Chunks of length, kind, content and checksum, the last of them `IEND`.

    use super::{PictureError, be32};

    const SIGNATURE_BYTES: usize = 8;
    /// Chunks a picture is drawn by. All others are words, times and what programs keep for themselves.
    const DRAWN: [&[u8]; 11] =
        [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"];

    fn damaged(what: &'static str) -> PictureError {
        PictureError::Damaged { media: "PNG", what }
    }

    struct Chunk<'a> {
        kind: &'a [u8],
        content: &'a [u8],
        whole: &'a [u8],
    }

    fn chunks(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, PictureError> {
        let cut = || damaged("it ends inside a chunk");
        let mut chunks = Vec::new();
        let mut at = SIGNATURE_BYTES;
        loop {
            let length = be32(bytes, at).ok_or_else(cut)? as usize;
            let end = at.checked_add(12).and_then(|n| n.checked_add(length)).ok_or_else(cut)?;
            let whole = bytes.get(at..end).ok_or_else(cut)?;
            let checked = &whole[4..8 + length];
            if be32(whole, 8 + length) != Some(crc32fast::hash(checked)) {
                return Err(damaged("a checksum does not fit"));
            }
            let chunk = Chunk { kind: &whole[4..8], content: &whole[8..8 + length], whole };
            let is_last = chunk.kind == b"IEND";
            chunks.push(chunk);
            if is_last {
                return Ok(chunks);
            }
            at = end;
        }
    }

    pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
        let chunks = chunks(bytes)?;
        let head = chunks.first().filter(|chunk| chunk.kind == b"IHDR").map(|chunk| chunk.content);
        let head = head.ok_or_else(|| damaged("it does not begin with IHDR"))?;
        if !chunks.iter().any(|chunk| chunk.kind == b"IDAT") {
            return Err(damaged("it holds no pixels"));
        }
        match (be32(head, 0), be32(head, 4)) {
            (Some(width), Some(height)) if width > 0 && height > 0 => Ok((width, height)),
            _ => Err(damaged("it tells no size")),
        }
    }

    pub(super) fn bare(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
        let mut bare = bytes[..SIGNATURE_BYTES].to_vec();
        for chunk in chunks(bytes)?.iter().filter(|chunk| DRAWN.contains(&chunk.kind)) {
            bare.extend_from_slice(chunk.whole);
        }
        Ok(bare)
    }
}

mod jpeg {
    //! Segments that begin with a marker; after each start of scan, coded pixels up to the next marker.

    use super::{PictureError, be16};

    const APP0: u8 = 0xE0;
    const APP1: u8 = 0xE1;
    const APP14: u8 = 0xEE;
    const APP15: u8 = 0xEF;
    const COMMENT: u8 = 0xFE;
    const SCAN: u8 = 0xDA;
    const END: u8 = 0xD9;

    fn damaged(what: &'static str) -> PictureError {
        PictureError::Damaged { media: "JPEG", what }
    }

    struct Segment<'a> {
        marker: u8,
        content: &'a [u8],
        /// Marker, length and content; of a scan with the pixels after it.
        whole: &'a [u8],
    }

    /// Where coded pixels end: at a marker that is neither a stuffed zero nor a restart.
    fn after_pixels(bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            at += memchr::memchr(0xFF, bytes.get(at..)?)?;
            match bytes.get(at + 1)? {
                0x00 | 0xD0..=0xD7 => at += 2,
                0xFF => at += 1,
                _ => return Some(at),
            }
        }
    }

    fn segments(bytes: &[u8]) -> Result<Vec<Segment<'_>>, PictureError> {
        let cut = || damaged("it ends before its closing mark");
        let mut segments = Vec::new();
        let mut at = 2;
        loop {
            if bytes.get(at).copied().ok_or_else(cut)? != 0xFF {
                return Err(damaged("a segment does not begin with a marker"));
            }
            let marker = bytes.get(at + 1).copied().ok_or_else(cut)?;
            match marker {
                0xFF => at += 1,
                END => return Ok(segments),
                0x01 | 0xD0..=0xD8 => at += 2,
                _ => {
                    let length = be16(bytes, at + 2).filter(|length| *length >= 2).ok_or_else(cut)?;
                    let mut end = at + 2 + length;
                    let content = bytes.get(at + 4..end).ok_or_else(cut)?;
                    if marker == SCAN {
                        end = after_pixels(bytes, end).ok_or_else(cut)?;
                    }
                    segments.push(Segment { marker, content, whole: &bytes[at..end] });
                    at = end;
                }
            }
        }
    }

    fn is_frame(marker: u8) -> bool {
        matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
    }

    pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
        let segments = segments(bytes)?;
        if !segments.iter().any(|segment| segment.marker == SCAN) {
            return Err(damaged("it holds no pixels"));
        }
        let frame = segments.iter().find(|segment| is_frame(segment.marker));
        let size = frame.and_then(|frame| Some((be16(frame.content, 3)?, be16(frame.content, 1)?)));
        match size {
            Some((width, height)) if width > 0 && height > 0 => Ok((width as u32, height as u32)),
            _ => Err(damaged("it tells no size")),
        }
    }

    /// How the picture lies (2 to 8), when the camera noted that it is turned or mirrored.
    fn orientation(content: &[u8]) -> Option<u8> {
        const TAG: usize = 0x0112;
        let tiff = content.strip_prefix(b"Exif\0\0")?;
        let is_little = match tiff.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        let two = |at: usize| {
            let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
            Some(usize::from(if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }))
        };
        let four: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
        let first = if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize;
        let entry = (0..two(first)?).map(|index| first + 2 + index * 12).find(|at| two(*at) == Some(TAG))?;
        two(entry + 8).and_then(|value| u8::try_from(value).ok()).filter(|value| (2..=8).contains(value))
    }

    /// A segment that tells the orientation and nothing else.
    fn orientation_segment(value: u8) -> Vec<u8> {
        let mut segment = vec![0xFF, APP1, 0, 34];
        segment.extend_from_slice(b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01");
        segment.extend_from_slice(&[0, value, 0, 0, 0, 0, 0, 0]);
        segment
    }

    pub(super) fn bare(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
        let segments = segments(bytes)?;
        let mut bare = vec![0xFF, 0xD8];
        let noted = segments.iter().filter(|s| s.marker == APP1).find_map(|s| orientation(s.content));
        // What JFIF and Adobe say decides how colours are read; every other application's segment is dropped.
        let drawn = |segment: &&Segment<'_>| match segment.marker {
            APP0 | APP14 => true,
            APP1..=APP15 | COMMENT => false,
            _ => true,
        };
        let mut is_first = true;
        for segment in segments.iter().filter(drawn) {
            if let Some(value) = noted.filter(|_| is_first && segment.marker != APP0) {
                bare.extend(orientation_segment(value));
            }
            is_first &= segment.marker == APP0;
            bare.extend_from_slice(segment.whole);
        }
        bare.extend([0xFF, END]);
        Ok(bare)
    }
}

mod webp {
    //! A RIFF container: chunks of kind, length and content, padded to even lengths.

    use super::{PictureError, le32};

    const HEAD_BYTES: usize = 12;
    /// Bits of `VP8X` that announce a colour profile, EXIF and XMP.
    const DROPPED_BITS: u8 = 0b0010_1100;

    fn damaged(what: &'static str) -> PictureError {
        PictureError::Damaged { media: "WebP", what }
    }

    /// Kind and content.
    type Chunk<'a> = (&'a [u8], &'a [u8]);

    fn chunks(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, PictureError> {
        let cut = || damaged("it ends inside a chunk");
        let told = le32(bytes, 4).ok_or_else(cut)? as usize;
        let end = told.checked_add(8).filter(|end| *end <= bytes.len()).ok_or_else(cut)?;
        let mut chunks = Vec::new();
        let mut at = HEAD_BYTES;
        while at < end {
            let kind = bytes.get(at..at + 4).ok_or_else(cut)?;
            let length = le32(bytes, at + 4).ok_or_else(cut)? as usize;
            let from = at + 8;
            let to = from.checked_add(length).filter(|to| *to <= end).ok_or_else(cut)?;
            chunks.push((kind, &bytes[from..to]));
            at = to + length % 2;
        }
        Ok(chunks)
    }

    fn le24(bytes: &[u8], at: usize) -> Option<u32> {
        let three = bytes.get(at..at + 3)?;
        Some(u32::from(three[0]) | u32::from(three[1]) << 8 | u32::from(three[2]) << 16)
    }

    pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
        let chunks = chunks(bytes)?;
        if !chunks.iter().any(|(kind, _)| matches!(*kind, b"VP8 " | b"VP8L" | b"ANMF")) {
            return Err(damaged("it holds no pixels"));
        }
        let size = chunks.first().and_then(|(kind, content)| match *kind {
            b"VP8X" => Some((le24(content, 4)? + 1, le24(content, 7)? + 1)),
            b"VP8 " => {
                let both = le32(content, 6)?;
                Some((both & 0x3FFF, both >> 16 & 0x3FFF))
            }
            b"VP8L" => {
                let both = le32(content, 1)?;
                Some(((both & 0x3FFF) + 1, (both >> 14 & 0x3FFF) + 1))
            }
            _ => None,
        });
        size.filter(|(width, height)| *width > 0 && *height > 0).ok_or_else(|| damaged("it tells no size"))
    }

    pub(super) fn bare(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
        let mut body = Vec::new();
        for (kind, content) in chunks(bytes)? {
            if !matches!(kind, b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF") {
                continue;
            }
            body.extend_from_slice(kind);
            body.extend_from_slice(&(content.len() as u32).to_le_bytes());
            let from = body.len();
            body.extend_from_slice(content);
            if let Some(flags) = body.get_mut(from).filter(|_| kind == b"VP8X") {
                *flags &= !DROPPED_BITS;
            }
            if content.len() % 2 == 1 {
                body.push(0);
            }
        }
        let mut bare = b"RIFF".to_vec();
        bare.extend_from_slice(&(body.len() as u32 + 4).to_le_bytes());
        bare.extend_from_slice(b"WEBP");
        bare.extend_from_slice(&body);
        Ok(bare)
    }
}

#[cfg(test)]
pub(super) mod tests;
