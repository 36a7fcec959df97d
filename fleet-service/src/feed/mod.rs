//! The public feed of the black list: numbered, hash-chained, signed events, pulled by anyone and pushed to configured
//! platforms. FEED.md beside this crate's manifest tells a reader how to check it.
//!
//! - [`event`]: one event and its signed line
//! - [`key`]: the signing key
//! - [`publish`]: makes events, inside the transaction of what they tell
//! - [`table`]: the present list as CSV
//! - [`push`]: delivery to platforms

pub mod event;
pub mod key;
pub mod publish;
pub mod push;
pub mod table;
