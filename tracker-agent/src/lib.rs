//! The program on the truck, as a library: receiver bytes to fixes, sampled, spooled durably, sent by JT/T 808.
//!
//! The middle is pure: bytes and the time go in, values come out. It opens nothing and reads no clock.
//! - [`frame`]: bytes to checked NMEA sentences; [`sentence`]: one sentence to one value ([`fields`]: its parts)
//! - [`epoch`]: sentences to what the receiver said about one moment; [`date`]: which dates are believed
//! - [`signals`]: the body's sensors, merged; [`rfid`]: the RFID reader, by families
//! - [`sampler`]: which fixes are reported; [`areas`]: edges that make a report leave at once; [`record`]: what is kept of
//!   one; [`pipeline`]: all of these in one
//!
//! Around it lie the thin outer files:
//! - [`source`]: serial ports, TCP, recordings; [`spool`]: the durable store, [`disk`]: its syncs; [`uplink`]: the way to the platform, [`gather`]: when
//!   something is sent on it, [`tls`]: the same unread
//! - [`orders`]: what the platform sets, [`settings`]: its parameters, [`kept`]: both over restarts; [`desk`]: what goes
//!   between pipeline and platform; [`status`]: the page on the machine; [`service`]: the sign of life to the system
//! - [`config`]: the configuration file; [`run`]: the commands; [`clock`]: the only place that reads the time
//!
//! It does not judge: no zone, no limit, no permit is known here.
#![warn(missing_docs)]

pub mod areas;
mod burst;
pub mod clock;
pub mod config;
pub mod date;
pub mod desk;
pub mod disk;
pub mod epoch;
pub mod fields;
pub mod frame;
pub mod gather;
pub mod kept;
pub mod orders;
pub mod pipeline;
pub mod record;
pub mod rfid;
pub mod run;
pub mod sampler;
pub mod sentence;
pub mod service;
pub mod settings;
pub mod signals;
pub mod source;
pub mod spool;
pub mod status;
pub mod tls;
pub mod uplink;
