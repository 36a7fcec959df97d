//! Vehicle identification numbers, GB 16735 (ISO 3779).

use std::str::FromStr;

/// A 17-character VIN without I, O, Q, upper case. The check digit is told by [`Vin::check`], not enforced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vin(String);

/// What position 9 says about the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VinCheck {
    /// The check digit fits.
    Fits,
    /// It does not: warn only.
    Differs,
}

/// Why a text is no VIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a VIN: 17 characters of 0-9 and A-Z without I, O, Q are expected")]
pub struct VinError {
    text: String,
}

const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

crate::text::textual!(Vin);

impl FromStr for Vin {
    type Err = VinError;

    fn from_str(text: &str) -> Result<Self, VinError> {
        let vin = text.trim().to_ascii_uppercase();
        if vin.len() == 17 && vin.bytes().all(|b| value(b).is_some()) {
            Ok(Self(vin))
        } else {
            Err(VinError { text: text.chars().take(40).collect() })
        }
    }
}

impl Vin {
    /// Compares the check digit at position 9 (weighted sum mod 11, 10 written X).
    pub fn check(&self) -> VinCheck {
        let sum: u32 = self.0.bytes().zip(WEIGHTS).map(|(b, w)| value(b).unwrap_or(0) * w).sum();
        let expected = b"0123456789X"[(sum % 11) as usize];
        if self.0.as_bytes()[8] == expected { VinCheck::Fits } else { VinCheck::Differs }
    }
}

fn value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'N' => u32::from(byte - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_vin_fits_and_one_digit_off_differs() {
        assert_eq!("1M8GDM9AXKP042788".parse::<Vin>().unwrap().check(), VinCheck::Fits);
        assert_eq!("1M8GDM9AXKP042789".parse::<Vin>().unwrap().check(), VinCheck::Differs);
    }

    #[test]
    fn letters_that_look_like_digits_are_refused() {
        assert!("1M8GDM9AXKPO42788".parse::<Vin>().is_err());
        assert!("1M8GDM9AXKP04278".parse::<Vin>().is_err());
    }
}
