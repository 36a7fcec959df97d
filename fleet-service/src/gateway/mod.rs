//! Where trucks connect: TCP, TLS and UDP in front, [`wire::Gateway`] in the middle, the report log behind.
//!
//! - [`listener`]: opens the doors and accepts; [`places`] counts who is in
//! - `connection` and `datagram`: the line of one session; `visit`: the session itself, whatever its line
//! - [`admission`]: who may register and who is who; [`rights`] decides it; `clerk` stores it for all in shared commits
//! - [`sessions`]: which session is whose, and how to reach it; [`news`]: what they tell the rest of the service
//! - [`limits`], [`pace`], [`counters`]: every maximum, how fast one may send, what is counted
//! - `notices`: what trucks say of reports they lost and of tags that may be copies
//! - [`profiles`]: how each maker's terminals are read
//! - [`tls`]: the certificate shown
//! - [`trackers`]: receivers' NMEA sent as it is

pub mod admission;
mod clerk;
mod connection;
pub mod counters;
mod datagram;
pub mod limits;
pub mod listener;
pub mod news;
mod notices;
pub mod pace;
pub mod places;
pub mod profiles;
pub mod rights;
pub mod sessions;
pub mod tls;
pub mod trackers;
mod visit;
