//! The second factor: six digits that change every 30 seconds (RFC 6238, SHA-1, as every authenticator app knows it), and
//! recovery codes for who lost the device.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use domain::Timestamp;

/// Random bytes of a secret: as many as SHA-1 gives.
pub const SECRET_BYTES: usize = 20;
/// How long a code is shown, seconds.
const STEP_S: i64 = 30;
/// Codes before and after the present one that are taken: clocks differ, people type.
const STEPS_OFF_MAX: u64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// Recovery codes given out at once.
pub const RECOVERY_CODES: usize = 10;
/// Random bytes of a recovery code: 80 bits, so that its hash needs no salt.
const RECOVERY_BYTES: usize = 10;
/// Who a code is for, as the app shows it.
const ISSUER: &str = "Mucktrail";

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step whose code this is, among those near `now`.
pub fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<u64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let present = step(now);
    let near = present.saturating_sub(STEPS_OFF_MAX)..=present + STEPS_OFF_MAX;
    // Every one is compared: how long it takes says nothing of which it was.
    near.fold(None, |found, step| {
        let same: bool = code_at(secret, step).as_bytes().ct_eq(digits.as_bytes()).into();
        if same { Some(step) } else { found }
    })
}

/// The number of the step a moment lies in.
pub fn step(now: Timestamp) -> u64 {
    u64::try_from(now.seconds() / STEP_S).unwrap_or(0)
}

/// The code of a step.
pub fn code_at(secret: &[u8], step: u64) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[hash.len() - 1] & 0x0F);
    let number = hash[offset..offset + 4].iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7FFF_FFFF) % 1_000_000)
}

/// RFC 4648 base 32 without padding.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// What an authenticator app reads out of the picture.
pub fn address(secret: &[u8], name: &str) -> String {
    let name: String = name.bytes().map(escaped).collect();
    format!("otpauth://totp/{ISSUER}:{name}?secret={}&issuer={ISSUER}", base32(secret))
}

/// A byte as it stands in an address.
pub fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// Fresh recovery codes, as `ABCD-EFGH-IJKL-MNOP`.
pub fn recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let mut bytes = [0; RECOVERY_BYTES];
            getrandom::fill(&mut bytes)?;
            let text = base32(&bytes);
            let groups: Vec<&str> = (0..4).map(|group| &text[group * 4..group * 4 + 4]).collect();
            Ok(groups.join("-"))
        })
        .collect()
}

/// What a recovery code is looked up by; `None` for a text that cannot be one.
pub fn recovery_hash(code: &str) -> Option<[u8; 32]> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    (plain.len() == RECOVERY_BYTES * 8 / 5).then(|| Sha256::digest(plain.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_seconds(seconds);
            assert_eq!(code_at(secret, step(now)), code);
            assert_eq!(step_of(secret, code, now), Some(step(now)), "{code}");
        }
    }

    #[test]
    fn the_neighbours_codes_are_taken_and_no_others() {
        let secret = [7; SECRET_BYTES];
        let now = Timestamp::from_seconds(1_800_000_000);
        for (off, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let then = step(now.plus_seconds(off * STEP_S));
            assert_eq!(step_of(&secret, &code_at(&secret, then), now).is_some(), taken, "{off}");
        }
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(step_of(&secret, text, now), None, "{text}");
        }
        let spaced = code_at(&secret, step(now));
        let spaced = format!("{} {}", &spaced[..3], &spaced[3..]);
        assert_eq!(step_of(&secret, &spaced, now), Some(step(now)));
    }

    /// RFC 4648, section 10, without its padding.
    #[test]
    fn base32_is_the_standards() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
        assert_eq!(
            address(&[0; 5], "张 三"),
            "otpauth://totp/Mucktrail:%E5%BC%A0%20%E4%B8%89?secret=AAAAAAAA&issuer=Mucktrail"
        );
    }

    #[test]
    fn recovery_codes_differ_and_are_found_however_they_are_typed() {
        let codes = recovery_codes().unwrap();
        let mut hashes: Vec<[u8; 32]> = codes.iter().map(|code| recovery_hash(code).unwrap()).collect();
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(recovery_hash(&typed), Some(hashes[0]));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), RECOVERY_CODES);
        assert_eq!(recovery_hash("ABCD-EFGH"), None);
    }
}
