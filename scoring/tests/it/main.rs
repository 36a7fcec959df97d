//! From confirmed cases to scores and lists, through the crate's public face and its program.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test builds by hand is well-formed, or the test fails here"
)]

mod catalogue;
mod chain;
mod clocks;
mod explained;
mod invariants;
mod listed;
mod posted;
mod program;
mod rated;
mod reported;
mod simulated;
mod stated;
mod support;
