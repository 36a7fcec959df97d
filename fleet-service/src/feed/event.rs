//! One event of the feed and the signed line it is published as. FEED.md defines the form.

use domain::{Timestamp, Uscc};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::FeedKey;

/// `prev_hash` of the first event.
pub const FIRST_PREV_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The company comes on the list.
    List,
    /// It comes off.
    Delist,
    /// Particulars of an earlier event were wrong; these are right.
    Correct,
}

impl Action {
    /// The word in the feed.
    pub fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Delist => "delist",
            Self::Correct => "correct",
        }
    }
}

/// One deduction that led to a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Rule code, with its grade.
    pub rule: String,
    /// Its Chinese name.
    pub rule_name_zh: String,
    /// Its English name.
    pub rule_name_en: String,
    /// The case.
    pub case_no: String,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// Points that counted, in hundredths.
    pub amount_centi: i64,
}

/// An event before it is signed; its members in the order they are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEvent {
    /// Number, from 1 without holes.
    pub seq: u64,
    /// What it does.
    pub action: Action,
    /// When.
    pub at: Timestamp,
    /// The company.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Its score then, in hundredths.
    pub score_centi: i64,
    /// The deductions that led to it.
    pub cause: Vec<Cause>,
    /// Hash of the event before.
    pub prev_hash: String,
}

/// Why a line is no event of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// Not of the form.
    #[error("the line is not a signed feed event: {0}")]
    Form(String),
    /// The hash does not belong to the body.
    #[error("event {seq} was changed: its hash does not fit its body")]
    Hash {
        /// Which.
        seq: u64,
    },
    /// The signature does not belong to the body and key.
    #[error("event {seq} is not signed by this key")]
    Signature {
        /// Which.
        seq: u64,
    },
    /// It does not follow the event before.
    #[error("event {seq} does not follow the event before it: one is missing or was replaced")]
    Chain {
        /// Which.
        seq: u64,
    },
}

const TAIL_MARK: &str = ",\"hash\":\"";

#[derive(Deserialize)]
struct Tail {
    hash: String,
    signature: String,
}

impl FeedEvent {
    /// The line as published, without line break.
    pub fn sign(&self, key: &FeedKey) -> Result<String, FeedError> {
        let body = serde_json::to_string(self).map_err(|e| FeedError::Form(e.to_string()))?;
        let hash = hex::encode(Sha256::digest(body.as_bytes()));
        let signature = hex::encode(key.sign(body.as_bytes()));
        let open = body.strip_suffix('}').unwrap_or(&body);
        Ok(format!("{open}{TAIL_MARK}{hash}\",\"signature\":\"{signature}\"}}"))
    }
}

/// The hash a line carries, unchecked: what the next event is chained to.
pub fn hash_of_line(line: &str) -> Result<String, FeedError> {
    let tail: Tail = serde_json::from_str(line).map_err(|e| FeedError::Form(e.to_string()))?;
    Ok(tail.hash)
}

/// Checks a line: hash, signature, and that it follows `prev_hash`. What a reader of the feed does.
pub fn verify_line(line: &str, key: &VerifyingKey, prev_hash: &str) -> Result<FeedEvent, FeedError> {
    let form = |e: serde_json::Error| FeedError::Form(e.to_string());
    let event: FeedEvent = serde_json::from_str(line).map_err(form)?;
    let tail: Tail = serde_json::from_str(line).map_err(form)?;
    let seq = event.seq;
    let cut =
        line.rfind(TAIL_MARK).ok_or_else(|| FeedError::Form("the hash is not where it belongs".into()))?;
    let body = format!("{}}}", &line[..cut]);
    if hex::encode(Sha256::digest(body.as_bytes())) != tail.hash {
        return Err(FeedError::Hash { seq });
    }
    let bytes: [u8; 64] = hex::decode(&tail.signature)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| FeedError::Form("the signature is not 64 bytes in hexadecimal".into()))?;
    key.verify(body.as_bytes(), &Signature::from_bytes(&bytes))
        .map_err(|_source| FeedError::Signature { seq })?;
    if event.prev_hash == prev_hash { Ok(event) } else { Err(FeedError::Chain { seq }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64, prev_hash: &str) -> FeedEvent {
        FeedEvent {
            seq,
            action: Action::List,
            at: Timestamp::from_seconds(1_795_000_000),
            uscc: "91350100M000100Y43".parse().unwrap(),
            name: "\"清运\",\"hash\":\"x".into(),
            score_centi: 5995,
            cause: vec![],
            prev_hash: prev_hash.into(),
        }
    }

    #[test]
    fn a_chain_of_lines_verifies_and_any_changed_byte_is_found() {
        let key = FeedKey::from_seed([7; 32]);
        let first = event(1, FIRST_PREV_HASH).sign(&key).unwrap();
        let second = event(2, &hash_of_line(&first).unwrap()).sign(&key).unwrap();
        let public = key.public();
        assert_eq!(verify_line(&first, &public, FIRST_PREV_HASH), Ok(event(1, FIRST_PREV_HASH)));
        assert!(verify_line(&second, &public, &hash_of_line(&first).unwrap()).is_ok());
        assert_eq!(verify_line(&second, &public, FIRST_PREV_HASH), Err(FeedError::Chain { seq: 2 }));
        let forged = first.replace("5995", "6001");
        assert_eq!(verify_line(&forged, &public, FIRST_PREV_HASH), Err(FeedError::Hash { seq: 1 }));
        let other = FeedKey::from_seed([8; 32]).public();
        assert_eq!(verify_line(&first, &other, FIRST_PREV_HASH), Err(FeedError::Signature { seq: 1 }));
    }
}
