//! Pictures, sounds and films of a terminal (0x0800, 0x0801, 0x8800, 0x8801). Their heads are read; what they hold is
//! kept as bytes.

use crate::body::{Body, Truncated};
use crate::location::Location;

/// Bytes of the location record inside a 0x0801: a base without extras.
const LOCATION_BYTES: usize = 28;

/// What a terminal says of one recording (0x0800, and the start of 0x0801).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaHead {
    /// Its number, counted by the terminal.
    pub media_id: u32,
    /// 0 picture, 1 sound, 2 film.
    pub kind: u8,
    /// 0 JPEG, 1 TIF, 2 MP3, 3 WAV, 4 WMV.
    pub format: u8,
    /// Why it was made: 0 by the platform's word, 1 by time, 2 robbery, 3 collision or rollover, and more.
    pub event: u8,
    /// Camera or microphone.
    pub channel: u8,
}

impl MediaHead {
    pub(crate) fn decode(body: &mut Body<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            media_id: body.u32()?,
            kind: body.u8()?,
            format: body.u8()?,
            event: body.u8()?,
            channel: body.u8()?,
        })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.media_id.to_be_bytes());
        out.extend_from_slice(&[self.kind, self.format, self.event, self.channel]);
    }
}

/// 0x0801: a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaUpload {
    /// What it is.
    pub head: MediaHead,
    /// Where it was made; missing in 2011, or when the bytes in its place are no location.
    pub location: Option<Location>,
    /// The recording, with the bytes in the location's place when they are none.
    pub data: Vec<u8>,
}

impl MediaUpload {
    pub(crate) fn decode(body: &mut Body<'_>) -> Result<Self, Truncated> {
        let head = MediaHead::decode(body)?;
        let rest = body.rest();
        let split = rest.split_at_checked(LOCATION_BYTES);
        let located = split.and_then(|(base, data)| Some((Location::decode(base).ok()?, data)));
        Ok(match located {
            Some((location, data)) => Self { head, location: Some(location), data: data.to_vec() },
            None => Self { head, location: None, data: rest.to_vec() },
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.head.encode(out);
        if let Some(location) = &self.location {
            location.encode_base(out);
        }
        out.extend_from_slice(&self.data);
    }
}

/// 0x8801: the platform asks for pictures or a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Camera, from 1.
    pub channel: u8,
    /// 0 stop, 0xFFFF film, otherwise that many pictures.
    pub command: u16,
    /// Seconds between pictures or of film; 0 as often or as long as can be.
    pub interval_s: u16,
    /// Keep it on the terminal instead of sending it.
    pub keep: bool,
    /// 1 320x240, 2 640x480, 3 800x600, 4 1024x768, and more.
    pub resolution: u8,
    /// 1 to 10, 1 the best.
    pub quality: u8,
    /// 0 to 255.
    pub brightness: u8,
    /// 0 to 127.
    pub contrast: u8,
    /// 0 to 127.
    pub saturation: u8,
    /// 0 to 255.
    pub chroma: u8,
}

impl Capture {
    pub(crate) fn decode(body: &mut Body<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            channel: body.u8()?,
            command: body.u16()?,
            interval_s: body.u16()?,
            keep: body.u8()? == 1,
            resolution: body.u8()?,
            quality: body.u8()?,
            brightness: body.u8()?,
            contrast: body.u8()?,
            saturation: body.u8()?,
            chroma: body.u8()?,
        })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.push(self.channel);
        out.extend_from_slice(&self.command.to_be_bytes());
        out.extend_from_slice(&self.interval_s.to_be_bytes());
        out.extend_from_slice(&[
            u8::from(self.keep),
            self.resolution,
            self.quality,
            self.brightness,
            self.contrast,
            self.saturation,
            self.chroma,
        ]);
    }
}
