//! Both ends of a session driven against each other in memory, over a line that loses, doubles, damages and cuts; and the
//! platform's end alone, with frames other terminals would send.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helper fails by panicking, as the test itself does"
)]

mod both_ends;
mod commands;
mod mishaps;
mod pair;
mod platform_end;
mod revisions;
