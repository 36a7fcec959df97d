//! The message header, 12 to 21 bytes: JT/T 808-2011/2013 §4.4.3 and JT/T 808-2019 §4.4.3.

use crate::body::{Body, Truncated};
pub use crate::phone::{Phone, PhoneError};

/// Longest body one packet can carry: ten bits of length.
pub const BODY_BYTES_MAX: usize = 0x3FF;

const LENGTH_MASK: u16 = 0x03FF;
const ENCRYPTION_SHIFT: u32 = 10;
const ENCRYPTION_MASK: u16 = 0b111;
const IN_PARTS: u16 = 1 << 13;
const VERSION_2019: u16 = 1 << 14;

/// Which layout a header has. 2011 and 2013 share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// JT/T 808-2011 and -2013: 12 digits of phone.
    V2013,
    /// JT/T 808-2019: a version byte and 20 digits of phone.
    V2019,
}

/// Place of a packet in a message sent in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Packets of the message.
    pub total: u16,
    /// Place of this one, from 1.
    pub index: u16,
}

/// A message header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the body is.
    pub message_id: u16,
    /// Layout of this header.
    pub version: Version,
    /// Revision a 2019 header states, 1 at first publication; 0 in older headers.
    pub protocol_version: u8,
    /// Who sends, or to whom it is sent.
    pub phone: Phone,
    /// Number of the message, counted by its sender, wrapping.
    pub serial: u16,
    /// Bytes of body in this packet.
    pub body_length: u16,
    /// Bits 10 to 12 of the attributes; 0 is plain, 1 RSA.
    pub encryption: u8,
    /// Set when the message comes in parts.
    pub part: Option<Part>,
}

/// Why a payload has no readable header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// It ends inside the header.
    #[error("the payload ends inside the header")]
    Truncated(#[from] Truncated),
    /// The body is longer or shorter than stated, in either layout.
    #[error("the header states {stated} bytes of body, {found} follow it")]
    Length {
        /// What the header says.
        stated: u16,
        /// What is there.
        found: usize,
    },
}

impl Header {
    /// Splits a payload into header and body. The version flag decides the layout; when the stated length does not fit
    /// and the other layout's does, the flag is taken as wrongly set, as some terminals do, and the other layout is used.
    ///
    /// # Errors
    /// [`HeaderError`] when neither layout fits.
    pub fn decode(payload: &[u8]) -> Result<(Self, &[u8]), HeaderError> {
        let flagged = Self::flagged_version(payload).unwrap_or(Version::V2013);
        let other = match flagged {
            Version::V2013 => Version::V2019,
            Version::V2019 => Version::V2013,
        };
        Self::decode_as(payload, flagged)
            .or_else(|error| Self::decode_as(payload, other).map_err(|_same| error))
    }

    /// Which layout the version flag states; `None` for a payload that ends before it.
    pub fn flagged_version(payload: &[u8]) -> Option<Version> {
        let attributes = Body::new(payload.get(2..)?).u16().ok()?;
        Some(if attributes & VERSION_2019 == 0 { Version::V2013 } else { Version::V2019 })
    }

    /// Splits a payload into header and body in the layout given, whatever its version flag says.
    ///
    /// # Errors
    /// [`HeaderError`] when the payload is not of that layout.
    pub fn decode_as(payload: &[u8], version: Version) -> Result<(Self, &[u8]), HeaderError> {
        let mut body = Body::new(payload);
        let message_id = body.u16()?;
        let attributes = body.u16()?;
        let protocol_version = if version == Version::V2019 { body.u8()? } else { 0 };
        let phone = Phone::from_bytes(body.take(Phone::byte_count(version))?);
        let serial = body.u16()?;
        let part = if attributes & IN_PARTS == 0 {
            None
        } else {
            Some(Part { total: body.u16()?, index: body.u16()? })
        };
        let body_length = attributes & LENGTH_MASK;
        let rest = body.rest();
        if rest.len() != usize::from(body_length) {
            return Err(HeaderError::Length { stated: body_length, found: rest.len() });
        }
        let encryption = (attributes >> ENCRYPTION_SHIFT & ENCRYPTION_MASK) as u8;
        Ok((
            Self { message_id, version, protocol_version, phone, serial, body_length, encryption, part },
            rest,
        ))
    }

    /// Appends the header.
    ///
    /// # Errors
    /// [`PhoneTooLong`] when the phone has more digits than the version's header.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), PhoneTooLong> {
        let phone = self.phone.bytes_for(self.version).ok_or(PhoneTooLong { phone: self.phone })?;
        let mut attributes = self.body_length & LENGTH_MASK;
        attributes |= (u16::from(self.encryption) & ENCRYPTION_MASK) << ENCRYPTION_SHIFT;
        attributes |= if self.part.is_some() { IN_PARTS } else { 0 };
        attributes |= if self.version == Version::V2019 { VERSION_2019 } else { 0 };
        out.extend_from_slice(&self.message_id.to_be_bytes());
        out.extend_from_slice(&attributes.to_be_bytes());
        if self.version == Version::V2019 {
            out.push(self.protocol_version);
        }
        out.extend_from_slice(phone);
        out.extend_from_slice(&self.serial.to_be_bytes());
        if let Some(part) = self.part {
            out.extend_from_slice(&part.total.to_be_bytes());
            out.extend_from_slice(&part.index.to_be_bytes());
        }
        Ok(())
    }
}

/// A phone with more digits than the header has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("phone {phone} has more digits than a header of JT/T 808-2013 takes (12)")]
pub struct PhoneTooLong {
    phone: Phone,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrongly_set_version_flag_is_seen_through_by_the_length() {
        let header = |version| Header {
            message_id: 0x0002,
            version,
            protocol_version: u8::from(version == Version::V2019),
            phone: Phone::from_bytes(&[0, 1, 0x23, 0x45, 0x67, 0x89]),
            serial: 7,
            body_length: 0,
            encryption: 0,
            part: None,
        };
        for version in [Version::V2013, Version::V2019] {
            let mut bytes = Vec::new();
            header(version).encode(&mut bytes).unwrap();
            bytes[2] ^= 0x40;
            let (found, body) = Header::decode(&bytes).unwrap();
            assert_eq!((found.version, found.serial, body), (version, 7, [].as_slice()));
        }
    }

    #[test]
    fn a_length_that_fits_neither_layout_is_refused() {
        let payload = hex::decode("000200050123456789010001ff").unwrap();
        assert_eq!(Header::decode(&payload).unwrap_err(), HeaderError::Length { stated: 5, found: 1 });
        assert!(matches!(Header::decode(&[1, 2, 0]), Err(HeaderError::Truncated(_))));
    }

    proptest! {
        #[test]
        fn any_header_is_read_as_it_was_written(
            message_id: u16, is_2019: bool, serial: u16, encryption in 0u8..8, part: Option<(u16, u16)>,
            phone in prop::collection::vec(any::<u8>(), 10), body in prop::collection::vec(any::<u8>(), 0..=BODY_BYTES_MAX),
        ) {
            let version = if is_2019 { Version::V2019 } else { Version::V2013 };
            let header = Header {
                message_id, version, protocol_version: u8::from(is_2019),
                phone: Phone::from_bytes(&phone[10 - Phone::byte_count(version)..]),
                serial, body_length: body.len() as u16, encryption,
                part: part.map(|(total, index)| Part { total, index }),
            };
            let mut bytes = Vec::new();
            header.encode(&mut bytes).unwrap();
            bytes.extend_from_slice(&body);
            prop_assert_eq!(Header::decode(&bytes), Ok((header, body.as_slice())));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Header::decode(&bytes);
        }
    }
}
