//! Where trucks connect: TCP in front, [`wire::Gateway`] in the middle, the report log behind.
//!
//! - [`admission`]: who may register and who is who
//! - [`connection`]: one terminal's connection
//! - [`listener`]: accepts, bounds and replaces connections
//! - [`counters`]: what is counted

pub mod admission;
pub mod connection;
pub mod counters;
pub mod listener;
