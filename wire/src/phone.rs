//! The terminal's identity in the header, called its phone number: BCD in the standard, any nibbles on real lines.

use std::fmt;

use domain::TerminalId;
use domain::terminal::TerminalIdError;

use crate::header::Version;

/// Hexadecimal digits as they were sent, with their padding: 12 of a 2011/2013 header or 20 of a 2019 one. A name,
/// never a number; some devices send nibbles A to F.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phone {
    /// Right-aligned.
    bytes: [u8; BYTES_2019],
    /// How many of them, from the right, were sent.
    width: usize,
}

const BYTES_2013: usize = 6;
const BYTES_2019: usize = 10;

/// Why a terminal's id cannot stand in a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "terminal id {id} cannot be sent: at most 20 of the digits 0-9 and A-F fit in a JT/T 808-2019 header"
)]
pub struct PhoneError {
    id: TerminalId,
}

impl Phone {
    /// How many bytes it takes in a header of `version`.
    pub(crate) fn byte_count(version: Version) -> usize {
        match version {
            Version::V2013 => BYTES_2013,
            Version::V2019 => BYTES_2019,
        }
    }

    /// From the last bytes of `sent`, at most ten.
    pub(crate) fn from_bytes(sent: &[u8]) -> Self {
        let width = sent.len().min(BYTES_2019);
        let mut bytes = [0; BYTES_2019];
        bytes[BYTES_2019 - width..].copy_from_slice(&sent[sent.len() - width..]);
        Self { bytes, width }
    }

    /// The bytes for a header of `version`; `None` when digits other than padding would be cut.
    pub(crate) fn bytes_for(&self, version: Version) -> Option<&[u8]> {
        let (cut, kept) = self.bytes.split_at(BYTES_2019 - Self::byte_count(version));
        cut.iter().all(|byte| *byte == 0).then_some(kept)
    }

    /// The name this identity is registered under: its digits without leading zeros. All zeros are no identity.
    pub fn to_terminal_id(&self) -> Result<TerminalId, TerminalIdError> {
        self.to_string().parse()
    }

    /// The identity a terminal sends in a 2019 header, padded with zeros on the left.
    pub fn from_terminal(id: &TerminalId) -> Result<Self, PhoneError> {
        let digits: Option<Vec<u8>> =
            id.as_str().chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits.filter(|d| d.len() <= BYTES_2019 * 2).ok_or(PhoneError { id: id.clone() })?;
        let mut bytes = [0; BYTES_2019];
        for (place, digit) in digits.iter().rev().enumerate() {
            bytes[BYTES_2019 - 1 - place / 2] |= digit << (4 * (place % 2));
        }
        Ok(Self { bytes, width: BYTES_2019 })
    }

    /// Whether both name the same terminal, padding aside.
    pub fn is_same_terminal(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

/// Every digit sent, padding included, in upper case.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes[BYTES_2019 - self.width..].iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, digits: Option<&str>) {
        let id: TerminalId = id.parse().unwrap();
        let phone = Phone::from_terminal(&id).ok();
        assert_eq!(phone.map(|p| p.to_string()).as_deref(), digits);
        if let Some(phone) = phone {
            assert_eq!(phone.to_terminal_id().unwrap(), id);
        }
    }

    #[test]
    fn ids_are_padded_to_the_header_and_read_back_without_padding() {
        check("13800000001", Some("00000000013800000001"));
        check("4F07788EF876", Some("000000004F07788EF876"));
        check("12345678901234567890", Some("12345678901234567890"));
        check("123456789012345678901", None);
        check("KOIKE002", None);
    }

    #[test]
    fn an_older_header_takes_a_long_phone_only_if_padding_is_cut() {
        let long = Phone::from_bytes(&[0x12; 10]);
        assert_eq!(long.bytes_for(Version::V2013), None);
        let short = Phone::from_bytes(&[0x12; 6]);
        assert_eq!(short.bytes_for(Version::V2013), Some([0x12; 6].as_slice()));
        assert!(
            short.is_same_terminal(&Phone::from_bytes(&[0, 0, 0, 0, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12]))
        );
    }

    #[test]
    fn a_phone_of_zeros_names_nobody() {
        assert!(Phone::from_bytes(&[0; 6]).to_terminal_id().is_err());
    }
}
