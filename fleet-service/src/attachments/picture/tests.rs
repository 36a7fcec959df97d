use super::*;

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checked = kind.to_vec();
    checked.extend_from_slice(content);
    let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
    chunk.extend_from_slice(&checked);
    chunk.extend_from_slice(&crc32fast::hash(&checked).to_be_bytes());
    chunk
}

pub(in crate::attachments) fn png(width: u32, height: u32, words: &[u8]) -> Vec<u8> {
    let mut head = width.to_be_bytes().to_vec();
    head.extend_from_slice(&height.to_be_bytes());
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in
        [(b"IHDR", head.as_slice()), (b"tEXt", words), (b"IDAT", b"pixels"), (b"IEND", b"")]
    {
        bytes.extend(chunk(kind, content));
    }
    bytes
}

/// A JPEG by its segments, as a phone writes it: turned by 90°, with a place in its EXIF.
fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let mut segment = vec![0xFF, marker];
        segment.extend_from_slice(&(content.len() as u16 + 2).to_be_bytes());
        segment.extend_from_slice(content);
        segment
    };
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend_from_slice(
        b"\x0F\x01\x02\0\x04\0\0\0Pho\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0SECRET-PLACE",
    );
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend(segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    bytes.extend(segment(0xE1, &exif));
    bytes.extend(segment(0xFE, b"SECRET-OWNER"));
    bytes.extend(segment(0xC0, b"\x08\x00\x40\x00\x80\x01\x01\x11\0"));
    bytes.extend(segment(0xDA, b"\x01\x01\0\0\x3F\0"));
    bytes.extend_from_slice(b"\x12\xFF\x00\x34\xFF\xD0\x56");
    bytes.extend_from_slice(&[0xFF, 0xD9]);
    bytes
}

fn webp() -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    let mut put = |kind: &[u8], content: &[u8]| {
        body.extend_from_slice(kind);
        body.extend_from_slice(&(content.len() as u32).to_le_bytes());
        body.extend_from_slice(content);
        if content.len() % 2 == 1 {
            body.push(0);
        }
    };
    put(b"VP8X", &[0b0000_1000, 0, 0, 0, 63, 0, 0, 31, 0, 0]);
    put(b"VP8L", b"\x2fpixel");
    put(b"EXIF", b"SECRET-PLACE!");
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn a_file_is_what_its_bytes_are() {
    let pdf = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n".to_vec();
    for (bytes, media, size) in [
        (png(4, 3, b""), Media::Png, Some((4, 3))),
        (jpeg(), Media::Jpeg, Some((128, 64))),
        (webp(), Media::Webp, Some((64, 32))),
        (pdf, Media::Pdf, None),
    ] {
        assert_eq!(sniff(&bytes), Ok(Sniffed { media, size }));
        assert_eq!(Media::of_name(media.name()), Some(media));
    }
}

#[test]
fn what_only_looks_like_a_picture_is_refused() {
    let mut html_after_signature = b"\x89PNG\r\n\x1a\n".to_vec();
    html_after_signature.extend_from_slice(b"<html><script>alert(1)</script></html>");
    let mut flipped = png(4, 3, b"");
    flipped[20] ^= 1;
    assert_eq!(sniff(b""), Err(PictureError::Empty));
    for unknown in [
        b"<!doctype html><p>".as_slice(),
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04",
    ] {
        assert_eq!(sniff(unknown), Err(PictureError::Unknown));
    }
    for damaged in [html_after_signature.as_slice(), &flipped, b"%PDF-1.7\n<html>", &[0xFF, 0xD8, 0xFF, 0xD9]]
    {
        assert!(matches!(sniff(damaged), Err(PictureError::Damaged { .. })), "{:?}", sniff(damaged));
    }
    assert_eq!(sniff(&png(60_000, 60_000, b"")), Err(PictureError::Huge { width: 60_000, height: 60_000 }));
}

#[test]
fn a_file_cut_off_anywhere_is_refused_and_never_panics() {
    for whole in [png(4, 3, b"words"), jpeg(), webp()] {
        for length in 0..whole.len() {
            assert!(sniff(&whole[..length]).is_err(), "{length} of {} bytes pass", whole.len());
            for media in Media::ALL {
                if length >= 12 {
                    without_metadata(media, &whole[..length]);
                }
            }
        }
    }
}

#[test]
fn the_bare_copy_keeps_pixels_and_orientation_and_nothing_else() {
    for (media, whole) in
        [(Media::Png, png(4, 3, b"Author\0SECRET")), (Media::Jpeg, jpeg()), (Media::Webp, webp())]
    {
        assert!(memchr::memmem::find(&whole, b"SECRET").is_some());
        let mut sent = whole.clone();
        sent.extend_from_slice(b"<script>SECRET</script>");
        let bare = without_metadata(media, &sent).unwrap();
        assert!(memchr::memmem::find(&bare, b"SECRET").is_none(), "{media:?}");
        assert_eq!(sniff(&bare).map(|s| s.size), sniff(&whole).map(|s| s.size), "{media:?}");
        assert!(memchr::memmem::find(&bare, b"pixel").is_some() || media == Media::Jpeg);
        assert_eq!(
            without_metadata(media, &bare).as_deref(),
            Some(bare.as_slice()),
            "{media:?} once is enough"
        );
    }
    let bare = without_metadata(Media::Jpeg, &jpeg()).unwrap();
    let turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06";
    assert!(memchr::memmem::find(&bare, turned).is_some());
    assert_eq!(without_metadata(Media::Pdf, b"%PDF-"), None);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, kind in 0_usize..4) {
        let heads: [&[u8]; 4] = [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBP", b"%PDF-"];
        let mut sent = heads[kind].to_vec();
        sent.extend(bytes);
        let told = sniff(&sent);
        if let Ok(told) = told {
            without_metadata(told.media, &sent);
        }
    }
}
