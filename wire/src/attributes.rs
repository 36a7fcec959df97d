//! What a terminal is (0x0107, the answer to 0x8107).

use crate::body::{Body, Truncated};
use crate::header::Version;
use crate::text::{NotGbk, Padded, decode, encode};

const ICCID_BYTES: usize = 10;
/// Widths of maker, model and terminal id. 2019 is printed with a maker of 5 bytes here and of 11 in 0x0100; terminals
/// of both readings exist, told apart by which of them ends with the body.
const WIDTHS_2013: [usize; 3] = [5, 20, 7];
const WIDTHS_2019: [usize; 3] = [5, 30, 30];
const WIDTHS_2019_WIDE: [usize; 3] = [11, 30, 30];

/// A terminal's attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Bits: 0 passenger car, 1 dangerous goods, 2 freight, 3 taxi, 6 hard disk, 7 separate parts; since 2019 8 trailer.
    pub kind: u16,
    /// Who made it.
    pub maker: Padded,
    /// What the maker calls it.
    pub model: Padded,
    /// The maker's number of this one.
    pub terminal: Padded,
    /// Number of the SIM card, BCD.
    pub iccid: [u8; ICCID_BYTES],
    /// Hardware version.
    pub hardware: String,
    /// Firmware version.
    pub firmware: String,
    /// Bits: 0 GPS, 1 BeiDou, 2 GLONASS, 3 Galileo.
    pub gnss: u8,
    /// Bits: 0 GPRS, 1 CDMA, 2 TD-SCDMA, 3 WCDMA, 4 CDMA2000, 5 TD-LTE, 7 others.
    pub network: u8,
}

impl Attributes {
    /// Reads the body of a 0x0107.
    pub(crate) fn decode(version: Version, bytes: &[u8]) -> Result<Self, Truncated> {
        match version {
            Version::V2013 => Self::decode_with(WIDTHS_2013, bytes).map(|(read, _rest)| read),
            Version::V2019 => match Self::decode_with(WIDTHS_2019, bytes) {
                Ok((read, 0)) => Ok(read),
                narrow => match (Self::decode_with(WIDTHS_2019_WIDE, bytes), narrow) {
                    (Ok((read, 0)), _) => Ok(read),
                    (_, narrow) => narrow.map(|(read, _rest)| read),
                },
            },
        }
    }

    /// The attributes, and how many bytes were left over.
    fn decode_with(widths: [usize; 3], bytes: &[u8]) -> Result<(Self, usize), Truncated> {
        let mut body = Body::new(bytes);
        let text = |body: &mut Body<'_>| {
            let length = body.u8()?;
            body.take(usize::from(length)).map(decode)
        };
        let [maker, model, terminal] = widths;
        let read = Self {
            kind: body.u16()?,
            maker: Padded::from_sent(body.take(maker)?),
            model: Padded::from_sent(body.take(model)?),
            terminal: Padded::from_sent(body.take(terminal)?),
            iccid: body.array()?,
            hardware: text(&mut body)?,
            firmware: text(&mut body)?,
            gnss: body.u8()?,
            network: body.u8()?,
        };
        Ok((read, body.rest().len()))
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        let widths = match version {
            Version::V2013 => WIDTHS_2013,
            Version::V2019 if self.maker.raw().len() == WIDTHS_2019_WIDE[0] => WIDTHS_2019_WIDE,
            Version::V2019 => WIDTHS_2019,
        };
        out.extend_from_slice(&self.kind.to_be_bytes());
        for (field, width) in [&self.maker, &self.model, &self.terminal].into_iter().zip(widths) {
            field.encode_in(width, out);
        }
        out.extend_from_slice(&self.iccid);
        for text in [&self.hardware, &self.firmware] {
            let width = encode(text)?.len().min(usize::from(u8::MAX));
            let text = Padded::from_text(text, width)?;
            out.push(text.raw().len() as u8);
            out.extend_from_slice(text.raw());
        }
        out.extend_from_slice(&[self.gnss, self.network]);
        Ok(())
    }

    /// The SIM card's number as digits.
    pub fn iccid_digits(&self) -> String {
        self.iccid.iter().map(|byte| format!("{byte:02X}")).collect()
    }
}
