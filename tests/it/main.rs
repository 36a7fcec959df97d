//! The end-to-end tests: one binary, one file a topic.

mod bad_input;
mod black_list;
mod house;
mod real_drive;
mod replay_day;
