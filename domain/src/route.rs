//! Approved routes: a line and how far a truck may be from it.

use crate::geometry::Line;
use serde::{Deserialize, Serialize};

crate::text::register_key!(
    /// A route's key.
    RouteId, "route id"
);

/// Half width of a corridor when the register gives none, in metres.
pub const HALF_WIDTH_DEFAULT_M: u32 = 50;

/// One feature of `routes.geojson`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The key.
    pub id: RouteId,
    /// Name shown to people.
    pub name: String,
    /// Its middle.
    pub line: Line,
    /// Half width of the corridor.
    pub half_width_m: u32,
}
