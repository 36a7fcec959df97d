//! The snapshot (who is listed now) and the manifest (what there is to fetch), each a JSON object sealed as events are. Pure:
//! the same events and keys give the same bytes, so that a reader who has them need not fetch them again.

use domain::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::event::{FIRST_PREV_HASH, FORM, FeedError, hash_of_line, seal};
use super::key::{FeedKey, key_id, public_key};
use crate::store::{ListedNow, StoredFeedKey};

/// The JSON Schema of every event, the snapshot and the manifest.
pub const SCHEMA: &str = include_str!("../../feed.schema.json");
/// Most events in one answer.
pub const EVENTS_MAX: u32 = 10_000;

#[derive(Serialize)]
struct KeyView<'a> {
    key: String,
    public_key: &'a str,
    from_seq: u64,
    /// Last event it signs; none while it signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    until_seq: Option<u64>,
    added: Timestamp,
}

#[derive(Serialize)]
struct FileView<'a> {
    path: &'a str,
    bytes: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    form: u32,
    document: &'static str,
    newest_seq: u64,
    newest_hash: String,
    keys: Vec<KeyView<'a>>,
    events: &'static str,
    events_max: u32,
    schema: &'static str,
    files: Vec<FileView<'a>>,
    key: String,
}

/// The newest event's number and hash.
pub fn newest(listed: &ListedNow) -> Result<(u64, String), FeedError> {
    match &listed.newest {
        Some((seq, line)) => Ok((*seq, hash_of_line(line)?)),
        None => Ok((0, FIRST_PREV_HASH.to_owned())),
    }
}

/// Who is listed: the signed lines that listed them, and the event up to which that holds.
pub fn snapshot(listed: &ListedNow, key: &FeedKey) -> Result<String, FeedError> {
    let (seq, hash) = newest(listed)?;
    // The lines go in as they are, so that each verifies by itself.
    let body = format!(
        "{{\"form\":{FORM},\"document\":\"snapshot\",\"as_of_seq\":{seq},\"as_of_hash\":\"{hash}\",\"key\":\"{}\",\"listed\":[{}]}}",
        key.id(),
        listed.lines.join(",")
    );
    Ok(seal(&body, key))
}

/// What there is: the newest event, the keys of all times, the other documents with their hashes.
pub fn manifest(
    listed: &ListedNow,
    keys: &[StoredFeedKey],
    files: &[(&str, &str)],
    key: &FeedKey,
) -> Result<String, FeedError> {
    let (newest_seq, newest_hash) = newest(listed)?;
    let until = |n: usize| keys.get(n + 1).map(|next| next.from_seq.saturating_sub(1));
    let manifest = Manifest {
        form: FORM,
        document: "manifest",
        newest_seq,
        newest_hash,
        keys: keys
            .iter()
            .enumerate()
            .map(|(n, stored)| KeyView {
                key: public_key(&stored.public_key).map(|key| key_id(&key)).unwrap_or_default(),
                public_key: &stored.public_key,
                from_seq: stored.from_seq,
                until_seq: until(n),
                added: stored.added,
            })
            .collect(),
        events: "/api/v1/feed",
        events_max: EVENTS_MAX,
        schema: "/api/v1/feed/schema",
        files: files
            .iter()
            .map(|(path, text)| FileView {
                path,
                bytes: text.len(),
                sha256: hex::encode(Sha256::digest(text.as_bytes())),
            })
            .collect(),
        key: key.id(),
    };
    let body = serde_json::to_string(&manifest).map_err(|e| FeedError::Form(e.to_string()))?;
    Ok(seal(&body, key))
}
