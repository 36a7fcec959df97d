//! Commands.
pub mod outline;
