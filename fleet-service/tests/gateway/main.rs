//! The gateway as terminals of any maker meet it: real sockets, a real database, the whole service behind.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod admission;
mod commands;
mod crowds;
mod device;
mod house;
mod lines;
mod notices;
mod peer;
mod raw;
mod trackers;
