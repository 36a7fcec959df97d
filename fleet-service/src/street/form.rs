//! Tokens that tie a sent form to the page it was filled in on: a page of another site can neither read the page nor set
//! the cookie, so it cannot send the form in a visitor's name. Pure but for the key, which lives as long as the process.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a page may lie open before it is sent.
const PAGE_HOURS: i64 = 12;
/// Random bytes of the key and of a page's cookie.
pub const RANDOM_BYTES: usize = 32;

/// Makes and checks tokens.
#[derive(Clone)]
pub struct FormKey([u8; RANDOM_BYTES]);

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, or another visitor's.
    #[error("the form was not filled in on this page")]
    Foreign,
    /// The page lay open too long.
    #[error("the page lay open for more than 12 hours")]
    Old,
}

impl FormKey {
    /// A key of random bytes.
    pub fn of_random(bytes: [u8; RANDOM_BYTES]) -> Self {
        Self(bytes)
    }

    /// The token of a page shown now to the visitor with that cookie.
    pub fn token(&self, cookie: &str, now: Timestamp) -> String {
        let since = now.seconds();
        format!("{since}.{}", self.seal(cookie, since))
    }

    /// Checks what was sent back.
    pub fn check(&self, token: &str, cookie: &str, now: Timestamp) -> Result<(), TokenError> {
        let (since, seal) = token.split_once('.').ok_or(TokenError::Foreign)?;
        let since: i64 = since.parse().map_err(|_source| TokenError::Foreign)?;
        let given = URL_SAFE_NO_PAD.decode(seal).map_err(|_source| TokenError::Foreign)?;
        self.mac(cookie, since).verify_slice(&given).map_err(|_source| TokenError::Foreign)?;
        let age_s = now.seconds().saturating_sub(since);
        if (0..=PAGE_HOURS * 3600).contains(&age_s) { Ok(()) } else { Err(TokenError::Old) }
    }

    fn mac(&self, cookie: &str, since: i64) -> Hmac<Sha256> {
        // HMAC takes a key of any length; the block-sized array form cannot fail.
        let mut block = [0; 64];
        block[..RANDOM_BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&since.to_be_bytes());
        mac.update(cookie.as_bytes());
        mac
    }

    fn seal(&self, cookie: &str, since: i64) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(cookie, since).finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_visitor_and_half_a_day() {
        let key = FormKey::of_random([7; RANDOM_BYTES]);
        let now = Timestamp::from_seconds(1_000_000);
        let token = key.token("cookie", now);
        let later = |hours: i64| now.plus_seconds(hours * 3600);
        assert_eq!(key.check(&token, "cookie", later(11)), Ok(()));
        assert_eq!(key.check(&token, "cookie", later(13)), Err(TokenError::Old));
        assert_eq!(key.check(&token, "other", now), Err(TokenError::Foreign));
        assert_eq!(FormKey::of_random([8; 32]).check(&token, "cookie", now), Err(TokenError::Foreign));
        let forged = token.replacen("1000000", "1000001", 1);
        for text in ["", ".", "x.y", "1000000.", forged.as_str()] {
            assert_eq!(key.check(text, "cookie", now), Err(TokenError::Foreign), "{text}");
        }
    }
}
