//! RFID tag codes: the EPC bank of a UHF tag (ISO/IEC 18000-63), as upper-case hexadecimal.

use std::str::FromStr;

/// A tag's EPC: 2 to 62 whole 16-bit words' worth of bytes in hexadecimal, upper case. Fleet tags are mostly
/// proprietary, so nothing of GS1's structure is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epc(String);

/// Why a text is no EPC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an EPC: an even number of 4 to {EPC_HEX_CHARS_MAX} hexadecimal characters is expected"
)]
pub struct EpcError {
    text: String,
}

/// 31 words is what the length field of the protocol-control word can say.
pub const EPC_HEX_CHARS_MAX: usize = 31 * 4;

crate::text::textual!(Epc);

impl FromStr for Epc {
    type Err = EpcError;

    fn from_str(text: &str) -> Result<Self, EpcError> {
        let hex: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).take(EPC_HEX_CHARS_MAX + 1).collect();
        let fits = hex.len() >= 4
            && hex.len() <= EPC_HEX_CHARS_MAX
            && hex.len().is_multiple_of(2)
            && hex.bytes().all(|b| b.is_ascii_hexdigit());
        if fits {
            Ok(Self(hex.to_ascii_uppercase()))
        } else {
            Err(EpcError { text: text.chars().take(40).collect() })
        }
    }
}

impl Epc {
    /// The EPC of raw bank bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EpcError> {
        hex_of(bytes).parse()
    }

    /// The raw bank bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(&self.0)
    }
}

/// A tag's TID: what its chip's maker wrote once and for all, 4 to 32 bytes in hexadecimal, upper case. An EPC can be
/// rewritten, so a copied tag is known by its TID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tid(String);

/// Why a text is no TID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a TID: an even number of {TID_HEX_CHARS_MIN} to {TID_HEX_CHARS_MAX} hexadecimal characters is expected"
)]
pub struct TidError {
    text: String,
}

/// Class and maker's model alone; a serial number makes it 16 or 24.
pub const TID_HEX_CHARS_MIN: usize = 8;
/// Longer than any chip's that is sold.
pub const TID_HEX_CHARS_MAX: usize = 64;

crate::text::textual!(Tid);

impl FromStr for Tid {
    type Err = TidError;

    fn from_str(text: &str) -> Result<Self, TidError> {
        let hex: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).take(TID_HEX_CHARS_MAX + 1).collect();
        let fits = (TID_HEX_CHARS_MIN..=TID_HEX_CHARS_MAX).contains(&hex.len())
            && hex.len().is_multiple_of(2)
            && hex.bytes().all(|b| b.is_ascii_hexdigit());
        if fits {
            Ok(Self(hex.to_ascii_uppercase()))
        } else {
            Err(TidError { text: text.chars().take(40).collect() })
        }
    }
}

impl Tid {
    /// The TID of raw bank bytes.
    ///
    /// # Errors
    /// [`TidError`] for fewer than 4 or more than 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TidError> {
        hex_of(bytes).parse()
    }

    /// The raw bank bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(&self.0)
    }
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

/// The bytes of checked hexadecimal text.
fn bytes_of(hex: &str) -> Vec<u8> {
    let nibble = |b: u8| char::from(b).to_digit(16).map_or(0, |d| d as u8);
    hex.as_bytes().chunks_exact(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_in_upper_case() {
        let epc: Epc = "30751feb705c5904e3d50d70".parse().unwrap();
        assert_eq!(epc.as_str(), "30751FEB705C5904E3D50D70");
        assert_eq!(Epc::from_bytes(&epc.to_bytes()).unwrap(), epc);
    }

    #[test]
    fn a_tid_is_four_to_thirty_two_bytes() {
        let tid: Tid = "e280 6894 0000 4001".parse().unwrap();
        assert_eq!(tid.as_str(), "E280689400004001");
        assert_eq!(Tid::from_bytes(&tid.to_bytes()).unwrap(), tid);
        for text in ["", "E28068", "E2806894F", &"E2".repeat(33), "E280689X"] {
            assert!(text.parse::<Tid>().is_err(), "{text}");
        }
    }

    #[test]
    fn odd_empty_or_foreign_texts_are_refused() {
        for text in ["", "3", "307", "30XY", &"0".repeat(200)] {
            assert!(text.parse::<Epc>().is_err(), "{text}");
        }
    }
}
