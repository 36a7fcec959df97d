//! Runs the project's own programs for the end-to-end tests: real processes, real sockets, real files. Nothing here
//! replaces a part of the system; it starts them, talks to them as a user would, and ends them.

pub mod city;
pub mod clock;
pub mod drive;
pub mod http;
pub mod link;
pub mod place;
pub mod platform;
pub mod program;
pub mod receiver;
pub mod track;
pub mod wait;
