//! NMEA 0183 of satellite receivers, from bytes to epochs. Pure: bytes and the time go in, values come out.
//!
//! - [`frame`]: bytes to checked sentences
//! - [`sentence`]: one sentence to one value ([`fields`]: its parts)
//! - [`epoch`]: sentences to what the receiver said about one moment; [`date`]: which dates are believed
//!
//! The truck's agent and the gateway read receivers with this same code.
#![warn(missing_docs)]

mod burst;
pub mod date;
pub mod epoch;
pub mod fields;
pub mod frame;
pub mod sentence;
