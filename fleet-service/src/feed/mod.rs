//! The public feed: numbered, hash-chained, signed events of the black list, of penalties and permits, and of the score
//! ledger's daily head; pulled by anyone and pushed to configured targets. FEED.md beside this crate's manifest tells a
//! reader how to check it.
//!
//! - [`record`]: what events say
//! - [`event`]: one event and its signed line
//! - [`key`]: the signing key
//! - [`publish`]: makes events, inside the transaction of what they tell
//! - [`days`]: publishes the ledger's head when the day turns
//! - [`documents`]: the snapshot and the manifest, signed as events are
//! - [`table`]: the list and the events as CSV
//! - [`push`]: delivery to platforms, folders and webhooks
//! - [`command`]: `fleet-service feed-key`, `feed-target` and `feed-push`

pub mod command;
pub mod days;
pub mod documents;
pub mod event;
pub mod key;
pub mod mask;
pub mod publish;
pub mod push;
pub mod record;
pub mod table;
