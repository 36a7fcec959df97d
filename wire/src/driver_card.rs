//! The driver's qualification card (0x0702).

use crate::body::{Body, Truncated};
use crate::device_time::DeviceTime;
use crate::header::Version;
use crate::text::{NotGbk, Padded, decode, encode};

const LICENCE_BYTES: usize = 20;
const ID_NUMBER_BYTES: usize = 20;

/// A card was put in or taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverCard {
    /// 1 put in, 2 taken out.
    pub status: u8,
    /// When.
    pub time: DeviceTime,
    /// What was read off it; missing when it was taken out, though some terminals send it then too.
    pub reading: Option<CardReading>,
}

/// What was read off a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardReading {
    /// 0 read; otherwise why not, and the rest is empty.
    pub result: u8,
    /// Driver.
    pub name: String,
    /// Qualification certificate.
    pub licence: String,
    /// Who issued it.
    pub institution: String,
    /// Until when it is valid, BCD `YYYYMMDD`.
    pub valid_until: [u8; 4],
    /// The driver's identity number; since 2019.
    pub id_number: Option<String>,
}

/// Why a body is no driver's card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCard;

impl From<Truncated> for NoCard {
    fn from(_where: Truncated) -> Self {
        Self
    }
}

impl DriverCard {
    /// 2011 had another body, which began with the name: it is none here.
    pub(crate) fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, NoCard> {
        let status = body.u8()?;
        let time = DeviceTime::from_bcd(body.bcd6()?).map_err(|_no_time| NoCard)?;
        if !matches!(status, 1 | 2) {
            return Err(NoCard);
        }
        if body.rest().is_empty() {
            return Ok(Self { status, time, reading: None });
        }
        let result = body.u8()?;
        if result != 0 && body.rest().is_empty() {
            let reading = CardReading {
                result,
                name: String::new(),
                licence: String::new(),
                institution: String::new(),
                valid_until: [0; 4],
                id_number: None,
            };
            return Ok(Self { status, time, reading: Some(reading) });
        }
        let text = |body: &mut Body<'_>| {
            let length = body.u8()?;
            body.take(usize::from(length)).map(decode)
        };
        let name = text(body)?;
        let licence = decode(body.take(LICENCE_BYTES)?);
        let institution = text(body)?;
        let valid_until = body.u32()?.to_be_bytes();
        let id_number = match version {
            Version::V2013 => None,
            Version::V2019 => Some(decode(body.take(ID_NUMBER_BYTES)?)),
        };
        let reading = CardReading { result, name, licence, institution, valid_until, id_number };
        Ok(Self { status, time, reading: Some(reading) })
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        out.push(self.status);
        out.extend_from_slice(&self.time.to_bcd());
        let Some(reading) = &self.reading else { return Ok(()) };
        out.push(reading.result);
        if reading.result != 0 {
            return Ok(());
        }
        push_text(&reading.name, out)?;
        out.extend_from_slice(Padded::from_text(&reading.licence, LICENCE_BYTES)?.raw());
        push_text(&reading.institution, out)?;
        out.extend_from_slice(&reading.valid_until);
        if version == Version::V2019 {
            let id_number = reading.id_number.as_deref().unwrap_or_default();
            out.extend_from_slice(Padded::from_text(id_number, ID_NUMBER_BYTES)?.raw());
        }
        Ok(())
    }
}

/// A length byte and the text, cut at a character after what it can say.
fn push_text(text: &str, out: &mut Vec<u8>) -> Result<(), NotGbk> {
    let width = encode(text)?.len().min(usize::from(u8::MAX));
    let text = Padded::from_text(text, width)?;
    out.push(text.raw().len() as u8);
    out.extend_from_slice(text.raw());
    Ok(())
}
