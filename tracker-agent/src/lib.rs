//! The program on the truck, as a library: receiver bytes to fixes, sampled, spooled durably, sent by JT/T 808.
//!
//! The middle is pure: bytes and the time go in, values come out. It opens nothing and reads no clock.
//! - [`receiver`]: bytes to checked NMEA sentences ([`frame`], [`sentence`]) to what it said about one moment ([`epoch`],
//!   [`date`])
//! - [`gpsd`]: the same from gpsd; [`receivers`]: several receivers, of which [`chooser`] follows one
//! - [`signals`]: the body's sensors, merged; [`rfid`]: the RFID reader, by families
//! - [`sampler`]: which fixes are reported; [`areas`]: edges that make a report leave at once; [`record`]: what is kept of
//!   one; [`pipeline`]: all of these in one
//!
//! Around it lie the thin outer files:
//! - [`source`]: serial ports, TCP, recordings; [`spool`]: the durable store, [`disk`]: its syncs; [`uplink`]: the way to
//!   the platform, [`gather`]: when something is sent on it, [`tls`]: the same unread
//! - [`orders`]: what the platform sets, [`settings`]: its parameters, [`kept`]: both over restarts; [`desk`]: what goes
//!   between pipeline and platform; [`status`]: the page on the machine; [`service`]: the sign of life to the system
//! - [`config`]: the configuration file; [`run`], [`decode`], [`check`]: the commands; [`clock`]: the only place that reads the time
//!
//! It does not judge: no zone, no limit, no permit is known here.
#![warn(missing_docs)]

pub mod areas;
pub mod check;
pub mod chooser;
pub mod clock;
pub mod config;
pub mod decode;
pub mod desk;
pub mod disk;
pub mod gather;
pub mod gpsd;
pub mod kept;
pub mod orders;
pub mod pipeline;
pub mod receivers;
pub mod record;
pub mod rfid;
pub mod run;
pub mod sampler;
pub mod service;
pub mod settings;
pub mod signals;
pub mod source;
pub mod spool;
pub mod status;
pub mod tls;
pub mod uplink;

pub use receiver::{date, epoch, fields, frame, sentence};
