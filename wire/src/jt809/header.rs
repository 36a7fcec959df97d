//! The message header: 22 bytes in 2011, 30 in 2019, which adds the time (JT/T 809-2011 §4.3.2, 2019 §5.3.2).

use domain::Timestamp;

use super::frame::AROUND_BYTES;
use crate::body::{Body, Truncated};

/// Which text of the standard a session follows; the two ends agree on it beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edition {
    /// JT/T 809-2011.
    V2011,
    /// JT/T 809-2019.
    V2019,
}

impl Edition {
    /// Bytes of a header.
    pub fn header_bytes(self) -> usize {
        match self {
            Self::V2011 => 22,
            Self::V2019 => 30,
        }
    }
}

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Serial number of the message, per link and direction.
    pub serial: u32,
    /// Message type.
    pub message_id: u16,
    /// Access code of the lower platform, given by the superior one.
    pub access_code: u32,
    /// Protocol version, as major, minor, revision.
    pub version: [u8; 3],
    /// Whether the body is enciphered.
    pub encrypted: bool,
    /// Key of the cipher.
    pub key: u32,
    /// When it was sent; 2019 only.
    pub time: Option<Timestamp>,
}

/// A header, its body, and whether the stated length is the real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'a> {
    /// The header.
    pub header: Header,
    /// The rest.
    pub body: &'a [u8],
    /// The length field counts what is there. A frame with a right CRC and a wrong length is read all the same.
    pub length_fits: bool,
}

impl Header {
    /// Reads the header of a payload.
    ///
    /// # Errors
    /// [`Truncated`] when the payload is shorter than a header of the edition.
    pub fn decode(edition: Edition, payload: &[u8]) -> Result<Opened<'_>, Truncated> {
        let mut body = Body::new(payload);
        let length = body.u32()?;
        let serial = body.u32()?;
        let message_id = body.u16()?;
        let access_code = body.u32()?;
        let version = [body.u8()?, body.u8()?, body.u8()?];
        let encrypted = body.u8()? == 1;
        let key = body.u32()?;
        let time = match edition {
            Edition::V2011 => None,
            Edition::V2019 => Some(Timestamp::from_seconds(i64::try_from(body.u64()?).unwrap_or(i64::MAX))),
        };
        let header = Self { serial, message_id, access_code, version, encrypted, key, time };
        let length_fits = usize::try_from(length).is_ok_and(|length| length == payload.len() + AROUND_BYTES);
        Ok(Opened { header, body: body.rest(), length_fits })
    }

    /// Header and body as a payload. Without a time, a 2019 header says 1970.
    pub fn encode(&self, edition: Edition, body: &[u8]) -> Vec<u8> {
        let length = AROUND_BYTES + edition.header_bytes() + body.len();
        let mut out = Vec::with_capacity(length);
        // Bodies written here are at most a few kilobytes.
        out.extend_from_slice(&(length as u32).to_be_bytes());
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.extend_from_slice(&self.message_id.to_be_bytes());
        out.extend_from_slice(&self.access_code.to_be_bytes());
        out.extend_from_slice(&self.version);
        out.push(u8::from(self.encrypted));
        out.extend_from_slice(&self.key.to_be_bytes());
        if edition == Edition::V2019 {
            let seconds = self.time.map_or(0, Timestamp::seconds);
            out.extend_from_slice(&u64::try_from(seconds).unwrap_or(0).to_be_bytes());
        }
        out.extend_from_slice(body);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(time: Option<Timestamp>) -> Header {
        Header {
            serial: 133,
            message_id: 0x1001,
            access_code: 20_180_920,
            version: [1, 0, 0],
            encrypted: false,
            key: 0x270F,
            time,
        }
    }

    #[test]
    fn the_length_counts_flags_and_checksum() {
        let payload = header(None).encode(Edition::V2011, &[0; 46]);
        // A login of 2011 is 72 bytes long.
        assert_eq!(hex::encode(&payload[..22]), "000000480000008510010133efb8010000000000270f");
        let opened = Header::decode(Edition::V2011, &payload).unwrap();
        assert_eq!((opened.header, opened.body.len(), opened.length_fits), (header(None), 46, true));
        assert!(!Header::decode(Edition::V2011, &payload[..60]).unwrap().length_fits);
        assert!(Header::decode(Edition::V2019, &payload[..29]).is_err());
    }

    #[test]
    fn the_2019_header_ends_with_the_time() {
        let sent = header(Some(Timestamp::from_seconds(1_795_413_600)));
        let payload = sent.encode(Edition::V2019, &[7]);
        assert_eq!(payload.len(), 31);
        let opened = Header::decode(Edition::V2019, &payload).unwrap();
        assert_eq!((opened.header, opened.body), (sent, [7].as_slice()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            for edition in [Edition::V2011, Edition::V2019] {
                prop_assert_eq!(Header::decode(edition, &bytes).is_ok(), bytes.len() >= edition.header_bytes());
            }
        }
    }
}
