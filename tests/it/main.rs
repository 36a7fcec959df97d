//! The end-to-end tests: one binary, one file a topic.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails where what it needs is not there")]

mod bad_input;
mod black_list;
mod demo;
mod faults;
mod house;
mod own_line;
mod real_drive;
mod replay_day;
