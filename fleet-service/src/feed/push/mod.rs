//! Delivery of events to any number of targets: platforms over HTTPS, folders, webhooks for alerts.
//!
//! The feed and the history of clues are the queues. Each target keeps its place in them in the database and moves on only
//! when it took what was sent, so every event reaches it at least once, in order, over restarts and cuts of power. One
//! courier serves one target: one that is slow or stands still holds back itself alone. What a target does not take for
//! good becomes a dead letter with the target's own words, and waits for an operator.
//!
//! - [`target`]: who is pushed to
//! - [`plan`]: what follows from an answer, pure
//! - [`http`] and [`folder`]: the two ways out
//! - [`courier`]: one target's loop; [`couriers`]: all of them

pub mod alert;
pub mod courier;
pub mod couriers;
pub mod folder;
pub mod http;
pub mod plan;
pub mod target;
