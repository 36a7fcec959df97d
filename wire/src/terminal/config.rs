//! What a terminal is told at its start, and what it is given to send.

use domain::{Plate, PlateColour, TerminalId};

use crate::location::Location;
use crate::registration::Revision;
#[cfg(doc)]
use crate::terminal::IN_FLIGHT_ITEMS_MAX;

/// What a terminal says about itself, and how patient it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalConfig {
    /// Which revision of the standard it speaks.
    pub revision: Revision,
    /// Identity in every header: of the digits 0-9 and A-F at most 20, or 12 before 2019.
    pub terminal: TerminalId,
    /// The truck.
    pub plate: Plate,
    /// Its plate's colour.
    pub colour: PlateColour,
    /// First two digits of the division code of GB/T 2260, 41 for Henan; 0 leaves it to the platform.
    pub province: u16,
    /// Last four digits of it, 183 for Xinmi; 0 leaves it to the platform.
    pub city: u16,
    /// Who made the terminal; cut after 11 bytes of GBK, or 5 before 2019.
    pub maker: String,
    /// What the maker calls it; cut after 30 bytes of GBK, or 20 in 2013 and 8 in 2011.
    pub model: String,
    /// Software and version; cut after 20 bytes of GBK. Sent since 2019.
    pub software: String,
    /// A heartbeat is sent when nothing else was for this long, s; at least 1.
    pub heartbeat_s: u32,
    /// Wait for the first answer, s; at least 1.
    pub answer_timeout_s: u32,
    /// How often a frame is sent again before the link counts as dead.
    pub retries_max: u8,
    /// Most locations under way; 1 to [`IN_FLIGHT_ITEMS_MAX`].
    pub in_flight_max: usize,
    /// Most locations in one 0x0704; at least 1.
    pub batch_max: usize,
}

/// A location to be sent, and its place in the caller's queue. Cursors grow from item to item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its place.
    pub cursor: u64,
    /// The record.
    pub location: Location,
}
