//! One event of the feed and the signed line it is published as. FEED.md defines the form.

use domain::Timestamp;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::{FeedKey, key_id};
pub use super::record::{Action, Cause, Record};

/// `prev_hash` of the first event.
pub const FIRST_PREV_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The form of events written now. Events without the member are of form 1: black-list changes alone, all signed by one key.
pub const FORM: u32 = 2;

/// An event before it is signed; its members in the order they are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEvent {
    /// The form: [`FORM`].
    #[serde(default = "first_form")]
    pub form: u32,
    /// Number, from 1 without holes.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Id of the key that signs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub record: Record,
    /// Hash of the event before.
    pub prev_hash: String,
}

fn first_form() -> u32 {
    1
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
        Ok(seal(&body, key))
    }
}

/// A JSON object with its hash and signature as the last two members.
pub fn seal(body: &str, key: &FeedKey) -> String {
    let hash = hex::encode(Sha256::digest(body.as_bytes()));
    let signature = hex::encode(key.sign(body.as_bytes()));
    let open = body.strip_suffix('}').unwrap_or(body);
    format!("{open}{TAIL_MARK}{hash}\",\"signature\":\"{signature}\"}}")
}

/// What a published line does to the black list; `None` for other events.
pub fn action_of_line(line: &str) -> Option<Action> {
    #[derive(Deserialize)]
    struct Head {
        action: Action,
    }
    serde_json::from_str::<Head>(line).ok().map(|head| head.action)
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

/// A reader of the feed who takes line after line and follows the change of keys.
#[derive(Debug, Clone)]
pub struct Reader {
    key: VerifyingKey,
    prev_hash: String,
    seq: u64,
}

impl Reader {
    /// A reader who trusts the first key and has read nothing.
    pub fn new(first_key: VerifyingKey) -> Self {
        Self { key: first_key, prev_hash: FIRST_PREV_HASH.to_owned(), seq: 0 }
    }

    /// Checks the next line.
    pub fn take(&mut self, line: &str) -> Result<FeedEvent, FeedError> {
        let event = verify_line(line, &self.key, &self.prev_hash)?;
        let seq = event.seq;
        let is_named = event.key.as_ref().is_none_or(|id| *id == key_id(&self.key));
        if seq != self.seq + 1 || !is_named {
            return Err(FeedError::Chain { seq });
        }
        if let Record::Rotate(rotation) = &event.record {
            self.key = super::key::public_key(&rotation.public_key)
                .ok_or_else(|| FeedError::Form("the next key is none".into()))?;
        }
        self.seq = seq;
        self.prev_hash = hash_of_line(line)?;
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::record::{BlackListRecord, Particulars, RotateRecord};

    fn event(seq: u64, prev_hash: &str) -> FeedEvent {
        FeedEvent {
            form: FORM,
            seq,
            at: Timestamp::from_seconds(1_795_000_000),
            key: None,
            record: Record::List(Box::new(BlackListRecord {
                list: None,
                uscc: "91350100M000100Y43".parse().unwrap(),
                name: "\"清运\",\"hash\":\"x".into(),
                score_centi: 5995,
                cause: vec![],
                particulars: Particulars::default(),
            })),
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

    #[test]
    fn an_event_of_the_first_form_verifies_still() {
        let body = r#"{"seq":1,"action":"list","at":"2026-11-20T08:00:00+08:00","uscc":"91350100M000100Y43","name":"甲","score_centi":5995,"cause":[{"rule":"UW-01","rule_name_zh":"a","rule_name_en":"b","case_no":"c","occurred_at":"2026-11-19T08:00:00+08:00","amount_centi":2000}],"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
        let key = FeedKey::from_seed([7; 32]);
        let event = Reader::new(key.public()).take(&seal(body, &key)).unwrap();
        assert_eq!((event.form, event.record.word()), (1, "list"));
        assert_eq!(event.record.black_list().unwrap().cause[0].amount_centi, 2000);
    }

    #[test]
    fn a_reader_follows_the_keys_and_finds_holes() {
        let (old, new) = (FeedKey::from_seed([7; 32]), FeedKey::from_seed([8; 32]));
        let rotation = |prev: &str| FeedEvent {
            record: Record::Rotate(RotateRecord { public_key: new.public_hex(), from_seq: 3 }),
            ..event(2, prev)
        };
        let first = event(1, FIRST_PREV_HASH).sign(&old).unwrap();
        let second = rotation(&hash_of_line(&first).unwrap()).sign(&old).unwrap();
        let third = |key: &FeedKey| event(3, &hash_of_line(&second).unwrap()).sign(key).unwrap();
        let mut reader = Reader::new(old.public());
        reader.take(&first).unwrap();
        reader.take(&second).unwrap();
        assert_eq!(reader.clone().take(&third(&old)), Err(FeedError::Signature { seq: 3 }));
        reader.take(&third(&new)).unwrap();
        let mut late = Reader::new(old.public());
        assert_eq!(late.take(&second), Err(FeedError::Chain { seq: 2 }));
    }
}
