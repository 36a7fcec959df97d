//! Where a position is: on which registered grounds, and how far from a route.
//!
//! The definitions are the plain loops of [`domain::geometry`]; what is here answers the same quickly and is judged by
//! them. Nothing here knows what a ground or a route means.

mod area_index;
mod corridor;
mod grid;
mod line_store;
mod ring;
mod scale;
mod standing;

pub use area_index::AreaIndex;
pub use corridor::{Corridor, RouteIndex};
pub use standing::{CorridorSide, Standing};
